import type { FieldNode, FieldSet, MutableFieldSet } from './field-set.ts'
import { leaf } from './field-set.ts'
import { compareElements, readElement } from './path-element.ts'

/** Deeper than any object may be; a set from outside must not exhaust the stack. */
const maxDepth = 200

/** Reads `fieldsV1`. Throws with the reason when it is none. */
export function decodeFieldsV1(fields: unknown): FieldSet {
  return decodeChildren(fields, 0).children
}

function decodeChildren(fields: unknown, depth: number): { children: FieldSet; self: boolean } {
  if (depth > maxDepth) throw new Error(`fieldsV1 is nested deeper than ${maxDepth} levels`)
  if (typeof fields !== 'object' || Array.isArray(fields)) throw new Error('fieldsV1 has something else than an object in it')
  const children: MutableFieldSet = new Map()
  let self = false
  for (const text in fields) {
    if (!Object.hasOwn(fields, text)) continue
    if (text === '.') {
      self = true
      continue
    }
    const element = readElement(text)
    if (element === undefined) continue
    const node = decodeNode((fields as Record<string, unknown>)[text], depth + 1)
    const twice = children.get(element)
    children.set(element, twice === undefined ? node : { member: twice.member || node.member, children: node.children ?? twice.children })
  }
  return { children, self }
}

function decodeNode(fields: unknown, depth: number): FieldNode {
  const { children, self } = decodeChildren(fields, depth)
  // What has nothing below it that we understand is a member itself.
  return children.size === 0 ? leaf : { member: self, children }
}

/** Writes `fieldsV1`, its names in the order in which the API server writes them. */
export function encodeFieldsV1(set: FieldSet): Record<string, unknown> {
  return encodeSet(set, false)
}

function encodeSet(set: FieldSet, self: boolean): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  if (self) fields['.'] = {}
  const elements = [...set.keys()]
  if (elements.length > 1) elements.sort(compareElements)
  for (const element of elements) {
    // The element is one of the keys.
    const node = set.get(element)!
    fields[element] = node.children === undefined ? {} : encodeSet(node.children, node.member)
  }
  return fields
}
