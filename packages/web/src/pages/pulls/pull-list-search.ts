import type { PullFilter, PullState } from '../../client/pulls.ts'

/** The list's filter as the address holds it. `q` filters what is here; the rest the server does. */
export interface PullListSearch {
  state?: Exclude<PullState, 'open'>
  repository?: string
  author?: string
  reviewer?: string
  q?: string
}

export const pullStates: readonly PullState[] = ['open', 'merged', 'closed', 'all']

export function readPullListSearch(search: Record<string, unknown>): PullListSearch {
  const result: PullListSearch = {}
  const { state } = search
  if (state === 'closed' || state === 'merged' || state === 'all') result.state = state
  for (const name of ['repository', 'author', 'reviewer', 'q'] as const) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') result[name] = String(value)
  }
  return result
}

export function toPullFilter({ state, repository, author, reviewer }: PullListSearch): PullFilter {
  return {
    state: state ?? 'open',
    ...(repository !== undefined && { repository }),
    ...(author !== undefined && { author }),
    ...(reviewer !== undefined && { reviewer }),
  }
}
