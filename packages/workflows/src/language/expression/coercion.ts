import type { Value, ValueMap } from '../contract.ts'
import { parseNumber } from './tokens.ts'

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isPrimitive(value: Value): value is null | boolean | number | string {
  return typeof value !== 'object' || value === null
}

export function isTruthy(value: Value): boolean {
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value)
  return value !== null && value !== false && value !== ''
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return parseNumber(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === null ? 0 : Number.NaN
}

/** Text of a value inside other text; lists and maps are only named, as GitHub does. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value === null) return ''
  return isList(value) ? 'Array' : 'Object'
}

/** .NET's format `G15` without locale, which GitHub's runner writes numbers in: 15 digits, `1E+15` from there on. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const [mantissa = '', power = '0'] = value.toExponential(14).split('e')
  const exponent = Number(power)
  const digits = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  if (exponent > -5 && exponent < 15) {
    const fixed = value.toFixed(Math.min(100, Math.max(0, 14 - exponent)))
    return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
  }
  return `${digits}E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/**
 * Case folded as .NET's OrdinalIgnoreCase does: each UTF-16 unit by itself, so that lengths stay; the dotless ı and the long ſ
 * do not become ASCII.
 */
export function foldCase(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.toUpperCase()
  let folded = ''
  for (let at = 0; at < text.length; at++) {
    const unit = text.charAt(at)
    const upper = unit === 'ı' || unit === 'ſ' ? unit : unit.toUpperCase()
    folded += upper.length === 1 ? upper : unit
  }
  return folded
}

/** `==`: JavaScript's loose equality, but strings without regard to case, and lists and maps only the same ones. */
export function equals(left: Value, right: Value): boolean {
  const [a, b] = alike(left, right)
  if (typeof a === 'string' && typeof b === 'string') return foldCase(a) === foldCase(b)
  return a === b
}

/** `<` is negative, `>` positive, equal 0; undefined: neither. */
export function compare(left: Value, right: Value): number | undefined {
  const [a, b] = alike(left, right)
  if (typeof a === 'number' && typeof b === 'number') {
    return Number.isNaN(a) || Number.isNaN(b) ? undefined : Math.sign(a - b) || (a === b ? 0 : a > b ? 1 : -1)
  }
  if (typeof a === 'string' && typeof b === 'string') {
    const [x, y] = [foldCase(a), foldCase(b)]
    return x === y ? 0 : x > y ? 1 : -1
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return undefined
}

function kindOf(value: Value): string {
  if (value === null) return 'null'
  return isList(value) ? 'list' : typeof value
}

function alike(left: Value, right: Value): [Value, Value] {
  const [a, b] = [kindOf(left), kindOf(right)]
  if (a === b) return [left, right]
  if (a === 'number' && b === 'string') return [left, toNumber(right)]
  if (a === 'string' && b === 'number') return [toNumber(left), right]
  if (a === 'boolean' || a === 'null') return alike(toNumber(left), right)
  if (b === 'boolean' || b === 'null') return alike(left, toNumber(right))
  return [left, right]
}
