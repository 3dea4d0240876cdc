import type { Value, ValueMap } from '../language/contract.ts'

/** Names from outside are ordinary names: maps have no prototype. */
export function mapOf(entries: Iterable<readonly [string, Value]>): ValueMap {
  const map = Object.create(null) as Record<string, Value>
  for (const [name, value] of entries) map[name] = value
  return map
}

/** JSON from elsewhere, as values of expressions. What JSON does not know is left out. */
export function toValue(value: unknown, depth = 0): Value {
  if (value === null || value === undefined || depth > 100) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  if (Array.isArray(value)) return value.map((one) => toValue(one, depth + 1))
  if (typeof value === 'object') return mapOf(Object.entries(value).map(([name, one]) => [name, toValue(one, depth + 1)] as const))
  return null
}

/** As GitHub's `String()` of a value in a template. */
export function textOf(value: Value | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
