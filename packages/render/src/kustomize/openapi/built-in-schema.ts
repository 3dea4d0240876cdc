import { builtInTypeOf, builtInTypes } from './built-in-types.ts'
import { leafSchema, type PatchSchema } from './patch-schema.ts'

/** The type of a kind of the Kubernetes 1.21.2 API, which is what kustomize knows without being told more. */
export function builtInSchemaFor(apiVersion: string, kind: string): PatchSchema | undefined {
  const type = builtInTypeOf(apiVersion, kind)
  return type === undefined ? undefined : schemaOf(type)
}

const schemas = new Map<string, PatchSchema>()

function schemaOf(type: string): PatchSchema {
  let schema = schemas.get(type)
  if (schema === undefined) schemas.set(type, (schema = new BuiltInSchema(type)))
  return schema
}

/** A field that the table does not name holds nothing that merges. */
class BuiltInSchema implements PatchSchema {
  readonly mergeKeys = undefined
  readonly #fields = new Map<string, PatchSchema>()

  constructor(type: string) {
    for (const [name, field] of Object.entries(builtInTypes[type] ?? {})) {
      this.#fields.set(name, typeof field === 'string' ? schemaOf(field) : listSchema(field.merge, field.of))
    }
  }

  field(name: string): PatchSchema {
    return this.#fields.get(name) ?? leafSchema
  }

  elements(): undefined {
    return undefined
  }
}

function listSchema(mergeKeys: readonly string[] | undefined, type: string | undefined): PatchSchema {
  const elements = type === undefined ? leafSchema : schemaOf(type)
  return { mergeKeys, field: () => undefined, elements: () => elements }
}
