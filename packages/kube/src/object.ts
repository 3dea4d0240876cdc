/** Any Kubernetes object. Fields beyond the common ones are read with care: they come from outside. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** `metadata` of an object, as `k8s.io/apimachinery` meta/v1 ObjectMeta. Times are RFC 3339 strings. */
export interface ObjectMeta {
  name: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFieldsEntry[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Who set which fields. `fieldsV1` is the nested `f:`, `k:`, `v:` form of the API. */
export interface ManagedFieldsEntry {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string
  fieldsType: 'FieldsV1'
  fieldsV1: Record<string, unknown>
  subresource?: string
}

/** What a list answers. `resourceVersion` is where a watch goes on from. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string
  kind: string
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: T[]
}

/** A `Status` answer, as meta/v1. */
export interface KubeStatus {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: Record<string, unknown>
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  code?: number
  details?: {
    name?: string
    group?: string
    kind?: string
    uid?: string
    causes?: { reason?: string; message?: string; field?: string }[]
    retryAfterSeconds?: number
  }
}

/** Whether the answer to a delete says that the object stays for a while. Some kinds answer with the object though it is gone. */
export function isHeld(answer: KubeObject | KubeStatus): answer is KubeObject {
  if (answer.kind === 'Status' && 'status' in answer) return false
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = (answer as KubeObject).metadata
  return deletionTimestamp !== undefined && (finalizers.length > 0 || deletionGracePeriodSeconds > 0)
}

/** One kind as discovery tells it. `plural` is the path segment, `deployments` for Deployment. */
export interface ResourceType {
  group: string
  version: string
  kind: string
  plural: string
  singular?: string
  shortNames?: string[]
  categories?: string[]
  namespaced: boolean
  verbs: string[]
  /** Names behind the slash: `status`, `scale`, `log`. */
  subresources: string[]
}

export interface GroupKind {
  group: string
  kind: string
}

export interface GroupVersionKind extends GroupKind {
  version: string
}

/** Names one object in one cluster, whatever version it is read at. `namespace` is '' for cluster scope. */
export interface ObjectKey extends GroupKind {
  namespace: string
  name: string
}

/** `apps/v1` → group `apps`, version `v1`; `v1` → group ''. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

export function joinApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

export function objectKey(object: KubeObject, namespace = object.metadata.namespace ?? ''): ObjectKey {
  return { group: splitApiVersion(object.apiVersion).group, kind: object.kind, namespace, name: object.metadata.name }
}

/** A string that is equal for equal keys; its parts cannot contain `/` except the group, which comes first. */
export function keyString(key: ObjectKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`
}

/** The owner that controls this object, or undefined. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)
}
