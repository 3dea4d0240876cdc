import { GoBytes, GoInt, GoStruct, JsonNumber, type GoValue } from '../go/value.ts'
import { YamlError } from './contract.ts'
import { Emitter } from './emitter.ts'
import { Composer } from './goyaml/composer.ts'
import { readSource } from './goyaml/source-text.ts'
import { readJson, toValid } from './json-reader.ts'
import { fieldsOf, isNil, writeJson } from './json-writer.ts'
import { sortKeys } from './key-order.ts'
import { formatFloatG, formatJsonNumber } from './number-text.ts'
import { resolveNumber } from './scalar-type.ts'

const maxDepth = 1000

/** Thrown inside of the quick way where it would not come to what the long way does. */
const takeLongWay = new Error('a text that YAML reads otherwise than JSON')

/**
 * `toYaml`: sigs.k8s.io/yaml writes JSON, reads that as YAML, and writes what it read. So all that JSON does not keep is lost here too. Nearly
 * always the same comes of writing the value itself; where a text holds what YAML reads otherwise (DEL and C1 controls, U+0085, U+FFFE, bytes
 * that are no UTF-8, keys of more than 1024 characters), the long way is taken. Throws `YamlError` in the library's words.
 */
export function writeHelmYaml(value: GoValue): string {
  try {
    return write(value, true)
  } catch (error) {
    if (error !== takeLongWay) throw error
    const limits = { values: Number.POSITIVE_INFINITY, depth: maxDepth + 1 }
    const json = new Composer(readSource(writeJson(value)), { limits, useNumber: true, floatText: formatJsonNumber })
    return write(json.readDocument(), false)
  }
}

function write(root: GoValue, isChecking: boolean): string {
  const emitter = new Emitter({ version: 2, compactLists: false, width: 80 })
  node(root, false, false, 0)
  return emitter.finish()

  function node(value: GoValue, inMap: boolean, inList: boolean, depth: number): void {
    if (typeof value === 'string') {
      if (isChecking && isOdd(value)) throw takeLongWay
      emitter.string(value, false, inList)
    } else if (value === null || value === undefined) emitter.plain('null')
    else if (typeof value === 'boolean') emitter.plain(value ? 'true' : 'false')
    else if (typeof value === 'number') emitter.plain(numberText(formatJsonNumber(value)))
    else if (value instanceof GoInt) emitter.plain(value.value.toString())
    else if (value instanceof GoBytes) emitter.string(Buffer.from(value.bytes).toString('base64'), false, inList)
    else if (value instanceof JsonNumber) emitter.plain(numberText(value.number))
    else if (depth > maxDepth) throw new YamlError('json: unsupported value: encountered a cycle or a value nested too deep')
    else if (value instanceof GoStruct) {
      node(value.json === undefined ? fieldsOf(value) : readJson(value.json()), inMap, inList, depth)
    } else if (isNil(value)) emitter.plain('null')
    else if (Array.isArray(value)) list(value, inMap, inList, depth)
    else map(value, inList, depth)
  }

  function list(items: readonly GoValue[], inMap: boolean, inList: boolean, depth: number): void {
    if (items.length === 0) return emitter.empty('[]')
    const outer = emitter.startList(inMap, inList)
    for (const item of items) {
      emitter.startItem()
      node(item, false, true, depth + 1)
    }
    emitter.endCollection(outer)
  }

  function map(entries: ReadonlyMap<string, GoValue>, inList: boolean, depth: number): void {
    if (entries.size === 0) return emitter.empty('{}')
    const outer = emitter.startMap(inList)
    for (const key of sortKeys([...entries.keys()], 2)) {
      if (isChecking && (key.length > 150 || isOdd(key))) throw takeLongWay
      emitter.key(key)
      node(entries.get(key), true, false, depth + 1)
    }
    emitter.endCollection(outer)
  }
}

/* oxlint-disable no-control-regex -- controls are what this looks for */
const unusual = /[\x7f-\xff]/
const unreadable = /\x7f|\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]/
/* oxlint-enable no-control-regex */

function isOdd(text: string): boolean {
  return unusual.test(text) && (unreadable.test(text) || toValid(text) !== text)
}

/** A number as JSON has it, read by goyaml v2 and written by that: 1000000, but 1e+21. */
function numberText(json: string): string {
  if (/^-?[1-9][0-9]{0,14}$/.test(json)) return json
  const resolved = resolveNumber(json, 2, false)
  if (resolved === undefined) throw new YamlError(`json: invalid number literal ${json}`)
  return resolved.kind === 'integer' ? String(resolved.value) : formatFloatG(Number(resolved.value))
}
