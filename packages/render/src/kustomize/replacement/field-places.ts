import { RE2JS } from 're2js'
import { RenderError } from '../../engine/tree.ts'
import { emptyObject, isObject, type JsonObject, type JsonValue } from '../json.ts'
import { isUntyped, noteUntyped, replaceText, textAt } from '../patch/scalar-source.ts'
import { requireKind } from '../patch/wrong-kind.ts'
import { isListEntry, readIndex, readListEntry } from './field-path.ts'
import { readPlain } from './plain-scalar.ts'

/** What is made where a path leads to nothing: undefined makes nothing. A scalar has no type until it gets a value. */
export type Creation = 'scalar' | 'map' | 'list' | undefined

/** A place that a path leads to. */
export interface Place {
  readonly value: JsonValue
  /** Of a scalar: as it was written. */
  readonly text: string
  /** A scalar that was made without a type: what is put there gets the type that its text has. */
  readonly isUntyped: boolean
  set(value: JsonValue): void
  setUntyped(value: JsonValue, text: string): void
}

/**
 * All places of `object` that `path` leads to (kyaml's `PathMatcher`): `*` stands for all items of a list, `[name=web]` for those whose field matches
 * the pattern anywhere, a number for one item. Makes the way when `creation` says so. Throws `RenderError` in kyaml's words.
 */
export function findPlaces(object: JsonObject, path: readonly string[], creation: Creation): Place[] {
  const places: Place[] = []
  new PathWalk(path, creation, places).enter(new LostPlace(object), 0)
  return places
}

class PathWalk {
  readonly #path: readonly string[]
  readonly #creation: Creation
  readonly #places: Place[]

  constructor(path: readonly string[], creation: Creation, places: Place[]) {
    this.#path = path
    this.#creation = creation
    this.#places = places
  }

  enter(place: Place, depth: number): void {
    const part = this.#path[depth]
    if (part === undefined) {
      this.#places.push(place)
      return
    }
    const index = readIndex(part)
    if (index !== undefined && index >= 0) this.#enterIndex(place, depth, index)
    else if (isListEntry(part)) this.#enterMatching(place, depth, part)
    else if (part === '*') for (const item of itemsOf(place)) this.enter(item, depth + 1)
    else this.#enterField(place, depth, part)
  }

  #enterField({ value }: Place, depth: number, name: string): void {
    requireKind(value, 'MappingNode')
    if (!isObject(value)) {
      // What is written below a null is lost in the real tool.
      if (this.#creation !== undefined) this.enter(new LostPlace(this.#created(depth + 1)), depth + 1)
      return
    }
    const place = new HeldPlace(value, name)
    if (!Object.hasOwn(value, name)) {
      if (this.#creation === undefined) return
      this.#make(place, depth + 1)
    }
    this.enter(place, depth + 1)
  }

  #enterIndex(place: Place, depth: number, index: number): void {
    const items = itemsOf(place)
    if (items.length === index && this.#creation !== undefined) {
      const added = placeBehind(place)
      this.#make(added, depth + 1)
      items.push(added)
    }
    const item = items[index]
    if (item === undefined) throw new RenderError(`index ${index} specified but only ${items.length} elements found`)
    this.enter(item, depth + 1)
  }

  #enterMatching(place: Place, depth: number, part: string): void {
    const entry = readListEntry(part)
    if (entry === undefined) throw new RenderError('list path element must contain fieldName=fieldValue for element to match')
    const matches = compilePattern(entry.value)
    const before = this.#places.length
    const visit = (item: Place) => {
      if (entry.field === '') {
        // What comes after a scalar in a path does not count.
        if (matches(item.text.trim())) this.#places.push(item)
      } else if (isObject(item.value) && Object.hasOwn(item.value, entry.field) && matches(textAt(item.value, entry.field).trim())) {
        this.enter(item, depth + 1)
      }
    }
    for (const item of itemsOf(place)) visit(item)
    if (this.#places.length > before || this.#creation === undefined) return

    const added = placeBehind(place)
    const { value } = readPlain(entry.value)
    if (entry.field === '') added.setUntyped(value, entry.value)
    else {
      const item = emptyObject()
      new HeldPlace(item, entry.field).setUntyped(value, entry.value)
      added.set(item)
    }
    visit(added)
    if (this.#places.length === before) {
      // The real tool adds items until it is stopped.
      throw new RenderError(`failed to create element for ${JSON.stringify(part)}: it does not match itself`)
    }
  }

  #make(place: Place, depth: number): void {
    const value = this.#created(depth)
    if (value === '') place.setUntyped(value, '')
    else place.set(value)
  }

  /** What stands before a part of the path: a list before an index or a match, a map before a name, at the end what is wanted. */
  #created(depth: number): JsonValue {
    const next = this.#path[depth]
    if (next === undefined || next === '') return this.#creation === 'scalar' ? '' : this.#creation === 'list' ? [] : emptyObject()
    const index = readIndex(next)
    return isListEntry(next) || (index !== undefined && index >= 0) ? [] : emptyObject()
  }
}

/** Throws for what is no list; null has no items. */
function itemsOf({ value }: Place): Place[] {
  requireKind(value, 'SequenceNode')
  return Array.isArray(value) ? value.map((_, index) => new HeldPlace(value, index)) : []
}

function placeBehind({ value }: Place): Place {
  return Array.isArray(value) ? new HeldPlace(value, value.length) : new LostPlace(null)
}

/** A field of an object, or an item of a list. */
class HeldPlace implements Place {
  readonly #container: JsonObject | JsonValue[]
  readonly #key: string

  constructor(container: JsonObject | JsonValue[], key: string | number) {
    this.#container = container
    this.#key = String(key)
  }

  get value(): JsonValue {
    return (this.#container as JsonObject)[this.#key] ?? null
  }

  get text(): string {
    return textAt(this.#container, this.#key)
  }

  get isUntyped(): boolean {
    return isUntyped(this.#container, this.#key)
  }

  set(value: JsonValue): void {
    if (typeof value === 'string') replaceText(this.#container, this.#key, value)
    else (this.#container as JsonObject)[this.#key] = value
  }

  setUntyped(value: JsonValue, text: string): void {
    this.set(value)
    noteUntyped(this.#container, this.#key, value, text)
  }
}

/** What is written here is lost. */
class LostPlace implements Place {
  readonly value: JsonValue
  readonly text = ''
  readonly isUntyped = true

  constructor(value: JsonValue) {
    this.value = value
  }

  set(): void {}
  setUntyped(): void {}
}

const maxPatterns = 1_000
const patterns = new Map<string, (text: string) => boolean>()

/** An RE2 pattern that may match anywhere. */
function compilePattern(pattern: string): (text: string) => boolean {
  if (/^[A-Za-z0-9_/-]*$/.test(pattern)) return (text) => text.includes(pattern)
  let matches = patterns.get(pattern)
  if (matches === undefined) {
    let compiled: RE2JS
    try {
      compiled = RE2JS.compile(pattern)
    } catch (error) {
      throw new RenderError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
    }
    matches = (text) => compiled.matcher(text).find()
    if (patterns.size >= maxPatterns) patterns.clear()
    patterns.set(pattern, matches)
  }
  return matches
}
