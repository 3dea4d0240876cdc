import {
  annotations,
  type Application,
  type ApplicationCondition,
  type ApplicationStatus,
  type AppProject,
  type Operation,
  type OperationState,
  PlimsollError,
  postDeleteFinalizer,
  preDeleteFinalizer,
} from '@plimsoll/api'
import { done, isConflict, keyString, type KubeObject, type Outcome } from '@plimsoll/kube'
import { applicationOf, parseRefKey } from '../application-object.ts'
import {
  askedRevisions,
  revisionFields,
  revisionsIn,
  revisionText,
  sourceFields,
  type SourceSet,
  sourceSetOf,
  specSources,
  targetRevisionsOf,
} from '../application-sources.ts'
import { awayFailure } from '../clusters/capabilities.ts'
import type { TargetCluster } from '../contract.ts'
import { orphansOf, orphanWarnings } from '../projects/orphaned-resources.ts'
import { projectOf } from '../projects/project.ts'
import { type ProjectGuard, projectGuard } from '../projects/project-guard.ts'
import { permissionAt, type SyncAttempt, type SyncPermission, windowsOf } from '../projects/sync-windows.ts'
import { isDeepEqual } from '../json.ts'
import { keepRendered, keptRendering, type RenderedSources } from '../sync/kept-manifests.ts'
import { sourceOfManifests } from '../sync/local-manifests.ts'
import { hasRunningHook, type HookedOperation, leaveHooks, terminateHooks } from '../sync/operation-hooks.ts'
import { retryDelayMs } from '../sync/sync-request.ts'
import { instanceName } from '../tracking.ts'
import { patchApplication } from './application-patch.ts'
import { statusAfter } from './application-status.ts'
import { type ComparisonMemo, respectIgnored } from './compare-target.ts'
import type { HookFailures } from './deletion-hooks.ts'
import { type Desired, type DesiredRequest, desiredState } from './desired-state.ts'
import type { DiffRules, KnownDiffRules } from './diff-rules.ts'
import { compareWithLive } from './evaluate.ts'
import { type Evaluation, nothingKnown } from './evaluation.ts'
import type { Reconciling } from './reconciling.ts'
import { nextAttempt, runOperation } from './run-operation.ts'

/** What is remembered of an application between two looks. All of it can be found again; it only saves work. */
export interface ApplicationState {
  desired: { specKey: string; cacheKey: string; desired: Desired } | undefined
  memo: Map<string, ComparisonMemo>
  rules: KnownDiffRules
  evaluation: Evaluation | undefined
  /** The refresh that the annotation asks for is made already; only its answer is still to be written. */
  isRefreshed: boolean
  /** Where it was deployed to. */
  cluster: TargetCluster | undefined
  /** Of hooks of its deletion. */
  failures?: HookFailures
  /** What failed after its look had been left for being slow: the next look, which would take as long, tells it. */
  late?: { specKey: string; failure: PlimsollError; until: number } | undefined
}

/** How soon the next look follows one that was left. */
const lateMs = 5_000
/** How soon an operation that waits is looked at without being told of a change. */
const pollMs = 10_000
const longestWaitMs = 3_600_000

/** One look, from its first read to its last write. */
export class Look {
  readonly key: string
  object: KubeObject
  application: Application
  /** The comparison after an operation has changed things. */
  latest: Evaluation | undefined
  /** It tells what an earlier one, which was left, has found: soon somebody should look again. */
  isLate = false
  readonly #context: Reconciling
  readonly #cluster: TargetCluster
  readonly #state: ApplicationState
  readonly #instance: string
  /** Somebody asked to look anew. */
  #isFresh: 'normal' | 'hard' | undefined
  #isLeft = false
  /** What was rendered last in this look, and why it was not Git that told it. */
  #rendered: RenderedSources | undefined
  #notFromGit: PlimsollError | undefined

  constructor(
    context: Reconciling,
    key: string,
    object: KubeObject,
    application: Application,
    cluster: TargetCluster,
    state: ApplicationState,
  ) {
    this.#context = context
    this.key = key
    this.object = object
    this.application = application
    this.#cluster = cluster
    this.#state = state
    this.#instance = instanceName(parseRefKey(key), context.namespace)
  }

  get #set(): SourceSet {
    return specSources(this.application)
  }

  get #rules(): DiffRules {
    return this.#state.rules.of(this.application, this.#context.diffSettings())
  }

  get #isAutomated(): boolean {
    const automated = this.application.spec.syncPolicy?.automated
    return automated !== undefined && automated !== null && automated.enabled !== false
  }

  async refreshIfAsked(): Promise<void> {
    const asked = this.object.metadata.annotations?.[annotations.refresh]
    // What may not be used is not fetched either.
    if (asked === undefined || this.#state.isRefreshed || this.#guard.problems().length > 0) return
    if (asked === 'hard') {
      this.#state.desired = undefined
      this.#state.memo.clear()
    }
    const repositories = new Set(this.#set.sources.filter((source) => source.chart === undefined).map((source) => source.repoURL))
    for (const repository of repositories) {
      try {
        await this.#context.repositories.refresh(repository)
      } catch (error) {
        // What is wrong with the repository is found, and said, by the evaluation.
        if (!(error instanceof PlimsollError)) throw error
      }
    }
    // A webhook may say something else of an unchanged object: who looks again wants the server to be asked again.
    if (this.#rules.isServerSide) this.#state.memo.clear()
    this.#isFresh = asked === 'hard' ? 'hard' : 'normal'
    this.#state.isRefreshed = true
  }

  /** Asked at each use: the project may change at any moment. */
  get #guard(): ProjectGuard {
    return projectGuard(this.#context, this.application, this.#cluster)
  }

  async evaluate(): Promise<Evaluation> {
    const refused = this.#guard.conditions()
    if (refused.length > 0) return nothingKnown(this.#set, refused)
    const evaluation = await this.#compare()
    // It may have been forbidden meanwhile: then nothing is told of what was found.
    const since = this.#guard.conditions()
    return since.length > 0 ? nothingKnown(this.#set, since) : evaluation
  }

  async #compare(): Promise<Evaluation> {
    const set = this.#set
    const { metadata, spec } = this.application
    const settings = [annotations.renderWithBinary, annotations.randomValues, annotations.randomRotation]
    const { ignoresStatusOf } = this.#context.diffSettings()
    const specKey = JSON.stringify([
      set.sources,
      spec.destination,
      [this.#cluster.server, this.#cluster.namespaces, this.#cluster.clusterResources],
      spec.project,
      ignoresStatusOf,
      settings.map((name) => metadata.annotations?.[name]),
    ])
    const previous = this.#state.desired?.specKey === specKey ? this.#state.desired : undefined
    let desired: Desired | undefined
    // Of a cluster that does not answer nothing is known, whatever was seen before.
    const away = awayFailure(this.#cluster)
    let failure = away ?? this.#lateFailure(specKey)
    if (failure === undefined) {
      try {
        desired = await desiredState(
          this.#context,
          {
            application: this.application,
            set,
            revisions: targetRevisionsOf(set),
            cluster: this.#cluster,
            instance: this.#instance,
            ...(this.#isFresh && { isFresh: this.#isFresh }),
            onRendered: (rendered) => {
              this.#rendered = rendered
            },
          },
          previous,
        )
        this.#state.desired = { specKey, cacheKey: desired.cacheKey, desired }
      } catch (error) {
        failure = asPlimsollError(error)
        if (this.#isLeft) this.#state.late = { specKey, failure, until: this.#context.clock.now() + lateMs }
      }
    }
    const evaluation = await compareWithLive(
      this.#context,
      {
        application: this.application,
        set,
        desired,
        failure,
        cluster: this.#cluster,
        instance: this.#instance,
        asks: this.#isAutomated ? 'inDoubt' : 'always',
        rules: this.#rules,
      },
      this.#state.memo,
    )
    evaluation.conditions.push(...this.#orphanWarnings(evaluation))
    return away ? { ...evaluation, health: { status: 'Unknown' } } : evaluation
  }

  #orphanWarnings({ resources, targets }: Evaluation): ApplicationCondition[] {
    // Without Git's side, what it would want looks as if it belonged to nobody.
    if (!targets || !this.#cluster.cache.isSynced) return []
    const { cache } = this.#cluster
    const isKnown = (instance: string): boolean => this.#context.applications.ofInstance(instance) !== undefined
    return orphanWarnings(
      orphansOf({ project: this.#project, application: this.application, cache, managed: resources, isKnown }),
      this.#project,
    )
  }

  get #project(): AppProject | undefined {
    return projectOf(this.#context.home.cache, this.#context.namespace, this.application).project
  }

  /** Where what belongs to nobody is looked for. */
  watchedNamespace(): string | undefined {
    return this.#project?.spec.orphanedResources ? this.application.spec.destination.namespace : undefined
  }

  /** Nobody waits for it any more. */
  leave(): void {
    this.#isLeft = true
  }

  #lateFailure(specKey: string): PlimsollError | undefined {
    const { late } = this.#state
    this.#state.late = undefined
    if (late?.specKey !== specKey || late.until < this.#context.clock.now() || this.#isFresh !== undefined) return undefined
    this.isLate = true
    return late.failure
  }

  /** What the sync windows of its project say now. */
  permission(attempt: SyncAttempt): SyncPermission {
    const { project, problem } = projectOf(this.#context.home.cache, this.#context.namespace, this.application)
    if (problem !== undefined) return { isAllowed: false, message: `${problem} cannot be read`, until: undefined }
    return permissionAt(windowsOf(project, this.application), attempt, this.#context.clock.now())
  }

  /** Hooks of a deletion are kept by finalizers, from before anybody could read that all is well: a deletion must not pass them by. */
  async keepFinalizers({ deletionPhases }: Evaluation): Promise<void> {
    if (!deletionPhases) return
    const before = this.object.metadata.finalizers ?? []
    const wanted = [
      ...(deletionPhases.has('PreDelete') ? finalizersOf(preDeleteFinalizer) : []),
      ...(deletionPhases.has('PostDelete') ? finalizersOf(postDeleteFinalizer) : []),
    ]
    const others = before.filter((name) => ![...finalizersOf(preDeleteFinalizer), ...finalizersOf(postDeleteFinalizer)].includes(name))
    const missing = wanted.filter((name) => !before.includes(name))
    if (missing.length === 0 && others.length + wanted.length === before.length) return
    const status = this.application.status ?? {}
    await this.#patch({ finalizers: [...others, ...wanted], status: [status, status] })
  }

  /** From now on this deployment is what an automatic rollback goes back to. */
  async markGood(id: number): Promise<void> {
    const status = this.application.status ?? {}
    await this.#patch({ annotations: { [annotations.lastGood]: String(id) }, status: [status, status] })
  }

  /** What was asked for, or what a killed process has left running. */
  operationToRun(): Operation | undefined {
    const state = this.application.status?.operationState
    if (state && (state.phase === 'Running' || state.phase === 'Terminating')) return state.operation
    return this.application.operation
  }

  async operate(evaluation: Evaluation, automated?: Operation): Promise<Outcome> {
    let state = automated ? undefined : this.#runningState()
    if (state?.phase === 'Terminating') {
      await this.#finish(await this.#terminated(state), evaluation)
      return done
    }
    if (state && this.#isSuperseded(state, evaluation)) {
      const message = `superseded by revision ${revisionText(evaluation.revisions)}: ${state.message ?? ''}`
      await this.#leaveHooks(state, { deletes: true })
      await this.#finish({ ...state, phase: 'Failed', message: message.slice(0, 2000) }, evaluation)
      return { again: { afterMs: 1, reason: 'a newer revision' } }
    }
    if (state?.finishedAt) {
      const dueAt = Date.parse(state.finishedAt) + retryDelayMs(state.operation.retry, (state.retryCount ?? 1) - 1)
      const waitMs = dueAt - this.#context.clock.now()
      if (waitMs > 0) return { again: { afterMs: waitMs, reason: 'the operation is repeated' } }
      state = nextAttempt(state)
    }
    const operation = state?.operation ?? automated ?? this.application.operation
    if (!operation) return done
    if (!state) {
      state = { operation, phase: 'Running', startedAt: this.#now(), ...this.#revisionsOf(operation, evaluation) }
      await this.#begin(operation, state, evaluation)
    }
    const closed = await this.#closedWindow(state)
    return closed ?? this.#sync(operation, state, evaluation)
  }

  /** A window that has closed since, or that was closed when somebody asked by the cluster's API, holds up what is under way. */
  async #closedWindow(state: OperationState): Promise<Outcome | undefined> {
    const now = this.#context.clock.now()
    const permission = this.permission({
      isManual: state.operation.initiatedBy?.automated !== true,
      startedAt: Date.parse(state.startedAt),
    })
    if (permission.isAllowed) return undefined
    const end = permission.until === undefined ? '' : ` until ${new Date(permission.until).toISOString()}`
    const message = `Sync operation blocked by sync window${end}: ${permission.message}`
    if (state.message !== message || this.application.status?.operationState?.finishedAt)
      await this.#writeOperationState({ ...state, message })
    return { again: { afterMs: Math.min(longestWaitMs, Math.max(pollMs, (permission.until ?? now) - now)), reason: message } }
  }

  /** An operation stays at the revision that its branch had when it began. */
  #revisionsOf({ sync }: Operation, evaluation: Evaluation): Pick<OperationState, 'syncResult'> {
    const isOfSpec = sourceSetOf(sync) === undefined && revisionsIn(sync) === undefined && (sync?.manifests ?? []).length === 0
    if (!isOfSpec || !evaluation.revisions) return {}
    return { syncResult: { ...sourceFields(evaluation.set), ...revisionFields(evaluation.set.isMultiple, evaluation.revisions) } }
  }

  async #terminated(state: OperationState): Promise<OperationState> {
    try {
      const resources = await terminateHooks(this.#hookedOperation(state), state.syncResult?.resources ?? [])
      return { ...state, syncResult: { ...state.syncResult, resources }, phase: 'Failed', message: 'Operation terminated' }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { ...state, phase: 'Error', message: `Operation termination had errors: ${why}` }
    }
  }

  #hookedOperation({ startedAt }: OperationState): HookedOperation {
    return { cluster: this.#cluster, instance: this.#instance, startedAt, health: this.#context.health }
  }

  async #begin(operation: Operation, state: OperationState, evaluation: Evaluation): Promise<void> {
    const previous = this.application.status ?? {}
    // Nobody shall read that all is well of an application that is being changed because it is not.
    const { sync } = this.#statusAfter(evaluation, [], previous)
    await this.#patch({ operation, status: [previous, { ...previous, ...(sync && { sync }), operationState: state }] })
    const what = operation.initiatedBy?.automated
      ? 'Initiated automated sync'
      : `${operation.initiatedBy?.username || 'Unknown user'} initiated sync`
    this.#context.events.record(this.object, {
      reason: 'OperationStarted',
      message: `${what} to ${revisionText(askedRevisions(operation.sync, sourceSetOf(operation.sync) ?? this.#set))}`,
    })
  }

  async #sync(operation: Operation, state: OperationState, evaluation: Evaluation): Promise<Outcome> {
    const sync = operation.sync
    if (!sync) {
      await this.#finish({ ...state, phase: 'Error', message: 'The operation says nothing to do: sync is missing' }, evaluation)
      return done
    }
    this.#context.count('syncs')
    let next: OperationState
    try {
      const against = await this.#evaluationFor(operation, state, evaluation)
      next = await runOperation(this.#context, {
        application: this.application,
        cluster: this.#cluster,
        instance: this.#instance,
        sync,
        state,
        against,
        record: (reached) => this.#writeOperationState(reached),
        respect: (target, live) => respectIgnored({ context: this.#context, cluster: this.#cluster, rules: this.#rules }, target, live),
        onUnchanged: ({ key, target }) => {
          const live = this.#cluster.cache.get(key)
          if (target && live)
            this.#state.memo.set(keyString(key), {
              ...this.#state.memo.get(keyString(key)),
              target: target.object,
              live,
              rules: this.#rules,
              comparison: { differences: [], doubts: [] },
            })
        },
      })
    } catch (error) {
      // Somebody has changed the Application in between: the next look goes on from what is on record.
      if (isConflict(error)) throw error
      const known = this.#runningState() ?? state
      next = { ...known, phase: 'Error', message: error instanceof Error ? error.message : String(error) }
    }
    if (next.phase !== 'Running' && this.#notFromGit)
      next = {
        ...next,
        message: `${next.message ?? ''}, with the manifests that were kept of it: ${this.#notFromGit.message}`.slice(0, 8000),
      }
    // What cannot be told now (Git or the cluster does not answer) is no reason to leave a hook that is at work.
    if (next.phase === 'Error' && hasRunningHook(this.#hookedOperation(state))) next = { ...next, phase: 'Running' }
    if (next.phase === 'Running') {
      if (!isDeepEqual(this.application.status?.operationState, next)) await this.#writeOperationState(next)
      // What is waited for wakes us when it changes. This is for what nobody tells: a kind that is not watched.
      return { again: { afterMs: pollMs, reason: next.message ?? '' } }
    }
    const limit = operation.retry?.limit ?? 0
    const attempt = state.retryCount ?? 0
    if (next.phase !== 'Succeeded' && (limit < 0 || attempt < limit)) {
      const delayMs = retryDelayMs(operation.retry, attempt)
      const at = new Date(this.#context.clock.now() + delayMs).toISOString()
      await this.#writeOperationState({
        ...next,
        phase: 'Running',
        finishedAt: this.#now(),
        retryCount: attempt + 1,
        message: `${next.message ?? ''}. Retrying attempt #${attempt + 1} at ${at}.`,
      })
      this.latest = await this.evaluate()
      return { again: { afterMs: delayMs, reason: 'the operation is repeated' } }
    }
    await this.#finish(attempt > 0 ? { ...next, message: `${next.message ?? ''} (retried ${attempt} times).` } : next, evaluation)
    return done
  }

  /** A sync to another revision or source than the one that is compared is compared for itself. */
  async #evaluationFor(operation: Operation, state: OperationState, evaluation: Evaluation): Promise<Evaluation> {
    const manifests = operation.sync?.manifests ?? []
    if (manifests.length > 0) {
      const { set, local } = await sourceOfManifests(this.#context.records, manifests, this.#set)
      return this.#evaluationAt({ set, revisions: ['local'], local })
    }
    const set = sourceSetOf(state.syncResult) ?? sourceSetOf(operation.sync) ?? this.#set
    const revisions = revisionsIn(state.syncResult) ?? askedRevisions(operation.sync, set)
    const current = targetRevisionsOf(this.#set)
    const isSame =
      isDeepEqual(set.sources, evaluation.set.sources) &&
      revisions.every((revision, index) => revision === evaluation.revisions?.[index] || revision === current[index])
    return isSame ? evaluation : this.#evaluationAt({ set, revisions })
  }

  async #evaluationAt(at: Pick<DesiredRequest, 'set' | 'revisions' | 'local'>): Promise<Evaluation> {
    const common = { application: this.application, cluster: this.#cluster, instance: this.#instance }
    const desired = await desiredState(
      this.#context,
      {
        ...common,
        ...at,
        // A revision that was deployed before can be gone back to without Git.
        ...(!at.local && { kept: () => this.#keptOf(at) }),
        onRendered: (rendered, why) => {
          this.#rendered = rendered
          this.#notFromGit = why
        },
      },
      undefined,
    )
    const how = { set: at.set, desired, failure: undefined, asks: 'inDoubt' as const, rules: this.#rules }
    return compareWithLive(this.#context, { ...common, ...how }, new Map())
  }

  #keptOf({ set, revisions }: Pick<DesiredRequest, 'set' | 'revisions'>): Promise<RenderedSources | undefined> {
    return keptRendering(this.#context.records, parseRefKey(this.key), { sources: set.sources, revisions })
  }

  /** Kept as long as the record of the deployment. That it cannot be kept is no reason for an operation not to end. */
  async #keep(revisions: readonly string[]): Promise<string | undefined> {
    if (!this.#rendered || !isDeepEqual(this.#rendered.revisions, revisions)) return undefined
    try {
      return await keepRendered(this.#context.records, this.#rendered)
    } catch (error) {
      this.#context.log.warn({ application: this.key, error: String(error) }, 'The manifests of a deployment could not be kept')
      return undefined
    }
  }

  /**
   * A newer commit ends what fails or waits at an older one, when nobody asked for that one by hand. Also one that goes back to what runs. A hook that
   * is at work is never broken off: its end is waited for.
   */
  #isSuperseded(state: OperationState, evaluation: Evaluation): boolean {
    const begun = revisionsIn(state.operation.sync)
    return (
      state.operation.initiatedBy?.automated === true &&
      evaluation.revisions !== undefined &&
      evaluation.sync !== 'Unknown' &&
      begun !== undefined &&
      !isDeepEqual(begun, evaluation.revisions) &&
      !hasRunningHook(this.#hookedOperation(state))
    )
  }

  /** Exactly one end for an operation: on record first, under an id that every attempt to record it shares, then in the status with the request cleared. */
  async #finish(ended: OperationState, evaluation: Evaluation): Promise<void> {
    const state: OperationState = { ...ended, finishedAt: this.#now() }
    const sync = state.operation.sync
    const isDryRun = sync?.dryRun === true
    const revisions = revisionsIn(state.syncResult) ?? revisionsIn(sync) ?? evaluation.revisions ?? []
    const revision = revisionText(revisions)
    const [source] = (sourceSetOf(state.syncResult) ?? this.#set).sources
    const by = state.operation.initiatedBy
    if (!isDryRun) {
      await this.#leaveHooks(state, { deletes: false })
      const isWholeAndOfGit = (sync?.resources ?? []).length === 0 && (sync?.manifests ?? []).length === 0
      const manifests = state.phase === 'Succeeded' && isWholeAndOfGit ? await this.#keep(revisions) : undefined
      await this.#context.records.recordDeployment({
        operationId: `${this.object.metadata.uid ?? this.key}/${state.startedAt}`,
        application: this.application.metadata.name,
        namespace: this.application.metadata.namespace ?? '',
        revision,
        repoURL: source?.repoURL ?? '',
        path: source?.path ?? source?.chart ?? '',
        startedAt: Date.parse(state.startedAt),
        finishedAt: Date.parse(state.finishedAt ?? state.startedAt),
        phase: state.phase === 'Succeeded' ? 'Succeeded' : state.phase === 'Failed' ? 'Failed' : 'Error',
        message: state.message ?? '',
        initiatedBy: by?.username ?? '',
        automated: by?.automated === true,
        ...(manifests !== undefined && { manifests }),
      })
    }
    this.latest = await this.evaluate()
    const previous = this.application.status ?? {}
    const isWhole = (sync?.resources ?? []).length === 0
    // Nobody could go back to what was sent from a disk.
    const isOfGit = (sync?.manifests ?? []).length === 0
    const history = state.phase === 'Succeeded' && !isDryRun && isWhole && isOfGit ? this.#historyWith(state, revisions) : previous.history
    const next = this.#statusAfter(this.latest, [], { ...previous, operationState: state, ...(history && { history }) })
    // Clients wait for a look that is younger than the end of the operation (argo-cd `cmd/argocd/commands/app.go`, waitOnApplicationStatus).
    await this.#patch({ operation: null, clearRefresh: true, status: [previous, { ...next, reconciledAt: this.#now() }] })
    this.#context.events.record(this.object, {
      reason: 'OperationCompleted',
      isWarning: state.phase !== 'Succeeded',
      message:
        state.phase === 'Succeeded'
          ? `${isWhole ? 'Sync' : 'Partial sync'} operation to ${revision} succeeded`
          : `Sync operation to ${revision} failed: ${state.message ?? ''}`,
    })
    this.#reportChanges(previous, next)
    this.#context.log.info(
      { application: this.key, revision, phase: state.phase, durationMs: Date.parse(state.finishedAt ?? '') - Date.parse(state.startedAt) },
      'An operation has ended',
    )
  }

  /** A hook's object that we still hold would stay for ever; that nobody can let go of it now is no reason for the operation not to end. */
  async #leaveHooks(state: OperationState, options: { deletes: boolean }): Promise<void> {
    try {
      await leaveHooks(this.#hookedOperation(state), options)
    } catch (error) {
      this.#context.log.warn({ application: this.key, error: String(error) }, 'Hooks of an operation could not be let go')
    }
  }

  #historyWith(state: OperationState, revisions: readonly string[]): ApplicationStatus['history'] {
    const history = this.application.status?.history ?? []
    const limit = Math.max(0, this.application.spec.revisionHistoryLimit ?? 10)
    const set = sourceSetOf(state.syncResult) ?? this.#set
    const entry = {
      id: (history.at(-1)?.id ?? -1) + 1,
      ...revisionFields(set.isMultiple, revisions),
      deployedAt: state.finishedAt ?? this.#now(),
      deployStartedAt: state.startedAt,
      ...sourceFields(set),
      ...(state.operation.initiatedBy && { initiatedBy: state.operation.initiatedBy }),
    }
    return limit === 0 ? [] : [...history, entry].slice(-limit)
  }

  async #writeOperationState(state: OperationState): Promise<void> {
    const previous = this.application.status ?? {}
    await this.#patch({ status: [previous, { ...previous, operationState: state }] })
  }

  async writeStatus(evaluation: Evaluation, conditions: ApplicationCondition[]): Promise<void> {
    const previous = this.application.status ?? {}
    const next = this.#statusAfter(evaluation, conditions, previous)
    const clearRefresh = this.object.metadata.annotations?.[annotations.refresh] !== undefined
    if (next === previous && !clearRefresh) return
    await this.#patch({ clearRefresh, status: [previous, clearRefresh ? { ...next, reconciledAt: this.#now() } : next] })
    this.#reportChanges(previous, next)
  }

  #statusAfter(evaluation: Evaluation, conditions: ApplicationCondition[], previous: ApplicationStatus): ApplicationStatus {
    return statusAfter({ ...this.application, status: previous }, evaluation, {
      conditions,
      now: this.#now(),
      controllerNamespace: this.#context.namespace,
    })
  }

  #reportChanges(previous: ApplicationStatus, next: ApplicationStatus): void {
    const changes: string[] = []
    if (previous.sync?.status !== next.sync?.status) {
      changes.push(`Updated sync status: ${previous.sync?.status ?? ''} -> ${next.sync?.status ?? ''}`)
    }
    if (previous.health?.status !== next.health?.status) {
      changes.push(`Updated health status: ${previous.health?.status ?? ''} -> ${next.health?.status ?? ''}`)
    }
    for (const message of changes) this.#context.events.record(this.object, { reason: 'ResourceUpdated', message })
  }

  #runningState(): OperationState | undefined {
    const state = this.application.status?.operationState
    return state && (state.phase === 'Running' || state.phase === 'Terminating') ? state : undefined
  }

  async #patch(change: Parameters<typeof patchApplication>[2]): Promise<void> {
    this.object = await patchApplication(this.#context, this.object, change)
    this.application = applicationOf(this.object)
  }

  #now(): string {
    return new Date(this.#context.clock.now()).toISOString()
  }
}

/** A hook runs, and what it has left is taken away. */
function finalizersOf(name: string): string[] {
  return [name, `${name}/cleanup`]
}

function asPlimsollError(error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error
  throw error
}
