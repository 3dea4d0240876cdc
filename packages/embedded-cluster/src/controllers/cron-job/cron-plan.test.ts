import { expect, test } from 'vitest'
import type { Job } from '../job/job.ts'
import type { CronJob } from './cron-job.ts'
import { dueStart, surplusJobs } from './cron-plan.ts'
import { parseSchedule } from './schedule.ts'

const ms = (time: string): number => Date.parse(time)
const iso = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString())

function cronJob(spec: Partial<CronJob['spec']>, lastScheduleTime?: string): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { schedule: '* * * * *', ...spec },
    ...(lastScheduleTime === undefined ? {} : { status: { lastScheduleTime } }),
  }
}

test.each([
  ['0 3 * * *', undefined, '2026-01-01T03:00:00.000Z'],
  ['*/15 * * * *', undefined, '2026-01-01T00:15:00.000Z'],
  ['@hourly', undefined, '2026-01-01T01:00:00.000Z'],
  ['@every 1h30m', undefined, '2026-01-01T01:30:00.000Z'],
  ['0 9 * * MON', undefined, '2026-01-05T09:00:00.000Z'],
  // Day of the month or day of the week: either will do.
  ['0 0 13 * FRI', undefined, '2026-01-02T00:00:00.000Z'],
  ['0 3 * * *', 'Asia/Seoul', '2026-01-01T18:00:00.000Z'],
])('%s in time zone %s next comes at %s', (schedule, timeZone, next) => {
  expect(iso(parseSchedule(schedule, timeZone).next(ms('2026-01-01T00:00:00Z')))).toBe(next)
})

test.each(['* * * *', '* * * * * *', '61 * * * *', 'x'])('%s is no schedule', (schedule) => {
  expect(() => parseSchedule(schedule, undefined)).toThrow()
})

test('of several missed starts only the latest is due', () => {
  const due = dueStart(cronJob({}, '2026-01-01T00:10:00Z'), parseSchedule('*/5 * * * *', undefined), ms('2026-01-01T00:31:00Z'))

  expect([iso(due.dueAt), due.tooManyMissed, iso(due.nextAt)]).toEqual(['2026-01-01T00:30:00.000Z', false, '2026-01-01T00:35:00.000Z'])
})

test('a start that is later than its deadline is skipped', () => {
  const late = cronJob({ startingDeadlineSeconds: 60 }, '2026-01-01T00:00:00Z')

  const due = dueStart(late, parseSchedule('0 * * * *', undefined), ms('2026-01-01T01:05:00Z'))

  expect(due.dueAt).toBeUndefined()
})

test('after a year of missed minutes the latest is found at once, with a word of warning', () => {
  const due = dueStart(cronJob({}, '2026-01-01T00:00:00Z'), parseSchedule('* * * * *', undefined), ms('2027-01-01T00:00:30Z'))

  expect([iso(due.dueAt), due.tooManyMissed]).toEqual(['2027-01-01T00:00:00.000Z', true])
})

test('three successes and one failure are kept, the latest of each', () => {
  const job = (name: string, type: string): Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {},
    status: { startTime: `2026-01-01T00:00:0${name.at(-1)}Z`, conditions: [{ type, status: 'True' }] },
  })
  const jobs = [
    ...[1, 2, 3, 4, 5].map((n) => job(`ok-${n}`, 'Complete')),
    ...[1, 2, 3].map((n) => job(`bad-${n}`, 'Failed')),
    job('new-9', 'Suspended'),
  ]

  expect(surplusJobs(cronJob({}), jobs).map((one) => one.metadata.name)).toEqual(['ok-1', 'ok-2', 'bad-1', 'bad-2'])
})
