import type { FieldSchema, TypeSchema } from '@plimsoll/kube'

/** Schemas under their published names, as `components.schemas` and `definitions` hold them. */
export type Definitions = Record<string, Record<string, unknown>>

/** OpenAPI 3 knows `oneOf`, Swagger 2 does not; references differ in where they point. */
export interface Dialect {
  version: 2 | 3
  refRoot: '#/components/schemas/' | '#/definitions/'
}

export const openApi3: Dialect = { version: 3, refRoot: '#/components/schemas/' }
export const swagger2: Dialect = { version: 2, refRoot: '#/definitions/' }

const packages = new Map([
  ['M', 'io.k8s.apimachinery.pkg.'],
  ['X', 'io.k8s.apiextensions-apiserver.pkg.apis.'],
  ['A', 'io.k8s.kube-aggregator.pkg.apis.'],
])

/** `core.v1.PodSpec` → `io.k8s.api.core.v1.PodSpec`, `M.apis.meta.v1.ObjectMeta` → `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export function publishedName(shortName: string): string {
  const dot = shortName.indexOf('.')
  const prefix = packages.get(shortName.slice(0, dot))
  return prefix === undefined ? `io.k8s.api.${shortName}` : `${prefix}${shortName.slice(dot + 1)}`
}

/** Adds a type and everything it refers to. */
export function addType(type: TypeSchema, definitions: Definitions, dialect: Dialect): void {
  const name = publishedName(type.name)
  if (type.name === '' || type.name.startsWith('__') || Object.hasOwn(definitions, name)) return
  const definition: Record<string, unknown> = {}
  definitions[name] = definition
  Object.assign(definition, describe(type, definitions, dialect))
}

/** What a field's type is in place: a reference where it has a name of its own. */
export function schemaOf(type: TypeSchema, definitions: Definitions, dialect: Dialect): Record<string, unknown> {
  if (type.name !== '' && !type.name.startsWith('__')) {
    addType(type, definitions, dialect)
    return { $ref: dialect.refRoot + publishedName(type.name) }
  }
  return describe(type, definitions, dialect)
}

function describe(type: TypeSchema, definitions: Definitions, dialect: Dialect): Record<string, unknown> {
  switch (type.format) {
    case 'quantity':
      return dialect.version === 3 ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' }
    case 'int-or-string':
      return dialect.version === 3
        ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
        : { type: 'string', format: 'int-or-string' }
    case 'date-time':
      return { type: 'string', format: 'date-time' }
    case 'any':
      return {}
  }
  if (type.scalar === 'untyped' && type.map !== undefined) return {}
  if (type.scalar === 'string') return type.format === undefined ? { type: 'string' } : { type: 'string', format: type.format }
  if (type.scalar === 'boolean') return { type: 'boolean' }
  if (type.scalar === 'numeric') {
    return { type: type.format === 'double' ? 'number' : 'integer', ...(type.format === undefined ? {} : { format: type.format }) }
  }
  if (type.list !== undefined) return { type: 'array', items: schemaOf(type.list.element, definitions, dialect) }
  if (type.map === undefined) return {}
  return describeObject(type, type.map, definitions, dialect)
}

function describeObject(
  type: TypeSchema,
  map: NonNullable<TypeSchema['map']>,
  definitions: Definitions,
  dialect: Dialect,
): Record<string, unknown> {
  if (map.fields.size === 0) {
    if (map.preservesUnknown || map.element === undefined) return { type: 'object' }
    return { type: 'object', additionalProperties: schemaOf(map.element, definitions, dialect) }
  }
  const properties: Record<string, unknown> = {}
  const required: string[] = []
  for (const [name, field] of map.fields) {
    properties[name] = describeField(field, definitions, dialect)
    if (field.required) required.push(name)
  }
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(map.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(type.nullable ? { nullable: true } : {}),
  }
}

function describeField(field: FieldSchema, definitions: Definitions, dialect: Dialect): Record<string, unknown> {
  const schema = schemaOf(field.type, definitions, dialect)
  const { list } = field.type
  const extensions: Record<string, unknown> = {}
  if (list !== undefined && field.type.name === '') {
    extensions['x-kubernetes-list-type'] = list.atomic ? 'atomic' : list.keys.length > 0 ? 'map' : 'set'
    if (!list.atomic && list.keys.length > 0) extensions['x-kubernetes-list-map-keys'] = list.keys
  }
  if (field.patchMergeKey !== undefined) extensions['x-kubernetes-patch-merge-key'] = field.patchMergeKey
  if (field.patchStrategies.length > 0) extensions['x-kubernetes-patch-strategy'] = field.patchStrategies.join(',')
  if (field.default !== undefined && dialect.version === 3) extensions['default'] = field.default
  // Next to a reference nothing may stand; OpenAPI 3 wraps it, as the real documents do.
  if ('$ref' in schema && dialect.version === 3) return { allOf: [schema], default: {}, ...extensions }
  return { ...schema, ...extensions }
}
