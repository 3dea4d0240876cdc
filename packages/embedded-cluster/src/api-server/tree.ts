/** Copies and comparisons of JSON values. `__proto__` is a name like any other here. */

/** A copy that shares nothing. */
export function cloneTree<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map(cloneTree) as T
  }
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key]
    if (field === undefined) continue
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: cloneTree(field), enumerable: true, configurable: true, writable: true })
    else copy[key] = cloneTree(field)
  }
  return copy as T
}

/** Equal as JSON: order of keys does not matter, a field that is undefined is not there. */
export function equalTrees(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false
    for (let index = 0; index < left.length; index++) if (!equalTrees(left[index], right[index])) return false
    return true
  }
  if (Array.isArray(right)) return false
  const a = left as Record<string, unknown>
  const b = right as Record<string, unknown>
  let fields = 0
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue
    if (!Object.hasOwn(b, key) || !equalTrees(a[key], b[key])) return false
    fields++
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) fields--
  return fields === 0
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own property only. */
export function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** The value at a path of field names. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value
  for (const name of path) current = field(current, name)
  return current
}
