import {
  annotations,
  type Application,
  type Operation,
  type OperationState,
  type ResourceResult,
  type SyncOperation,
  type SyncOperationResult,
} from '@plimsoll/api'
import { revisionFields, sourceFields } from '../application-sources.ts'
import type { TargetCluster } from '../contract.ts'
import { guardedCluster } from '../projects/guarded-cluster.ts'
import { projectGuard } from '../projects/project-guard.ts'
import { isOptionOn } from '../sync/sync-options.ts'
import type { SyncRunResult } from '../sync/sync-run-context.ts'
import { runSync } from '../sync/sync-run.ts'
import type { WriteContext } from '../sync/write-target.ts'
import { instanceOf } from '../tracking.ts'
import type { Evaluation, ManagedResource } from './evaluation.ts'
import type { Reconciling } from './reconciling.ts'

/** More steps than this no look takes: something would be recorded over and over. */
const mostSteps = 1000

/**
 * Takes a sync as far as it gets now. What has to be on record before the next step goes through `record`; the answer is to be written by the caller.
 * `against`: what Git and the cluster say at the revision of the operation.
 */
export async function runOperation(
  context: Reconciling,
  request: {
    application: Application
    cluster: TargetCluster
    instance: string
    sync: SyncOperation
    state: OperationState
    against: Evaluation
    record(state: OperationState): Promise<void>
    /** The target with what is ignored as the cluster has it, for syncs that respect that. */
    respect: WriteContext['respect']
    onUnchanged(resource: ManagedResource): void
  },
): Promise<OperationState> {
  const { application, cluster, instance, sync, against } = request
  const withResult = (state: OperationState, { phase, message, resources }: SyncRunResult): OperationState => ({
    ...state,
    phase,
    message: message.slice(0, 8000),
    syncResult: resultOf(application, against, resources),
  })
  const reason = reasonNotToBegin(against, sync)
  if (reason) return withResult(request.state, { ...reason, resources: request.state.syncResult?.resources ?? [] })

  const gone = new Set<string>()
  let state = request.state
  const guard = projectGuard(context, application, cluster, against.set)
  const { problem } = guard.writer()
  if (problem !== undefined) return withResult(state, { phase: 'Error', message: problem, resources: state.syncResult?.resources ?? [] })
  for (let step = 0; step < mostSteps; step++) {
    const result = await runSync({
      cluster: guardedCluster(cluster, guard),
      refusalOf: (object) => guard.refusalOf(object),
      sync,
      clock: context.clock,
      health: context.health,
      migrationManager: application.metadata.annotations?.[annotations.migrationManager],
      ...(isOptionOn(sync.syncOptions, 'RespectIgnoreDifferences') && { respect: request.respect }),
      resources: against.resources,
      hooks: against.hooks,
      instance,
      revision: against.revisions?.[0] ?? '',
      startedAt: state.startedAt,
      attempt: state.retryCount ?? 0,
      recorded: state.syncResult?.resources ?? [],
      isDeletionConfirmed: isDeletionConfirmed(application, state.startedAt),
      destinationNamespace: application.spec.destination.namespace ?? '',
      namespaceMetadata: application.spec.syncPolicy?.managedNamespaceMetadata ?? undefined,
      gone,
      ownerOf(live) {
        const other = instanceOf(live)
        if (other === undefined || other === instance) return undefined
        return context.applications.ofInstance(other) && other
      },
      onUnchanged: (resource) => request.onUnchanged(resource),
    })
    const next = withResult(state, result)
    if (!result.isToBeRecorded) return next
    await request.record(next)
    state = next
  }
  return { ...state, phase: 'Error', message: 'The operation does not come to an end. Terminate it, and look at the server log.' }
}

function resultOf({ spec }: Application, against: Evaluation, resources: ResourceResult[]): SyncOperationResult {
  const metadata = spec.syncPolicy?.managedNamespaceMetadata
  return {
    resources,
    ...sourceFields(against.set),
    ...revisionFields(against.set.isMultiple, against.revisions),
    ...(metadata && { managedNamespaceMetadata: metadata }),
  }
}

/** Nothing is written on missing or stale information, nor over another application's objects where that is not wanted. */
function reasonNotToBegin(against: Evaluation, sync: SyncOperation): Pick<SyncRunResult, 'phase' | 'message'> | undefined {
  if (!against.targets) return { phase: 'Error', message: against.conditions.map((item) => item.message).join('; ') }
  if (against.unreadable !== undefined) return { phase: 'Error', message: against.unreadable }
  const shared = against.conditions.filter((item) => item.type === 'SharedResourceWarning')
  if (shared.length === 0 || !isOptionOn(sync.syncOptions, 'FailOnSharedResource')) return undefined
  return { phase: 'Failed', message: `Shared resource found: ${shared.map((item) => item.message).join('; ')}` }
}

/** Somebody has said yes since, by `app confirm-deletion` or the annotation. Argo CD's times have no fractions of a second. */
export function isDeletionConfirmed({ metadata }: Application, since: string): boolean {
  const at = Date.parse(metadata.annotations?.[annotations.deletionApproved] ?? '')
  return at >= Math.floor(Date.parse(since) / 1000) * 1000
}

/** A failed attempt is made again: from the beginning, at the same revision, or at the newest where the strategy says so. */
export function nextAttempt(state: OperationState): OperationState {
  const { finishedAt: _at, syncResult, ...rest } = state
  const attempt = `Attempt #${state.retryCount ?? 1}`
  if (state.operation.retry?.refresh !== true) {
    const { resources: _resources, ...revisions } = syncResult ?? {}
    return { ...rest, syncResult: revisions, message: `Retrying operation. ${attempt}` }
  }
  return { ...rest, operation: withoutRevisions(state.operation), message: `Retrying operation with latest revisions. ${attempt}` }
}

function withoutRevisions(operation: Operation): Operation {
  if (!operation.sync) return operation
  const { revision: _revision, revisions: _revisions, ...sync } = operation.sync
  return { ...operation, sync }
}
