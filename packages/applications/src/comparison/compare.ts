import { compareQuantities, type KubeObject, type ListSchema, objectMetaSchema, parseQuantity, type TypeSchema } from '@plimsoll/kube'
import { fieldOf, isDeepEqual, isObject } from '../json.ts'
import { droppedFields, fieldSchemaOf } from './field-ownership.ts'
import type { KnownType } from './known-types.ts'
import type { FieldPath, PathStep } from './path.ts'

/**
 * What is a difference (DESIGN.md): what Git sets and the live object does not show, and each field that our field manager still owns and Git has
 * dropped. What a server defaults and what other managers set is none.
 */
export interface Comparison {
  differences: Difference[]
  /**
   * Lists and maps that are owned as a whole and that carry more in the cluster than Git sets: a default of the server, or a field that
   * Git has dropped. Only the server can tell; empty nearly always.
   */
  doubts: FieldPath[]
}

export interface Difference {
  path: FieldPath
  /** Undefined: the live object has no such field. */
  live: unknown
  /** Undefined: Git has dropped it. */
  target: unknown
}

export interface ComparisonOptions {
  /** Without one, maps are compared field by field and lists as a whole, as server-side apply does. */
  schema: TypeSchema | undefined
  /** Kinds of the platform itself drop zero values when they are written; custom resources keep them. */
  dropsZeroValues: boolean
  /** The state that controllers report counts too, where Git says something of it. */
  comparesStatus?: boolean
  /** Of a custom kind: the fields in which values of the platform count as it spells them. Their lists are still the custom kind's. */
  knownTypes?: readonly KnownType[]
}

/** Both objects as they are; neither is changed. */
export function compareObjects(target: KubeObject, live: KubeObject, options: ComparisonOptions): Comparison {
  const walk = new Walk(options)
  for (const name of Object.keys(target)) {
    if (name === 'apiVersion' || name === 'kind' || (name === 'status' && options.comparesStatus !== true)) continue
    if (name === 'metadata')
      walk.metadata(target.metadata as unknown as Record<string, unknown>, live.metadata as unknown as Record<string, unknown>)
    else walk.value(fieldOf(target, name), fieldOf(live, name), fieldSchemaOf(options.schema, name), [{ field: name }])
  }
  const known = new Set(walk.differences.map((difference) => JSON.stringify(difference.path)))
  for (const dropped of droppedFields(live, target, options.schema)) {
    if (!known.has(JSON.stringify(dropped.path))) walk.differences.push({ path: dropped.path, live: dropped.live, target: undefined })
  }
  return { differences: walk.differences, doubts: walk.doubts }
}

/** What of `metadata` a source can set. The rest belongs to the server. */
export const comparedMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

class Walk {
  readonly differences: Difference[] = []
  readonly doubts: FieldPath[] = []
  readonly #options: ComparisonOptions
  /** Inside of a field with a known type. */
  #isKnown = false

  constructor(options: ComparisonOptions) {
    this.#options = options
  }

  metadata(target: Record<string, unknown>, live: Record<string, unknown>): void {
    for (const name of comparedMetadata) {
      const path: PathStep[] = [{ field: 'metadata' }, { field: name }]
      this.value(fieldOf(target, name), fieldOf(live, name), fieldSchemaOf(objectMetaSchema(), name), path)
    }
  }

  value(target: unknown, live: unknown, schema: TypeSchema | undefined, path: PathStep[]): void {
    // Null in a manifest is the same as not writing the field.
    if (target === undefined || target === null) return
    const known = this.#isKnown ? undefined : this.#options.knownTypes?.find((one) => isAt(path, one.path))
    if (known) {
      this.#isKnown = true
      this.value(target, live, known.schema, path)
      this.#isKnown = false
      return
    }
    if (live === undefined || live === null) {
      if (!this.#isAsGoodAsAbsent(target)) this.#differ(path, live, target)
      return
    }
    if (isObject(target) && isObject(live)) this.#map(target, live, schema, path)
    else if (Array.isArray(target) && Array.isArray(live)) this.#list(target, live, schema, path)
    else if (!isSameScalar(target, live, schema)) this.#differ(path, live, target)
  }

  #map(target: Record<string, unknown>, live: Record<string, unknown>, schema: TypeSchema | undefined, path: PathStep[]): void {
    if (schema?.map?.atomic) {
      const extra = Object.keys(live).filter((name) => !Object.hasOwn(target, name) && !isEmpty(live[name]))
      if (extra.length > 0) this.doubts.push(path)
    }
    for (const [name, value] of Object.entries(target)) {
      this.value(value, fieldOf(live, name), fieldSchemaOf(schema, name), [...path, { field: name }])
    }
  }

  #list(target: unknown[], live: unknown[], schema: TypeSchema | undefined, path: PathStep[]): void {
    const list = schema?.list
    const isMerged = list && !list.atomic && !this.#isKnown
    if (isMerged && list.keys.length > 0 && target.every(isObject) && live.every(isObject)) {
      return this.#keyedList(target, live, list, path)
    }
    if (isMerged && list.keys.length === 0) {
      for (const item of target) {
        if (!live.some((other) => isDeepEqual(item, other))) this.#differ([...path, { value: item }], undefined, item)
      }
      return
    }
    if (target.length !== live.length) return this.#differ(path, live, target)
    const before = this.differences.length
    let hasExtra = false
    for (const [index, item] of target.entries()) {
      this.value(item, live[index], list?.element, [...path, { index }])
      hasExtra ||= hasMoreThan(item, live[index])
    }
    if (hasExtra && this.differences.length === before) this.doubts.push(path)
  }

  #keyedList(target: Record<string, unknown>[], live: Record<string, unknown>[], list: ListSchema, path: PathStep[]): void {
    const keyOf = (item: Record<string, unknown>, name: string): unknown =>
      fieldOf(item, name) ?? list.element.map?.fields.get(name)?.default
    const keysOf = (item: Record<string, unknown>): string => JSON.stringify(list.keys.map((name) => keyOf(item, name) ?? null))
    const unmatched = new Map<string, Record<string, unknown>[]>()
    for (const item of live) {
      const key = keysOf(item)
      const same = unmatched.get(key)
      if (same) same.push(item)
      else unmatched.set(key, [item])
    }
    for (const item of target) {
      const found = unmatched.get(keysOf(item))?.shift()
      const keys = Object.fromEntries(
        list.keys.map((name) => [name, keyOf(item, name)] as const).filter(([, value]) => value !== undefined),
      )
      const here = [...path, { keys }]
      if (found) this.value(item, found, list.element, here)
      else this.#differ(here, undefined, item)
    }
    const last = path.at(-1)
    if (last && 'field' in last && orderMatters.has(last.field) && !isSameOrder(target.map(keysOf), live.map(keysOf))) {
      this.#differ(path, live, target)
    }
  }

  #isAsGoodAsAbsent(target: unknown): boolean {
    if (isEmpty(target)) return true
    return (this.#options.dropsZeroValues || this.#isKnown) && (target === false || target === 0)
  }

  #differ(path: FieldPath, live: unknown, target: unknown): void {
    this.differences.push({ path, live: live ?? undefined, target })
  }
}

/** Whether a path leads to the field with these names, through whatever items of lists. */
function isAt(path: FieldPath, names: readonly string[]): boolean {
  const fields = path.flatMap((step) => ('field' in step ? [step.field] : []))
  return fields.length === names.length && fields.every((name, index) => name === names[index])
}

/** Lists of which the order is part of the meaning: init containers run in it, `$(VAR)` looks back along it. */
const orderMatters = new Set(['initContainers', 'env'])

function isSameOrder(target: string[], live: string[]): boolean {
  const wanted = new Set(target)
  const common = live.filter((key) => wanted.has(key))
  const present = new Set(common)
  return isDeepEqual(
    target.filter((key) => present.has(key)),
    common,
  )
}

/** `{}`, `[]` and `''` are dropped by a server that writes typed objects. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.values(value).every(isEmpty)
}

function hasMoreThan(target: unknown, live: unknown): boolean {
  if (Array.isArray(target) && Array.isArray(live)) return target.some((item, index) => hasMoreThan(item, live[index]))
  if (!isObject(target) || !isObject(live)) return false
  return Object.entries(live).some(([name, value]) =>
    Object.hasOwn(target, name) ? hasMoreThan(target[name], value) : !isEmpty(value) && value !== false && value !== 0,
  )
}

function isSameScalar(target: unknown, live: unknown, schema: TypeSchema | undefined): boolean {
  if (target === live) return true
  if (schema?.format === 'quantity') return isSameQuantity(target, live)
  if (schema?.format === 'duration') return isSameDuration(target, live)
  if (schema?.format === 'date-time')
    return typeof target === 'string' && typeof live === 'string' && Date.parse(target) === Date.parse(live)
  return false
}

function isSameQuantity(target: unknown, live: unknown): boolean {
  try {
    return compareQuantities(parseQuantity(String(target)), parseQuantity(String(live))) === 0
  } catch {
    return false
  }
}

/** Go's durations: `60m` and `1h0m0s` are one. */
function isSameDuration(target: unknown, live: unknown): boolean {
  const [a, b] = [secondsOf(target), secondsOf(live)]
  return a !== undefined && a === b
}

const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }

function secondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^-?(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(value)) return undefined
  let seconds = 0
  for (const [, count, unit] of value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g))
    seconds += Number(count) * (unitSeconds[unit ?? ''] ?? 0)
  return value.startsWith('-') ? -seconds : seconds
}
