import { RenderError } from '../engine/tree.ts'
import { cloneValue, isObject, type JsonValue } from './json.ts'

/**
 * Reads JSON into the shapes of kustomize's configuration as Go's encoding/json does (Go 1.24, `decode.go`): field names match in any case, null
 * leaves a field unset, and the first thing that does not fit is told in Go's words, going through keys in their order.
 */
export interface Shape<Value> {
  /** Go's name of the type: `string`, `[]types.Image`. */
  readonly type: string
  read(value: JsonValue, place: Place): Value | undefined
}

export type Shaped<S> = S extends Shape<infer Value> ? Value : never

interface Place {
  readonly reading: Reading
  /** Name of the innermost struct. */
  readonly struct: string
  readonly path: readonly string[]
}

class Reading {
  readonly strict: boolean
  fault: string | undefined

  constructor(strict: boolean) {
    this.strict = strict
  }

  tell(fault: string): void {
    this.fault ??= fault
  }
}

/** Throws `RenderError` with Go's message; with `strict` also for fields that the shape does not have. */
export function readShape<Value>(shape: Shape<Value>, value: JsonValue, options: { strict: boolean }): Value | undefined {
  const reading = new Reading(options.strict)
  const read = value === null ? undefined : shape.read(value, { reading, struct: '', path: [] })
  if (reading.fault !== undefined) throw new RenderError(reading.fault)
  return read
}

export const text: Shape<string> = {
  type: 'string',
  read: (value, place) => (typeof value === 'string' ? value : mismatch(value, 'string', place)),
}

export const flag: Shape<boolean> = {
  type: 'bool',
  read: (value, place) => (typeof value === 'boolean' ? value : mismatch(value, 'bool', place)),
}

export const integer: Shape<number | bigint> = {
  type: 'int64',
  read(value, place) {
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return value
    return typeof value === 'number' ? mismatch(value, 'int64', place, `number ${value}`) : mismatch(value, 'int64', place)
  },
}

export const anyValue: Shape<JsonValue> = {
  type: 'interface {}',
  read: (value) => cloneValue(value),
}

export function listOf<Item>(item: Shape<Item>): Shape<(Item | undefined)[]> {
  const type = `[]${item.type}`
  return {
    type,
    read(value, place) {
      if (!Array.isArray(value)) return mismatch(value, type, place)
      return value.map((each) => (each === null ? undefined : item.read(each, place)))
    },
  }
}

export function mapOf<Value>(value: Shape<Value>): Shape<Map<string, Value | undefined>> {
  const type = `map[string]${value.type}`
  const readEntry = (entry: JsonValue | undefined, place: Place) =>
    entry === null || entry === undefined ? undefined : value.read(entry, place)
  return {
    type,
    read(object, place) {
      if (!isObject(object)) return mismatch(object, type, place)
      return new Map(sortedKeys(object).map((key) => [key, readEntry(object[key], place)]))
    },
  }
}

interface Field<Value> {
  shape: Shape<Value>
  /** Go's names of the embedded structs that it is in, which its messages show. */
  within: readonly string[]
}

type Fields = Readonly<Record<string, Shape<unknown> | Field<unknown>>>
type FieldValue<F> = F extends Field<infer Value> ? Value : F extends Shape<infer Value> ? Value : never

/** `name` as Go writes it: `types.Image`. */
export function structOf<F extends Fields>(name: string, fields: F): Shape<{ [Key in keyof F]?: FieldValue<F[Key]> }> {
  const known = new Map(Object.entries(fields).map(([key, field]) => [key, 'shape' in field ? field : { shape: field, within: [] }]))
  const folded = new Map([...known.keys()].map((key) => [key.toLowerCase(), key]))
  const struct = name.slice(name.indexOf('.') + 1)
  return {
    type: name,
    read(object, place) {
      if (!isObject(object)) return mismatch(object, name, place)
      const result: { [key: string]: unknown } = {}
      for (const key of sortedKeys(object)) {
        const fieldName = known.has(key) ? key : folded.get(key.toLowerCase())
        const field = fieldName === undefined ? undefined : known.get(fieldName)
        if (field === undefined || fieldName === undefined) {
          if (place.reading.strict) place.reading.tell(`json: unknown field ${JSON.stringify(key)}`)
          continue
        }
        const value = object[key] ?? null
        if (value === null) continue
        const read = field.shape.read(value, { reading: place.reading, struct, path: [...place.path, ...field.within, fieldName] })
        if (read !== undefined) result[fieldName] = read
      }
      // What a field holds is what its shape read, which is what the type says.
      return result as { [Key in keyof F]?: FieldValue<F[Key]> }
    },
  }
}

/** Fields of a struct that another one embeds. */
export function embedded<F extends Fields>(name: string, fields: F): { [Key in keyof F]: Field<FieldValue<F[Key]>> } {
  const entries = Object.entries(fields).map(([key, field]) => [
    key,
    'shape' in field ? { shape: field.shape, within: [name, ...field.within] } : { shape: field, within: [name] },
  ])
  return Object.fromEntries(entries) as { [Key in keyof F]: Field<FieldValue<F[Key]>> }
}

function sortedKeys(object: object): string[] {
  return Object.keys(object).toSorted((left, right) => (left < right ? -1 : 1))
}

function mismatch(value: JsonValue, type: string, place: Place, what = describe(value)): undefined {
  const target =
    place.struct === '' ? `Go value of type ${type}` : `Go struct field ${place.struct}.${place.path.join('.')} of type ${type}`
  place.reading.tell(`json: cannot unmarshal ${what} into ${target}`)
  return undefined
}

function describe(value: JsonValue): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : typeof value
}
