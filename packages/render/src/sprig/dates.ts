import { durationText } from '../go/named-int.ts'
import { parseInt } from '../go/number.ts'
import { GoInt, goInt, GoStruct, type GoValue } from '../go/value.ts'
import type { FunctionContext } from './contract.ts'
import { fixed, named, type FunctionTable } from './go-function.ts'
import { day, hour, minute, parseDuration, roundDuration, second } from './time/duration.ts'
import { unixSeconds, zeroNanoseconds, type Instant } from './time/instant.ts'
import { formatTime } from './time/layout.ts'
import { parseTime } from './time/time-parser.ts'
import { instantBehind, isTime, timeValue } from './time/time-value.ts'
import { loadZone, local, utc } from './time/zone.ts'

export function dateFunctions(context: FunctionContext): FunctionTable {
  const now = (): Instant => ({ nanoseconds: BigInt(context.now().getTime()) * 1_000_000n, zone: local, isMonotonic: true })
  const inZone = (layout: string, date: GoValue, zone: string): string => {
    const { nanoseconds } = readTime(date, ['int64', 'int', 'int32']) ?? now()
    return formatTime({ nanoseconds, zone: loadZone(zone) ?? utc }, layout)
  }
  return {
    now: fixed([], () => timeValue(now())),
    date: fixed(['string', 'any'], (layout, date) => inZone(layout, date, 'Local')),
    ...named(
      ['dateInZone', 'date_in_zone'],
      fixed(['string', 'any', 'string'], (layout, date, zone) => inZone(layout, date, zone)),
    ),
    htmlDate: fixed(['any'], (date) => inZone('2006-01-02', date, 'Local')),
    htmlDateInZone: fixed(['any', 'string'], (date, zone) => inZone('2006-01-02', date, zone)),
    ...named(
      ['dateModify', 'date_modify'],
      fixed(['string', 'time.Time'], (change, date) => {
        try {
          return addDuration(date, parseDuration(change))
        } catch {
          return date
        }
      }),
    ),
    ...named(
      ['mustDateModify', 'must_date_modify'],
      fixed(['string', 'time.Time'], (change, date) => addDuration(date, parseDuration(change))),
    ),
    toDate: fixed(['string', 'string'], (layout, text) => {
      try {
        return timeValue(parseTime(layout, text, local))
      } catch {
        return timeValue({ nanoseconds: zeroNanoseconds, zone: utc })
      }
    }),
    mustToDate: fixed(['string', 'string'], (layout, text) => timeValue(parseTime(layout, text, local))),
    unixEpoch: fixed(['time.Time'], (date) => unixSeconds(instantBehind(date)).toString()),
    ago: fixed(['any'], (date) => {
      const { nanoseconds } = readTime(date, ['int64', 'int']) ?? now()
      return durationText(roundDuration(now().nanoseconds - nanoseconds, second))
    }),
    duration: fixed(['any'], (seconds) => durationText(goInt(secondsOf(seconds) * second, 'time.Duration').value)),
    durationRound: fixed(['any'], (value) => roundedText(lengthOf(value, now))),
  }
}

/** Undefined is what sprig takes the present for. */
function readTime(value: GoValue, intTypes: readonly string[]): Instant | undefined {
  if (isTime(value)) return instantBehind(value)
  if (value instanceof GoInt && intTypes.includes(value.type)) return { nanoseconds: value.value * second, zone: local }
  return undefined
}

function addDuration(date: GoStruct, nanoseconds: bigint): GoStruct {
  const instant = instantBehind(date)
  return timeValue({ ...instant, nanoseconds: instant.nanoseconds + nanoseconds })
}

/** Of numbers only an int64 counts. */
function secondsOf(value: GoValue): bigint {
  if (typeof value === 'string') return parseInt(value).value
  return value instanceof GoInt && value.type === 'int64' ? value.value : 0n
}

function lengthOf(value: GoValue, now: () => Instant): bigint {
  if (isTime(value)) return now().nanoseconds - instantBehind(value).nanoseconds
  if (value instanceof GoInt && value.type === 'int64') return value.value
  if (typeof value !== 'string') return 0n
  try {
    return parseDuration(value)
  } catch {
    return 0n
  }
}

/** In the largest unit that fits more than once; the sign is lost. */
function roundedText(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const units: readonly (readonly [bigint, string])[] = [
    [365n * day, 'y'],
    [30n * day, 'mo'],
    [day, 'd'],
    [hour, 'h'],
    [minute, 'm'],
    [second, 's'],
  ]
  for (const [unit, name] of units) if (size > unit) return `${size / unit}${name}`
  return '0s'
}
