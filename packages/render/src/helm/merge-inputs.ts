import { RenderError } from '../engine/tree.ts'
import { type GoMap, type GoValue, toBytes } from '../go/value.ts'
import { readJson, YamlError } from '../yaml/index.ts'
import { byteString, trimSpace } from './byte-text.ts'
import { isTable } from './coalesce.ts'
import type { ValuesInput } from './contract.ts'
import { within } from './error-context.ts'
import { parseSet, parseSetFile, parseSetJson, parseSetLiteral, parseSetString } from './strvals/index.ts'
import { mergeMaps, readValues } from './values-file.ts'

/**
 * `MergeValues` of pkg/cli/values: first all files, then all of each kind of flag in Helm's order of kinds, whatever their order on the command line.
 * Throws `RenderError` in Helm's words.
 */
export function mergeInputs(inputs: readonly ValuesInput[], version: '3' | '4'): GoMap {
  const options = { version }
  let values: GoMap = new Map()
  for (const input of inputs) {
    if (input.kind === 'file') {
      values = mergeMaps(
        values,
        within(`failed to parse ${input.name}`, () => readValues(byteString(input.text), version, 'user')),
      )
    } else if (input.kind === 'object') {
      const read = goValue(input.value)
      if (read !== null && !isTable(read)) throw new RenderError(`${input.name} is no object.`)
      if (read !== null) values = mergeMaps(values, read)
    }
  }
  for (const { text } of ofKind(inputs, 'set-json')) values = applyJson(values, text, version)
  for (const { text } of ofKind(inputs, 'set')) apply('--set', () => parseSet(toBytes(text), values, options))
  for (const { text } of ofKind(inputs, 'set-string')) apply('--set-string', () => parseSetString(toBytes(text), values, options))
  for (const input of ofKind(inputs, 'set-file')) {
    apply('--set-file', () => parseSetFile(toBytes(input.text), values, (path) => input.readFile(path), options))
  }
  for (const { text } of ofKind(inputs, 'set-literal')) apply('--set-literal', () => parseSetLiteral(toBytes(text), values, options))
  return values
}

function ofKind<Kind extends ValuesInput['kind']>(inputs: readonly ValuesInput[], kind: Kind): Extract<ValuesInput, { kind: Kind }>[] {
  return inputs.filter((input): input is Extract<ValuesInput, { kind: Kind }> => input.kind === kind)
}

function apply(flag: string, work: () => void): void {
  within(`failed parsing ${flag} data`, work)
}

/** Helm 4 takes a whole object too. The cause of a failure is not told, in either version. */
function applyJson(values: GoMap, text: string, version: '3' | '4'): GoMap {
  const bytes = toBytes(text)
  const isObject = version === '4' && trimSpace(bytes).startsWith('{')
  try {
    if (!isObject) {
      parseSetJson(bytes, values, { version })
      return values
    }
    const read = readJson(trimSpace(bytes))
    if (isTable(read)) return mergeMaps(values, read)
  } catch (error) {
    if (!(error instanceof RenderError) && !(error instanceof YamlError)) throw error
  }
  throw new RenderError(`failed parsing --set-json data ${isObject ? 'JSON: ' : ''}${text}`)
}

const maxDepth = 1000

/** JSON that is parsed already, as encoding/json would have read it. */
function goValue(value: unknown, depth = 0): GoValue {
  if (depth > maxDepth) throw new RenderError(`Values are nested more than ${maxDepth} deep.`)
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return toBytes(value)
  if (typeof value === 'boolean' || typeof value === 'number') return value
  if (Array.isArray(value)) return value.map((item) => goValue(item, depth + 1))
  if (typeof value !== 'object') throw new RenderError(`${typeof value} is no value of JSON.`)
  return new Map(Object.entries(value).map(([key, item]) => [toBytes(key), goValue(item, depth + 1)]))
}
