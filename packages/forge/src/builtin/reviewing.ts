import { PlimsollError, type Review } from '@plimsoll/api'
import type { ForgeActor, NewComment } from '../contract.ts'
import { rulesFor } from './branch-rules.ts'
import { invalid, prepareComment, requireLength, requireText } from './conversation.ts'
import { changedMeanwhile, coAuthorsOf, eventComment, tipsOf, type ForgeCore } from './forge-core.ts'
import type { PullRequestRow } from './forge-rows.ts'
import { requireRead, requireWrite } from './rights.ts'

export interface NewReview {
  state: Review['state']
  body: string
  head: string
  base?: string
  comments?: NewComment[]
}

const maxComments = 200
const attempts = 5

/** Writes a review for the head and the target that were seen; the id of it. Rejects with `conflict` when they are others. */
export async function addReview(core: ForgeCore, repository: string, number: number, review: NewReview, by: ForgeActor): Promise<string> {
  const { store } = core
  requireRead(by, repository)
  if (review.state === 'dismissed') throw invalid('A review is dismissed, not given as such.')
  if (review.state !== 'approved') requireText(review.body, 'A review that does not approve')
  requireLength(review.body, 'A review')
  if (review.state !== 'commented') requireWrite(by, repository, 'approve or request changes', 'Comment instead.')
  const id = core.newId()
  let target = review.base
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { row, base } = await current(core, repository, number, review.head, target)
    target = row.base_branch
    if (review.state === 'approved') await requireStranger(core, row, base, by)
    const comments = []
    for (const comment of (review.comments ?? []).slice(0, maxComments)) comments.push(await prepareComment(core, row, comment, by))
    const added = {
      id,
      author: by.name,
      state: review.state,
      body: review.body,
      head_commit: row.head_commit,
      base_branch: row.base_branch,
      submitted_at: core.now(),
    }
    const statements = [store.touch(row), store.addReview(repository, number, added), ...comments.map(({ statement }) => statement)]
    // Of the pull request that was looked at: when it has changed meanwhile, it is looked at again.
    if (!(await store.write(statements))) continue
    core.emit({ kind: 'reviewed', repository, number, by: by.name })
    return id
  }
  throw changedMeanwhile({ repository, number })
}

export async function dismissReview(
  core: ForgeCore,
  repository: string,
  number: number,
  id: string,
  why: string,
  by: ForgeActor,
): Promise<void> {
  const { store } = core
  requireWrite(by, repository, 'dismiss a review', 'Ask somebody who may.')
  requireText(why, 'A dismissal')
  const row = await store.require(repository, number)
  const found = (await store.reviews(repository, number)).find((one) => one.id === id)
  const what = `Pull request ${number} of '${repository}'`
  if (found === undefined) throw new PlimsollError('not-found', `${what} has no review '${id.slice(0, 80)}'.`)
  if (found.author !== by.name && !by.canAdminister(repository) && (await hasPart(core, row, by))) {
    throw new PlimsollError(
      'permission-denied',
      `${by.name} opened pull request ${number} or has commits in it, and may not dismiss a review of it.`,
    )
  }
  const done = await store.write([
    store.dismiss(repository, number, id, `dismissed by ${by.name}: ${why}`),
    eventComment(core, row, by.name, `dismissed the review of ${found.author}: ${why}`),
  ])
  if (!done)
    throw new PlimsollError('conflict', `Review '${id.slice(0, 80)}' neither approves nor asks for changes, or is dismissed already.`)
  core.emit({ kind: 'reviewed', repository, number, by: by.name })
}

async function hasPart(core: ForgeCore, row: PullRequestRow, by: ForgeActor): Promise<boolean> {
  if (row.author === by.name) return true
  const { head, base } = tipsOf(row, await core.git.refs(row.repository))
  const facts = base === undefined ? undefined : await core.facts.of(row.repository, base, head)
  return (await coAuthorsOf(core, row, facts, [by])).has(by.name)
}

async function current(
  core: ForgeCore,
  repository: string,
  number: number,
  seen: string,
  target: string | undefined,
): Promise<{ row: PullRequestRow; base: string | undefined }> {
  const row = await core.store.require(repository, number)
  const what = `ull request ${number} of '${repository}'`
  if (row.state !== 'open') throw new PlimsollError('merge-blocked', `P${what} is ${row.state}.`, { remedy: 'Reopen it first.' })
  const { head, base } = tipsOf(row, await core.git.refs(repository))
  const remedy = 'Look at what is new, then review again.'
  if (head !== seen) throw new PlimsollError('conflict', `The head of p${what} is ${head}, not ${seen.slice(0, 40)}.`, { remedy })
  if (target !== undefined && target !== row.base_branch) {
    throw new PlimsollError('conflict', `The target of p${what} is '${row.base_branch}', not '${target.slice(0, 255)}'.`, { remedy })
  }
  return { row: { ...row, head_commit: head, base_commit: base ?? row.base_commit }, base }
}

/** No self-approval, unless the branch allows it: neither by who opened it nor by who has commits in it. */
async function requireStranger(core: ForgeCore, row: PullRequestRow, base: string | undefined, by: ForgeActor): Promise<void> {
  const { repository, number } = row
  if (rulesFor(await core.store.protections(repository), row.base_branch)?.allowSelfApproval === true) return
  const facts = base === undefined ? undefined : await core.facts.of(repository, base, row.head_commit)
  const coAuthors = await coAuthorsOf(core, row, facts, [by])
  if (!coAuthors.has(by.name)) return
  const why = row.author === by.name ? 'opened' : 'has commits in'
  throw new PlimsollError(
    'permission-denied',
    `${by.name} ${why} pull request ${number} of '${repository}': nobody approves their own work.`,
    {
      remedy: 'Ask somebody else to review it, or comment.',
    },
  )
}
