import { civilFromDays, daysFromCivil, type CivilDate } from './calendar.ts'
import type { Zone } from './zone.ts'

/** Go's `time.Time`: nanoseconds from 1970 and where it is told. */
export interface Instant {
  readonly nanoseconds: bigint
  readonly zone: Zone
  /** It was read from a clock, and prints what that clock's monotonic reading was (`m=+0.012`). */
  readonly isMonotonic?: boolean
}

/** The fields of a clock and calendar at an instant, in its zone. */
export interface ClockTime extends CivilDate {
  hour: number
  minute: number
  second: number
  nanosecond: number
  offset: number
  abbreviation: string
}

const secondsOfDay = 86_400

export function unixSeconds(instant: Instant): bigint {
  return floorDivide(instant.nanoseconds, 1_000_000_000n)
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}

export function clockTime(instant: Instant): ClockTime {
  const seconds = Number(unixSeconds(instant))
  const { offset, abbreviation } = instant.zone.at(seconds)
  const local = seconds + offset
  const days = Math.floor(local / secondsOfDay)
  const inDay = local - days * secondsOfDay
  return {
    ...civilFromDays(days),
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanosecond: Number(((instant.nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n),
    offset,
    abbreviation,
  }
}

/** `time.Date`: fields beyond their range run over. In a gap or an overlap of a zone's offsets one of the two instants is taken. */
export function instantOf(
  fields: { year: number; month: number; day: number; hour: number; minute: number; second: number; nanosecond: number },
  zone: Zone,
): Instant {
  const days = daysFromCivil(fields.year, fields.month, fields.day)
  const local = days * secondsOfDay + fields.hour * 3600 + fields.minute * 60 + fields.second
  const guess = zone.at(local).offset
  const other = zone.at(local - guess).offset
  const seconds = local - (other === guess || zone.at(local - other).offset === other ? other : guess)
  return { nanoseconds: BigInt(seconds) * 1_000_000_000n + BigInt(fields.nanosecond), zone }
}

/** The zero value of `time.Time`: 0001-01-01 00:00:00 UTC. */
export const zeroNanoseconds = BigInt(daysFromCivil(1, 1, 1)) * 86_400_000_000_000n
