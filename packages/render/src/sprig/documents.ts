import { nilList, TypedMap, type GoList, type GoMap, type GoValue } from '../go/value.ts'
import { readHelmYaml, readJson, writeHelmYaml, writeJson, writePrettyYaml } from '../yaml/index.ts'
import { fixed, type FunctionTable } from './go-function.ts'
import { readToml } from './toml-reader.ts'
import { writeToml, type TomlLibrary } from './toml-writer.ts'

/** What a document inside a template may hold; far above any chart. */
const yamlLimits = { values: 1_000_000, depth: 1000 }

export function documentFunctions(version: '3' | '4'): FunctionTable {
  const library: TomlLibrary = version === '3' ? '1.5' : '1.6'
  const mustYaml = fixed(['any'], (value) => withoutNewline(writeHelmYaml(value)))
  return {
    toYaml: fixed(['any'], (value) => orEmpty(() => withoutNewline(writeHelmYaml(value)))),
    ...(version === '3' ? {} : { mustToYaml: mustYaml }),
    toYamlPretty: fixed(['any'], (value) => orEmpty(() => withoutNewline(writePrettyYaml(value)))),
    fromYaml: fixed(['string'], (text) => {
      const { value, error } = attempt(() => readHelmYaml(text, yamlLimits))
      return asMap(value ?? new Map(), error, 'error unmarshaling JSON: while decoding JSON: ')
    }),
    fromYamlArray: fixed(['string'], (text) => {
      const { value, error } = attempt(() => readHelmYaml(text, yamlLimits))
      return asList(value ?? [], error, 'error unmarshaling JSON: while decoding JSON: ')
    }),

    toJson: fixed(['any'], (value) => orEmpty(() => writeJson(value))),
    mustToJson: fixed(['any'], (value) => writeJson(value)),
    toPrettyJson: fixed(['any'], (value) => orEmpty(() => writeJson(value, { indent: '  ' }))),
    mustToPrettyJson: fixed(['any'], (value) => writeJson(value, { indent: '  ' })),
    toRawJson: fixed(['any'], (value) => writeJson(value, { escapeHtml: false })),
    mustToRawJson: fixed(['any'], (value) => writeJson(value, { escapeHtml: false })),
    mustFromJson: fixed(['string'], readJson),
    fromJson: fixed(['string'], (text) => {
      const { value, error } = attempt(() => readJson(text))
      return asMap(value ?? (error === undefined ? new TypedMap('map[string]interface {}', { isNil: true }) : new Map()), error, '')
    }),
    fromJsonArray: fixed(['string'], (text) => {
      const { value, error } = attempt(() => readJson(text))
      return asList(value ?? (error === undefined ? nilList() : []), error, '')
    }),

    toToml: fixed(['any'], (value) => writeToml(value, library)),
    fromToml: fixed(['string'], (text) => {
      const { value, error } = attempt(() => readToml(text))
      return asMap(value ?? new Map(), error, '')
    }),
  }
}

function withoutNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/** What cannot be written is nothing. */
function orEmpty(write: () => string): string {
  return attempt(write).value ?? ''
}

function attempt<Result>(read: () => Result): { value: Result | undefined; error: string | undefined } {
  try {
    return { value: read(), error: undefined }
  } catch (error) {
    // A stack that is full is the render's end, not a fault of the document.
    if (error instanceof RangeError) throw error
    return { value: undefined, error: error instanceof Error ? error.message : String(error) }
  }
}

/** Helm puts what went wrong into the map, under `Error`. */
function asMap(value: GoValue, error: string | undefined, prefix: string): GoMap {
  if (error === undefined && value instanceof Map) return value
  return new Map([['Error', error ?? `${prefix}json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`]])
}

/** … or makes it the only item. */
function asList(value: GoValue, error: string | undefined, prefix: string): GoList {
  if (error === undefined && Array.isArray(value)) return value
  return [error ?? `${prefix}json: cannot unmarshal ${jsonKind(value)} into Go value of type []interface {}`]
}

function jsonKind(value: GoValue): string {
  if (value instanceof Map) return 'object'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
