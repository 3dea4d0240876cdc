import type { JsonMap } from '../schema/json-value.ts'
import { cloneJson, isEqualJson, isMap, own, setOwn } from '../schema/json-value.ts'
import type { TypeSchema } from '../schema/type-schema.ts'
import { keyOf, orderItems } from './element-order.ts'
import { PatchError } from './patch-error.ts'
import type { FieldPatching } from './strategic-directive.ts'
import {
  deleteFromListPrefix,
  directiveOf,
  directiveTarget,
  elementOrderPrefix,
  itemKind,
  mergeKeyOf,
  patchDirective,
  patchingOf,
  retainKeysDirective,
  withoutDirectives,
} from './strategic-directive.ts'

/**
 * Applies a strategic merge patch (apimachinery util/strategicpatch) to a copy of `document`. Without a schema maps
 * merge and lists are replaced; the API server takes no such patches for custom resources at all.
 * @throws PatchError for directives that make no sense and items without their merge key.
 */
export function applyStrategicMergePatch(document: JsonMap, patch: JsonMap, schema: TypeSchema | undefined): JsonMap {
  if (!isMap(patch)) throw new PatchError('malformed', 'a strategic merge patch is an object')
  return mergeMap(cloneJson(document), cloneJson(patch), schema, { isPatchOfPatch: false })
}

/** Two patches in one: directives and nulls of both are kept for when the result is applied. */
export function combineStrategicPatches(first: JsonMap, second: JsonMap, schema: TypeSchema | undefined): JsonMap {
  return mergeMap(cloneJson(first), cloneJson(second), schema, { isPatchOfPatch: true })
}

interface MergeOptions {
  isPatchOfPatch: boolean
}

// `original` and `patch` are copies of our own: both are used up.
function mergeMap(original: JsonMap, patch: JsonMap, type: TypeSchema | undefined, options: MergeOptions): JsonMap {
  if (Object.hasOwn(patch, patchDirective)) return replaceOrDelete(patch)
  retainKeys(original, patch, options)
  orderLists(original, patch, type, options)
  for (const written of Object.keys(patch)) {
    const change = patch[written]
    const deletes = written.startsWith(deleteFromListPrefix)
    if (deletes && options.isPatchOfPatch) {
      setOwn(original, written, change)
      continue
    }
    const key = deletes ? directiveTarget(written, deleteFromListPrefix) : written
    if (change === null) {
      delete original[key]
      if (!options.isPatchOfPatch) continue
    }
    mergeMember(original, key, change, deletes, type, options)
  }
  return original
}

function mergeMember(
  original: JsonMap,
  key: string,
  change: unknown,
  deletes: boolean,
  type: TypeSchema | undefined,
  options: MergeOptions,
): void {
  const before = own(original, key)
  if (isMap(before) && isMap(change)) {
    const patching = patchingOf(type, key)
    setOwn(original, key, patching.strategy === 'replace' ? change : mergeMap(before, change, patching.inner, options))
  } else if (Array.isArray(before) && Array.isArray(change)) {
    const patching = patchingOf(type, key)
    const merges = patching.strategy === 'merge' || deletes
    setOwn(original, key, merges ? mergeList(before, change, patching, deletes, options) : change)
  } else if (!deletes) {
    if (options.isPatchOfPatch) return setOwn(original, key, change)
    discardNulls(change)
    const value = withoutDirectives(change)
    if (value === undefined) delete original[key]
    else setOwn(original, key, value)
  }
}

function replaceOrDelete(patch: JsonMap): JsonMap {
  const directive = patch[patchDirective]
  if (directive === 'delete') return {}
  if (directive !== 'replace')
    throw new PatchError('malformed', `unknown patch type: ${JSON.stringify(directive)}; a map knows replace and delete`)
  delete patch[patchDirective]
  return patch
}

function retainKeys(original: JsonMap, patch: JsonMap, options: MergeOptions): void {
  if (!Object.hasOwn(patch, retainKeysDirective)) return
  const list = patch[retainKeysDirective]
  delete patch[retainKeysDirective]
  if (options.isPatchOfPatch) {
    if (!Object.hasOwn(original, retainKeysDirective)) original[retainKeysDirective] = list
    else if (!isEqualJson(original[retainKeysDirective], list))
      throw new PatchError('notApplicable', 'two patches want to retain different keys of one map')
    return
  }
  if (!Array.isArray(list)) throw new PatchError('malformed', 'invalid patch format of retainKeys: it must be a list of names')
  const kept = new Set<unknown>(list)
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(deleteFromListPrefix) || key.startsWith(elementOrderPrefix)) continue
    if (!kept.has(key)) throw new PatchError('malformed', `invalid patch format of retainKeys: ${key} is set but not retained`)
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key]
}

/** Lists whose order the patch gives are merged and ordered here, and leave the patch. */
function orderLists(original: JsonMap, patch: JsonMap, type: TypeSchema | undefined, options: MergeOptions): void {
  for (const written of Object.keys(patch)) {
    if (!written.startsWith(elementOrderPrefix)) continue
    const order = patch[written]
    if (options.isPatchOfPatch) {
      if (!Object.hasOwn(original, written)) setOwn(original, written, order)
      else if (!isEqualJson(original[written], order))
        throw new PatchError('notApplicable', `two patches give ${written} in different ways`)
    }
    delete patch[written]
    if (!Array.isArray(order)) throw new PatchError('malformed', `${written} must be a list`)
    const key = directiveTarget(written, elementOrderPrefix)
    const before = asList(original, key)
    const change = asList(patch, key)
    const patching = patchingOf(type, key)
    checkOrder(change ?? [], order, patching.mergeKey)
    const merged = mergeOrdered(before, change, patching, options)
    if (merged === undefined) continue
    const kind = itemKind(before ?? [], change ?? [])
    if (kind === undefined) continue
    setOwn(original, key, orderItems(merged, order, before ?? [], kind === 'map' ? patching.mergeKey : undefined))
    delete patch[key]
  }
}

function mergeOrdered(
  before: unknown[] | undefined,
  change: unknown[] | undefined,
  patching: FieldPatching,
  options: MergeOptions,
): unknown[] | undefined {
  if (change === undefined) return before
  if (before === undefined) return options.isPatchOfPatch ? change : (withoutDirectives(change) as unknown[])
  return patching.strategy === 'merge' ? mergeList([...before], change, patching, false, options) : change
}

function asList(map: JsonMap, key: string): unknown[] | undefined {
  const value = own(map, key)
  if (value === undefined || Array.isArray(value)) return value
  throw new PatchError('notApplicable', `${key} must be a list to be ordered`)
}

/** What the patch has in a list must stand in the order that it gives. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (change.length === 0 || order.length === 0) return
  const values = order.map((item) => (mergeKey === undefined ? item : mergeKeyOf(item, mergeKey)))
  let at = 0
  for (const item of change) {
    if (directiveOf(item) !== undefined) continue
    const value = mergeKey === undefined ? item : mergeKeyOf(item, mergeKey)
    while (at < values.length && values[at] !== value) at++
    if (at === values.length)
      throw new PatchError(
        'malformed',
        `The order in patch list doesn't match ${elementOrderPrefix} list: ${JSON.stringify(value)} is not where it should be`,
      )
    at++
  }
}

function mergeList(before: unknown[], change: unknown[], patching: FieldPatching, deletes: boolean, options: MergeOptions): unknown[] {
  const kind = itemKind(before, change)
  if (kind === undefined) return before
  if (kind === 'scalar') {
    if (deletes) {
      const gone = new Set(change)
      return before.filter((item) => !gone.has(item))
    }
    return orderItems([...new Set([...before, ...change])], change, before, undefined)
  }
  const { mergeKey } = patching
  if (mergeKey === undefined) throw new PatchError('notApplicable', 'cannot merge lists without merge key')
  const { base, items } = applyItemDirectives(before, change, mergeKey)
  const merged = mergeItems([...base], items, mergeKey, patching, options)
  return orderItems(merged, items, base, mergeKey)
}

/** `$patch: delete` takes items out, `$patch: replace` anywhere in the list takes all of them out. */
function applyItemDirectives(before: unknown[], change: unknown[], mergeKey: string): { base: unknown[]; items: unknown[] } {
  const items: unknown[] = []
  const gone = new Set<unknown>()
  let replaces = false
  for (const item of change) {
    const directive = directiveOf(item)
    if (directive === undefined) items.push(item)
    else if (directive === 'delete') gone.add(mergeKeyOf(item, mergeKey))
    else if (directive === 'replace') replaces = true
    else
      throw new PatchError(
        'malformed',
        directive === 'merge' ? 'merging lists cannot yet be specified in the patch' : `unknown patch type: ${JSON.stringify(directive)}`,
      )
  }
  if (replaces) return { base: items, items: [] }
  return { base: gone.size === 0 ? before : before.filter((item) => !gone.has(mergeKeyOf(item, mergeKey))), items }
}

function mergeItems(
  merged: unknown[],
  items: readonly unknown[],
  mergeKey: string,
  patching: FieldPatching,
  options: MergeOptions,
): unknown[] {
  const places = new Map<unknown, number>()
  for (const [index, item] of merged.entries()) {
    const key = keyOf(item, mergeKey)
    if (key !== undefined && !places.has(key)) places.set(key, index)
  }
  for (const item of items) {
    const key = mergeKeyOf(item, mergeKey)
    const place = places.get(key)
    if (place !== undefined) merged[place] = mergeMap(merged[place] as JsonMap, item as JsonMap, patching.inner, options)
    else {
      places.set(key, merged.length)
      if (!options.isPatchOfPatch) discardNulls(item)
      merged.push(options.isPatchOfPatch ? item : withoutDirectives(item))
    }
  }
  return merged
}

/** A new value has nothing that a null could take away. */
function discardNulls(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) discardNulls(item)
  if (!isMap(value)) return
  for (const key of Object.keys(value)) {
    if (value[key] === null) delete value[key]
    else discardNulls(value[key])
  }
}
