/** A condition of any kind's status. Workload kinds have `lastUpdateTime` or `lastProbeTime` besides. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
  lastUpdateTime?: string
  lastProbeTime?: string
  observedGeneration?: number
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/** Replaces or adds; `lastTransitionTime` moves only when the status does. The same status, reason and message change nothing. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition, now: number): Condition[] {
  const current = findCondition(conditions, next.type)
  const others = (conditions ?? []).filter((condition) => condition.type !== next.type)
  if (current === undefined) return [...others, { ...next, lastTransitionTime: next.lastTransitionTime ?? timestamp(now) }]
  if (current.status === next.status && current.reason === next.reason && current.message === next.message) return [...(conditions ?? [])]
  const lastTransitionTime = current.status === next.status ? current.lastTransitionTime : timestamp(now)
  return (conditions ?? []).map((condition) =>
    condition.type === next.type ? { ...next, lastTransitionTime: lastTransitionTime ?? timestamp(now) } : condition,
  )
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type)
}

/** RFC 3339 in whole seconds, as `metav1.Time`. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** NaN-free: an unreadable time is undefined. */
export function millisOf(time: string | undefined): number | undefined {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}
