import { RenderError } from '../../engine/tree.ts'
import { isObject, type JsonObject, type JsonValue } from '../json.ts'
import { findElement } from '../patch/list-element.ts'
import { textAt } from '../patch/scalar-source.ts'
import { requireKind } from '../patch/wrong-kind.ts'
import { isListEntry, readIndex, readListEntry } from './field-path.ts'

/** What a path leads to, as it is when one asks. */
export interface Found {
  readonly value: JsonValue
  /** Of a scalar: as it was written. */
  readonly text: string
}

/**
 * The value that a path leads to (kyaml's `PathGetter`); undefined when there is none. `[name=web]` is the first item with exactly that value, `-`
 * the last item. Throws `RenderError` in kyaml's words.
 */
export function lookup(object: JsonObject, path: readonly string[]): Found | undefined {
  let found: Found = { value: object, text: '' }
  for (const part of path.map((each) => each.trim())) {
    if (part === '') continue
    const { value } = found
    const key = step(value, part)
    if (key === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    found = new Held(value, key)
  }
  return found
}

class Held implements Found {
  readonly #container: JsonObject | JsonValue[]
  readonly #key: string

  constructor(container: JsonObject | JsonValue[], key: string) {
    this.#container = container
    this.#key = key
  }

  get value(): JsonValue {
    return (this.#container as JsonObject)[this.#key] ?? null
  }

  get text(): string {
    return textAt(this.#container, this.#key)
  }
}

/** The name of the field, or the index of the item. */
function step(value: JsonValue, part: string): string | undefined {
  const index = readIndex(part)
  if (index !== undefined) {
    if (index < 0) throw new RenderError(`array index ${index} cannot be negative`)
    requireKind(value, 'SequenceNode')
    return String(index)
  }
  if (part === '-') {
    requireKind(value, 'SequenceNode')
    // The real tool crashes for a list without items.
    if (!Array.isArray(value) || value.length === 0) throw new RenderError('runtime error: index out of range [-1]')
    return String(value.length - 1)
  }
  if (part === '*') throw new RenderError('wildcard is not supported in PathGetter')
  if (!isListEntry(part)) {
    requireKind(value, 'MappingNode')
    return isObject(value) ? part : undefined
  }
  const entry = readListEntry(part)
  if (entry === undefined) throw new RenderError('list path element must contain fieldName=fieldValue for element to match')
  requireKind(value, 'SequenceNode')
  if (!Array.isArray(value)) return undefined
  const item = findElement(value, [entry.field], [entry.value])
  return item === undefined ? undefined : String(value.indexOf(item))
}
