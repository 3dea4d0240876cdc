/**
 * What is known of a type, in the one form that server-side apply, strategic merge, field validation, OpenAPI and the
 * protobuf decoder share. As in structured-merge-diff's `schema` package a type may allow several shapes at once: an
 * untyped value can be a scalar, a list or a map. Schemas are graphs (a JSON schema contains itself) and never change.
 */
export interface TypeSchema {
  /** `core.v1.PodSpec` in short form for built-in types, '' for a type without a name. */
  readonly name: string
  readonly scalar: ScalarKind | undefined
  readonly list: ListSchema | undefined
  readonly map: MapSchema | undefined
  /** OpenAPI format where there is one: int32, int64, double, byte, date-time, int-or-string, quantity. */
  readonly format: string | undefined
  /** A null is a value of this type (OpenAPI `nullable`). */
  readonly nullable: boolean
}

/** `numeric` is any JSON number, `untyped` any scalar. */
export type ScalarKind = 'string' | 'numeric' | 'boolean' | 'untyped'

export interface ListSchema {
  readonly element: TypeSchema
  /** An atomic list has one owner as a whole; the others are sets (no `keys`) or maps by `keys`. */
  readonly atomic: boolean
  readonly keys: readonly string[]
}

export interface MapSchema {
  /** Declared fields; empty for a map from any name to `element`. */
  readonly fields: ReadonlyMap<string, FieldSchema>
  /** Type of what is not declared; undefined: nothing else is allowed. */
  readonly element: TypeSchema | undefined
  readonly atomic: boolean
  /** Undeclared fields are kept, but are not part of the type: x-kubernetes-preserve-unknown-fields. */
  readonly preservesUnknown: boolean
  /** Fields whose numbers are the wire's own: structs that the JSON form has dissolved. Protobuf only. */
  readonly embedded: readonly { readonly number: number; readonly type: TypeSchema }[]
}

export interface FieldSchema {
  readonly name: string
  readonly type: TypeSchema
  readonly required: boolean
  /** Only where it takes part in identity: the default of a list-map key (`protocol: TCP`), and CRD defaults. */
  readonly default: unknown
  /** How strategic merge patch treats the field; absent: maps merge, lists are replaced. */
  readonly patchStrategies: readonly PatchStrategy[]
  readonly patchMergeKey: string | undefined
  /** A struct by value: where its parent is, it is, if only as `{}`; nobody adds or removes it as such. */
  readonly isStruct: boolean
  /** Its zero ('', 0, false) is a value; elsewhere the API leaves zeros out. Protobuf has them all. */
  readonly keepsZero: boolean
  /** Field number in the protobuf form, 0 where it has none. */
  readonly number: number
  /** `f:NAME`: how field sets name it. Made once. */
  readonly element: string
}

export type PatchStrategy = 'merge' | 'replace' | 'retainKeys'

/** A schema under construction: filled in after it is already referred to, because types refer to themselves. */
export interface TypeDraft {
  name: string
  scalar: ScalarKind | undefined
  list: ListSchema | undefined
  map: MapSchema | undefined
  format: string | undefined
  nullable: boolean
}

export function draftType(name = ''): TypeDraft {
  return { name, scalar: undefined, list: undefined, map: undefined, format: undefined, nullable: false }
}

export function scalarType(scalar: ScalarKind, format?: string): TypeSchema {
  return { ...draftType(), scalar, format }
}

export function listType(element: TypeSchema, options: { atomic?: boolean; keys?: readonly string[] } = {}): TypeSchema {
  return { ...draftType(), list: { element, atomic: options.atomic ?? false, keys: sortedKeys(options.keys ?? []) } }
}

export function mapType(element: TypeSchema, options: { atomic?: boolean } = {}): TypeSchema {
  return { ...draftType(), map: { fields: noFields, element, atomic: options.atomic ?? false, preservesUnknown: false, embedded: [] } }
}

/** Keys in the order in which field sets write them: structured-merge-diff sorts a key's fields by name. */
export function sortedKeys(keys: readonly string[]): readonly string[] {
  return [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

export const noFields: ReadonlyMap<string, FieldSchema> = new Map()

export function fieldSchema(
  name: string,
  type: TypeSchema,
  options: Partial<Omit<FieldSchema, 'name' | 'type' | 'element'>> = {},
): FieldSchema {
  return {
    name,
    type,
    required: options.required ?? false,
    default: options.default,
    patchStrategies: options.patchStrategies ?? [],
    patchMergeKey: options.patchMergeKey,
    isStruct: options.isStruct ?? false,
    keepsZero: options.keepsZero ?? false,
    number: options.number ?? 0,
    element: `f:${name}`,
  }
}

/** Overrides how the elements of a referred type belong together, as a field of structured-merge-diff's schema may. */
export function withRelation(type: TypeSchema, atomic: boolean): TypeSchema {
  if (type.map !== undefined) return { ...type, map: { ...type.map, atomic } }
  if (type.list !== undefined) return { ...type, list: { ...type.list, atomic } }
  return type
}

const untypedAtomic = draftType('__untyped_atomic_')
untypedAtomic.scalar = 'untyped'
untypedAtomic.list = { element: untypedAtomic, atomic: true, keys: [] }
untypedAtomic.map = { fields: noFields, element: untypedAtomic, atomic: true, preservesUnknown: false, embedded: [] }

const untypedDeduced = draftType('__untyped_deduced_')
untypedDeduced.scalar = 'untyped'
untypedDeduced.list = { element: untypedAtomic, atomic: true, keys: [] }
untypedDeduced.map = { fields: noFields, element: untypedDeduced, atomic: false, preservesUnknown: false, embedded: [] }

/** A value nobody may own a part of. */
export const atomicType: TypeSchema = untypedAtomic

/** For objects without a schema: maps by key, lists as a whole. Known in managed fields as `__untyped_deduced_`. */
export const deducedType: TypeSchema = untypedDeduced
