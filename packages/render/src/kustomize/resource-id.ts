import { isClusterScoped } from './scope.ts'

export interface Gvk {
  group: string
  version: string
  kind: string
}

/**
 * kustomize's `resid.ResId`. `clusterScoped` is what OpenAPI says for certain of the kind; ids that a resource had before carry `false` and the
 * namespace that counted then, as kustomize keeps them.
 */
export interface ResourceId extends Gvk {
  name: string
  namespace: string
  clusterScoped: boolean
}

const notANamespace = '_non_namespaceable_'
const defaultNamespace = 'default'

export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

export function apiVersionOf(gvk: Gvk): string {
  return gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`
}

/** A kind with what is known of it, so that it need not be asked again for each use of an id. */
export interface KnownGvk extends Gvk {
  readonly apiVersion: string
  readonly clusterScoped: boolean
}

export function knownGvk(apiVersion: string, kind: string): KnownGvk {
  return { ...parseApiVersion(apiVersion), kind, apiVersion, clusterScoped: isClusterScoped(apiVersion, kind) }
}

export function resourceId(gvk: Gvk, name: string, namespace: string): ResourceId {
  const { group, version, kind } = gvk
  return { group, version, kind, name, namespace, clusterScoped: isClusterScoped(apiVersionOf(gvk), kind) }
}

/** No namespace, and `default`, are one; things of the cluster are in a namespace of their own. */
export function effectiveNamespace(id: Pick<ResourceId, 'namespace' | 'clusterScoped'>): string {
  if (id.clusterScoped) return notANamespace
  return id.namespace === '' ? defaultNamespace : id.namespace
}

export function hasSameGvkn(left: ResourceId, right: ResourceId): boolean {
  return left.name === right.name && left.kind === right.kind && left.group === right.group && left.version === right.version
}

export function hasSameNamespace(left: ResourceId, right: ResourceId): boolean {
  return effectiveNamespace(left) === effectiveNamespace(right)
}

export function isSameId(left: ResourceId, right: ResourceId): boolean {
  return hasSameGvkn(left, right) && hasSameNamespace(left, right)
}

/** Empty parts of a selecting kind match everything. */
export function isSelectedBy(gvk: Gvk, selector: Partial<Gvk>): boolean {
  return (
    (!selector.kind || selector.kind === gvk.kind) &&
    (!selector.group || selector.group === gvk.group) &&
    (!selector.version || selector.version === gvk.version)
  )
}

/** Equal keys, equal ids. */
export function idKey(id: ResourceId): string {
  return `${id.group}\n${id.version}\n${id.kind}\n${id.name}\n${effectiveNamespace(id)}`
}

/** As kustomize prints a kind in its messages: `Deployment.v1.apps`, `ConfigMap.v1.[noGrp]`. */
export function describeGvk(gvk: Gvk): string {
  return `${gvk.kind || '[noKind]'}.${gvk.version || '[noVer]'}.${gvk.group || '[noGrp]'}`
}

/** `Deployment.v1.apps/web.prod`, `ConfigMap.v1.[noGrp]/settings.[noNs]`. */
export function describeId(id: Gvk & { name: string; namespace: string }): string {
  return `${describeGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`
}
