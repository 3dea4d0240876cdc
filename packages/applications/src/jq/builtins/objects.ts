import { JqError } from '../error.ts'
import { operate } from '../operators.ts'
import { deletePaths, setPath } from '../paths.ts'
import { compare, isMap, isTruthy, jsonText, type JqObject, type JqValue, preview, sortedNames, typeOf } from '../value.ts'
import type { Native } from './native-functions.ts'
import { formatted } from './formats.ts'

/** Functions of any value, and of objects. */
export const objectFunctions: Record<string, Native> = {
  'not/0': (input) => !isTruthy(input),
  'type/0': (input) => typeOf(input),
  'length/0': (input) => lengthOf(input),
  'keys/0': (input) => {
    if (Array.isArray(input)) return input.map((_, index) => index)
    return sortedNames(mapOf('keys', input))
  },
  'keys_unsorted/0': (input) => (Array.isArray(input) ? input.map((_, index) => index) : Object.keys(mapOf('keys_unsorted', input))),
  'has/1': (input, key) => {
    if (Array.isArray(input) && typeof key === 'number') return key >= 0 && Math.trunc(key) < input.length
    if (isMap(input) && typeof key === 'string') return Object.hasOwn(input, key)
    if (input === null) return false
    throw new JqError(`cannot look for ${preview(key)} in ${preview(input)}`)
  },
  'contains/1': (input, other) => contains(input, other),
  'inside/1': (input, other) => contains(other, input),
  'tojson/0': (input) => jsonText(input),
  'fromjson/0': (input) => {
    if (typeof input !== 'string') throw new JqError(`fromjson cannot be applied to: ${preview(input)}`)
    try {
      return JSON.parse(input) as JqValue
    } catch {
      throw new JqError(`fromjson cannot be applied to ${preview(input)}: it is no JSON`)
    }
  },
  'tostring/0': (input) => formatted('text', input),
  'format/1': (input, name) => {
    if (typeof name !== 'string') throw new JqError(`format cannot be applied to: ${preview(name)}`)
    return formatted(name, input)
  },
  'toboolean/0': (input) => {
    if (typeof input === 'boolean') return input
    if (input === 'true' || input === 'false') return input === 'true'
    throw new JqError(`toboolean cannot be applied to: ${preview(input)}`)
  },
  'setpath/2': (input, path, value) => setPath(input, path, value),
  'delpaths/1': (input, paths) => deletePaths(input, paths),
  'add/0': (input) => valuesOf('add', input).reduce<JqValue>((sum, value) => operate('+', sum, value), null),
  'halt/0': () => {
    throw new JqError('halt ends nothing here')
  },
  'halt_error/0': () => {
    throw new JqError('halt_error ends nothing here')
  },
  'halt_error/1': () => {
    throw new JqError('halt_error ends nothing here')
  },
  '_captures/0': (input) => {
    const named: JqObject = Object.create(null) as JqObject
    for (const capture of Array.isArray(input) ? input : []) {
      if (isMap(capture) && typeof capture.name === 'string') named[capture.name] = capture.string ?? null
    }
    return named
  },
}

function lengthOf(value: JqValue): number {
  if (value === null) return 0
  if (typeof value === 'number') return Math.abs(value)
  if (typeof value === 'string') return codePoints(value)
  if (Array.isArray(value)) return value.length
  return Object.keys(mapOf('length', value)).length
}

export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function mapOf(what: string, value: JqValue): JqObject {
  if (!isMap(value)) throw new JqError(`${what} cannot be applied to: ${preview(value)}`)
  return value
}

/** The items of a list, or the values of an object in the order of their names. */
export function valuesOf(what: string, value: JqValue): JqValue[] {
  if (Array.isArray(value)) return value
  const map = mapOf(what, value)
  return sortedNames(map).map((name) => map[name] as JqValue)
}

function contains(value: JqValue, other: JqValue): boolean {
  if (typeof value === 'string' && typeof other === 'string') return value.includes(other)
  if (Array.isArray(value) && Array.isArray(other)) return other.every((wanted) => value.some((item) => doesContain(item, wanted)))
  if (isMap(value) && isMap(other))
    return Object.keys(other).every((name) => Object.hasOwn(value, name) && doesContain(value[name] as JqValue, other[name] as JqValue))
  if (typeOf(value) === typeOf(other)) {
    if (compare(value, other) === 0) return true
    if (typeof value === 'number') return false
  }
  throw new JqError(`cannot look for ${preview(other)} in ${preview(value)}`)
}

/** Inside of lists and objects, what cannot be compared is not contained. */
function doesContain(value: JqValue, other: JqValue): boolean {
  try {
    return contains(value, other)
  } catch (error) {
    if (error instanceof JqError) return false
    throw error
  }
}
