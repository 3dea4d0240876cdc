import type { Application, HealthStatusCode, OperationPhase, ResourceStatus, SyncStatusCode } from '@plimsoll/api'
import { readHold, type Hold } from './hold.ts'
import { toMs } from './moment.ts'

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
}

/**
 * What the list needs of an application, and no more: a fleet of thousands fits into memory, and a change that shows nowhere
 * makes nothing draw again. Never changed once made.
 */
export interface AppSummary {
  key: string
  namespace: string
  name: string
  resourceVersion: string
  project: string
  server: string
  clusterName: string
  destinationNamespace: string
  labels: Readonly<Record<string, string>>
  images: readonly string[]
  repoURL: string
  path: string
  targetRevision: string
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
  deletingSince?: number
  changedAt?: number
  /** The revision that ran before the one that runs now, when the history knows it. */
  previous?: { id: number; revision: string }
}

/** Of an application with a thousand broken objects, this many are named. */
const namedTroubles = 4

export function keyOf(application: Application): string {
  return `${application.metadata.namespace ?? ''}/${application.metadata.name}`
}

export function summarize(application: Application): AppSummary {
  const { metadata, spec, status } = application
  const source = spec.source ?? spec.sources?.[0]
  const automated = spec.syncPolicy?.automated
  const isAutomated = automated !== undefined && automated !== null && automated.enabled !== false
  const resources = status?.resources ?? []
  const troubled = resources.filter(isTroubled)
  const hold = readHold(application)
  const operation = status?.operationState && summarizeOperation(status.operationState)
  const history = status?.history ?? []
  const current = status?.sync?.revision ?? ''
  const previous = history
    .toReversed()
    .find((one) => one.revision !== undefined && one.revision !== '' && one.revision !== history.at(-1)?.revision)
  const changedAt = latest(
    toMs(status?.health?.lastTransitionTime),
    toMs(status?.operationState?.finishedAt ?? status?.operationState?.startedAt),
    toMs(history.at(-1)?.deployedAt),
    ...(status?.conditions ?? []).map((one) => toMs(one.lastTransitionTime)),
    toMs(metadata.creationTimestamp),
  )
  const healthSince = toMs(status?.health?.lastTransitionTime)
  const deletingSince = toMs(metadata.deletionTimestamp)

  return {
    key: keyOf(application),
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion ?? '',
    project: spec.project ?? 'default',
    server: spec.destination.server ?? '',
    clusterName: spec.destination.name ?? '',
    destinationNamespace: spec.destination.namespace ?? '',
    labels: metadata.labels ?? {},
    images: status?.summary?.images ?? [],
    repoURL: source?.repoURL ?? '',
    path: source?.path ?? source?.chart ?? '',
    targetRevision: source?.targetRevision ?? '',
    revision: current,
    deployed: history.at(-1)?.revision ?? '',
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
    ...(deletingSince !== undefined && { deletingSince }),
    ...(changedAt !== undefined && { changedAt }),
    ...(previous?.revision !== undefined && { previous: { id: previous.id, revision: previous.revision } }),
  }
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
    revision: state.syncResult?.revision ?? state.operation.sync?.revision ?? '',
    dryRun: state.operation.sync?.dryRun === true,
    by: initiator?.username ?? '',
    automated: initiator?.automated === true,
    done: results.filter((one) => one.status !== undefined).length,
    failed: results
      .filter((one) => one.status === 'SyncFailed')
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

/** What a row shows: two summaries that agree in this look the same but for the time. */
export function appearance(summary: AppSummary): string {
  return `${summary.health} ${summary.sync} ${summary.revision} ${summary.operation?.phase ?? ''}`
}
