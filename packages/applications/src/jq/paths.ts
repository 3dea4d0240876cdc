import { JqError } from './error.ts'
import { wholeNumber } from './operators.ts'
import { compare, isMap, type JqObject, type JqValue, maxItems, memberOf, newMap, preview } from './value.ts'

/** `value[key]`, for any two values. What is not there is null. */
export function stepInto(value: JqValue, key: JqValue): JqValue {
  if (typeof key === 'string') {
    if (value === null) return null
    if (isMap(value)) return memberOf(value, key) ?? null
    throw new JqError(`expected an object but got: ${preview(value)}`)
  }
  if (typeof key === 'number') {
    if (value === null) return null
    if (Array.isArray(value)) return value[placeIn(value.length, key)] ?? null
    if (typeof value === 'string') return Array.from(value).at(wholeNumber(key)) ?? null
    throw new JqError(`expected an array but got: ${preview(value)}`)
  }
  if (Array.isArray(key)) {
    if (value === null) return null
    if (Array.isArray(value)) return placesOf(value, key)
    throw new JqError(`expected an array but got: ${preview(value)}`)
  }
  if (isMap(key)) return value === null ? null : sliceOf(value, ...rangeKeys(key))
  throw new JqError(`cannot use ${preview(key)} as a key of ${preview(value)}`)
}

/** The index from 0 that a possibly negative, possibly fractional one means; -1 or the length when it is outside. */
function placeIn(length: number, index: number): number {
  const whole = wholeNumber(index)
  const place = whole < 0 ? whole + length : whole
  return Math.max(-1, Math.min(place, length))
}

/** Where a list occurs in another. */
export function placesOf(list: readonly JqValue[], wanted: readonly JqValue[]): number[] {
  const places: number[] = []
  if (wanted.length === 0) return places
  for (let start = 0; start + wanted.length <= list.length; start++) {
    if (wanted.every((item, offset) => compare(list[start + offset] as JqValue, item) === 0)) places.push(start)
  }
  return places
}

function rangeKeys(key: JqObject): [JqValue, JqValue] {
  const [start, end] = [memberOf(key, 'start'), memberOf(key, 'end')]
  if (start === undefined || end === undefined) throw new JqError(`expected "start" and "end" of a slice but got: ${preview(key)}`)
  return [start, end]
}

export function sliceOf(value: JqValue, start: JqValue, end: JqValue): JqValue {
  if (value === null) return null
  if (Array.isArray(value)) return value.slice(...sliceBounds(value.length, start, end))
  if (typeof value === 'string') {
    const points = Array.from(value)
    return points.slice(...sliceBounds(points.length, start, end)).join('')
  }
  throw new JqError(`expected an array but got: ${preview(value)}`)
}

function sliceBounds(length: number, start: JqValue, end: JqValue): [number, number] {
  for (const bound of [start, end]) {
    if (bound !== null && typeof bound !== 'number') throw new JqError(`expected a number for a slice but got: ${preview(bound)}`)
  }
  const clamp = (index: number, least: number): number => Math.min(Math.max(index < 0 ? index + length : index, least), length)
  const from = typeof start === 'number' ? clamp(wholeNumber(start), 0) : 0
  return [from, typeof end === 'number' ? clamp(wholeNumber(Math.ceil(end)), from) : length]
}

export function getPath(value: JqValue, path: JqValue): JqValue {
  let found = value
  for (const key of pathOf(path)) {
    if (found !== null && typeof found !== 'object') throw new JqError(`a path leads through ${preview(found)}`)
    found = stepInto(found, key)
  }
  return found
}

export function pathOf(path: JqValue): JqValue[] {
  if (!Array.isArray(path)) throw new JqError(`expected a path (an array) but got: ${preview(path)}`)
  return path
}

/** Stands where something is taken away, until all of it is known: places in lists must not move meanwhile. */
const gone = Symbol('gone')
type Marked = JqValue | typeof gone

export function setPath(value: JqValue, path: JqValue, to: JqValue): JqValue {
  return put(value, pathOf(path), 0, to) as JqValue
}

export function deletePaths(value: JqValue, paths: JqValue): JqValue {
  let marked: Marked = value
  const list = pathOf(paths)
  for (const path of list) marked = put(marked, pathOf(path), 0, gone)
  return list.length === 0 ? value : withoutGone(marked)
}

/** A copy along the path, the rest is shared. What is not there is made, or, to be taken away, left as it is. */
function put(value: Marked, path: readonly JqValue[], at: number, to: Marked): Marked {
  if (at === path.length) return to
  if (value === gone) return gone
  const key = path[at] as JqValue
  if (typeof key === 'string') {
    if (value !== null && !isMap(value)) throw new JqError(`expected an object but got: ${preview(value)}`)
    const member = value === null ? undefined : memberOf(value, key)
    if (member === undefined && to === gone) return value
    const copy = newMap(value ?? undefined)
    copy[key] = put(member ?? null, path, at + 1, to) as JqValue
    return copy
  }
  if (typeof key === 'number') return putItem(value, key, path, at, to)
  if (isMap(key)) return putSlice(value, key, path, at, to)
  throw new JqError(`cannot use ${preview(key)} as a key of ${preview(value)}`)
}

function putItem(value: JqValue, key: number, path: readonly JqValue[], at: number, to: Marked): Marked {
  if (value !== null && !Array.isArray(value)) throw new JqError(`expected an array but got: ${preview(value)}`)
  const list = value ?? []
  const place = placeIn(list.length, key)
  const isThere = place >= 0 && place < list.length
  if (!isThere && to === gone) return value
  if (place < 0) throw new JqError(`an index is before the first item: ${key}`)
  const index = isThere ? place : wholeNumber(key)
  if (index >= maxItems) throw new JqError(`an index is too large: ${key}`)
  const copy = list.slice()
  while (copy.length < index) copy.push(null)
  copy[index] = put(list[index] ?? null, path, at + 1, to) as JqValue
  return copy
}

function putSlice(value: JqValue, key: JqObject, path: readonly JqValue[], at: number, to: Marked): Marked {
  if (value !== null && !Array.isArray(value)) throw new JqError(`expected an array but got: ${preview(value)}`)
  const list = value ?? []
  const [start, end] = sliceBounds(list.length, ...rangeKeys(key))
  if (start === end && to === gone) return value
  const part = put(list.slice(start, end), path, at + 1, to)
  if (part === gone) return list.map((item, index) => (index >= start && index < end ? (gone as unknown as JqValue) : item))
  if (!Array.isArray(part)) throw new JqError(`expected an array for a slice but got: ${preview(part)}`)
  return [...list.slice(0, start), ...part, ...list.slice(end)]
}

function withoutGone(value: Marked): JqValue {
  if (value === gone) return null
  if (Array.isArray(value)) return (value as Marked[]).filter((item) => item !== gone).map(withoutGone)
  if (!isMap(value)) return value
  const kept = newMap()
  for (const name of Object.keys(value)) {
    const member = value[name] as Marked
    if (member !== gone) kept[name] = withoutGone(member)
  }
  return kept
}
