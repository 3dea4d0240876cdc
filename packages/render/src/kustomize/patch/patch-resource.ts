import { emptyObject, fieldOf, isObject, type JsonObject } from '../json.ts'
import type { SchemaSource } from '../openapi/patch-schema.ts'
import type { ResourceList } from '../resource-list.ts'
import { Resource } from '../resource.ts'
import { formatFloatG } from '../../yaml/number-text.ts'
import { applyJson6902, type Json6902Patch } from './json-6902.ts'
import { cloneWithNotes, textAt } from './scalar-source.ts'
import { mergeStrategically } from './strategic-merge.ts'

/**
 * Puts a strategic merge patch on one resource (kustomize `Resource.ApplySmPatch`): kind, name and namespace stay what they are, unless the
 * patch may change the first two. A resource that the patch removes is left empty.
 */
export function patchResource(resource: Resource, patch: Resource, schemas: SchemaSource): void {
  const { name, namespace, kind } = resource
  if (patch.allowNameChange || patch.allowKindChange) resource.rememberId()
  const merged = mergeStrategically(resource.object, cloneWithNotes(patch.object), schemas)
  // A patch that replaces the whole object (`$patch: replace` at its root) makes another node in kyaml, which nobody takes: the object stays.
  if (!isObject(merged)) resource.object = emptyObject()
  if (resource.isEmpty) return
  if (!patch.allowKindChange && resource.kind !== kind) resource.setKind(kind)
  if (!patch.allowNameChange && resource.name !== name) resource.setName(name)
  if (resource.namespace !== namespace || namespace === '') resource.setNamespace(namespace)
}

/**
 * Puts a strategic merge patch on those of `list` that were selected (`ResMap.ApplySmPatch`). What the patch says of labels and annotations is
 * taken as text, null too. Throws when two resources have one id then.
 */
export function patchSelected(list: ResourceList, selected: readonly Resource[], patch: Resource, schemas: SchemaSource): void {
  const targets = new Set(selected)
  for (const resource of list) {
    if (!targets.has(resource)) continue
    const copy = new Resource(cloneWithNotes(patch.object))
    copy.takeStateOf(patch)
    writeTexts(copy.object, 'labels')
    writeTexts(copy.object, 'annotations')
    copy.setName(patch.name)
    copy.setNamespace(patch.namespace)
    copy.object['apiVersion'] = resource.apiVersion
    patchResource(resource, copy, schemas)
  }
  const kept = list.items.filter((resource) => !resource.isEmpty)
  list.reset([])
  list.appendAll(kept)
}

/**
 * Puts a JSON patch on one resource. The real tool keeps notes of its own among the annotations, so that a patch may add an annotation to a
 * resource that has none (`hasNotes`); afterwards every annotation is a text, a number as goyaml writes a float64.
 */
export function patchResourceByJson(resource: Resource, patch: Json6902Patch, hasNotes: boolean): void {
  const metadata = fieldOf(resource.object, 'metadata')
  if (hasNotes && isObject(metadata) && !isObject(fieldOf(metadata, 'annotations'))) metadata['annotations'] = emptyObject()
  resource.object = applyJson6902(resource.object, patch)
  writeTexts(resource.object, 'annotations', (values, key) => {
    const value = values[key]
    return typeof value === 'number' ? formatFloatG(value) : textAt(values, key)
  })
}

/** Makes each value a text; an empty map, and what is no map, goes away. */
function writeTexts(
  object: JsonObject,
  field: 'labels' | 'annotations',
  textOf: (values: JsonObject, key: string) => string = textAt,
): void {
  const metadata = fieldOf(object, 'metadata')
  const values = fieldOf(metadata, field)
  if (!isObject(metadata) || !Object.hasOwn(metadata, field)) return
  const texts = emptyObject()
  if (isObject(values)) for (const key of Object.keys(values)) texts[key] = textOf(values, key)
  if (Object.keys(texts).length === 0) delete metadata[field]
  else metadata[field] = texts
}
