import { isGone, type Removal, without } from '../../ignore/removal.ts'
import { fieldOf, isDeepEqual, isObject } from '../../json.ts'

/**
 * What is wanted, with whatever is left out of either side as it is in `live`. Undefined: nothing is there. What a rule only shows as something else is
 * live's where both sides are shown alike.
 */
export function restored(wanted: unknown, live: unknown, ofWanted: Removal | undefined, ofLive: Removal | undefined): unknown {
  if (!ofWanted && !ofLive) return wanted
  if ((ofWanted && isGone(ofWanted)) || (ofLive && isGone(ofLive))) return live
  if (ofWanted?.shownAs || ofLive?.shownAs) return isDeepEqual(kept(wanted, ofWanted), kept(live, ofLive)) ? live : wanted
  // Where one side says nothing, there may still be something further down.
  const [one, other] = [wanted ?? live, live ?? wanted]
  if (Array.isArray(one) && Array.isArray(other)) return unlessEmpty(wanted, restoredList(listIn(wanted), listIn(live), ofWanted, ofLive))
  if (!isObject(one) || !isObject(other)) return wanted
  const names = new Set([...Object.keys(mapIn(wanted)), ...[...(ofLive?.children.keys() ?? [])].map(String)])
  const entries = [...names].map((name) => {
    const value = restored(fieldOf(wanted, name), fieldOf(live, name), ofWanted?.children.get(name), ofLive?.children.get(name))
    return [name, value] as const
  })
  return unlessEmpty(wanted, Object.fromEntries(entries.filter(([, value]) => value !== undefined)))
}

/** Items that are left out as a whole are live's, at their places. Any other item takes what is left out of it from the one that it is in `live`. */
function restoredList(
  wanted: readonly unknown[],
  live: readonly unknown[],
  ofWanted: Removal | undefined,
  ofLive: Removal | undefined,
): unknown[] {
  const mine = itemsLeft(wanted, ofWanted)
  const theirs = itemsLeft(live, ofLive)
  const partners = partnersOf(mine, theirs)
  const made = mine.map((item) => {
    const partner = partners.get(item)
    return partner ? restored(item.value, partner.value, item.removal, partner.removal) : item.value
  })
  for (const [index, item] of live.entries()) {
    const removal = ofLive?.children.get(index)
    if (removal && isGone(removal)) made.splice(Math.min(index, made.length), 0, item)
  }
  return made
}

interface Item {
  index: number
  value: unknown
  removal: Removal | undefined
  kept: unknown
}

function itemsLeft(list: readonly unknown[], ofList: Removal | undefined): Item[] {
  return list.flatMap((value, index) => {
    const removal = ofList?.children.get(index)
    return removal && isGone(removal) ? [] : [{ index, value, removal, kept: kept(value, removal) }]
  })
}

/**
 * Which item is which: by name, where all have names; or else by what is not left out of them; or by place, as long as there are as many. One that
 * is new never takes what belongs to another.
 */
function partnersOf(mine: readonly Item[], theirs: readonly Item[]): Map<Item, Item> {
  const byName = named(theirs)
  if (named(mine) && byName) {
    return new Map(mine.flatMap((item) => pair(item, byName.get(fieldOf(item.value, 'name')))))
  }
  const left = new Set(theirs)
  const partners = new Map<Item, Item>()
  for (const item of mine) {
    const same = [...left].find((other) => isDeepEqual(item.kept, other.kept))
    if (same === undefined) continue
    partners.set(item, same)
    left.delete(same)
  }
  if (mine.length !== theirs.length) return partners
  for (const [place, item] of mine.entries()) {
    const other = theirs[place]
    if (!partners.has(item) && other && left.has(other)) partners.set(item, other)
  }
  return partners
}

function pair(item: Item, other: Item | undefined): [Item, Item][] {
  return other ? [[item, other]] : []
}

/** Undefined where an item has no name, or two have the same. */
function named(items: readonly Item[]): Map<unknown, Item> | undefined {
  const names = new Map(items.map((item) => [fieldOf(item.value, 'name'), item] as const))
  return names.size === items.length && [...names.keys()].every((name) => typeof name === 'string') ? names : undefined
}

function kept(value: unknown, removal: Removal | undefined): unknown {
  return removal ? without(value, removal) : value
}

function unlessEmpty<T extends object>(wanted: unknown, made: T): T | undefined {
  return wanted === undefined && Object.keys(made).length === 0 ? undefined : made
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function mapIn(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
