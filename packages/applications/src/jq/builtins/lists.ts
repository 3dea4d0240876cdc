import { JqError } from '../error.ts'
import { checkedList } from '../machine.ts'
import { placesOf } from '../paths.ts'
import { compare, type JqValue, preview } from '../value.ts'
import type { Native } from './native-functions.ts'
import { valuesOf } from './objects.ts'

export const listFunctions: Record<string, Native> = {
  'reverse/0': (input) => listOf('reverse', input).toReversed(),
  'sort/0': (input) => sorted('sort', input, input).map(({ value }) => value),
  '_sort_by/1': (input, keys) => sorted('sort_by', input, keys).map(({ value }) => value),
  '_group_by/1': (input, keys) => grouped('group_by', input, keys),
  'unique/0': (input) => grouped('unique', input, input).map(([first]) => first as JqValue),
  '_unique_by/1': (input, keys) => grouped('unique_by', input, keys).map(([first]) => first as JqValue),
  'min/0': (input) => extreme('min', input, input),
  'max/0': (input) => extreme('max', input, input),
  '_min_by/1': (input, keys) => extreme('min', input, keys),
  '_max_by/1': (input, keys) => extreme('max', input, keys),
  'flatten/0': (input) => flattened(valuesOf('flatten', input), Number.POSITIVE_INFINITY),
  'flatten/1': (input, depth) => {
    if (typeof depth !== 'number') throw new JqError(`flatten cannot be applied to: ${preview(depth)}`)
    if (depth < 0) throw new JqError('flatten depth should not be negative')
    return flattened(valuesOf('flatten', input), depth)
  },
  'indices/1': (input, wanted) => places(input, wanted),
  'index/1': (input, wanted) => places(input, wanted)?.[0] ?? null,
  'rindex/1': (input, wanted) => places(input, wanted)?.at(-1) ?? null,
  'transpose/0': (input) => {
    const rows = listOf('transpose', input).map((row) => listOf('transpose', row))
    const width = Math.max(0, ...rows.map((row) => row.length))
    return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null))
  },
  'bsearch/1': (input, wanted) => {
    const list = listOf('bsearch', input)
    let [low, high] = [0, list.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(list[middle] as JqValue, wanted) < 0) low = middle + 1
      else high = middle
    }
    return low < list.length && compare(list[low] as JqValue, wanted) === 0 ? low : -1 - low
  },
}

export function listOf(what: string, value: JqValue): JqValue[] {
  if (!Array.isArray(value)) throw new JqError(`${what} cannot be applied to: ${preview(value)}`)
  return value
}

function sorted(what: string, input: JqValue, keys: JqValue): { value: JqValue; key: JqValue }[] {
  const by = listOf(what, keys)
  return listOf(what, input)
    .map((value, index) => ({ value, key: by[index] as JqValue }))
    .sort((a, b) => compare(a.key, b.key))
}

function grouped(what: string, input: JqValue, keys: JqValue): JqValue[][] {
  const groups: JqValue[][] = []
  let last: JqValue | undefined
  for (const { value, key } of sorted(what, input, keys)) {
    if (last !== undefined && compare(last, key) === 0) groups.at(-1)?.push(value)
    else groups.push([value])
    last = key
  }
  return groups
}

/** Of equals, the first is the least and the last the greatest. */
function extreme(what: 'min' | 'max', input: JqValue, keys: JqValue): JqValue {
  const [list, by] = [listOf(what, input), listOf(what, keys)]
  let best = 0
  for (let index = 1; index < list.length; index++) {
    const order = compare(by[index] as JqValue, by[best] as JqValue)
    if (what === 'min' ? order < 0 : order >= 0) best = index
  }
  return list[best] ?? null
}

function flattened(list: readonly JqValue[], depth: number): JqValue[] {
  const flat: JqValue[] = []
  const put = (items: readonly JqValue[], rest: number): void => {
    for (const item of items) {
      if (Array.isArray(item) && rest > 0) put(item, rest - 1)
      else flat.push(item)
    }
    checkedList(flat)
  }
  put(list, depth)
  return flat
}

function places(input: JqValue, wanted: JqValue): number[] | null {
  if (input === null) return null
  if (Array.isArray(input)) return placesOf(input, Array.isArray(wanted) ? wanted : [wanted])
  if (typeof input === 'string' && typeof wanted === 'string') return textPlaces(input, wanted)
  throw new JqError(`cannot look for ${preview(wanted)} in ${preview(input)}`)
}

/** Counted in code points; occurrences may overlap. */
function textPlaces(text: string, wanted: string): number[] {
  const found: number[] = []
  if (wanted === '') return found
  let [points, at] = [0, 0]
  for (let unit = text.indexOf(wanted); unit >= 0; unit = text.indexOf(wanted, unit + 1)) {
    for (; at < unit; points++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
    if (at === unit) found.push(points)
  }
  return found
}
