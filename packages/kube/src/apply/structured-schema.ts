import { load } from 'js-yaml'
import type { FieldSchema, ScalarKind, TypeDraft, TypeSchema } from '../schema/type-schema.ts'
import { draftType, fieldSchema, sortedKeys, withRelation } from '../schema/type-schema.ts'

/** A schema in structured-merge-diff's own YAML form (`types:`), as its tests and client-go have them. */
export interface StructuredSchema {
  /** Undefined when the schema has no type of that name. */
  type(reference: StructuredReference | string): TypeSchema | undefined
  names: readonly string[]
}

export interface StructuredReference {
  namedType?: string
  elementRelationship?: Relation
  scalar?: ScalarKind
  list?: { elementType?: StructuredReference; elementRelationship?: Relation; keys?: string[] }
  map?: {
    fields?: { name: string; type?: StructuredReference; default?: unknown }[]
    elementType?: StructuredReference
    elementRelationship?: Relation
  }
}

type Relation = 'atomic' | 'associative' | 'separable'
type Definition = StructuredReference & { name: string }

export function parseStructuredSchema(text: string): StructuredSchema {
  const definitions = new Map<string, Definition>()
  for (const definition of (load(text) as { types?: Definition[] }).types ?? []) definitions.set(definition.name, definition)
  const compiled = new Map<string, TypeDraft>()

  function named(name: string): TypeSchema | undefined {
    const known = compiled.get(name)
    if (known !== undefined) return known
    const definition = definitions.get(name)
    if (definition === undefined) return undefined
    const draft = draftType(name)
    compiled.set(name, draft)
    fill(draft, definition)
    return draft
  }

  function resolve(reference: StructuredReference): TypeSchema | undefined {
    let type: TypeSchema | undefined
    if (reference.namedType !== undefined) type = named(reference.namedType)
    else if (reference.scalar !== undefined || reference.list !== undefined || reference.map !== undefined) {
      const draft = draftType()
      fill(draft, reference)
      type = draft
    }
    if (type === undefined || reference.elementRelationship === undefined) return type
    return withRelation(type, reference.elementRelationship === 'atomic')
  }

  function fill(draft: TypeDraft, definition: StructuredReference): void {
    draft.scalar = definition.scalar
    const { list, map } = definition
    if (list !== undefined) {
      const element = resolve(list.elementType ?? {})
      if (element === undefined) throw new Error(`A list in type '${draft.name}' has no elementType that exists`)
      draft.list = { element, atomic: list.elementRelationship === 'atomic', keys: sortedKeys(list.keys ?? []) }
    }
    if (map !== undefined) {
      const fields = new Map<string, FieldSchema>()
      for (const field of map.fields ?? []) {
        const type = resolve(field.type ?? {})
        if (type !== undefined) fields.set(field.name, fieldSchema(field.name, type, { default: field.default }))
      }
      const element = map.elementType === undefined ? undefined : resolve(map.elementType)
      draft.map = { fields, element, atomic: map.elementRelationship === 'atomic', preservesUnknown: false, embedded: [] }
    }
  }

  return { type: (reference) => (typeof reference === 'string' ? named(reference) : resolve(reference)), names: [...definitions.keys()] }
}
