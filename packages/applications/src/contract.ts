import type { Application, ApplicationTree, ApplicationWatchEvent, Operation, ResourceDiff, SyncOperation } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import type { Clock, ClusterCache, KubeClient, KubeObject, ObjectKey } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import type { Renderer } from '@plimsoll/render'

/** A cluster that applications are deployed to. */
export interface TargetCluster {
  /** `https://kubernetes.default.svc` and name `in-cluster` for the home cluster. */
  server: string
  name: string
  client: KubeClient
  cache: ClusterCache
}

export interface ApplicationsContext {
  home: TargetCluster
  /** Undefined when no such cluster is known. `name` wins over `server`, as in Argo CD. */
  clusterOf(destination: { server?: string; name?: string }): TargetCluster | undefined
  repositories: Repositories
  renderer: Renderer
  records: Records
  /** Where Applications live; `argocd` by default. */
  namespace: string
  clock: Clock
  log: Log
  /** Applications reconciled at the same time. */
  concurrency: number
}

/** The part of pino that we use. */
export interface Log {
  child(bindings: Record<string, unknown>): Log
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Names one Application. */
export interface ApplicationRef {
  name: string
  namespace: string
}

export interface Actor {
  username: string
  /** Address, `cli`, `git`. */
  origin: string
}

/**
 * Applications as the server and, through it, CLI and console use them. Reads answer from memory; writes go to the home cluster's API, so that
 * `kubectl` and this are one way. Failures are `PlimsollError`. Authorisation and audit are the caller's.
 */
export interface Applications {
  /** Resolves when everything is watched and the first look at each application is queued. */
  start(): Promise<void>
  /** Lets running steps end; nothing is lost if it is never called. */
  stop(): Promise<void>

  list(filter?: { selector?: string; projects?: string[]; namespace?: string; name?: string; repo?: string }): Application[]
  /** Rejects with `not-found`. */
  get(ref: ApplicationRef): Application
  /** Every change of an Application, after it is visible in `get`. Returns the way to stop. */
  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void

  /** Validates (`invalid-application` with the field) and creates. With `upsert` an existing one is changed. */
  create(application: Application, options: { upsert?: boolean; validate?: boolean }): Promise<Application>
  /** Replaces spec, labels, annotations, finalizers. */
  update(application: Application, options: { validate?: boolean }): Promise<Application>
  updateSpec(ref: ApplicationRef, spec: Application['spec'], options: { validate?: boolean }): Promise<Application>
  patch(ref: ApplicationRef, patch: string, type: 'json' | 'merge'): Promise<Application>
  /** `cascade`: with the resources it manages (the finalizer is set), in the given propagation; otherwise only the Application. */
  delete(ref: ApplicationRef, options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' }): Promise<void>

  /** Asks for a sync. Rejects with `operation-in-progress` when one runs. The controller does the work. */
  sync(
    ref: ApplicationRef,
    sync: SyncOperation & { infos?: Operation['info']; retry?: Operation['retry'] },
    by: Actor,
  ): Promise<Application>
  terminateOperation(ref: ApplicationRef): Promise<void>
  /** To the history entry `id`, or the one before the current when absent. Automated sync is then on hold. */
  rollback(ref: ApplicationRef, options: { id?: number; prune?: boolean; dryRun?: boolean }, by: Actor): Promise<Application>
  /** Lets go of a hold: automated sync goes on with Git's head. */
  resume(ref: ApplicationRef, by: Actor): Promise<Application>
  /** Looks again now. `hard` forgets rendered manifests too. Resolves when the look is over. */
  refresh(ref: ApplicationRef, kind: 'normal' | 'hard'): Promise<Application>

  tree(ref: ApplicationRef): Promise<ApplicationTree>
  /** Called after each change of the tree. Returns the way to stop. */
  subscribeTree(ref: ApplicationRef, listener: () => void): () => void
  managedResources(ref: ApplicationRef): Promise<ResourceDiff[]>
  /** Rendered manifests as JSON texts, of a revision or of what the application points at. Secrets are masked. */
  manifests(ref: ApplicationRef, revision?: string): Promise<{ manifests: string[]; revision: string; sourceType: string }>
  /** A live object that belongs to the application: managed by it, or a descendant of one that is. Rejects with `not-found` for any other. Secrets are masked. */
  resource(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject>
  /** Deletes or patches such an object. */
  deleteResource(ref: ApplicationRef, key: ObjectKey, options: { force?: boolean; orphan?: boolean }): Promise<void>
  patchResource(ref: ApplicationRef, key: ObjectKey, patch: string, type: 'json' | 'merge' | 'strategic'): Promise<KubeObject>
  /** Events about the application, or about one of its resources. */
  events(ref: ApplicationRef, of?: { uid?: string; namespace?: string; name?: string }): Promise<KubeObject[]>
  /** Pods below a resource (or of the whole application), for logs. */
  pods(ref: ApplicationRef, below?: ObjectKey): Promise<{ namespace: string; name: string; containers: string[] }[]>
  /** The cluster that an application deploys to. */
  clusterFor(ref: ApplicationRef): TargetCluster

  /** For `/metrics` and the benchmarks. */
  stats(): { applications: number; renders: number; comparisons: number; syncs: number; queued: number }
}
