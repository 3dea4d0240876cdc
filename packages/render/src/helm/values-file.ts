import { RenderError } from '../engine/tree.ts'
import type { GoMap, GoValue } from '../go/value.ts'
import { readHelmYaml } from '../yaml/index.ts'
import { trimSpace } from './byte-text.ts'
import { isTable } from './coalesce.ts'
import { within } from './error-context.ts'
import { jsonKind } from './struct-decode.ts'
import { yamlLimits } from './yaml-limits.ts'

/**
 * A chart's values.yaml, or a file of `--values`. Helm 3 reads its first document, Helm 4 merges all of them. Only the chart's own file keeps numbers
 * as `json.Number`, and only in Helm 3.18.0. Throws `RenderError` or `YamlError` in Helm's words.
 */
export function readValues(text: string, version: '3' | '4', kind: 'chart' | 'user'): GoMap {
  if (version === '3') return asTable(readHelmYaml(text, yamlLimits, { useNumber: kind === 'chart' }))
  let values: GoMap = new Map()
  for (const document of splitDocuments(text)) {
    values = mergeMaps(
      values,
      within('cannot unmarshal yaml document', () => asTable(readHelmYaml(document, yamlLimits))),
    )
  }
  return values
}

function asTable(value: GoValue): GoMap {
  if (value === null || value === undefined) return new Map()
  if (isTable(value)) return value
  throw new RenderError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
  )
}

/** `MergeMaps`: what is later wins, tables are merged, null is a value. Gives a new table. */
export function mergeMaps(first: GoMap, second: GoMap): GoMap {
  const merged: GoMap = new Map(first)
  for (const [key, value] of second) {
    const before = merged.get(key)
    merged.set(key, isTable(value) && isTable(before) ? mergeMaps(before, value) : value)
  }
  return merged
}

/**
 * `YAMLReader` of k8s.io/apimachinery: a separator is a line of `---`, spaces and perhaps a comment; one that opens a document stays with it. Every line
 * ends with a newline afterwards, and a last line without one is lost when it fills the reader's buffer.
 */
export function* splitDocuments(text: string): Generator<string> {
  let document = ''
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const line = end < 0 ? text.slice(at) : text.slice(at, text[end - 1] === '\r' ? end - 1 : end)
    at = end < 0 ? text.length : end + 1
    if (end < 0 && line.length % bufferBytes === 0) break
    if (line.startsWith('---')) {
      const rest = trimSpace(line.slice(3))
      if (rest !== '' && !rest.startsWith('#'))
        throw new RenderError(`error reading yaml document: invalid Yaml document separator: ${rest}`)
      if (document !== '') {
        yield document
        document = ''
        continue
      }
    }
    document += `${line}\n`
  }
  if (document !== '') yield document
}

const bufferBytes = 4096
