import type { TypeSchema } from '../schema/type-schema.ts'
import type { FieldNode, FieldSet, MutableFieldSet } from './field-set.ts'
import { insertPath, subtractBelow, unite } from './field-set.ts'

/**
 * Field sets outlive the schema they were written under. Who owned parts of what is atomic now owns the whole; the other
 * way round nothing can be told, and the owner keeps the parent (structured-merge-diff typed/reconcile_schema.go).
 */
export function followSchemaChange(set: FieldSet, type: TypeSchema): FieldSet {
  const walk: Walk = { path: [], atomic: undefined }
  follow(set, type, false, walk)
  return walk.atomic === undefined ? set : unite(subtractBelow(set, walk.atomic), walk.atomic)
}

interface Walk {
  path: string[]
  /** Paths that became atomic. */
  atomic: MutableFieldSet | undefined
}

function follow(set: FieldSet | undefined, type: TypeSchema, isWhole: boolean, walk: Walk): void {
  if (type.map !== undefined) {
    if (isDeduced(type)) return
    if (!isWhole && type.map.atomic) {
      if (set !== undefined && set.size > 0) note(walk)
    } else if (set !== undefined) {
      for (const [element, node] of set) {
        const field = element.charCodeAt(0) === 102 ? type.map.fields.get(element.slice(2)) : undefined
        const below = field?.type ?? type.map.element
        if (below !== undefined) descend(element, node, below, walk)
      }
    }
  } else if (type.scalar === undefined && type.list !== undefined) {
    if (!isWhole && type.list.atomic) note(walk)
    else if (set !== undefined) for (const [element, node] of set) descend(element, node, type.list.element, walk)
  }
}

function descend(element: string, node: FieldNode, type: TypeSchema, walk: Walk): void {
  // A member with nothing below it is owned as a whole in any schema; nothing to follow.
  if (node.children === undefined) return
  walk.path.push(element)
  follow(node.children, type, false, walk)
  walk.path.pop()
}

function note(walk: Walk): void {
  if (walk.path.length === 0) return
  walk.atomic ??= new Map()
  insertPath(walk.atomic, walk.path)
}

/** Types that are deduced from values know neither atomic nor granular; their owners' sets stay as they are. */
function isDeduced(type: TypeSchema): boolean {
  const element = type.map?.element
  if (element === undefined || (type.map?.fields.size ?? 0) > 0) return false
  return element.name === '' ? element.scalar === 'untyped' : element.name === '__untyped_deduced_'
}
