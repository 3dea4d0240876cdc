import {
  emptyFieldSet,
  encodeFieldsV1,
  extractManaged,
  type FieldSet,
  type KubeObject,
  subtract,
  type TypeSchema,
  unite,
  upgradeManagedFields,
} from '@plimsoll/kube'
import { childPlace, clientSideManagers, fieldManager } from '../comparison/field-ownership.ts'
import { fieldOf, isObject } from '../json.ts'
import type { Ignored } from './normalize.ts'
import { fieldSetOf } from './owned-fields.ts'
import { define, isGone, type Removal } from './removal.ts'

/** A target that leaves ignored fields as the cluster has them. */
export interface RespectedTarget {
  /** For server-side apply: without them, but for those that would go with us, because nobody else owns them. */
  applied: KubeObject
  /** Whether one of these is in it: it must be applied to this very version, or somebody's newer value would be undone. */
  holds: boolean
  /** For a three-way merge: with all of them as they are. */
  merged: KubeObject
}

/**
 * `RespectIgnoreDifferences=true`: at a sync, what is ignored takes the cluster's value (argo-cd `controller/sync.go`, normalizeTargetResources), and goes
 * from the target where the cluster has none. In a new item of a list, which the cluster does not have, Git's values stay. `status` is nobody's to apply.
 */
export function respectedTarget(target: KubeObject, live: KubeObject, ignored: Ignored, schema: TypeSchema | undefined): RespectedTarget {
  const held = heldByUsAlone(live, schema)
  const state = { holds: false }
  const make = (held: unknown): KubeObject => {
    const place = { target, live, held, schema, ofTarget: ignored.target, ofLive: withoutStatus(ignored.live), isWhole: false }
    const made = respect(place, state)
    const fields = isObject(made) ? made : {}
    const { apiVersion, kind } = target
    const { name, namespace } = target.metadata
    const metadata = { ...(isObject(fields.metadata) && fields.metadata), name, ...(namespace !== undefined && { namespace }) }
    return { ...fields, apiVersion, kind, metadata }
  }
  const merged = make(live)
  state.holds = false
  return { applied: make(held), holds: state.holds, merged }
}

interface Place {
  target: unknown
  live: unknown
  /** The part of `live` whose ignored values must be said again, or they would go. */
  held: unknown
  schema: TypeSchema | undefined
  ofTarget: Removal | undefined
  ofLive: Removal | undefined
  /** Inside of a value that is owned as a whole: whoever writes it writes all of it. */
  isWhole: boolean
  /** An item of a list that the cluster does not have. */
  isNew?: boolean
}

/** Undefined: the field is not said. */
function respect(place: Place, state: { holds: boolean }): unknown {
  const { target, live, held, ofTarget, ofLive, isWhole } = place
  if (!ofTarget && !ofLive) return target
  if (ofTarget?.rule !== undefined || ofLive?.rule !== undefined) {
    const kept = isWhole ? live : held
    if (kept !== undefined) state.holds = true
    return kept
  }
  // Of an item that the cluster does not have, Git alone knows what it shall be.
  if (place.isNew) return target
  // Where Git says nothing, there may still be something ignored further down, and what the cluster does not have goes further down.
  const [one, other] = [target ?? live, live ?? target]
  if (Array.isArray(one) && Array.isArray(other)) {
    const list = respectList({ ...place, target: asList(target), live: asList(live) }, state)
    return target === undefined && list.length === 0 ? undefined : list
  }
  if (isObject(one) && isObject(other)) {
    const map = respectMap({ ...place, target: asMap(target), live: asMap(live) }, state)
    return target === undefined && Object.keys(map).length === 0 ? undefined : map
  }
  return target
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function asMap(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

function respectMap(
  place: Place & { target: Record<string, unknown>; live: Record<string, unknown> },
  state: { holds: boolean },
): Record<string, unknown> {
  const { target, live, held, schema, ofTarget, ofLive } = place
  const isWhole = place.isWhole || schema?.map?.atomic === true
  const made: Record<string, unknown> = {}
  const names = new Set([...Object.keys(target), ...[...(ofLive?.children.keys() ?? [])].filter((key) => typeof key === 'string')])
  for (const name of names) {
    const value = respect(
      {
        target: fieldOf(target, name),
        live: fieldOf(live, name),
        held: fieldOf(held, name),
        schema: schema?.map?.fields.get(name)?.type ?? schema?.map?.element,
        ofTarget: ofTarget?.children.get(name),
        ofLive: ofLive?.children.get(name),
        isWhole,
      },
      state,
    )
    if (value !== undefined) define(made, name, value)
  }
  return made
}

/** Items are the same by their keys, where the list has keys, and else by their order among those that are not ignored as a whole. */
function respectList(place: Place & { target: unknown[]; live: unknown[] }, state: { holds: boolean }): unknown[] {
  const { target, live, held, schema, ofTarget, ofLive } = place
  const list = schema?.list
  const isWhole = place.isWhole || !list || list.atomic
  const isGoneIn = (side: Removal | undefined, index: number): boolean => {
    const child = side?.children.get(index)
    return child !== undefined && isGone(child)
  }
  const left = [...live.keys()].filter((index) => !isGoneIn(ofLive, index))
  const heldList = asList(held)
  const keysOf = (item: unknown): Record<string, unknown> =>
    Object.fromEntries((list?.keys ?? []).map((key) => [key, fieldOf(item, key) ?? list?.element.map?.fields.get(key)?.default]))
  const placeIn = (items: unknown[], item: unknown): number | undefined =>
    list?.keys.length ? childPlace(items, { keys: keysOf(item) }, schema) : items.indexOf(item) < 0 ? undefined : items.indexOf(item)

  const used = new Set<number>()
  let survivor = 0
  const made = target.flatMap((item, index) => {
    const wasGone = isGoneIn(ofTarget, index)
    const other = isWhole ? (wasGone ? undefined : left[survivor++]) : placeIn(live, item)
    if (other !== undefined) used.add(other)
    const value = respect(
      {
        target: item,
        live: other === undefined ? undefined : live[other],
        held: heldList[placeIn(heldList, item) ?? -1],
        schema: list?.element,
        ofTarget: ofTarget?.children.get(index),
        ofLive: other === undefined ? undefined : ofLive?.children.get(other),
        isWhole,
        isNew: other === undefined,
      },
      state,
    )
    return value === undefined ? [] : [value]
  })
  for (const [index, item] of live.entries()) {
    if (!isGoneIn(ofLive, index) || used.has(index)) continue
    const kept = isWhole ? item : heldList[placeIn(heldList, item) ?? -1]
    if (kept === undefined) continue
    state.holds = true
    made.splice(Math.min(index, made.length), 0, kept)
  }
  return made
}

function withoutStatus(removal: Removal): Removal {
  if (!removal.children.has('status')) return removal
  const children = new Map(removal.children)
  children.delete('status')
  return { ...removal, children }
}

/** What of an object only we own: not saying it again would take it away. What client-side apply wrote is ours after the next write. */
function heldByUsAlone(live: KubeObject, schema: TypeSchema | undefined): KubeObject | undefined {
  const entries = upgradeManagedFields(live.metadata.managedFields, { from: clientSideManagers, to: fieldManager })
  const ours = entries.find((entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource)
  if (!ours) return undefined
  const others = entries
    .filter((entry) => entry !== ours)
    .reduce<FieldSet>((all, entry) => unite(all, fieldSetOf(entry.fieldsV1)), emptyFieldSet)
  const alone = subtract(fieldSetOf(ours.fieldsV1), others)
  return extractManaged(
    { ...live, metadata: { ...live.metadata, managedFields: [{ ...ours, fieldsV1: encodeFieldsV1(alone) }] } },
    fieldManager,
    { schema },
  )
}
