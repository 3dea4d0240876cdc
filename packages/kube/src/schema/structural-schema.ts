import { objectMetaSchema } from './built-in-schema.ts'
import { isMap, own } from './json-value.ts'
import type { FieldSchema, TypeDraft, TypeSchema } from './type-schema.ts'
import { deducedType, draftType, fieldSchema, noFields, scalarType, sortedKeys } from './type-schema.ts'

/** Deeper than any structural schema is; one from outside must not exhaust the stack. */
const maxDepth = 200

/**
 * The schema of a custom resource from its `openAPIV3Schema`, as the API server reads it for server-side apply
 * (kube-openapi schemaconv): lists are atomic unless `x-kubernetes-list-type` says otherwise, maps are granular unless
 * `x-kubernetes-map-type` says atomic, objects without properties are free. `apiVersion`, `kind` and `metadata` are
 * always there. Without a schema everything but these is deduced from values.
 */
export function compileStructuralSchema(schema: unknown): TypeSchema {
  const root = draftType()
  if (isMap(schema)) fillObject(root, schema, 0)
  else root.map = { fields: noFields, element: deducedType, atomic: false, preservesUnknown: true, embedded: [] }
  return asObject(root)
}

/** An object of the API, whatever its schema says about its head. */
function asObject(type: TypeSchema): TypeSchema {
  const fields = new Map<string, FieldSchema>(type.map?.fields ?? [])
  for (const name of ['apiVersion', 'kind']) fields.set(name, fieldSchema(name, scalarType('string')))
  fields.set('metadata', fieldSchema('metadata', objectMetaSchema(), { isStruct: true }))
  return {
    ...type,
    scalar: undefined,
    list: undefined,
    map: { element: undefined, preservesUnknown: false, embedded: [], ...type.map, atomic: false, fields },
  }
}

function compile(schema: unknown, depth: number): TypeSchema {
  if (!isMap(schema)) return deducedType
  if (depth > maxDepth) throw new Error(`The schema is nested deeper than ${maxDepth} levels`)
  const draft = draftType()
  draft.nullable = own(schema, 'nullable') === true
  const format = own(schema, 'format')
  draft.format = typeof format === 'string' ? format : undefined
  if (own(schema, 'x-kubernetes-int-or-string') === true) {
    draft.scalar = 'untyped'
    draft.format = 'int-or-string'
    return draft
  }
  fill(draft, schema, depth)
  return own(schema, 'x-kubernetes-embedded-resource') === true ? asObject(draft) : draft
}

function fill(draft: TypeDraft, schema: Record<string, unknown>, depth: number): void {
  switch (own(schema, 'type')) {
    case 'string':
      draft.scalar = 'string'
      return
    case 'integer':
    case 'number':
      draft.scalar = 'numeric'
      return
    case 'boolean':
      draft.scalar = 'boolean'
      return
    case 'array':
      fillList(draft, schema, depth)
      return
    case 'object':
      fillObject(draft, schema, depth)
      return
    default:
      if (isMap(own(schema, 'properties')) || own(schema, 'additionalProperties') !== undefined) fillObject(draft, schema, depth)
      else {
        draft.name = deducedType.name
        draft.scalar = deducedType.scalar
        draft.list = deducedType.list
        draft.map = deducedType.map
      }
  }
}

function fillList(draft: TypeDraft, schema: Record<string, unknown>, depth: number): void {
  const relation = own(schema, 'x-kubernetes-list-type')
  const keys = own(schema, 'x-kubernetes-list-map-keys')
  const granular = relation === 'map' || relation === 'set'
  draft.list = {
    element: compile(own(schema, 'items'), depth + 1),
    atomic: !granular,
    keys: relation === 'map' && Array.isArray(keys) ? sortedKeys(keys.filter((key): key is string => typeof key === 'string')) : [],
  }
}

function fillObject(draft: TypeDraft, schema: Record<string, unknown>, depth: number): void {
  const properties = own(schema, 'properties')
  const additional = own(schema, 'additionalProperties')
  const required = own(schema, 'required')
  const names = new Set<unknown>(Array.isArray(required) ? required : [])
  const fields = new Map<string, FieldSchema>()
  for (const [name, property] of isMap(properties) ? Object.entries(properties) : []) {
    fields.set(
      name,
      fieldSchema(name, compile(property, depth + 1), {
        required: names.has(name),
        default: isMap(property) ? own(property, 'default') : undefined,
        keepsZero: true,
      }),
    )
  }
  const preserves = own(schema, 'x-kubernetes-preserve-unknown-fields') === true
  const isFree = preserves || (fields.size === 0 && additional === undefined) || additional === true
  const element = isMap(additional) ? compile(additional, depth + 1) : isFree ? deducedType : undefined
  draft.map = { fields, element, atomic: own(schema, 'x-kubernetes-map-type') === 'atomic', preservesUnknown: preserves, embedded: [] }
}
