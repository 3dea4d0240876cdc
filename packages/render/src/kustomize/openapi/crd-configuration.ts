import { RenderError } from '../../engine/tree.ts'
import type { FieldSpec } from '../field-spec.ts'
import { fieldOf, isObject, type JsonObject, type JsonValue } from '../json.ts'

/** What the types of a `crds:` file add to the transformers' configuration, named as in a file of `configurations:`. */
export interface CrdConfiguration {
  commonAnnotations: FieldSpec[]
  commonLabels: FieldSpec[]
  namePrefix: FieldSpec[]
  nameReference: { kind: string; version: string; fieldSpecs: FieldSpec[] }[]
}

/** References of types to types that are nested deeper are a circle: the real tool would never come back. */
const maxDepth = 50

/**
 * Reads a file of `crds:`: an object of type names and `{ Schema: … }`, as gen-openapi writes it. Fields are marked by `x-kubernetes-annotation`,
 * `x-kubernetes-label-selector`, `x-kubernetes-identity` and `x-kubernetes-object-ref-…`; types refer to each other by `$ref: NAME`.
 */
export function loadCrdReferences(content: JsonValue, file: string): CrdConfiguration {
  if (content !== null && !isObject(content)) {
    throw new RenderError(
      `unable to parse open API definition from '${file}': json: cannot unmarshal into Go value of type accumulator.nameToApiMap`,
      { at: { file } },
    )
  }
  const configuration: CrdConfiguration = { commonAnnotations: [], commonLabels: [], namePrefix: [], nameReference: [] }
  const types = content ?? {}
  for (const name of Object.keys(types)) {
    const properties = propertiesOf(types, name)
    if (['kind', 'apiVersion', 'metadata'].some((field) => fieldOf(properties, field) === undefined)) continue
    collect(configuration, types, name, name.slice(name.lastIndexOf('.') + 1), [])
  }
  return configuration
}

function collect(configuration: CrdConfiguration, types: JsonObject, type: string, kind: string, path: readonly string[]): void {
  if (path.length > maxDepth) throw new RenderError(`the type ${type} of a file of crds refers to itself`)
  const properties = propertiesOf(types, type)
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    const here = [...path, name]
    const spec = (tail: readonly string[]): FieldSpec => ({ kind, path: tail.join('/') })
    if (text(property, 'x-kubernetes-annotation') !== undefined) configuration.commonAnnotations.push(spec(here))
    if (text(property, 'x-kubernetes-label-selector') !== undefined) configuration.commonLabels.push(spec(here))
    if (text(property, 'x-kubernetes-identity') !== undefined) configuration.namePrefix.push(spec(here))
    const version = text(property, 'x-kubernetes-object-ref-api-version')
    const target = text(property, 'x-kubernetes-object-ref-kind')
    if (version !== undefined && target !== undefined) {
      const nameKey = text(property, 'x-kubernetes-object-ref-name-key') ?? 'name'
      configuration.nameReference.push({ kind: target, version, fieldSpecs: [spec([...here, nameKey])] })
    }
    const reference = text(property, '$ref')
    if (reference !== undefined) collect(configuration, types, reference, kind, here)
  }
}

/** Go's decoder does not mind whether a field is called `Schema` or `schema`. */
function propertiesOf(types: JsonObject, type: string): JsonValue | undefined {
  const definition = fieldOf(types, type)
  return fieldOf(fieldOf(definition, 'Schema') ?? fieldOf(definition, 'schema'), 'properties')
}

function text(property: JsonValue, name: string): string | undefined {
  const value = fieldOf(property, name)
  return typeof value === 'string' ? value : undefined
}
