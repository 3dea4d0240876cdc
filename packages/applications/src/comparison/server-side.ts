import { type KubeObject, lastAppliedAnnotation, type TypeSchema } from '@plimsoll/kube'
import { fieldOf, isDeepEqual, isObject } from '../json.ts'
import { comparedMetadata, type Difference } from './compare.ts'
import { childPlace, fieldManager, fieldSchemaOf, isOwnedBy } from './field-ownership.ts'
import type { FieldPath, PathStep } from './path.ts'

/**
 * How an object would change by an apply, field by field: `predicted` is the answer of a dry run. Without `includesWebhooks`, what comes in and is not
 * ours was put there by a mutating webhook and counts for nothing; what goes, goes because of us (gitops-engine `pkg/diff/diff.go`, removeWebhookMutation).
 */
export function predictedDifferences(
  live: KubeObject,
  predicted: KubeObject,
  options: { schema: TypeSchema | undefined; includesWebhooks: boolean },
): Difference[] {
  const differences: Difference[] = []
  const put = (path: FieldPath, before: unknown, after: unknown): void => {
    const isOurs = after === undefined || isOwnedBy(fieldManager, predicted, path)
    if (options.includesWebhooks || isOurs) differences.push({ path, live: before, target: after })
  }
  for (const name of new Set([...Object.keys(live), ...Object.keys(predicted)])) {
    if (name === 'status' || name === 'apiVersion' || name === 'kind' || name === 'metadata') continue
    compareFields(fieldOf(live, name), fieldOf(predicted, name), fieldSchemaOf(options.schema, name), [{ field: name }], put)
  }
  for (const name of comparedMetadata) {
    const path: FieldPath = [{ field: 'metadata' }, { field: name }]
    compareFields(metadataOf(live, name), metadataOf(predicted, name), undefined, path, put)
  }
  return differences
}

function metadataOf(object: KubeObject, name: string): unknown {
  const value = fieldOf(object.metadata, name)
  if (name !== 'annotations' || !isObject(value)) return value
  const { [lastAppliedAnnotation]: _note, ...annotations } = value
  return Object.keys(annotations).length === 0 ? undefined : annotations
}

type Put = (path: FieldPath, before: unknown, after: unknown) => void

/** Down to single values, because one part of what is new may be ours and another not. */
function compareFields(before: unknown, after: unknown, schema: TypeSchema | undefined, path: FieldPath, put: Put): void {
  if (isDeepEqual(before, after)) return
  const isDivisible = (before === undefined || isObject(before)) && schema?.map?.atomic !== true
  if (isDivisible && isObject(after) && Object.keys(after).length > 0) {
    for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after)])) {
      compareFields(fieldOf(before, name), fieldOf(after, name), fieldSchemaOf(schema, name), [...path, { field: name }], put)
    }
    return
  }
  const list = schema?.list
  const isList = (value: unknown): value is unknown[] | undefined => value === undefined || Array.isArray(value)
  if (list && !list.atomic && isList(before) && isList(after) && after !== undefined)
    return compareItems(before ?? [], after, schema, path, put)
  put(path, before, after)
}

function compareItems(before: unknown[], after: unknown[], schema: TypeSchema, path: FieldPath, put: Put): void {
  const matched = new Set<number>()
  for (const item of after) {
    const step = stepOf(item, schema)
    const place = childPlace(before, step, schema)
    if (place !== undefined) matched.add(place)
    compareFields(place === undefined ? undefined : before[place], item, schema.list?.element, [...path, step], put)
  }
  for (const [index, item] of before.entries()) if (!matched.has(index)) put([...path, stepOf(item, schema)], item, undefined)
}

function stepOf(item: unknown, schema: TypeSchema): PathStep {
  const { keys = [], element } = schema.list ?? {}
  if (keys.length === 0) return { value: item }
  const entries = keys.map((key) => [key, fieldOf(item, key) ?? element?.map?.fields.get(key)?.default] as const)
  return { keys: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) }
}
