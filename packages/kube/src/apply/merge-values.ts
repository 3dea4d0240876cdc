import type { ListSchema, TypeSchema } from '../schema/type-schema.ts'
import { itemElement, printPath } from './path-element.ts'
import { isEqualJson, own, setOwn } from '../schema/json-value.ts'
import { hasItems, hasMembers, memberType, shapeOf } from './value-kind.ts'

/** The applied object cannot be merged, because its lists have no names for their items. */
export class MergeError extends Error {
  override readonly name = 'MergeError'
}

/**
 * `applied` laid over `live`: nothing is removed, leaves are the applied ones. Lists that are sets or maps keep the order
 * of `applied` where both have an item (structured-merge-diff typed/merge.go). Neither argument is changed; the result
 * shares with both whatever stayed the same, and is `live` itself when nothing changed.
 */
export function mergeValues(live: unknown, applied: unknown, type: TypeSchema): unknown {
  if (applied === undefined || live === applied) return live
  if (live === undefined) return applied
  switch (shapeOf(type, applied)) {
    case 'map':
      // shapeOf says the type has it
      return type.map!.atomic ? keepEqual(live, applied) : mergeMaps(live, applied, type)
    case 'list':
      // shapeOf says the type has it
      return type.list!.atomic ? keepEqual(live, applied) : mergeLists(live, applied, type.list!)
    default:
      return keepEqual(live, applied)
  }
}

function keepEqual(live: unknown, applied: unknown): unknown {
  return isEqualJson(live, applied) ? live : applied
}

function mergeMaps(live: unknown, applied: unknown, type: TypeSchema): unknown {
  const liveHas = hasMembers(live)
  // Where both are empty the difference between null and {} is what was applied.
  if (!hasMembers(applied)) return liveHas ? live : keepEqual(live, applied)
  if (!liveHas) return applied
  const map = type.map
  let merged: Record<string, unknown> | undefined
  for (const key in applied) {
    if (!Object.hasOwn(applied, key)) continue
    const before = own(live, key)
    const after = mergeValues(before, applied[key], memberType(type, map?.fields.get(key)))
    if (after === before && after !== undefined) continue
    merged ??= { ...live }
    setOwn(merged, key, after)
  }
  return merged ?? live
}

function mergeLists(live: unknown, applied: unknown, list: ListSchema): unknown {
  const liveHas = hasItems(live)
  if (!hasItems(applied)) return liveHas ? live : keepEqual(live, applied)
  const right = nameItems(applied, list, false)
  if (!liveHas) return applied
  const left = nameItems(live, list, true)
  const merged: unknown[] = []
  const taken = new Set<string>()
  const shared = right.elements.filter((element) => left.items.has(element))
  let nextShared = 0
  let l = 0
  let r = 0
  const take = (element: string): void => {
    taken.add(element)
    merged.push(mergeValues(left.items.get(element), right.items.get(element), list.element))
  }
  while (l < left.elements.length || r < right.elements.length) {
    const ours = left.elements[l]
    const theirs = right.elements[r]
    if (ours !== undefined && theirs !== undefined) {
      if (ours === theirs) {
        take(ours)
        l++
        r++
        nextShared++
        continue
      }
      // An item of both, but not the one whose turn it is in the applied order.
      if (right.items.has(ours) && nextShared < shared.length && shared[nextShared] !== ours) {
        l++
        continue
      }
    }
    if (ours !== undefined) {
      if (!right.items.has(ours)) {
        merged.push((live as unknown[])[left.positions[l] as number])
        l++
        continue
      }
      if (taken.has(ours)) l++
    }
    if (theirs !== undefined) {
      take(theirs)
      r++
      if (nextShared < shared.length && shared[nextShared] === theirs) nextShared++
    }
  }
  return merged.length === (live as unknown[]).length && merged.every((item, index) => item === (live as unknown[])[index]) ? live : merged
}

interface NamedItems {
  elements: string[]
  /** Where in the list each element is. */
  positions: number[]
  /** Null for an item that is there more than once: its copies are not merged with. */
  items: Map<string, unknown>
}

function nameItems(items: readonly unknown[], list: ListSchema, allowDuplicates: boolean): NamedItems {
  const named: NamedItems = { elements: [], positions: [], items: new Map() }
  for (const [position, item] of items.entries()) {
    const element = itemElement(list, item)
    if (typeof element !== 'string') throw new MergeError(`element ${position}: ${element.error}`)
    if (!named.items.has(element)) named.items.set(element, item)
    else if (allowDuplicates) named.items.set(element, null)
    else throw new MergeError(`duplicate entries for key ${printPath([element])}`)
    named.elements.push(element)
    named.positions.push(position)
  }
  return named
}
