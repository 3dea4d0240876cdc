import { StepFailure } from '../actions/action-call.ts'
import { evaluateStrings, evaluateTree, strangerContexts } from '../language/index.ts'
import type { Scope, Template, TemplateTree, Value } from '../language/contract.ts'
import { mapOf, textOf } from '../step/values.ts'
import type { JobSpec } from './job-spec.ts'

/** A job's `container`, or one of its `services`. */
export interface AskedContainer {
  image: string
  env: ReadonlyMap<string, string>
  ports: readonly string[]
  volumes: readonly string[]
  /** Of `docker create`. */
  options: string
  hasCredentials: boolean
  /** Of services alone. */
  entrypoint: string
  command: string
}

export interface AskedContainers {
  container?: AskedContainer
  services: ReadonlyMap<string, AskedContainer>
}

/** What a job asks for by `container` and `services`. One without an image is none, as on GitHub. */
export async function askedContainers(spec: JobSpec): Promise<AskedContainers> {
  const { workflow, job } = spec
  if (!job.container && !job.services) return { services: new Map() }
  refuseStrangersToName(spec)
  const scope: Scope = { contexts: spec.contexts }
  const env = await evaluateStrings(workflow.env, scope)
  for (const [name, value] of await evaluateStrings(job.env, withEnv(scope, env))) env.set(name, value)
  const read = (tree: TemplateTree): Promise<Value> => evaluateTree(tree, withEnv(scope, env))
  const services = new Map<string, AskedContainer>()
  for (const [name, value] of fieldsOf(job.services ? await read(job.services) : null)) {
    const service = containerOf(value)
    if (service) services.set(name, service)
  }
  const container = job.container && containerOf(await read(job.container))
  return { services, ...(container && { container }) }
}

/** What an image runs, runs with what the job holds: a run with something worth stealing lets no stranger name it. */
export function refuseStrangersToName({ job, power, knowledge }: JobSpec): void {
  if (power === undefined) return
  for (const tree of [job.container, job.services]) {
    for (const template of tree ? leavesOf(tree) : []) {
      const [use] = strangerContexts(template, knowledge)
      if (use) throw new StepFailure(`${use.message} This run holds ${power}, so it is refused.`)
    }
  }
}

/** Variables are only text to what runs. */
function* leavesOf(tree: TemplateTree): Generator<Template> {
  if ('items' in tree) for (const item of tree.items) yield* leavesOf(item)
  else if ('entries' in tree) {
    for (const [key, value] of tree.entries) if (key !== 'env' && key !== 'credentials') yield* leavesOf(value)
  } else yield tree
}

function withEnv(scope: Scope, env: ReadonlyMap<string, string>): Scope {
  return { ...scope, contexts: { ...scope.contexts, env: mapOf(env) } }
}

function containerOf(value: Value): AskedContainer | undefined {
  const fields = new Map(typeof value === 'string' ? [['image', value as Value]] : fieldsOf(value))
  const image = textOf(fields.get('image')).trim()
  if (image === '') return undefined
  return {
    image,
    env: new Map(fieldsOf(fields.get('env')).map(([name, one]) => [name, textOf(one)])),
    ports: listOf(fields.get('ports')),
    volumes: listOf(fields.get('volumes')),
    options: textOf(fields.get('options')),
    hasCredentials: fieldsOf(fields.get('credentials')).some(([, one]) => textOf(one) !== ''),
    entrypoint: textOf(fields.get('entrypoint')),
    command: textOf(fields.get('command')),
  }
}

function fieldsOf(value: Value | undefined): [string, Value][] {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : []
}

function listOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map((one: Value) => textOf(one)) : []
}
