import { PlimsollError, type PullRequest } from '@plimsoll/api'
import type { AllPullsFilter, OpenPull } from '../contract.ts'
import { placeOf, type PullPlace } from '../pull-place.ts'
import { tipsOf, viewOf, type ForgeCore } from './forge-core.ts'
import { pullRequestOf, type PullRequestRow } from './forge-rows.ts'

const viewsAtOnce = 8
const mostRows = 200

/** Read in pieces: what may not be read, and what is of a repository that is gone, takes no place on a page. */
export async function newest(
  core: ForgeCore,
  filter: Omit<AllPullsFilter, 'after' | 'limit'> & { after?: PullPlace; limit: number },
): Promise<PullRequest[]> {
  const { repository, canRead, after, limit, state = 'open', author, reviewer } = filter
  if (repository !== undefined) await core.git.refs(repository)
  const refs = new Map<string, Promise<ReadonlyMap<string, string> | undefined>>()
  const found: PullRequest[] = []
  let from = after
  while (found.length < limit) {
    const rows = await core.store.newest({
      state,
      limit: Math.min(limit, mostRows),
      ...(repository !== undefined && { repository }),
      ...(author !== undefined && { author }),
      ...(reviewer !== undefined && { reviewer }),
      ...(from && { after: from }),
    })
    const readable = rows.filter((row) => canRead(row.repository))
    for (let at = 0; at < readable.length && found.length < limit; at += viewsAtOnce) {
      const views = await Promise.all(readable.slice(at, at + viewsAtOnce).map(view))
      found.push(...views.filter((one) => one !== undefined))
    }
    const last = rows.at(-1)
    if (!last || rows.length < Math.min(limit, mostRows)) break
    from = placeOf(pullRequestOf(last))
  }
  return found.slice(0, limit)

  async function view(row: PullRequestRow): Promise<PullRequest | undefined> {
    const known = refs.get(row.repository) ?? refsOf(core, row.repository)
    refs.set(row.repository, known)
    const there = await known
    return there && viewOf(core, row, there)
  }
}

/** Every open pull request, without what it costs to say whether it can be merged. */
export async function listOpen(core: ForgeCore): Promise<OpenPull[]> {
  const found: OpenPull[] = []
  let refs: { of: string; all: ReadonlyMap<string, string> | undefined } | undefined
  let last: PullRequestRow | undefined
  for (;;) {
    const rows = await core.store.open(last, mostRows)
    for (const row of rows) {
      if (refs?.of !== row.repository) refs = { of: row.repository, all: await refsOf(core, row.repository) }
      if (!refs.all) continue
      const { head, base } = tipsOf(row, refs.all)
      const { repository, number, updatedAt } = pullRequestOf(row)
      found.push({ repository, number, head, baseBranch: row.base_branch, base: base ?? row.base_commit, updatedAt })
    }
    last = rows.at(-1)
    if (!last || rows.length < mostRows) return found
  }
}

/** Undefined for a repository that is gone. */
async function refsOf(core: ForgeCore, repository: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await core.git.refs(repository)
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'not-found') return undefined
    throw error
  }
}
