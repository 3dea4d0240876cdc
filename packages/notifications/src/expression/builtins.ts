import { describe, Duration, isEqual, isMap, listOf, numberOf, printed, textOf, type Value } from './values.ts'
import { ExpressionError } from './token.ts'

/** Those whose second argument is asked about each item. */
export const predicateBuiltins = new Set(['all', 'any', 'none', 'one', 'filter', 'map', 'find', 'findIndex', 'findLast', 'count', 'sum'])

const plain: Readonly<Record<string, (...args: Value[]) => Value>> = {
  len: (value) => {
    if (typeof value === 'string') return Array.from(value).length
    if (Array.isArray(value)) return value.length
    if (value !== undefined && isMap(value)) return Object.keys(value).length
    throw new ExpressionError(`${describe(value ?? null)} has no length`)
  },
  upper: (text) => textOf(text).toUpperCase(),
  lower: (text) => textOf(text).toLowerCase(),
  trim: (text, characters) => (characters === undefined ? textOf(text).trim() : trimmed(textOf(text), textOf(characters))),
  trimPrefix: (text, prefix) => (textOf(text).startsWith(textOf(prefix)) ? textOf(text).slice(textOf(prefix).length) : textOf(text)),
  trimSuffix: (text, suffix) =>
    textOf(text).endsWith(textOf(suffix)) ? textOf(text).slice(0, textOf(text).length - textOf(suffix).length) : textOf(text),
  hasPrefix: (text, prefix) => textOf(text).startsWith(textOf(prefix)),
  hasSuffix: (text, suffix) => textOf(text).endsWith(textOf(suffix)),
  indexOf: (text, part) => textOf(text).indexOf(textOf(part)),
  lastIndexOf: (text, part) => textOf(text).lastIndexOf(textOf(part)),
  split: (text, by) => textOf(text).split(textOf(by)),
  join: (list, by) =>
    listOf(list)
      .map(textOf)
      .join(by === undefined ? '' : textOf(by)),
  replace: (text, old, replacement) => textOf(text).replaceAll(textOf(old), () => textOf(replacement)),
  abs: (number) => Math.abs(numberOf(number)),
  ceil: (number) => Math.ceil(numberOf(number)),
  floor: (number) => Math.floor(numberOf(number)),
  round: (number) => Math.round(numberOf(number)),
  max: (...numbers) => Math.max(...numbers.flat().map((one) => numberOf(one as Value))),
  min: (...numbers) => Math.min(...numbers.flat().map((one) => numberOf(one as Value))),
  int: (value) => Math.trunc(parsedNumber(value)),
  float: (value) => parsedNumber(value),
  string: (value) => printed(value ?? null),
  type: (value) => {
    if (value === undefined || value === null) return 'nil'
    if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
    if (typeof value === 'boolean') return 'bool'
    return typeof value === 'string' ? 'string' : Array.isArray(value) ? 'array' : isMap(value) ? 'map' : 'unknown'
  },
  keys: (map) => (map !== undefined && isMap(map) ? Object.keys(map) : notAMap(map)),
  values: (map) => (map !== undefined && isMap(map) ? Object.values(map) : notAMap(map)),
  first: (list) => listOf(list)[0] ?? null,
  last: (list) => listOf(list).at(-1) ?? null,
  get: (of, key) => {
    if (Array.isArray(of)) return of[numberOf(key)] ?? null
    return of !== undefined && isMap(of) && Object.hasOwn(of, textOf(key)) ? (of[textOf(key)] ?? null) : null
  },
  uniq: (list) => listOf(list).filter((item, index, all) => all.findIndex((other) => isEqual(item, other)) === index),
  duration: (text) => new Duration(durationMs(textOf(text))),
}

export const builtinNames: ReadonlySet<string> = new Set([...Object.keys(plain), ...predicateBuiltins, 'now'])

export function callPlain(name: string, args: Value[]): Value {
  const called = Object.hasOwn(plain, name) ? plain[name] : undefined
  if (called === undefined) throw new ExpressionError(`there is no function '${name}'`)
  return called(...args)
}

function notAMap(value: Value | undefined): never {
  throw new ExpressionError(`${describe(value ?? null)} is no map`)
}

function parsedNumber(value: Value | undefined): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'number' ? value : Number.NaN
  if (Number.isNaN(number)) throw new ExpressionError(`${describe(value ?? null)} is no number`)
  return number
}

function trimmed(text: string, characters: string): string {
  let [from, to] = [0, text.length]
  while (from < to && characters.includes(text.charAt(from))) from += 1
  while (to > from && characters.includes(text.charAt(to - 1))) to -= 1
  return text.slice(from, to)
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** As Go writes durations: `1h30m`. */
export function durationMs(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const rest = text.replace(/^[+-]/, '')
  const parts = [...rest.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)]
  if (rest !== '0' && (parts.length === 0 || parts.map(([part]) => part).join('') !== rest))
    throw new ExpressionError(`"${text.slice(0, 60)}" is no duration, such as 1h30m`)
  return sign * parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ''] ?? 0), 0)
}
