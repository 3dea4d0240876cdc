import { fromBytes, GoInt, GoStruct, type GoValue, JsonNumber } from '../go/value.ts'

/** A value as plain JavaScript of JSON, for a console. A key such as `__proto__` stays a key. */
export function plainValue(value: GoValue): unknown {
  if (typeof value === 'string') return fromBytes(value)
  if (value instanceof JsonNumber) return Number(value.number)
  if (value instanceof GoInt) return Number(value.value)
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [fromBytes(key), plainValue(item)]))
  return value === undefined || value instanceof GoStruct ? null : value
}
