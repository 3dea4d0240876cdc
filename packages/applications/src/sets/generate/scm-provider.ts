import type { ScmProviderGenerator } from '@plimsoll/api'
import { normalizedName } from '@plimsoll/render'
import type { RepositoryEntry, RepositoryLister } from '../forges/contract.ts'
import { textPattern } from './filters.ts'
import type { Asked, Generator } from './generator.ts'
import { withValues } from './values.ts'

const defaultRequeueMs = 30 * 60_000

/** The repositories of an organization, each once for each branch that is wanted. */
export const scmProvider: Generator<ScmProviderGenerator> = {
  async generate(spec, asked) {
    const filters = filtersOf(spec, asked)
    const lister = await asked.sources.forges.repositories(spec, asked.where)
    const repositories = await keep(await lister.list(), filters.ofRepositories, lister)
    const branches: RepositoryEntry[] = []
    for (const repository of repositories) branches.push(...(await lister.branches(repository)))
    const wanted = await keep(branches, filters.ofBranches, lister)
    return withValues(wanted.map(parametersOf), spec.values, asked)
  },
  requeueAfterMs: ({ requeueAfterSeconds }) => (typeof requeueAfterSeconds === 'number' ? requeueAfterSeconds * 1000 : defaultRequeueMs),
}

type Filter = (repository: RepositoryEntry, lister: RepositoryLister) => boolean | Promise<boolean>

/**
 * A filter that asks for paths or branches is asked about each branch, any other one about each repository; one of each sort is enough
 * (argo-cd `applicationset/services/scm_provider/utils.go`).
 */
function filtersOf({ filters }: ScmProviderGenerator, { where }: Asked): { ofRepositories: Filter[]; ofBranches: Filter[] } {
  const ofRepositories: Filter[] = []
  const ofBranches: Filter[] = []
  for (const [index, { repositoryMatch, labelMatch, branchMatch, pathsExist, pathsDoNotExist }] of (filters ?? []).entries()) {
    const at = `${where}.filters[${index}]`
    const name = textPattern(repositoryMatch, `${at}.repositoryMatch`)
    const label = textPattern(labelMatch, `${at}.labelMatch`)
    const branch = textPattern(branchMatch, `${at}.branchMatch`)
    const isOfBranches = branch !== undefined || Boolean(pathsExist) || Boolean(pathsDoNotExist)
    if (!isOfBranches && name === undefined && label === undefined) continue
    const sort = isOfBranches ? ofBranches : ofRepositories
    sort.push(async (repository, lister) => {
      if (name?.(repository.repository) === false || branch?.(repository.branch) === false) return false
      if (label !== undefined && !repository.labels.some(label)) return false
      for (const path of pathsExist ?? []) if (!(await lister.hasPath(repository, trimmed(path)))) return false
      for (const path of pathsDoNotExist ?? []) if (await lister.hasPath(repository, trimmed(path))) return false
      return true
    })
  }
  return { ofRepositories, ofBranches }
}

async function keep(
  repositories: readonly RepositoryEntry[],
  filters: readonly Filter[],
  lister: RepositoryLister,
): Promise<RepositoryEntry[]> {
  if (filters.length === 0) return [...repositories]
  const kept: RepositoryEntry[] = []
  for (const repository of repositories) {
    for (const filter of filters) {
      if (!(await filter(repository, lister))) continue
      kept.push(repository)
      break
    }
  }
  return kept
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '')
}

function parametersOf({ organization, repository, url, branch, sha, labels, id }: RepositoryEntry) {
  return {
    organization,
    repository,
    repository_id: id,
    url,
    branch,
    branchNormalized: normalizedName(branch),
    sha,
    short_sha: sha.slice(0, 8),
    short_sha_7: sha.slice(0, 7),
    labels: labels.join(','),
  }
}
