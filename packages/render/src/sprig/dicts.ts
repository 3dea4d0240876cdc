import { goTypeName } from '../go/format.ts'
import { typedList, TypedMap, type GoMap, type GoValue } from '../go/value.ts'
import { noteChange, noteSet } from './changes.ts'
import { fixed, isNil, named, variadic, type FunctionTable } from './go-function.ts'
import { deepCopy } from './deep-copy.ts'
import { merge } from './merge.ts'
import { origin, plainView } from './plain-view.ts'
import { textOf } from './text-value.ts'

const none: ReadonlyMap<string, GoValue> = new Map()

export const dictFunctions: FunctionTable = {
  dict: variadic([], 'any', (...values) => {
    const made: GoMap = new Map()
    for (let index = 0; index < values.length; index += 2) {
      made.set(textOf(values[index] ?? null), index + 1 < values.length ? (values[index + 1] ?? null) : '')
    }
    return made
  }),
  get: fixed(['map', 'string'], (dict, key) => {
    const value = dict?.get(key)
    return value === undefined ? (dict?.has(key) === true ? null : '') : value
  }),
  set: fixed(['map', 'string', 'any'], (dict, key, value) => {
    if (isNil(dict) || (dict instanceof TypedMap && dict.isNil)) throw new Error('assignment to entry in nil map')
    noteSet(origin(dict), key, value)
    dict.set(key, value ?? null)
    return plainView(dict)
  }),
  unset: fixed(['map', 'string'], (dict, key) => {
    if (!isNil(dict)) noteChange(origin(dict))
    dict?.delete(key)
    return plainView(dict)
  }),
  hasKey: fixed(['map', 'string'], (dict, key) => dict?.has(key) ?? false),
  pluck: variadic(['string'], 'map', (key, ...dicts) => {
    const values: GoValue[] = []
    for (const dict of dicts) if (dict?.has(key) === true) values.push(dict.get(key) ?? null)
    return values
  }),
  // Go's order of a map's keys is random; ours is that of a sorted map, which is what `range` has.
  keys: variadic([], 'map', (...dicts) =>
    typedList(
      'string',
      dicts.flatMap((dict) => sortedKeys(dict ?? none)),
    ),
  ),
  values: fixed(['map'], (dict) => sortedKeys(dict ?? none).map((key) => dict?.get(key) ?? null)),
  pick: variadic(['map'], 'string', (dict, ...keys) => {
    const picked: GoMap = new Map()
    for (const key of keys) if (dict?.has(key) === true) picked.set(key, dict.get(key) ?? null)
    return picked
  }),
  omit: variadic(['map'], 'string', (dict, ...keys) => {
    const rest: GoMap = new Map(dict ?? none)
    for (const key of keys) rest.delete(key)
    return rest
  }),
  dig: variadic([], 'any', dig),
  deepCopy: fixed(['any'], deepCopy),
  mustDeepCopy: fixed(['any'], deepCopy),
  ...named(
    ['merge', 'mustMerge'],
    variadic(['map'], 'map', (target, ...sources) => merge(target, sources, false)),
  ),
  ...named(
    ['mergeOverwrite', 'mustMergeOverwrite'],
    variadic(['map'], 'map', (target, ...sources) => merge(target, sources, true)),
  ),
}

function sortedKeys(dict: ReadonlyMap<string, GoValue>): string[] {
  return [...dict.keys()].sort()
}

function dig(...path: GoValue[]): GoValue {
  if (path.length < 3) throw new Error('dig needs at least three arguments')
  const root = asPlainDict(path.at(-1))
  const fallback = path.at(-2) ?? null
  const keys = path.slice(0, -2).map((key) => {
    if (typeof key === 'string') return key
    throw new Error(`interface conversion: interface {} is ${nameOf(key)}, not string`)
  })
  let value: GoValue = root
  for (const key of keys) {
    const dict = asPlainDict(value)
    if (!dict.has(key)) return fallback
    value = dict.get(key) ?? null
  }
  return value
}

/** Go's assertion on the type: a `chartutil.Values` or a `map[string]string` is none. */
function asPlainDict(value: GoValue): GoMap {
  if (value instanceof Map && goTypeName(value) === 'map[string]interface {}') return value
  throw new Error(`interface conversion: interface {} is ${nameOf(value)}, not map[string]interface {}`)
}

function nameOf(value: GoValue): string {
  return isNil(value) ? 'nil' : goTypeName(value)
}
