import { createHash } from 'node:crypto'
import { fieldOf, isObject, objectOf, scalarText, type JsonObject, type JsonValue } from './json.ts'
import { compareBytes } from './kind-order.ts'
import type { Resource } from './resource.ts'

/** So that no suffix spells a word (`api/hasher/hasher.go`). */
const letters: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }

/** Ten characters from the content of a ConfigMap, of a Secret, or of any other object that wants a hash in its name. */
export function hashSuffix(resource: Resource): string {
  const digest = createHash('sha256').update(encode(resource)).digest('hex')
  return digest.slice(0, 10).replace(/[013ae]/g, (digit) => letters[digit] ?? digit)
}

function encode(resource: Resource): string {
  const { content: object, kind } = resource
  // `metadata/name` is looked up as one field, which is never there.
  if (kind === 'ConfigMap') {
    return writeGoJson(objectOf([['kind', kind], ['name', ''], ['data', part(object, 'data')], ...binary(object, 'binaryData')]))
  }
  if (kind === 'Secret') {
    return writeGoJson(
      objectOf([
        ['kind', kind],
        ['type', part(object, 'type')],
        ['name', ''],
        ['data', part(object, 'data')],
        ...binary(object, 'stringData'),
      ]),
    )
  }
  return writeGoJson(object)
}

function part(object: JsonObject, name: string): JsonValue {
  const value = fieldOf(object, name)
  return typeof value === 'object' && value !== null ? value : scalarText(value)
}

function binary(object: JsonObject, name: string): [string, JsonValue][] {
  const value = fieldOf(object, name)
  return isObject(value) ? [[name, value]] : []
}

const escapes: Readonly<Record<string, string>> = {
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
}

/** encoding/json: keys sorted by bytes, HTML's characters escaped. */
export function writeGoJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => writeGoJson(item)).join(',')}]`
  if (isObject(value)) {
    const keys = Object.keys(value).toSorted(compareBytes)
    return `{${keys.map((key) => `${writeText(key)}:${writeGoJson(value[key] as JsonValue)}`).join(',')}}`
  }
  if (typeof value === 'string') return writeText(value)
  return typeof value === 'number' ? writeNumber(value) : String(value)
}

function writeText(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029<>&]/g, (character) => escapes[character] ?? character)
}

/** Exponents as Go writes them: `1e+21`, `1e-7`; a lone zero has no sign. */
function writeNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
