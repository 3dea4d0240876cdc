import type { FleetCounts, FleetOrder } from '@plimsoll/api'
import type { FleetEntry } from './fleet-entry.ts'
import { type FilterTools, type FleetFilter, hasStatus, isLeftBesidesStatus } from './fleet-filter.ts'
import { compareBy, merged } from './fleet-order.ts'

/** Which applications a caller may see. Two with one key let the same be seen; it is another when that is. */
export interface Visibility {
  /** Read before `isVisible` is asked. */
  readonly key: string
  isVisible(application: FleetEntry['application']): boolean
}

export interface FleetQuery {
  filter: FleetFilter
  by: FleetOrder
  /** Undefined: all of them. */
  visibility?: Visibility | undefined
}

export interface EntryChange {
  before: FleetEntry | undefined
  after: FleetEntry | undefined
}

/** What a query leaves, in its order, with its counts. It goes on with changes instead of being made anew. */
export class FleetView {
  readonly #query: FleetQuery
  readonly #tools: FilterTools
  #entries: readonly FleetEntry[] = []
  #waiting: EntryChange[] = []
  #counts: FleetCounts = noCounts()
  #countsGiven: FleetCounts | undefined

  constructor(query: FleetQuery, tools: FilterTools, all: Iterable<FleetEntry>) {
    this.#query = query
    this.#tools = tools
    const left: FleetEntry[] = []
    for (const entry of all) if (this.#count(entry, 1)) left.push(entry)
    this.#entries = left.sort(compareBy[query.by])
  }

  /** Taken up with the next reading; many changes of one application are one then. */
  noteChanges(changes: readonly EntryChange[]): void {
    for (const change of changes) this.#waiting.push(change)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** In order. Another array when anything is another. */
  get entries(): readonly FleetEntry[] {
    this.#takeUp()
    return this.#entries
  }

  /** Another object when any count is another. */
  get counts(): FleetCounts {
    this.#takeUp()
    const { health, sync, urgency, ...rest } = this.#counts
    return (this.#countsGiven ??= { ...rest, urgency: { ...urgency }, health: withoutNone(health), sync: withoutNone(sync) })
  }

  #takeUp(): void {
    if (this.#waiting.length === 0) return
    const gone = new Set<FleetEntry>()
    const come = new Set<FleetEntry>()
    for (const { before, after } of this.#waiting) {
      if (before && this.#count(before, -1) && !come.delete(before)) gone.add(before)
      if (after && this.#count(after, 1)) come.add(after)
    }
    this.#waiting = []
    this.#countsGiven = undefined
    if (gone.size + come.size > 0) this.#entries = merged(this.#entries, gone, [...come], this.#query.by)
  }

  /** Counts an entry in or out. Whether it is left. */
  #count(entry: FleetEntry, by: 1 | -1): boolean {
    const { filter, visibility } = this.#query
    if (visibility && !visibility.isVisible(entry.application)) return false
    const counts = this.#counts
    const { health, sync } = entry.summary
    counts.all += by
    if (health === 'Degraded') counts.degraded += by
    if (sync === 'OutOfSync') counts.outOfSync += by
    if (!isLeftBesidesStatus(entry, filter, this.#tools)) return false
    counts.health[health] = (counts.health[health] ?? 0) + by
    counts.sync[sync] = (counts.sync[sync] ?? 0) + by
    if (!hasStatus(entry, filter)) return false
    counts.total += by
    counts.urgency[entry.urgency] += by
    return true
  }
}

function withoutNone<K extends string>(counts: Partial<Record<K, number>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<Record<K, number>>
}

function noCounts(): FleetCounts {
  return { all: 0, degraded: 0, outOfSync: 0, total: 0, urgency: { attention: 0, moving: 0, steady: 0 }, health: {}, sync: {} }
}
