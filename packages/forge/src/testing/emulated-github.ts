import type { EmulatedComment, EmulatedPull, EmulatedRepository, EmulatedReview } from './emulated-repository.ts'
import { type Call, type EmulatedProvider, notFound, type Reply, textOf } from './emulated-server.ts'

/** GitHub's REST API, version 2022-11-28, as documented: as far as pull requests, statuses and check runs go. */
export const emulatedGithub: EmulatedProvider = {
  root: '/api/v3',
  mostOnPage: 100,
  isAuthentic: ({ authorization }, token) => authorization === `Bearer ${token}`,

  answer(call, repository, account, url) {
    const { method, parts } = call
    const isApp = account.endsWith('[bot]')
    if (parts[0] === 'user') {
      return isApp
        ? { status: 403, body: { message: 'Resource not accessible by integration' } }
        : { body: { login: account, type: 'User' } }
    }
    if (parts[0] !== 'repos' || `${parts[1]}/${parts[2]}`.toLowerCase() !== repository.path) return notFound
    const [, , , what, id = '', below, inner, last] = parts
    const place = `${method} ${what}`
    if (place === 'GET pulls' && id === '') return { list: listed(call, repository).map((pull) => shapeOf(repository, pull, url)) }
    if (place === 'POST pulls' && id === '') {
      const { title, body, head, base, draft } = call.body as Record<'title' | 'body' | 'head' | 'base', string> & { draft?: boolean }
      const made = repository.open({ title, body, head, base, author: account, draft: draft === true })
      if (typeof made === 'string') return invalid(made)
      return { status: 201, body: shapeOf(repository, made, url) }
    }
    if (what === 'compare') return compare(repository, id)
    if (what === 'commits') return commitPlace(call, repository, id, below ?? '')
    if (place === 'POST statuses') {
      const state = textOf(call.body, 'state')
      if (!['error', 'failure', 'pending', 'success'].includes(state) || textOf(call.body, 'description').length > 140)
        return invalid('state')
      if (!repository.commits.has(id)) return invalid(`No commit found for SHA: ${id}`)
      repository.setStatus(id, textOf(call.body, 'context'), state, textOf(call.body, 'description'), textOf(call.body, 'target_url'))
      return { status: 201, body: {} }
    }
    if (what === 'check-runs')
      return isApp ? checkRun(call, repository, id) : { status: 403, body: { message: 'You must authenticate via a GitHub App.' } }
    if (what === 'branches') return branchPlace(repository, id, below)
    if (what === 'issues' && id === 'comments') return edit(call, repository, Number(below), account)
    if (what === 'pulls' && id === 'comments') return edit(call, repository, Number(below), account)
    const pull = repository.pull(Number(id))
    if (!pull) return notFound
    if (what === 'issues' && below === 'comments') {
      if (method === 'POST') return { status: 201, body: commentShape(repository.say(pull, account, textOf(call.body, 'body'))) }
      return { list: repository.comments.filter((one) => one.pull === pull.number && !one.line).map(commentShape) }
    }
    if (what !== 'pulls') return notFound
    if (below === undefined)
      return method === 'PATCH' ? change(call, repository, pull, url) : { body: shapeOf(repository, pull, url, true) }
    if (below === 'merge') return merge(call, repository, pull, account)
    if (below === 'files') return { list: filesOf(repository, pull) }
    if (below === 'commits') return { list: commitsOf(repository, pull) }
    if (below === 'comments') return lines(call, repository, pull, account, inner, last)
    if (below === 'reviews') return reviews(call, repository, pull, account, inner, last)
    return notFound
  },
}

function invalid(message: string): Reply {
  return { status: 422, body: { message: 'Validation Failed', errors: [{ message }] } }
}

function listed({ query }: Call, repository: EmulatedRepository): EmulatedPull[] {
  const state = query.get('state') ?? 'open'
  return repository.pulls.filter((one) => state === 'all' || (one.state === 'open') === (state === 'open')).toReversed()
}

/** `isWhole`: lists leave out what has to be computed. */
export function shapeOf(repository: EmulatedRepository, pull: EmulatedPull, url: string, isWhole = false): Record<string, unknown> {
  const full = repository.path
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state === 'open' ? 'open' : 'closed',
    draft: pull.draft,
    user: { login: pull.author, type: 'User' },
    head: { ref: pull.head, sha: pull.headCommit, repo: { full_name: pull.fork ?? full } },
    // Where the target was when something was pushed, not where it is.
    base: { ref: pull.base, sha: repository.mergeBase(repository.baseOf(pull), pull.headCommit), repo: { full_name: full } },
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? pull.merged?.at ?? null,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? null,
    html_url: `${url}/${full}/pull/${pull.number}`,
    ...(isWhole && {
      mergeable: pull.state === 'open' ? true : null,
      mergeable_state: pull.draft ? 'draft' : 'clean',
      merged_by: pull.merged ? { login: pull.merged.by } : null,
    }),
  }
}

function compare(repository: EmulatedRepository, range: string): Reply {
  const [base = '', head = ''] = range.split('...')
  const from = repository.branches.get(base) ?? base
  if (!repository.commits.has(from) || !repository.commits.has(head)) return notFound
  return {
    body: {
      base_commit: { sha: from },
      merge_base_commit: { sha: repository.mergeBase(from, head) },
      behind_by: repository.between(head, from).length,
      ahead_by: repository.between(from, head).length,
    },
  }
}

function commitPlace({ query }: Call, repository: EmulatedRepository, commit: string, what: string): Reply {
  if (what === 'status') {
    return {
      list: repository.statusesOf(commit).map((one) => ({
        context: one.name,
        state: one.state,
        description: one.description,
        target_url: one.url || null,
        updated_at: '2026-01-01T00:00:00Z',
      })),
      under: 'statuses',
    }
  }
  if (what === 'check-runs') {
    const wanted = query.get('check_name')
    const runs = repository.runs.filter((run) => run['head_sha'] === commit && (wanted === null || run['name'] === wanted))
    return { list: runs, under: 'check_runs' }
  }
  return notFound
}

/** Of Apps alone. */
function checkRun({ method, body }: Call, repository: EmulatedRepository, id: string): Reply {
  if (body['status'] === 'completed' && typeof body['conclusion'] !== 'string') return invalid('conclusion')
  if (method === 'POST') {
    const made = { ...body, id: repository.id() }
    repository.runs.push(made)
    return { status: 201, body: made }
  }
  const run = repository.runs.find((one) => String(one['id']) === id)
  if (!run || method !== 'PATCH') return notFound
  Object.assign(run, body)
  return { body: run }
}

function branchPlace(repository: EmulatedRepository, name: string, what: string | undefined): Reply {
  if (name === '') return { list: [...repository.branches.keys()].filter((one) => one === 'main').map((one) => ({ name: one })) }
  const commit = repository.branches.get(name)
  if (what === undefined) return commit === undefined ? notFound : { body: { name, commit: { sha: commit } } }
  if (what !== 'protection') return notFound
  return {
    body: {
      required_pull_request_reviews: { required_approving_review_count: 2, require_code_owner_reviews: true },
      required_status_checks: { strict: true, contexts: ['test'] },
      required_linear_history: { enabled: true },
      restrictions: { users: [{ login: 'release-bot' }], teams: [{ slug: 'admins' }] },
    },
  }
}

function change({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, url: string): Reply {
  if (typeof body['title'] === 'string') pull.title = body['title']
  if (typeof body['body'] === 'string') pull.body = body['body']
  if (typeof body['base'] === 'string') {
    if (!repository.branches.has(body['base'])) return invalid('base is invalid')
    pull.base = body['base']
  }
  pull.updatedAt = repository.now()
  if (body['state'] === 'closed' || body['state'] === 'open') {
    pull.state = body['state']
    if (body['state'] === 'closed') pull.closedAt = pull.updatedAt
    else delete pull.closedAt
  }
  return { body: shapeOf(repository, pull, url, true) }
}

function merge({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, account: string): Reply {
  if (pull.state !== 'open' || pull.draft) return { status: 405, body: { message: 'Pull Request is not mergeable' } }
  if (body['sha'] !== pull.headCommit) {
    return { status: 409, body: { message: 'Head branch was modified. Review and try the merge again.' } }
  }
  repository.merge(pull, account, textOf(body, 'commit_title'))
  return { body: { merged: true, sha: pull.merged?.commit } }
}

export function filesOf(repository: EmulatedRepository, pull: EmulatedPull): Record<string, unknown>[] {
  return repository.between(repository.baseOf(pull), pull.headCommit).map((hash) => ({
    filename: repository.commits.get(hash)?.file,
    status: 'added',
    additions: 1,
    deletions: 0,
    patch: '@@ -0,0 +1 @@\n+new',
  }))
}

/** Oldest first. */
export function commitsOf(repository: EmulatedRepository, pull: EmulatedPull): Record<string, unknown>[] {
  const commits = repository.between(repository.baseOf(pull), pull.headCommit).map((sha) => ({
    sha,
    parents: (repository.commits.get(sha)?.parents ?? []).map((parent) => ({ sha: parent })),
    commit: {
      message: repository.commits.get(sha)?.message,
      author: { name: 'Ada', email: 'ada@example.org', date: '2026-01-01T00:00:00Z' },
    },
  }))
  return commits.toReversed()
}

export function commentShape(comment: EmulatedComment): Record<string, unknown> {
  return {
    id: comment.id,
    user: { login: comment.author, type: comment.author.endsWith('[bot]') ? 'Bot' : 'User' },
    performed_via_github_app: comment.author.endsWith('[bot]') ? { slug: comment.author.slice(0, -5) } : null,
    body: comment.body,
    created_at: comment.at,
    updated_at: comment.updatedAt,
  }
}

function lineShape(comment: EmulatedComment, pull: EmulatedPull): Record<string, unknown> {
  const { path, line, side, commit } = comment.line ?? { path: '', line: 0, side: 'new', commit: '' }
  return {
    ...commentShape(comment),
    path,
    line: commit === pull.headCommit ? line : null,
    original_line: line,
    side: side === 'old' ? 'LEFT' : 'RIGHT',
    commit_id: pull.headCommit,
    original_commit_id: commit,
    ...(comment.thread !== comment.id && { in_reply_to_id: comment.thread }),
  }
}

function edit({ method, body }: Call, repository: EmulatedRepository, id: number, account: string): Reply {
  const comment = repository.comments.find((one) => one.id === id)
  if (!comment || method !== 'PATCH') return notFound
  if (comment.author.endsWith('[bot]') && comment.author !== account)
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  repository.edit(comment, textOf(body, 'body'))
  return { body: commentShape(comment) }
}

function lines(
  { method, body }: Call,
  repository: EmulatedRepository,
  pull: EmulatedPull,
  account: string,
  id: string | undefined,
  what: string | undefined,
): Reply {
  if (method === 'GET')
    return { list: repository.comments.filter((one) => one.pull === pull.number && one.line).map((one) => lineShape(one, pull)) }
  const text = textOf(body, 'body')
  if (id !== undefined) {
    const first = repository.comments.find((one) => one.id === Number(id))
    if (!first?.line || what !== 'replies') return notFound
    return { status: 201, body: lineShape(repository.say(pull, account, text, first.line, first.thread), pull) }
  }
  const side = body['side'] === 'LEFT' ? 'old' : 'new'
  const place = { path: textOf(body, 'path'), line: Number(body['line']), side, commit: textOf(body, 'commit_id') } as const
  return { status: 201, body: lineShape(repository.say(pull, account, text, place), pull) }
}

const states = { APPROVE: 'approved', REQUEST_CHANGES: 'changesRequested', COMMENT: 'commented' } as const
const shown = { approved: 'APPROVED', changesRequested: 'CHANGES_REQUESTED', commented: 'COMMENTED', dismissed: 'DISMISSED' } as const

function reviewShape(review: EmulatedReview): Record<string, unknown> {
  const { id, author, body, commit, at } = review
  return { id, user: { login: author }, body, state: shown[review.state], commit_id: commit, submitted_at: at }
}

function reviews(
  { method, body }: Call,
  repository: EmulatedRepository,
  pull: EmulatedPull,
  account: string,
  id: string | undefined,
  what: string | undefined,
): Reply {
  if (id !== undefined) {
    const review = repository.reviews.find((one) => one.id === Number(id))
    if (!review || what !== 'dismissals' || method !== 'PUT') return notFound
    review.state = 'dismissed'
    return { body: reviewShape(review) }
  }
  if (method === 'GET') return { list: repository.reviews.filter((one) => one.pull === pull.number).map(reviewShape) }
  const event = textOf(body, 'event')
  if (!Object.hasOwn(states, event)) return invalid('event')
  if (event !== 'COMMENT' && pull.author === account) return invalid('Can not approve your own pull request')
  const review = repository.judge(pull, account, states[event as keyof typeof states], textOf(body, 'body'))
  for (const line of (body['comments'] ?? []) as Record<string, unknown>[]) {
    repository.say(pull, account, textOf(line, 'body'), {
      path: textOf(line, 'path'),
      line: Number(line['line']),
      side: 'new',
      commit: review.commit,
    })
  }
  return { body: reviewShape(review) }
}
