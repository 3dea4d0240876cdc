import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'

/**
 * Where pull requests and repositories live, as far as generators ask. Whatever is listed is listed whole: a page that does not come, or more than can be
 * taken, is a failure.
 */
export interface ForgeReader {
  /** Rejects with `not-found` where the repository is not there, or may not be seen. */
  pullRequests(spec: PullRequestGenerator, where: string): Promise<PullRequestEntry[]>
  repositories(spec: ScmProviderGenerator, where: string): Promise<RepositoryLister>
}

export interface PullRequestEntry {
  number: number
  title: string
  branch: string
  targetBranch: string
  headSha: string
  labels: readonly string[]
  author: string
}

export interface RepositoryLister {
  /** Each with its default branch; without a commit as far as the provider does not say it. */
  list(): Promise<RepositoryEntry[]>
  /** The same repository once for each branch that is wanted, with its commit. None for one without commits. */
  branches(repository: RepositoryEntry): Promise<RepositoryEntry[]>
  hasPath(repository: RepositoryEntry, path: string): Promise<boolean>
}

export interface RepositoryEntry {
  organization: string
  repository: string
  /** To clone it from. */
  url: string
  branch: string
  sha: string
  labels: readonly string[]
  id: string | number
}
