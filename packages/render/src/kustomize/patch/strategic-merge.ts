import { fieldOf, isObject, type JsonObject, type JsonValue } from '../json.ts'
import type { PatchSchema, SchemaSource } from '../openapi/patch-schema.ts'
import { takeDirective, type Directive } from './merge-directive.ts'
import { mergeLists } from './merge-list.ts'
import { keptNull, type Merged, type MergeValue } from './merged-value.ts'
import { cloneWithNotes, isQuoted, isUntyped, moveNote, nodeText, replaceText, textAt } from './scalar-source.ts'
import { kindOf, requireKind } from './wrong-kind.ts'

/**
 * Merges `patch` over a copy of `object` as kustomize does (kyaml `merge2` and `walk`, new list items first), which is not what the API server does:
 * `$setElementOrder`, `$deleteFromPrimitiveList` and `$retainKeys` mean nothing, and `$patch: replace` in an item of a list does not replace.
 * Undefined: the patch removes the object. Throws `RenderError` in kyaml's words.
 */
export function applyStrategicMergePatch(object: JsonObject, patch: JsonObject, schemas: SchemaSource): JsonObject | undefined {
  const merged = mergeStrategically(cloneWithNotes(object), cloneWithNotes(patch), schemas)
  return isObject(merged) ? merged : undefined
}

/** As `applyStrategicMergePatch`, but takes both apart. */
export function mergeStrategically(object: JsonObject, patch: JsonObject, schemas: SchemaSource): Merged {
  const merge: MergeValue = (target, change, known) => {
    const kind = kindOf(target) ?? kindOf(change)
    if (kind !== undefined) {
      requireKind(target, kind)
      requireKind(change, kind)
    }
    const schema = known ?? schemaFrom(target, schemas) ?? schemaFrom(change, schemas)
    if (kind === 'ScalarNode') return change === undefined ? target : change
    if (kind !== 'SequenceNode') return mergeMaps(target, change, schema, merge)
    if (schema?.mergeKeys === undefined) return change === undefined ? target : change
    return mergeListNodes(target, change, schema, schema.mergeKeys, merge)
  }
  return merge(object, patch, undefined)
}

/** Also in the middle of an object: a Pod inside a custom resource merges as a Pod does. */
function schemaFrom(value: JsonValue | undefined, schemas: SchemaSource): PatchSchema | undefined {
  if (!isObject(value)) return undefined
  const apiVersion = nodeText(fieldOf(value, 'apiVersion') ?? '')
  const kind = nodeText(fieldOf(value, 'kind') ?? '')
  return apiVersion === '' || kind === '' ? undefined : schemas.schemaFor(apiVersion, kind)
}

function mergeMaps(
  target: JsonValue | undefined,
  patch: JsonValue | undefined,
  schema: PatchSchema | undefined,
  merge: MergeValue,
): Merged {
  const start = startOfMaps(target, patch)
  if (!isObject(start)) return start
  const change = isObject(patch) ? patch : undefined
  const names = new Set(Object.keys(start))
  if (change !== undefined) for (const name of Object.keys(change)) names.add(name)
  for (const name of names) {
    const before = fieldOf(start, name)
    const value = merge(before, patchField(change, name), schema?.field(name))
    if (value === undefined || value === null) delete start[name]
    else if (value === keptNull) start[name] = null
    else if (value !== before) setField(start, name, value, change)
    else if (typeof value !== 'string' && isUntyped(start, name)) start[name] = textAt(start, name) || value
  }
  return start
}

/** What stands there without a value in a patch is a null. */
function patchField(patch: JsonObject | undefined, name: string): JsonValue | undefined {
  if (patch === undefined || !Object.hasOwn(patch, name)) return undefined
  return patch[name] ?? null
}

/** A scalar over a quoted one takes its quotes. */
function setField(target: JsonObject, name: string, value: JsonValue, patch: JsonObject | undefined): void {
  const isNew = !Object.hasOwn(target, name)
  const source = patch !== undefined && patch[name] === value ? patch : undefined
  if (typeof value !== 'object' && isQuoted(target, name)) {
    target[name] = source === undefined ? nodeText(value) : textAt(source, name)
    return
  }
  if (typeof value === 'string') replaceText(target, name, value)
  else target[name] = value
  if (source !== undefined && typeof value !== 'object') moveNote(source, target, name, isNew)
}

/** The map that fields are merged into: the target's, or the patch's own where there is nothing yet or it replaces. */
function startOfMaps(target: JsonValue | undefined, patch: JsonValue | undefined): Merged {
  if (target === undefined || target === null) {
    if (isObject(patch) && takeLenientDirective(patch) === 'delete') return undefined
    return patch === undefined && target === null ? keptNull : patch
  }
  if (patch === null) return undefined
  switch (takeDirective(patch)) {
    case 'delete':
      return undefined
    case 'replace':
      return patch
    case 'merge':
      return target
  }
}

/** Where there is nothing to patch, a word that is no directive stays as it is. */
function takeLenientDirective(patch: JsonObject): Directive {
  const word = fieldOf(patch, '$patch')
  return word === 'delete' || word === 'replace' ? takeDirective(patch) : word === 'merge' ? takeDirective(patch) : 'merge'
}

function mergeListNodes(
  target: JsonValue | undefined,
  patch: JsonValue | undefined,
  schema: PatchSchema,
  keys: readonly string[],
  merge: MergeValue,
): Merged {
  let start = target
  if (target === undefined || target === null) start = patch
  else if (patch === null) return undefined
  else {
    const directive = takeDirective(patch)
    if (directive === 'delete') return undefined
    if (directive === 'replace') start = patch
  }
  if (!Array.isArray(start)) return start
  return mergeLists(start, Array.isArray(patch) ? patch : undefined, keys, schema.elements(), merge)
}
