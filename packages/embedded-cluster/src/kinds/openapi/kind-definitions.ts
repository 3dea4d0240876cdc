import { objectMetaSchema, typeSchemaFor, typeSchemaNamed } from '@plimsoll/kube'
import type { Kind } from '../kind.ts'
import { fieldsOf, fieldsOrEmpty } from '../reading.ts'
import { addType, type Definitions, type Dialect, publishedName, schemaOf } from './type-definitions.ts'

/** Adds what a kind and its list are made of, marked with their group, version and kind. */
export function addKind(kind: Kind, definitions: Definitions, dialect: Dialect): void {
  for (const name of [kind.type.kind, kind.listKind]) {
    const gvk = { group: kind.type.group, version: kind.type.version, kind: name }
    const definition = kind.isCustom ? customDefinition(kind, name, definitions, dialect) : builtInDefinition(gvk, definitions, dialect)
    if (definition !== undefined) definition['x-kubernetes-group-version-kind'] = [gvk]
  }
}

function builtInDefinition(
  gvk: { group: string; version: string; kind: string },
  definitions: Definitions,
  dialect: Dialect,
): Record<string, unknown> | undefined {
  const type = typeSchemaFor(gvk)
  if (type === undefined) return undefined
  addType(type, definitions, dialect)
  return definitions[publishedName(type.name)]
}

/** `stable.example.com/v1 CronTab` → `com.example.stable.v1.CronTab`. */
export function customName(group: string, version: string, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

function customDefinition(kind: Kind, name: string, definitions: Definitions, dialect: Dialect): Record<string, unknown> {
  const { group, version } = kind.type
  const published = customName(group, version, name)
  const standard = { apiVersion: { type: 'string' }, kind: { type: 'string' } }
  let definition: Record<string, unknown>
  if (name === kind.listKind) {
    const listMeta = typeSchemaNamed('M.apis.meta.v1.ListMeta')
    definition = {
      description: `${name} is a list of ${kind.type.kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        ...standard,
        metadata: listMeta === undefined ? { type: 'object' } : schemaOf(listMeta, definitions, dialect),
        items: { type: 'array', items: { $ref: dialect.refRoot + customName(group, version, kind.type.kind) } },
      },
    }
  } else {
    const raw = fieldsOrEmpty(dialect.version === 2 ? forSwagger(kind.openApiSchema ?? {}) : (kind.openApiSchema ?? {}))
    definition = {
      ...raw,
      type: 'object',
      properties: {
        ...fieldsOf(raw['properties']),
        ...standard,
        metadata: schemaOf(objectMetaSchema(), definitions, dialect),
      },
    }
  }
  definitions[published] = definition
  return definition
}

/** Swagger 2 has none of these; what they allowed is left open, so that old clients refuse nothing that is right. */
const unknownToSwagger = new Set(['nullable', 'oneOf', 'anyOf', 'allOf', 'not', 'default', 'x-kubernetes-validations'])

function forSwagger(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forSwagger)
  const fields = fieldsOf(schema)
  if (fields === undefined) return schema
  const keepsAnything = fields['x-kubernetes-preserve-unknown-fields'] === true || fields['nullable'] === true
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (unknownToSwagger.has(key)) continue
    if (keepsAnything && (key === 'type' || key === 'items' || key === 'properties')) continue
    if (key === 'properties') {
      result[key] = Object.fromEntries(Object.entries(fieldsOrEmpty(value)).map(([name, property]) => [name, forSwagger(property)]))
    } else result[key] = forSwagger(value)
  }
  return result
}

/** Where operations point to for a body of this kind; undefined when no document has it. */
export function referenceTo(
  gvk: { group: string; version: string; kind: string },
  definitions: Definitions,
  dialect: Dialect,
): Record<string, unknown> | undefined {
  const custom = customName(gvk.group, gvk.version, gvk.kind)
  if (Object.hasOwn(definitions, custom)) return { $ref: dialect.refRoot + custom }
  const type = typeSchemaFor(gvk)
  if (type === undefined) return undefined
  addType(type, definitions, dialect)
  const definition = definitions[publishedName(type.name)]
  if (definition !== undefined) definition['x-kubernetes-group-version-kind'] ??= [gvk]
  return { $ref: dialect.refRoot + publishedName(type.name) }
}
