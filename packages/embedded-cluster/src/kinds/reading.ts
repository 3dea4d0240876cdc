/**
 * Reading plain objects that came from outside: a wrong type reads as absent. Defaults and validation run on
 * whatever was sent, so they must never throw; that a type is wrong is said by the schema check alone.
 */
export type Fields = Record<string, unknown>

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

/** Like `fieldsOf`, with an empty object in the place of nothing. Never write into its result. */
export function fieldsOrEmpty(value: unknown): Fields {
  return fieldsOf(value) ?? NOTHING
}

const NOTHING: Fields = Object.freeze(Object.create(null) as Fields)

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NO_ITEMS
}

const NO_ITEMS: readonly unknown[] = Object.freeze([])

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Sets a field that is absent or null. */
export function setDefault(target: Fields, field: string, value: unknown): void {
  if (target[field] === undefined || target[field] === null) target[field] = value
}

/** For fields whose zero value means unset in Go: '' and 0 count as absent. */
export function setDefaultForZero(target: Fields, field: string, value: string | number): void {
  const present = target[field]
  if (present === undefined || present === null || present === '' || present === 0) target[field] = value
}

/** The object in a field, made when absent; undefined when something else is there. */
export function openObject(target: Fields, field: string): Fields | undefined {
  const present = target[field]
  if (present === undefined || present === null) {
    const made: Fields = {}
    target[field] = made
    return made
  }
  return fieldsOf(present)
}

/** Equality as the API sees it: key order does not matter, and neither does null, absent or empty. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isEmpty(a) && isEmpty(b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, at) => isSame(item, b[at]))
  }
  const left = a as Fields
  const right = b as Fields
  for (const key of Object.keys(left)) if (!isSame(left[key], ownValue(right, key))) return false
  for (const key of Object.keys(right)) if (!Object.hasOwn(left, key) && !isEmpty(right[key])) return false
  return true
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** For keys that users choose: `constructor` and `__proto__` are ordinary names. */
export function ownValue(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined
}
