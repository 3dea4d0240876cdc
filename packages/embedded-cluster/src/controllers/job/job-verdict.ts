import { millisOf } from '../machinery/condition.ts'
import type { Pod } from '../pods/pod.ts'
import { parseIndexes } from './index-ranges.ts'
import { isIndexed, type Job } from './job.ts'
import type { Tally } from './job-tally.ts'

export interface JobVerdict {
  type: 'Complete' | 'Failed'
  reason: string
  message: string
}

/** Whether a job is over, and why; undefined while it goes on. Reasons and messages are those of batch/v1. */
export function judgeJob(
  job: Job,
  tally: Tally,
  counts: { succeeded: number; failed: number },
  startTime: string | undefined,
  now: number,
): JobVerdict | undefined {
  return decidedBefore(job) ?? failure(job, tally, counts.failed, startTime, now) ?? success(job, tally, counts.succeeded)
}

/** What was decided stays decided, also across a restart. */
function decidedBefore(job: Job): JobVerdict | undefined {
  for (const { type, status, reason = '', message = '' } of job.status?.conditions ?? []) {
    if (status === 'True' && type === 'FailureTarget') return { type: 'Failed', reason, message }
    if (status === 'True' && type === 'SuccessCriteriaMet') return { type: 'Complete', reason, message }
  }
  return undefined
}

function failure(job: Job, tally: Tally, failed: number, startTime: string | undefined, now: number): JobVerdict | undefined {
  if (tally.failJob !== undefined) return { type: 'Failed', reason: 'PodFailurePolicy', message: tally.failJob }
  const perIndex = job.spec.backoffLimitPerIndex !== undefined
  const limit = job.spec.backoffLimit ?? (perIndex ? 2 ** 31 - 1 : 6)
  const restarts = job.spec.template?.spec?.restartPolicy === 'OnFailure' ? restartsOf(tally.active) : 0
  if (failed > limit || (restarts > 0 && restarts >= limit)) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
  }
  const deadline = job.spec.suspend === true ? undefined : deadlineOf(job, startTime)
  if (deadline !== undefined && now >= deadline) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
  }
  if (!perIndex) return undefined
  if (job.spec.maxFailedIndexes !== undefined && tally.failedIndexes.size > job.spec.maxFailedIndexes) {
    return {
      type: 'Failed',
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    }
  }
  const isAllOver = tally.failedIndexes.size + tally.completedIndexes.size >= (job.spec.completions ?? 0)
  return tally.failedIndexes.size > 0 && isAllOver
    ? { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' }
    : undefined
}

function success(job: Job, tally: Tally, succeeded: number): JobVerdict | undefined {
  if (isIndexed(job)) {
    const rule = (job.spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
      const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes)
      const met =
        wanted === undefined ? tally.completedIndexes.size : [...wanted].filter((index) => tally.completedIndexes.has(index)).length
      return met >= (succeededCount ?? wanted?.size ?? Infinity)
    })
    if (rule >= 0) return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` }
  }
  const { completions } = job.spec
  // Without a number of completions one success is enough, once no pod runs any more.
  const isComplete = completions === undefined ? succeeded > 0 && tally.active.length === 0 : succeeded >= completions
  return isComplete ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined
}

/** When the job has been active for as long as it may. */
export function deadlineOf(job: Job, startTime: string | undefined): number | undefined {
  const start = millisOf(startTime)
  return job.spec.activeDeadlineSeconds === undefined || start === undefined ? undefined : start + job.spec.activeDeadlineSeconds * 1000
}

function restartsOf(pods: readonly Pod[]): number {
  const statuses = pods.flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])])
  return statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0)
}
