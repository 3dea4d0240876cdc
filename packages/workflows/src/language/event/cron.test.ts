import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextTimes, parseCron, shortestInterval, type Cron } from './cron.ts'

const after = new Date('2026-03-10T10:00:00Z')

function times(cron: string, count = 3, timezone?: string): string[] {
  return nextTimes(cron, after, count, timezone).map((time) => time.toISOString().slice(0, 16))
}

describe('the next times', () => {
  test.each<[string, string[]]>([
    ['30 5 * * *', ['2026-03-11T05:30', '2026-03-12T05:30', '2026-03-13T05:30']],
    ['*/15 * * * *', ['2026-03-10T10:15', '2026-03-10T10:30', '2026-03-10T10:45']],
    ['0 10 * * *', ['2026-03-11T10:00', '2026-03-12T10:00', '2026-03-13T10:00']],
    ['20/15 * * * *', ['2026-03-10T10:20', '2026-03-10T10:35', '2026-03-10T10:50']],
    ['2,10 4,5 * * *', ['2026-03-11T04:02', '2026-03-11T04:10', '2026-03-11T05:02']],
    ['30 4-6 * * *', ['2026-03-11T04:30', '2026-03-11T05:30', '2026-03-11T06:30']],
    ['0 0 * * SUN', ['2026-03-15T00:00', '2026-03-22T00:00', '2026-03-29T00:00']],
    ['0 0 * * mon-fri', ['2026-03-11T00:00', '2026-03-12T00:00', '2026-03-13T00:00']],
    ['0 0 1 JAN *', ['2027-01-01T00:00', '2028-01-01T00:00', '2029-01-01T00:00']],
    ['0 0 29 2 *', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['0 0 31 2 *', []],
    // POSIX: with both days restricted, one of them is enough.
    ['0 0 13 * 5', ['2026-03-13T00:00', '2026-03-20T00:00', '2026-03-27T00:00']],
    ['0 0 12 * 5', ['2026-03-12T00:00', '2026-03-13T00:00', '2026-03-20T00:00']],
    // A step over all days restricts nothing to POSIX.
    ['0 0 */10 * 5', ['2026-05-01T00:00', '2026-07-31T00:00', '2026-08-21T00:00']],
  ])('%s', (cron, expected) => {
    expect(times(cron)).toEqual(expected)
  })

  test('In a time zone they follow its clock, also when that changes', () => {
    expect(times('30 2 28-30 3 *', 3, 'Europe/Berlin')).toEqual(['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'])
    expect(times('0 9 * * *', 1, 'Asia/Seoul')).toEqual(['2026-03-11T00:00'])
  })

  test('What is no expression, and no zone, is refused', () => {
    expect(() => nextTimes('* * * *', after)).toThrow(/4 fields/)
    expect(() => nextTimes('0 0 * * *', after, 1, 'Mars/Olympus')).toThrow(/Mars/)
  })
})

test.each([
  '@daily',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 7',
  '5-1 * * * *',
  '*/0 * * * *',
  '1, * * * *',
  'x * * * *',
  '-1 * * * *',
  '*-5 * * * *',
  '1/2/3 * * * *',
  '* * * FEBRUARY *',
  '1.5 * * * *',
  '',
])('%s is no schedule', (cron) => {
  expect(parseCron(cron)).toHaveProperty('problem')
})

test('The shortest interval is told from the minutes', () => {
  const interval = (text: string): number => shortestInterval(parseCron(text) as Cron)

  expect(interval('* * * * *')).toBe(1)
  expect(interval('*/5 * * * *')).toBe(5)
  expect(interval('0,58 * * * *')).toBe(2)
  expect(interval('7 * * * *')).toBe(60)
})

test('Each time fits the expression, and none between two of them does', () => {
  const part = (least: number, most: number): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: least, max: most }).map(String),
      fc.integer({ min: 1, max: 9 }).map((step) => `*/${step}`),
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    )
  const cron = fc.tuple(part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 6)).map((parts) => parts.join(' '))
  fc.assert(
    fc.property(cron, (text) => {
      const parsed = parseCron(text) as Cron
      const found = nextTimes(text, after, 5).map((time) => time.getTime())

      // Minute by minute for two days: what this finds is what it must have found.
      const byHand: number[] = []
      for (let time = after.getTime() + 60_000; time <= after.getTime() + 2 * 24 * 3_600_000 && byHand.length < 5; time += 60_000) {
        if (fits(parsed, new Date(time))) byHand.push(time)
      }
      expect(found.slice(0, byHand.length)).toEqual(byHand)
      for (const time of found) expect(fits(parsed, new Date(time))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

function fits(cron: Cron, time: Date): boolean {
  const [isDay, isWeekday] = [cron.days.has(time.getUTCDate()), cron.weekdays.has(time.getUTCDay())]
  return (
    cron.minutes.has(time.getUTCMinutes()) &&
    cron.hours.has(time.getUTCHours()) &&
    cron.months.has(time.getUTCMonth() + 1) &&
    (cron.isEitherDay ? isDay || isWeekday : isDay && isWeekday)
  )
}
