import { StepFailure } from '../actions/action-call.ts'
import { makeBinds, workspaceName } from '../sandbox/job-folders.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { ContainerDefinition, Port } from './container-definition.ts'
import { addressOf, inspectContainer, portsOf, printLogs, waitForHealth } from './container-facts.ts'
import { readOptions } from './container-options.ts'
import { mounts } from './create-arguments.ts'
import { askEngine, type ContainerEngine, describeEngine, whyOf } from './engine.ts'
import { needImage } from './images.ts'
import { ownNode } from './image-node.ts'
import type { JobContainers, Telling } from './job-containers.ts'
import { volumesOf } from './volumes.ts'
import { wordsOf } from './words.ts'

export interface Definitions {
  steps?: ContainerDefinition
  services: ReadonlyMap<string, ContainerDefinition>
}

interface Start {
  containers: JobContainers
  engine: ContainerEngine
  definitions: Definitions
  /** Of the job. */
  sandbox: Sandbox
  telling: Telling
}

/** Network, services, then the container of the steps, told as GitHub's runner tells of them. */
export async function startContainers(containers: JobContainers, definitions: Definitions, sandbox: Sandbox, told: Telling): Promise<void> {
  const { steps, services } = definitions
  const engine = await containers.need(`The job asks for ${steps ? 'a container' : 'services'}`)
  const telling = { ...told, signal: AbortSignal.any([told.signal, containers.closing]) }
  const start: Start = { containers, engine, definitions, sandbox, telling }
  told.say(describeEngine(engine))
  if (!engine.keeps.memory || !engine.keeps.processes)
    told.say('The engine has no control groups to keep containers to limits: the server looks at them.')
  await inGroup(telling, 'Create local container network', async () => telling.say(await containers.network()))
  for (const [name, definition] of services)
    await inGroup(telling, `Starting ${name} service container`, () => startService(start, name, definition))
  if (steps) await inGroup(telling, 'Starting job container', () => startSteps(start, steps))
  if (services.size > 0) await waitForServices(start)
}

async function startService(start: Start, name: string, definition: ContainerDefinition): Promise<void> {
  const { containers, engine, definitions, telling } = start
  const what = `service '${name}'`
  const options = readOptions(definition.options, what, containers.options.limits)
  const command = wordsOf(definition.command ?? '')
  if (!command) throw new StepFailure(`'command' of ${what}: a quote is not closed.`)
  const aliases = [name, ...options.aliases]
  const isMetInside = definitions.steps !== undefined
  const argv = [
    ...aliases.map((alias) => `--network-alias=${alias}`),
    ...(isMetInside ? [] : definition.ports.map(publish)),
    ...options.argv,
    ...(definition.entrypoint === undefined ? [] : [`--entrypoint=${definition.entrypoint}`]),
  ]
  const env = new Map([...definition.env, ...options.env])
  const id = await create(start, what, definition, { argv, env, command })
  const facts = await inspectContainer(engine, id)
  const address = facts && addressOf(facts, await containers.network())
  if (address !== undefined) for (const alias of aliases) containers.addresses.push([alias, address])
  // From another container it is met by its name, at its own ports.
  const ports = isMetInside ? definition.ports.map(({ container }) => [container, container] as const) : portsOf(facts ?? {})
  containers.services.push({ name, id, image: definition.image, ports, hasFailed: false })
  for (const [port, met] of ports) telling.say(`Port ${port} is at ${isMetInside ? name : '127.0.0.1'}:${met}`)
  if (facts?.State?.Running === false) {
    await printLogs(engine, id, telling.line)
    telling.say(`${name} service has ended with exit code ${facts.State.ExitCode}.`, 'warning')
  }
}

async function startSteps(start: Start, definition: ContainerDefinition): Promise<void> {
  const { containers, engine, sandbox } = start
  const { folder, repository, limits } = containers.options
  const what = "the job's container"
  const options = readOptions(definition.options, what, limits)
  // As it is: a label of SELinux's would be changed for the whole machine.
  const node = process.platform === 'linux' ? [`--volume=${process.execPath}:${ownNode}:ro`] : []
  const id = await create(start, what, definition, {
    argv: [
      ...options.aliases.map((alias) => `--network-alias=${alias}`),
      ...definition.ports.map(publish),
      ...mounts(engine, makeBinds('image', folder, workspaceName(repository))),
      ...node,
      `--workdir=${sandbox.inside.workspace}`,
      ...options.argv,
      // It is there for as long as the job is; steps are started in it, with the variables that the workflow sets for it.
      '--entrypoint=tail',
    ],
    env: new Map(),
    command: ['-f', '/dev/null'],
  })
  const shell = await askEngine(engine, ['exec', id, '/bin/sh', '-c', 'echo "$PATH"'])
  if (shell.code !== 0)
    throw new StepFailure(
      `Steps cannot run in image '${definition.image}': ${whyOf(shell)}. An image for the steps of a job needs /bin/sh and tail, and may not end by itself.`,
    )
  const env = new Map([...definition.env, ...options.env])
  containers.steps = { engine, id, image: definition.image, env, path: env.get('PATH') ?? shell.stdout.trim() }
}

/** On this machine alone. */
function publish({ host, container, protocol }: Port): string {
  return `--publish=127.0.0.1:${host ?? ''}:${container}/${protocol}`
}

/** Makes a container and starts it. Gives its id. */
async function create(
  { containers, engine, sandbox, telling }: Start,
  what: string,
  definition: ContainerDefinition,
  own: { argv: readonly string[]; env: ReadonlyMap<string, string>; command: readonly string[] },
): Promise<string> {
  const { signal } = telling
  const { image } = definition
  await needImage(image, definition.credentials, containers.imageCall(engine, telling))
  const volumes = await volumesOf(engine, definition.volumes, {
    what,
    sandbox,
    labels: containers.labels(engine),
    network: await containers.network(),
  })
  const given = containers.variables(own.env, telling)
  try {
    const argv = [...(await containers.common(engine, image)), ...volumes, ...own.argv, ...given.argv, image, ...own.command]
    const created = await askEngine(engine, ['create', ...argv], { signal, environment: given.environment })
    const id = created.stdout.trim().split('\n').at(-1) ?? ''
    if (created.code !== 0 || id === '') throw new StepFailure(`Making ${what} failed: ${whyOf(created)}.`)
    const started = await askEngine(engine, ['start', id], { signal })
    if (started.code !== 0) {
      const hint = definition.ports.some(({ host }) => host !== undefined) ? " A port that is written HOST:CONTAINER has to be free on this machine; with CONTAINER alone a free one is taken, and told by 'job.services'." : '' // prettier-ignore
      throw new StepFailure(`Starting ${what} failed: ${whyOf(started)}.${hint}`)
    }
    await containers.watch(engine, id)
    return id
  } finally {
    given.remove()
  }
}

async function waitForServices({ containers, engine, telling }: Start): Promise<void> {
  await inGroup(telling, 'Waiting for all services to be ready', async () => {
    for (const service of containers.services) {
      const { name, id } = service
      const waits = (seconds: number): void => telling.say(`${name} service is starting, waiting ${seconds} seconds before checking again.`)
      const health = await waitForHealth(engine, id, waits, telling.signal)
      service.hasFailed = health === 'unhealthy' || health === 'ended'
      telling.say(health === undefined ? `${name} service has no health check.` : health === 'ended' ? `${name} service has ended.` : `${name} service is ${health}.`) // prettier-ignore
    }
  })
  const failed = containers.services.filter(({ hasFailed }) => hasFailed)
  for (const { name, id, image } of failed) {
    await inGroup(telling, `Service container ${name} failed.`, () => printLogs(engine, id, telling.line))
    telling.say(`Failed to initialize container ${image}`, 'error')
  }
  const names = failed.map(({ name }) => `'${name}'`).join(', ')
  if (failed.length > 0) throw new StepFailure(`Not ready by its health check: ${names}. What it has said is above.`)
}

async function inGroup(telling: Pick<Telling, 'say'>, name: string, work: () => Promise<unknown>): Promise<void> {
  telling.say(name, 'group')
  try {
    await work()
  } finally {
    telling.say('', 'endgroup')
  }
}
