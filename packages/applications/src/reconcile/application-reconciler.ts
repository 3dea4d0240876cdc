import {
  annotations,
  type Application,
  type ApplicationCondition,
  type ApplicationStatus,
  type Operation,
  type OperationState,
  PlimsollError,
} from '@plimsoll/api'
import { createMergePatch, done, isConflict, isNotFound, keyString, type KubeObject, type Outcome, type ResourceType } from '@plimsoll/kube'
import { applicationApiVersion, applicationKey, applicationOf, parseRefKey, refKey, specProblem } from '../application-object.ts'
import { condition } from '../conditions.ts'
import type { ApplicationRef, TargetCluster } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import { retryDelayMs } from '../sync/sync-request.ts'
import { runSync, type SyncRunResult } from '../sync/sync-run.ts'
import { instanceName } from '../tracking.ts'
import { statusAfter } from './application-status.ts'
import { automatedSync, type HealingBudget } from './automated-sync.ts'
import { type ComparisonMemo, compareWithLive, type Desired, desiredState } from './evaluate.ts'
import type { Evaluation } from './evaluation.ts'
import { finalize } from './finalize.ts'
import type { Reconciling } from './reconciling.ts'

/** What is remembered of an application between two looks. All of it can be found again; it only saves work. */
export interface ApplicationState {
  desired: { specKey: string; cacheKey: string; desired: Desired } | undefined
  memo: Map<string, ComparisonMemo>
  evaluation: Evaluation | undefined
  /** The refresh that the annotation asks for is made already; only its answer is still to be written. */
  isRefreshed: boolean
}

export interface Reconciler {
  reconcile(key: string): Promise<Outcome>
  stateOf(ref: ApplicationRef): ApplicationState | undefined
}

export interface ReconcilerHooks {
  /** Where the objects that Git wants are, so that a change of one finds its application. */
  onTargets(key: string, targetIds: string[]): void
  onEvaluated(key: string): void
  onForgotten(key: string): void
  /** Its source is slow to answer: the look was left, and is worth another one when `answered` settles. */
  onSlowSource(key: string, answered: Promise<unknown>): void
}

/** How long one application may keep a worker with what is not ours to hasten: a repository that does not answer must not hold up the others. */
const patienceMs = 3000
const slowSourceMs = 60_000

/**
 * One look at one application: what Git wants, what the cluster has, whether something is to be done, and its status at the end on every path.
 * It acts on what it reads, never on an event: to be killed at any moment costs a look, not the state.
 */
export function createReconciler(context: Reconciling, healing: HealingBudget, hooks: ReconcilerHooks): Reconciler {
  const states = new Map<string, ApplicationState>()

  async function reconcile(key: string): Promise<Outcome> {
    const object = context.home.cache.get(applicationKey(parseRefKey(key)))
    if (!object) {
      states.delete(key)
      healing.forget(key)
      hooks.onForgotten(key)
      return done
    }
    const application = applicationOf(object)
    const state = stateFor(key)
    if (object.metadata.deletionTimestamp !== undefined) return finalize(context, object, application)

    const problem = specProblem(application)
    if (problem) return reportInvalid(object, application, problem)
    const cluster = context.clusterOf(application.spec.destination)
    if (!cluster) {
      const { server, name } = application.spec.destination
      return reportInvalid(
        object,
        application,
        `spec.destination: there is no cluster ${name ? `with name ${name}` : `at ${server ?? ''}`}. Known: ${context.home.name} (${context.home.server})`,
      )
    }
    return look(new Look(context, key, object, application, cluster, state), state)
  }

  async function look(current: Look, state: ApplicationState): Promise<Outcome> {
    const looking = current.refreshIfAsked().then(() => current.evaluate())
    const evaluation = await withPatience(context.clock, looking)
    if (evaluation === 'slow') {
      hooks.onSlowSource(current.key, looking)
      return { again: { afterMs: slowSourceMs, reason: 'its repository has not answered yet' } }
    }
    state.evaluation = evaluation
    hooks.onTargets(current.key, state.evaluation.targets?.map((target) => keyString(target.key)) ?? [])
    let outcome: Outcome = done
    const conditions: ApplicationCondition[] = []

    if (current.operationToRun()) outcome = await current.operate(state.evaluation)
    else {
      const automated = automatedSync(current.application, state.evaluation, { delayMs: healing.delayMs(current.key, context.clock.now()) })
      if (automated.kind === 'start') {
        if (automated.isSelfHeal) healing.spend(current.key, context.clock.now())
        outcome = await current.operate(state.evaluation, automated.operation)
      } else if (automated.kind === 'later') outcome = { again: { afterMs: automated.afterMs, reason: 'self-heal waits' } }
      else if (automated.kind === 'refused') conditions.push(automated.condition)
    }
    state.evaluation = current.latest ?? state.evaluation
    await current.writeStatus(state.evaluation, conditions)
    state.isRefreshed = false
    hooks.onEvaluated(current.key)
    if (outcome === done && state.evaluation.retry) return { failed: state.evaluation.retry }
    return outcome
  }

  async function reportInvalid(object: KubeObject, application: Application, problem: string): Promise<Outcome> {
    const now = new Date(context.clock.now()).toISOString()
    const previous = application.status ?? {}
    const known = previous.conditions?.find((item) => item.type === 'InvalidSpecError' && item.message === problem)
    const status: ApplicationStatus = {
      ...previous,
      sync: { ...previous.sync, status: 'Unknown' },
      health: { status: 'Unknown', lastTransitionTime: previous.health?.status === 'Unknown' ? previous.health.lastTransitionTime : now },
      conditions: [{ ...condition('InvalidSpecError', problem), lastTransitionTime: known?.lastTransitionTime ?? now }],
    }
    await patchApplication(context, object, {
      clearRefresh: true,
      status: [previous, isDeepEqual(previous, status) ? previous : { ...status, reconciledAt: now }],
    })
    return { stalled: new PlimsollError('invalid-application', problem) }
  }

  function stateFor(key: string): ApplicationState {
    let state = states.get(key)
    if (!state) {
      state = { desired: undefined, memo: new Map(), evaluation: undefined, isRefreshed: false }
      states.set(key, state)
    }
    return state
  }

  return { reconcile, stateOf: (ref) => states.get(refKey(ref)) }
}

/** One look, from its first read to its last write. */
class Look {
  readonly key: string
  object: KubeObject
  application: Application
  /** The comparison after an operation has changed things. */
  latest: Evaluation | undefined
  readonly #context: Reconciling
  readonly #cluster: TargetCluster
  readonly #state: ApplicationState
  readonly #instance: string

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

  get #source(): NonNullable<Application['spec']['source']> {
    // `specProblem` has refused an application without one.
    return this.application.spec.source as NonNullable<Application['spec']['source']>
  }

  get #isAutomated(): boolean {
    const automated = this.application.spec.syncPolicy?.automated
    return automated !== undefined && automated !== null && automated.enabled !== false
  }

  async refreshIfAsked(): Promise<void> {
    const asked = this.object.metadata.annotations?.[annotations.refresh]
    if (asked === undefined || this.#state.isRefreshed) return
    if (asked === 'hard') {
      this.#state.desired = undefined
      this.#state.memo.clear()
    }
    try {
      await this.#context.repositories.refresh(this.#source.repoURL)
    } catch (error) {
      // What is wrong with the repository is found, and said, by the evaluation.
      if (!(error instanceof PlimsollError)) throw error
    }
    this.#state.isRefreshed = true
  }

  async evaluate(): Promise<Evaluation> {
    const source = this.#source
    const destinationNamespace = this.application.spec.destination.namespace ?? ''
    const specKey = JSON.stringify([source, this.application.spec.destination])
    const previous = this.#state.desired?.specKey === specKey ? this.#state.desired : undefined
    let desired: Desired | undefined
    let failure: PlimsollError | undefined
    try {
      desired = await desiredState(
        this.#context,
        {
          source,
          revision: source.targetRevision ?? 'HEAD',
          cluster: this.#cluster,
          instance: this.#instance,
          namespace: destinationNamespace,
          name: this.application.metadata.name,
        },
        previous,
      )
      this.#state.desired = { specKey, cacheKey: desired.cacheKey, desired }
    } catch (error) {
      failure = asPlimsollError(error)
    }
    if (!this.#cluster.cache.isSynced) {
      failure ??= new PlimsollError('cluster-unreachable', `Cluster ${this.#cluster.name} (${this.#cluster.server}) has not been read yet.`)
      desired = undefined
    }
    return compareWithLive(
      this.#context,
      { source, desired, failure, cluster: this.#cluster, instance: this.#instance, confirms: !this.#isAutomated },
      this.#state.memo,
    )
  }

  /** What was asked for, or what a killed process has left running. */
  operationToRun(): Operation | undefined {
    const state = this.application.status?.operationState
    if (state && (state.phase === 'Running' || state.phase === 'Terminating')) return state.operation
    return this.application.operation
  }

  async operate(evaluation: Evaluation, automated?: Operation): Promise<Outcome> {
    let state = automated ? undefined : this.#runningState()
    if (state && state.phase !== 'Terminating' && this.#isSuperseded(state, evaluation)) {
      const message = `superseded by revision ${evaluation.revision ?? ''}: ${state.message ?? ''}`
      await this.#finish({ ...state, phase: 'Failed', message: message.slice(0, 2000) }, evaluation)
      return { again: { afterMs: 1, reason: 'a newer revision' } }
    }
    if (state?.phase === 'Running' && state.finishedAt) {
      const dueAt = Date.parse(state.finishedAt) + retryDelayMs(state.operation.retry, (state.retryCount ?? 1) - 1)
      const waitMs = dueAt - this.#context.clock.now()
      if (waitMs > 0) return { again: { afterMs: waitMs, reason: 'the operation is repeated' } }
      const { finishedAt: _finishedAt, syncResult: _result, ...rest } = state
      state = { ...rest, message: `Retrying operation. Attempt #${state.retryCount ?? 1}` }
    }
    const operation = automated ?? state?.operation ?? this.application.operation
    if (!operation) return done
    if (!state) {
      state = { operation, phase: 'Running', startedAt: this.#now() }
      await this.#begin(operation, state, evaluation)
    }
    if (state.phase === 'Terminating') {
      await this.#finish({ ...state, phase: 'Failed', message: 'Operation terminated' }, evaluation)
      return done
    }
    return this.#sync(operation, state, evaluation)
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
      message: `${what} to ${operation.sync?.revision || this.#source.targetRevision || 'HEAD'}`,
    })
  }

  async #sync(operation: Operation, state: OperationState, evaluation: Evaluation): Promise<Outcome> {
    const sync = operation.sync
    if (!sync) {
      await this.#finish({ ...state, phase: 'Error', message: 'The operation says nothing to do: sync is missing' }, evaluation)
      return done
    }
    this.#context.count('syncs')
    let against: Evaluation
    let result: SyncRunResult
    try {
      against = await this.#evaluationFor(operation, evaluation)
      result = against.targets
        ? await runSync({
            cluster: this.#cluster,
            sync,
            resources: against.resources,
            destinationNamespace: this.application.spec.destination.namespace ?? '',
            namespaceMetadata: this.application.spec.syncPolicy?.managedNamespaceMetadata ?? undefined,
            clock: this.#context.clock,
            onUnchanged: ({ key, target }) => {
              const live = this.#cluster.cache.get(key)
              if (target && live)
                this.#state.memo.set(keyString(key), {
                  ...this.#state.memo.get(keyString(key)),
                  target: target.object,
                  live,
                  comparison: { differences: [], doubts: [] },
                })
            },
          })
        : { phase: 'Error', message: against.conditions.map((item) => item.message).join('; '), resources: [] }
    } catch (error) {
      against = evaluation
      result = { phase: 'Error', message: error instanceof Error ? error.message : String(error), resources: [] }
    }
    const next: OperationState = {
      ...state,
      phase: result.phase,
      message: result.message.slice(0, 8000),
      syncResult: {
        resources: result.resources,
        source: against.source,
        ...(against.revision !== undefined && { revision: against.revision }),
      },
    }
    if (result.phase === 'Running') {
      if (!isDeepEqual(state, next)) await this.#writeOperationState(next)
      return { again: { afterMs: 5000, reason: result.message } }
    }
    const limit = operation.retry?.limit ?? 0
    const attempt = state.retryCount ?? 0
    if (result.phase !== 'Succeeded' && (limit < 0 || attempt < limit)) {
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
  async #evaluationFor(operation: Operation, evaluation: Evaluation): Promise<Evaluation> {
    const source = operation.sync?.source ?? this.#source
    const revision = operation.sync?.revision || source.targetRevision || 'HEAD'
    const isSame =
      isDeepEqual(source, evaluation.source) && (revision === evaluation.revision || revision === (this.#source.targetRevision ?? 'HEAD'))
    if (isSame) return evaluation
    const desired = await desiredState(
      this.#context,
      {
        source,
        revision,
        cluster: this.#cluster,
        instance: this.#instance,
        namespace: this.application.spec.destination.namespace ?? '',
        name: this.application.metadata.name,
      },
      undefined,
    )
    return compareWithLive(
      this.#context,
      { source, desired, failure: undefined, cluster: this.#cluster, instance: this.#instance, confirms: false },
      new Map(),
    )
  }

  /** A newer commit ends what fails or waits at an older one, when nobody asked for that one by hand. Also one that goes back to what runs. */
  #isSuperseded(state: OperationState, evaluation: Evaluation): boolean {
    return (
      state.operation.initiatedBy?.automated === true &&
      evaluation.revision !== undefined &&
      evaluation.sync !== 'Unknown' &&
      state.operation.sync?.revision !== undefined &&
      state.operation.sync.revision !== evaluation.revision
    )
  }

  /** Exactly one end for an operation: on record first, under an id that every attempt to record it shares, then in the status with the request cleared. */
  async #finish(ended: OperationState, evaluation: Evaluation): Promise<void> {
    const state: OperationState = { ...ended, finishedAt: this.#now() }
    const sync = state.operation.sync
    const isDryRun = sync?.dryRun === true
    const revision = state.syncResult?.revision ?? sync?.revision ?? evaluation.revision ?? ''
    const by = state.operation.initiatedBy
    if (!isDryRun) {
      await this.#context.records.recordDeployment({
        operationId: `${this.object.metadata.uid ?? this.key}/${state.startedAt}`,
        application: this.application.metadata.name,
        namespace: this.application.metadata.namespace ?? '',
        revision,
        repoURL: state.syncResult?.source?.repoURL ?? this.#source.repoURL,
        path: state.syncResult?.source?.path ?? this.#source.path ?? '',
        startedAt: Date.parse(state.startedAt),
        finishedAt: Date.parse(state.finishedAt ?? state.startedAt),
        phase: state.phase === 'Succeeded' ? 'Succeeded' : state.phase === 'Failed' ? 'Failed' : 'Error',
        message: state.message ?? '',
        initiatedBy: by?.username ?? '',
        automated: by?.automated === true,
      })
    }
    this.latest = await this.evaluate()
    const previous = this.application.status ?? {}
    const isWhole = !sync?.resources || sync.resources.length === 0
    const history = state.phase === 'Succeeded' && !isDryRun && isWhole ? this.#historyWith(state, revision) : previous.history
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

  #historyWith(state: OperationState, revision: string): ApplicationStatus['history'] {
    const history = this.application.status?.history ?? []
    const limit = Math.max(0, this.application.spec.revisionHistoryLimit ?? 10)
    const entry = {
      id: (history.at(-1)?.id ?? -1) + 1,
      revision,
      deployedAt: state.finishedAt ?? this.#now(),
      deployStartedAt: state.startedAt,
      source: state.syncResult?.source ?? this.#source,
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

/**
 * Writes what changed of the status, under the precondition that nobody has changed the Application since it was read: a request that came
 * in the meantime must not be cleared unseen. Rejects with the conflict; the next look reads what is there then.
 */
async function patchApplication(
  context: Reconciling,
  object: KubeObject,
  change: { operation?: Operation | null; clearRefresh?: boolean; status: [ApplicationStatus, ApplicationStatus] },
): Promise<KubeObject> {
  const [before, after] = change.status
  const status = createMergePatch(before, after)
  const clears = change.clearRefresh === true && object.metadata.annotations?.[annotations.refresh] !== undefined
  const isOperationChanged = change.operation !== undefined && !(change.operation === null && object.operation === undefined)
  if (Object.keys(status).length === 0 && !clears && !isOperationChanged) return object
  const type = await applicationType(context)
  const written = await context.home.client.patch(
    type,
    { name: object.metadata.name, namespace: object.metadata.namespace ?? '' },
    {
      type: 'merge',
      patch: {
        metadata: {
          resourceVersion: object.metadata.resourceVersion,
          ...(clears && { annotations: { [annotations.refresh]: null } }),
        },
        ...(change.operation !== undefined && { operation: change.operation }),
        ...(Object.keys(status).length > 0 && { status }),
      },
    },
    { fieldManager: 'argocd-application-controller' },
  )
  context.home.cache.observe(written)
  return written
}

async function applicationType(context: Reconciling): Promise<ResourceType> {
  const type =
    context.home.cache.typeOf(applicationApiVersion, 'Application') ??
    (await context.home.client.typeOf(applicationApiVersion, 'Application'))
  if (!type) throw new Error(`Cluster ${context.home.name} does not serve ${applicationApiVersion} Application.`)
  return type
}

async function withPatience<T>(clock: Reconciling['clock'], promise: Promise<T>): Promise<T | 'slow'> {
  let timer: { cancel(): void } | undefined
  const slow = new Promise<'slow'>((resolve) => {
    timer = clock.setTimeout(() => resolve('slow'), patienceMs)
  })
  return Promise.race([promise, slow]).finally(() => timer?.cancel())
}

function asPlimsollError(error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error
  throw error
}

/** Conflicts and vanished objects mean: look again. */
export function isStale(error: unknown): boolean {
  return isConflict(error) || isNotFound(error)
}
