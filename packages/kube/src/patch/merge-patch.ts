import type { JsonMap } from '../schema/json-value.ts'
import { cloneJson, isEqualJson, isMap, own, setOwn } from '../schema/json-value.ts'

/** Applies a JSON merge patch (RFC 7386). Neither argument is changed. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return cloneJson(patch)
  const merged: JsonMap = isMap(document) ? cloneJson(document) : {}
  mergeInto(merged, patch)
  return merged
}

function mergeInto(target: JsonMap, patch: JsonMap): void {
  for (const key of Object.keys(patch)) {
    const change = patch[key]
    if (change === null) delete target[key]
    else if (!isMap(change)) setOwn(target, key, cloneJson(change))
    else {
      const before = own(target, key)
      const inner: JsonMap = isMap(before) ? before : {}
      mergeInto(inner, change)
      setOwn(target, key, inner)
    }
  }
}

/**
 * The merge patch that turns `before` into `after`; `{}` when they are equal. Members that are null in `after` cannot be
 * expressed: they are left out, as the format defines it.
 */
export function createMergePatch(before: JsonMap, after: JsonMap): JsonMap {
  const patch: JsonMap = {}
  for (const key of Object.keys(after)) {
    const to = after[key]
    if (!Object.hasOwn(before, key)) {
      setOwn(patch, key, cloneJson(to))
      continue
    }
    const from = before[key]
    if (isMap(from) && isMap(to)) {
      const inner = createMergePatch(from, to)
      if (Object.keys(inner).length > 0) setOwn(patch, key, inner)
    } else if (!isEqualJson(from, to)) setOwn(patch, key, cloneJson(to))
  }
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) setOwn(patch, key, null)
  return patch
}

/**
 * What client-side `kubectl apply` sends for kinds without a built-in schema: what `modified` sets and `current` shows
 * otherwise, and null for what `original` had and `modified` has no more (apimachinery jsonmergepatch).
 */
export function createThreeWayMergePatch(original: JsonMap | undefined, modified: JsonMap, current: JsonMap): JsonMap {
  const changes = filterNulls(createMergePatch(current, modified), false)
  const deletions = filterNulls(createMergePatch(original ?? {}, modified), true)
  return combine(deletions, changes)
}

/** Only the nulls of a patch, or all but them. Maps that are empty from the start are values. */
function filterNulls(patch: JsonMap, keep: boolean): JsonMap {
  const filtered: JsonMap = {}
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (isMap(value) && Object.keys(value).length > 0) {
      const inner = filterNulls(value, keep)
      if (Object.keys(inner).length > 0) setOwn(filtered, key, inner)
    } else if ((value === null) === keep) setOwn(filtered, key, value)
  }
  return filtered
}

/** One patch that does what both do; unlike applying the second to the first, it keeps the nulls of both. */
function combine(first: JsonMap, second: JsonMap): JsonMap {
  const combined: JsonMap = { ...first }
  for (const key of Object.keys(second)) {
    const before = own(combined, key)
    const value = second[key]
    setOwn(combined, key, isMap(before) && isMap(value) ? combine(before, value) : value)
  }
  return combined
}
