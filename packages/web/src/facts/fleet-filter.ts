import type { HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import type { AppSummary } from './summary.ts'
import type { Urgency } from './why.ts'

export interface FleetFilter {
  /** Words, each of which must be found in a name, label, revision, image, repository or path. */
  text: string
  health: readonly HealthStatusCode[]
  sync: readonly SyncStatusCode[]
  project: readonly string[]
  cluster: readonly string[]
  /** `name=value`. */
  label: readonly string[]
}

export type FleetOrder = 'attention' | 'name' | 'changed'

export const noFilter: FleetFilter = { text: '', health: [], sync: [], project: [], cluster: [], label: [] }

export function isFiltering(filter: FleetFilter): boolean {
  return (
    filter.text.trim() !== '' || [filter.health, filter.sync, filter.project, filter.cluster, filter.label].some((one) => one.length > 0)
  )
}

/** The cluster as people call it; the address where it has no name. */
export type ClusterNames = ReadonlyMap<string, string>

export function clusterOf(app: AppSummary, names: ClusterNames): string {
  return app.clusterName || names.get(app.server) || app.server
}

export function matches(app: AppSummary, filter: FleetFilter, names: ClusterNames): boolean {
  if (filter.health.length > 0 && !filter.health.includes(app.health)) return false
  if (filter.sync.length > 0 && !filter.sync.includes(app.sync)) return false
  return matchesBesidesStatus(app, filter, names)
}

/** All but health and sync: what the meters count. */
export function matchesBesidesStatus(app: AppSummary, filter: FleetFilter, names: ClusterNames): boolean {
  if (filter.project.length > 0 && !filter.project.includes(app.project)) return false
  if (filter.cluster.length > 0 && !filter.cluster.includes(clusterOf(app, names))) return false
  for (const label of filter.label) {
    const at = label.indexOf('=')
    const name = at < 0 ? label : label.slice(0, at)
    if (!Object.hasOwn(app.labels, name) || (at >= 0 && app.labels[name] !== label.slice(at + 1))) return false
  }
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => isFoundIn(app, word))
}

function isFoundIn(app: AppSummary, word: string): boolean {
  if (app.name.toLowerCase().includes(word) || app.repoURL.toLowerCase().includes(word) || app.path.toLowerCase().includes(word))
    return true
  if (app.revision.toLowerCase().startsWith(word) || app.targetRevision.toLowerCase().includes(word)) return true
  if (app.destinationNamespace.toLowerCase().includes(word)) return true
  if (app.images.some((image) => image.toLowerCase().includes(word))) return true
  return Object.entries(app.labels).some(([name, value]) => `${name}=${value}`.toLowerCase().includes(word))
}

export interface Placed {
  app: AppSummary
  urgency: Urgency
}

const urgencyOrder: Record<Urgency, number> = { attention: 0, moving: 1, steady: 2 }

/** Sorts in place of nobody: the argument stays as it is. Equal ones stand by name, so that nothing moves without a reason. */
export function order(placed: readonly Placed[], by: FleetOrder): Placed[] {
  const byName = (a: Placed, b: Placed) => compareText(a.app.name, b.app.name) || compareText(a.app.namespace, b.app.namespace)
  switch (by) {
    case 'name':
      return placed.toSorted(byName)
    case 'changed':
      return placed.toSorted((a, b) => (b.app.changedAt ?? 0) - (a.app.changedAt ?? 0) || byName(a, b))
    case 'attention':
      return placed.toSorted(
        (a, b) =>
          urgencyOrder[a.urgency] - urgencyOrder[b.urgency] || (a.urgency === 'steady' ? 0 : weight(b.app) - weight(a.app)) || byName(a, b),
      )
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const healthWeight: Record<HealthStatusCode, number> = {
  Degraded: 100,
  Missing: 40,
  Progressing: 60,
  Suspended: 5,
  Unknown: 20,
  Healthy: 0,
}

function weight(app: AppSummary): number {
  return healthWeight[app.health] + (app.sync === 'OutOfSync' ? 30 : app.sync === 'Unknown' ? 10 : 0)
}

export function countBy<T extends string>(apps: readonly AppSummary[], pick: (app: AppSummary) => T): Map<T, number> {
  const counts = new Map<T, number>()
  for (const app of apps) counts.set(pick(app), (counts.get(pick(app)) ?? 0) + 1)
  return counts
}
