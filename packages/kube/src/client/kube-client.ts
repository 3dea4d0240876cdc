import type { KubeList, KubeObject, KubeStatus, ResourceType } from '../object.ts'

/**
 * A Kubernetes API as everything in the product sees it. There are two implementations: `HttpKubeClient` here, for any
 * cluster by kubeconfig, and the one that the embedded cluster's own controllers use without a network between.
 * `type` always comes from discovery (`types`, `typeOf`), so that a kind nobody compiled in works like any other.
 * Every method rejects with `KubeApiError` for an answer of 400 and above, and with `KubeConnectionError` when there was none.
 */
export interface KubeClient {
  /** All kinds the cluster serves, preferred versions first. Cached; `refresh` asks again. */
  types(options?: { refresh?: boolean }): Promise<ResourceType[]>
  /** The type for an `apiVersion` and `kind`, or undefined when the cluster does not serve it. Asks again once before it says so. */
  typeOf(apiVersion: string, kind: string): Promise<ResourceType | undefined>
  /** `GET /version`. */
  version(): Promise<{ major: string; minor: string; gitVersion: string }>

  /** Undefined when the object does not exist. */
  get(type: ResourceType, ref: NamespacedName, options?: RequestOptions): Promise<KubeObject | undefined>
  list(type: ResourceType, options?: ListOptions): Promise<KubeList>
  /** Ends by returning when the server closes the connection, by throwing for an ERROR event (`KubeApiError`, 410 when expired) or a broken connection. */
  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent>

  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** PUT. A `resourceVersion` in the object is a precondition. */
  update(type: ResourceType, object: KubeObject, options?: WriteOptions & Subresource): Promise<KubeObject>
  patch(type: ResourceType, ref: NamespacedName, patch: Patch, options?: WriteOptions & Subresource): Promise<KubeObject>
  /** Server-side apply. `object` carries only what the manager sets. */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject>
  /** Resolves to the object while finalizers hold it, to a Status when it is gone; rejects with 404 when it never was. */
  delete(type: ResourceType, ref: NamespacedName, options?: DeleteOptions): Promise<KubeObject | KubeStatus>

  /** The text of a container's log; with `follow` it goes on until `signal` aborts or the container ends. */
  logs(ref: NamespacedName, options: LogOptions): AsyncIterable<string>
}

export interface NamespacedName {
  /** '' or absent for cluster scope. */
  namespace?: string
  name: string
}

export interface RequestOptions {
  signal?: AbortSignal
}

export interface Subresource {
  subresource?: 'status' | 'scale'
}

export interface ListOptions extends RequestOptions {
  /** Absent: all namespaces. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  limit?: number
  continue?: string
  resourceVersion?: string
}

export interface WatchOptions extends RequestOptions {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Where to go on from; absent or '0': the server sends what there is as ADDED first. */
  resourceVersion?: string
  allowBookmarks?: boolean
}

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject } | { type: 'BOOKMARK'; resourceVersion: string }

export interface WriteAs {
  /** Whoever it is done as, where the client's own user may do that: `system:serviceaccount:NAMESPACE:NAME`. */
  impersonate?: string
}

export interface WriteOptions extends RequestOptions, WriteAs {
  fieldManager?: string
  dryRun?: boolean
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

export interface ApplyOptions extends WriteOptions, Subresource {
  fieldManager: string
  /** Take fields over from other managers instead of a 409. */
  force?: boolean
}

export interface DeleteOptions extends RequestOptions, WriteAs {
  dryRun?: boolean
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
}

export type Patch =
  | { type: 'json'; patch: JsonPatchOperation[] }
  | { type: 'merge'; patch: Record<string, unknown> }
  | { type: 'strategic'; patch: Record<string, unknown> }

export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string }

export interface LogOptions extends RequestOptions {
  container?: string
  follow?: boolean
  previous?: boolean
  tailLines?: number
  sinceSeconds?: number
  sinceTime?: string
  timestamps?: boolean
  limitBytes?: number
}

/** The cluster answered with an error. `status` is its body where it was a `Status`. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError'
  readonly code: number
  readonly reason: string
  readonly status: KubeStatus | undefined

  constructor(code: number, reason: string, message: string, status?: KubeStatus) {
    super(message)
    this.code = code
    this.reason = reason
    this.status = status
  }
}

/** The cluster did not answer: refused, reset, timed out, a certificate that is not trusted. */
export class KubeConnectionError extends Error {
  override readonly name = 'KubeConnectionError'
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.code === 404
}

export function isConflict(error: unknown): boolean {
  return error instanceof KubeApiError && error.code === 409
}
