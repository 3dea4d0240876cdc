import { goInt, type GoInt } from '../../go/value.ts'

export const second = 1_000_000_000n
export const minute = 60n * second
export const hour = 60n * minute
export const day = 24n * hour

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  // The micro sign and the Greek letter mu, in bytes.
  ['\u00c2\u00b5s', 1000n],
  ['\u00ce\u00bcs', 1000n],
  ['ms', 1_000_000n],
  ['s', second],
  ['m', minute],
  ['h', hour],
])

const limit = 1n << 63n

/** `time.ParseDuration`, in nanoseconds. Throws in Go's words. */
export function parseDuration(text: string): bigint {
  const invalid = (): Error => new Error(`time: invalid duration ${quoteTime(text)}`)
  const isNegative = text.startsWith('-')
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') throw invalid()
  let sum = 0n
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest)
    const [all = '', whole = '', fraction = ''] = number ?? []
    if (whole === '' && fraction === '') throw invalid()
    rest = rest.slice(all.length)
    const unitName = /^[^.0-9]+/.exec(rest)?.[0]
    const value = whole === '' ? 0n : BigInt(whole)
    if (value > limit) throw invalid()
    if (unitName === undefined) throw new Error(`time: missing unit in duration ${quoteTime(text)}`)
    rest = rest.slice(unitName.length)
    const unit = units.get(unitName)
    if (unit === undefined) throw new Error(`time: unknown unit ${quoteTime(unitName)} in duration ${quoteTime(text)}`)
    if (value > limit / unit) throw invalid()
    sum += value * unit + fractionOf(fraction, unit)
    if (sum > limit) throw invalid()
  }
  if (!isNegative && sum === limit) throw invalid()
  return isNegative ? -sum : sum
}

/** In floating point, as Go has it; digits that no longer fit into 63 bits are left out. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    if (value > (limit - 1n) / 10n) break
    const next = value * 10n + BigInt(digit)
    if (next > limit) break
    value = next
    scale *= 10
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}

/** Package time's own way of quoting, for its errors. */
export function quoteTime(text: string): string {
  let quoted = ''
  for (const byte of text) {
    const code = byte.charCodeAt(0)
    if (code >= 0x80 || code < 0x20) quoted += `\\x${code.toString(16).padStart(2, '0')}`
    else quoted += byte === '"' || byte === '\\' ? `\\${byte}` : byte
  }
  return `"${quoted}"`
}

/** A `time.Duration`: what does not fit is the nearest that does, as the difference of two times is. */
export function goDuration(nanoseconds: bigint): GoInt {
  const clamped = nanoseconds >= limit ? limit - 1n : nanoseconds < -limit ? -limit : nanoseconds
  return goInt(clamped, 'time.Duration')
}

/** `Duration.Round`: halves away from zero. */
export function roundDuration(nanoseconds: bigint, unit: bigint): bigint {
  if (unit <= 0n) return nanoseconds
  const rest = nanoseconds % unit
  const size = rest < 0n ? -rest : rest
  const base = nanoseconds - rest
  return size * 2n < unit ? base : base + (nanoseconds < 0n ? -unit : unit)
}
