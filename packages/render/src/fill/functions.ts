import { randomBytes } from 'node:crypto'
import { fromBytes, type GoFunction, type GoValue, GoInt, toBytes } from '../go/value.ts'
import { fixed, type FunctionTable } from '../sprig/go-function.ts'
import { templateFunctions } from '../sprig/index.ts'
import { readHelmYaml, readJson, writeHelmYaml } from '../yaml/index.ts'
import { normalizedName, slugOf } from './slug.ts'

/** Helm's own, which sprig does not have, and what would look a name up. */
const left = ['toYamlPretty', 'mustToYaml', 'toToml', 'fromToml', 'fromJsonArray', 'getHostByName']

export const documentLimits = { values: 200_000, depth: 200 }

/**
 * What templates of an ApplicationSet may call: sprig 3.3 without `env`, `expandenv` and `getHostByName`, and Argo CD's own
 * (source: argo-cd `applicationset/utils/utils.go`, 3.x).
 */
export function setFunctions(): ReadonlyMap<string, GoFunction> {
  const functions = templateFunctions({ randomBytes: (_name, count) => randomBytes(count), now: () => new Date() }, '3')
  for (const name of left) functions.delete(name)
  for (const [name, own] of Object.entries(ownFunctions)) functions.set(name, own)
  return functions
}

const ownFunctions: FunctionTable = {
  normalize: fixed(['string'], (text) => toBytes(normalizedName(fromBytes(text)))),
  slugify: { parameters: ['any'], variadic: true, call: slugify },
  toYaml: fixed(['any'], (value) => {
    const text = writeHelmYaml(value)
    return text.endsWith('\n') ? text.slice(0, -1) : text
  }),
  fromYaml: fixed(['string'], (text) => {
    const value = readHelmYaml(text, documentLimits) ?? new Map<string, GoValue>()
    if (value instanceof Map) return value
    throw new Error('error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type map[string]interface {}')
  }),
  fromYamlArray: fixed(['string'], (text) => {
    const value = readHelmYaml(text, documentLimits) ?? []
    if (Array.isArray(value)) return value
    throw new Error('error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type []interface {}')
  }),
  /** sprig's: any document, and nothing of what is none. Helm's takes maps alone. */
  fromJson: fixed(['string'], (text) => {
    try {
      return readJson(text)
    } catch {
      return null
    }
  }),
  fail: fixed(['string'], (message) => {
    throw new Error(message)
  }),
}

/** `slugify [longest] [cut after a word] text`. */
function slugify(...given: GoValue[]): GoValue {
  const text = given.at(-1) ?? ''
  const [longest, cutsAtWord] = given.length > 1 ? given.slice(0, -1) : []
  if (typeof text !== 'string') throw new Error('slugify: the last argument is the text')
  if (longest !== undefined && !(longest instanceof GoInt)) throw new Error('slugify: the first of several arguments is a whole number')
  if (cutsAtWord !== undefined && typeof cutsAtWord !== 'boolean')
    throw new Error('slugify: the second of three arguments is true or false')
  const length = longest instanceof GoInt ? Number(longest.value) : 50
  return toBytes(slugOf(normalizedName(fromBytes(text)), length, cutsAtWord ?? true))
}
