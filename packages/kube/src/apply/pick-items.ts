import type { TypeSchema } from '../schema/type-schema.ts'
import type { FieldSet } from './field-set.ts'
import { itemElement } from './path-element.ts'
import { isMap, setOwn } from '../schema/json-value.ts'
import { isEmptyMap, memberType, shapeOf } from './value-kind.ts'

/**
 * `value` without the fields and items in `set`, or null when nothing stays. A copy along the removed paths, the rest is
 * shared. Atomic lists and maps are not taken apart (structured-merge-diff typed/remove.go).
 */
export function removeItems(value: unknown, set: FieldSet, type: TypeSchema): unknown {
  return set.size === 0 ? value : walkItems(value, set, type, false)
}

/** Only the fields and items in `set`: what one manager has put into an object. */
export function extractItems(value: unknown, set: FieldSet, type: TypeSchema): unknown {
  return walkItems(value, set, type, true)
}

function walkItems(value: unknown, set: FieldSet, type: TypeSchema, extract: boolean): unknown {
  switch (shapeOf(type, value)) {
    case 'scalar':
      return value
    case 'list':
      // shapeOf says the type has it
      return walkList(value, set, type, type.list!.atomic, extract)
    case 'map':
      // shapeOf says the type has it
      return walkMap(value, set, type, type.map!.atomic, extract)
    case 'none':
      return null
  }
}

function walkList(value: unknown, set: FieldSet, type: TypeSchema, atomic: boolean, extract: boolean): unknown {
  if (!Array.isArray(value)) return null
  if (value.length === 0 || atomic) return extract ? value : null
  const kept: unknown[] = []
  for (const item of value) {
    // shapeOf says the type has it
    const element = itemElement(type.list!, item)
    const node = typeof element === 'string' ? set.get(element) : undefined
    if (node === undefined) {
      if (!extract) kept.push(item)
    } else if (extract || !node.member) {
      // shapeOf says the type has it
      kept.push(node.children === undefined ? item : walkItems(item, node.children, type.list!.element, extract))
    }
  }
  return kept.length === 0 ? null : kept
}

const nothing: FieldSet = new Map()

function walkMap(value: unknown, set: FieldSet, type: TypeSchema, atomic: boolean, extract: boolean): unknown {
  if (!isMap(value)) return null
  if (atomic || isEmptyMap(value)) return extract ? value : null
  const kept: Record<string, unknown> = {}
  let empty = true
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue
    // shapeOf says the type has it
    const field = type.map!.fields.get(key)
    const node = set.get(field === undefined ? `f:${key}` : field.element)
    let member = value[key]
    if (node === undefined) {
      if (extract) continue
    } else if (node.member) {
      if (!extract) continue
      member = walkItems(member, node.children ?? nothing, memberType(type, field), true)
    } else if (node.children !== undefined) member = walkItems(member, node.children, memberType(type, field), extract)
    setOwn(kept, key, member)
    empty = false
  }
  return empty ? null : kept
}
