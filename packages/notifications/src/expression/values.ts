import { ExpressionError } from './token.ts'

/**
 * What expressions work with: JSON, times and durations, and functions. A map is a plain object, whose own keys alone count; what is missing is null.
 */
export type Value = null | boolean | number | string | Time | Duration | Callable | Value[] | { [key: string]: Value }

export type Callable = (...args: Value[]) => Value

export class Time {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

export class Duration {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

export type MapValue = { [key: string]: Value }

export function isMap(value: Value): value is MapValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Time) && !(value instanceof Duration)
}

/** RFC 3339 alone, as `time.Parse` of Argo CD's takes it. */
export function parseTime(text: Value): Time {
  const isTime = typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new ExpressionError(`${describe(text)} is no time (RFC 3339, such as 2026-01-02T15:04:05Z)`)
  return new Time(ms)
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A method of a time or a duration (Go's package `time`, in UTC); undefined where there is none of that name. */
export function methodOf(value: Time | Duration, name: string): Callable | undefined {
  return value instanceof Time ? timeMethod(value, name) : durationMethod(value, name)
}

function timeMethod({ ms }: Time, name: string): Callable | undefined {
  const date = new Date(ms)
  switch (name) {
    case 'Sub':
      return (other) => new Duration(ms - timeOf(other).ms)
    case 'Add':
      return (duration) => new Time(ms + durationOf(duration).ms)
    case 'Before':
      return (other) => ms < timeOf(other).ms
    case 'After':
      return (other) => ms > timeOf(other).ms
    case 'Equal':
      return (other) => ms === timeOf(other).ms
    case 'IsZero':
      return () => false
    case 'UTC':
    case 'Local':
      return () => new Time(ms)
    case 'Unix':
      return () => Math.floor(ms / 1000)
    case 'UnixMilli':
      return () => ms
    case 'Year':
      return () => date.getUTCFullYear()
    case 'Month':
      return () => date.getUTCMonth() + 1
    case 'Day':
      return () => date.getUTCDate()
    case 'Hour':
      return () => date.getUTCHours()
    case 'Minute':
      return () => date.getUTCMinutes()
    case 'Second':
      return () => date.getUTCSeconds()
    case 'Weekday':
      return () => weekdays[date.getUTCDay()] ?? ''
    default:
      return undefined
  }
}

const units: Readonly<Record<string, number>> = { Hours: 3_600_000, Minutes: 60_000, Seconds: 1000, Milliseconds: 1 }

function durationMethod({ ms }: Duration, name: string): Callable | undefined {
  if (name === 'Abs') return () => new Duration(Math.abs(ms))
  if (name === 'String') return () => `${ms / 1000}s`
  const unit = Object.hasOwn(units, name) ? units[name] : undefined
  return unit === undefined ? undefined : () => ms / unit
}

export function timeOf(value: Value | undefined): Time {
  if (value instanceof Time) return value
  throw new ExpressionError(`${describe(value ?? null)} is no time`)
}

/** A bare number is of nanoseconds, as in Go. */
export function durationOf(value: Value | undefined): Duration {
  if (value instanceof Duration) return value
  if (typeof value === 'number') return new Duration(value / 1e6)
  throw new ExpressionError(`${describe(value ?? null)} is no duration`)
}

export function numberOf(value: Value | undefined): number {
  if (typeof value === 'number') return value
  throw new ExpressionError(`${describe(value ?? null)} is no number`)
}

export function textOf(value: Value | undefined): string {
  if (typeof value === 'string') return value
  throw new ExpressionError(`${describe(value ?? null)} is no text`)
}

export function listOf(value: Value | undefined): Value[] {
  if (Array.isArray(value)) return value
  throw new ExpressionError(`${describe(value ?? null)} is no list`)
}

/** As Go's `%v` prints it: what `oncePer` makes of its value. */
export function printed(value: Value): string {
  if (value === null) return '<nil>'
  if (value instanceof Time) return new Date(value.ms).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC')
  if (value instanceof Duration) return `${value.ms / 1000}s`
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (isMap(value)) {
    const keys = Object.keys(value).toSorted()
    return `map[${keys.map((key) => `${key}:${printed(value[key] ?? null)}`).join(' ')}]`
  }
  return typeof value === 'function' ? 'func' : String(value)
}

export function describe(value: Value): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return `"${value.slice(0, 60)}"`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value)
    ? 'a list'
    : value instanceof Time
      ? 'a time'
      : value instanceof Duration
        ? 'a duration'
        : typeof value === 'function'
          ? 'a function'
          : 'a map'
}

export function isEqual(left: Value, right: Value): boolean {
  if (left instanceof Time || left instanceof Duration) return left.constructor === right?.constructor && left.ms === (right as Time).ms
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => isEqual(item, right[index] ?? null))
  if (isMap(left)) {
    const keys = Object.keys(left)
    return (
      isMap(right) &&
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key] ?? null, right[key] ?? null))
    )
  }
  return left === right
}
