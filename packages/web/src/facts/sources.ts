import { isCommit, placeSources, revisionsOf, type RevisionHolder, type SourceAt, type SourceHolder } from '@plimsoll/api'

export { isCommit, joinRevisions, mainSource, placeSources, revisionsOf, type SourceAt } from '@plimsoll/api'

/** In one word, what an application is compared with. */
export function whereFrom(sources: readonly SourceAt[]): 'git' | 'chart' | 'several' {
  if (sources.every((one) => one.chart === '')) return 'git'
  return sources.length === 1 ? 'chart' : 'several'
}

/** The source whose commit tells what changed: the main one, or the first that has a commit at all. A chart's version has none. */
export function sourceWithCommit(sources: readonly SourceAt[]): SourceAt | undefined {
  const hasCommit = (one: SourceAt) => one.chart === '' && isCommit(one.revision)
  return sources.find((one) => hasCommit(one) && !one.isReference) ?? sources.find(hasCommit)
}

/** Where the sources stood that a history entry tells of. One that tells of no sources had those of today. */
export function sourcesThen(entry: SourceHolder & RevisionHolder, today: readonly SourceAt[]): SourceAt[] {
  const revisions = revisionsOf(entry)
  const then = placeSources(entry, revisions)
  return then.length > 0 ? then : today.map((one) => ({ ...one, revision: revisions[one.index] ?? '' }))
}

/** The commit among sources as they were, at the place where its repository is today: the server knows commits by that. */
export function commitThen(then: readonly SourceAt[], today: readonly SourceAt[]): SourceAt | undefined {
  const commit = sourceWithCommit(then)
  const place = commit && today.find((one) => one.chart === '' && one.repoURL === commit.repoURL)
  return commit && place && { ...commit, index: place.index }
}

/** What a source is called: its chart, its folder, its reference. */
export function nameOfSource(source: SourceAt): string {
  if (source.chart) return source.chart
  if (source.isReference) return `$${source.ref}`
  return source.path || '.'
}

/** It follows versions, rather than being one: a range, a part of a version, nothing. */
export function followsVersions(source: SourceAt): boolean {
  return source.chart !== '' && !/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(source.targetRevision)
}

/** Forges whose page of a commit is known by the address of the repository. */
const commitPaths: Readonly<Record<string, string>> = {
  'github.com': 'commit',
  'gitlab.com': '-/commit',
  'codeberg.org': 'commit',
  'bitbucket.org': 'commits',
}

/** The page of a commit, for repositories on a public forge. A version of a chart has none. */
export function commitPage(repoURL: string, revision: string): string | undefined {
  if (!isCommit(revision)) return undefined
  const found = /^(?:https:\/\/(?:[^/@]*@)?|ssh:\/\/git@|git@)([a-z.]+)[:/]([\w./-]+)$/.exec(repoURL)
  const [, host = '', rest = ''] = found ?? []
  const path = rest.replace(/\/$/, '').replace(/\.git$/, '')
  return Object.hasOwn(commitPaths, host) ? `https://${host}/${path}/${commitPaths[host]}/${revision}` : undefined
}
