export const repositoryTabs = ['files', 'commits', 'branches', 'protection'] as const
export type RepositoryTab = (typeof repositoryTabs)[number]

/** What of a repository is looked at, as the address holds it. */
export interface RepositorySearch {
  tab?: Exclude<RepositoryTab, 'files'>
  /** A branch, a tag or a commit; without one, the default branch. */
  ref?: string
  path?: string
}

export function readRepositorySearch({ tab, ref, path }: Record<string, unknown>): RepositorySearch {
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
  return {
    ...((tab === 'commits' || tab === 'branches' || tab === 'protection') && { tab }),
    ...(text(ref) !== '' && { ref: text(ref) }),
    ...(text(path) !== '' && { path: text(path) }),
  }
}
