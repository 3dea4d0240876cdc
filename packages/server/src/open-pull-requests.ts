import type { PullRequestEntry } from '@plimsoll/applications'
import type { BuiltinForge } from '@plimsoll/forge'

const pageSize = 200

/**
 * Pull requests of a repository that lives here, as an ApplicationSet's generator sees them. What was proposed from outside is left out: nothing of it is
 * deployed before somebody who may has taken it in.
 */
export async function openPullRequests(forge: Pick<BuiltinForge, 'list'>, repository: string): Promise<PullRequestEntry[]> {
  const entries: PullRequestEntry[] = []
  let before: number | undefined
  for (;;) {
    const page = await forge.list(repository, { state: 'open', limit: pageSize, ...(before !== undefined && { before }) })
    for (const { number, title, author, head, base, isOutside } of page) {
      if (isOutside || head.branch === undefined) continue
      entries.push({ number, title, author, branch: head.branch, targetBranch: base.branch, headSha: head.commit, labels: [] })
    }
    before = page.at(-1)?.number
    if (page.length < pageSize || before === undefined) return entries
  }
}
