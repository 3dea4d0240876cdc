import { PlimsollError, type BranchProtection, type PullRequest, type Review } from '@plimsoll/api'
import { absolute, describe } from '../remote/check-words.ts'
import { commitIn, fieldsOf, type Fields, flag, idOf, inner, integer, listOf, own, text } from '../remote/json-reading.ts'
import type { ProviderClient } from '../remote/provider-client.ts'
import type { ProviderRepository } from '../remote/provider-repository.ts'
import { notSupported } from '../remote/provider-words.ts'
import type { RepositoryPath } from '../remote/repository-path.ts'
import { checkOf, commitOf, fileOf, noteId, noteOf, pullOf, stateOf, titleOf } from './gitlab-shapes.ts'

const mostFiles = 3000
const mostCommits = 1000
const mostComments = 2000
const listedPages = 1000
const maxDescription = 255
/** "Protected branches API": nobody; and whoever may develop or maintain. */
const accessLevels = new Map([
  [30, '@developers'],
  [40, '@maintainers'],
  [60, '@administrators'],
])

export function gitlabRepository(client: ProviderClient, { address, path }: RepositoryPath): ProviderRepository {
  const project = `/projects/${encodeURIComponent(path)}`
  const request = (number: number): string => `${project}/merge_requests/${number}`
  const about = (number: number): string => `merge request ${number} of ${address}`
  let account: Promise<string | undefined> | undefined

  function ownAccount(): Promise<string | undefined> {
    account ??= client.read('/user', 'the account of the token').then((user) => text(fieldsOf(user), 'username'))
    account.catch(() => (account = undefined))
    return account
  }

  async function tipOf(branch: string): Promise<string | undefined> {
    const found = await client.find(`${project}/repository/branches/${encodeURIComponent(branch)}`, `branch '${branch}' of ${address}`)
    return commitIn(inner(fieldsOf(found), 'commit'), 'id') || undefined
  }

  async function get(number: number): Promise<PullRequest> {
    const found = fieldsOf(await client.read(`${request(number)}?include_diverged_commits_count=true`, about(number)))
    return pullOf(address, found, text(found, 'state') === 'opened' ? await tipOf(text(found, 'target_branch')) : undefined)
  }

  async function refsOf(number: number): Promise<Fields> {
    return inner(fieldsOf(await client.read(request(number), about(number))), 'diff_refs')
  }

  /** The head that was there at a time: approvals say when, and not of what. */
  async function headsOf(number: number): Promise<(at: string) => string> {
    const versions = listOf(await client.pages(`${request(number)}/versions`, about(number), { limit: 500 })).toSorted((a, b) =>
      text(b, 'created_at').localeCompare(text(a, 'created_at')),
    )
    return (at) => {
      const found = versions.find((version) => Date.parse(text(version, 'created_at')) <= Date.parse(at))
      return found ? commitIn(found, 'head_commit_sha') : ''
    }
  }

  return {
    provider: 'gitlab',
    providerName: 'GitLab',
    address,
    maxBody: 1_000_000,
    account: ownAccount,

    async list({ state, limit, before, author }) {
      const asked = state === 'open' ? 'opened' : state
      const query = `state=${asked}&order_by=created_at&sort=desc${author === undefined ? '' : `&author_username=${encodeURIComponent(author)}`}`
      const isWanted = (one: PullRequest): boolean => before === undefined || one.number < before
      let found = 0
      const entries = await client.pages(`${project}/merge_requests?${query}`, `merge requests of ${address}`, {
        limit: before === undefined ? limit : listedPages,
        until: (page) => (found += listOf(page).filter((one) => isWanted(pullOf(address, one))).length) >= limit,
      })
      // A list has no target commits; one look at each branch gives them to all that are open.
      const tips = new Map<string, string | undefined>()
      const pulls: PullRequest[] = []
      for (const one of listOf(entries)) {
        const branch = text(one, 'target_branch')
        const isOpen = text(one, 'state') === 'opened'
        if (isOpen && !tips.has(branch)) tips.set(branch, await tipOf(branch))
        pulls.push(pullOf(address, one, isOpen ? tips.get(branch) : undefined))
      }
      return pulls.filter(isWanted).slice(0, limit)
    },

    get,

    async open({ title, body, head, base, isDraft }) {
      const wanted = { title: titleOf(title, isDraft ?? false), description: body, source_branch: head, target_branch: base }
      return integer(fieldsOf(await client.send('POST', `${project}/merge_requests`, wanted, `a merge request of ${address}`)), 'iid')
    },

    async update({ number, title: before, isDraft: wasDraft }, { title, body, base, isDraft, state }) {
      const isRenamed = title !== undefined || isDraft !== undefined
      const change = {
        ...(isRenamed && { title: titleOf(title ?? before, isDraft ?? wasDraft) }),
        ...(body !== undefined && { description: body }),
        ...(base !== undefined && { target_branch: base }),
        ...(state !== undefined && { state_event: state === 'closed' ? 'close' : 'reopen' }),
      }
      await client.send('PUT', request(number), change, about(number))
    },

    async merge({ number }, { head, method, title, message }) {
      if (method === 'rebase') {
        throw notSupported(
          'gitlab',
          'choose a rebase for one merge',
          "Merge with `merge` or `squash`; the project's merge method decides the rest.",
        )
      }
      const words = [title, message].filter((one) => one !== undefined && one !== '').join('\n\n')
      const field = method === 'squash' ? 'squash_commit_message' : 'merge_commit_message'
      await client.send(
        'PUT',
        `${request(number)}/merge`,
        { sha: head, squash: method === 'squash', ...(words !== '' && { [field]: words }) },
        about(number),
      )
    },

    async files({ number, base, head }) {
      const [entries, refs] = await Promise.all([
        client.pages(`${request(number)}/diffs`, about(number), { limit: mostFiles }),
        refsOf(number),
      ])
      const from = commitIn(refs, 'base_sha') || base.commit
      return { files: listOf(entries).map(fileOf), isTruncated: entries.length >= mostFiles, from, to: head.commit }
    },

    async commits(number) {
      return listOf(await client.pages(`${request(number)}/commits`, about(number), { limit: mostCommits }))
        .map(commitOf)
        .toReversed()
    },

    async comments(number) {
      const [discussions, refs] = await Promise.all([
        client.pages(`${request(number)}/discussions`, about(number), { limit: mostComments }),
        refsOf(number),
      ])
      const head = commitIn(refs, 'head_sha')
      return listOf(discussions)
        .flatMap((discussion) => {
          const notes = listOf(own(discussion, 'notes'))
          return notes.map((note) => noteOf(idOf(discussion), note, idOf(notes[0] ?? {}), head))
        })
        .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    },

    async comment({ number }, { body, path: file, line, side, inReplyTo }) {
      if (inReplyTo !== undefined) {
        const { discussion } = noteIn(inReplyTo)
        const made = await client.send('POST', `${request(number)}/discussions/${discussion}/notes`, { body }, about(number))
        return noteId(discussion, idOf(fieldsOf(made)))
      }
      const place = file !== undefined && line !== undefined && { position: await positionOf(number, file, line, side) }
      const made = fieldsOf(await client.send('POST', `${request(number)}/discussions`, { body, ...place }, about(number)))
      return noteId(idOf(made), idOf(listOf(own(made, 'notes'))[0] ?? {}))
    },

    async editComment(number, id, body) {
      const { discussion, note } = noteIn(id)
      await client.send('PUT', `${request(number)}/discussions/${discussion}/notes/${note}`, { body }, about(number))
    },

    async resolve(number, id, isResolved) {
      await client.send('PUT', `${request(number)}/discussions/${noteIn(id).discussion}`, { resolved: isResolved }, about(number))
    },

    async reviews(pull) {
      const { number } = pull
      const approvals = fieldsOf(await client.read(`${request(number)}/approvals`, about(number)))
      const approvers = listOf(own(approvals, 'approved_by'))
      const headAt = approvers.length > 0 ? await headsOf(number) : () => ''
      const given = approvers.map((one) => approvalOf(one, pull, headAt(text(one, 'approved_at'))))
      const reviewers = listOf(await client.find(`${request(number)}/reviewers`, about(number)))
      const requested = reviewers
        .filter((one) => text(one, 'state') === 'requested_changes')
        .map((one): Review => ({
          id: `requested-${text(inner(one, 'user'), 'username')}`,
          author: text(inner(one, 'user'), 'username'),
          state: 'changesRequested',
          body: '',
          commit: pull.head.commit,
          baseBranch: pull.base.branch,
          submittedAt: text(one, 'updated_at') || text(one, 'created_at'),
        }))
      return [...given, ...requested]
    },

    async review(pull, { state, body, comments }) {
      const { number, head } = pull
      if (state === 'changesRequested') {
        throw notSupported(
          'gitlab',
          'request changes',
          'Comment with what is to be changed, or request it on the page of the merge request.',
        )
      }
      const lines: { body: string; position: object }[] = []
      for (const { path: file, line, side, body: words } of comments) {
        if (file === undefined || line === undefined)
          throw new PlimsollError('invalid-request', 'A comment of a review has a path and a line.')
        lines.push({ body: words, position: await positionOf(number, file, line, side) })
      }
      // The approval first: it is what may be refused.
      if (state === 'approved') await client.send('POST', `${request(number)}/approve`, { sha: head.commit }, about(number))
      for (const line of lines) await client.send('POST', `${request(number)}/discussions`, line, about(number))
      const said = fieldsOf(await client.send('POST', `${request(number)}/discussions`, { body }, about(number)))
      return state === 'approved' ? `approval-${(await ownAccount()) ?? ''}` : noteId(idOf(said), idOf(listOf(own(said, 'notes'))[0] ?? {}))
    },

    async dismissReview({ number }, id, why) {
      if (id !== `approval-${(await ownAccount()) ?? ''}`) {
        throw notSupported(
          'gitlab',
          "take back somebody else's approval",
          'Ask them to revoke it, or let the project remove approvals at a push.',
        )
      }
      await client.send('POST', `${request(number)}/unapprove`, undefined, about(number))
      await client.send('POST', `${request(number)}/notes`, { body: why }, about(number))
    },

    async checks(commit) {
      const what = `commit ${commit.slice(0, 7)} of ${address}`
      const statuses = listOf(await client.pages(`${project}/repository/commits/${commit}/statuses`, what, { limit: 300 }))
      // Of one name the last counts: the highest id.
      const ordered = statuses.toSorted((a, b) => integer(a, 'id') - integer(b, 'id'))
      return [...new Map(ordered.map((status) => [text(status, 'name'), checkOf(status, commit)])).values()]
    },

    async setCheck(check) {
      const url = absolute(check.detailsUrl)
      const status = {
        state: stateOf(check),
        name: check.name,
        description: describe(check, maxDescription),
        ...(url !== undefined && { target_url: url }),
      }
      try {
        await client.send('POST', `${project}/statuses/${check.commit}`, status, `check '${check.name}' of ${address}`)
      } catch (error) {
        // One that has begun does not begin again, nor wait again: what it says of that is true already.
        const hasBegun = error instanceof PlimsollError && /Cannot transition status via/i.test(error.message)
        if (!hasBegun || check.status === 'completed') throw error
      }
    },

    async protections() {
      const what = `the protected branches of ${address}`
      const [branches, settings] = await Promise.all([
        client.pages(`${project}/protected_branches`, what, { limit: 200 }),
        client.find(`${project}/approvals`, what),
      ])
      const facts = fieldsOf(await client.read(project, address))
      return listOf(branches).map((branch) => protectionOf(branch, fieldsOf(settings), text(facts, 'merge_method') === 'ff'))
    },
  }

  async function positionOf(number: number, file: string, line: number, side: 'old' | 'new' | undefined): Promise<object> {
    const refs = await refsOf(number)
    return {
      position_type: 'text',
      base_sha: text(refs, 'base_sha'),
      start_sha: text(refs, 'start_sha'),
      head_sha: text(refs, 'head_sha'),
      old_path: file,
      new_path: file,
      ...(side === 'old' ? { old_line: line } : { new_line: line }),
    }
  }
}

/** An approval that GitLab cannot date counts for no head: nothing is claimed that was not seen. */
function approvalOf(one: Fields, pull: PullRequest, commit: string): Review {
  const author = text(inner(one, 'user'), 'username')
  const isOld = commit !== '' && commit !== pull.head.commit
  return {
    id: `approval-${author}`,
    author,
    state: 'approved',
    body: '',
    commit,
    baseBranch: pull.base.branch,
    submittedAt: text(one, 'approved_at'),
    ...(isOld && { void: `the head moved to ${pull.head.commit.slice(0, 7)}` }),
    ...(commit === '' && { void: 'GitLab does not say for which head it was given' }),
  }
}

function protectionOf(branch: Fields, approvals: Fields, isFastForward: boolean): BranchProtection {
  const levels = listOf(own(branch, 'push_access_levels')).filter((one) => integer(one, 'access_level') > 0)
  return {
    pattern: text(branch, 'name'),
    requiredChecks: [],
    requiredApprovals: integer(approvals, 'approvals_before_merge'),
    codeOwners: flag(branch, 'code_owner_approval_required'),
    allowSelfApproval: flag(approvals, 'merge_requests_author_approval'),
    linearHistory: isFastForward,
    upToDate: isFastForward,
    mayPush: levels.map((one) => accessLevels.get(integer(one, 'access_level')) ?? text(one, 'access_level_description')),
  }
}

/** Ids come from outside, and become part of a path. */
function noteIn(id: string): { discussion: string; note: string } {
  const [, discussion, note] = /^note-([0-9a-f]{1,64})-(\d{1,20})$/.exec(id) ?? []
  if (discussion !== undefined && note !== undefined) return { discussion, note }
  throw new PlimsollError('not-found', `There is no comment '${id.slice(0, 80)}'.`)
}
