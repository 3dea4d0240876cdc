import { Application, ApplicationSpec, ApplicationStatus, Operation } from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import type { ApplicationRef } from './contract.ts'

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

/** What is wrong with a spec, with the field that is; undefined when it can be worked with. */
export function specProblem(application: Application): string | undefined {
  const result = ApplicationSpec.safeParse(application.spec)
  if (!result.success) {
    const [issue] = result.error.issues
    return `spec${issue?.path.map((step) => `.${String(step)}`).join('') ?? ''}: ${issue?.message ?? 'is not valid'}`
  }
  const { source, sources, destination } = result.data
  if (sources && sources.length > 0) return 'spec.sources: several sources are not supported yet. Use spec.source with one source'
  if (!source) return 'spec.source: is required'
  if (source.repoURL === '') return 'spec.source.repoURL: is required'
  if (source.path === undefined && source.chart === undefined)
    return 'spec.source.path: is required (a folder of the repository, "." for its root)'
  const { server, name, namespace } = destination
  if (server && name) return `spec.destination: has both server (${server}) and name (${name}). Set one of the two`
  if (!server && !name) return 'spec.destination: server or name is required, for example server: https://kubernetes.default.svc'
  if (namespace !== undefined && namespace !== '' && !isDnsLabel(namespace)) {
    return `spec.destination.namespace: "${namespace.slice(0, 80)}" is not a name (lower case letters, digits and dashes, at most 63)`
  }
  return undefined
}

export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
}
