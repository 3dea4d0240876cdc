import type { KubeObject } from '../object.ts'

const deepestFrozen = 200

/** Frozen, down to any depth that a schema describes. Without its managed fields, when nobody wants them. */
export function compact(object: KubeObject, keepsManagedFields: boolean): KubeObject {
  if (keepsManagedFields || object.metadata.managedFields === undefined) return deepFreeze(object)
  const { managedFields: _, ...metadata } = object.metadata
  return deepFreeze({ ...object, metadata })
}

function deepFreeze<T extends object>(value: T, depth = 0): T {
  if (depth > deepestFrozen || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const key in value) {
    const inner = value[key]
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner, depth + 1)
  }
  return value
}
