import type { ListSchema, MapSchema, TypeSchema } from '../schema/type-schema.ts'
import type { FieldSet, MutableFieldSet } from './field-set.ts'
import { emptyFieldSet, leaf, makeNode } from './field-set.ts'
import { itemElement } from './path-element.ts'
import { isMap } from '../schema/json-value.ts'
import { isEmptyMap, memberType, shapeOf } from './value-kind.ts'

/** Every leaf, list item and map member that `value` mentions: what a manager owns who applies it. */
export function collectFields(value: unknown, type: TypeSchema): FieldSet {
  const found = collect(value, type)
  return found === true || found === undefined ? emptyFieldSet : found
}

/** True: the value is a leaf itself. A set: what is below it. */
function collect(value: unknown, type: TypeSchema): FieldSet | true | undefined {
  switch (shapeOf(type, value)) {
    case 'scalar':
      return true
    case 'map':
      // shapeOf says the type has it
      return type.map!.atomic ? true : isMap(value) ? collectMembers(value, type, type.map!) : undefined
    case 'list':
      // shapeOf says the type has it
      return type.list!.atomic ? true : Array.isArray(value) ? collectItems(value, type.list!) : undefined
    case 'none':
      return undefined
  }
}

function collectMembers(value: Record<string, unknown>, type: TypeSchema, map: MapSchema): FieldSet | undefined {
  let set: MutableFieldSet | undefined
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue
    const member = value[key]
    if (member === undefined) continue
    const field = map.fields.get(key)
    const below = collect(member, memberType(type, field))
    // Members of a struct are owned through their leaves, members of a free map also by themselves.
    const owned = below === true || field === undefined || member === null || isEmptyMap(member)
    const node = makeNode(owned, below === true ? undefined : below)
    if (node !== undefined) (set ??= new Map()).set(field === undefined ? `f:${key}` : field.element, node)
  }
  return set
}

function collectItems(items: unknown[], list: ListSchema): FieldSet | undefined {
  const set: MutableFieldSet = new Map()
  for (const item of items) {
    const element = itemElement(list, item)
    if (typeof element !== 'string') continue
    if (set.has(element)) {
      // Several items of one name are owned together and as a whole.
      set.set(element, leaf)
      continue
    }
    const below = collect(item, list.element)
    set.set(element, below === undefined || below === true || below.size === 0 ? leaf : { member: true, children: below })
  }
  return set.size === 0 ? undefined : set
}
