import { withCondition, withoutCondition, type Condition } from '../machinery/condition.ts'
import { labelOf } from '../machinery/label-selector.ts'
import { isPodActive, isPodAvailable, isPodReady, nextAvailabilityMs, type Pod } from '../pods/pod.ts'
import { compareForDeletion } from '../pods/pod-ranking.ts'
import type { ReplicaSet, ReplicaSetStatus } from './replica-set.ts'

/** As `replicaset.BurstReplicas`: so many pods are made or deleted in one go at most. */
const burst = 500

export interface ReplicaSetPlan {
  create: number
  delete: Pod[]
}

/** How many pods to make, or which to delete, so that as many are active as the set says. */
export function planReplicas(set: ReplicaSet, pods: readonly Pod[]): ReplicaSetPlan {
  if (set.metadata.deletionTimestamp !== undefined) return { create: 0, delete: [] }
  const active = pods.filter(isPodActive)
  const missing = (set.spec.replicas ?? 1) - active.length
  if (missing >= 0) return { create: Math.min(missing, burst), delete: [] }
  return { create: 0, delete: [...active].sort(compareForDeletion).slice(0, Math.min(-missing, burst)) }
}

/** The status that these pods give; `failure` is what went wrong when pods were made or deleted just now. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  now: number,
  failure?: { reason: 'FailedCreate' | 'FailedDelete'; message: string },
): ReplicaSetStatus {
  const active = pods.filter(isPodActive)
  const templateLabels = Object.entries(set.spec.template?.metadata?.labels ?? {})
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  const conditions: Condition[] =
    failure === undefined
      ? withoutCondition(set.status?.conditions, 'ReplicaFailure')
      : withCondition(set.status?.conditions, { type: 'ReplicaFailure', status: 'True', ...failure }, now)
  const counts = {
    fullyLabeledReplicas: active.filter((pod) => templateLabels.every(([key, value]) => labelOf(pod.metadata.labels, key) === value))
      .length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length,
  }
  return {
    replicas: active.length,
    ...withoutZeros(counts),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  }
}

/** When the counts change by time alone, in ms. */
export function replicaSetRecheckMs(set: ReplicaSet, pods: readonly Pod[], now: number): number | undefined {
  return nextAvailabilityMs(pods, set.spec.minReadySeconds ?? 0, now)
}

/** Counts are left out at zero, as `omitempty` does. */
export function withoutZeros<T extends Record<string, number>>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<T>
}
