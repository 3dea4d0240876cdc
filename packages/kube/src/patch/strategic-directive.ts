import type { FieldSchema, TypeSchema } from '../schema/type-schema.ts'
import { isMap, own } from '../schema/json-value.ts'
import type { JsonMap } from '../schema/json-value.ts'
import { PatchError } from './patch-error.ts'

/** What strategic merge patches say besides values (api-conventions, "strategic merge patch"). */
export const patchDirective = '$patch'
export const retainKeysDirective = '$retainKeys'
export const elementOrderPrefix = '$setElementOrder'
export const deleteFromListPrefix = '$deleteFromPrimitiveList'

export function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeysDirective ||
    key.startsWith(`${elementOrderPrefix}/`) ||
    key.startsWith(`${deleteFromListPrefix}/`)
  )
}

/** `finalizers` of `$setElementOrder/finalizers`. */
export function directiveTarget(key: string, prefix: string): string {
  const target = key.slice(prefix.length + 1)
  if (key.charAt(prefix.length) !== '/' || target === '') throw new PatchError('malformed', `${key} must be ${prefix}/NAME_OF_A_LIST`)
  return target
}

/** How a field is patched, and the type of what is in it. What no schema describes merges as a map and is replaced as a list. */
export interface FieldPatching {
  strategy: 'merge' | 'replace' | undefined
  retainKeys: boolean
  mergeKey: string | undefined
  /** Type of the value, for lists of the element. */
  inner: TypeSchema | undefined
}

export function patchingOf(type: TypeSchema | undefined, key: string): FieldPatching {
  const field: FieldSchema | undefined = type?.map?.fields.get(key)
  const inner = field?.type ?? type?.map?.element
  return {
    strategy: field?.patchStrategies.find((strategy) => strategy !== 'retainKeys') as 'merge' | 'replace' | undefined,
    retainKeys: field?.patchStrategies.includes('retainKeys') ?? false,
    mergeKey: field?.patchMergeKey,
    inner: inner?.list === undefined || inner.map !== undefined ? inner : inner.list.element,
  }
}

/** The value of the merge key of one item. */
export function mergeKeyOf(item: unknown, mergeKey: string): unknown {
  if (!isMap(item)) throw new PatchError('notApplicable', `a list that is merged by ${mergeKey} has an item that is no object`)
  if (!Object.hasOwn(item, mergeKey)) throw new PatchError('notApplicable', `map does not contain declared merge key: ${mergeKey}`)
  return item[mergeKey]
}

/** What kind of items the lists have together; undefined when they are empty. */
export function itemKind(...lists: readonly (readonly unknown[])[]): 'map' | 'scalar' | undefined {
  let kind: 'map' | 'scalar' | undefined
  for (const list of lists) {
    for (const item of list) {
      if (Array.isArray(item)) throw new PatchError('notApplicable', 'lists of lists are not supported')
      const found = isMap(item) ? 'map' : 'scalar'
      if (kind !== undefined && kind !== found) throw new PatchError('notApplicable', 'list element types are not identical')
      kind = found
    }
  }
  return kind
}

export function directiveOf(value: unknown): unknown {
  return isMap(value) ? own(value, patchDirective) : undefined
}

/** What is left of a new value when everything that only made sense as a patch is gone; undefined when nothing is. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isMap(value)) return value
  if (Object.hasOwn(value, patchDirective)) return undefined
  const kept: JsonMap = {}
  for (const key of Object.keys(value)) {
    if (isDirective(key)) continue
    const inner = withoutDirectives(value[key])
    if (inner !== undefined) Object.defineProperty(kept, key, { value: inner, enumerable: true, configurable: true, writable: true })
  }
  return kept
}
