import type { KubeObject } from '../object.ts'
import type { TypeSchema } from '../schema/type-schema.ts'
import { collectFields } from './collect-fields.ts'
import { compareValues } from './compare-values.ts'
import type { FieldSet } from './field-set.ts'
import { emptyFieldSet, subtract } from './field-set.ts'

/** Where client-side `kubectl apply` keeps what it sent last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The fields that client-side apply set and nobody changed since: the same user may set them anew, by server-side
 * apply, without a conflict (apiserver managedfields/internal/lastappliedmanager.go). Empty where nothing is known.
 */
export function lastAppliedFields(object: KubeObject, live: KubeObject, type: TypeSchema): FieldSet {
  const text = object.metadata.annotations?.[lastAppliedAnnotation]
  if (typeof text !== 'string' || text === '') return emptyFieldSet
  try {
    const last = JSON.parse(text) as KubeObject
    if (last.apiVersion !== object.apiVersion) return emptyFieldSet
    const { added, modified, removed } = compareValues(last, live, type)
    return subtract(subtract(subtract(collectFields(last, type), modified), added), removed)
  } catch {
    return emptyFieldSet
  }
}

/** The API's limit on all annotations of an object together. */
const maxAnnotationBytes = 256 * 1024

/** Keeps the annotation true for clients that still go by it, when `kubectl` applies to an object that has one. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations
  if (!annotations?.[lastAppliedAnnotation]) return object
  const { [lastAppliedAnnotation]: _old, ...rest } = applied.metadata.annotations ?? {}
  const { annotations: _all, ...metadata } = applied.metadata
  const text = `${JSON.stringify({ ...applied, metadata: Object.keys(rest).length > 0 ? { ...metadata, annotations: rest } : metadata })}\n`
  if (text === annotations[lastAppliedAnnotation]) return object
  const { [lastAppliedAnnotation]: _previous, ...others } = annotations
  const bytes = Object.entries(others).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    Buffer.byteLength(text),
  )
  const next = bytes > maxAnnotationBytes ? others : { ...others, [lastAppliedAnnotation]: text }
  return { ...object, metadata: { ...object.metadata, annotations: next } }
}
