import { commentShape, commitsOf, filesOf, shapeOf } from './emulated-github.ts'
import type { EmulatedPull, EmulatedRepository, EmulatedReview } from './emulated-repository.ts'
import { type Call, type EmulatedProvider, notFound, type Reply, textOf } from './emulated-server.ts'

/** Gitea's API v1 as its Swagger page documents it: much like GitHub's, with pages of 50, its own words for reviews, and drafts by their title. */
export const emulatedGitea: EmulatedProvider = {
  root: '/api/v1',
  mostOnPage: 50,
  isAuthentic: ({ authorization }, token) => authorization === `token ${token}`,

  answer(call, repository, account, url) {
    const { method, parts } = call
    if (parts[0] === 'user') return { body: { login: account } }
    if (parts[0] !== 'repos' || `${parts[1]}/${parts[2]}` !== repository.path) return notFound
    const [, , , what, id = '', below, inner, last] = parts
    if (what === 'pulls' && id === '' && method === 'GET') {
      const state = call.query.get('state') ?? 'open'
      const found = repository.pulls.filter((one) => state === 'all' || (one.state === 'open') === (state === 'open'))
      return { list: found.toReversed().map((pull) => pullShape(repository, pull, url)) }
    }
    if (what === 'pulls' && id === '') {
      const { title, body, head, base } = call.body as Record<'title' | 'body' | 'head' | 'base', string>
      const made = repository.open({ title, body, head, base, author: account })
      if (typeof made === 'string') return { status: 422, body: { message: made } }
      return { status: 201, body: pullShape(repository, made, url) }
    }
    if (what === 'pulls' && id.endsWith('.diff')) return diffOf(repository, repository.pull(Number(id.slice(0, -5))))
    if (what === 'branch_protections') {
      const rule = {
        rule_name: 'main',
        required_approvals: 1,
        enable_status_check: true,
        status_check_contexts: ['test'],
        block_on_outdated_branch: true,
      }
      return {
        body: [
          { ...rule, enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: ['release-bot'], push_whitelist_teams: [] },
        ],
      }
    }
    if (what === 'statuses') {
      if (!repository.commits.has(id)) return notFound
      const { body } = call
      repository.setStatus(id, textOf(body, 'context'), textOf(body, 'state'), textOf(body, 'description'), textOf(body, 'target_url'))
      return { status: 201, body: {} }
    }
    if (what === 'commits' && below === 'status') {
      const statuses = repository
        .statusesOf(id)
        .map((one) => ({ context: one.name, status: one.state, description: one.description, target_url: one.url }))
      return { list: statuses, under: 'statuses' }
    }
    if (what === 'issues' && id === 'comments') {
      const comment = repository.comments.find((one) => one.id === Number(below))
      if (!comment) return notFound
      repository.edit(comment, textOf(call.body, 'body'))
      return { body: commentShape(comment) }
    }
    const pull = repository.pull(Number(id))
    if (!pull) return notFound
    if (what === 'issues' && below === 'comments') {
      if (method === 'POST') return { status: 201, body: commentShape(repository.say(pull, account, textOf(call.body, 'body'))) }
      // Not in pages, whatever is asked for.
      return { body: repository.comments.filter((one) => one.pull === pull.number && !one.line).map(commentShape) }
    }
    if (what !== 'pulls') return notFound
    if (below === undefined) return method === 'PATCH' ? change(call, repository, pull, url) : { body: pullShape(repository, pull, url) }
    if (below === 'merge') return merge(call, repository, pull, account)
    if (below === 'files') return { list: filesOf(repository, pull).map(({ patch: _patch, ...file }) => file) }
    // Newest first.
    if (below === 'commits') return { list: commitsOf(repository, pull).toReversed() }
    if (below === 'reviews') return reviews(call, repository, pull, account, inner, last)
    return notFound
  },
}

function pullShape(repository: EmulatedRepository, pull: EmulatedPull, url: string): Record<string, unknown> {
  const base = pull.merged ? (repository.commits.get(pull.merged.commit)?.parents[0] ?? '') : repository.baseOf(pull)
  return {
    ...shapeOf(repository, pull, url, true),
    mergeable: pull.state === 'open' && !pull.title.startsWith('WIP:'),
    mergeable_state: undefined,
    merge_base: repository.mergeBase(base, pull.headCommit),
    base: { ref: pull.base, sha: base, repo: { full_name: repository.path } },
    html_url: `${url}/${repository.path}/pulls/${pull.number}`,
  }
}

function diffOf(repository: EmulatedRepository, pull: EmulatedPull | undefined): Reply {
  if (!pull) return notFound
  const files = filesOf(repository, pull).map(({ filename, patch }) => {
    const name = String(filename)
    return `diff --git a/${name} b/${name}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/${name}\n${String(patch)}\n`
  })
  return { text: files.join('') }
}

function change({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, url: string): Reply {
  if (typeof body['title'] === 'string') pull.title = body['title']
  if (typeof body['body'] === 'string') pull.body = body['body']
  if (typeof body['base'] === 'string') {
    if (!repository.branches.has(body['base'])) return notFound
    pull.base = body['base']
  }
  pull.updatedAt = repository.now()
  if (body['state'] === 'closed' || body['state'] === 'open') {
    pull.state = body['state']
    if (body['state'] === 'closed') pull.closedAt = pull.updatedAt
    else delete pull.closedAt
  }
  return { status: 201, body: pullShape(repository, pull, url) }
}

function merge({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, account: string): Reply {
  if (pull.state !== 'open') return notFound
  if (pull.title.startsWith('WIP:')) return { status: 405, body: { message: 'Work in progress PRs cannot be merged' } }
  if (body['head_commit_id'] !== pull.headCommit) return { status: 409, body: { message: 'head out of date' } }
  if (!['merge', 'rebase', 'squash'].includes(textOf(body, 'Do'))) return { status: 422, body: { message: 'Do' } }
  repository.merge(pull, account, textOf(body, 'MergeTitleField'))
  return { status: 200 }
}

const states = { APPROVED: 'approved', REQUEST_CHANGES: 'changesRequested', COMMENT: 'commented' } as const
const shown = { approved: 'APPROVED', changesRequested: 'REQUEST_CHANGES', commented: 'COMMENT', dismissed: 'APPROVED' } as const

function reviews(
  { method, body }: Call,
  repository: EmulatedRepository,
  pull: EmulatedPull,
  account: string,
  id: string | undefined,
  what: string | undefined,
): Reply {
  const linesOf = (review: number) => repository.comments.filter(({ line }) => line?.review === review)
  const shape = ({ id: number, author, state, body: text, commit, at }: EmulatedReview): Record<string, unknown> => ({
    id: number,
    user: { login: author },
    state: shown[state],
    dismissed: state === 'dismissed',
    body: text,
    commit_id: commit,
    stale: commit !== pull.headCommit,
    submitted_at: at,
    comments_count: linesOf(number).length,
  })
  if (id !== undefined) {
    const review = repository.reviews.find((one) => one.id === Number(id))
    if (!review) return notFound
    if (what === 'comments') {
      const comments = linesOf(review.id).map((one) => ({
        ...commentShape(one),
        path: one.line?.path,
        position: one.line?.side === 'new' ? one.line.line : 0,
        original_position: one.line?.side === 'old' ? one.line.line : 0,
        commit_id: one.line?.commit,
        resolver: null,
      }))
      return { body: comments }
    }
    if (what !== 'dismissals' || method !== 'POST') return notFound
    review.state = 'dismissed'
    return { body: shape(review) }
  }
  if (method === 'GET') return { list: repository.reviews.filter((one) => one.pull === pull.number).map(shape), isCounted: true }
  const event = textOf(body, 'event')
  if (!Object.hasOwn(states, event)) return { status: 422, body: { message: 'event' } }
  if (event !== 'COMMENT' && pull.author === account) return { status: 422, body: { message: 'approve your own pull is not allowed' } }
  const review = repository.judge(pull, account, states[event as keyof typeof states], textOf(body, 'body'))
  for (const line of (body['comments'] ?? []) as Record<string, unknown>[]) {
    const onNew = Number(line['new_position'] ?? 0)
    const place = {
      path: textOf(line, 'path'),
      line: onNew || Number(line['old_position']),
      side: onNew > 0 ? 'new' : 'old',
      commit: review.commit,
    } as const
    repository.say(pull, account, textOf(line, 'body'), { ...place, review: review.id })
  }
  return { body: shape(review) }
}
