import { type KubeObject, lastAppliedAnnotation, type ManagedFieldsEntry, type TypeSchema } from '@plimsoll/kube'
import { fieldOf, isDeepEqual, isObject } from '../json.ts'
import { elementAt, type FieldPath, type PathStep } from './path.ts'

/** The field manager of Argo CD: with it, an existing installation is taken over without a change of owner. */
export const fieldManager = 'argocd-controller'

/** Managers that wrote by client-side apply what is Git's by right: kubectl's, and Argo CD before it applied on the server. */
export const clientSideManagers: readonly string[] = ['kubectl-client-side-apply', fieldManager]

type FieldsNode = Record<string, unknown>

/**
 * What is ours of `live` and `target` no longer sets: the fields that Git has dropped. The shallowest path of each is given. Ours is what our manager
 * applied on the server, and of what a client-side apply wrote (it owns the server's defaults as well) the part that its last-applied
 * annotation names: the next apply takes it over. Fields whose value is gone from `live` already are none.
 * Source: the `f:`, `k:`, `v:`, `.` form of meta/v1 FieldsV1.
 */
export function droppedFields(live: KubeObject, target: KubeObject, schema: TypeSchema | undefined): { path: FieldPath; live: unknown }[] {
  const dropped: { path: FieldPath; live: unknown }[] = []
  for (const entry of live.metadata.managedFields ?? []) {
    if (entry.subresource) continue
    const isApplied = entry.operation === 'Apply' && entry.manager === fieldManager
    const lastApplied = !isApplied && clientSideManagers.includes(entry.manager) ? readLastApplied(live) : undefined
    if (isApplied || lastApplied) collectDropped(entry.fieldsV1, { live, target, lastApplied }, schema, [], dropped)
  }
  return dropped
}

function readLastApplied(live: KubeObject): unknown {
  try {
    return JSON.parse(live.metadata.annotations?.[lastAppliedAnnotation] ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

interface Sides {
  live: unknown
  target: unknown
  /** Undefined: everything counts as applied. */
  lastApplied: unknown
}

function collectDropped(
  fields: FieldsNode,
  sides: Sides,
  schema: TypeSchema | undefined,
  path: PathStep[],
  into: { path: FieldPath; live: unknown }[],
): void {
  for (const [name, children] of Object.entries(fields)) {
    const step = parseStep(name)
    if (!step) continue
    const live = childOf(sides.live, step, schema)
    if (live === undefined) continue
    const lastApplied = sides.lastApplied === undefined ? undefined : childOf(sides.lastApplied, step, schema)
    if (sides.lastApplied !== undefined && (lastApplied === undefined || lastApplied === null)) continue
    const target = childOf(sides.target, step, schema)
    const here = [...path, step]
    if (isOutsideOfSource(here)) continue
    const childSchema = 'field' in step ? fieldSchemaOf(schema, step.field) : schema?.list?.element
    if (target === undefined || target === null) {
      // Owning only what is inside of a map says nothing about the map itself: go on to what is owned.
      const ownsItself = !isObject(children) || Object.keys(children).length === 0 || Object.hasOwn(children, '.')
      if (ownsItself || 'keys' in step || 'value' in step) into.push({ path: here, live })
      else collectDropped(children as FieldsNode, { live, target: undefined, lastApplied }, childSchema, here, into)
    } else if (isObject(children)) {
      collectDropped(children, { live, target, lastApplied }, childSchema, here, into)
    }
  }
}

export function fieldSchemaOf(schema: TypeSchema | undefined, name: string): TypeSchema | undefined {
  return schema?.map?.fields.get(name)?.type ?? schema?.map?.element
}

/** Sources never set these; the tracking annotation is ours and always set, and what kubectl notes for itself is its own. */
function isOutsideOfSource(path: PathStep[]): boolean {
  const [first] = path
  const last = path.at(-1)
  if (last && 'field' in last && last.field === lastAppliedAnnotation) return true
  return (
    path.length === 1 &&
    first !== undefined &&
    'field' in first &&
    (first.field === 'status' || first.field === 'apiVersion' || first.field === 'kind')
  )
}

function childOf(value: unknown, step: PathStep, schema: TypeSchema | undefined): unknown {
  if ('field' in step) return fieldOf(value, step.field)
  const place = childPlace(value, step, schema)
  return place === undefined ? undefined : (value as unknown[])[place]
}

/** The place of the item that a step names; undefined when there is none. */
export function childPlace(value: unknown, step: PathStep, schema: TypeSchema | undefined): number | undefined {
  if (!Array.isArray(value)) return undefined
  if (!('keys' in step)) return elementAt(value, step)?.index
  // Git may leave out a key that has a default: `protocol` of a port.
  const fields = schema?.list?.element.map?.fields
  const place = value.findIndex((item) =>
    Object.entries(step.keys).every(([name, key]) => isDeepEqual(fieldOf(item, name) ?? fields?.get(name)?.default, key)),
  )
  return place < 0 ? undefined : place
}

export function parseStep(name: string): PathStep | undefined {
  try {
    if (name.startsWith('f:')) return { field: name.slice(2) }
    if (name.startsWith('k:')) return { keys: JSON.parse(name.slice(2)) as Record<string, unknown> }
    if (name.startsWith('v:')) return { value: JSON.parse(name.slice(2)) as unknown }
    if (name.startsWith('i:')) return { index: Number(name.slice(2)) }
  } catch {
    // A step that is not JSON names nothing that we could find.
  }
  return undefined
}

/** Who set the value at a path last, other than us; undefined when nobody is on record for it. */
export function managerOf(live: KubeObject, path: FieldPath): { manager: string; time?: string } | undefined {
  let latest: ManagedFieldsEntry | undefined
  for (const entry of live.metadata.managedFields ?? []) {
    if (entry.manager === fieldManager || !owns(entry.fieldsV1, path)) continue
    if (!latest || (entry.time ?? '') >= (latest.time ?? '')) latest = entry
  }
  return latest && { manager: latest.manager, ...(latest.time !== undefined && { time: latest.time }) }
}

export function isOwnedBy(manager: string, object: KubeObject, path: FieldPath): boolean {
  return (object.metadata.managedFields ?? []).some((entry) => entry.manager === manager && owns(entry.fieldsV1, path))
}

function owns(fields: FieldsNode, path: FieldPath): boolean {
  let node = fields
  for (const step of path) {
    // An atomic value is owned as a whole, whatever is inside.
    if (node !== fields && Object.keys(node).length === 0) return true
    const next = nodeAt(node, step)
    if (!isObject(next)) return false
    node = next
  }
  return true
}

function nodeAt(node: FieldsNode, step: PathStep): unknown {
  if ('field' in step) return fieldOf(node, `f:${step.field}`)
  if ('index' in step) return fieldOf(node, `i:${step.index}`)
  if ('value' in step) return fieldOf(node, `v:${JSON.stringify(step.value)}`)
  const keys = sortedJson(step.keys)
  return fieldOf(node, `k:${keys}`)
}

function sortedJson(keys: Record<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(keys).toSorted(([a], [b]) => (a < b ? -1 : 1))))
}
