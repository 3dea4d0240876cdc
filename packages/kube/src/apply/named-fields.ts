import type { TypeSchema } from '../schema/type-schema.ts'
import { deducedType } from '../schema/type-schema.ts'
import type { FieldNode, FieldSet, MutableFieldSet } from './field-set.ts'

/**
 * The set and the declared fields on the way to its members. Structs are not owned by themselves; where sets of what
 * exists and what is owned are subtracted, they must be in both (fieldpath Set.EnsureNamedFieldsAreMembers).
 */
export function withNamedFields(set: FieldSet, type: TypeSchema): FieldSet {
  const result: MutableFieldSet = new Map()
  for (const [element, node] of set) result.set(element, withNamedNode(element, node, type))
  return result
}

function withNamedNode(element: string, node: FieldNode, type: TypeSchema): FieldNode {
  if (node.children === undefined) return node
  const kind = element.charAt(0)
  const field = kind === 'f' ? type.map?.fields.get(element.slice(2)) : undefined
  const below = kind === 'f' ? (field?.type ?? type.map?.element) : kind === 'k' ? type.list?.element : undefined
  return { member: node.member || field !== undefined, children: withNamedFields(node.children, below ?? unknownType) }
}

const unknownType: TypeSchema = { ...deducedType, map: undefined, list: undefined, scalar: undefined, name: '' }
