import { RenderError } from '../../engine/tree.ts'
import { fieldOf, isObject, type JsonObject, type JsonValue } from '../json.ts'
import type { PatchSchema } from './patch-schema.ts'

/** A chain of `$ref` that is longer leads nowhere: it is a circle. */
const maxReferences = 100

/** What an OpenAPI 2 document says of kinds: `definitions` of their types, and `paths` from which follows whether they have a namespace. */
export class OpenApiDocument {
  readonly #root: JsonObject
  readonly #types = new Map<string, JsonObject>()
  readonly #isNamespaced = new Map<string, boolean>()
  readonly #schemas = new Map<JsonObject, PatchSchema>()

  /** Throws `RenderError` when `document` is no object of objects. */
  constructor(document: JsonValue) {
    if (!isObject(document)) throw invalid('json: cannot unmarshal into Go value of type spec.Swagger')
    this.#root = document
    for (const definition of Object.values(objectField(document, 'definitions'))) {
      if (!isObject(definition)) continue
      const kinds = fieldOf(definition, 'x-kubernetes-group-version-kind')
      if (Array.isArray(kinds)) for (const kind of kinds) addKey(kind, (key) => this.#types.set(key, definition))
    }
    for (const [path, item] of Object.entries(objectField(document, 'paths'))) {
      const kind = fieldOf(fieldOf(item, 'get'), 'x-kubernetes-group-version-kind')
      if (path.includes('namespaces/{namespace}')) addKey(kind, (key) => this.#isNamespaced.set(key, true))
      else addKey(kind, (key) => this.#isNamespaced.set(key, this.#isNamespaced.get(key) ?? false))
    }
  }

  schemaFor(apiVersion: string, kind: string): PatchSchema | undefined {
    const type = this.#types.get(kindKey(apiVersion, kind))
    return type === undefined ? undefined : this.#schemaOf(type)
  }

  /** Undefined: the document does not say. */
  isNamespaced(apiVersion: string, kind: string): boolean | undefined {
    return this.#isNamespaced.get(kindKey(apiVersion, kind))
  }

  #schemaOf(type: JsonObject): PatchSchema {
    let schema = this.#schemas.get(type)
    if (schema === undefined) {
      schema = {
        mergeKeys: mergeKeysOf(type),
        field: (name) => this.#fieldOf(type, name),
        elements: () => (fieldOf(type, 'type') === 'array' ? this.#resolved(fieldOf(type, 'items')) : undefined),
      }
      this.#schemas.set(type, schema)
    }
    return schema
  }

  #fieldOf(type: JsonObject, name: string): PatchSchema | undefined {
    const property = fieldOf(fieldOf(type, 'properties'), name)
    return this.#resolved(property ?? fieldOf(type, 'additionalProperties'))
  }

  #resolved(value: JsonValue | undefined): PatchSchema | undefined {
    let type = value
    for (let count = 0; count < maxReferences; count += 1) {
      if (!isObject(type)) return undefined
      const reference = fieldOf(type, '$ref')
      if (typeof reference !== 'string' || reference === '') return this.#schemaOf(type)
      type = this.#pointedTo(reference)
    }
    return undefined
  }

  /** Only `#/…`: nothing outside of the document is read. */
  #pointedTo(reference: string): JsonValue | undefined {
    if (!reference.startsWith('#/')) return undefined
    const names = reference.slice(2).split('/')
    return names.reduce<JsonValue | undefined>(
      (value, name) => fieldOf(value, name.replaceAll('~1', '/').replaceAll('~0', '~')),
      this.#root,
    )
  }
}

function mergeKeysOf(type: JsonObject): readonly string[] | undefined {
  const strategy = fieldOf(type, 'x-kubernetes-patch-strategy')
  if (typeof strategy !== 'string' || !strategy.split(',').includes('merge')) return undefined
  const keys = fieldOf(type, 'x-kubernetes-list-map-keys')
  if (Array.isArray(keys)) return keys.filter((key) => typeof key === 'string')
  const key = fieldOf(type, 'x-kubernetes-patch-merge-key')
  return typeof key === 'string' ? [key] : []
}

function addKey(kind: JsonValue | undefined, add: (key: string) => void): void {
  const [group, version, name] = ['group', 'version', 'kind'].map((part) => fieldOf(kind, part))
  if (typeof version !== 'string' || typeof name !== 'string') return
  add(kindKey(typeof group === 'string' && group !== '' ? `${group}/${version}` : version, name))
}

function kindKey(apiVersion: string, kind: string): string {
  return `${apiVersion}\n${kind}`
}

function objectField(object: JsonObject, name: string): JsonObject {
  const value = fieldOf(object, name)
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw invalid(`json: cannot unmarshal into Go struct field SwaggerProps.${name}`)
  return value
}

function invalid(cause: string): RenderError {
  return new RenderError(`invalid schema file: ${cause}`, {
    remedy: 'openapi.path has to name an OpenAPI 2 document in JSON or YAML.',
  })
}
