import { type Application, type ApplicationSource, PlimsollError } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import { chartTree, type SourceTree } from '@plimsoll/render'
import type { ChartRegistry } from '@plimsoll/registry'
import { type ProjectGuard, shownUrl } from '../projects/project-guard.ts'
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
 * What charts and kustomizations name themselves: dependencies, `helmCharts`, remote bases. They need not be of the project's `sourceRepos`; but only what
 * is of them is read with what is given for it (argo-cd `util/argo/argo.go`, GetPermittedRepos, 3.x), anything else as anybody may. So is everything
 * where content is rendered that a stranger may have written, and that has no application of its own.
 */
export function foreignSources(
  { repositories, charts }: SourceOrigins,
  { metadata, spec }: Application,
  guard: Pick<ProjectGuard, 'hasSource'>,
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
      const isOfProject = guard.hasSource(repository)
      const reader = metadata.uid !== undefined && isOfProject ? { project: spec.project || 'default' } : { isAnonymous: true as const }
      try {
        const { digest, bytes } = await charts.archive(await charts.resolve({ repoURL: repository, chart: name, version, ...reader }))
        return await chartTree(digest, bytes)
      } catch (error) {
        if (isOfProject || !(error instanceof PlimsollError)) throw error
        const why = `helm repos ${shownUrl(repository)} are not permitted in project '${spec.project || 'default'}', so it was asked as anybody may: `
        throw new PlimsollError(error.code, `${why}${error.message}`, { cause: error, ...(error.remedy && { remedy: error.remedy }) })
      }
    },
    async git(url, revision) {
      // Whoever wrote the content, a stranger even, wrote this address: what nobody but a connection may read is not read for it.
      const { commit } = await repositories.anonymous.resolve(url, revision)
      return sourceTreeOf(repositories.anonymous, url, commit)
    },
  }
}
