import type { JsonMap } from '../schema/json-value.ts'
import { cloneJson, isEqualJson, isMap, setOwn } from '../schema/json-value.ts'
import type { TypeSchema } from '../schema/type-schema.ts'
import { positionsIn, sortBy } from './element-order.ts'
import type { FieldPatching } from './strategic-directive.ts'
import {
  deleteFromListPrefix,
  elementOrderPrefix,
  itemKind,
  mergeKeyOf,
  patchDirective,
  patchingOf,
  retainKeysDirective,
} from './strategic-directive.ts'
import { combineStrategicPatches } from './strategic-merge.ts'

/** The strategic merge patch that turns `before` into `after`; `{}` when they are equal. */
export function createStrategicMergePatch(before: JsonMap, after: JsonMap, schema: TypeSchema | undefined): JsonMap {
  return cloneJson(diffMaps(before, after, schema, { changes: true, deletions: true }, false))
}

/**
 * What client-side `kubectl apply` sends for built-in kinds: `original` is what was applied last, `modified` what is
 * applied now, `current` what the cluster has. Fields that others set stay (apimachinery CreateThreeWayMergePatch, overwriting).
 */
export function createThreeWayStrategicPatch(
  original: JsonMap | undefined,
  modified: JsonMap,
  current: JsonMap,
  schema: TypeSchema | undefined,
): JsonMap {
  const delta = diffMaps(current, modified, schema, { changes: true, deletions: false }, false)
  const deletions = diffMaps(original ?? {}, modified, schema, { changes: false, deletions: true }, false)
  return combineStrategicPatches(deletions, delta, schema)
}

interface DiffOptions {
  changes: boolean
  deletions: boolean
}

function diffMaps(before: JsonMap, after: JsonMap, type: TypeSchema | undefined, options: DiffOptions, retains: boolean): JsonMap {
  const patch: JsonMap = {}
  for (const key of Object.keys(after)) {
    const to = after[key]
    if (!Object.hasOwn(before, key)) {
      if (options.changes) setOwn(patch, key, to)
      continue
    }
    const from = before[key]
    if (isMap(from) && isMap(to)) diffMapMember(key, from, to, patch, type, options)
    else if (Array.isArray(from) && Array.isArray(to)) diffListMember(key, from, to, patch, type, options)
    else if (options.changes && !isEqualJson(from, to)) setOwn(patch, key, to)
  }
  if (options.deletions) for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) setOwn(patch, key, null)
  const retained = retains ? Object.keys(after).filter((key) => after[key] !== null) : []
  const dropsSome = Object.keys(before).some((key) => before[key] !== null && !Object.hasOwn(after, key))
  if (retained.length > 0 && (Object.keys(patch).length > 0 || dropsSome)) patch[retainKeysDirective] = retained.sort()
  return patch
}

function diffMapMember(key: string, from: JsonMap, to: JsonMap, patch: JsonMap, type: TypeSchema | undefined, options: DiffOptions): void {
  const patching = patchingOf(type, key)
  if (patching.strategy === 'replace') {
    if (options.changes && !isEqualJson(from, to)) setOwn(patch, key, to)
    return
  }
  const inner = diffMaps(from, to, patching.inner, options, patching.retainKeys)
  if (Object.keys(inner).length > 0) setOwn(patch, key, inner)
}

function diffListMember(
  key: string,
  from: unknown[],
  to: unknown[],
  patch: JsonMap,
  type: TypeSchema | undefined,
  options: DiffOptions,
): void {
  const patching = patchingOf(type, key)
  if (patching.strategy !== 'merge') {
    if (options.changes && !isEqualJson(from, to)) setOwn(patch, key, to)
    return
  }
  if (from.length === 0) {
    if (to.length > 0 && options.changes) setOwn(patch, key, to)
    return
  }
  const { items, deleted, order } = itemKind(from, to) === 'map' ? diffItems(from, to, patching, options) : diffScalars(from, to, options)
  if (items.length > 0) setOwn(patch, key, items)
  if (deleted.length > 0) setOwn(patch, `${deleteFromListPrefix}/${key}`, deleted)
  if (order.length > 0) setOwn(patch, `${elementOrderPrefix}/${key}`, order)
}

interface ListDiff {
  items: unknown[]
  /** Scalars to take out; maps are taken out by an item with a directive. */
  deleted: unknown[]
  order: unknown[]
}

function diffScalars(from: readonly unknown[], to: readonly unknown[], options: DiffOptions): ListDiff {
  const before = new Set(from)
  const after = new Set(to)
  const items = options.changes ? [...after].filter((item) => !before.has(item)) : []
  const deleted = options.deletions ? [...before].filter((item) => !after.has(item)) : []
  const isOrdered = (options.deletions && deleted.length > 0) || (options.changes && !isEqualJson(from, to))
  return { items, deleted, order: isOrdered ? [...to] : [] }
}

function diffItems(from: readonly unknown[], to: readonly unknown[], patching: FieldPatching, options: DiffOptions): ListDiff {
  const { mergeKey } = patching
  // A merge strategy on a list of objects without a key is an error of the schema; the whole list is as good a patch.
  if (mergeKey === undefined) return { items: options.changes && !isEqualJson(from, to) ? [...to] : [], deleted: [], order: [] }
  const before = new Map(from.map((item) => [mergeKeyOf(item, mergeKey), item as JsonMap]))
  const after = new Map(to.map((item) => [mergeKeyOf(item, mergeKey), item as JsonMap]))
  const changed: unknown[] = []
  for (const [value, item] of after) {
    const old = before.get(value)
    if (old === undefined) {
      if (options.changes) changed.push(item)
      continue
    }
    const inner = diffMaps(old, item, patching.inner, options, patching.retainKeys)
    if (Object.keys(inner).length > 0) changed.push({ ...inner, [mergeKey]: value })
  }
  const sorted = sortBy(changed, positionsIn(to, mergeKey), mergeKey)
  const gone = options.deletions
    ? [...before.keys()].filter((value) => !after.has(value)).map((value) => ({ [patchDirective]: 'delete', [mergeKey]: value }))
    : []
  const items = [...sorted, ...gone]
  const isSameOrder =
    from.length === to.length && from.every((item, index) => mergeKeyOf(item, mergeKey) === mergeKeyOf(to[index], mergeKey))
  const isOrdered = (options.changes && (items.length > 0 || !isSameOrder)) || (options.deletions && items.length > 0)
  return { items, deleted: [], order: isOrdered ? to.map((item) => ({ [mergeKey]: mergeKeyOf(item, mergeKey) })) : [] }
}
