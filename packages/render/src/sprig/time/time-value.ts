import { GoInt, GoStruct, goInt, type GoFunction, type GoValue } from '../../go/value.ts'
import { fixed } from '../go-function.ts'
import { goDuration, roundDuration } from './duration.ts'
import { clockTime, instantOf, unixSeconds, zeroNanoseconds, type Instant } from './instant.ts'
import { formatTime, timeText } from './layout.ts'
import { local, utc } from './zone.ts'

/** The instant behind a `time.Time`. */
export function instantBehind(value: GoStruct): Instant {
  return value.inner as Instant
}

export function isTime(value: GoValue): value is GoStruct {
  return value instanceof GoStruct && value.type === 'time.Time'
}

/** What a template sees of a time: `now.Year`, `(now.AddDate 0 0 1).Format "2006"`. */
export function timeValue(instant: Instant): GoStruct {
  return new TimeStruct(instant)
}

/** The methods are made when a template asks for one, which it seldom does. */
class TimeStruct extends GoStruct {
  #methods: ReadonlyMap<string, GoFunction> | undefined

  constructor(instant: Instant) {
    super('time.Time', {
      text: () => timeText(instant),
      json: () => JSON.stringify(formatTime(instant, '2006-01-02T15:04:05.999999999Z07:00')),
      inner: instant,
    })
    Object.defineProperty(this, 'methods', { get: () => (this.#methods ??= new Map(methodsOf(instant))) })
  }
}

function methodsOf(instant: Instant): [string, GoFunction][] {
  const field = (read: (time: ReturnType<typeof clockTime>) => GoValue): GoFunction => fixed([], () => read(clockTime(instant)))
  const unix = (unit: bigint): GoFunction =>
    fixed([], () => goInt(instant.nanoseconds >= 0n ? instant.nanoseconds / unit : -((-instant.nanoseconds + unit - 1n) / unit), 'int64'))
  const compare = (test: (difference: bigint) => boolean): GoFunction =>
    fixed(['time.Time'], (other) => test(instant.nanoseconds - instantBehind(other).nanoseconds))
  const moved = (nanoseconds: bigint): GoStruct => timeValue({ ...instant, nanoseconds: instant.nanoseconds + nanoseconds })
  const rounded = (isRounded: boolean): GoFunction =>
    fixed(['time.Duration'], (unit) => {
      const sinceZero = instant.nanoseconds - zeroNanoseconds
      const changed = isRounded ? roundDuration(sinceZero, unit.value) : unit.value <= 0n ? sinceZero : sinceZero - (sinceZero % unit.value)
      return timeValue({ nanoseconds: changed + zeroNanoseconds, zone: instant.zone })
    })
  return [
    ['Year', field(({ year }) => goInt(year))],
    ['Month', field(({ month }) => goInt(month, 'time.Month'))],
    ['Day', field(({ day }) => goInt(day))],
    ['Hour', field(({ hour }) => goInt(hour))],
    ['Minute', field(({ minute }) => goInt(minute))],
    ['Second', field(({ second }) => goInt(second))],
    ['Nanosecond', field(({ nanosecond }) => goInt(nanosecond))],
    ['Weekday', field(({ weekday }) => goInt(weekday, 'time.Weekday'))],
    ['YearDay', field(({ yearDay }) => goInt(yearDay))],
    ['Unix', fixed([], () => goInt(unixSeconds(instant), 'int64'))],
    ['UnixMilli', unix(1_000_000n)],
    ['UnixMicro', unix(1000n)],
    ['UnixNano', unix(1n)],
    ['Format', fixed(['string'], (layout) => formatTime(instant, layout))],
    ['String', fixed([], () => timeText(instant))],
    ['UTC', fixed([], () => timeValue({ nanoseconds: instant.nanoseconds, zone: utc }))],
    ['Local', fixed([], () => timeValue({ nanoseconds: instant.nanoseconds, zone: local }))],
    ['IsZero', fixed([], () => instant.nanoseconds === zeroNanoseconds)],
    ['IsDST', fixed([], () => isSummerTime(instant))],
    ['Before', compare((difference) => difference < 0n)],
    ['After', compare((difference) => difference > 0n)],
    ['Equal', compare((difference) => difference === 0n)],
    [
      'Compare',
      fixed(['time.Time'], (other) => {
        const difference = instant.nanoseconds - instantBehind(other).nanoseconds
        return goInt(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      }),
    ],
    ['Sub', fixed(['time.Time'], (other) => goDuration(instant.nanoseconds - instantBehind(other).nanoseconds))],
    ['Add', fixed(['time.Duration'], (duration) => moved(duration.value))],
    [
      'AddDate',
      fixed(['int', 'int', 'int'], (years, months, days) => {
        const time = clockTime(instant)
        const add = (value: number, more: GoInt): number => value + Number(more.value)
        const date = { year: add(time.year, years), month: add(time.month, months), day: add(time.day, days) }
        return timeValue(instantOf({ ...time, ...date }, instant.zone))
      }),
    ],
    ['Truncate', rounded(false)],
    ['Round', rounded(true)],
  ]
}

/** More is added to the clock than at the other end of the year. */
function isSummerTime(instant: Instant): boolean {
  const { year, offset } = clockTime(instant)
  const ends = [1, 7].map((month) => {
    const { nanoseconds } = instantOf({ year, month, day: 1, hour: 0, minute: 0, second: 0, nanosecond: 0 }, utc)
    return instant.zone.at(Number(nanoseconds / 1_000_000_000n)).offset
  })
  return offset > Math.min(...ends)
}
