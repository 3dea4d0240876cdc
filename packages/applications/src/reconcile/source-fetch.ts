import { type Application, type ApplicationSource, PlimsollError } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import { chartTree, type SourceTree } from '@plimsoll/render'
import type { ChartRegistry } from '@plimsoll/registry'
import { sourceTreeOf } from './source-tree.ts'

/** Where sources come from. */
export interface SourceOrigins {
  repositories: Repositories
  charts: ChartRegistry
}

/** A source at what its revision means now. */
export interface FetchedSource {
  source: ApplicationSource
  /** Commit, or version of a chart. */
  revision: string
  tree: SourceTree
}

/** `maxAgeMs: 0` looks anew, whatever was known. Rejects with `PlimsollError` when Git's or the registry's side cannot be known. */
export async function fetchSource(
  { repositories, charts }: SourceOrigins,
  source: ApplicationSource,
  revision: string,
  { project, ...options }: { project: string; maxAgeMs?: number },
): Promise<FetchedSource> {
  if (source.chart === undefined) {
    const readable = repositories.forProject(project)
    const { commit } = await readable.resolve(source.repoURL, revision)
    return { source, revision: commit, tree: sourceTreeOf(readable, source.repoURL, commit) }
  }
  const chart = await charts.resolve({ repoURL: source.repoURL, chart: source.chart, version: revision, project }, options)
  const { digest, bytes } = await charts.archive(chart)
  return { source, revision: chart.version, tree: await chartTree(digest, bytes) }
}

/**
 * What charts and kustomizations name themselves: dependencies, `helmCharts`, remote bases. Charts are read with what is given for the project's
 * repositories, as Argo CD does; but where content is rendered that a stranger may have written, and so without the application's identity, as anybody may.
 */
export function foreignSources(
  { repositories, charts }: SourceOrigins,
  { metadata, spec }: Application,
): {
  charts(request: { repository: string; name: string; version: string }): Promise<SourceTree>
  git(url: string, revision: string): Promise<SourceTree>
} {
  return {
    async charts({ repository, name, version }) {
      if (repository === '' || repository.startsWith('@') || repository.startsWith('alias:')) {
        throw new PlimsollError(
          'repository-unreachable',
          `Chart '${name}' names repository '${repository}', which nobody here knows by that name.`,
          {
            remedy: 'Write the address of the repository into Chart.yaml.',
          },
        )
      }
      const reader = metadata.uid === undefined ? { isAnonymous: true as const } : { project: spec.project || 'default' }
      const { digest, bytes } = await charts.archive(await charts.resolve({ repoURL: repository, chart: name, version, ...reader }))
      return chartTree(digest, bytes)
    },
    async git(url, revision) {
      // Whoever wrote the content, a stranger even, wrote this address: what nobody but a connection may read is not read for it.
      const { commit } = await repositories.anonymous.resolve(url, revision)
      return sourceTreeOf(repositories.anonymous, url, commit)
    },
  }
}
