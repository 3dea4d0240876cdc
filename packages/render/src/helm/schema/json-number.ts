import { GoInt, JsonNumber, type GoValue } from '../../go/value.ts'
import { formatFloatG } from '../../yaml/number-text.ts'

/** An exact decimal, `digits * 10 ** -scale`: limits and multiples are compared as Go's `big.Rat` would. */
export interface Decimal {
  digits: bigint
  scale: number
}

/** Zeros that a number may ask for: a float64 needs 324, and no schema needs more than this. */
const maxExponent = 2000

/** The number a JSON value stands for; undefined for all that is no number. */
export function decimalOf(value: GoValue): Decimal | undefined {
  if (value instanceof GoInt) return { digits: value.value, scale: 0 }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { digits: BigInt(value), scale: 0 } : parse(String(value))
  return value instanceof JsonNumber ? parse(value.number) : undefined
}

function parse(text: string): Decimal | undefined {
  const match = /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match
  const exponent = Number(exponentText)
  if (whole.length + fraction.length > maxExponent || Math.abs(exponent) > maxExponent) return undefined
  const digits = BigInt(`${whole}${fraction}` || '0')
  const scale = fraction.length - exponent
  const signed = sign === '-' ? -digits : digits
  return scale >= 0 ? { digits: signed, scale } : { digits: signed * 10n ** BigInt(-scale), scale: 0 }
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = align(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

export function isMultiple(value: Decimal, of: Decimal): boolean {
  const [left, right] = align(value, of)
  return right !== 0n && left % right === 0n
}

export function isWhole(value: Decimal): boolean {
  return value.scale === 0 || value.digits % 10n ** BigInt(value.scale) === 0n
}

/** As a whole number for limits of length; undefined for any other. */
export function wholeOf(value: GoValue): number | undefined {
  const decimal = decimalOf(value)
  return decimal === undefined || !isWhole(decimal) ? undefined : toNumber(decimal)
}

export function toNumber(value: Decimal): number {
  return value.scale === 0 ? Number(value.digits) : Number(`${value.digits}e${-value.scale}`)
}

function align(a: Decimal, b: Decimal): [bigint, bigint] {
  if (a.scale === b.scale) return [a.digits, b.digits]
  if (a.scale < b.scale) return [a.digits * 10n ** BigInt(b.scale - a.scale), b.digits]
  return [a.digits, b.digits * 10n ** BigInt(a.scale - b.scale)]
}

/** `%v` of a number: a `json.Number` as it was written, a float64 as Go prints it. */
export function numberText(value: GoValue): string {
  if (value instanceof JsonNumber) return value.number
  if (value instanceof GoInt) return value.value.toString()
  return typeof value === 'number' ? formatFloatG(value) : ''
}
