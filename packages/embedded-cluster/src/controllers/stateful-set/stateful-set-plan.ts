import { scaledValue } from '../machinery/int-or-percent.ts'
import { isPodActive, isPodAvailable, isPodFinished, isPodReady, nextAvailabilityMs, type Pod } from '../pods/pod.ts'
import { withoutZeros } from '../replica-set/replica-set-plan.ts'
import { revisionHashLabel } from '../revisions/controller-revision.ts'
import { ordinalOf, type StatefulSet, type StatefulSetStatus } from './stateful-set.ts'

export interface StatefulPlan {
  create: { ordinal: number; revision: 'current' | 'update' }[]
  delete: Pod[]
}

export interface Revisions {
  /** Hash of the revision that the pods below the partition have, and of the one they are to get. */
  current: string
  update: string
}

/**
 * The next step of a StatefulSet (`updateStatefulSet`). In order: one pod at a time, each only when the one before is available, and from
 * the top when pods go. In parallel: all at once. Then updates, from the highest ordinal down to the partition, one that is not
 * available at a time. A pod that has ended is deleted, and made anew at the next look.
 */
export function planStatefulSet(set: StatefulSet, pods: readonly Pod[], revisions: Revisions, now: number): StatefulPlan {
  const plan: StatefulPlan = { create: [], delete: [] }
  if (set.metadata.deletionTimestamp !== undefined) return plan
  const start = set.spec.ordinals?.start ?? 0
  const replicas = set.spec.replicas ?? 1
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  const byOrdinal = new Map(pods.flatMap((pod) => (ordinalOf(set, pod) === undefined ? [] : [[ordinalOf(set, pod) as number, pod]])))

  for (let ordinal = start; ordinal < start + replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) plan.create.push({ ordinal, revision: revisionFor(set, ordinal) })
    else if (isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined) plan.delete.push(pod)
    else if (isPodActive(pod) && isPodAvailable(pod, minReadySeconds, now)) continue
    if (isOrdered) return plan
  }

  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= start + replicas).sort(([a], [b]) => b - a)
  for (const [, pod] of condemned) {
    if (pod.metadata.deletionTimestamp === undefined) plan.delete.push(pod)
    if (isOrdered) return plan
  }
  // An update takes nothing away while something is missing already.
  if (set.spec.updateStrategy?.type === 'OnDelete' || plan.create.length > 0 || plan.delete.length > 0) return plan
  return { ...plan, delete: outdated(set, byOrdinal, revisions, now) }
}

/** Pods of an older revision to replace now, within `maxUnavailable` (1). One that is broken already costs nothing and goes first in turn. */
function outdated(set: StatefulSet, byOrdinal: ReadonlyMap<number, Pod>, revisions: Revisions, now: number): Pod[] {
  const start = set.spec.ordinals?.start ?? 0
  const replicas = set.spec.replicas ?? 1
  const { partition = 0, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  let budget = Math.max(1, scaledValue(maxUnavailable, replicas, 'up', 1))
  const gone: Pod[] = []
  for (let ordinal = start + replicas - 1; ordinal >= start + partition; ordinal--) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) return gone
    const isUpdated = pod.metadata.labels?.[revisionHashLabel] === revisions.update
    const isAvailable = isPodActive(pod) && isPodAvailable(pod, minReadySeconds, now)
    if (!isUpdated && pod.metadata.deletionTimestamp === undefined) gone.push(pod)
    if (!isUpdated || !isAvailable) budget--
    if (budget <= 0) return gone
  }
  return gone
}

function revisionFor(set: StatefulSet, ordinal: number): 'current' | 'update' {
  if (set.spec.updateStrategy?.type === 'OnDelete') return 'update'
  const start = set.spec.ordinals?.start ?? 0
  const { partition = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  // Below the partition a pod comes back as it was.
  return ordinal < start + partition ? 'current' : 'update'
}

/** The status that these pods give. When all have the new revision it becomes the current one. */
export function statefulSetStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: Revisions & { currentName: string; updateName: string },
  now: number,
): StatefulSetStatus {
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  const created = pods.filter((pod) => ordinalOf(set, pod) !== undefined && !isPodFinished(pod))
  const lasting = created.filter((pod) => pod.metadata.deletionTimestamp === undefined)
  const ready = created.filter((pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod))
  const has = (hash: string) => lasting.filter((pod) => pod.metadata.labels?.[revisionHashLabel] === hash).length
  const updated = has(revisions.update)
  const replicas = created.length
  const isRolled =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    updated === replicas &&
    ready.length === replicas &&
    replicas === (set.spec.replicas ?? 1)
  return {
    replicas,
    ...withoutZeros({
      readyReplicas: ready.length,
      currentReplicas: isRolled ? updated : has(revisions.current),
      updatedReplicas: updated,
    }),
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length,
    currentRevision: isRolled ? revisions.updateName : revisions.currentName,
    updateRevision: revisions.updateName,
    observedGeneration: set.metadata.generation ?? 0,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  }
}

export function statefulSetRecheckMs(set: StatefulSet, pods: readonly Pod[], now: number): number | undefined {
  return nextAvailabilityMs(pods, set.spec.minReadySeconds ?? 0, now)
}
