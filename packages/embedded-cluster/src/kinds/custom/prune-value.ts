import { objectMetaSchema } from '@plimsoll/kube'
import { type Fields, fieldsOf } from '../reading.ts'
import type { Structural } from './structural.ts'

/**
 * Removes what the schema does not know, in place, and says where: apiextensions `pkg/apiserver/schema/pruning`.
 * `apiVersion`, `kind` and `metadata` belong to every object.
 */
export function pruneObject(object: Fields, schema: Structural): string[] {
  const pruned: string[] = []
  prune(object, schema, '', true, pruned)
  return pruned
}

/** The same for a value within an object. */
export function pruneValue(value: unknown, schema: Structural): string[] {
  const pruned: string[] = []
  prune(value, schema, '', schema.isEmbedded, pruned)
  return pruned
}

function prune(value: unknown, schema: Structural, path: string, isResource: boolean, pruned: string[]): void {
  if (Array.isArray(value)) {
    if (schema.items === undefined) return
    for (let at = 0; at < value.length; at++) prune(value[at], schema.items, `${path}[${at}]`, schema.items.isEmbedded, pruned)
    return
  }
  const fields = fieldsOf(value)
  if (fields === undefined) return
  for (const key of Object.keys(fields)) {
    const here = path === '' ? key : `${path}.${key}`
    if (isResource && (key === 'apiVersion' || key === 'kind' || key === 'metadata')) {
      // The server itself reads the metadata of the whole object.
      if (key === 'metadata' && path !== '') pruneMetadata(fieldsOf(fields[key]), here, pruned)
      continue
    }
    const property = schema.properties.get(key) ?? (schema.additional === true ? undefined : schema.additional)
    if (property !== undefined) prune(fields[key], property, here, property.isEmbedded, pruned)
    else if (!schema.keepsUnknown && schema.additional !== true && !isOpen(schema)) {
      delete fields[key]
      if (pruned.length < 200) pruned.push(`unknown field "${here}"`)
    }
  }
}

function pruneMetadata(metadata: Fields | undefined, path: string, pruned: string[]): void {
  for (const key of Object.keys(metadata ?? {})) {
    if (metadata === undefined || objectMetaSchema().map?.fields.has(key) === true) continue
    delete metadata[key]
    if (pruned.length < 200) pruned.push(`unknown field "${path}.${key}"`)
  }
}

/** A scalar or an int-or-string has no fields to prune: validation refuses the object as a whole. */
function isOpen(schema: Structural): boolean {
  return schema.type !== 'object' && schema.type !== ''
}
