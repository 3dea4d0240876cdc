import { type Application, applicationKeyOf, type FleetChoice, type FleetChoices } from '@plimsoll/api'
import type { Applications } from '@plimsoll/applications'
import { createEntry, type FleetEntry, labelsOf } from './fleet-entry.ts'
import { type FilterTools, keyOfFilter } from './fleet-filter.ts'
import { type EntryChange, type FleetQuery, FleetView } from './fleet-view.ts'

/**
 * All applications as lists need them: parsed, ordered and counted once, and kept by what changes.
 *
 * - entry: one application with what it is ordered, filtered and counted by. - view: what a query leaves, in its order.
 * - choices: the values that there are to filter by.
 */
export interface FleetIndex {
  /** What a query leaves now. To be asked for anew with each reading. */
  view(query: FleetQuery): Pick<FleetView, 'entries' | 'counts'>
  /** The most frequent values of what a query leaves. */
  choices(query: FleetQuery): FleetChoices
  /** Told of each change of an application, before anything is reckoned. */
  subscribe(listener: () => void): () => void
  close(): void
}

export interface FleetContext extends FilterTools {
  applications: Pick<Applications, 'list' | 'subscribe'>
  /** Of the control plane. */
  namespace: string
  clusterNameOf(server: string): string | undefined
  now(): number
}

/** So many different queries are kept; the rest is made anew. Everyone who looks at the same looks at one. */
const keptViews = 64
const mostChoices = 60
/** Projects have a page of their own, with how many are in each. */
const mostProjects = 1000

export function createFleetIndex(context: FleetContext): FleetIndex {
  const { applications } = context
  /** Undefined until somebody asks. */
  let entries: Map<string, FleetEntry> | undefined
  /** What has changed since the last reading: the newest state, undefined when it is gone. */
  const changed = new Map<string, Application | undefined>()
  const views = new Map<string, FleetView>()
  const listeners = new Set<() => void>()
  const clusterNames = new Map<string, string | undefined>()
  const choicesOf = new WeakMap<readonly FleetEntry[], FleetChoices>()
  let staleAt = Number.POSITIVE_INFINITY

  const unsubscribe = applications.subscribe(({ type, application }) => {
    if (entries) changed.set(applicationKeyOf(application), type === 'DELETED' ? undefined : application)
    for (const listener of listeners) listener()
  })

  function make(application: Application, now: number): FleetEntry {
    const entry = createEntry(application, { clusterNameOf: nameOf, namespace: context.namespace }, now)
    if (entry.staleAt !== undefined) staleAt = Math.min(staleAt, entry.staleAt)
    return entry
  }

  function nameOf(server: string): string | undefined {
    if (!clusterNames.has(server)) clusterNames.set(server, context.clusterNameOf(server))
    return clusterNames.get(server)
  }

  function current(): Map<string, FleetEntry> {
    const now = context.now()
    if (!entries) {
      entries = new Map()
      for (const application of applications.list()) entries.set(applicationKeyOf(application), make(application, now))
      return entries
    }
    noteTime(entries, now)
    noteClusters(entries)
    if (changed.size === 0) return entries
    const changes: EntryChange[] = []
    for (const [key, application] of changed) {
      const before = entries.get(key)
      const after = application && make(application, now)
      if (after) entries.set(key, after)
      else entries.delete(key)
      changes.push({ before, after })
    }
    changed.clear()
    for (const [key, view] of views) {
      // Nobody reads it: one that is asked for again is made anew.
      if (view.waiting > entries.size + 1000) views.delete(key)
      else view.noteChanges(changes)
    }
    return entries
  }

  /** Some have become urgent by nothing but time. */
  function noteTime(known: Map<string, FleetEntry>, now: number): void {
    if (now < staleAt) return
    staleAt = Number.POSITIVE_INFINITY
    for (const { key, application, staleAt: at } of known.values()) {
      if (at === undefined) continue
      if (at > now) staleAt = Math.min(staleAt, at)
      else if (!changed.has(key)) changed.set(key, application)
    }
  }

  /** A cluster may be given another name. */
  function noteClusters(known: Map<string, FleetEntry>): void {
    const renamed = new Set<string>()
    for (const [server, name] of clusterNames) {
      const now = context.clusterNameOf(server)
      if (now === name) continue
      clusterNames.set(server, now)
      renamed.add(server)
    }
    if (renamed.size === 0) return
    for (const { key, application, summary } of known.values())
      if (renamed.has(summary.server) && !changed.has(key)) changed.set(key, application)
  }

  function view(query: FleetQuery): FleetView {
    const known = current()
    const key = `${query.by} ${query.visibility?.key ?? ''} ${keyOfFilter(query.filter)}`
    const found = views.get(key) ?? new FleetView(query, context, known.values())
    // The one that was asked for last stands last.
    views.delete(key)
    views.set(key, found)
    for (const oldest of views.keys()) {
      if (views.size <= keptViews) break
      views.delete(oldest)
    }
    return found
  }

  return {
    view,
    choices(query) {
      const left = view(query).entries
      const known = choicesOf.get(left) ?? countChoices(left)
      choicesOf.set(left, known)
      return known
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      unsubscribe()
      listeners.clear()
      views.clear()
    },
  }
}

function countChoices(entries: readonly FleetEntry[]): FleetChoices {
  const counts = { projects: count(), clusters: count(), namespaces: count(), labels: count(), repositories: count() }
  for (const entry of entries) {
    const { summary, cluster } = entry
    counts.projects.add(summary.project || 'default')
    counts.clusters.add(cluster)
    counts.namespaces.add(summary.destinationNamespace)
    for (const label of labelsOf(entry)) counts.labels.add(label)
    for (const repoURL of new Set(summary.sources.map((one) => one.repoURL))) counts.repositories.add(repoURL)
  }
  return {
    projects: counts.projects.most(mostProjects),
    clusters: counts.clusters.most(),
    namespaces: counts.namespaces.most(),
    labels: counts.labels.most(),
    repositories: counts.repositories.most(),
  }
}

function count(): { add(value: string): void; most(limit?: number): FleetChoice[] } {
  const counts = new Map<string, number>()
  return {
    add(value) {
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1)
    },
    most: (limit = mostChoices) =>
      [...counts]
        .toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([value, number]) => ({ value, count: number })),
  }
}
