import type { ApplicationSource } from '../application.ts'

/** One source of an application, and where it stands. */
export interface SourceAt {
  /** Its place in `spec.sources`; 0 for the only one. */
  index: number
  repoURL: string
  path: string
  /** The chart's name, where the source is a chart of a repository and not a folder. */
  chart: string
  ref: string
  targetRevision: string
  /** A commit, or the version of a chart; empty while it is not known. */
  revision: string
  /** It lends its files to other sources and has no manifests of its own. */
  isReference: boolean
}

/** What names sources: a spec, an entry of the history. */
export interface SourceHolder {
  source?: ApplicationSource | undefined
  sources?: readonly ApplicationSource[] | null | undefined
}

export interface RevisionHolder {
  revision?: string | undefined
  revisions?: readonly string[] | null | undefined
}

/** `sources` goes before `source` (argo-cd `pkg/apis/application/v1alpha1/types.go`, HasMultipleSources). */
export function placeSources(holder: SourceHolder, revisions: readonly string[]): SourceAt[] {
  const isMultiple = (holder.sources?.length ?? 0) > 0
  const sources = isMultiple ? (holder.sources ?? []) : holder.source ? [holder.source] : []
  return sources.map((source, index) => ({
    index,
    // Nobody has checked a spec that was written past the server.
    repoURL: String(source.repoURL ?? ''),
    path: source.path ?? '',
    chart: source.chart ?? '',
    ref: source.ref ?? '',
    targetRevision: source.targetRevision ?? '',
    revision: revisions[index] ?? '',
    isReference: isMultiple && source.ref !== undefined && !source.path && source.chart === undefined,
  }))
}

/** One revision for each source. */
export function revisionsOf(holder: RevisionHolder | undefined): readonly string[] {
  if (holder?.revisions && holder.revisions.length > 0) return holder.revisions
  return holder?.revision ? [holder.revision] : []
}

/** As the server puts several into one text: in its records, in a hold. */
export function joinRevisions(holder: RevisionHolder | undefined): string {
  return revisionsOf(holder).join(',')
}

/** The one to name where there is room for one: what manifests come from, rather than what lends it a file. */
export function mainSource(sources: readonly SourceAt[]): SourceAt | undefined {
  return sources.find((one) => !one.isReference) ?? sources[0]
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision)
}
