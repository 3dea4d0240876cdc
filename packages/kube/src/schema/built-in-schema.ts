import { readFileSync } from 'node:fs'
import type { GroupVersionKind } from '../object.ts'
import { joinApiVersion } from '../object.ts'
import type { FieldSchema, PatchStrategy, TypeDraft, TypeSchema } from './type-schema.ts'
import { atomicType, deducedType, draftType, fieldSchema, noFields, scalarType, sortedKeys, withRelation } from './type-schema.ts'

/** One field of the fact table: name ('' for an embedded struct), type expression, protobuf number, the rest. */
type FieldFact = [name: string, type: string, number: number, extras?: FieldExtras]

interface FieldExtras {
  required?: 1
  list?: 'atomic' | 'set' | 'map'
  keys?: string[]
  /** Overrides what the type says of itself. */
  atomic?: 0 | 1
  strategy?: string
  mergeKey?: string
  default?: unknown
  struct?: 1
  zero?: 1
}

interface TypeFact {
  fields?: FieldFact[]
  atomic?: 1
  /** A type that JSON writes as something else than an object: the format, or the JSON type. */
  leaf?: string
  wireOnly?: 1
}

interface Facts {
  /** `apps/v1/Deployment` → type name. */
  kinds: ReadonlyMap<string, string>
  /** Type name → its line of the table, `["NAME",{…}]`. */
  lines: ReadonlyMap<string, string>
}

let facts: Facts | undefined
const compiled = new Map<string, TypeDraft>()

// The table is read when the first type is asked for, and a type's line when that type is: most processes need a few kinds.
function loadFacts(): Facts {
  if (facts !== undefined) return facts
  // Both src/schema (tests) and dist/schema (built) find the one copy in src: tsc copies no data files.
  const text = readFileSync(new URL('../../src/schema/kubernetes-facts.ndjson', import.meta.url), 'utf8')
  const [first = '{}', ...rest] = text.trimEnd().split('\n')
  const kinds = new Map(Object.entries(JSON.parse(first) as Record<string, string>))
  facts = { kinds, lines: new Map(rest.map((line) => [line.slice(2, line.indexOf('"', 2)), line])) }
  return facts
}

/** The schema of a built-in kind, or undefined when there is none (custom resources bring their own). */
export function typeSchemaFor(gvk: GroupVersionKind): TypeSchema | undefined {
  const name = loadFacts().kinds.get(`${joinApiVersion(gvk.group, gvk.version)}/${gvk.kind}`)
  if (name !== undefined) return typeSchemaNamed(name)
  // These are at home in every group.
  return everywhere.has(gvk.kind) ? typeSchemaNamed(`M.apis.meta.v1.${gvk.kind}`) : undefined
}

const everywhere: ReadonlySet<string> = new Set([
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
  'Status',
])

/**
 * A built-in type by its short name: `core.v1.PodSpec`; types of apimachinery start with `M.`: `M.apis.meta.v1.ObjectMeta`,
 * of apiextensions with `X.`, of the aggregator with `A.`.
 */
export function typeSchemaNamed(name: string): TypeSchema | undefined {
  return compiled.get(name) ?? (loadFacts().lines.has(name) ? compileType(name) : undefined)
}

/** The name that OpenAPI documents and `$ref`s use: `core.v1.PodSpec` → `io.k8s.api.core.v1.PodSpec`. */
export function openApiTypeName(name: string): string {
  const home = openApiHomes.find(([letter]) => name.startsWith(letter))
  return home === undefined ? `io.k8s.api.${name}` : `${home[1]}${name.slice(2)}`
}

const openApiHomes = [
  ['M.', 'io.k8s.apimachinery.pkg.'],
  ['X.', 'io.k8s.apiextensions-apiserver.pkg.apis.'],
  ['A.', 'io.k8s.kube-aggregator.pkg.apis.'],
] as const

/** All kinds of the table, as `apps/v1/Deployment` → short type name. */
export function builtInKinds(): ReadonlyMap<string, string> {
  return loadFacts().kinds
}

/** `metadata` of every object. */
export function objectMetaSchema(): TypeSchema {
  return compileType('M.apis.meta.v1.ObjectMeta')
}

function compileType(name: string): TypeSchema {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const line = loadFacts().lines.get(name)
  if (line === undefined) throw new Error(`The fact table has no type ${name}`)
  const [, fact] = JSON.parse(line) as [string, TypeFact]
  const draft = draftType(name)
  compiled.set(name, draft)
  if (fact.leaf !== undefined) {
    fillLeaf(draft, fact.leaf)
    return draft
  }
  const fields = new Map<string, FieldSchema>()
  const embedded: { number: number; type: TypeSchema }[] = []
  for (const [field, type, number, extras] of fact.fields ?? []) {
    if (field === '') embedded.push({ number, type: compileExpression(type, undefined) })
    else fields.set(field, compileField(field, type, number, extras))
  }
  draft.map = { fields, element: undefined, atomic: fact.atomic === 1, preservesUnknown: false, embedded }
  return draft
}

function compileField(name: string, type: string, number: number, extras: FieldExtras | undefined): FieldSchema {
  return fieldSchema(name, compileExpression(type, extras), {
    number,
    required: extras?.required === 1,
    isStruct: extras?.struct === 1,
    keepsZero: extras?.zero === 1 || extras?.required === 1,
    default: extras?.default,
    patchMergeKey: extras?.mergeKey,
    patchStrategies: extras?.strategy === undefined ? [] : (extras.strategy.split(',') as PatchStrategy[]),
  })
}

/** `[]` and `{}` are lists and maps of what follows, `@` refers to a type. A list that says nothing of itself is atomic. */
function compileExpression(expression: string, extras: FieldExtras | undefined): TypeSchema {
  if (expression.startsWith('[]')) {
    const draft = draftType()
    const granular = extras?.list === 'map' || extras?.list === 'set'
    draft.list = { element: compileExpression(expression.slice(2), undefined), atomic: !granular, keys: sortedKeys(extras?.keys ?? []) }
    return draft
  }
  if (expression.startsWith('{}')) {
    const draft = draftType()
    const element = compileExpression(expression.slice(2), undefined)
    draft.map = { fields: noFields, element, atomic: extras?.atomic === 1, preservesUnknown: false, embedded: [] }
    return draft
  }
  if (expression.startsWith('@')) {
    const type = compileType(expression.slice(1))
    return extras?.atomic === undefined ? type : withRelation(type, extras.atomic === 1)
  }
  return scalars[expression] ?? deducedType
}

const scalars: Record<string, TypeSchema | undefined> = {
  string: scalarType('string'),
  bytes: scalarType('string', 'byte'),
  bool: scalarType('boolean'),
  int32: scalarType('numeric', 'int32'),
  int64: scalarType('numeric', 'int64'),
  double: scalarType('numeric', 'double'),
}

/** As client-go's generated schema has them: times, quantities and int-or-strings are any scalar, raw objects any map. */
function fillLeaf(draft: TypeDraft, leaf: string): void {
  draft.format = draft.name === 'M.api.resource.Quantity' ? 'quantity' : leaf
  if (leaf === 'object') {
    draft.map = { fields: noFields, element: deducedType, atomic: false, preservesUnknown: true, embedded: [] }
  } else if (leaf === 'any') {
    draft.scalar = atomicType.scalar
    draft.list = deducedType.list
    draft.map = deducedType.map
  } else {
    draft.scalar = 'untyped'
  }
}
