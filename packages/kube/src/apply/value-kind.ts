import type { FieldSchema, TypeSchema } from '../schema/type-schema.ts'
import { deducedType } from '../schema/type-schema.ts'

/** Which of the shapes that a type allows is taken: structured-merge-diff's deduceAtom and handleAtom in one. */
export type Shape = 'map' | 'scalar' | 'list' | 'none'

export type JsonMap = Record<string, unknown>

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The shape that fits the value; where none does (null, absent, a wrong type), the first that the type has. */
export function shapeOf(type: TypeSchema, value: unknown): Shape {
  if (value !== null && value !== undefined) {
    if (typeof value !== 'object') {
      if (type.scalar !== undefined) return 'scalar'
    } else if (Array.isArray(value)) {
      if (type.list !== undefined) return 'list'
    } else if (type.map !== undefined) return 'map'
  }
  if (type.map !== undefined) return 'map'
  if (type.scalar !== undefined) return 'scalar'
  return type.list === undefined ? 'none' : 'list'
}

/** Type of a member of a map. What no schema knows is treated by what it looks like. */
export function memberType(type: TypeSchema, field: FieldSchema | undefined): TypeSchema {
  return field?.type ?? type.map?.element ?? deducedType
}

export function isEmptyMap(value: unknown): boolean {
  if (!isMap(value)) return false
  for (const key in value) if (Object.hasOwn(value, key)) return false
  return true
}

/** A map without members, or no map at all: both count as absent where members are compared. */
export function hasMembers(value: unknown): value is JsonMap {
  return isMap(value) && !isEmptyMap(value)
}

export function hasItems(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0
}

export function own(map: JsonMap | undefined, key: string): unknown {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}

/** Plain assignment of `__proto__` would change the prototype instead of a member. */
export function setOwn(map: JsonMap, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}

/** Equality of JSON values; the order of members does not count. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let index = 0; index < a.length; index++) if (!isEqualJson(a[index], b[index])) return false
    return true
  }
  if (Array.isArray(b)) return false
  let count = 0
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !isEqualJson((a as JsonMap)[key], (b as JsonMap)[key])) return false
    count++
  }
  return count === Object.keys(b).length
}
