import { emptyObject, isObject, scalarText, type JsonObject, type JsonValue } from '../json.ts'

/**
 * kyaml merges the nodes of YAML and not the values: a value that is put over a quoted one is quoted as well, and so becomes a text. JSON's values
 * do not say how a text was written; who reads a document notes the texts that were quoted without a need.
 *
 * Of the three ways to write null, an empty one is written `undefined`, as a field of its own: kyaml drops it where it merges, and keeps `null`.
 */
const notes = new WeakMap<object, Map<string, Note>>()

/** Quotes stay with a field when its value changes; what was written for a value does not. */
type Note = 'quoted' | 'plain' | { value: JsonValue; text: string; isUntyped?: true }

/** Says that the text at `key` of `container` was written with quotes or as a block. */
export function noteQuoted(container: JsonObject | JsonValue[], key: string | number): void {
  note(container, String(key), 'quoted')
}

/** Says that the text at `key` was written without quotes, where one would think that it had some: `2020-13-01`, `!!str 5`. */
export function notePlain(container: JsonObject | JsonValue[], key: string | number, value: string): void {
  if (mayLookQuoted.test(value) && needsQuotes(value)) note(container, String(key), 'plain')
}

/** Says how the number, truth value or date at `key` was written, where one cannot tell: `1.10`, `0x1F`, `True`. */
export function noteText(container: JsonObject | JsonValue[], key: string | number, value: JsonValue, text: string): void {
  note(container, String(key), { value, text })
}

/**
 * Says that the real tool has made the scalar at `key` without a type, by its text alone: whatever is written there later is read as if it were
 * written plainly, too.
 */
export function noteUntyped(container: JsonObject | JsonValue[], key: string | number, value: JsonValue, text: string): void {
  note(container, String(key), { value, text, isUntyped: true })
}

export function isUntyped(container: JsonObject | JsonValue[], key: string | number): boolean {
  const what = notes.get(container)?.get(String(key))
  return typeof what === 'object' && what.isUntyped === true && what.value === (container as JsonObject)[key]
}

function note(container: object, key: string, what: Note): void {
  const known = notes.get(container)
  if (known === undefined) notes.set(container, new Map([[key, what]]))
  else known.set(key, what)
}

/** A deep copy of which the same is noted. */
export function cloneWithNotes(value: JsonObject): JsonObject
export function cloneWithNotes(value: JsonValue): JsonValue
export function cloneWithNotes(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  const copy: JsonValue[] | JsonObject = Array.isArray(value) ? [] : emptyObject()
  // Keys of a list are its indexes.
  for (const key of Object.keys(value)) (copy as JsonObject)[key] = cloneWithNotes((value as JsonObject)[key] as JsonValue)
  const known = notes.get(value)
  if (known !== undefined) notes.set(copy, new Map(known))
  return copy
}

/** The field of `to` is now written as that of `from`; `isNew` when it was not there before, and has no quotes of its own. */
export function moveNote(from: JsonObject, to: JsonObject, key: string, isNew: boolean): void {
  const what = notes.get(from)?.get(key)
  if (what !== undefined && (isNew || typeof what === 'object')) note(to, key, what)
}

/** The text of the scalar at `key` as it was written, as far as that is known. */
export function textAt(container: JsonObject | JsonValue[], key: string): string {
  const value = (container as JsonObject)[key]
  const what = notes.get(container)?.get(key)
  return typeof what === 'object' && what.value === value ? what.text : nodeText(value)
}

/** Whether the text at `key` was quoted, or could not have been written without quotes. */
export function isQuoted(container: JsonObject | JsonValue[], key: string): boolean {
  const value = (container as JsonObject)[key]
  if (typeof value !== 'string') return false
  const what = notes.get(container)?.get(key)
  if (typeof what === 'object' && what.value === value && what.text !== value) return false
  return what === 'quoted' || (what !== 'plain' && needsQuotes(value))
}

/** Puts a text in the place of another scalar, which leaves the field with the quotes that it has or has not. */
export function replaceText(container: JsonObject | JsonValue[], key: string, text: string): void {
  const wasPlain = Object.hasOwn(container, key) && !isQuoted(container, key)
  ;(container as JsonObject)[key] = text
  if (wasPlain && needsQuotes(text)) note(container, key, 'plain')
}

/** goyaml v3 `resolve.go`: what YAML 1.2's core schema, and what is left in it of 1.1, takes for something else than a text. */
const plainValue =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|<<|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?|)$/

/** What a plain scalar begins with that may be anything but a text. */
const mayLookQuoted = /^(?:[-+.0-9~<nNtTfF]|$)/

/** YAML 1.2.2, 7.3.3: a plain scalar does not begin with an indicator, nor hold one that ends it. */
const notPlain = /^[\s,[\]{}#&*!|>'"%@`]|^[-?:](?:\s|$)|: |:$| #|\s$|\n/

function needsQuotes(text: string): boolean {
  return plainValue.test(text) || notPlain.test(text)
}

/** The text of a node as kyaml compares it: that of a scalar, `null` for null, nothing for a map or a list. */
export function nodeText(value: JsonValue | undefined): string {
  return value === null ? 'null' : scalarText(value)
}

export function isEmptyMap(value: JsonValue | undefined): boolean {
  return isObject(value) && Object.keys(value).length === 0
}
