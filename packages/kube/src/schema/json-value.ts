/*
 * JSON values from outside. Their members may be called `__proto__`, `constructor` or `toString`: only own members are
 * read, and writing one never reaches a prototype.
 */

export type JsonMap = Record<string, unknown>

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own member, or undefined. */
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
    if (!Object.hasOwn(a, key)) continue
    if (!Object.hasOwn(b, key) || !isEqualJson((a as JsonMap)[key], (b as JsonMap)[key])) return false
    count++
  }
  return count === Object.keys(b).length
}

/** A copy that shares nothing. Several times faster than `structuredClone`, for JSON only. */
export function cloneJson<T>(value: T): T {
  return cloneValue(value) as T
}

function cloneValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const item of value as unknown[]) items.push(cloneValue(item))
    return items
  }
  const map: JsonMap = {}
  for (const key in value) if (Object.hasOwn(value, key)) setOwn(map, key, cloneValue((value as JsonMap)[key]))
  return map
}
