import type { PullRequest } from '@plimsoll/api'
import type { GitHistory } from '@plimsoll/git'

const mergedBy = { name: 'Plimsoll', email: 'plimsoll@localhost' }

/**
 * What the target would be after the merge, as a commit under `refs/pull/NUMBER/merge`: the same for the same two, however often it is made.
 * Undefined while there are conflicts.
 */
export function testMerge(history: GitHistory, { repository, number, base, head, createdAt }: PullRequest): Promise<string | undefined> {
  const ref = `refs/pull/${number}/merge`
  return history.change(repository, undefined, async (writer) => {
    const made = await writer.prepareMerge({
      base: base.commit,
      head: head.commit,
      method: 'merge',
      message: `Merge ${head.commit} into ${base.commit}`,
      by: mergedBy,
      at: Date.parse(createdAt),
    })
    if (!('commit' in made)) return undefined
    const from = (await writer.refs()).get(ref)
    if (from === made.commit) return from
    return (await writer.update([{ ref, from, to: made.commit }])) ? made.commit : undefined
  })
}
