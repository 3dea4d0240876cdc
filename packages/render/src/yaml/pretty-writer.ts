import { GoBytes, GoInt, GoStruct, JsonNumber, type GoValue } from '../go/value.ts'
import { YamlError } from './contract.ts'
import { Emitter } from './emitter.ts'
import { toValid } from './json-reader.ts'
import { sortKeys } from './key-order.ts'
import { formatFloatG } from './number-text.ts'

const maxDepth = 1000
/** goyaml v3 writes lines of any length. */
const anyWidth = 2 ** 31 - 1

/**
 * `toYamlPretty`: goyaml v3 on the value itself, with two spaces before the items of a list. Floats are as Go prints them (`1e+06`), and a struct
 * has its fields by their names in lower case.
 */
export function writePrettyYaml(root: GoValue): string {
  const emitter = new Emitter({ version: 3, compactLists: false, width: anyWidth })
  node(root, false, false, 0)
  return emitter.finish()

  function node(value: GoValue, inMap: boolean, inList: boolean, depth: number): void {
    if (typeof value === 'string') text(value, inList)
    else if (value === null || value === undefined) emitter.plain('null')
    else if (typeof value === 'boolean') emitter.plain(value ? 'true' : 'false')
    else if (typeof value === 'number') emitter.plain(floatText(value))
    else if (value instanceof GoInt) emitter.plain(value.value.toString())
    else if (value instanceof JsonNumber) text(value.number, inList)
    else if (depth > maxDepth) throw new YamlError('yaml: a value is nested too deep')
    else if (value instanceof GoBytes)
      list(
        [...value.bytes].map((byte) => new GoInt(BigInt(byte), 'uint8')),
        inMap,
        inList,
        depth,
      )
    else if (value instanceof GoStruct) {
      if (value.text !== undefined) text(value.text(), inList)
      else
        map(
          new Map([...value.fields].map(([name, field]) => [name.toLowerCase(), field])),
          [...value.fields.keys()].map(lower),
          inList,
          depth,
        )
    } else if (Array.isArray(value)) list(value, inMap, inList, depth)
    else map(value, sortKeys([...value.keys()], 3), inList, depth)
  }

  function text(value: string, inList: boolean): void {
    if (toValid(value) === value) emitter.string(value, false, inList)
    else emitter.binary(base64Lines(value), inList)
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

  function map(entries: ReadonlyMap<string, GoValue>, keys: readonly string[], inList: boolean, depth: number): void {
    if (keys.length === 0) return emitter.empty('{}')
    const outer = emitter.startMap(inList)
    for (const key of keys) {
      if (toValid(key) === key) emitter.key(key)
      else emitter.binaryKey(base64Lines(key))
      node(entries.get(key), true, false, depth + 1)
    }
    emitter.endCollection(outer)
  }
}

function lower(name: string): string {
  return name.toLowerCase()
}

function floatText(value: number): string {
  const text = formatFloatG(value)
  return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text
}

/** goyaml's lines of 70 characters, none where it takes only one. */
function base64Lines(bytes: string): string {
  const base64 = Buffer.from(bytes, 'latin1').toString('base64')
  return base64.length < 70 ? base64 : base64.replace(/.{1,70}/g, '$&\n')
}
