import { RenderError } from '../../engine/tree.ts'
import { cloneValue, fieldOf, isEqual, isObject, type JsonObject, type JsonValue } from '../json.ts'

/** Operations as they stand in a patch. What they lack is told when they are applied, as the real tool does. */
export type Json6902Patch = readonly (JsonObject | null)[]

/** What copies of one patch may add: a few operations that copy an object into itself would fill the memory. */
const maxCopiedValues = 500_000

/** Throws `RenderError` for what is no list of objects. Nothing at all is an empty patch. */
export function decodeJson6902(value: JsonValue): Json6902Patch {
  if (value === null) return []
  if (!Array.isArray(value)) throw new RenderError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type jsonpatch.Patch`)
  return value.map((operation) => {
    if (operation === null || isObject(operation)) return operation
    throw new RenderError(`json: cannot unmarshal ${jsonKind(operation)} into Go value of type jsonpatch.Operation`)
  })
}

/**
 * Applies a JSON patch to a copy of `object`, as evanphx/json-patch 4.12 does, which kustomize carries: `replace` adds a field that is missing,
 * an index below zero counts from the end, what stands before the first slash of a path does not count. Throws `RenderError` in its words.
 */
export function applyJson6902(object: JsonObject, patch: Json6902Patch): JsonObject {
  const target = new PatchTarget(cloneValue(object))
  for (const operation of patch) target.apply(operation)
  const { document } = target
  if (!isObject(document)) throw new RenderError('json: cannot unmarshal array into Go value of type map[string]interface {}')
  return readBack(document) as JsonObject
}

class PatchTarget {
  document: JsonValue
  #copiedValues = 0

  constructor(document: JsonValue) {
    this.document = document
  }

  apply(operation: JsonObject | null): void {
    const kind = fieldOf(operation ?? undefined, 'op')
    const what = typeof kind === 'string' ? kind : 'unknown'
    switch (what) {
      case 'add':
        return this.#add(pathOf(operation, 'add operation failed to decode path'), valueOf(operation))
      case 'remove': {
        const path = pathOf(operation, 'remove operation failed to decode path')
        const place = this.#find(path)
        if (place === undefined) throw missing(`remove operation does not apply: doc is missing path: "${path}"`)
        return within(`error in remove for path: '${path}'`, () => remove(place))
      }
      case 'replace':
        return this.#replace(operation)
      case 'move':
        return this.#move(operation)
      case 'copy':
        return this.#copy(operation)
      case 'test':
        return this.#test(operation)
      default:
        throw new RenderError(`Unexpected kind: ${what}`, { remedy: 'op is one of add, remove, replace, move, copy and test.' })
    }
  }

  #add(path: string, value: JsonValue): void {
    const place = this.#find(path)
    if (place === undefined) throw missing(`add operation does not apply: doc is missing path: "${path}"`)
    within(`error in add for path: '${path}'`, () => add(place, value))
  }

  #replace(operation: JsonObject | null): void {
    const path = pathOf(operation, 'replace operation failed to decode path: operation missing path field')
    const value = valueOf(operation)
    if (path === '') {
      if (fieldOf(operation ?? undefined, 'value') === undefined) throw missing('replace operation has no value')
      if (typeof value === 'object' && value !== null) this.document = value
      return
    }
    const place = this.#find(path)
    if (place === undefined) throw missing(`replace operation does not apply: doc is missing path: ${path}`)
    const { container, key } = place
    if (!Array.isArray(container)) {
      container[key] = value
      return
    }
    const index = indexOf(key)
    const position = typeof index === 'number' ? positionIn(container.length, index) : undefined
    if (position === undefined) throw missing(`replace operation does not apply: doc is missing key: ${path}`)
    container[position] = value
  }

  #move(operation: JsonObject | null): void {
    const from = fromOf(operation, 'move')
    const source = this.#find(from)
    if (source === undefined) throw missing(`move operation does not apply: doc is missing from path: ${from}`)
    const value = within(`error in move for path: '${source.key}'`, () => {
      const found = get(source) ?? null
      remove(source)
      return found
    })
    const path = pathOf(operation, 'move operation failed to decode path: operation missing path field')
    const place = this.#find(path)
    if (place === undefined) throw missing(`move operation does not apply: doc is missing destination path: ${path}`)
    within(`error in move for path: '${path}'`, () => add(place, value))
  }

  #copy(operation: JsonObject | null): void {
    const from = fromOf(operation, 'copy')
    const source = this.#find(from)
    if (source === undefined) throw missing(`copy operation does not apply: doc is missing from path: ${from}`)
    const value = within(`error in copy for from: '${from}'`, () => get(source) ?? null)
    const path = pathOf(operation, 'copy operation failed to decode path')
    const place = this.#find(path)
    if (place === undefined) throw missing(`copy operation does not apply: doc is missing destination path: ${path}`)
    this.#copiedValues += countValues(value, maxCopiedValues)
    if (this.#copiedValues > maxCopiedValues) {
      throw new RenderError(`a JSON patch copies more than ${maxCopiedValues} values`, {
        remedy: 'Write the result instead of copies of copies.',
      })
    }
    within('error while adding value during copy', () => add(place, cloneValue(value)))
  }

  #test(operation: JsonObject | null): void {
    const path = pathOf(operation, 'test operation failed to decode path: operation missing path field')
    const expected = valueOf(operation)
    const hasValue = fieldOf(operation ?? undefined, 'value') !== undefined
    if (path !== '') {
      const place = this.#find(path)
      if (place === undefined) throw missing(`test operation does not apply: is missing path: ${path}`)
      const value = within(`error in test for path: '${path}'`, () => get(place))
      if (hasValue && isEqual(value ?? null, expected)) return
    } else if (hasValue && isEqual(this.document, expected)) return
    // Without a value the real tool crashes or fails.
    throw new RenderError(`testing value ${path} failed: test failed`)
  }

  /** The container that a path ends in. Undefined: there is none. */
  #find(path: string): Place | undefined {
    const parts = path.split('/')
    const last = parts.at(-1)
    if (parts.length < 2 || last === undefined) return undefined
    let container: JsonValue | undefined = this.document
    for (const part of parts.slice(1, -1)) {
      const place: Place | undefined = placeAt(container, unescapePart(part))
      if (place === undefined) return undefined
      const { key } = place
      const index = Array.isArray(place.container) ? indexOf(key) : undefined
      if (Array.isArray(place.container)) {
        const position = typeof index === 'number' ? positionIn(place.container.length, index) : undefined
        container = position === undefined ? undefined : place.container[position]
      } else {
        container = fieldOf(place.container, key)
      }
    }
    return placeAt(container, unescapePart(last))
  }
}

interface Place {
  container: JsonObject | JsonValue[]
  key: string
}

function placeAt(container: JsonValue | undefined, key: string): Place | undefined {
  return typeof container === 'object' && container !== null ? { container, key } : undefined
}

function get({ container, key }: Place): JsonValue | undefined {
  return Array.isArray(container) ? container[requirePosition(container.length, key)] : fieldOf(container, key)
}

function add({ container, key }: Place, value: JsonValue): void {
  if (!Array.isArray(container)) container[key] = value
  else if (key === '-') container.push(value)
  else {
    const index = indexOf(key)
    if (typeof index !== 'number') throw new RenderError(`value was not a proper array index: '${key}': ${index.fault}`)
    const position = positionIn(container.length + 1, index)
    if (position === undefined) throw invalidIndex(index)
    container.splice(position, 0, value)
  }
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(requirePosition(container.length, key), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw missing(`Unable to remove nonexistent key: ${key}`)
}

function requirePosition(length: number, key: string): number {
  const index = indexOf(key)
  if (typeof index !== 'number') throw new RenderError(index.fault)
  const position = positionIn(length, index)
  if (position === undefined) throw invalidIndex(index)
  return position
}

/** Go's `strconv.Atoi`. */
function indexOf(key: string): number | { fault: string } {
  if (!/^[+-]?[0-9]+$/.test(key)) return { fault: `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax` }
  return Number(key)
}

/** An index below zero counts from the end. Undefined: there is no such place. */
function positionIn(length: number, index: number): number | undefined {
  const position = index < 0 ? index + length : index
  return position >= 0 && position < length ? position : undefined
}

function invalidIndex(index: number): RenderError {
  return new RenderError(`Unable to access invalid index: ${index}: invalid index referenced`)
}

/** RFC 6901, section 4, in one pass. */
function unescapePart(part: string): string {
  return part.includes('~') ? part.replace(/~[01]/g, (escape) => (escape === '~1' ? '/' : '~')) : part
}

function pathOf(operation: JsonObject | null, fault: string): string {
  const path = fieldOf(operation ?? undefined, 'path')
  if (typeof path !== 'string') throw missing(fault)
  return path
}

function fromOf(operation: JsonObject | null, what: string): string {
  return fromText(fieldOf(operation ?? undefined, 'from'), `${what} operation failed to decode from: operation, missing from field`)
}

function fromText(from: JsonValue | undefined, fault: string): string {
  if (typeof from !== 'string') throw missing(fault)
  return from
}

/** A copy: one patch is put on many objects. */
function valueOf(operation: JsonObject | null): JsonValue {
  return cloneValue(fieldOf(operation ?? undefined, 'value') ?? null)
}

function missing(what: string): RenderError {
  return new RenderError(`${what}: missing value`)
}

function within<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`${what}: ${error.message}`, { remedy: error.remedy }) : error
  }
}

function countValues(value: JsonValue, limit: number): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  for (const item of Object.values(value)) {
    count += countValues(item, limit)
    if (count > limit) break
  }
  return count
}

/** The result goes through JSON, where every number is a float64, and every null is written out. */
function readBack(value: JsonValue | undefined): JsonValue {
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) for (const [index, item] of value.entries()) value[index] = readBack(item)
  else for (const key of Object.keys(value)) value[key] = readBack(value[key])
  return value
}

function jsonKind(value: JsonValue): string {
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : isObject(value) ? 'object' : Array.isArray(value) ? 'array' : typeof value
}
