import {
  compareValues,
  decodeFieldsV1,
  deducedType,
  eachPath,
  emptyFieldSet,
  intersect,
  type KubeObject,
  type TypeSchema,
  unite,
} from '@plimsoll/kube'
import { childPlace, parseStep } from '../comparison/field-ownership.ts'
import { isObject } from '../json.ts'
import type { Key, KeyPath } from './removal.ts'

/**
 * Where Git and the cluster differ in fields that some managers own: `managedFieldsManagers`. By structured merge, as Argo CD does it
 * (`util/argo/managedfields`): items of lists are known by their keys where the kind says so, other lists are one value. The places are told for each side.
 */
export function fieldsOwnedBy(
  managers: readonly string[],
  { target, live, schema = deducedType }: { target: KubeObject; live: KubeObject; schema: TypeSchema | undefined },
): { target: KeyPath[]; live: KeyPath[] } {
  const entries = (live.metadata.managedFields ?? []).filter((entry) => managers.includes(entry.manager))
  const places: { target: KeyPath[]; live: KeyPath[] } = { target: [], live: [] }
  if (entries.length === 0) return places
  const { modified } = compareValues(live, target, schema)
  const owned = entries.reduce((all, entry) => unite(all, fieldSetOf(entry.fieldsV1)), emptyFieldSet)
  eachPath(intersect(owned, modified), (elements) => {
    for (const side of ['target', 'live'] as const) {
      const place = placeOf(side === 'target' ? target : live, elements, schema)
      if (place) places[side].push(place)
    }
  })
  return places
}

/** An entry that cannot be read owns nothing. */
export function fieldSetOf(fields: unknown): ReturnType<typeof decodeFieldsV1> {
  try {
    return decodeFieldsV1(fields)
  } catch {
    return emptyFieldSet
  }
}

function placeOf(object: unknown, elements: readonly string[], schema: TypeSchema | undefined): KeyPath | undefined {
  const path: Key[] = []
  let current = object
  let type = schema
  for (const element of elements) {
    const step = parseStep(element)
    if (!step) return undefined
    if ('field' in step) {
      if (!isObject(current) || !Object.hasOwn(current, step.field)) return undefined
      path.push(step.field)
      current = current[step.field]
      type = type?.map?.fields.get(step.field)?.type ?? type?.map?.element
    } else {
      const place = childPlace(current, step, type)
      if (place === undefined) return undefined
      path.push(place)
      current = (current as unknown[])[place]
      type = type?.list?.element
    }
  }
  return path
}
