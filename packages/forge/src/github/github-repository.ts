import { PlimsollError, type BranchProtection, type PullRequest } from '@plimsoll/api'
import { commitIn, fieldsOf, type Fields, flag, idOf, inner, integer, listOf, text } from '../remote/json-reading.ts'
import type { ProviderClient } from '../remote/provider-client.ts'
import type { ProviderRepository } from '../remote/provider-repository.ts'
import { notSupported } from '../remote/provider-words.ts'
import type { RepositoryPath } from '../remote/repository-path.ts'
import { readChecks, writeCheckRun, writeStatus } from './github-checks.ts'
import { commentOf, commitOf, fileOf, lineCommentOf, pullOf, reviewOf } from './github-shapes.ts'

/** GitHub shows at most 3,000 files and 250 commits of a pull request. */
const mostFiles = 3000
const mostCommits = 250
const mostComments = 2000
const listedPages = 1000

const events = { approved: 'APPROVE', changesRequested: 'REQUEST_CHANGES', commented: 'COMMENT' } as const

export function githubRepository(client: ProviderClient, { address, path }: RepositoryPath, isApp: boolean): ProviderRepository {
  const repo = `/repos/${path}`
  const pull = (number: number): string => `${repo}/pulls/${number}`
  const about = (number: number): string => `pull request ${number} of ${address}`
  let account: Promise<string | undefined> | undefined

  async function comparison(base: string, head: string): Promise<Fields> {
    // Files are on the first page only, and nobody reads them here ("Compare two commits").
    const range = `${encodeURIComponent(base)}...${head}`
    return fieldsOf(await client.find(`${repo}/compare/${range}?per_page=1&page=2`, `the difference ${range} of ${address}`))
  }

  async function tipOf(branch: string): Promise<string> {
    const found = await client.find(`${repo}/branches/${encodeURIComponent(branch)}`, `branch '${branch}' of ${address}`)
    return commitIn(inner(fieldsOf(found), 'commit'), 'sha')
  }

  async function get(number: number): Promise<PullRequest> {
    const found = fieldsOf(await client.read(pull(number), about(number)))
    if (text(found, 'state') !== 'open') return pullOf(address, found)
    // The base commit of a pull request is that of its last push: where the target is now, only the target says.
    const compared = await comparison(text(inner(found, 'base'), 'ref'), commitIn(inner(found, 'head'), 'sha'))
    const base = commitIn(inner(compared, 'base_commit'), 'sha')
    return pullOf(address, found, base === '' ? undefined : { base, isBehind: integer(compared, 'behind_by') > 0 })
  }

  return {
    provider: 'github',
    providerName: 'GitHub',
    address,
    maxBody: 65_536,

    account() {
      // An App's token has no user; what it writes is known by its being an App's.
      account ??= isApp
        ? Promise.resolve(undefined)
        : client.read('/user', 'the account of the token').then((user) => text(fieldsOf(user), 'login'))
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
      const entries = await client.pages(`${repo}/pulls?state=${asked}&sort=created&direction=desc`, `pull requests of ${address}`, {
        limit: isFiltered(state, before, author) ? listedPages : limit,
        until: (page) => (found += listOf(page).filter((one) => isWanted(pullOf(address, one))).length) >= limit,
      })
      const wanted = listOf(entries)
        .filter((one) => isWanted(pullOf(address, one)))
        .slice(0, limit)
      // Where the targets are now, one look at each: of a pull request's own only what was there at its last push is told.
      const tips = new Map<string, string>()
      for (const one of wanted.filter((open) => text(open, 'state') === 'open')) {
        const branch = text(inner(one, 'base'), 'ref')
        if (!tips.has(branch)) tips.set(branch, await tipOf(branch))
      }
      return wanted.map((one) => {
        const base = text(one, 'state') === 'open' ? tips.get(text(inner(one, 'base'), 'ref')) : undefined
        return pullOf(address, one, base ? { base, isBehind: false } : undefined)
      })
    },

    get,

    async open({ title, body, head, base, isDraft }) {
      const made = fieldsOf(
        await client.send('POST', `${repo}/pulls`, { title, body, head, base, draft: isDraft ?? false }, `a pull request of ${address}`),
      )
      return integer(made, 'number')
    },

    async update({ number, isDraft: wasDraft }, { isDraft, ...change }) {
      if (isDraft !== undefined && isDraft !== wasDraft) {
        throw notSupported(
          'github',
          isDraft ? 'make a pull request a draft' : 'mark a draft as ready',
          'Do it on the page of the pull request.',
        )
      }
      if (Object.keys(change).length > 0) await client.send('PATCH', pull(number), change, about(number))
    },

    async merge({ number }, { head, method, title, message }) {
      const body = {
        sha: head,
        merge_method: method,
        ...(title !== undefined && { commit_title: title }),
        ...(message !== undefined && { commit_message: message }),
      }
      await client.send('PUT', `${pull(number)}/merge`, body, about(number))
    },

    async files({ number, base, head }) {
      const entries = await client.pages(`${pull(number)}/files`, about(number), { limit: mostFiles })
      const compared = await comparison(base.commit, head.commit)
      const from = commitIn(inner(compared, 'merge_base_commit'), 'sha') || base.commit
      return { files: listOf(entries).map(fileOf), isTruncated: entries.length >= mostFiles, from, to: head.commit }
    },

    async commits(number) {
      return listOf(await client.pages(`${pull(number)}/commits`, about(number), { limit: mostCommits })).map(commitOf)
    },

    async comments(number) {
      const [plain, lines] = await Promise.all([
        client.pages(`${repo}/issues/${number}/comments`, about(number), { limit: mostComments }),
        client.pages(`${pull(number)}/comments`, about(number), { limit: mostComments }),
      ])
      return [...listOf(plain).map(commentOf), ...listOf(lines).map(lineCommentOf)].toSorted((a, b) =>
        a.createdAt.localeCompare(b.createdAt),
      )
    },

    async comment({ number, head }, { body, path: file, line, side, inReplyTo }) {
      const what = about(number)
      if (inReplyTo?.startsWith('line-')) {
        const made = await client.send('POST', `${pull(number)}/comments/${numberIn(inReplyTo)}/replies`, { body }, what)
        return `line-${idOf(fieldsOf(made))}`
      }
      if (file !== undefined && line !== undefined) {
        const place = { commit_id: head.commit, path: file, line, side: side === 'old' ? 'LEFT' : 'RIGHT' }
        return `line-${idOf(fieldsOf(await client.send('POST', `${pull(number)}/comments`, { body, ...place }, what)))}`
      }
      return `comment-${idOf(fieldsOf(await client.send('POST', `${repo}/issues/${number}/comments`, { body }, what)))}`
    },

    async editComment(number, id, body) {
      const place = id.startsWith('line-') ? 'pulls' : 'issues'
      await client.send('PATCH', `${repo}/${place}/comments/${numberIn(id)}`, { body }, about(number))
    },

    resolve() {
      throw notSupported('github', 'resolve a thread', 'Resolve it on the page of the pull request.')
    },

    async reviews(one) {
      const entries = await client.pages(`${pull(one.number)}/reviews`, about(one.number), { limit: mostComments })
      return listOf(entries).flatMap((entry) => reviewOf(entry, one) ?? [])
    },

    async review({ number, head }, { state, body, comments }) {
      const lines = comments.map((one) => {
        if (one.path === undefined || one.line === undefined)
          throw new PlimsollError('invalid-request', 'A comment of a review has a path and a line.')
        return { path: one.path, line: one.line, side: one.side === 'old' ? 'LEFT' : 'RIGHT', body: one.body }
      })
      const review = { commit_id: head.commit, event: events[state], body, ...(lines.length > 0 && { comments: lines }) }
      return idOf(fieldsOf(await client.send('POST', `${pull(number)}/reviews`, review, about(number))))
    },

    async dismissReview({ number }, id, why) {
      await client.send('PUT', `${pull(number)}/reviews/${numberIn(id)}/dismissals`, { message: why, event: 'DISMISS' }, about(number))
    },

    checks: (commit) => readChecks(client, repo, commit, `commit ${commit.slice(0, 7)} of ${address}`),

    async setCheck(check) {
      const what = `check '${check.name}' of ${address}`
      await (isApp ? writeCheckRun(client, repo, check, what) : writeStatus(client, repo, check, what))
    },

    async protections() {
      const branches = await client.pages(`${repo}/branches?protected=true`, `branches of ${address}`, { limit: 100 })
      const found: BranchProtection[] = []
      for (const branch of listOf(branches)) {
        const name = text(branch, 'name')
        const what = `the protection of branch '${name}' of ${address}`
        found.push(protectionOf(name, fieldsOf(await client.find(`${repo}/branches/${encodeURIComponent(name)}/protection`, what))))
      }
      return found
    },
  }
}

function isFiltered(state: string, before: number | undefined, author: string | undefined): boolean {
  return before !== undefined || author !== undefined || state === 'closed' || state === 'merged'
}

function protectionOf(name: string, rules: Fields): BranchProtection {
  const reviews = inner(rules, 'required_pull_request_reviews')
  const checks = inner(rules, 'required_status_checks')
  const pushers = inner(rules, 'restrictions')
  return {
    pattern: name,
    requiredChecks: textsIn(checks['contexts']),
    requiredApprovals: integer(reviews, 'required_approving_review_count'),
    codeOwners: flag(reviews, 'require_code_owner_reviews'),
    // GitHub never counts an author's own approval.
    allowSelfApproval: false,
    linearHistory: flag(inner(rules, 'required_linear_history'), 'enabled'),
    upToDate: flag(checks, 'strict'),
    mayPush: [
      ...listOf(pushers['users']).map((user) => text(user, 'login')),
      ...listOf(pushers['teams']).map((team) => `@${text(team, 'slug')}`),
    ],
  }
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** Ids come from outside, and become part of a path. */
function numberIn(id: string): string {
  const digits = /^(?:line-|comment-)?(\d{1,20})$/.exec(id)?.[1]
  if (digits !== undefined) return digits
  throw new PlimsollError('not-found', `There is no comment or review '${id.slice(0, 80)}'.`)
}
