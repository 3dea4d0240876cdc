import { RenderError } from '../engine/tree.ts'
import { integer, listOf, readShape, structOf, text, type Shaped } from './go-json.ts'
import type { JsonValue } from './json.ts'
import { selectorShape, structs } from './kustomization.ts'
import { placeResource } from './namespace-transformer.ts'
import { findPlaces } from './replacement/field-places.ts'
import type { ResourceList } from './resource-list.ts'
import type { Resource } from './resource.ts'
import { splitPath } from './field-spec.ts'
import { scalarOf } from './transformers.ts'

export const valueTargetShape = structOf('builtins.Target', { selector: selectorShape, fieldPath: text, filePathPosition: integer })
type ValueTarget = Shaped<typeof valueTargetShape>
const targetFileShape = structOf('', { targets: listOf(valueTargetShape) })

/** Targets of a `ValueAddTransformer`, and those in its file. */
export function readValueTargets(
  targets: readonly ValueTarget[],
  file: string | undefined,
  read: (path: string) => JsonValue,
): ValueTarget[] {
  const more = file ? (readShape(targetFileShape, read(file), { strict: false })?.targets ?? []) : []
  const all = [...targets, ...structs(more)]
  if (all.length === 0) throw new RenderError('must specify at least one target')
  for (const { fieldPath, filePathPosition = 0 } of all) {
    if (!fieldPath) throw new RenderError('fieldPath cannot be empty')
    if (filePathPosition < 0) throw new RenderError(`value of FilePathPosition (${filePathPosition}) cannot be negative`)
  }
  return all
}

/** Writes `value` to each target, or as a part of the file path that stands there. */
export function addValue(resources: ResourceList, value: string, targets: readonly ValueTarget[]): void {
  for (const { selector, fieldPath = '', filePathPosition = 0 } of targets) {
    for (const resource of selector === undefined ? [...resources] : resources.select(selector)) {
      if (fieldPath === 'metadata/namespace') placeResource(resource, { namespace: value, specs: [] })
      else
        setAt(resource, splitPath(fieldPath), (old) =>
          filePathPosition > 0 ? insertPart(old, Number(filePathPosition) - 1, value) : value,
        )
    }
  }
}

function setAt(resource: Resource, path: readonly string[], change: (old: string) => string): void {
  for (const place of findPlaces(resource.object, path, 'scalar')) place.set(change(scalarOf(place.value)))
}

function insertPart(path: string, position: number, part: string): string {
  const isAbsolute = path.startsWith('/')
  const names = path.split('/').filter((name) => name !== '')
  names.splice(Math.min(position, names.length), 0, part)
  return (isAbsolute ? '/' : '') + names.join('/')
}
