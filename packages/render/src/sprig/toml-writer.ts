import { formatFloat, goKind } from '../go/format.ts'
import { durationText } from '../go/named-int.ts'
import { parseFloat, parseInt } from '../go/number.ts'
import { GoBytes, GoInt, GoStruct, JsonNumber, TypedList, TypedMap, type GoList, type GoMap, type GoValue } from '../go/value.ts'
import { isNil } from './go-function.ts'
import { checkDepth, checkTextLength } from './size-limit.ts'

/** BurntSushi/toml of Helm 3.18 and of Helm 4.1: they write floats differently. */
export type TomlLibrary = '1.5' | '1.6'

/** Text, or the library's complaint: `toToml` gives that as text too. Throws where the library panics. */
export function writeToml(value: GoValue, library: TomlLibrary): string {
  if (isNil(value)) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  try {
    const writer = new TomlWriter(library)
    writer.write([], value)
    return writer.text
  } catch (error) {
    if (error instanceof TomlFault) return error.message
    throw error
  }
}

class TomlFault extends Error {}

const arrayNil = 'toml: cannot encode array with nil element'

class TomlWriter {
  text = ''
  readonly #library: TomlLibrary

  constructor(library: TomlLibrary) {
    this.#library = library
  }

  write(key: readonly string[], value: GoValue): void {
    checkTextLength(this.text.length)
    checkDepth(key.length)
    const table = tableOf(value)
    if (table !== undefined) {
      if (key.length === 1) this.#newline()
      if (key.length > 0) {
        this.text += `${indentOf(key)}[${key.map(quoteKey).join('.')}]`
        this.#newline()
      }
      this.#writeEntries(key, table)
    } else if (isTableList(value)) {
      this.#writeTables(key, value)
    } else if (key.length === 0) {
      this.text += this.#element(value, 0)
    } else {
      this.text += `${indentOf(key)}${quoteKey(key.at(-1) ?? '')} = ${this.#element(value, 0)}\n`
    }
  }

  #writeTables(key: readonly string[], tables: GoList): void {
    if (key.length === 0) throw new TomlFault('toml: top-level values must be Go maps or structs')
    for (const item of tables) {
      const table = tableOf(item)
      if (table === undefined) continue
      this.#newline()
      this.text += `${indentOf(key)}[[${key.map(quoteKey).join('.')}]]`
      this.#newline()
      this.#writeEntries(key, table)
    }
  }

  /** What is no table comes before the tables, each sorted by key. */
  #writeEntries(key: readonly string[], table: ReadonlyMap<string, GoValue>): void {
    for (const [name, value] of sorted(table)) this.write([...key, name], value)
  }

  #element(value: GoValue, depth: number): string {
    checkDepth(depth)
    switch (typeof value) {
      case 'string':
        return quoteText(value)
      case 'boolean':
        return String(value)
      case 'number':
        return this.#float(value)
      default:
    }
    if (value instanceof GoInt) return value.type === 'time.Duration' ? quoteText(durationText(value.value)) : value.value.toString()
    if (value instanceof JsonNumber) return this.#number(value.number)
    if (value instanceof GoBytes) return `[${Array.from(value.bytes).join(', ')}]`
    if (Array.isArray(value)) return `[${value.map((item) => this.#element(item, depth + 1)).join(', ')}]`
    const table = tableOf(value)
    if (table !== undefined) return this.#inlineTable(table, depth)
    if (value instanceof GoStruct && value.json !== undefined) return scalarText(value.json())
    throw new TomlFault(`unexpected type: ${goKind(value)}`)
  }

  /** The library counts nil entries when it places commas. */
  #inlineTable(table: ReadonlyMap<string, GoValue>, depth: number): string {
    let text = '{'
    const entries = sorted(table, true)
    for (const [index, [name, value]] of entries.entries()) {
      if (isNil(value) || isNilCollection(value)) continue
      text += `${quoteKey(name)} = ${this.#element(value, depth + 1)}${index < entries.length - 1 ? ', ' : ''}`
    }
    return `${text}}`
  }

  #number(text: string): string {
    const int = parseInt(text)
    return int.error === undefined ? int.value.toString() : this.#float(parseFloat(text).value)
  }

  #float(value: number): string {
    if (Number.isNaN(value)) return 'nan'
    if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
    const text = formatFloat(value, this.#library === '1.5' ? 'f' : 'g')
    return /[.e]/.test(text) ? text : `${text}.0`
  }

  #newline(): void {
    if (this.text !== '') this.text += '\n'
  }
}

function tableOf(value: GoValue): GoMap | ReadonlyMap<string, GoValue> | undefined {
  if (value instanceof Map) return value
  return value instanceof GoStruct && value.json === undefined ? value.fields : undefined
}

function isTableList(value: GoValue): value is GoList {
  if (!Array.isArray(value)) return false
  for (const item of value) if (isNil(item)) throw new TomlFault(arrayNil)
  return value.length > 0 && value.every((item) => tableOf(item) !== undefined)
}

function isNilCollection(value: GoValue): boolean {
  return (value instanceof TypedMap || value instanceof TypedList) && value.isNil
}

function sorted(table: ReadonlyMap<string, GoValue>, keepsNil = false): [string, GoValue][] {
  const direct: [string, GoValue][] = []
  const tables: [string, GoValue][] = []
  for (const key of [...table.keys()].sort()) {
    const value = table.get(key)
    if (!keepsNil && (isNil(value) || isNilCollection(value))) continue
    const isTable = tableOf(value) !== undefined || isTableList(value)
    ;(isTable ? tables : direct).push([key, value])
  }
  return [...direct, ...tables]
}

function indentOf(key: readonly string[]): string {
  return '  '.repeat(Math.max(key.length - 1, 0))
}

function quoteKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoteText(key)
}

const shortEscapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
])

function quoteText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what TOML wants escaped
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    return shortEscapes.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

/** A time is written bare, as JSON has it but for the quotes; any other text stays quoted. */
function scalarText(json: string): string {
  return /^"\d{4}-\d\d-\d\dT/.test(json) ? json.slice(1, -1) : json
}
