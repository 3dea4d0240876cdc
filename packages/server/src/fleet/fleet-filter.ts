import { type HealthStatusCode, isSyncing, type SyncStatusCode } from '@plimsoll/api'
import type { LabelMatcher } from '@plimsoll/kube'
import { type FleetEntry, searchableOf } from './fleet-entry.ts'

/** Each field leaves what has one of its values; what is not there leaves all. */
export interface FleetFilter {
  name?: string
  /** Of the Application itself. */
  appNamespace?: string
  projects?: readonly string[]
  /** Words, each of which must be found: in the name, a label, an image, a source, the beginning of a revision. */
  search?: string
  /** Words, each of which must be in the name. */
  named?: string
  /** What the name begins with. */
  prefix?: string
  health?: readonly HealthStatusCode[]
  sync?: readonly SyncStatusCode[]
  /** By name or address. */
  clusters?: readonly string[]
  /** That it deploys to. */
  namespaces?: readonly string[]
  /** `name=value` or `name`: each of them. */
  labels?: readonly string[]
  /** A label selector of Kubernetes. */
  selector?: { text: string; matcher: LabelMatcher }
  /** Of a source, normalised. */
  repo?: string
  path?: string
  /** Made by this ApplicationSet. */
  set?: string
  autosync?: boolean
  /** Out of sync, and nothing stands against a sync: no hold, no operation, no deletion. */
  canSync?: boolean
}

/** Two filters with one key leave the same. */
export function keyOfFilter({ selector, ...rest }: FleetFilter): string {
  return JSON.stringify([selector?.text ?? '', ...Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

export interface FilterTools {
  normalizeRepo(url: string): string
}

export function isLeft(entry: FleetEntry, filter: FleetFilter, tools: FilterTools): boolean {
  return hasStatus(entry, filter) && isLeftBesidesStatus(entry, filter, tools)
}

export function hasStatus({ summary }: FleetEntry, { health, sync }: FleetFilter): boolean {
  return allows(health, summary.health) && allows(sync, summary.sync)
}

/** All but health and sync: what the meters count. */
export function isLeftBesidesStatus(entry: FleetEntry, filter: FleetFilter, tools: FilterTools): boolean {
  const { summary, application, called } = entry
  if (filter.name !== undefined && summary.name !== filter.name) return false
  if (filter.appNamespace !== undefined && summary.namespace !== filter.appNamespace) return false
  if (!allows(filter.projects, summary.project || 'default')) return false
  if (!allows(filter.clusters, entry.cluster) && !allows(filter.clusters, summary.server)) return false
  if (!allows(filter.namespaces, summary.destinationNamespace)) return false
  if (filter.set !== undefined && entry.set !== filter.set) return false
  if (filter.autosync !== undefined && summary.automated !== filter.autosync) return false
  if (filter.path !== undefined && !summary.sources.some(({ path }) => path === filter.path)) return false
  if (filter.canSync === true && !canSync(entry)) return false
  if (filter.labels?.some((label) => !hasLabel(summary.labels, label))) return false
  if (filter.selector && !filter.selector.matcher.matches(application.metadata.labels)) return false
  if (filter.repo !== undefined && !summary.sources.some(({ repoURL }) => tools.normalizeRepo(repoURL) === filter.repo)) return false
  if (filter.prefix !== undefined && !summary.name.toLowerCase().startsWith(filter.prefix.toLowerCase())) return false
  if (filter.named !== undefined && !wordsOf(filter.named).every((word) => called.toLowerCase().includes(word))) return false
  const searched = wordsOf(filter.search)
  if (searched.length === 0) return true
  const { text, revisions } = searchableOf(entry)
  return searched.every((word) => text.includes(word) || revisions.includes(`\n${word}`))
}

function allows<T>(values: readonly T[] | undefined, value: T): boolean {
  return values === undefined || values.length === 0 || values.includes(value)
}

function hasLabel(labels: Readonly<Record<string, string>>, label: string): boolean {
  const at = label.indexOf('=')
  const name = at < 0 ? label : label.slice(0, at)
  return Object.hasOwn(labels, name) && (at < 0 || labels[name] === label.slice(at + 1))
}

function canSync({ summary }: FleetEntry): boolean {
  return (
    summary.sync === 'OutOfSync' &&
    !summary.hold &&
    summary.deletingSince === undefined &&
    !isSyncing(summary) &&
    summary.operation?.phase !== 'Terminating'
  )
}

const words = new Map<string, readonly string[]>()

function wordsOf(search: string | undefined): readonly string[] {
  if (!search) return []
  let found = words.get(search)
  if (!found) {
    found = search.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.size > 200) words.clear()
    words.set(search, found)
  }
  return found
}
