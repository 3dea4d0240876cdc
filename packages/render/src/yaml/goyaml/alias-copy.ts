import type { GoValue } from '../../go/value.ts'

/** JSON has no aliases: each is a value of its own, which a template may change without changing the others. */
export function copyValue(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(copyValue)
  if (!(value instanceof Map)) return value
  const copy = new Map<string, GoValue>()
  for (const [key, item] of value) copy.set(key, copyValue(item))
  return copy
}
