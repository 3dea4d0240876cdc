import type { HealthStatusCode, SyncStatusCode } from '../application.ts'
import type { AppSummary } from './summary.ts'
import type { Urgency } from './urgency.ts'

/** By urgency, by name, by what changed last. */
export const fleetOrders = ['attention', 'name', 'changed'] as const
export type FleetOrder = (typeof fleetOrders)[number]

/** One line of a list. */
export interface FleetRow {
  summary: AppSummary
  /** The cluster as people call it; the address where it has no name. */
  cluster: string
}

/** How many there are of what, among the applications that a filter leaves. */
export interface FleetCounts {
  /** All that there are, whatever the filter. */
  all: number
  degraded: number
  outOfSync: number
  /** Those that the filter leaves. */
  total: number
  urgency: Record<Urgency, number>
  /** Those that the filter would leave if it said nothing of health and sync: what the meters show. */
  health: Partial<Record<HealthStatusCode, number>>
  sync: Partial<Record<SyncStatusCode, number>>
}

/** A stream tells no more rows than anybody can look at, and no more whole applications than somebody works with. */
export const fleetLimits = { window: 500, followed: 50 } as const

/** A message of `/api/v1/stream/fleet`: what has changed. The first has everything. */
export interface FleetWindow {
  counts?: FleetCounts
  /** `NAMESPACE/NAME` of each row, in order, when that is another than before. */
  keys?: string[]
  /** Rows that are new to the window, or another than before. */
  rows?: FleetRow[]
}

/** A page of rows: `GET /api/v1/fleet`. */
export interface FleetPage {
  items: FleetRow[]
  metadata: { continue?: string; remainingItemCount: number }
  counts: FleetCounts
}

/** What one can filter by, the most frequent first: `GET /api/v1/fleet/choices`. */
export interface FleetChoices {
  projects: FleetChoice[]
  clusters: FleetChoice[]
  namespaces: FleetChoice[]
  /** `name=value`. */
  labels: FleetChoice[]
  repositories: FleetChoice[]
}

export interface FleetChoice {
  value: string
  count: number
}
