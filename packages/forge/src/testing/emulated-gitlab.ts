import { createHash } from 'node:crypto'
import type { EmulatedComment, EmulatedPull, EmulatedRepository } from './emulated-repository.ts'
import { type Call, type EmulatedProvider, notFound, type Reply, textOf } from './emulated-server.ts'

/** GitLab's REST API v4 as documented: merge requests by their number in the project, discussions instead of comments, approvals instead of reviews. */
export const emulatedGitlab: EmulatedProvider = {
  root: '/api/v4',
  mostOnPage: 100,
  isAuthentic: ({ authorization }, token) => authorization === `Bearer ${token}`,

  answer(call, repository, account, url) {
    const { method, parts } = call
    if (parts[0] === 'user') return { body: { username: account } }
    if (parts[0] !== 'projects' || parts[1] !== repository.path) return notFound
    const [, , what, id = '', below, inner, , last] = parts
    if (what === undefined) return { body: { merge_method: 'ff' } }
    if (what === 'protected_branches') {
      return {
        list: [{ name: 'main', push_access_levels: [{ access_level: 40 }, { access_level: 0 }], code_owner_approval_required: true }],
      }
    }
    if (what === 'approvals') return { body: { approvals_before_merge: 1, merge_requests_author_approval: false } }
    if (what === 'statuses') return setStatus(call, repository, id)
    if (what === 'repository' && id === 'branches') {
      const commit = repository.branches.get(below ?? '')
      return commit === undefined ? notFound : { body: { name: below, commit: { id: commit } } }
    }
    if (what === 'repository' && id === 'commits' && inner === 'statuses') {
      const found = repository.statusesOf(below ?? '')
      return {
        list: found.map((one) => ({ id: one.id, name: one.name, status: one.state, description: one.description, target_url: one.url })),
      }
    }
    if (what !== 'merge_requests') return notFound
    if (id === '')
      return method === 'POST'
        ? open(call, repository, account, url)
        : { list: listed(call, repository).map((one) => shapeOf(repository, one, url)) }
    const pull = repository.pull(Number(id))
    if (!pull) return { status: 404, body: { message: '404 Not found' } }
    const place = `${method} ${below ?? ''}`
    if (place === 'GET ') return { body: shapeOf(repository, pull, url) }
    if (place === 'PUT ') return change(call, repository, pull, url)
    if (place === 'PUT merge') return merge(call, repository, pull, account, url)
    if (place === 'GET diffs') return { list: diffsOf(repository, pull) }
    if (place === 'GET commits')
      return { list: repository.between(repository.baseOf(pull), pull.headCommit).map((hash) => commitShape(repository, hash)) }
    if (place === 'GET versions')
      return { list: pull.versions.toReversed().map(({ commit, at }) => ({ head_commit_sha: commit, created_at: at })) }
    if (place === 'GET reviewers') return { body: [] }
    if (place === 'GET approvals') {
      const approved = repository.reviews.filter((one) => one.pull === pull.number && one.state === 'approved')
      return { body: { approved_by: approved.map((one) => ({ user: { username: one.author }, approved_at: one.at })) } }
    }
    if (place === 'POST approve') {
      if (call.body['sha'] !== pull.headCommit) return { status: 409, body: { message: 'SHA does not match HEAD of source branch' } }
      if (pull.author === account) return { status: 401, body: { message: '401 Unauthorized' } }
      repository.judge(pull, account, 'approved', '')
      return { status: 201, body: {} }
    }
    if (place === 'POST unapprove') {
      for (const one of repository.reviews) if (one.pull === pull.number && one.author === account) one.state = 'dismissed'
      return { status: 201, body: {} }
    }
    if (place === 'POST notes') return { status: 201, body: noteShape(repository.say(pull, account, textOf(call.body, 'body'))) }
    if (below === 'discussions') return discussions(call, repository, pull, account, inner, last)
    return notFound
  },
}

function listed({ query }: Call, repository: EmulatedRepository): EmulatedPull[] {
  const state = query.get('state') ?? 'all'
  const author = query.get('author_username')
  return repository.pulls
    .filter((one) => (state === 'all' || one.state === (state === 'opened' ? 'open' : state)) && (author === null || one.author === author))
    .toReversed()
}

function shapeOf(repository: EmulatedRepository, pull: EmulatedPull, url: string): Record<string, unknown> {
  const base = repository.baseOf(pull)
  const mergeBase = repository.mergeBase(base, pull.headCommit)
  return {
    iid: pull.number,
    title: pull.title,
    description: pull.body,
    state: pull.state === 'open' ? 'opened' : pull.state,
    draft: pull.title.startsWith('Draft:'),
    author: { username: pull.author },
    source_branch: pull.head,
    target_branch: pull.base,
    source_project_id: pull.fork === undefined ? 1 : 2,
    target_project_id: 1,
    sha: pull.headCommit,
    diff_refs: { base_sha: mergeBase, start_sha: mergeBase, head_sha: pull.headCommit },
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    merged_at: pull.merged?.at ?? null,
    merge_user: pull.merged ? { username: pull.merged.by } : null,
    merge_commit_sha: pull.merged?.commit ?? null,
    squash_commit_sha: null,
    closed_at: pull.closedAt ?? null,
    has_conflicts: false,
    detailed_merge_status: pull.state === 'open' ? 'mergeable' : 'not_open',
    diverged_commits_count: repository.between(pull.headCommit, base).length,
    web_url: `${url}/${repository.path}/-/merge_requests/${pull.number}`,
  }
}

function open({ body }: Call, repository: EmulatedRepository, account: string, url: string): Reply {
  const { title, description, source_branch: head, target_branch: base } = body as Record<string, string>
  const made = repository.open({ title: title ?? '', body: description ?? '', head: head ?? '', base: base ?? '', author: account })
  return typeof made === 'string'
    ? { status: 400, body: { message: { base: [made] } } }
    : { status: 201, body: shapeOf(repository, made, url) }
}

function change({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, url: string): Reply {
  if (typeof body['title'] === 'string') pull.title = body['title']
  if (typeof body['description'] === 'string') pull.body = body['description']
  if (typeof body['target_branch'] === 'string') {
    if (!repository.branches.has(body['target_branch'])) return { status: 400, body: { error: 'target_branch does not exist' } }
    pull.base = body['target_branch']
  }
  pull.updatedAt = repository.now()
  if (body['state_event'] === 'close') {
    pull.state = 'closed'
    pull.closedAt = pull.updatedAt
  }
  if (body['state_event'] === 'reopen') {
    pull.state = 'open'
    delete pull.closedAt
  }
  return { body: shapeOf(repository, pull, url) }
}

function merge({ body }: Call, repository: EmulatedRepository, pull: EmulatedPull, account: string, url: string): Reply {
  if (pull.state !== 'open' || pull.title.startsWith('Draft:')) return { status: 405, body: { message: '405 Method Not Allowed' } }
  if (body['sha'] !== pull.headCommit) return { status: 409, body: { message: 'SHA does not match HEAD of source branch: moved' } }
  repository.merge(pull, account, textOf(body, 'merge_commit_message'))
  return { body: shapeOf(repository, pull, url) }
}

function setStatus({ body }: Call, repository: EmulatedRepository, commit: string): Reply {
  const [name, state] = [textOf(body, 'name'), textOf(body, 'state')]
  if (!['pending', 'running', 'success', 'failed', 'canceled', 'skipped'].includes(state)) return { status: 400, body: { error: 'state' } }
  if (!repository.commits.has(commit)) return { status: 404, body: { message: '404 Commit Not Found' } }
  const before = repository.statusesOf(commit).find((one) => one.name === name)
  // Of a name that is done another one is made; one that is not has to go on.
  const isWaiting = before?.state === 'pending' || before?.state === 'running'
  if (isWaiting && (before.state === state || state === 'pending')) {
    return {
      status: 400,
      body: { message: `Cannot transition status via :x from :${state} (Reason(s): Status cannot transition via "x")` },
    }
  }
  repository.setStatus(commit, name, state, textOf(body, 'description'), textOf(body, 'target_url'))
  return { status: 201, body: {} }
}

function diffsOf(repository: EmulatedRepository, pull: EmulatedPull): Record<string, unknown>[] {
  return repository.between(repository.baseOf(pull), pull.headCommit).map((hash) => {
    const path = repository.commits.get(hash)?.file
    return { old_path: path, new_path: path, new_file: true, renamed_file: false, deleted_file: false, diff: '@@ -0,0 +1 @@\n+new\n' }
  })
}

function commitShape(repository: EmulatedRepository, hash: string): Record<string, unknown> {
  const commit = repository.commits.get(hash)
  const author = { author_name: 'Ada', author_email: 'ada@example.org', authored_date: '2026-01-01T00:00:00Z' }
  return { id: hash, parent_ids: commit?.parents ?? [], message: commit?.message, ...author }
}

function discussionOf(thread: number): string {
  return createHash('sha1').update(String(thread)).digest('hex')
}

function noteShape(comment: EmulatedComment): Record<string, unknown> {
  const { line } = comment
  return {
    id: comment.id,
    type: line ? 'DiffNote' : null,
    body: comment.body,
    author: { username: comment.author },
    created_at: comment.at,
    updated_at: comment.updatedAt,
    system: false,
    resolvable: line !== undefined,
    resolved: comment.isResolved,
    ...(line && {
      position: {
        head_sha: line.commit,
        new_path: line.path,
        old_path: line.path,
        new_line: line.side === 'new' ? line.line : null,
        old_line: line.side === 'old' ? line.line : null,
      },
    }),
  }
}

function discussions(
  { method, body }: Call,
  repository: EmulatedRepository,
  pull: EmulatedPull,
  account: string,
  discussion: string | undefined,
  note: string | undefined,
): Reply {
  const all = repository.comments.filter((one) => one.pull === pull.number)
  const threads = [...new Set(all.map((one) => one.thread))]
  const shape = (thread: number) => ({
    id: discussionOf(thread),
    notes: repository.comments.filter((one) => one.thread === thread).map(noteShape),
  })
  if (discussion === undefined && method === 'GET') return { list: threads.map(shape) }
  const text = textOf(body, 'body')
  if (discussion === undefined) {
    const position = body['position'] as Record<string, unknown> | undefined
    const onNew = Number(position?.['new_line'] ?? 0)
    const line = position && {
      path: textOf(position, 'new_path'),
      line: onNew || Number(position['old_line']),
      side: onNew > 0 ? ('new' as const) : ('old' as const),
      commit: textOf(position, 'head_sha'),
    }
    return { status: 201, body: shape(repository.say(pull, account, text, line).thread) }
  }
  const thread = threads.find((one) => discussionOf(one) === discussion)
  if (thread === undefined) return notFound
  const first = all.find((one) => one.thread === thread)
  if (method === 'PUT' && note === undefined) {
    for (const one of all) if (one.thread === thread) one.isResolved = body['resolved'] === true
    pull.updatedAt = repository.now()
    return { body: shape(thread) }
  }
  if (method === 'POST') return { status: 201, body: noteShape(repository.say(pull, account, text, first?.line, thread)) }
  const comment = all.find((one) => one.id === Number(note))
  if (!comment) return notFound
  repository.edit(comment, text)
  return { body: noteShape(comment) }
}
