import type { TypeSchema } from '../schema/type-schema.ts'
import { isMap, setOwn } from '../schema/json-value.ts'

/**
 * Leaves out members that are null, as the API does when it reads an object into its type; only what is declared
 * nullable, or is not described at all, keeps them. Parts that are those of `live` are not looked into.
 */
export function dropNulls(value: unknown, live: unknown, type: TypeSchema): unknown {
  if (value === live) return value
  if (Array.isArray(value)) {
    const element = type.list?.element
    if (element === undefined) return value
    let changed = false
    const known = Array.isArray(live) ? new Set<unknown>(live) : undefined
    const items: unknown[] = value.map((item: unknown) => {
      const next = known?.has(item) === true ? item : dropNulls(item, undefined, element)
      changed ||= next !== item
      return next
    })
    return changed ? items : value
  }
  // Free content keeps what it has; so do types without declared fields whose values are untyped.
  if (!isMap(value) || type.map === undefined || type.name.startsWith('__untyped')) return value
  const before = isMap(live) ? live : undefined
  let kept: Record<string, unknown> | undefined
  for (const key of Object.keys(value)) {
    const member = value[key]
    const field = type.map.fields.get(key)
    const memberType = field?.type ?? type.map.element
    if (member === null) {
      if (memberType === undefined || memberType.nullable || memberType.name.startsWith('__untyped')) continue
      kept ??= { ...value }
      // A struct by value is never absent.
      if (field?.isStruct === true) setOwn(kept, key, {})
      else delete kept[key]
    } else if (memberType !== undefined && typeof member === 'object') {
      const next = dropNulls(member, before !== undefined && Object.hasOwn(before, key) ? before[key] : undefined, memberType)
      if (next === member) continue
      kept ??= { ...value }
      setOwn(kept, key, next)
    }
  }
  return kept ?? value
}
