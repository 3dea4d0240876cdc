import yaml from 'js-yaml'
import { outputSchema } from './yaml-dialect.ts'

/**
 * The documents of a text as Argo CD and kubectl read an object from a file: YAML or JSON, of two equal keys the last, numbers as floats where an
 * integer has too many digits. Throws for what is no YAML. For files of whoever runs the command: limits are those of a parser.
 */
export function readDocuments(text: string): unknown[] {
  return yaml.loadAll(text, undefined, { schema: outputSchema, json: true }).map(withoutBigIntegers)
}

function withoutBigIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withoutBigIntegers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutBigIntegers(item)]))
}
