import type { JsonMap } from '../schema/json-value.ts'
import { isMap } from '../schema/json-value.ts'
import type { FieldSchema, TypeSchema } from '../schema/type-schema.ts'
import { deducedType } from '../schema/type-schema.ts'

/** Which of the shapes that a type allows is taken: structured-merge-diff's deduceAtom and handleAtom in one. */
export type Shape = 'map' | 'scalar' | 'list' | 'none'

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
