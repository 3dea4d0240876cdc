import { JqError } from './error.ts'

/** What a jq program works on. Numbers are doubles, as in the JSON that Kubernetes serves. */
export type JqValue = null | boolean | number | string | JqValue[] | JqObject
export interface JqObject {
  [name: string]: JqValue
}

export type JqType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

export function typeOf(value: JqValue): JqType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as JqType
}

export function isMap(value: JqValue | undefined): value is JqObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isTruthy(value: JqValue): boolean {
  return value !== null && value !== false
}

/** Without a prototype, so that `__proto__` is a name like any other. */
export function newMap(from?: JqObject): JqObject {
  const map = Object.create(null) as JqObject
  if (from) for (const name of Object.keys(from)) map[name] = from[name] as JqValue
  return map
}

export function memberOf(map: JqObject, name: string): JqValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

/** Names in the order of their code points, in which jq walks through an object. */
export function sortedNames(map: JqObject): string[] {
  return Object.keys(map).sort(compareTexts)
}

/** By code points: UTF-16 sorts what lies beyond U+FFFF before U+E000. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (x !== y) return rankOfUnit(x) - rankOfUnit(y)
  }
  return a.length - b.length
}

function rankOfUnit(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

const order: Record<JqType, number> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 }

function rankOf(value: JqValue): number {
  return value === true ? 2 : order[typeOf(value)]
}

/** jq's order of all values: null, false, true, numbers, texts, lists, objects. NaN is below every number, itself too. */
export function compare(a: JqValue, b: JqValue): number {
  if (a === b) return 0
  if (typeof a === 'number' && typeof b === 'number') return a < b || Number.isNaN(a) ? -1 : 1
  if (typeof a === 'string' && typeof b === 'string') return Math.sign(compareTexts(a, b))
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b)
  if (isMap(a) && isMap(b)) {
    const [mine, theirs] = [sortedNames(a), sortedNames(b)]
    const names = compareLists(mine, theirs)
    if (names !== 0) return names
    for (const name of mine) {
      const members = compare(a[name] as JqValue, b[name] as JqValue)
      if (members !== 0) return members
    }
    return 0
  }
  return Math.sign(rankOf(a) - rankOf(b))
}

function compareLists(a: readonly JqValue[], b: readonly JqValue[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const items = compare(a[index] as JqValue, b[index] as JqValue)
    if (items !== 0) return items
  }
  return Math.sign(a.length - b.length)
}

/** Longest text and list that a program may make: no object in a cluster comes near. */
export const maxText = 16 * 1024 * 1024
export const maxItems = 1024 * 1024

/** As `tojson`: names sorted, NaN as null, infinities as the largest number. */
export function jsonText(value: JqValue): string {
  const parts: string[] = []
  let size = 0
  const put = (text: string): void => {
    size += text.length
    if (size > maxText) throw new JqError('the text is too long')
    parts.push(text)
  }
  const write = (one: JqValue): void => {
    if (typeof one === 'string') put(quoted(one))
    else if (typeof one === 'number') put(numberText(one))
    else if (Array.isArray(one)) {
      put('[')
      for (const [index, item] of one.entries()) {
        if (index > 0) put(',')
        write(item)
      }
      put(']')
    } else if (isMap(one)) {
      put('{')
      for (const [index, name] of sortedNames(one).entries()) {
        put(`${index > 0 ? ',' : ''}${quoted(name)}:`)
        write(one[name] as JqValue)
      }
      put('}')
    } else put(String(one))
  }
  write(value)
  return parts.join('')
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007F', '\\u007f')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null'
  if (Object.is(value, -0)) return '-0'
  return String(Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE))
}

/** For messages: the beginning of a value, never more. */
export function preview(value: JqValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `string (${clipped(quoted(value.slice(0, 40)))})`
  if (typeof value !== 'object') return `${typeOf(value)} (${String(value)})`
  return `${typeOf(value)} (${Array.isArray(value) ? `${value.length} items` : `${Object.keys(value).length} fields`})`
}

function clipped(text: string): string {
  return text.length > 30 ? `${text.slice(0, 26)} ..."` : text
}
