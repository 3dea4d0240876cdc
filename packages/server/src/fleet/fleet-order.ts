import { type FleetOrder, fleetOrders, PlimsollError, urgencies, type Urgency } from '@plimsoll/api'
import { z } from 'zod'
import type { FleetEntry } from './fleet-entry.ts'

/** What an application stands at in an order. */
export type Place = Pick<FleetEntry, 'urgency' | 'weight' | 'changedAt'> & { summary: Pick<FleetEntry['summary'], 'name' | 'namespace'> }

const rankOf: Record<Urgency, number> = { attention: 0, moving: 1, steady: 2 }

/** Equal ones stand by name, so that nothing moves without a reason: no two are at one place. */
export const compareBy: Record<FleetOrder, (a: Place, b: Place) => number> = {
  name: byName,
  changed: (a, b) => b.changedAt - a.changedAt || byName(a, b),
  attention: (a, b) => rankOf[a.urgency] - rankOf[b.urgency] || b.weight - a.weight || byName(a, b),
}

function byName({ summary: a }: Place, { summary: b }: Place): number {
  return compareText(a.name, b.name) || compareText(a.namespace, b.namespace)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `entries` in order without those in `gone`, and with those in `come`. */
export function merged(entries: readonly FleetEntry[], gone: ReadonlySet<FleetEntry>, come: FleetEntry[], by: FleetOrder): FleetEntry[] {
  const compare = compareBy[by]
  const sorted = come.toSorted(compare)
  const result: FleetEntry[] = []
  let at = 0
  for (const entry of entries) {
    if (gone.has(entry)) continue
    for (let next = sorted[at]; next && compare(next, entry) < 0; next = sorted[++at]) result.push(next)
    result.push(entry)
  }
  for (; at < sorted.length; at++) result.push(sorted[at]!) // Below the length.
  return result
}

/** The index of the first entry that stands behind a place. */
export function indexBehind(entries: readonly FleetEntry[], place: Place, by: FleetOrder): number {
  const compare = compareBy[by]
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(entries[middle]!, place) <= 0) low = middle + 1 // Between two indices.
    else high = middle
  }
  return low
}

const Position = z.tuple([z.enum(fleetOrders), z.enum(urgencies), z.number(), z.number(), z.string().max(512), z.string().max(512)])

/** Where a page has ended, as its reader hands it back. It names no state of ours, and so holds across restarts. */
export function writePosition(by: FleetOrder, { urgency, weight, changedAt, summary }: Place): string {
  return Buffer.from(JSON.stringify([by, urgency, weight, changedAt, summary.name, summary.namespace])).toString('base64url')
}

export function readPosition(text: string): { by: FleetOrder; place: Place } {
  try {
    const [by, urgency, weight, changedAt, name, namespace] = Position.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { by, place: { urgency, weight, changedAt, summary: { name, namespace } } }
  } catch (error) {
    throw new PlimsollError('invalid-request', 'continue: is no position that a list has named. Leave it out to begin at the beginning.', {
      cause: error,
    })
  }
}
