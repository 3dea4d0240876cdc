import type { Application, HealthStatusCode, OperationPhase, ResourceResult, ResourceStatus, SyncStatusCode } from '../application.ts'
import { type Hold, readHold } from './hold.ts'
import { toMs } from './moment.ts'
import { joinRevisions, mainSource, placeSources, revisionsOf, type SourceAt } from './source-at.ts'

/** One object of an application that is not as it should be. */
export interface Trouble {
  kind: string
  group: string
  namespace: string
  name: string
  health?: HealthStatusCode
  message?: string
  sync?: SyncStatusCode
  toPrune: boolean
}

export interface OperationSummary {
  phase: OperationPhase
  startedAt?: number
  finishedAt?: number
  message: string
  revision: string
  dryRun: boolean
  by: string
  automated: boolean
  /** Objects that have a result already, and that failed. */
  done: number
  failed: Trouble[]
  hasFailedHook: boolean
}

/**
 * What a list needs of an application, and no more: a change that shows nowhere makes nothing draw again. Server and console make it
 * by the same rules. Never changed once made.
 */
export interface AppSummary {
  key: string
  namespace: string
  name: string
  project: string
  server: string
  clusterName: string
  destinationNamespace: string
  labels: Readonly<Record<string, string>>
  /** Of the source to name where there is room for one. */
  repoURL: string
  path: string
  targetRevision: string
  /** At least one, but for an application that says none. */
  sources: readonly SourceAt[]
  /** Of several sources one after the other, with commas between. */
  revision: string
  /** What was deployed last; empty before the first sync. */
  deployed: string
  health: HealthStatusCode
  healthMessage: string
  healthSince?: number
  sync: SyncStatusCode
  automated: boolean
  prune: boolean
  selfHeal: boolean
  hold?: Hold
  operation?: OperationSummary
  /** A sync was asked for and nobody has taken it up yet. */
  isRequested: boolean
  conditions: readonly { type: string; message: string; since?: number }[]
  troubles: readonly Trouble[]
  objects: number
  healthyObjects: number
  outOfSync: number
  missing: number
  toPrune: number
  /** What waits until somebody has confirmed it. */
  waitsFor?: 'pruning' | 'deletion'
  deletingSince?: number
  changedAt?: number
  /** The revision that ran before the one that runs now, when the history knows it. */
  previous?: { id: number; revision: string }
}

/** Of an application with a thousand broken objects, this many are named. */
const namedTroubles = 4

/** `NAMESPACE/NAME`. */
export function applicationKeyOf(application: Pick<Application, 'metadata'>): string {
  return `${application.metadata.namespace ?? ''}/${application.metadata.name}`
}

export function summarizeApplication(application: Application): AppSummary {
  const { metadata, spec, status } = application
  const sources = placeSources(spec, revisionsOf(status?.sync))
  const source = mainSource(sources)
  const automated = spec.syncPolicy?.automated
  const isAutomated = automated !== undefined && automated !== null && automated.enabled !== false
  // What hooks made is not what the application is.
  const resources = (status?.resources ?? []).filter((one) => one.hook !== true)
  const troubled = resources.filter(isTroubled)
  const hold = readHold(application)
  const operation = status?.operationState && summarizeOperation(status.operationState)
  const history = status?.history ?? []
  const deployed = joinRevisions(history.at(-1))
  const previous = history.toReversed().find((one) => joinRevisions(one) !== '' && joinRevisions(one) !== deployed)
  const changedAt = latest(
    toMs(status?.health?.lastTransitionTime),
    toMs(status?.operationState?.finishedAt ?? status?.operationState?.startedAt),
    toMs(history.at(-1)?.deployedAt),
    ...(status?.conditions ?? []).map((one) => toMs(one.lastTransitionTime)),
    toMs(metadata.creationTimestamp),
  )
  const healthSince = toMs(status?.health?.lastTransitionTime)
  const deletingSince = toMs(metadata.deletionTimestamp)
  const waitsFor = confirmationOf(application)

  return {
    key: applicationKeyOf(application),
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    project: spec.project ?? 'default',
    server: spec.destination.server ?? '',
    clusterName: spec.destination.name ?? '',
    destinationNamespace: spec.destination.namespace ?? '',
    labels: metadata.labels ?? {},
    repoURL: source?.repoURL ?? '',
    path: source?.path || source?.chart || '',
    targetRevision: source?.targetRevision ?? '',
    sources,
    revision: joinRevisions(status?.sync),
    deployed,
    health: status?.health?.status ?? 'Unknown',
    healthMessage: status?.health?.message ?? '',
    ...(healthSince !== undefined && { healthSince }),
    sync: status?.sync?.status ?? 'Unknown',
    automated: isAutomated,
    prune: isAutomated && automated.prune === true,
    selfHeal: isAutomated && automated.selfHeal === true,
    ...(hold && { hold }),
    ...(operation && { operation }),
    isRequested: application.operation !== undefined && application.operation !== null,
    conditions: (status?.conditions ?? []).map((one) => {
      const since = toMs(one.lastTransitionTime)
      return { type: one.type, message: one.message, ...(since !== undefined && { since }) }
    }),
    troubles: troubled
      .toSorted((a, b) => severity(b) - severity(a))
      .slice(0, namedTroubles)
      .map(toTrouble),
    objects: resources.length,
    healthyObjects: resources.filter((one) => one.health?.status === undefined || one.health.status === 'Healthy').length,
    outOfSync: resources.filter((one) => one.status === 'OutOfSync').length,
    missing: resources.filter((one) => one.health?.status === 'Missing').length,
    toPrune: resources.filter((one) => one.requiresPruning === true).length,
    ...(waitsFor && { waitsFor }),
    ...(deletingSince !== undefined && { deletingSince }),
    ...(changedAt !== undefined && { changedAt }),
    ...(previous && { previous: { id: previous.id, revision: joinRevisions(previous) } }),
  }
}

/** Whether the last sync failed, and nothing has made up for it since: of a hook that failed nothing else tells. */
export function isLastSyncFailed({ operation, sync, revision }: AppSummary): boolean {
  if (operation?.phase !== 'Failed' && operation?.phase !== 'Error') return false
  return sync !== 'Synced' || (operation.hasFailedHook && operation.revision === revision)
}

function isFailedHook({ hookType, hookPhase }: ResourceResult): boolean {
  return Boolean(hookType) && (hookPhase === 'Failed' || hookPhase === 'Error')
}

function summarizeOperation(state: NonNullable<NonNullable<Application['status']>['operationState']>): OperationSummary {
  const results = state.syncResult?.resources ?? []
  const initiator = state.operation.initiatedBy
  const startedAt = toMs(state.startedAt)
  const finishedAt = toMs(state.finishedAt)
  return {
    phase: state.phase,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    message: state.message ?? '',
    revision: joinRevisions(state.syncResult) || joinRevisions(state.operation.sync),
    dryRun: state.operation.sync?.dryRun === true,
    by: initiator?.username ?? '',
    automated: initiator?.automated === true,
    done: results.filter((one) => one.status !== undefined).length,
    hasFailedHook: results.some(isFailedHook),
    failed: results
      .filter((one) => one.status === 'SyncFailed' || isFailedHook(one))
      .slice(0, namedTroubles)
      .map((one) => ({
        kind: one.kind,
        group: one.group,
        namespace: one.namespace,
        name: one.name,
        ...(one.message !== undefined && { message: one.message }),
        toPrune: false,
      })),
  }
}

/** As Argo CD's console tells it: nothing else says so. */
function confirmationOf({ metadata, status }: Application): AppSummary['waitsFor'] {
  const deletedAt = toMs(metadata.deletionTimestamp)
  if (deletedAt !== undefined) {
    const approvedAt = toMs(metadata.annotations?.['argocd.argoproj.io/deletion-approved'])
    const isApproved = approvedAt !== undefined && approvedAt >= deletedAt
    return !isApproved && status?.resources?.some((one) => one.requiresDeletionConfirmation === true) ? 'deletion' : undefined
  }
  const { phase, message = '' } = status?.operationState ?? {}
  return phase === 'Running' && message.startsWith('waiting for pruning confirmation') ? 'pruning' : undefined
}

function isTroubled(resource: ResourceStatus): boolean {
  const health = resource.health?.status
  return resource.status === 'OutOfSync' || resource.requiresPruning === true || (health !== undefined && health !== 'Healthy')
}

const healthSeverity: Record<HealthStatusCode, number> = {
  Degraded: 60,
  Missing: 50,
  Progressing: 30,
  Suspended: 20,
  Unknown: 10,
  Healthy: 0,
}

/** What is broken before what is missing, before what differs, before what moves. */
function severity(resource: ResourceStatus): number {
  const health = resource.health?.status
  return (health ? healthSeverity[health] : 0) + (resource.status === 'OutOfSync' ? 35 : 0)
}

function toTrouble(resource: ResourceStatus): Trouble {
  return {
    kind: resource.kind,
    group: resource.group ?? '',
    namespace: resource.namespace ?? '',
    name: resource.name,
    ...(resource.health?.status && { health: resource.health.status }),
    ...(resource.health?.message !== undefined && { message: resource.health.message }),
    ...(resource.status && { sync: resource.status }),
    toPrune: resource.requiresPruning === true,
  }
}

function latest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter((one) => one !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}
