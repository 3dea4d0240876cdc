import { findCondition, millisOf } from '../machinery/condition.ts'
import type { Pod } from '../pods/pod.ts'
import { parseIndexes } from './index-ranges.ts'
import { completionIndexAnnotation, isIndexed, type Job } from './job.ts'
import { judgeFailure } from './pod-failure.ts'

/**
 * Which pods of a job are in its counts already, by UID. It is kept in memory for as long as the pods exist: a pod counts once,
 * whoever deletes it. After a restart there is none, and what exists is compared with what the status says.
 */
export interface CountedPods {
  succeeded: ReadonlySet<string>
  failed: ReadonlySet<string>
  /** Ended by the job itself (suspended, too many, job over): no failure of theirs. */
  released: ReadonlySet<string>
}

export interface Tally {
  active: Pod[]
  terminating: Pod[]
  succeeded: Set<string>
  failed: Set<string>
  released: Set<string>
  completedIndexes: Set<number>
  failedIndexes: Set<number>
  /** Why the whole job fails by its pod failure policy. */
  failJob: string | undefined
  /** Failures since the last success, and when the last of them was. */
  failuresInARow: number
  lastFailureAt: number
}

/** Pods by what they mean for their job. */
export function tallyPods(job: Job, pods: readonly Pod[], counted: CountedPods | undefined): Tally {
  const tally: Tally = {
    active: [],
    terminating: [],
    succeeded: new Set(),
    failed: new Set(),
    released: new Set(),
    completedIndexes: parseIndexes(isIndexed(job) ? job.status?.completedIndexes : undefined),
    failedIndexes: parseIndexes(job.status?.failedIndexes),
    failJob: undefined,
    failuresInARow: 0,
    lastFailureAt: 0,
  }
  const failuresOfIndex = new Map<number, number>()
  const failureTimes: number[] = []
  let lastSuccessAt = 0
  for (const pod of pods) {
    const uid = pod.metadata.uid ?? pod.metadata.name
    const index = indexOf(pod)
    const isEnding = pod.metadata.deletionTimestamp !== undefined
    const isFinished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (isEnding && !isFinished) tally.terminating.push(pod)
    // At the first look after a start, one that ends may have been let go by the job before.
    if (counted?.released.has(uid) === true || (counted === undefined && isEnding && !isFinished)) {
      tally.released.add(uid)
      continue
    }
    if (!isEnding && !isFinished) tally.active.push(pod)
    // An Indexed job counts only pods with an index of its own.
    if (isIndexed(job) && (index === undefined || index >= (job.spec.completions ?? 0))) continue
    if (pod.status?.phase === 'Succeeded') {
      tally.succeeded.add(uid)
      lastSuccessAt = Math.max(lastSuccessAt, finishedAt(pod))
      if (index !== undefined) tally.completedIndexes.add(index)
    } else if (pod.status?.phase === 'Failed' || (isEnding && job.spec.podReplacementPolicy !== 'Failed')) {
      // One that somebody deletes may never get to say that it failed (`isPodFailed` of the job controller).
      const verdict = judgeFailure(job, pod)
      if (verdict.action === 'Ignore') continue
      if (verdict.action === 'FailJob') tally.failJob ??= verdict.message
      tally.failed.add(uid)
      failureTimes.push(finishedAt(pod))
      if (index === undefined) continue
      const failures = (failuresOfIndex.get(index) ?? 0) + 1
      failuresOfIndex.set(index, failures)
      const limit = job.spec.backoffLimitPerIndex
      if (verdict.action === 'FailIndex' || (limit !== undefined && failures > limit)) tally.failedIndexes.add(index)
    }
  }
  for (const index of tally.completedIndexes) tally.failedIndexes.delete(index)
  const sinceSuccess = failureTimes.filter((at) => at > lastSuccessAt)
  tally.failuresInARow = sinceSuccess.length
  tally.lastFailureAt = Math.max(0, ...sinceSuccess)
  return tally
}

/** A count of the status and pods that are not in it yet. Without memory, the larger of what was said and what is there. */
export function countWith(before: number | undefined, pods: ReadonlySet<string>, counted: ReadonlySet<string> | undefined): number {
  if (counted === undefined) return Math.max(before ?? 0, pods.size)
  return (before ?? 0) + [...pods].filter((uid) => !counted.has(uid)).length
}

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[completionIndexAnnotation]
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined
}

function finishedAt(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map((status) => millisOf(status.state?.terminated?.finishedAt) ?? 0)
  const ready = millisOf(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime)
  return Math.max(0, ...times) || (ready ?? millisOf(pod.metadata.creationTimestamp) ?? 0)
}
