import type { KubeObject } from '../object.ts'
import { isMap } from '../schema/json-value.ts'
import type { TypeSchema } from '../schema/type-schema.ts'
import { deducedType } from '../schema/type-schema.ts'
import type { FieldSet, MutableFieldSet } from './field-set.ts'
import { leaf, leavesOf } from './field-set.ts'
import { decodeFieldsV1 } from './fields-v1.ts'
import { extractItems } from './pick-items.ts'

/**
 * What a manager has applied to an object, as a manifest that it could apply again: its fields, the keys of its list
 * items and the object's name (apimachinery managedfields.ExtractInto). Undefined when it has applied nothing.
 */
export function extractManaged(
  object: KubeObject,
  manager: string,
  options: { schema: TypeSchema | undefined; subresource?: string },
): KubeObject | undefined {
  const entry = object.metadata.managedFields?.find(
    (one) => one.manager === manager && one.operation === 'Apply' && (one.subresource ?? '') === (options.subresource ?? ''),
  )
  if (entry === undefined) return undefined
  const set = withKeys(leavesOf(decodeFieldsV1(entry.fieldsV1)))
  const found = extractItems(object, set, options.schema ?? deducedType)
  const fields = isMap(found) ? found : {}
  const { name, namespace } = object.metadata
  return {
    ...fields,
    apiVersion: entry.apiVersion,
    kind: object.kind,
    metadata: { ...(isMap(fields['metadata']) ? fields['metadata'] : {}), name, ...(namespace === undefined ? {} : { namespace }) },
  }
}

/** An item of a list that is a map says which it is by its keys, whoever set them. */
function withKeys(set: FieldSet): FieldSet {
  const result: MutableFieldSet = new Map()
  for (const [element, node] of set) {
    if (node.children === undefined) {
      result.set(element, node)
      continue
    }
    const children = new Map(withKeys(node.children))
    if (element.startsWith('k:')) {
      for (const key of Object.keys(JSON.parse(element.slice(2)) as object)) if (!children.has(`f:${key}`)) children.set(`f:${key}`, leaf)
    }
    result.set(element, { member: node.member, children })
  }
  return result
}
