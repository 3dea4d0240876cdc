/** Go's `strconv` for numbers. */

/** Formats of `strconv.FormatFloat`. */
export type FloatFormat = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X'

/** `strconv.FormatFloat(value, format, precision, 64)`; precision -1 is the shortest text that reads back as the same number. */
export function formatFloat(value: number, format: FloatFormat = 'g', precision = -1): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  const isNegative = value < 0 || Object.is(value, -0)
  const magnitude = isNegative ? -value : value
  if (format === 'b' || format === 'x' || format === 'X') {
    const text = format === 'b' ? binaryExponent(magnitude) : hexadecimal(magnitude, precision)
    return (isNegative ? '-' : '') + (format === 'X' ? text.toUpperCase() : text)
  }
  const sign = isNegative ? '-' : ''
  if (precision < 0) {
    if (format === 'g' && Number.isInteger(magnitude) && magnitude < 1e6) return sign + String(magnitude)
    return sign + writeShortest(shortestDigits(magnitude), format)
  }
  return sign + writeRounded(magnitude, format, precision)
}

/** `digits` without trailing zeros, and where the point stands: 0.`digits` × 10^`point`. Zero has no digits. */
interface Decimal {
  digits: string
  point: number
}

function shortestDigits(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 }
}

function writeShortest(decimal: Decimal, format: FloatFormat): string {
  switch (format) {
    case 'e':
    case 'E':
      return writeExponent(decimal, Math.max(decimal.digits.length - 1, 0), format)
    case 'f':
      return writeFixed(decimal, Math.max(decimal.digits.length - decimal.point, 0))
    default:
      // ftoa.go: with the shortest digits, %e is used from 1e+06 on.
      return writeGeneral(decimal, 6, decimal.digits.length, format === 'G' ? 'E' : 'e')
  }
}

function writeRounded(value: number, format: FloatFormat, precision: number): string {
  const exact = exactDigits(value)
  switch (format) {
    case 'e':
    case 'E':
      return writeExponent(round(exact, precision + 1), precision, format)
    case 'f':
      return writeFixed(round(exact, exact.point + precision), precision)
    default: {
      const wanted = precision === 0 ? 1 : precision
      const decimal = round(exact, wanted)
      const threshold = wanted > decimal.digits.length && decimal.digits.length >= decimal.point ? decimal.digits.length : wanted
      return writeGeneral(decimal, threshold, wanted, format === 'G' ? 'E' : 'e')
    }
  }
}

function writeGeneral(decimal: Decimal, threshold: number, precision: number, mark: 'e' | 'E'): string {
  const exponent = decimal.digits === '' ? -1 : decimal.point - 1
  if (exponent < -4 || exponent >= threshold) {
    return writeExponent(decimal, Math.max(Math.min(precision, decimal.digits.length) - 1, 0), mark)
  }
  return writeFixed(decimal, Math.max(decimal.digits.length - decimal.point, 0))
}

function writeExponent(decimal: Decimal, precision: number, mark: 'e' | 'E'): string {
  const digits = decimal.digits.slice(0, precision + 1).padEnd(precision + 1, '0')
  const exponent = decimal.digits === '' ? 0 : decimal.point - 1
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits.slice(0, 1)}${precision > 0 ? `.${digits.slice(1)}` : ''}${mark}${exponent < 0 ? '-' : '+'}${size}`
}

function writeFixed(decimal: Decimal, precision: number): string {
  const whole = decimal.point > 0 ? decimal.digits.slice(0, decimal.point).padEnd(decimal.point, '0') : '0'
  if (precision <= 0) return whole
  const zeros = decimal.point < 0 ? '0'.repeat(Math.min(-decimal.point, precision)) : ''
  const fraction = zeros + decimal.digits.slice(Math.max(decimal.point, 0))
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`
}

/** Every digit of the number that the double stands for: JavaScript's own rounding resolves ties upwards, Go's to even. */
function exactDigits(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const { mantissa, exponent } = split(value)
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString()
    return { digits: trimZeros(digits), point: digits.length }
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString()
  return { digits: trimZeros(digits), point: digits.length + exponent }
}

function round(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal
  if (count < 0) return { digits: '', point: 0 }
  if (count >= digits.length) return decimal
  const next = digits.charCodeAt(count) - 0x30
  const isTie = next === 5 && count === digits.length - 1
  const isUp = isTie ? count > 0 && (digits.charCodeAt(count - 1) - 0x30) % 2 === 1 : next >= 5
  if (!isUp) {
    const kept = trimZeros(digits.slice(0, count))
    return kept === '' ? { digits: '', point: 0 } : { digits: kept, point }
  }
  if (count === 0) return { digits: '1', point: point + 1 }
  const raised = (BigInt(digits.slice(0, count)) + 1n).toString()
  return { digits: trimZeros(raised), point: point + raised.length - count }
}

function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1
  return digits.slice(0, end)
}

const view = new DataView(new ArrayBuffer(8))

/** `value` = mantissa × 2^exponent, with 53 bits of mantissa for a normal number. */
function split(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const fraction = bits & 0xfffffffffffffn
  const biased = Number((bits >> 52n) & 0x7ffn)
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

function binaryExponent(value: number): string {
  const { mantissa, exponent } = split(value)
  return `${mantissa}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`
}

function hexadecimal(value: number, precision: number): string {
  let { mantissa, exponent } = split(value)
  if (mantissa === 0n) exponent = 0
  else {
    // One bit before the point, 60 after it, as ftoa.go's %x has it.
    const shift = 61 - mantissa.toString(2).length
    mantissa <<= BigInt(shift)
    exponent += 60 - shift
  }
  if (precision >= 0 && precision < 15) {
    const dropped = BigInt(60 - precision * 4)
    const rest = mantissa & ((1n << dropped) - 1n)
    const half = 1n << (dropped - 1n)
    mantissa >>= dropped
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n
    mantissa <<= dropped
    if (mantissa >> 61n === 1n) {
      mantissa >>= 1n
      exponent += 1
    }
  }
  const digits = mantissa.toString(16).padStart(16, '0')
  const fraction = precision < 0 ? trimZeros(digits.slice(1)) : digits.slice(1).padEnd(precision, '0').slice(0, precision)
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `0x${digits.slice(0, 1)}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${size}`
}

/** What Go's parsers say: a value that does not fit is still given, at the edge of the range. */
export interface Parsed<T> {
  value: T
  error: 'invalid syntax' | 'value out of range' | undefined
}

/** `strconv.ParseInt(text, base, bits)`; base 0 reads `0x`, `0o`, `0b`, a leading `0` and underscores. */
export function parseInt(text: string, base = 10, bits = 64): Parsed<bigint> {
  const isNegative = text.startsWith('-')
  const magnitude = parseUint(isNegative || text.startsWith('+') ? text.slice(1) : text, base, bits)
  if (magnitude.error === 'invalid syntax') return magnitude
  const limit = 1n << BigInt(bits - 1)
  if (!isNegative && magnitude.value >= limit) return { value: limit - 1n, error: 'value out of range' }
  if (isNegative && magnitude.value > limit) return { value: -limit, error: 'value out of range' }
  return { value: isNegative ? -magnitude.value : magnitude.value, error: undefined }
}

const invalid: Parsed<bigint> = { value: 0n, error: 'invalid syntax' }

/** `strconv.ParseUint(text, base, bits)`. */
export function parseUint(text: string, base = 10, bits = 64): Parsed<bigint> {
  let digits = text
  let radix = base
  if (base === 0) {
    radix = 10
    if (text.startsWith('0')) {
      const prefix = text.slice(0, 2).toLowerCase()
      radix = text.length >= 3 && prefix === '0x' ? 16 : text.length >= 3 && prefix === '0b' ? 2 : 8
      digits = text.slice(radix !== 8 || (text.length >= 3 && prefix === '0o') ? 2 : 1)
      if (text.length === 1) return { value: 0n, error: undefined }
    }
  }
  if (digits === '') return invalid
  let value = 0n
  const wide = BigInt(radix)
  const limit = 1n << BigInt(bits)
  let hasUnderscores = false
  for (let index = 0; index < digits.length; index += 1) {
    const code = digits.charCodeAt(index)
    if (base === 0 && code === 0x5f) {
      hasUnderscores = true
      continue
    }
    const digit = digitValue(code)
    if (digit >= radix) return invalid
    value = value * wide + BigInt(digit)
    // What follows is not looked at any more.
    if (value >= limit) return { value: limit - 1n, error: 'value out of range' }
  }
  return hasUnderscores && !hasGoodUnderscores(text) ? invalid : { value, error: undefined }
}

function digitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x61 + 10 : 99
}

/** Underscores stand only between digits, or between a base's prefix and a digit. */
function hasGoodUnderscores(text: string): boolean {
  const unsigned = text.replace(/^[+-]/, '')
  const isHex = /^0[xX]/.test(unsigned)
  const rest = unsigned.replace(/^0[bBoOxX]/, '0')
  const digit = isHex ? /[0-9a-fA-F]/ : /[0-9]/
  for (let index = 0; index < rest.length; index += 1) {
    if (rest[index] === '_' && !(digit.test(rest[index - 1] ?? '') && digit.test(rest[index + 1] ?? ''))) return false
  }
  return true
}

const decimalFloat = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const hexFloat = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/

/** `strconv.ParseFloat(text, 64)`. */
export function parseFloat(text: string): Parsed<number> {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') {
      return special[1] === '' ? { value: Number.NaN, error: undefined } : { value: 0, error: 'invalid syntax' }
    }
    return { value: special[1] === '-' ? -Infinity : Infinity, error: undefined }
  }
  const bad: Parsed<number> = { value: 0, error: 'invalid syntax' }
  if (text.includes('_') && !hasGoodUnderscores(text)) return bad
  const plainText = text.replaceAll('_', '')
  const hex = hexFloat.exec(plainText)
  if (hex !== null) return parseHexFloat(hex[1] === '-', hex[2] ?? '', hex[3] ?? '', Number(hex[4])) ?? bad
  if (!decimalFloat.test(plainText)) return bad
  const value = Number(plainText)
  return { value, error: Number.isFinite(value) ? undefined : 'value out of range' }
}

function parseHexFloat(isNegative: boolean, whole: string, fraction: string, exponent: number): Parsed<number> | undefined {
  if (whole + fraction === '') return undefined
  const mantissa = BigInt(`0x${whole}${fraction}`)
  const value = scale(mantissa, exponent - fraction.length * 4)
  return { value: isNegative ? -value : value, error: Number.isFinite(value) ? undefined : 'value out of range' }
}

/** mantissa × 2^exponent, rounded once to the nearest double, ties to even. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0
  const size = mantissa.toString(2).length
  if (size + exponent > 1025) return Infinity
  if (size + exponent < -1080) return 0
  // How many bits the result may keep: 53, or fewer below the smallest normal number.
  const kept = Math.min(53, size + exponent + 1074)
  const dropped = size - kept
  if (dropped <= 0) return Number(mantissa) * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(exponent + 1000, 0)
  const cut = BigInt(dropped)
  let rounded = mantissa >> cut
  const rest = mantissa - (rounded << cut)
  const half = 1n << (cut - 1n)
  if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded += 1n
  const power = exponent + dropped
  return power > 971 ? Number(rounded) * 2 ** 971 * 2 ** (power - 971) : Number(rounded) * 2 ** Math.max(power, -1074)
}
