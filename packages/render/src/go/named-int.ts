/** The integers of package `time` that print as words. */
import type { GoFunction, GoValue } from './value.ts'
import { GoInt, goInt } from './value.ts'

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** What the `String` method of the integer's type says; undefined for a type that has none. */
export function namedIntText(int: GoInt): string | undefined {
  switch (int.type) {
    case 'time.Duration':
      return durationText(int.value)
    case 'time.Month':
      return months[Number(int.value) - 1] ?? `%!Month(${BigInt.asUintN(64, int.value)})`
    case 'time.Weekday':
      return weekdays[Number(int.value)] ?? `%!Weekday(${BigInt.asUintN(64, int.value)})`
    default:
      return undefined
  }
}

/** `time.Duration.String`: `1h2m3.5s`, below a second with one unit (`1.5ms`), and `0s`. */
export function durationText(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const sign = nanoseconds < 0n ? '-' : ''
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size < 1_000n) return `${sign}${size}ns`
  // The micro sign U+00B5, in bytes.
  if (size < 1_000_000n) return `${sign}${fraction(size, 1_000n)}\u00c2\u00b5s`
  if (size < 1_000_000_000n) return `${sign}${fraction(size, 1_000_000n)}ms`
  const minutes = size / 60_000_000_000n
  const seconds = `${fraction(size % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return sign + seconds
  const rest = `${minutes % 60n}m${seconds}`
  return minutes < 60n ? sign + rest : `${sign}${minutes / 60n}h${rest}`
}

function fraction(size: bigint, unit: bigint): string {
  const digits = (size % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '')
  return digits === '' ? `${size / unit}` : `${size / unit}.${digits}`
}

const nanoseconds: Readonly<Record<string, bigint>> = {
  Hours: 3_600_000_000_000n,
  Minutes: 60_000_000_000n,
  Seconds: 1_000_000_000n,
  Milliseconds: 1_000_000n,
  Microseconds: 1_000n,
  Nanoseconds: 1n,
}

/** A method of the integer's type, bound to it; undefined when the type has none of that name. */
export function namedIntMethod(int: GoInt, name: string): GoFunction | undefined {
  if (!int.type.startsWith('time.')) return undefined
  if (name === 'String') return { parameters: [], call: () => namedIntText(int) ?? '' }
  if (int.type !== 'time.Duration') return undefined
  const unit = Object.hasOwn(nanoseconds, name) ? nanoseconds[name] : undefined
  if (unit !== undefined) {
    // Hours, Minutes and Seconds are float64, the smaller ones int64.
    const isFloat = unit >= 1_000_000_000n
    return {
      parameters: [],
      call: () => (isFloat ? Number(int.value / unit) + Number(int.value % unit) / Number(unit) : goInt(int.value / unit, 'int64')),
    }
  }
  if (name === 'Abs') return { parameters: [], call: () => goInt(int.value < 0n ? -int.value : int.value, 'time.Duration') }
  if (name === 'Truncate' || name === 'Round') {
    return { parameters: ['time.Duration'], call: (to) => goInt(roundTo(int.value, to, name === 'Round'), 'time.Duration') }
  }
  return undefined
}

/** Halves are rounded away from zero. */
function roundTo(value: bigint, to: GoValue, isRounded: boolean): bigint {
  if (!(to instanceof GoInt) || to.value <= 0n) return value
  const rest = value % to.value
  const size = rest < 0n ? -rest : rest
  if (!isRounded || size * 2n < to.value) return value - rest
  return value - rest + (value < 0n ? -to.value : to.value)
}
