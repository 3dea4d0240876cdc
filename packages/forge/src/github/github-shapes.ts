import type { ChangedFile, Check, CheckConclusion, CommitSummary, PullRequest, Review } from '@plimsoll/api'
import { isSatisfying, readDescription } from '../remote/check-words.ts'
import { commitIn, type Fields, flag, idOf, inner, integer, listOf, optionalText, text } from '../remote/json-reading.ts'
import type { RemoteComment } from '../remote/provider-repository.ts'
import { shownPatch } from '../remote/unified-diff.ts'

/** Shapes of GitHub's REST API, version 2022-11-28, as far as they are used. Gitea has many of them, too. */

/** `tip`: what only a comparison tells. */
export function pullOf(address: string, pull: Fields, tip?: { base: string; isBehind: boolean }): PullRequest {
  const head = inner(pull, 'head')
  const base = inner(pull, 'base')
  const mergedAt = optionalText(pull, 'merged_at')
  const closedAt = optionalText(pull, 'closed_at')
  const isDraft = flag(pull, 'draft')
  const isOutside = text(inner(head, 'repo'), 'full_name') !== text(inner(base, 'repo'), 'full_name')
  const mergeability = mergeabilityOf(pull, tip?.isBehind ?? false)
  return {
    repository: address,
    provider: 'github',
    number: integer(pull, 'number'),
    title: text(pull, 'title'),
    body: text(pull, 'body'),
    state: mergedAt !== undefined ? 'merged' : text(pull, 'state') === 'closed' ? 'closed' : 'open',
    isDraft,
    isOutside,
    author: text(inner(pull, 'user'), 'login'),
    head: { ...(!isOutside && { branch: text(head, 'ref') }), commit: commitIn(head, 'sha') },
    base: { branch: text(base, 'ref'), commit: tip?.base ?? commitIn(base, 'sha') },
    createdAt: text(pull, 'created_at'),
    updatedAt: text(pull, 'updated_at'),
    ...(mergedAt !== undefined && {
      merged: { at: mergedAt, by: text(inner(pull, 'merged_by'), 'login'), commit: commitIn(pull, 'merge_commit_sha'), method: 'merge' },
    }),
    ...(closedAt !== undefined && mergedAt === undefined && { closed: { at: closedAt, by: text(inner(pull, 'closed_by'), 'login') } }),
    mergeability,
    requirements: mergedAt === undefined && closedAt === undefined ? requirementsOf(pull, isDraft, mergeability) : [],
    url: text(pull, 'html_url'),
  }
}

function mergeabilityOf(pull: Fields, isBehind: boolean): PullRequest['mergeability'] {
  const state = text(pull, 'mergeable_state')
  if (state === 'dirty') return { state: 'conflicts', isBehind }
  // `mergeable` is null until a background job has looked ("Get a pull request").
  return { state: flag(pull, 'mergeable') ? 'clean' : 'unknown', isBehind: isBehind || state === 'behind' }
}

/** What GitHub says of its own rules: that they are not met, not which. */
function requirementsOf(pull: Fields, isDraft: boolean, { state }: PullRequest['mergeability']): PullRequest['requirements'] {
  const requirements: PullRequest['requirements'] = []
  if (isDraft) requirements.push({ kind: 'draft', isMet: false, text: 'It is a draft.' })
  if (state === 'conflicts') requirements.push({ kind: 'conflicts', isMet: false, text: 'There are conflicts with the target.' })
  const blocked = text(pull, 'mergeable_state')
  if (blocked === 'blocked')
    requirements.push({ kind: 'state', isMet: false, text: "GitHub's rules for the target are not met: its page says which." })
  if (blocked === 'behind') requirements.push({ kind: 'upToDate', isMet: false, text: 'The target demands its newest commit in the head.' })
  return requirements
}

const fileStatuses: Record<string, ChangedFile['status']> = {
  added: 'added',
  removed: 'removed',
  modified: 'modified',
  renamed: 'renamed',
  copied: 'copied',
  changed: 'typeChanged',
}

export function fileOf(file: Fields): ChangedFile {
  const status = text(file, 'status')
  const patch = optionalText(file, 'patch')
  const additions = integer(file, 'additions')
  const deletions = integer(file, 'deletions')
  const previous = optionalText(file, 'previous_filename')
  // Neither binary files nor large ones have a patch; the counts of a binary one are zero.
  const isBinary = patch === undefined && additions + deletions === 0 && ['added', 'modified', 'removed'].includes(status)
  return {
    path: text(file, 'filename'),
    ...(previous !== undefined && { previousPath: previous }),
    status: Object.hasOwn(fileStatuses, status) ? (fileStatuses[status] ?? 'modified') : 'modified',
    additions,
    deletions,
    isBinary,
    ...(patch === undefined && additions + deletions === 0 ? (isBinary ? {} : { hunks: [] }) : shownPatch(patch)),
  }
}

export function commitOf(entry: Fields): CommitSummary {
  const commit = inner(entry, 'commit')
  const author = inner(commit, 'author')
  return {
    commit: commitIn(entry, 'sha'),
    author: text(author, 'name'),
    email: text(author, 'email'),
    date: text(author, 'date'),
    message: text(commit, 'message'),
    parents: listOf(entry['parents']).map((parent) => commitIn(parent, 'sha')),
  }
}

export function commentOf(comment: Fields): RemoteComment {
  return {
    id: `comment-${idOf(comment)}`,
    author: text(inner(comment, 'user'), 'login'),
    body: text(comment, 'body'),
    createdAt: text(comment, 'created_at'),
    updatedAt: text(comment, 'updated_at'),
    kind: 'comment',
    ...(text(inner(comment, 'user'), 'type') === 'Bot' &&
      Object.keys(inner(comment, 'performed_via_github_app')).length > 0 && { isBot: true }),
  }
}

export function lineCommentOf(comment: Fields): RemoteComment {
  const now = integer(comment, 'line')
  const then = integer(comment, 'original_line')
  const replyTo = integer(comment, 'in_reply_to_id')
  return {
    id: `line-${idOf(comment)}`,
    author: text(inner(comment, 'user'), 'login'),
    body: text(comment, 'body'),
    createdAt: text(comment, 'created_at'),
    updatedAt: text(comment, 'updated_at'),
    kind: 'line',
    path: text(comment, 'path'),
    ...(then > 0 && { line: then }),
    side: text(comment, 'side') === 'LEFT' ? 'old' : 'new',
    commit: commitIn(comment, 'original_commit_id'),
    ...(replyTo > 0 && { inReplyTo: `line-${replyTo}` }),
    ...(now > 0 ? { currentPath: text(comment, 'path'), currentLine: now } : { isOutdated: true }),
  }
}

const reviewStates: Record<string, Review['state']> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changesRequested',
  // Gitea's word for the same.
  REQUEST_CHANGES: 'changesRequested',
  COMMENTED: 'commented',
  COMMENT: 'commented',
  DISMISSED: 'dismissed',
}

/** Undefined for one that is not given yet, or that is only asked for. */
export function reviewOf(review: Fields, pull: PullRequest): Review | undefined {
  const given = text(review, 'state')
  const state = Object.hasOwn(reviewStates, given) ? reviewStates[given] : undefined
  if (state === undefined) return undefined
  const commit = commitIn(review, 'commit_id')
  const why = voidWords(state, commit, pull, flag(review, 'dismissed'))
  return {
    id: idOf(review),
    author: text(inner(review, 'user'), 'login'),
    state: flag(review, 'dismissed') ? 'dismissed' : state,
    body: text(review, 'body'),
    commit,
    baseBranch: pull.base.branch,
    submittedAt: text(review, 'submitted_at'),
    ...(why !== undefined && { void: why }),
  }
}

function voidWords(state: Review['state'], commit: string, { head }: PullRequest, isDismissed: boolean): string | undefined {
  if (state === 'dismissed' || isDismissed) return 'it was dismissed'
  if (state === 'approved' && commit !== head.commit) return `the head moved to ${head.commit.slice(0, 7)}`
  return undefined
}

export function statusCheckOf(status: Fields, commit: string): Check {
  // Gitea calls it `status` where GitHub has `state`.
  const state = optionalText(status, 'state') ?? text(status, 'status')
  const url = optionalText(status, 'target_url')
  const facts = { name: text(status, 'context'), commit, ...(url !== undefined && { detailsUrl: url }) }
  const description = text(status, 'description')
  if (state === 'pending') return { ...facts, status: 'inProgress', title: description }
  const read = readDescription(description, state === 'success')
  const at = optionalText(status, 'updated_at')
  return { ...facts, status: 'completed', ...read, ...(at !== undefined && { completedAt: at }) }
}

const runConclusions: Record<string, CheckConclusion> = {
  success: 'success',
  failure: 'failure',
  neutral: 'neutral',
  cancelled: 'cancelled',
  skipped: 'skipped',
  timed_out: 'timedOut',
  action_required: 'actionRequired',
  stale: 'cancelled',
  startup_failure: 'failure',
}

export function runCheckOf(run: Fields, commit: string): Check {
  const output = inner(run, 'output')
  const said = text(run, 'conclusion')
  const conclusion = Object.hasOwn(runConclusions, said) ? runConclusions[said] : undefined
  const status = text(run, 'status')
  const summary = optionalText(output, 'summary')
  const url = optionalText(run, 'details_url')
  const started = optionalText(run, 'started_at')
  const completed = optionalText(run, 'completed_at')
  return {
    name: text(run, 'name'),
    commit,
    status: status === 'completed' ? 'completed' : status === 'in_progress' ? 'inProgress' : 'queued',
    // A conclusion that we do not know satisfies nothing.
    ...(status === 'completed' && { conclusion: conclusion ?? 'actionRequired' }),
    title: text(output, 'title'),
    ...(summary !== undefined && { summary }),
    ...(url !== undefined && { detailsUrl: url }),
    ...(started !== undefined && { startedAt: started }),
    ...(completed !== undefined && { completedAt: completed }),
  }
}

/** The state of a commit status: what is not decided is an error, never a success. */
export function stateOf({ status, conclusion }: Check): 'pending' | 'success' | 'failure' | 'error' {
  if (status !== 'completed') return 'pending'
  if (isSatisfying(conclusion)) return 'success'
  return conclusion === 'failure' ? 'failure' : 'error'
}

export function runConclusion(conclusion: CheckConclusion): string {
  return { timedOut: 'timed_out', actionRequired: 'action_required' }[conclusion as string] ?? conclusion
}
