import { Application, ApplicationSource, ApplicationSpec, ApplicationStatus, Operation } from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import { sourceSetOf } from './application-sources.ts'
import type { ApplicationRef } from './contract.ts'
import { textAt } from './json.ts'

export const applicationApiVersion = 'argoproj.io/v1alpha1'

export function applicationKey(ref: ApplicationRef): ObjectKey {
  return { group: 'argoproj.io', kind: 'Application', namespace: ref.namespace, name: ref.name }
}

export function refOf(object: KubeObject): ApplicationRef {
  return { name: object.metadata.name, namespace: object.metadata.namespace ?? '' }
}

/** `NAMESPACE/NAME`: how the queue and the state call an Application. */
export function refKey(ref: ApplicationRef): string {
  return `${ref.namespace}/${ref.name}`
}

/** `NAME`, or `NAMESPACE/NAME` outside the control plane's namespace: how people, commands and policies call an Application. */
export function qualifiedName(
  { name, namespace }: { name: string; namespace?: string | undefined },
  controlPlaneNamespace: string,
): string {
  return namespace === undefined || namespace === '' || namespace === controlPlaneNamespace ? name : `${namespace}/${name}`
}

export function parseRefKey(key: string): ApplicationRef {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

const parsed = new WeakMap<KubeObject, Application>()

/**
 * The Application in an object of the API. A status or operation of a shape that nobody expects (somebody wrote it by hand) is read as none;
 * a spec is kept as it is and judged by `specProblem`.
 */
export function applicationOf(object: KubeObject): Application {
  let application = parsed.get(object)
  if (!application) {
    const status = ApplicationStatus.safeParse(object.status ?? {})
    const operation = Operation.safeParse(object.operation)
    const { status: _status, operation: _operation, ...rest } = object
    application = {
      ...(rest as unknown as Application),
      ...(status.success && object.status !== undefined && { status: status.data }),
      ...(operation.success && { operation: operation.data }),
    }
    parsed.set(object, application)
  }
  return application
}

/** Where it deploys to, as it is written: whatever else may be wrong with it. */
export function destinationOf(object: KubeObject): { server?: string | undefined; name?: string | undefined } {
  return { server: textAt(object, 'spec', 'destination', 'server'), name: textAt(object, 'spec', 'destination', 'name') }
}

/** What is wrong with a spec, with the field that is; undefined when it can be worked with. */
export function specProblem(application: Application): string | undefined {
  const result = ApplicationSpec.safeParse(application.spec)
  if (!result.success) {
    const [issue] = result.error.issues
    return `spec${issue?.path.map((step) => `.${String(step)}`).join('') ?? ''}: ${issue?.message ?? 'is not valid'}`
  }
  const { destination } = result.data
  const set = sourceSetOf(result.data)
  if (!set) return 'spec.source: is required'
  for (const [index, source] of set.sources.entries()) {
    const problem = sourceProblem(source, set.isMultiple)
    if (problem) return `spec.${set.isMultiple ? `sources[${index}]` : 'source'}${problem}`
  }
  const refs = set.sources.flatMap((source) => (source.ref ? [source.ref] : []))
  const twice = refs.find((ref, index) => refs.indexOf(ref) !== index)
  if (twice !== undefined) return `spec.sources: two sources have the ref "${twice.slice(0, 80)}". Give each its own`
  const { server, name, namespace } = destination
  if (server && name)
    return `spec.destination: application destination can't have both name and server defined: ${name} ${server}. Set one of the two`
  if (!server && !name) return 'spec.destination: server or name is required, for example server: https://kubernetes.default.svc'
  if (namespace !== undefined && namespace !== '' && !isDnsLabel(namespace)) {
    return `spec.destination.namespace: "${namespace.slice(0, 80)}" is not a name (lower case letters, digits and dashes, at most 63)`
  }
  return undefined
}

function sourceProblem(source: ApplicationSource, isMultiple: boolean): string | undefined {
  if (source.repoURL === '') return '.repoURL: is required'
  if (source.ref !== undefined && !/^[A-Za-z0-9_-]+$/.test(source.ref))
    return `.ref: "${source.ref.slice(0, 80)}" may have letters, digits, dashes and underscores only`
  if (source.ref !== undefined && source.chart !== undefined)
    return '.ref: a chart cannot be referred to. Take the value files from a Git repository'
  if (source.path === undefined && source.chart === undefined && !(isMultiple && source.ref !== undefined))
    return '.path: is required (a folder of the repository, "." for its root), or chart for a Helm repository'
  if (source.path && source.chart) return `.chart: has both chart (${source.chart}) and path (${source.path}). Set one of the two`
  if (source.chart !== undefined && !source.targetRevision)
    return '.targetRevision: is required for a chart (a version such as 1.2.3, or a range such as ^1)'
  return undefined
}

export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
}
