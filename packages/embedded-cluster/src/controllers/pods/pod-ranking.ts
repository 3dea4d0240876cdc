import { findCondition, millisOf } from '../machinery/condition.ts'
import { isPodReady, type Pod } from './pod.ts'

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Which pod goes first when there are too many, as `controller.ActivePodsWithRanks`: unassigned before assigned, pending before running,
 * not ready before ready, cheap before dear, ready for a short time before long, often restarted before seldom, young before old.
 * Pods per node does not matter where there is one node.
 */
export function compareForDeletion(a: Pod, b: Pod): number {
  return (
    rank(a.spec.nodeName ? 1 : 0, b.spec.nodeName ? 1 : 0) ||
    rank(phaseRank[a.status?.phase ?? ''] ?? 0, phaseRank[b.status?.phase ?? ''] ?? 0) ||
    rank(isPodReady(a) ? 1 : 0, isPodReady(b) ? 1 : 0) ||
    rank(costOf(a), costOf(b)) ||
    rank(readySince(b), readySince(a)) ||
    rank(restartsOf(b), restartsOf(a)) ||
    rank(createdAt(b), createdAt(a)) ||
    // Any order will do, as long as it is the same one at the next look.
    (a.metadata.name < b.metadata.name ? -1 : 1)
  )
}

function rank(a: number, b: number): number {
  return a - b
}

function costOf(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCost]
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : 0
}

function readySince(pod: Pod): number {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  return ready?.status === 'True' ? (millisOf(ready.lastTransitionTime) ?? 0) : 0
}

function restartsOf(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0))
}

function createdAt(pod: Pod): number {
  return millisOf(pod.metadata.creationTimestamp) ?? 0
}
