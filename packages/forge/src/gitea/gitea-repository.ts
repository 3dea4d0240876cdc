import { PlimsollError, type PullRequest } from '@plimsoll/api'
import { commentOf, commitOf, reviewOf, statusCheckOf, stateOf } from '../github/github-shapes.ts'
import { absolute, describe } from '../remote/check-words.ts'
import { commitIn, fieldsOf, idOf, integer, listOf, text } from '../remote/json-reading.ts'
import type { ProviderClient } from '../remote/provider-client.ts'
import type { ProviderRepository } from '../remote/provider-repository.ts'
import { notSupported } from '../remote/provider-words.ts'
import type { RepositoryPath } from '../remote/repository-path.ts'
import { splitDiff } from '../remote/unified-diff.ts'
import { fileOf, lineCommentOf, protectionOf, pullOf, titleOf } from './gitea-shapes.ts'

const mostFiles = 3000
const mostCommits = 1000
const mostComments = 2000
const mostReviews = 300
const listedPages = 1000
const maxDescription = 255

const events = { approved: 'APPROVED', changesRequested: 'REQUEST_CHANGES', commented: 'COMMENT' } as const

export function giteaRepository(client: ProviderClient, { address, path }: RepositoryPath): ProviderRepository {
  const repo = `/repos/${path}`
  const pull = (number: number): string => `${repo}/pulls/${number}`
  const about = (number: number): string => `pull request ${number} of ${address}`
  let account: Promise<string | undefined> | undefined

  async function get(number: number): Promise<PullRequest> {
    return pullOf(address, fieldsOf(await client.read(pull(number), about(number))))
  }

  return {
    provider: 'gitea',
    providerName: 'Gitea',
    address,
    maxBody: 65_536,

    account() {
      account ??= client.read('/user', 'the account of the token').then((user) => text(fieldsOf(user), 'login'))
      account.catch(() => (account = undefined))
      return account
    },

    async list({ state, limit, before, author }) {
      const asked = state === 'open' || state === 'all' ? state : 'closed'
      const isWanted = (one: PullRequest): boolean =>
        (before === undefined || one.number < before) &&
        (author === undefined || one.author.toLowerCase() === author.toLowerCase()) &&
        (state === 'all' || one.state === state)
      let found = 0
      const entries = await client.pages(`${repo}/pulls?state=${asked}`, `pull requests of ${address}`, {
        limit: before !== undefined || author !== undefined || asked === 'closed' ? listedPages : limit,
        until: (page) => (found += listOf(page).filter((one) => isWanted(pullOf(address, one))).length) >= limit,
      })
      return listOf(entries)
        .map((one) => pullOf(address, one))
        .filter(isWanted)
        .slice(0, limit)
    },

    get,

    async open({ title, body, head, base, isDraft }) {
      const made = await client.send(
        'POST',
        `${repo}/pulls`,
        { title: titleOf(title, isDraft ?? false), body, head, base },
        `a pull request of ${address}`,
      )
      return integer(fieldsOf(made), 'number')
    },

    async update({ number, title: before, isDraft: wasDraft }, { isDraft, title, ...change }) {
      const isRenamed = title !== undefined || isDraft !== undefined
      const body = { ...change, ...(isRenamed && { title: titleOf(title ?? before, isDraft ?? wasDraft) }) }
      await client.send('PATCH', pull(number), body, about(number))
    },

    async merge({ number }, { head, method, title, message }) {
      const body = {
        Do: method,
        head_commit_id: head,
        ...(title !== undefined && { MergeTitleField: title }),
        ...(message !== undefined && { MergeMessageField: message }),
      }
      await client.send('POST', `${pull(number)}/merge`, body, about(number))
    },

    async files({ number, head, base }) {
      const [entries, found] = await Promise.all([
        client.pages(`${pull(number)}/files`, about(number), { limit: mostFiles }),
        client.read(pull(number), about(number)),
      ])
      // The list has no patches. A difference that is too large to be sent leaves the names of the files.
      const patches = await client.readText(`${pull(number)}.diff`, about(number)).then(splitDiff, (error: unknown) => {
        if (error instanceof PlimsollError && error.code === 'manifest-too-large') return undefined
        throw error
      })
      const from = commitIn(fieldsOf(found), 'merge_base') || base.commit
      return {
        files: listOf(entries).map((file) => fileOf(file, patches)),
        isTruncated: entries.length >= mostFiles,
        from,
        to: head.commit,
      }
    },

    async commits(number) {
      const commits = listOf(await client.pages(`${pull(number)}/commits`, about(number), { limit: mostCommits })).map(commitOf)
      const [first, second] = commits
      return first && second && first.parents.includes(second.commit) ? commits.toReversed() : commits
    },

    async comments(number) {
      const plain = await client.pages(`${repo}/issues/${number}/comments`, about(number), { limit: mostComments })
      const reviews = listOf(await client.pages(`${pull(number)}/reviews`, about(number), { limit: mostReviews }))
      const lines: unknown[] = []
      for (const review of reviews.filter((one) => integer(one, 'comments_count') > 0)) {
        lines.push(...(await client.pages(`${pull(number)}/reviews/${idOf(review)}/comments`, about(number), { limit: mostComments })))
      }
      return [...listOf(plain).map(commentOf), ...listOf(lines).map(lineCommentOf)].toSorted((a, b) =>
        a.createdAt.localeCompare(b.createdAt),
      )
    },

    async comment({ number, head }, { body, path: file, line, side, inReplyTo }) {
      if (inReplyTo?.startsWith('line-')) {
        throw notSupported(
          'gitea',
          'answer in the thread of a line',
          'Comment on the line again, or answer on the page of the pull request.',
        )
      }
      if (file === undefined || line === undefined) {
        const made = await client.send('POST', `${repo}/issues/${number}/comments`, { body }, about(number))
        return `comment-${idOf(fieldsOf(made))}`
      }
      const comment = { path: file, body, ...(side === 'old' ? { old_position: line } : { new_position: line }) }
      const review = await client.send(
        'POST',
        `${pull(number)}/reviews`,
        { event: 'COMMENT', commit_id: head.commit, body: '', comments: [comment] },
        about(number),
      )
      const [made] = await client.pages(`${pull(number)}/reviews/${idOf(fieldsOf(review))}/comments`, about(number), { limit: 1 })
      return `line-${idOf(fieldsOf(made))}`
    },

    async editComment(number, id, body) {
      // Comments on lines are comments of the same table, and are changed as such.
      await client.send('PATCH', `${repo}/issues/comments/${numberIn(id)}`, { body }, about(number))
    },

    resolve() {
      throw notSupported('gitea', 'resolve a thread', 'Resolve it on the page of the pull request.')
    },

    async reviews(one) {
      const entries = await client.pages(`${pull(one.number)}/reviews`, about(one.number), { limit: mostReviews })
      return listOf(entries).flatMap((entry) => reviewOf(entry, one) ?? [])
    },

    async review({ number, head }, { state, body, comments }) {
      const lines = comments.map((one) => {
        if (one.path === undefined || one.line === undefined)
          throw new PlimsollError('invalid-request', 'A comment of a review has a path and a line.')
        return { path: one.path, body: one.body, ...(one.side === 'old' ? { old_position: one.line } : { new_position: one.line }) }
      })
      const review = { commit_id: head.commit, event: events[state], body, comments: lines }
      return idOf(fieldsOf(await client.send('POST', `${pull(number)}/reviews`, review, about(number))))
    },

    async dismissReview({ number }, id, why) {
      await client.send('POST', `${pull(number)}/reviews/${numberIn(id)}/dismissals`, { message: why }, about(number))
    },

    async checks(commit) {
      const what = `commit ${commit.slice(0, 7)} of ${address}`
      const statuses = await client.pages(`${repo}/commits/${commit}/status`, what, { limit: 300, of: 'statuses' })
      const checks = listOf(statuses).map((status) => statusCheckOf(status, commit))
      return [...new Map(checks.map((check) => [check.name, check])).values()]
    },

    async setCheck(check) {
      const url = absolute(check.detailsUrl)
      const body = {
        state: stateOf(check),
        context: check.name,
        description: describe(check, maxDescription),
        ...(url !== undefined && { target_url: url }),
      }
      await client.send('POST', `${repo}/statuses/${check.commit}`, body, `check '${check.name}' of ${address}`)
    },

    async protections() {
      return listOf(await client.read(`${repo}/branch_protections`, `the protected branches of ${address}`)).map(protectionOf)
    },
  }
}

function numberIn(id: string): string {
  const digits = /^(?:line-|comment-)?(\d{1,20})$/.exec(id)?.[1]
  if (digits !== undefined) return digits
  throw new PlimsollError('not-found', `There is no comment or review '${id.slice(0, 80)}'.`)
}
