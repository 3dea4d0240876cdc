import type { Application, ApplicationSource, Operation, RevisionHistory } from '@plimsoll/api'

/**
 * What an application is made from, in the two shapes that Argo CD has: `source`, or `sources`, which goes first when it is not empty
 * (argo-cd `pkg/apis/application/v1alpha1/types.go`, HasMultipleSources).
 */
export interface SourceSet {
  sources: readonly ApplicationSource[]
  isMultiple: boolean
}

type WithSources = { source?: ApplicationSource | undefined; sources?: readonly ApplicationSource[] | null | undefined }

export function sourceSetOf(holder: WithSources | undefined): SourceSet | undefined {
  if (holder?.sources && holder.sources.length > 0) return { sources: holder.sources, isMultiple: true }
  return holder?.source ? { sources: [holder.source], isMultiple: false } : undefined
}

/** Sources as a status, an operation or a history entry holds them. */
export function sourceFields({ sources, isMultiple }: SourceSet): { source?: ApplicationSource; sources?: ApplicationSource[] } {
  if (isMultiple) return { sources: [...sources] }
  const [source] = sources
  return source ? { source } : {}
}

/** Revisions, one for each source, as a status, an operation or a history entry holds them. */
export function revisionFields(isMultiple: boolean, revisions: readonly string[] | undefined): { revision?: string; revisions?: string[] } {
  if (!revisions) return {}
  const [revision] = revisions
  return isMultiple ? { revisions: [...revisions] } : revision === undefined ? {} : { revision }
}

/** The revisions that something holds, one for each source; undefined when it holds none. */
export function revisionsIn(
  holder: { revision?: string | undefined; revisions?: readonly string[] | null | undefined } | undefined,
): readonly string[] | undefined {
  if (holder?.revisions && holder.revisions.length > 0) return holder.revisions
  return holder?.revision ? [holder.revision] : undefined
}

/** What each source points at. A chart without a version means the newest. */
export function targetRevisionsOf({ sources }: SourceSet): string[] {
  return sources.map(targetRevisionOf)
}

export function targetRevisionOf(source: ApplicationSource): string {
  return source.targetRevision || (source.chart === undefined ? 'HEAD' : '*')
}

/** In words: for events, records and messages. */
export function revisionText(revisions: readonly string[] | undefined): string {
  return revisions?.join(',') ?? ''
}

/** The revisions that an operation asks for, source by source; what it leaves open is what the source points at. */
export function askedRevisions(sync: Operation['sync'], set: SourceSet): string[] {
  const asked = revisionsIn(sync) ?? []
  return set.sources.map((source, index) => asked[index] || targetRevisionOf(source))
}

/** The sources of an application whose spec was judged by `specProblem`. */
export function specSources(application: Application): SourceSet {
  return sourceSetOf(application.spec) ?? { sources: [], isMultiple: false }
}

export function historySources(entry: RevisionHistory): { set: SourceSet; revisions: readonly string[] } | undefined {
  const set = sourceSetOf(entry)
  const revisions = revisionsIn(entry)
  return set && revisions ? { set, revisions } : undefined
}
