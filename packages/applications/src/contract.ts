import type {
  Application,
  ApplicationCondition,
  ApplicationPlan,
  ApplicationSource,
  ApplicationSyncWindows,
  ApplicationTree,
  ApplicationWatchEvent,
  Operation,
  ResourceAction,
  ResourceDiff,
  SyncOperation,
} from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import type { Clock, KubeObject, ObjectKey } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import type { ChartRegistry } from '@plimsoll/registry'
import type { Clusters, TargetCluster } from './clusters/contract.ts'
import type { LocalSource } from './reconcile/desired-state.ts'
import type { Programs, RenderDetails, Renderer, RenderPolicy, RenderResult } from '@plimsoll/render'

export type { TargetCluster } from './clusters/contract.ts'

export interface ApplicationsContext {
  home: TargetCluster
  clusters: Clusters
  repositories: Repositories
  charts: ChartRegistry
  renderer: Renderer
  /** A file of a web server, as kustomizations name them. Rejects with `PlimsollError`. Undefined: none is read. */
  remoteFile?: (url: string) => Promise<Buffer>
  /** Foreign programs that the operator has enabled: plugins, jsonnet, the real helm and kubectl. */
  programs?: Programs
  /** What rendering may do here. */
  renderPolicy?: Partial<RenderPolicy>
  records: Records
  /** Of the control plane, where Applications live; `argocd` by default. */
  namespace: string
  /** Where they may live besides: names, globs, and regular expressions in slashes. In place of `application.namespaces` of ConfigMap argocd-cmd-params-cm. */
  applicationNamespaces?: readonly string[] | undefined
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

/** Throws where a change may not be made. Asked of what is there when it is made, and again when that has changed. */
export type Judge = (before: Application, after: Application) => void

/** What would be applied. One revision for each source, one source type for each that has manifests. */
export interface ApplicationRendering {
  /** JSON texts. */
  manifests: string[]
  revisions: string[]
  sourceTypes: string[]
  /** Where the real tool was to be asked too, and could be: one for each source that has manifests. */
  comparedWithBinary?: NonNullable<RenderResult['comparedWithBinary']>[]
}

/** One source of an application, rendered. A source that is there for its `ref` alone has only the first two. */
export interface SourceRendering {
  source: ApplicationSource
  revision: string
  sourceType?: RenderResult['sourceType']
  engine?: string
  chart?: RenderResult['chart']
  /** How long the answer took, and the render behind it when it was made, in milliseconds. */
  durationMs?: number
  renderMs?: number
  fromCache?: boolean
  warnings?: readonly string[]
  randomFunctions?: readonly string[]
  comparedWithBinary?: RenderResult['comparedWithBinary']
  details?: RenderDetails
}

export interface PlanOptions {
  /** One for each source; of those that are missing, what the source points at. */
  revisions?: readonly string[]
  /** Files instead of what is in Git. */
  local?: LocalSource
  /** Whether what Git has dropped would go. Default: as automated sync would do it. */
  prune?: boolean
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
  /** Whether Applications of this namespace count. The others are as good as not there. */
  isNamespaceEnabled(namespace: string): boolean
  /** Whether any but the control plane's may be. */
  hasOtherNamespaces(): boolean
  /** Rejects with `not-found`. */
  get(ref: ApplicationRef): Application
  /** Every change of an Application, after it is visible in `get`. Returns the way to stop. */
  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void

  /** Validates (`invalid-application` with the field) and creates. With `upsert` an existing one is changed. */
  create(application: Application, options: { upsert?: boolean; validate?: boolean; judge?: Judge }): Promise<Application>
  /** Replaces spec, labels, annotations, finalizers. */
  update(application: Application, options: { validate?: boolean; judge?: Judge }): Promise<Application>
  updateSpec(ref: ApplicationRef, spec: Application['spec'], options: { validate?: boolean; judge?: Judge }): Promise<Application>
  patch(ref: ApplicationRef, patch: string, type: 'json' | 'merge', options?: { judge?: Judge }): Promise<Application>
  /** `cascade`: with the resources it manages (the finalizer is set), in the given propagation; otherwise only the Application. */
  delete(ref: ApplicationRef, options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' }): Promise<void>

  /** Asks for a sync. Rejects with `operation-in-progress` when one runs, `sync-window-closed` outside its windows. The controller does the work. */
  sync(
    ref: ApplicationRef,
    sync: SyncOperation & {
      infos?: Operation['info']
      retry?: Operation['retry']
      /** Files instead of what is in Git. Rejects with `automation-enabled` where automation would undo it, as `manifests` does. */
      local?: LocalSource
    },
    by: Actor,
  ): Promise<Application>
  terminateOperation(ref: ApplicationRef): Promise<void>
  /** What the sync windows of its project say about it now. */
  syncWindows(ref: ApplicationRef): ApplicationSyncWindows
  /** Says yes to what waits for a confirmation: prunes of the running sync, and the application's own deletion. Holds for what was begun until now. */
  confirmDeletion(ref: ApplicationRef): Promise<Application>
  /** To the history entry `id`, or the one before the current when absent. Automated sync is then on hold. */
  rollback(ref: ApplicationRef, options: { id?: number; prune?: boolean; dryRun?: boolean }, by: Actor): Promise<Application>
  /** Lets go of a hold: automated sync goes on with Git's head. */
  resume(ref: ApplicationRef, by: Actor): Promise<Application>
  /**
   * What another part of the house has to say about an Application (none: nothing any more). It is among its conditions from the next look on, which begins
   * when it is new. Kept in memory: whoever says it says it again after a start.
   */
  notice(ref: ApplicationRef, conditions: readonly ApplicationCondition[]): void
  /** Looks again now. `hard` forgets rendered manifests too. Resolves when the look is over. */
  refresh(ref: ApplicationRef, kind: 'normal' | 'hard'): Promise<Application>

  tree(ref: ApplicationRef): Promise<ApplicationTree>
  /** Called after each change of the tree. Returns the way to stop. */
  subscribeTree(ref: ApplicationRef, listener: () => void): () => void
  managedResources(ref: ApplicationRef): Promise<ResourceDiff[]>
  /** Rendered manifests as JSON texts, of given revisions (one for each source) or of what the application points at. Secrets are masked. */
  manifests(ref: ApplicationRef, revisions?: readonly string[]): Promise<ApplicationRendering>
  /** What would be applied for an Application, which need not be there. Rejects with `invalid-application`. Secrets are masked. */
  render(application: Application, options?: { revisions?: readonly string[]; withBinary?: boolean }): Promise<ApplicationRendering>
  /** What a sync would do, found out without touching the cluster. The Application need not be there. Secrets are masked. */
  plan(application: Application, options?: PlanOptions): Promise<ApplicationPlan>
  /**
   * For every Application that follows `branch` of a repository and that the change from one commit to another touches: its plan at the second.
   * What renders to the same is not touched. A plan that cannot be made is a problem in words.
   */
  plansOfChange(change: {
    repoURL: string
    branch: string
    isDefault: boolean
    /** False: of somebody who may not change applications. Rendered without their identity, so that no chart can show their random values. */
    isTrusted: boolean
    from: string
    to: string
  }): Promise<ApplicationPlan[]>
  /** How its sources are rendered, one by one: by what, from which parameters, how long it took, and to what. Secrets are masked. */
  rendering(ref: ApplicationRef): Promise<SourceRendering[]>
  /** Makes random values of charts (passwords, certificates) anew with the next sync. */
  rotate(ref: ApplicationRef, by: Actor): Promise<Application>
  /** A live object that belongs to the application: managed by it, or a descendant of one that is. Rejects with `not-found` for any other. Secrets are masked. */
  resource(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject>
  /** Deletes or patches such an object. */
  deleteResource(ref: ApplicationRef, key: ObjectKey, options: { force?: boolean; orphan?: boolean }): Promise<void>
  patchResource(ref: ApplicationRef, key: ObjectKey, patch: string, type: 'json' | 'merge' | 'strategic'): Promise<KubeObject>
  /** What can be done with such an object, or with the Application itself, by name. Rejects with `invalid-request` where a script of the operator's is broken. */
  resourceActions(ref: ApplicationRef, key: ObjectKey): Promise<ResourceAction[]>
  /** Does it. Rejects with `invalid-request` for what cannot be done, `cluster-refused` for what the cluster does not take. */
  runResourceAction(
    ref: ApplicationRef,
    key: ObjectKey,
    action: { name: string; params: Readonly<Record<string, string>> },
    by: Actor,
  ): Promise<void>
  /** Events about the application, or about one of its resources. */
  events(ref: ApplicationRef, of?: { uid?: string; namespace?: string; name?: string }): Promise<KubeObject[]>
  /** Pods below a resource (or of the whole application), for logs. */
  pods(ref: ApplicationRef, below?: ObjectKey): Promise<{ namespace: string; name: string; containers: string[] }[]>
  /** Whether its project lets it have this object and what owns that, at this moment. */
  permits(ref: ApplicationRef, key: ObjectKey): boolean
  /** The cluster that an application deploys to. */
  clusterFor(ref: ApplicationRef): TargetCluster

  /** For `/metrics` and the benchmarks. */
  stats(): { applications: number; renders: number; comparisons: number; syncs: number; queued: number }
}
