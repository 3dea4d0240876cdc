import { deepEqual, goKind, isEmpty } from '../go/format.ts'
import { nilList, typedList, TypedList, type GoList, type GoValue } from '../go/value.ts'
import { toInt64 } from './cast.ts'
import { fixed, isNil, named, nilPointer, variadic, type FunctionTable } from './go-function.ts'
import { itemsOf, needItems } from './sequence.ts'
import { checkListLength } from './size-limit.ts'

/** Lists are never changed: each function makes a new one. A `must` function fails as its plain one does, since that panics. */
export const listFunctions: FunctionTable = {
  ...named(
    ['list', 'tuple'],
    variadic([], 'any', (...items) => items.map((item) => item ?? null)),
  ),
  ...named(
    ['append', 'push', 'mustAppend', 'mustPush'],
    fixed(['any', 'any'], (list, item) => [...needItems(list, 'Cannot push on type'), item ?? null]),
  ),
  ...named(
    ['prepend', 'mustPrepend'],
    fixed(['any', 'any'], (list, item) => [item ?? null, ...needItems(list, 'Cannot prepend on type')]),
  ),
  ...named(
    ['first', 'mustFirst'],
    fixed(['any'], (list) => needItems(list, 'Cannot find first on type')[0] ?? null),
  ),
  ...named(
    ['last', 'mustLast'],
    fixed(['any'], (list) => needItems(list, 'Cannot find last on type').at(-1) ?? null),
  ),
  ...named(
    ['rest', 'mustRest'],
    fixed(['any'], (list) => withoutEnd(needItems(list, 'Cannot find rest on type'), 'first')),
  ),
  ...named(
    ['initial', 'mustInitial'],
    fixed(['any'], (list) => withoutEnd(needItems(list, 'Cannot find initial on type'), 'last')),
  ),
  ...named(
    ['reverse', 'mustReverse'],
    fixed(['any'], (list) => Array.from(needItems(list, 'Cannot find reverse on type')).reverse()),
  ),
  ...named(
    ['compact', 'mustCompact'],
    fixed(['any'], (list) => needItems(list, 'Cannot compact on type').filter((item) => !isEmpty(item))),
  ),
  ...named(
    ['uniq', 'mustUniq'],
    fixed(['any'], (list) => uniq(needItems(list, 'Cannot find uniq on type'))),
  ),
  ...named(
    ['without', 'mustWithout'],
    variadic(['any'], 'any', (list, ...omitted) => {
      const seen = new Seen(omitted)
      return needItems(list, 'Cannot find without on type').filter((item) => !seen.has(item))
    }),
  ),
  ...named(
    ['has', 'mustHas'],
    fixed(['any', 'any'], (item, list) => !isNil(list) && hasItem(item, needItems(list, 'Cannot find has on type'))),
  ),
  ...named(
    ['slice', 'mustSlice'],
    variadic(['any'], 'any', (list, ...bounds) => slice(list, bounds)),
  ),
  ...named(
    ['chunk', 'mustChunk'],
    fixed(['int', 'any'], (size, list) => chunk(Number(size.value), needItems(list, 'Cannot chunk type'))),
  ),
  concat: variadic([], 'any', (...lists) => concat(lists)),
}

function withoutEnd(list: GoList, end: 'first' | 'last'): GoList {
  if (list.length === 0) return nilList()
  return Array.from(end === 'first' ? list.slice(1) : list.slice(0, -1))
}

function hasItem(wanted: GoValue, list: GoList): boolean {
  return list.some((item) => deepEqual(wanted, item))
}

/** Values already met. Text is found at once; the rest is compared one by one, as sprig compares all. */
class Seen {
  readonly #texts = new Set<string>()
  readonly #others: GoValue[] = []

  constructor(values: Iterable<GoValue>) {
    for (const value of values) this.add(value)
  }

  add(value: GoValue): void {
    if (typeof value === 'string') this.#texts.add(value)
    else this.#others.push(value)
  }

  has(value: GoValue): boolean {
    return typeof value === 'string' ? this.#texts.has(value) : hasItem(value, this.#others)
  }
}

function uniq(list: GoList): GoList {
  const seen = new Seen([])
  const kept: GoValue[] = []
  for (const item of list) {
    if (seen.has(item)) continue
    seen.add(item)
    kept.push(item)
  }
  return kept
}

/** A part of the same type; of an empty list nil, whatever the bounds. */
function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  const items = itemsOf(value)
  if (items === undefined) throw new Error(isNil(value) ? nilPointer : `list should be type of slice or array but ${goKind(value)}`)
  if (items.length === 0) return null
  const start = bounds.length > 0 ? Number(toInt64(bounds[0])) : 0
  const end = bounds.length > 1 ? Number(toInt64(bounds[1])) : items.length
  if (start < 0 || end < start || end > items.length) throw new Error('reflect.Value.Slice: slice index out of bounds')
  const part = items.slice(start, end)
  return items instanceof TypedList ? typedList(items.elementType, part) : part
}

/** sprig counts the chunks in floating point; size 0 and below end as they do there. */
function chunk(size: number, list: GoList): GoValue {
  const count = Math.floor((list.length - 1) / size) + 1
  if (Number.isNaN(count) || !Number.isFinite(count) || count < 0 || (size < 0 && count > 0)) {
    throw new Error('runtime error: makeslice: len out of range')
  }
  checkListLength(count)
  const chunks: GoValue[] = []
  for (let index = 0; index < count; index += 1) {
    const last = list.length % size
    const length = index === count - 1 && last !== 0 ? last : size
    chunks.push(Array.from(list.slice(index * size, index * size + length)))
  }
  return typedList('[]interface {}', chunks)
}

function concat(lists: readonly GoValue[]): GoList {
  let joined: GoList | undefined
  for (const list of lists) {
    const items = itemsOf(list)
    if (items === undefined) throw new Error(isNil(list) ? nilPointer : `Cannot concat type ${goKind(list)} as list`)
    if (items.length > 0) joined = joined === undefined ? Array.from(items) : joined.concat(Array.from(items))
  }
  return joined ?? nilList()
}
