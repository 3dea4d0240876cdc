import { type KubeObject, lastAppliedAnnotation, type ManagedFieldsEntry, type TypeSchema } from '@plimsoll/kube'
import { fieldOf, isDeepEqual, isObject } from '../json.ts'
import { elementAt, type FieldPath, type PathStep } from './path.ts'

/** The field manager of Argo CD: with it, an existing installation is taken over without a change of owner. */
export const fieldManager = 'argocd-controller'

/** Managers that wrote by client-side apply what is Git's by right: kubectl's, and Argo CD before it applied on the server. */
export const clientSideManagers: readonly string[] = ['kubectl-client-side-apply', fieldManager]

type FieldsNode = Record<string, unknown>

/**
 * What our manager still owns of `live` and `target` no longer sets: the fields that Git has dropped. The shallowest path of each is given.
 * Fields whose value is gone from `live` already are none. Source: the `f:`, `k:`, `v:`, `.` form of meta/v1 FieldsV1.
 */
export function droppedFields(live: KubeObject, target: KubeObject, schema: TypeSchema | undefined): { path: FieldPath; live: unknown }[] {
  const dropped: { path: FieldPath; live: unknown }[] = []
  for (const entry of live.metadata.managedFields ?? []) {
    if (isOurs(entry)) collectDropped(entry.fieldsV1, live, target, schema, [], dropped)
  }
  return dropped
}

/** What client-side apply left behind becomes ours at the next apply, so what Git drops of it goes as well. */
function isOurs(entry: ManagedFieldsEntry): boolean {
  if (entry.subresource) return false
  return entry.operation === 'Apply' ? entry.manager === fieldManager : clientSideManagers.includes(entry.manager)
}

function collectDropped(
  fields: FieldsNode,
  live: unknown,
  target: unknown,
  schema: TypeSchema | undefined,
  path: PathStep[],
  into: { path: FieldPath; live: unknown }[],
): void {
  for (const [name, children] of Object.entries(fields)) {
    const step = parseStep(name)
    if (!step) continue
    const liveValue = childOf(live, step, schema)
    if (liveValue === undefined) continue
    const targetValue = childOf(target, step, schema)
    const here = [...path, step]
    if (isOutsideOfSource(here)) continue
    const childSchema = 'field' in step ? fieldSchemaOf(schema, step.field) : schema?.list?.element
    if (targetValue === undefined || targetValue === null) {
      // Owning only what is inside of a map says nothing about the map itself: go on to what is owned.
      const ownsItself = !isObject(children) || Object.keys(children).length === 0 || Object.hasOwn(children, '.')
      if (ownsItself || 'keys' in step || 'value' in step) into.push({ path: here, live: liveValue })
      else collectDropped(children as FieldsNode, liveValue, undefined, childSchema, here, into)
    } else if (isObject(children)) {
      collectDropped(children, liveValue, targetValue, childSchema, here, into)
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
  if (!Array.isArray(value)) return undefined
  if (!('keys' in step)) return elementAt(value, step)?.value
  // Git may leave out a key that has a default: `protocol` of a port.
  const fields = schema?.list?.element.map?.fields
  return value.find((item) =>
    Object.entries(step.keys).every(([name, key]) => isDeepEqual(fieldOf(item, name) ?? fields?.get(name)?.default, key)),
  )
}

function parseStep(name: string): PathStep | undefined {
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
