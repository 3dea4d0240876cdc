import { millisOf } from '../machinery/condition.ts'
import type { Job } from '../job/job.ts'
import type { CronJob } from './cron-job.ts'
import type { Schedule } from './schedule.ts'

// More missed starts than this are not listed one by one (`mostRecentScheduleTime` of the cronjob controller).
const missedAtMost = 100

export interface DueStart {
  /** The latest time that has passed and was not served; undefined when there is none. */
  dueAt: number | undefined
  /** So many starts were missed that something is wrong. */
  tooManyMissed: boolean
  nextAt: number | undefined
}

/** Which start is due, seen from the last one (or the creation), no further back than `startingDeadlineSeconds`. */
export function dueStart(cronJob: CronJob, schedule: Schedule, now: number): DueStart {
  const created = millisOf(cronJob.metadata.creationTimestamp) ?? now
  let from = millisOf(cronJob.status?.lastScheduleTime) ?? created
  const { startingDeadlineSeconds } = cronJob.spec
  if (startingDeadlineSeconds !== undefined) from = Math.max(from, now - startingDeadlineSeconds * 1000)
  let dueAt: number | undefined
  let missed = 0
  let at = schedule.next(from)
  while (at !== undefined && at <= now) {
    dueAt = at
    missed++
    if (missed > missedAtMost) {
      dueAt = latestBefore(schedule, at, now)
      break
    }
    at = schedule.next(at)
  }
  return { dueAt, tooManyMissed: missed > missedAtMost, nextAt: schedule.next(now) }
}

/** The latest time at or before `now`, found by halving the interval instead of walking through a year of minutes. */
function latestBefore(schedule: Schedule, known: number, now: number): number {
  let low = known
  let high = now
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2)
    const next = schedule.next(middle)
    if (next !== undefined && next <= now) low = next
    else high = middle
  }
  return low
}

/** Finished jobs beyond the history limits, oldest first. */
export function surplusJobs(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const byStart = (a: Job, b: Job): number =>
    (a.status?.startTime ?? a.metadata.creationTimestamp ?? '').localeCompare(b.status?.startTime ?? b.metadata.creationTimestamp ?? '')
  const ended = (type: string) =>
    jobs.filter((job) => job.status?.conditions?.some((one) => one.type === type && one.status === 'True')).sort(byStart)
  const beyond = (list: Job[], limit: number): Job[] => list.slice(0, Math.max(0, list.length - limit))
  return [
    ...beyond(ended('Complete'), cronJob.spec.successfulJobsHistoryLimit ?? 3),
    ...beyond(ended('Failed'), cronJob.spec.failedJobsHistoryLimit ?? 1),
  ]
}
