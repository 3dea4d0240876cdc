import {
  type Application,
  type AppSummary,
  type FleetRow,
  type HealthStatusCode,
  summarizeApplication,
  type Urgency,
  urgencyChangesAt,
  urgencyOf,
} from '@plimsoll/api'
import { qualifiedName } from '@plimsoll/applications'

/** One application with what lists order, filter and count it by. Never changed once made: another state is another entry. */
export interface FleetEntry {
  key: string
  /** What people call it: with its namespace where that is not the control plane's. */
  called: string
  application: Application
  summary: AppSummary
  urgency: Urgency
  /** Among those of one urgency, the heavier stands first. */
  weight: number
  changedAt: number
  /** When time alone makes it another, in ms. */
  staleAt: number | undefined
  cluster: string
  /** The ApplicationSet that made it. */
  set: string | undefined
}

export function createEntry(
  application: Application,
  { clusterNameOf, namespace }: { clusterNameOf: (server: string) => string | undefined; namespace: string },
  now: number,
): FleetEntry {
  const summary = summaryOf(application)
  const urgency = urgencyOf(summary, now)
  return {
    key: summary.key,
    called: qualifiedName(summary, namespace),
    application,
    summary,
    urgency,
    weight: urgency === 'steady' ? 0 : weightOf(summary),
    changedAt: summary.changedAt ?? 0,
    staleAt: urgencyChangesAt(summary, now),
    cluster: summary.clusterName || clusterNameOf(summary.server) || summary.server,
    set: setOf(application),
  }
}

/** What words are looked for in. */
export interface Searchable {
  /** In lower case, a fact a line; `revisions` begins each line with one. */
  text: string
  revisions: string
}

const searchables = new WeakMap<FleetEntry, Searchable>()

/** Made when somebody searches: most states of most applications are gone before anybody does. */
export function searchableOf(entry: FleetEntry): Searchable {
  let found = searchables.get(entry)
  if (!found) {
    const { summary, application } = entry
    const sources = summary.sources.flatMap(({ repoURL, path, chart, targetRevision }) => [repoURL, path, chart, targetRevision])
    const images = application.status?.summary?.images ?? []
    found = {
      text: [entry.called, summary.destinationNamespace, ...sources, ...images, ...labelsOf(entry)].join('\n').toLowerCase(),
      revisions: summary.sources.map(({ revision }) => `\n${revision.toLowerCase()}`).join(''),
    }
    searchables.set(entry, found)
  }
  return found
}

/** `name=value`. */
export function labelsOf({ summary }: FleetEntry): string[] {
  return Object.entries(summary.labels).map(([name, value]) => `${name}=${value}`)
}

function setOf({ metadata }: Application): string | undefined {
  const owners = metadata['ownerReferences'] as { kind?: string; name?: string }[] | undefined
  return owners?.find((one) => one.kind === 'ApplicationSet')?.name
}

/** One application that is not in any known shape must not take the others with it: somebody wrote its spec by hand. */
function summaryOf(application: Application): AppSummary {
  try {
    return summarizeApplication(application)
  } catch {
    const { metadata } = application
    return summarizeApplication({ metadata, spec: { destination: {} } })
  }
}

const healthWeight: Record<HealthStatusCode, number> = {
  Degraded: 100,
  Missing: 40,
  Progressing: 60,
  Suspended: 5,
  Unknown: 20,
  Healthy: 0,
}

function weightOf({ health, sync }: AppSummary): number {
  return healthWeight[health] + (sync === 'OutOfSync' ? 30 : sync === 'Unknown' ? 10 : 0)
}

/** So much of a foreign message is in a row; the whole is with the application. */
const longestMessage = 600
const mostConditions = 10
const rows = new WeakMap<AppSummary, { row: FleetRow; text: string }>()

/** The row of an entry, and its text, by which it is the same as before or another. */
export function rowOf({ summary, cluster }: FleetEntry): { row: FleetRow; text: string } {
  const known = rows.get(summary)
  if (known && known.row.cluster === cluster) return known
  const row: FleetRow = {
    cluster,
    summary: {
      ...summary,
      healthMessage: cut(summary.healthMessage),
      conditions: summary.conditions.slice(0, mostConditions).map((one) => ({ ...one, message: cut(one.message) })),
      troubles: summary.troubles.map((one) => ({ ...one, ...(one.message !== undefined && { message: cut(one.message) }) })),
      ...(summary.operation && {
        operation: {
          ...summary.operation,
          message: cut(summary.operation.message),
          failed: summary.operation.failed.map((one) => ({ ...one, ...(one.message !== undefined && { message: cut(one.message) }) })),
        },
      }),
    },
  }
  const made = { row, text: JSON.stringify(row) }
  rows.set(summary, made)
  return made
}

function cut(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
}
