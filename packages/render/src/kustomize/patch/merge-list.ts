import { RenderError } from '../../engine/tree.ts'
import { fieldOf, isObject, type JsonValue } from '../json.ts'
import type { PatchSchema } from '../openapi/patch-schema.ts'
import { findElement, setElement } from './list-element.ts'
import { isEmptyMap, nodeText } from './scalar-source.ts'
import { keptNull, type Merged, type MergeValue } from './merged-value.ts'
import { requireKind } from './wrong-kind.ts'

/** Lists that need each item compared with each other one may not be longer. */
const maxItems = 10_000

/**
 * Merges the items of a list that are named by the same values of `keys` (kyaml `walk/associative_sequence.go`, with new items first): those of
 * the patch in their order, then the others. Of several items of one name the last one stays. `target` and `patch` may be the same list.
 */
export function mergeLists(
  target: JsonValue[],
  patch: JsonValue[] | undefined,
  keys: readonly string[],
  schema: PatchSchema | undefined,
  merge: MergeValue,
): JsonValue[] {
  if (keys.length === 0) return mergeScalars(target, patch)
  const [key] = keys
  if (key !== undefined && keys.length === 1 && isNamed(target, key) && (patch === undefined || isNamed(patch, key))) {
    return mergeNamed(target, patch, key, schema, merge)
  }
  if (target.length + (patch?.length ?? 0) > maxItems) {
    throw new RenderError(`a list of ${target.length} items that are merged by ${keys.join(', ')} is too long to be patched`)
  }
  return mergeByKeys(target, patch, keys, schema, merge)
}

/** Each text once. */
function mergeScalars(target: readonly JsonValue[], patch: readonly JsonValue[] | undefined): JsonValue[] {
  const merged = new Map<string, JsonValue>()
  for (const list of [patch ?? [], target]) {
    for (const item of list) {
      requireKind(item, 'ScalarNode')
      if (item !== null && item !== undefined) merged.set(nodeText(item), item)
    }
  }
  return [...merged.values()]
}

function isNamed(list: readonly JsonValue[], key: string): boolean {
  return list.every((item) => {
    const name = fieldOf(item, key)
    return name !== undefined && name !== null && typeof name !== 'object' && name !== ''
  })
}

/** What `mergeByKeys` comes to when every item has a name, without its loops in loops. */
function mergeNamed(
  target: JsonValue[],
  patch: JsonValue[] | undefined,
  key: string,
  schema: PatchSchema | undefined,
  merge: MergeValue,
): JsonValue[] {
  const inPatch = firstByName(patch ?? [], key)
  const inTarget = firstByName(target, key)
  const merged = new Map<string, JsonValue>()
  const removed = new Set<string>()
  for (const name of new Set([...inPatch.keys(), ...inTarget.keys()])) {
    const value = present(merge(inTarget.get(name), inPatch.get(name), schema))
    if (value === undefined) removed.add(name)
    else merged.set(name, value)
  }
  for (const item of target) {
    if (isEmptyMap(item)) continue
    const name = nodeText(fieldOf(item, key))
    if (!removed.has(name)) merged.set(name, item)
  }
  return [...merged.values()]
}

function firstByName(list: readonly JsonValue[], key: string): Map<string, JsonValue> {
  const items = new Map<string, JsonValue>()
  for (const item of list) {
    const name = nodeText(fieldOf(item, key))
    if (!items.has(name)) items.set(name, item)
  }
  return items
}

function mergeByKeys(
  target: JsonValue[],
  patch: JsonValue[] | undefined,
  keys: readonly string[],
  schema: PatchSchema | undefined,
  merge: MergeValue,
): JsonValue[] {
  const names = namesOf([patch, target], keys)
  if (keys.length > 1) fillNames(names)
  const used = usedKeys(names, keys)
  const merged: JsonValue[] = []
  for (const name of names) {
    const values = usedValues(name, keys, used)
    const value = present(merge(pick(target, used, values), pick(patch, used, values), schema))
    if (value === undefined) {
      setElement(target, used, values, undefined)
      continue
    }
    for (const [index, key] of used.entries()) {
      const text = values[index] ?? ''
      if (text !== '' && isObject(value) && !Object.hasOwn(value, key)) value[key] = text
    }
    setElement(merged, used, values, value)
  }
  if (names.length === 0) return target
  appendItems(merged, target, used)
  return merged
}

/** The names of all items, each once; an item that lacks a key has '' for it. */
function namesOf(lists: readonly (readonly JsonValue[] | undefined)[], keys: readonly string[]): string[][] {
  const names = new Map<string, string[]>()
  for (const list of lists) {
    for (const item of list ?? []) {
      const name = keys.map((key) => {
        const value = fieldOf(item, key)
        return value === null || typeof value === 'object' ? '' : nodeText(value)
      })
      const identity = JSON.stringify(name)
      if (!names.has(identity)) names.set(identity, name)
    }
  }
  return [...names.values()]
}

/** Two names are one when a part of them is equal and the others differ by being there only: a port with and without its protocol. */
function fillNames(names: string[][]): void {
  for (const [index, left] of names.entries()) {
    for (const [other, right] of names.entries()) {
      const both = unite(left, right)
      if (both === undefined) continue
      names[index] = both
      names[other] = both
    }
  }
}

function unite(left: readonly string[], right: readonly string[]): string[] | undefined {
  const isCompatible = left.every((part, index) => part === right[index] || part === '' || right[index] === '')
  const hasCommon = left.some((part, index) => part === right[index])
  return isCompatible && hasCommon ? left.map((part, index) => (part === '' ? (right[index] ?? '') : part)) : undefined
}

/** Keys that no item has do not count; all of them do when no item has any. */
function usedKeys(names: readonly (readonly string[])[], keys: readonly string[]): readonly string[] {
  const used = keys.filter((_, index) => names.some((name) => name[index] !== ''))
  return used.length === 0 ? keys : used
}

function usedValues(name: readonly string[], keys: readonly string[], used: readonly string[]): string[] {
  return name.filter((_, index) => used.includes(keys[index] ?? ''))
}

/** By the keys of which there is a value. */
function pick(list: readonly JsonValue[] | undefined, keys: readonly string[], values: readonly string[]): JsonValue | undefined {
  const filled = usedKeys([values], keys)
  return findElement(list, filled, usedValues(values, keys, filled))
}

/** Puts the items of `list` over those of the same name. An item that lacks a key is added as often as it lacks one, and once more. */
function appendItems(merged: JsonValue[], list: readonly JsonValue[], keys: readonly string[]): void {
  for (const item of list) {
    requireKind(item, 'MappingNode')
    const values: string[] = []
    for (const key of keys) {
      const value = isObject(item) && Object.hasOwn(item, key) ? (item[key] ?? null) : undefined
      if (value === undefined) merged.push(item)
      else values.push(nodeText(value))
    }
    if (keys.length > 1) setElement(merged, keys, values, undefined)
    setElement(merged, keys, values, item)
  }
}

function present(value: Merged): JsonValue | undefined {
  return value === null || value === keptNull || isEmptyMap(value) ? undefined : value
}
