import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StepFailure } from '../actions/action-call.ts'
import { askEngine, codeOf, type ContainerEngine, type EngineEnd, killGroup, startEngine, whyOf } from './engine.ts'
import { type SayLine, sayLines } from './say-lines.ts'

/** Of what is kept for a failure to be explained by. */
const mostSaid = 16_000

export interface ImageCall {
  engine: ContainerEngine
  /** Of the job, not shown to steps. */
  folder: string
  /** A run from outside never uses what the server's own user has signed in to. */
  isOutside: boolean
  say(text: string): void
  line: SayLine
  signal: AbortSignal
}

/** Pulls an image unless it is there. */
export async function needImage(image: string, credentials: Credentials | undefined, call: ImageCall): Promise<void> {
  const { engine, signal } = call
  const there = await askEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', image], { signal })
  if (there.code === 0) return call.say(`Image '${image}' is on this machine.`)
  call.say(`Pulling '${image}'`)
  const end = await follow(registryCommand('pull', [image], call, credentials && { ...credentials, image }), call)
  if (end.code === 0) return
  throw new StepFailure(
    `Image '${image}' is not on this machine, and '${engine.kind} pull' failed: ${whyOf(end)}. Check its name and the network, or put it on the machine (pull, build or load it).`,
  )
}

/** Builds an image from a folder that comes as a tar: what its links lead to was for whoever packed it to see, and not for us. */
export async function buildImage(
  tag: string,
  dockerfile: string,
  context: Readable,
  options: { labels: readonly string[]; memoryBytes: number },
  call: ImageCall,
): Promise<void> {
  const { engine } = call
  const isPodman = engine.kind === 'podman'
  const argv = [
    ...options.labels,
    `--tag=${tag}`,
    `--file=${dockerfile}`,
    // What a stranger's build has made is for nobody else to find, and neither is what others have made for it.
    ...(call.isOutside ? ['--no-cache', ...(isPodman ? ['--layers=false'] : [])] : []),
    ...(isPodman && engine.keeps.memory ? [`--memory=${options.memoryBytes}`] : []),
    '-',
  ]
  const end = await follow(registryCommand('build', argv, call), call, context)
  if (end.code !== 0) throw new StepFailure(`The image could not be built from ${dockerfile}: ${whyOf(end)}.`)
}

interface Credentials {
  username: string
  password: string
}

/** A command that may ask a registry. What the server's user has signed in to counts for trusted runs, unless they bring credentials. */
function registryCommand(
  verb: 'pull' | 'build',
  argv: readonly string[],
  call: ImageCall,
  own?: Credentials & { image: string },
): string[] {
  if (!own && !call.isOutside) return [verb, ...argv]
  const folder = join(call.folder, `registry-${randomUUID()}`)
  mkdirSync(folder, { mode: 0o700 })
  const auth = Buffer.from(`${own?.username}:${own?.password}`).toString('base64')
  const auths = Object.fromEntries(own ? registriesOf(own.image).map((registry) => [registry, { auth }]) : [])
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
  return call.engine.kind === 'docker' ? ['--config', folder, verb, ...argv] : [verb, `--authfile=${join(folder, 'config.json')}`, ...argv]
}

/** As Docker tells a registry from the first part of a name. Its own has an older name for its clients. */
function registriesOf(image: string): string[] {
  const [first = '', ...rest] = image.split('/')
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  return isRegistry && !/^(index\.)?docker\.io$/.test(first) ? [first] : ['docker.io', 'https://index.docker.io/v1/']
}

/** Runs a command of the engine whose lines are for the log. It ends when the time of its step does. */
async function follow(argv: readonly string[], call: ImageCall, input?: Readable): Promise<EngineEnd> {
  const { signal } = call
  const child = startEngine(call.engine, argv, input && { input })
  const stop = (): void => killGroup(child)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  let said = ''
  sayLines([child.stdout, child.stderr], (line) => {
    said = `${said}${line}\n`.slice(-mostSaid)
    return call.line(line)
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  try {
    const code = await codeOf(child)
    if (child.pid !== undefined) await closed
    if (signal.aborted) throw new StepFailure('The operation was canceled.')
    return { code, stdout: '', stderr: said }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
