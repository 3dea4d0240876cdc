import { RenderError } from '../engine/tree.ts'
import { type GoMap, type GoValue, JsonNumber } from '../go/value.ts'

/**
 * What sigs.k8s.io/yaml does when it reads into a Go struct: a field that is text takes numbers and booleans as they print, names of fields match
 * without regard to case where no exact one is there, null leaves a field as it is, and anything else is an error in encoding/json's words.
 */
export class Decoder {
  readonly #struct: string
  readonly #prefix: string

  /** `struct` is the type that errors name, '' for one without a name; `prefix` the fields that lead to it (`metadata.`). */
  constructor(struct: string, prefix = '') {
    this.#struct = struct
    this.#prefix = prefix
  }

  /** The entries that belong to `fields`; of two that fold to one name the later one of the sorted keys wins. */
  fields(value: GoValue, fields: readonly string[]): Map<string, GoValue> {
    return this.#fields(value, fields, this.#struct, '')
  }

  /** The same of a field that is a struct of type `type`. */
  nested(value: GoValue, field: string, type: string, fields: readonly string[]): Map<string, GoValue> {
    return this.#fields(value, fields, type, field)
  }

  #fields(value: GoValue, fields: readonly string[], type: string, field: string): Map<string, GoValue> {
    const found = new Map<string, GoValue>()
    if (value === null || value === undefined) return found
    if (!(value instanceof Map)) throw this.#mismatch(value, type, field)
    for (const key of value.size < 2 ? value.keys() : [...value.keys()].toSorted(compareBytes)) {
      const name = fields.includes(key) ? key : fields.find((each) => each.toLowerCase() === key.toLowerCase())
      const item = value.get(key)
      if (name !== undefined && item !== null && item !== undefined) found.set(name, item)
    }
    return found
  }

  text(value: GoValue, field: string): string {
    if (value === null || value === undefined) return ''
    const text = scalarText(value)
    if (text === undefined) throw this.#mismatch(value, 'string', field)
    return text
  }

  flag(value: GoValue, field: string): boolean {
    if (value === null || value === undefined) return false
    if (typeof value !== 'boolean') throw this.#mismatch(value, 'bool', field)
    return value
  }

  list(value: GoValue, field: string, type: string): readonly GoValue[] {
    if (value === null || value === undefined) return []
    if (!Array.isArray(value)) throw this.#mismatch(value, type, field)
    return value
  }

  texts(value: GoValue, field: string): string[] {
    return this.list(value, field, '[]string').map((item) => this.text(item, field))
  }

  textMap(value: GoValue, field: string): ReadonlyMap<string, string> | undefined {
    if (value === null || value === undefined) return undefined
    if (!(value instanceof Map)) throw this.#mismatch(value, 'map[string]string', field)
    return new Map(Array.from(value, ([key, item]) => [key, this.text(item, field)]))
  }

  #mismatch(value: GoValue, type: string, field: string): RenderError {
    const struct = this.#struct.slice(this.#struct.lastIndexOf('.') + 1)
    const where = field === '' ? `Go value of type ${type}` : `Go struct field ${struct}.${this.#prefix}${field} of type ${type}`
    return new RenderError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into ${where}`)
  }
}

export function jsonKind(value: GoValue): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || value instanceof JsonNumber) return 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

/** A scalar as the reader writes it into a field that is text; integers with all their digits, other numbers as `%g`. */
function scalarText(value: GoValue): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof JsonNumber) return /^-?\d+$/.test(value.number) ? value.number : shortFloat(Number(value.number))
  return typeof value === 'number' ? shortFloat(value) : undefined
}

/** `strconv.FormatFloat(value, 'g', -1, 64)`. */
function shortFloat(value: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/** Order of Go's strings. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function isTable(value: GoValue): value is GoMap {
  return value instanceof Map
}
