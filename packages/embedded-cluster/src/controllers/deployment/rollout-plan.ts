import type { ReplicaSet } from '../replica-set/replica-set.ts'
import {
  byCreation,
  desiredReplicasOf,
  integerAnnotation,
  isRecreate,
  maxReplicasAnnotation,
  maxReplicasOf,
  replicasOf,
  rolloutLimits,
  sumAvailable,
  sumReplicas,
  type Deployment,
} from './deployment.ts'

/** One ReplicaSet gets another size. */
export interface Scaling {
  set: ReplicaSet
  to: number
}

/** How large a new ReplicaSet may be now (`NewRSNewReplicas`). `current` is its present size, 0 before it is made. */
export function newReplicaSetSize(deployment: Deployment, allSets: readonly ReplicaSet[], current: number): number {
  const desired = replicasOf(deployment)
  if (isRecreate(deployment)) return desired
  const room = maxReplicasOf(deployment) - sumReplicas(allSets)
  if (room <= 0) return current
  return current + Math.max(0, Math.min(room, desired - current))
}

/** Grows the new one within the surge, or shrinks it when it is larger than wanted. */
export function scaleNew(deployment: Deployment, newSet: ReplicaSet, allSets: readonly ReplicaSet[]): Scaling[] {
  const current = replicasOf(newSet)
  const desired = replicasOf(deployment)
  if (current === desired) return []
  const to = current > desired ? desired : newReplicaSetSize(deployment, allSets, current)
  return to === current ? [] : [{ set: newSet, to }]
}

/**
 * Shrinks the old ones as far as availability allows: first pods that never became available, oldest set first,
 * then as many available ones as are above the minimum (`reconcileOldReplicaSets`).
 */
export function scaleOld(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Scaling[] {
  if (sumReplicas(oldSets) === 0) return []
  const allSets = [newSet, ...oldSets]
  const minAvailable = replicasOf(deployment) - rolloutLimits(deployment).maxUnavailable
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0)
  const mayGo = sumReplicas(allSets) - minAvailable - newUnavailable
  if (mayGo <= 0) return []

  const sizes = new Map(oldSets.map((set) => [set, replicasOf(set)]))
  const oldestFirst = [...oldSets].sort(byCreation)
  let cleaned = 0
  for (const set of oldestFirst) {
    const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0)
    const fewer = Math.min(mayGo - cleaned, Math.max(0, unhealthy))
    cleaned += fewer
    sizes.set(set, replicasOf(set) - fewer)
  }
  let surplus = sumAvailable(allSets) - minAvailable
  for (const set of oldestFirst) {
    if (surplus <= 0) break
    const size = sizes.get(set) ?? 0
    const fewer = Math.min(size, surplus)
    sizes.set(set, size - fewer)
    surplus -= fewer
  }
  return oldestFirst.map((set) => ({ set, to: sizes.get(set) ?? 0 })).filter(({ set, to }) => to !== replicasOf(set))
}

/** For Recreate: every old one to nothing. */
export function scaleAway(oldSets: readonly ReplicaSet[]): Scaling[] {
  return oldSets.filter((set) => replicasOf(set) > 0).map((set) => ({ set, to: 0 }))
}

/** Whether the size was changed since the ReplicaSets were last scaled: they remember the size they were made for. */
export function isResized(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = desiredReplicasOf(set)
    return replicasOf(set) > 0 && desired !== undefined && desired !== replicasOf(deployment)
  })
}

/**
 * A change of size, outside of or amid a rollout: a single active ReplicaSet gets all of it, a finished new one lets the
 * old ones go, and several active ones share it by their size (`scale` of the deployment controller). A set that has its size
 * but remembers another one is named too, with the size it has.
 */
export function scaleAll(deployment: Deployment, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): Scaling[] {
  const desired = replicasOf(deployment)
  const allSets = newSet === undefined ? [...oldSets] : [...oldSets, newSet]
  const active = allSets.filter((set) => replicasOf(set) > 0)
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? [...oldSets].sort(byCreation).at(-1)
    return only === undefined ? [] : [{ set: only, to: desired }].filter((scaling) => isNeeded(deployment, scaling))
  }
  if (newSet !== undefined && isSaturated(deployment, newSet)) return scaleAway(oldSets)
  const shares = isRecreate(deployment) ? active.map((set) => ({ set, to: replicasOf(set) })) : shareOut(deployment, active)
  return shares.filter((scaling) => isNeeded(deployment, scaling))
}

function isNeeded(deployment: Deployment, { set, to }: Scaling): boolean {
  return to !== replicasOf(set) || (to > 0 && desiredReplicasOf(set) !== replicasOf(deployment))
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const desired = replicasOf(deployment)
  return desiredReplicasOf(set) === desired && replicasOf(set) === desired && (set.status?.availableReplicas ?? 0) === desired
}

/** Each gets its part of the difference by its size, the largest the rest; equal ones: the newest first when growing, the oldest when shrinking. */
function shareOut(deployment: Deployment, active: readonly ReplicaSet[]): Scaling[] {
  const desired = replicasOf(deployment)
  const difference = (desired > 0 ? maxReplicasOf(deployment) : 0) - sumReplicas(active)
  const sign = difference < 0 ? 1 : -1
  const sorted = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || sign * byCreation(a, b))
  const sizes = new Map<ReplicaSet, number>()
  let shared = 0
  for (const set of sorted) {
    const part = partOf(deployment, set, difference, shared)
    sizes.set(set, replicasOf(set) + part)
    shared += part
  }
  const largest = sorted[0]
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + difference - shared))
  return sorted.map((set) => ({ set, to: Math.max(0, sizes.get(set) ?? 0) }))
}

function partOf(deployment: Deployment, set: ReplicaSet, difference: number, shared: number): number {
  const left = difference - shared
  if (difference === 0 || left === 0) return 0
  const size = replicasOf(set)
  let fraction = -size
  if (replicasOf(deployment) > 0) {
    const before = integerAnnotation(set, maxReplicasAnnotation) ?? deployment.status?.replicas ?? 0
    fraction = before > 0 ? Math.round((size * maxReplicasOf(deployment)) / before) - size : 0
  }
  return difference > 0 ? Math.min(fraction, left) : Math.max(fraction, left)
}

/** Which old ReplicaSets go, so that no more than `revisionHistoryLimit` (default 10) stay for a rollback. */
export function surplusHistory(
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  revisionOf: (set: ReplicaSet) => number,
): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const candidates = oldSets.filter((set) => set.metadata.deletionTimestamp === undefined)
  return candidates
    .sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b))
    .slice(0, Math.max(0, candidates.length - limit))
    .filter(
      (set) =>
        replicasOf(set) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    )
}
