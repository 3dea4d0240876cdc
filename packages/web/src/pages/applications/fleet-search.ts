import type { FleetOrder, HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import type { Query } from '../../client/http.ts'
import { healthOrder, syncOrder } from '../../facts/tone.ts'
import { without } from '../../facts/without.ts'

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

/** The list's filter as the address holds it, so that a view can be kept and sent. Lists are joined by commas. */
export interface FleetSearch {
  q?: string
  health?: string
  sync?: string
  project?: string
  cluster?: string
  label?: string
  order?: FleetOrder
  view?: 'table' | 'tiles'
}

export function readFleetSearch(search: Record<string, unknown>): FleetSearch {
  const text = (name: string) => {
    const value = search[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const result: FleetSearch = {}
  for (const name of ['q', 'health', 'sync', 'project', 'cluster', 'label'] as const) {
    const value = text(name)
    if (value !== '') result[name] = value
  }
  const order = text('order')
  if (order === 'name' || order === 'changed' || order === 'attention') result.order = order
  const view = text('view')
  if (view === 'tiles' || view === 'table') result.view = view
  return result
}

const split = (text: string | undefined) => (text ? text.split(',').filter(Boolean) : [])

export function toFilter(search: FleetSearch): FleetFilter {
  return {
    text: search.q ?? '',
    health: split(search.health).filter((one): one is HealthStatusCode => (healthOrder as readonly string[]).includes(one)),
    sync: split(search.sync).filter((one): one is SyncStatusCode => (syncOrder as readonly string[]).includes(one)),
    project: split(search.project),
    cluster: split(search.cluster),
    label: split(search.label),
  }
}

/** The longest text that the server looks for. */
const longestText = 1_000

/** What the server is asked for. */
export function toQuery(search: FleetSearch): Query {
  const { text, health, sync, project, cluster, label } = toFilter(search)
  return {
    search: text.trim().slice(0, longestText) || undefined,
    health,
    sync,
    projects: project,
    cluster,
    label,
    sort: search.order ?? 'attention',
  }
}

export function isFiltering({ text, ...lists }: FleetFilter): boolean {
  return text.trim() !== '' || Object.values(lists).some((one) => one.length > 0)
}

export type ListField = 'health' | 'sync' | 'project' | 'cluster' | 'label'

/** The same search with one value more, or one less. */
export function toggle(search: FleetSearch, field: ListField, value: string): FleetSearch {
  const values = split(search[field])
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value]
  return next.length > 0 ? { ...search, [field]: next.join(',') } : without(search, field)
}
