import { GoBytes, GoInt, GoStruct, TypedList, TypedMap, type GoValue } from '../go/value.ts'
import { YamlError } from './contract.ts'
import { formatJsonNumber } from './number-text.ts'

interface JsonOptions {
  /** `<`, `>` and `&` as `\u003c` … (default), as `json.Marshal` does. */
  escapeHtml?: boolean
  /** One level of `json.MarshalIndent`. */
  indent?: string
}

/** As many levels as Go's encoder follows before it looks for circles; a render's values never come near. */
const maxDepth = 1000

/**
 * `json.Marshal` of Go 1.24: keys sorted by bytes, floats as ES6 prints them save for `1e-7` and `-0`, U+2028 and U+2029 escaped, bytes that are
 * no UTF-8 as `\ufffd`. Throws `YamlError` (`json: unsupported value: NaN`).
 */
export function writeJson(value: GoValue, options: JsonOptions = {}): string {
  const special = options.escapeHtml === false ? plainSpecial : htmlSpecial
  return options.indent === undefined ? compact(value, special, 0) : indented(value, special, options.indent, '\n', 0)
}

function compact(value: GoValue, special: RegExp, depth: number): string {
  if (typeof value === 'string') return quote(value, special)
  if (!isTree(value)) return scalar(value, special)
  if (depth > maxDepth) throw tooDeep()
  if (value instanceof GoStruct) return value.json === undefined ? compact(fieldsOf(value), special, depth) : value.json()
  if (isNil(value)) return 'null'
  if (Array.isArray(value)) {
    let text = '['
    for (let at = 0; at < value.length; at += 1) text += (at === 0 ? '' : ',') + compact(value[at], special, depth + 1)
    return `${text}]`
  }
  let text = '{'
  for (const key of sortedKeys(value)) {
    text += `${text.length === 1 ? '' : ','}${quote(key, special)}:${compact(value.get(key), special, depth + 1)}`
  }
  return `${text}}`
}

function indented(value: GoValue, special: RegExp, step: string, newline: string, depth: number): string {
  if (!isTree(value)) return scalar(value, special)
  if (depth > maxDepth) throw tooDeep()
  if (value instanceof GoStruct) {
    return value.json === undefined ? indented(fieldsOf(value), special, step, newline, depth) : indentJson(value.json(), step, newline)
  }
  if (isNil(value)) return 'null'
  const inner = newline + step
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[${value.map((item) => inner + indented(item, special, step, inner, depth + 1)).join(',')}${newline}]`
  }
  if (value.size === 0) return '{}'
  const fields = sortedKeys(value).map(
    (key) => `${inner}${quote(key, special)}: ${indented(value.get(key), special, step, inner, depth + 1)}`,
  )
  return `{${fields.join(',')}${newline}}`
}

function isTree(value: GoValue): value is GoStruct | GoValue[] | Map<string, GoValue> {
  return typeof value === 'object' && value !== null && !(value instanceof GoInt) && !(value instanceof GoBytes)
}

function scalar(value: Exclude<GoValue, GoStruct | GoValue[] | Map<string, GoValue>>, special: RegExp): string {
  switch (typeof value) {
    case 'string':
      return quote(value, special)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      return formatJsonNumber(value)
    case 'undefined':
      return 'null'
    default:
      if (value === null) return 'null'
      if (value instanceof GoInt) return value.value.toString()
      return `"${Buffer.from(value.bytes).toString('base64')}"`
  }
}

/** A nil slice or a nil map. */
export function isNil(value: GoValue[] | Map<string, GoValue>): boolean {
  return (value instanceof TypedList || value instanceof TypedMap) && value.isNil
}

/** A struct without tags: its exported fields by their names, in the order of their declaration. */
export function fieldsOf(value: GoStruct): GoValue {
  return value.text === undefined ? new Map(value.fields) : value.text()
}

/** `json.Indent` of a compact text. */
function indentJson(text: string, step: string, newline: string): string {
  let depth = 0
  const inner = (): string => newline + step.repeat(depth)
  return text.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[[{\]}:,]/g, (found) => {
    if (found === '[' || found === '{') {
      depth += 1
      return found + inner()
    }
    if (found === ']' || found === '}') {
      depth -= 1
      return inner() + found
    }
    if (found === ',') return found + inner()
    return found === ':' ? ': ' : found
  })
}

function sortedKeys(map: Map<string, GoValue>): string[] {
  const keys = [...map.keys()]
  // One UTF-16 unit is one byte here, so JavaScript's order is that of Go.
  return keys.length < 2 ? keys : keys.sort(compareBytes)
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function tooDeep(): YamlError {
  return new YamlError('json: unsupported value: encountered a cycle or a value nested too deep')
}

/* oxlint-disable no-control-regex -- control characters are what JSON has to escape */
const htmlSpecial = /[\x00-\x1f"\\<>&\x80-\xff]/
const plainSpecial = /[\x00-\x1f"\\\x80-\xff]/
const htmlEscaped = /[\x00-\x1f"\\<>&\u2028\u2029]/g
const plainEscaped = /[\x00-\x1f"\\\u2028\u2029]/g
const high = /[\x80-\xff]/
/* oxlint-enable no-control-regex */

const shortEscapes = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function quote(text: string, special: RegExp): string {
  if (!special.test(text)) return `"${text}"`
  const escaped = special === htmlSpecial ? htmlEscaped : plainEscaped
  if (!high.test(text)) return `"${text.replace(escaped, escape)}"`
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  const out = decoded.includes('\ufffd') ? quoteInvalid(text, escaped) : decoded.replace(escaped, escape)
  return `"${Buffer.from(out, 'utf8').toString('latin1')}"`
}

function escape(character: string): string {
  return shortEscapes.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** U+FFFD as an escape for each byte that is part of no character, and as itself where the text has it. */
function quoteInvalid(bytes: string, escaped: RegExp): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    const character = Buffer.from(bytes.slice(at, at + length), 'latin1').toString('utf8')
    text += length === 0 ? '\\ufffd' : character.replace(escaped, escape)
    at += length === 0 ? 1 : length
  }
  return text
}

/** Bytes of the character at `at`; 0 where there is none (RFC 3629). */
export function characterLength(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at)
  if (first < 0x80) return 1
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  const second = bytes.charCodeAt(at + 1)
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const top = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > top) return 0
  for (let k = 2; k < length; k += 1) if ((bytes.charCodeAt(at + k) & 0xc0) !== 0x80) return 0
  return length
}
