import type { FieldSchema, ListSchema, TypeSchema } from '../schema/type-schema.ts'
import type { FieldSet, MutableFieldSet } from './field-set.ts'
import { insertPath } from './field-set.ts'
import { itemElement } from './path-element.ts'
import type { JsonMap } from '../schema/json-value.ts'
import type { Shape } from './value-kind.ts'
import { isEqualJson, isMap, own } from '../schema/json-value.ts'
import { hasItems, hasMembers, memberType, shapeOf } from './value-kind.ts'

/** What differs from one state of an object to the next. No field is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

interface Walk {
  path: string[]
  added: MutableFieldSet
  modified: MutableFieldSet
  removed: MutableFieldSet
}

/** As typed/compare.go of structured-merge-diff. Parts that are the same reference are not looked into. */
export function compareValues(before: unknown, after: unknown, type: TypeSchema): Comparison {
  const walk: Walk = { path: [], added: new Map(), modified: new Map(), removed: new Map() }
  if (before !== undefined || after !== undefined) compare(before, after, type, walk)
  return walk
}

export function isUnchanged(comparison: Comparison): boolean {
  return comparison.added.size === 0 && comparison.modified.size === 0 && comparison.removed.size === 0
}

function compare(before: unknown, after: unknown, type: TypeSchema, walk: Walk): void {
  if (before === after) return
  let isLeaf: boolean
  if (after === undefined) isLeaf = compareAs(shapeOf(type, before), before, after, type, walk)
  else {
    const shape = shapeOf(type, after)
    isLeaf = compareAs(shape, before, after, type, walk)
    // A scalar that became a map was removed as the one and added as the other.
    const earlier = before === undefined ? shape : shapeOf(type, before)
    if (earlier !== shape) compareAs(earlier, before, after, type, walk)
  }
  if (isLeaf) return
  if (before === undefined) insertPath(walk.added, walk.path)
  else if (after === undefined) insertPath(walk.removed, walk.path)
}

/** True when the value counts as a whole, and has been noted as such. */
function compareAs(shape: Shape, before: unknown, after: unknown, type: TypeSchema, walk: Walk): boolean {
  switch (shape) {
    case 'map':
      // shapeOf says the type has it
      if (type.map!.atomic || !(hasMembers(before) || hasMembers(after))) return noteLeaf(before, after, walk)
      compareMembers(isMap(before) ? before : undefined, isMap(after) ? after : undefined, type, walk)
      return false
    case 'list':
      // shapeOf says the type has it
      if (type.list!.atomic || !(hasItems(before) || hasItems(after))) return noteLeaf(before, after, walk)
      compareItems(hasItems(before) ? before : [], hasItems(after) ? after : [], type.list!, walk)
      return false
    default:
      return noteLeaf(before, after, walk)
  }
}

function noteLeaf(before: unknown, after: unknown, walk: Walk): true {
  if (before === undefined) insertPath(walk.added, walk.path)
  else if (after === undefined) insertPath(walk.removed, walk.path)
  else if (!isEqualJson(before, after)) insertPath(walk.modified, walk.path)
  return true
}

function compareMembers(before: JsonMap | undefined, after: JsonMap | undefined, type: TypeSchema, walk: Walk): void {
  const fields = type.map?.fields
  for (const key in before) {
    if (!Object.hasOwn(before, key)) continue
    const field = fields?.get(key)
    const earlier = before[key]
    const later = own(after, key)
    if (earlier === later) continue
    walk.path.push(field === undefined ? `f:${key}` : field.element)
    compare(earlier, later === undefined ? absent(field, after) : later, memberType(type, field), walk)
    walk.path.pop()
  }
  for (const key in after) {
    if (!Object.hasOwn(after, key) || (before !== undefined && Object.hasOwn(before, key)) || after[key] === undefined) continue
    const field = fields?.get(key)
    walk.path.push(field === undefined ? `f:${key}` : field.element)
    compare(absent(field, before), after[key], memberType(type, field), walk)
    walk.path.pop()
  }
}

const emptyStruct = Object.freeze({})

/** What an absent member is: where their parent is, structs by value are there, empty, and required lists, as null. */
function absent(field: FieldSchema | undefined, parent: JsonMap | undefined): unknown {
  if (field === undefined || parent === undefined) return undefined
  if (field.isStruct) return emptyStruct
  return field.required && field.type.list !== undefined && field.type.map === undefined ? null : undefined
}

function compareItems(before: readonly unknown[], after: readonly unknown[], list: ListSchema, walk: Walk): void {
  const left = groupItems(before, list)
  const right = groupItems(after, list)
  for (const [element, ours] of left) compareGroups(element, ours, right.get(element) ?? [], list, walk)
  for (const [element, theirs] of right) if (!left.has(element)) compareGroups(element, [], theirs, list, walk)
}

/** An item that is there several times belongs to one owner as a whole; the marker for that comes and goes. */
function compareGroups(element: string, before: unknown[], after: unknown[], list: ListSchema, walk: Walk): void {
  walk.path.push(element)
  if (before.length <= 1 && after.length <= 1) compare(before[0], after[0], list.element, walk)
  else if (before.length > 1 && after.length > 1) {
    if (!isEqualJson(before, after)) insertPath(walk.modified, walk.path)
  } else if (before.length > 1) {
    if (after.length === 1) compare(undefined, after[0], list.element, walk)
    insertPath(walk.removed, walk.path)
  } else {
    if (before.length === 1) compare(before[0], undefined, list.element, walk)
    insertPath(walk.added, walk.path)
  }
  walk.path.pop()
}

function groupItems(items: readonly unknown[], list: ListSchema): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const item of items) {
    const element = itemElement(list, item)
    // Items without a name are refused where objects come in; stored ones can belong to nobody.
    if (typeof element !== 'string') continue
    const group = groups.get(element)
    if (group === undefined) groups.set(element, [item])
    else group.push(item)
  }
  return groups
}
