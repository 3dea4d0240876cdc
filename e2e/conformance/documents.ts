import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import yaml from 'js-yaml'
import { root } from '../harness/paths.ts'

/** One document of a tool's output. Parsed when it is looked at: most are equal as text. */
export interface OutputDocument {
  text: string
  /** What the Kubernetes dialect of YAML makes of it; the text itself where it is none. */
  readonly value: unknown
}

const { outputSchema } = (await import(pathToFileURL(join(root, 'packages/render/dist/directory/yaml-dialect.js')).href)) as {
  outputSchema: yaml.Schema
}

/** The objects of an output in its order. What is only a comment, or nothing, is no object. */
export function readDocuments(output: string): OutputDocument[] {
  return output
    .split(/^---(?=\s|$)/m)
    .map(document)
    .filter(({ text }) => text.split('\n').some((line) => line.trim() !== '' && !line.trimStart().startsWith('#')))
}

function document(text: string): OutputDocument {
  let value: { parsed: unknown } | undefined
  return {
    text: text.trim(),
    get value() {
      value ??= { parsed: parse(text) }
      return value.parsed
    },
  }
}

function parse(text: string): unknown {
  try {
    return yaml.load(text, { schema: outputSchema, json: true })
  } catch {
    return text
  }
}

/** `apps/v1 Deployment space/name`, for people. */
export function titleOf(value: unknown): string {
  if (!isObject(value)) return typeof value
  const metadata = isObject(value.metadata) ? value.metadata : {}
  const place = metadata.namespace === undefined ? '' : `${word(metadata.namespace)}/`
  return `${word(value.apiVersion)} ${word(value.kind)} ${place}${word(metadata.name)}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}
