import { GoInt, JsonNumber, type GoMap, type GoValue } from '../../go/value.ts'
import { compareDecimals, decimalOf } from './json-number.ts'

export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

/** The JSON type of a value; undefined for what JSON has none for. */
export function kindOf(value: GoValue): JsonKind | undefined {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'number':
      return 'number'
    case 'undefined':
      return 'null'
    default:
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      if (value instanceof Map) return 'object'
      return value instanceof GoInt || value instanceof JsonNumber ? 'number' : undefined
  }
}

export function isObject(value: GoValue): value is GoMap {
  return value instanceof Map
}

/** Deep equality, numbers by what they are worth. */
export function equalValues(a: GoValue, b: GoValue): boolean {
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return false
  switch (kind) {
    case 'null':
      return true
    case 'number': {
      const left = decimalOf(a)
      const right = decimalOf(b)
      return left !== undefined && right !== undefined && compareDecimals(left, right) === 0
    }
    case 'array':
      return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equalValues(item, b[index]))
    case 'object': {
      if (!(a instanceof Map) || !(b instanceof Map) || a.size !== b.size) return false
      for (const [key, item] of a) if (!b.has(key) || !equalValues(item, b.get(key))) return false
      return true
    }
    default:
      return a === b
  }
}

/** Keys in the order in which ours are checked: Go's is random. */
export function sortedKeys(map: ReadonlyMap<string, GoValue>): string[] {
  return [...map.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
