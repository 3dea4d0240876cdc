import type { GroupKind, KubeObject, KubeStatus, ObjectKey, ResourceType } from '../object.ts'
import type { Clock } from '../reconcile/outcome.ts'

/**
 * What one cluster holds now, kept current by one watch per kind. It resumes where a connection broke, lists again after 410,
 * follows custom resource definitions as they come and go, and one kind that cannot be read harms no other (`problems`).
 * Objects are frozen, `managedFields` compacted where they carry nothing, and never scanned: all look-ups go by index.
 */
export interface ClusterCache {
  /** Resolves when each kind has been listed once or has a problem. */
  start(): Promise<void>
  stop(): Promise<void>
  readonly isSynced: boolean

  get(key: ObjectKey): KubeObject | undefined
  /** Objects that `indexKeysOf` filed under this key (the applications package files by tracking id, `applications/NAME`). */
  indexed(indexKey: string): KubeObject[]
  /** Objects with an owner reference to this UID. */
  ownedBy(uid: string): KubeObject[]
  /** All objects of one kind, in one namespace or in all. */
  ofKind(kind: GroupKind, namespace?: string): KubeObject[]
  types(): ResourceType[]
  /** The type to write an object of this `apiVersion` and `kind` with, if the cluster serves it. */
  typeOf(apiVersion: string, kind: string): ResourceType | undefined
  /** Whether objects of this kind are held here. False for kinds that are left out, and for those that no server lists (reviews, say). */
  follows(kind: GroupKind): boolean
  /** How many objects are held. */
  readonly size: number
  /** Kinds that cannot be read at the moment, with the reason. */
  problems(): { type: ResourceType; message: string; since: Date }[]
  /** Why the cluster cannot even be asked what it serves, while that is so. What is cached is then as old as `since`. */
  connectionProblem(): { message: string; since: Date } | undefined
  /**
   * A write's answer can be put in at once, so that a compare right after it does not see the past. Older resource versions are ignored,
   * and so are kinds (and versions of a kind) that are not watched. Never for the answer of a dry run. The object is frozen.
   */
  observe(object: KubeObject): void
  /** The answer to a delete, likewise: what is gone leaves the cache at once, and what something holds stays, as it is now. */
  observeDeletion(key: ObjectKey, answer: KubeObject | KubeStatus): void

  /** Called after the change is visible in the cache. `previous` is undefined for a new object, `current` for a deleted one. Returns the way to stop. */
  subscribe(listener: (change: CacheChange) => void): () => void
}

export interface CacheChange {
  key: ObjectKey
  previous: KubeObject | undefined
  current: KubeObject | undefined
}

export interface ClusterCacheOptions {
  /** Kinds to leave out, such as events and leases. */
  isExcluded?: (type: ResourceType) => boolean
  /** Only what is in these namespaces is read, and of what is in none only with `clusterResources`. Absent or empty: everything. */
  namespaces?: readonly string[]
  clusterResources?: boolean
  /** Extra index keys of an object. Pure and quick. */
  indexKeysOf?: (object: KubeObject) => string[]
  /** Whether `metadata.managedFields` of this object is worth its memory (often half of an object). Pure and quick. Absent: all are kept. */
  keepsManagedFields?: (object: KubeObject) => boolean
  clock?: Clock
  /** 0 to 1, for the jitter of back-off. */
  random?: () => number
  /** A listener that threw; the others are called all the same. */
  onListenerError?: (error: unknown) => void
}
