import { type AppSummary, isLastSyncFailed, type Trouble } from './summary.ts'

export type Urgency = 'attention' | 'moving' | 'steady'

/** In the order in which a list shows them. */
export const urgencies = ['attention', 'moving', 'steady'] as const satisfies readonly Urgency[]

/**
 * Something to say about an application: why it is not well, or what it is doing. The console has the words; the server orders lists by
 * the urgency.
 */
export type Reason = { urgency: Urgency; about?: Trouble } & (
  | { name: 'deleting'; failure?: string }
  | { name: 'condition'; type: string; message: string }
  | { name: 'sync-requested' | 'sync-running' | 'sync-failed' | 'held' | 'not-compared' | 'out-of-sync' }
  | { name: 'degraded' | 'missing' | 'suspended' | 'health-unknown' }
  | { name: 'progressing'; isLong: boolean }
)

/** Progress that takes longer than this is no longer calm. Kubernetes gives a rollout ten minutes by default (progressDeadlineSeconds). */
const longProgressMs = 10 * 60 * 1000

export function isErrorCondition(type: string): boolean {
  return type.endsWith('Error')
}

/** The most urgent is not always the first: see `mostUrgent`. An application that is well has no reasons. */
export function reasonsOf(summary: AppSummary, now: number): Reason[] {
  const reasons: Reason[] = []
  const { operation } = summary
  const isRunning = operation?.phase === 'Running' || operation?.phase === 'Terminating'

  if (summary.deletingSince !== undefined) {
    const failure = summary.conditions.find((one) => one.type === 'DeletionError')
    reasons.push(failure ? { name: 'deleting', failure: failure.message, urgency: 'attention' } : { name: 'deleting', urgency: 'moving' })
  }
  for (const { type, message } of summary.conditions) {
    if (!isErrorCondition(type) || type === 'DeletionError') continue
    if (type === 'SyncError' && operation && (operation.phase === 'Failed' || operation.phase === 'Error')) continue
    reasons.push({ name: 'condition', type, message, urgency: 'attention' })
  }
  if (isRunning) reasons.push({ name: 'sync-running', urgency: 'moving' })
  else if (summary.isRequested) reasons.push({ name: 'sync-requested', urgency: 'moving' })
  else if (isLastSyncFailed(summary)) {
    const about = operation?.failed[0]
    reasons.push({ name: 'sync-failed', urgency: 'attention', ...(about && { about }) })
  }
  if (summary.hold) reasons.push({ name: 'held', urgency: 'moving' })
  reasons.push(...reasonsOfHealth(summary, now), ...reasonsOfSync(summary))
  return reasons
}

function reasonsOfHealth(summary: AppSummary, now: number): Reason[] {
  const about = summary.troubles.find((one) => one.health === summary.health)
  const common = about && { about }
  switch (summary.health) {
    case 'Degraded':
      return [{ name: 'degraded', urgency: 'attention', ...common }]
    case 'Missing': {
      const isWaiting = summary.operation?.phase === 'Running' || summary.isRequested
      return [{ name: 'missing', urgency: isWaiting ? 'moving' : 'attention', ...common }]
    }
    case 'Progressing': {
      const isLong = summary.healthSince !== undefined && now - summary.healthSince > longProgressMs
      const isUrgent = isLong || (summary.sync === 'OutOfSync' && !summary.automated)
      return [{ name: 'progressing', isLong, urgency: isUrgent ? 'attention' : 'moving', ...common }]
    }
    case 'Suspended':
      return [{ name: 'suspended', urgency: 'steady', ...common }]
    case 'Unknown': {
      // A failure to compare says it better; it is among the conditions.
      const isSaid = summary.conditions.some((one) => isErrorCondition(one.type)) || summary.sync === 'Unknown'
      return isSaid ? [] : [{ name: 'health-unknown', urgency: 'moving', ...common }]
    }
    case 'Healthy':
      return []
  }
}

function reasonsOfSync(summary: AppSummary): Reason[] {
  if (summary.sync === 'Unknown') {
    if (summary.conditions.some((one) => isErrorCondition(one.type))) return []
    return [{ name: 'not-compared', urgency: 'moving' }]
  }
  if (summary.sync !== 'OutOfSync' || summary.health === 'Missing') return []
  const about = summary.troubles.find((one) => one.sync === 'OutOfSync')
  const isCalm = isSyncing(summary) || (summary.hold !== undefined && summary.health === 'Healthy')
  return [{ name: 'out-of-sync', urgency: isCalm ? 'moving' : 'attention', ...(about && { about }) }]
}

/** A sync runs, or is about to. */
export function isSyncing({ isRequested, operation }: AppSummary): boolean {
  return isRequested || operation?.phase === 'Running'
}

/** The one that decides where an application stands in a list. */
export function mostUrgent<R extends { urgency: Urgency }>(reasons: readonly R[]): R | undefined {
  return reasons.find((one) => one.urgency === 'attention') ?? reasons.find((one) => one.urgency === 'moving') ?? reasons[0]
}

export function urgencyOf(summary: AppSummary, now: number): Urgency {
  return mostUrgent(reasonsOf(summary, now))?.urgency ?? 'steady'
}

/** When time alone will change the urgency, in ms; undefined when it will not. */
export function urgencyChangesAt({ health, healthSince }: AppSummary, now: number): number | undefined {
  if (health !== 'Progressing' || healthSince === undefined) return undefined
  const at = healthSince + longProgressMs + 1
  return at > now ? at : undefined
}
