import { objectOf, type JsonObject, type JsonValue } from './json.ts'
import type { Kustomization } from './kustomization.ts'
import { writeDocument } from './output-text.ts'

/** What of these was written has been moved to the fields of today when the kustomization was read. */
const movedFields = new Set(['bases', 'imageTags', 'helmChartInflationGenerator'])
const movedOfGenerators = new Set(['env'])

/** A kustomization as a file again. */
export function writeKustomization(kustomization: Kustomization): string {
  const fields = fieldsOf(kustomization, movedFields)
  for (const field of ['configMapGenerator', 'secretGenerator'] as const) {
    const generators = kustomization[field]
    if (generators !== undefined) fields[field] = generators.map((generator) => fieldsOf(generator ?? {}, movedOfGenerators))
  }
  return writeDocument(objectOf(Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length > 0)))
}

function fieldsOf(struct: object, leftOut?: ReadonlySet<string>): JsonObject {
  const fields = Object.entries(struct).filter(([key, value]) => value !== undefined && !leftOut?.has(key))
  return objectOf(fields.map(([key, value]) => [key, valueOf(value)]))
}

function valueOf(value: unknown): JsonValue {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map((item) => valueOf(item))
  if (value instanceof Map) return objectOf([...value].map(([key, item]) => [String(key), valueOf(item)]))
  // What the shapes of a kustomization have read is JSON but for maps, and for their own structs, which have a prototype.
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null ? fieldsOf(value) : (value as JsonValue)
}
