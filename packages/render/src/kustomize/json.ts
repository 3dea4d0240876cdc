/**
 * What a resource is made of: JSON's values. An integer beyond 2^53 is a `bigint`, so that none of its digits is lost. Objects have no
 * prototype: `__proto__` and `constructor` are keys like others.
 */
export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | JsonObject
export interface JsonObject {
  [key: string]: JsonValue
}

export function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The entries may come from any object; the result has no prototype. */
export function objectOf(entries: Iterable<readonly [string, JsonValue]>): JsonObject {
  const object = emptyObject()
  for (const [key, value] of entries) object[key] = value
  return object
}

/** Deep; gives every object the shape without a prototype, whatever it came from. */
export function cloneValue<Value extends JsonValue | undefined>(value: Value): Value
export function cloneValue(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => cloneValue(item))
  const copy = emptyObject()
  for (const key of Object.keys(value)) copy[key] = cloneValue(value[key] as JsonValue)
  return copy
}

/** Own property only; undefined when `value` is no object or has no such field. */
export function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** kyaml's `GetString`-like reading: the text of a scalar, `''` for what is none. */
export function scalarText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : ''
}

export function isEqual(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index]))
    )
  }
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
}
