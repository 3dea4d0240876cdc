import {
  annotations,
  type Application,
  type ApplicationCondition,
  type ApplicationStatus,
  type Operation,
  type OperationState,
  PlimsollError,
} from '@plimsoll/api'
import { done, keyString, type KubeObject, type Outcome } from '@plimsoll/kube'
import { applicationOf, parseRefKey } from '../application-object.ts'
import type { TargetCluster } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import { retryDelayMs } from '../sync/sync-request.ts'
import { runSync, type SyncRunResult } from '../sync/sync-run.ts'
import { instanceName } from '../tracking.ts'
import { patchApplication } from './application-patch.ts'
import { statusAfter } from './application-status.ts'
import { type ComparisonMemo, compareWithLive, type Desired, desiredState } from './evaluate.ts'
import type { Evaluation } from './evaluation.ts'
import type { Reconciling } from './reconciling.ts'

/** What is remembered of an application between two looks. All of it can be found again; it only saves work. */
export interface ApplicationState {
  desired: { specKey: string; cacheKey: string; desired: Desired } | undefined
  memo: Map<string, ComparisonMemo>
  evaluation: Evaluation | undefined
  /** The refresh that the annotation asks for is made already; only its answer is still to be written. */
  isRefreshed: boolean
}

/** One look, from its first read to its last write. */
export class Look {
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

function asPlimsollError(error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error
  throw error
}
