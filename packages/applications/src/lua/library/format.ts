import type { Machine } from '../machine.ts'
import { exponentFrom, exponentText, isWhole, numberText, parseNumber } from '../number-text.ts'
import { type LuaValue, textOf, typeName } from '../value.ts'

interface Verb {
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number
  precision: number | undefined
  letter: string
}

const goTypes: Record<string, string> = { nil: '*lua.LNilType', boolean: 'lua.LBool', number: 'lua.LNumber', string: 'lua.LString' }

/**
 * `string.format`, which gopher-lua leaves to Go's `fmt.Sprintf` (`value.go`, Format): `%d` cuts off what is behind the point, `%v` takes anything,
 * and what does not fit is said in the text.
 */
export function formatted(machine: Machine, format: string, values: readonly LuaValue[]): string {
  let next = 0
  const made = format.replace(
    /%([-+# 0]*)(\d*)(?:\.(\d*))?((?:[\xc0-\xff][\x80-\xbf]*|[\s\S])?)/g,
    (_all, flags: string, width: string, precision: string | undefined, letter: string) => {
      if (letter === '') return '%!(NOVERB)'
      if (letter === '%') return '%'
      const verb: Verb = {
        minus: flags.includes('-'),
        plus: flags.includes('+'),
        sharp: flags.includes('#'),
        space: flags.includes(' '),
        zero: flags.includes('0') && !flags.includes('-'),
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        letter,
      }
      // No text that a message needs is that wide.
      if (verb.width > 10_000 || (verb.precision ?? 0) > 10_000) return '%!(BADWIDTH)'
      if (next >= values.length) return `%!${letter}(MISSING)`
      const text = one(verb, values[next++])
      machine.allocate(text.length)
      return text
    },
  )
  return machine.text(made)
}

function one(verb: Verb, value: LuaValue): string {
  if (typeof value === 'number') return numberBy(verb, value)
  if (typeof value === 'string') return textBy(verb, value)
  return textBy(verb, textOf(value), typeName(value))
}

function numberBy(verb: Verb, value: number): string {
  switch (verb.letter) {
    case 'q':
    case 's':
      return textBy(verb, numberText(value))
    case 'd':
    case 'i':
    case 'b':
    case 'o':
    case 'x':
    case 'X':
      return integerBy(verb, value)
    case 'c':
      return padded(verb, Buffer.from(String.fromCodePoint(safeCodePoint(value)), 'utf8').toString('latin1'))
    case 'U':
      return padded(verb, `U+${Math.trunc(value).toString(16).toUpperCase().padStart(4, '0')}`)
    case 'v':
      return isWhole(value) ? integerBy({ ...verb, letter: 'd' }, value) : floatBy({ ...verb, letter: 'g' }, value)
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return floatBy(verb, value)
    default:
      return isWhole(value) ? `%!${verb.letter}(int64=${numberText(value)})` : `%!${verb.letter}(float64=${numberText(value)})`
  }
}

function safeCodePoint(value: number): number {
  const code = Math.trunc(value)
  return code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? code : 0xfffd
}

const radixes: Record<string, number> = { b: 2, o: 8, x: 16, X: 16 }

function integerBy(verb: Verb, value: number): string {
  const limited = Number.isFinite(value) && Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n)
  const radix = radixes[verb.letter] ?? 10
  let digits = (limited < 0n ? -limited : limited).toString(radix)
  if (verb.letter === 'X') digits = digits.toUpperCase()
  if (verb.precision !== undefined) digits = verb.precision === 0 && limited === 0n ? '' : digits.padStart(verb.precision, '0')
  const prefix = verb.sharp ? ({ x: '0x', X: '0X', o: '0' }[verb.letter] ?? '') : ''
  return signed(verb, limited < 0n, prefix + digits, verb.precision === undefined)
}

function floatBy(verb: Verb, value: number): string {
  const isNegative = value < 0 || Object.is(value, -0)
  if (!Number.isFinite(value)) return padded({ ...verb, zero: false }, Number.isNaN(value) ? 'NaN' : isNegative ? '-Inf' : '+Inf')
  const magnitude = Math.abs(value)
  const letter = verb.letter.toLowerCase()
  let text: string
  if (letter === 'f') text = fixedText(magnitude, verb.precision ?? 6)
  else if (letter === 'e') text = exponentForm(magnitude, verb.precision ?? 6)
  else text = generalForm(magnitude, verb.precision)
  return signed(verb, isNegative, /[EG]/.test(verb.letter) ? text.toUpperCase() : text, true)
}

function fixedText(value: number, precision: number): string {
  const digits = scaled(value, precision)
    .toString()
    .padStart(precision + 1, '0')
  return precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`
}

function exponentForm(value: number, precision: number): string {
  const { digits, exponent } = significant(value, precision + 1)
  return `${digits[0]}${precision > 0 ? '.' : ''}${digits.slice(1)}e${exponentText(exponent)}`
}

/** So many digits, of which the first is not zero, and the power of ten of the first. */
function significant(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 }
  const exponent = Number(value.toExponential().split('e')[1])
  const digits = scaled(value, count - 1 - exponent).toString()
  return digits.length > count ? { digits: digits.slice(0, count), exponent: exponent + 1 } : { digits, exponent }
}

/** A number times a power of ten, rounded to a whole one: exactly, and in doubt to the even one, unlike `toFixed`. */
function scaled(value: number, power: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0] ?? 0n
  const biased = Number((bits >> 52n) & 0x7ffn)
  let numerator = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n)
  const twos = Math.max(1, biased) - 1075
  let denominator = 1n
  if (twos >= 0) numerator <<= BigInt(twos)
  else denominator <<= BigInt(-twos)
  if (power >= 0) numerator *= 10n ** BigInt(power)
  else denominator *= 10n ** BigInt(-power)
  const whole = numerator / denominator
  const twice = (numerator - whole * denominator) * 2n
  return twice > denominator || (twice === denominator && whole % 2n === 1n) ? whole + 1n : whole
}

/** The shorter of both forms; without a precision, with as many digits as the number needs. */
function generalForm(value: number, precision: number | undefined): string {
  const wanted = precision === undefined ? undefined : Math.max(1, precision)
  const [mantissa = '', power = ''] = value.toExponential().split('e')
  const rounded = wanted === undefined ? { digits: mantissa.replace('.', ''), exponent: Number(power) } : significant(value, wanted)
  const digits = rounded.digits.replace(/0+$/, '') || '0'
  const { exponent } = rounded
  const limit = wanted === undefined ? exponentFrom : wanted > digits.length && digits.length >= exponent + 1 ? digits.length : wanted
  if (exponent < -4 || exponent >= limit) return `${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}e${exponentText(exponent)}`
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0')
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

function signed(verb: Verb, isNegative: boolean, text: string, mayZero: boolean): string {
  const sign = isNegative ? '-' : verb.plus ? '+' : verb.space ? ' ' : ''
  if (verb.zero && mayZero) return sign + text.padStart(verb.width - sign.length, '0')
  return padded({ ...verb, zero: false }, sign + text)
}

function textBy(verb: Verb, text: string, type = 'string'): string {
  switch (verb.letter) {
    case 'd':
    case 'i':
      if (type === 'string') return parseNumber(text) === undefined ? integerBy({ ...verb, letter: 'd' }, 0) : padded(verb, text)
      break
    case 's':
    case 'v':
      return padded(verb, verb.precision === undefined ? text : text.slice(0, verb.precision))
    case 'q':
      return padded(verb, quoted(text.slice(0, verb.precision)))
    case 'x':
    case 'X': {
      const hex = Buffer.from(text.slice(0, verb.precision), 'latin1').toString('hex')
      return padded(verb, verb.letter === 'X' ? hex.toUpperCase() : hex)
    }
    case 't':
      if (type === 'boolean') return padded(verb, text)
  }
  return `%!${verb.letter}(${goTypes[type] ?? `*lua.L${type}`}=${text})`
}

/** As Go quotes: what is not printable as its code. */
function quoted(text: string): string {
  const inner = text.replace(/[^ !#-[\]-~]/g, (character) => {
    const named = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\v': '\\v' }[
      character
    ]
    if (named !== undefined) return named
    // Texts beyond ASCII are printed as they are.
    return character > '\x7f' ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${inner}"`
}

/** Width counts characters, of which one may be several bytes. */
function padded(verb: Verb, text: string): string {
  const characters = text.replace(/[\x80-\xbf]/g, '').length
  const missing = Math.max(0, verb.width - characters)
  if (verb.minus) return text + ' '.repeat(missing)
  return (verb.zero ? '0' : ' ').repeat(missing) + text
}
