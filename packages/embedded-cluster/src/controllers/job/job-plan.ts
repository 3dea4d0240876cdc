import { findCondition, millisOf, timestamp, withoutCondition, type Condition } from '../machinery/condition.ts'
import { isPodReady, type Pod } from '../pods/pod.ts'
import { withoutZeros } from '../replica-set/replica-set-plan.ts'
import { formatIndexes } from './index-ranges.ts'
import { isIndexed, type Job, type JobStatus } from './job.ts'
import { countWith, indexOf, tallyPods, type CountedPods, type Tally } from './job-tally.ts'
import { deadlineOf, judgeJob, type JobVerdict } from './job-verdict.ts'

export interface JobPlan {
  status: JobStatus
  /** How many pods to make; for an Indexed job, one for each of `indexes`. */
  create: number
  indexes: number[]
  delete: Pod[]
  /** The job is through as of now. */
  ended: JobVerdict | undefined
  /** When to look again without a change: a back-off, a deadline. */
  recheckAt: number | undefined
  suspension: 'Suspended' | 'Resumed' | undefined
  /** To be kept once the status is written. */
  counted: CountedPods
}

// The back-off after a failed pod: 10 s doubled with each failure, at most 10 minutes (batch/v1 JobSpec.backoffLimit).
const firstBackOffMs = 10_000
const lastBackOffMs = 600_000

/** What a job does next, and its status as of now. `create` is not in the counts yet: `withCreated` adds what was really made. */
export function planJob(job: Job, pods: readonly Pod[], counted: CountedPods | undefined, now: number): JobPlan {
  const before = job.status ?? {}
  const isSuspended = job.spec.suspend === true
  const tally = tallyPods(job, pods, counted)
  const succeeded = isIndexed(job) ? tally.completedIndexes.size : countWith(before.succeeded, tally.succeeded, counted?.succeeded)
  const failed = countWith(before.failed, tally.failed, counted?.failed)
  const wasSuspended = findCondition(before.conditions, 'Suspended')?.status === 'True'
  const isResumed = wasSuspended && !isSuspended
  const startTime = isSuspended ? before.startTime : isResumed ? timestamp(now) : (before.startTime ?? timestamp(now))
  const verdict = judgeJob(job, tally, { succeeded, failed }, startTime, now)
  const work =
    verdict !== undefined || isSuspended ? { create: 0, indexes: [], delete: tally.active } : planWork(job, tally, succeeded, now)

  let conditions = before.conditions ?? []
  let suspension: JobPlan['suspension']
  if (verdict === undefined && isSuspended && !wasSuspended) {
    suspension = 'Suspended'
    conditions = withJobCondition(conditions, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }, now)
  }
  if (verdict === undefined && isResumed) {
    suspension = 'Resumed'
    conditions = withJobCondition(conditions, { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }, now)
  }
  // A job is through only when its pods are: until then it says where it is heading.
  const isThrough = verdict !== undefined && tally.active.length === 0 && tally.terminating.length === 0
  if (verdict !== undefined) {
    const { type, reason, message } = verdict
    const heading = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
    conditions = withJobCondition(conditions, { type: heading, status: 'True', reason, message }, now)
    if (isThrough) conditions = withJobCondition(conditions, { type, status: 'True', reason, message }, now)
  }

  const remaining = tally.active.filter((pod) => !work.delete.includes(pod))
  const status: JobStatus = {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(verdict !== undefined && before.startTime !== undefined
      ? { startTime: before.startTime }
      : startTime === undefined
        ? {}
        : { startTime }),
    ...(isThrough && verdict?.type === 'Complete' ? { completionTime: timestamp(now) } : {}),
    ...withoutZeros({ active: remaining.length, succeeded, failed }),
    terminating: tally.terminating.length + work.delete.length,
    ready: remaining.filter(isPodReady).length,
    ...(isIndexed(job) && tally.completedIndexes.size > 0 ? { completedIndexes: formatIndexes(tally.completedIndexes) } : {}),
    ...(job.spec.backoffLimitPerIndex === undefined ? {} : { failedIndexes: formatIndexes(tally.failedIndexes) }),
    uncountedTerminatedPods: {},
  }
  const deadline = verdict === undefined && !isSuspended ? deadlineOf(job, startTime) : undefined
  const rechecks = [deadline, 'readyAt' in work ? work.readyAt : undefined].filter((at) => at !== undefined)
  return {
    status,
    create: work.create,
    indexes: work.indexes,
    delete: work.delete,
    ended: isThrough ? verdict : undefined,
    recheckAt: rechecks.length === 0 ? undefined : Math.min(...rechecks),
    suspension,
    counted: {
      succeeded: tally.succeeded,
      failed: tally.failed,
      released: new Set([...tally.released, ...work.delete.map((pod) => pod.metadata.uid ?? '')]),
    },
  }
}

interface Work {
  create: number
  indexes: number[]
  delete: Pod[]
  /** When a back-off ends. */
  readyAt?: number
}

function planWork(job: Job, tally: Tally, succeeded: number, now: number): Work {
  const wanted = wantedActive(job, tally, succeeded)
  const busy = tally.active.length + (job.spec.podReplacementPolicy === 'Failed' ? tally.terminating.length : 0)
  if (tally.active.length > wanted) return { create: 0, indexes: [], delete: surplus(tally.active, tally.active.length - wanted) }
  if (busy >= wanted) return { create: 0, indexes: [], delete: [] }
  const readyAt = backOffUntil(tally)
  if (readyAt > now) return { create: 0, indexes: [], delete: [], readyAt }
  if (!isIndexed(job)) return { create: wanted - busy, indexes: [], delete: [] }
  const indexes = freeIndexes(job, tally).slice(0, wanted - busy)
  return { create: indexes.length, indexes, delete: [] }
}

function wantedActive(job: Job, tally: Tally, succeeded: number): number {
  const parallelism = job.spec.parallelism ?? 1
  const { completions } = job.spec
  // A work queue: once one pod has succeeded no new ones are made, and those that run may end.
  if (completions === undefined) return succeeded > 0 ? tally.active.length : parallelism
  return Math.max(0, Math.min(parallelism, completions - succeeded))
}

function freeIndexes(job: Job, tally: Tally): number[] {
  const taken = new Set([...tally.active, ...(job.spec.podReplacementPolicy === 'Failed' ? tally.terminating : [])].map(indexOf))
  const free: number[] = []
  for (let index = 0; index < (job.spec.completions ?? 0); index++) {
    if (!taken.has(index) && !tally.completedIndexes.has(index) && !tally.failedIndexes.has(index)) free.push(index)
  }
  return free
}

function backOffUntil(tally: Tally): number {
  if (tally.failuresInARow === 0) return 0
  return tally.lastFailureAt + Math.min(lastBackOffMs, firstBackOffMs * 2 ** Math.min(tally.failuresInARow - 1, 10))
}

/** Those that are not ready go first, then the youngest. */
function surplus(active: readonly Pod[], count: number): Pod[] {
  const created = (pod: Pod): string => pod.metadata.creationTimestamp ?? ''
  return [...active].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)) || created(b).localeCompare(created(a))).slice(0, count)
}

/** The status once `count` pods were made. */
export function withCreated(status: JobStatus, count: number): JobStatus {
  return count === 0 ? status : { ...status, active: (status.active ?? 0) + count }
}

function withJobCondition(conditions: readonly Condition[], next: Condition, now: number): Condition[] {
  const current = findCondition(conditions, next.type)
  if (current?.status === next.status && current.reason === next.reason) return [...conditions]
  return [...withoutCondition(conditions, next.type), { ...next, lastProbeTime: timestamp(now), lastTransitionTime: timestamp(now) }]
}

/** When a finished job may be deleted (`ttlSecondsAfterFinished`); undefined when it may stay. */
export function expiresAt(job: Job): number | undefined {
  const ended = (job.status?.conditions ?? []).find((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True')
  const at = millisOf(ended?.lastTransitionTime)
  return job.spec.ttlSecondsAfterFinished === undefined || at === undefined ? undefined : at + job.spec.ttlSecondsAfterFinished * 1000
}
