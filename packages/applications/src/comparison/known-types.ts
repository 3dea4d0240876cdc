import { type TypeSchema, typeSchemaNamed } from '@plimsoll/kube'
import type { DiffSettings, KnownTypeField } from '../settings/diff-settings.ts'

/** A field of a custom kind that holds a type of the platform, which its controller writes back in the platform's spelling. */
export interface KnownType {
  /** Names only: lists on the way are gone through item by item. */
  path: readonly string[]
  schema: TypeSchema
}

/** Rollouts are known without anybody's word (argo-cd `util/argo/normalizers/knowntypes_normalizer.go`). */
const rollouts: readonly KnownTypeField[] = [{ field: 'spec.template.spec', type: 'core/v1/PodSpec' }]

const bySettings = new WeakMap<DiffSettings, Map<string, readonly KnownType[]>>()

export function knownTypesOf(settings: DiffSettings, { group, kind }: { group: string; kind: string }): readonly KnownType[] {
  let known = bySettings.get(settings)
  if (!known) bySettings.set(settings, (known = readKnownTypes(settings)))
  return known.get(`${group}/${kind}`) ?? none
}

const none: readonly KnownType[] = []

function readKnownTypes(settings: DiffSettings): Map<string, readonly KnownType[]> {
  const known = new Map([['argoproj.io/Rollout', rollouts.flatMap(knownType)]])
  for (const { group, kind, knownTypeFields } of settings.overrides) {
    if (knownTypeFields.length > 0) known.set(`${group}/${kind}`, knownTypeFields.flatMap(knownType))
  }
  return known
}

function knownType({ field, type }: KnownTypeField): KnownType[] {
  const schema = schemaOf(type)
  return schema ? [{ path: field.split('.'), schema: wherever(schema) }] : []
}

function schemaOf(type: string): TypeSchema | undefined {
  if (type === 'core/Quantity') return quantity()
  if (type === 'meta/v1/Duration') return { ...plain, scalar: 'string', format: 'duration' }
  const core = /^core\/v1\/(\w+)$/.exec(type)?.[1]
  if (core === 'ResourceList')
    return { ...plain, map: { fields: new Map(), element: quantity(), atomic: false, preservesUnknown: false, embedded: [] } }
  return core === undefined ? undefined : typeSchemaNamed(`core.v1.${core}`)
}

const plain: TypeSchema = { name: '', scalar: undefined, list: undefined, map: undefined, format: undefined, nullable: false }

function quantity(): TypeSchema | undefined {
  return typeSchemaNamed('M.api.resource.Quantity')
}

/** A list of the type is meant as well as one of it. */
function wherever(schema: TypeSchema): TypeSchema {
  return schema.list ? schema : { ...schema, list: { element: schema, atomic: true, keys: [] } }
}
