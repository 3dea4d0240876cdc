import type { ChangedFile, Check, CheckConclusion, CommitSummary, PullRequest } from '@plimsoll/api'
import { isSatisfying, readDescription } from '../remote/check-words.ts'
import { commitIn, type Fields, flag, idOf, inner, integer, own, optionalText, text } from '../remote/json-reading.ts'
import type { RemoteComment } from '../remote/provider-repository.ts'
import { countLines, readHunks } from '../remote/unified-diff.ts'

/** Shapes of GitLab's REST API v4, as far as they are used. */

const draftPrefix = /^(\[Draft\]|\(Draft\)|Draft:)\s*/i

/** `tip`: where the target is now, which a merge request does not say. */
export function pullOf(address: string, request: Fields, tip?: string): PullRequest {
  const state = text(request, 'state')
  const mergedAt = optionalText(request, 'merged_at')
  const isOutside = integer(request, 'source_project_id') !== integer(request, 'target_project_id')
  const isDraft = flag(request, 'draft') || draftPrefix.test(text(request, 'title'))
  const refs = inner(request, 'diff_refs')
  const author = (name: string): string => text(inner(request, name), 'username')
  const isMerged = state === 'merged'
  const commit = commitIn(request, 'merge_commit_sha') || commitIn(request, 'squash_commit_sha') || commitIn(request, 'sha')
  const isSquashed = commitIn(request, 'squash_commit_sha') !== ''
  const mergeability = mergeabilityOf(request)
  return {
    repository: address,
    provider: 'gitlab',
    number: integer(request, 'iid'),
    title: text(request, 'title').replace(draftPrefix, ''),
    body: text(request, 'description'),
    // `locked` is a merge that is being done.
    state: isMerged ? 'merged' : state === 'closed' ? 'closed' : 'open',
    isDraft,
    isOutside,
    author: author('author'),
    head: { ...(!isOutside && { branch: text(request, 'source_branch') }), commit: commitIn(request, 'sha') },
    base: { branch: text(request, 'target_branch'), commit: tip ?? (commitIn(refs, 'start_sha') || commitIn(refs, 'base_sha')) },
    createdAt: text(request, 'created_at'),
    updatedAt: text(request, 'updated_at'),
    ...(isMerged && {
      merged: {
        at: mergedAt ?? text(request, 'updated_at'),
        by: author('merge_user') || author('merged_by'),
        commit,
        method: isSquashed ? ('squash' as const) : ('merge' as const),
      },
    }),
    ...(state === 'closed' && { closed: { at: text(request, 'closed_at'), by: author('closed_by') } }),
    mergeability,
    requirements: state === 'opened' ? requirementsOf(request, isDraft, mergeability) : [],
    url: text(request, 'web_url'),
  }
}

export function titleOf(title: string, isDraft: boolean): string {
  const bare = title.replace(draftPrefix, '')
  return isDraft ? `Draft: ${bare}` : bare
}

function mergeabilityOf(request: Fields): PullRequest['mergeability'] {
  const isBehind = integer(request, 'diverged_commits_count') > 0
  if (flag(request, 'has_conflicts')) return { state: 'conflicts', isBehind }
  return { state: text(request, 'detailed_merge_status') === 'mergeable' ? 'clean' : 'unknown', isBehind }
}

/** GitLab names one thing that is missing at a time ("Merge status"). */
const missing: Record<string, { kind: PullRequest['requirements'][number]['kind']; text: string }> = {
  not_approved: { kind: 'approvals', text: 'An approval is missing.' },
  requested_changes: { kind: 'changesRequested', text: 'Somebody has requested changes.' },
  ci_must_pass: { kind: 'check', text: 'The pipeline has to succeed.' },
  ci_still_running: { kind: 'check', text: 'The pipeline is still running.' },
  status_checks_must_pass: { kind: 'check', text: 'Status checks have to succeed.' },
  need_rebase: { kind: 'linearHistory', text: 'It has to be rebased.' },
  discussions_not_resolved: { kind: 'state', text: 'Threads are not resolved.' },
  blocked_status: { kind: 'state', text: 'Another merge request blocks it.' },
}

function requirementsOf(request: Fields, isDraft: boolean, { state }: PullRequest['mergeability']): PullRequest['requirements'] {
  const requirements: PullRequest['requirements'] = []
  if (isDraft) requirements.push({ kind: 'draft', isMet: false, text: 'It is a draft.' })
  if (state === 'conflicts') requirements.push({ kind: 'conflicts', isMet: false, text: 'There are conflicts with the target.' })
  const status = text(request, 'detailed_merge_status')
  const one = Object.hasOwn(missing, status) ? missing[status] : undefined
  if (one) requirements.push({ ...one, isMet: false })
  return requirements
}

export function fileOf(file: Fields): ChangedFile {
  const path = text(file, 'new_path')
  const old = text(file, 'old_path')
  const diff = text(file, 'diff')
  const isNew = flag(file, 'new_file')
  const isRemoved = flag(file, 'deleted_file')
  const isRenamed = flag(file, 'renamed_file')
  const isBinary = /^Binary files /m.test(diff)
  const isTooLarge = flag(file, 'too_large') || flag(file, 'collapsed')
  const hunks = isBinary || isTooLarge ? undefined : readHunks(diff)
  return {
    path,
    ...(isRenamed && { previousPath: old }),
    status: isNew ? 'added' : isRemoved ? 'removed' : isRenamed ? 'renamed' : 'modified',
    ...(hunks ? countLines(hunks) : { additions: 0, deletions: 0 }),
    isBinary,
    ...(hunks ? { hunks } : isBinary ? {} : { isTooLarge: true }),
  }
}

export function commitOf(commit: Fields): CommitSummary {
  const parents = own(commit, 'parent_ids')
  return {
    commit: commitIn(commit, 'id'),
    author: text(commit, 'author_name'),
    email: text(commit, 'author_email'),
    date: text(commit, 'authored_date') || text(commit, 'created_at'),
    message: text(commit, 'message'),
    parents: Array.isArray(parents) ? parents.filter((one): one is string => typeof one === 'string') : [],
  }
}

/** A note of a discussion; its first is what the others answer. */
export function noteOf(discussion: string, note: Fields, first: string, head: string): RemoteComment {
  const position = inner(note, 'position')
  const isLine = text(note, 'type') === 'DiffNote'
  const onNew = integer(position, 'new_line')
  const onOld = integer(position, 'old_line')
  const line = onNew || onOld
  const id = noteId(discussion, idOf(note))
  const firstId = noteId(discussion, first)
  const path = onNew > 0 ? text(position, 'new_path') : text(position, 'old_path')
  const commit = commitIn(position, 'head_sha')
  return {
    id,
    author: text(inner(note, 'author'), 'username'),
    body: text(note, 'body'),
    createdAt: text(note, 'created_at'),
    updatedAt: text(note, 'updated_at'),
    kind: flag(note, 'system') ? 'event' : isLine ? 'line' : 'comment',
    ...(isLine && { path, line, side: onNew > 0 ? ('new' as const) : ('old' as const), commit }),
    ...(isLine && commit === head ? { currentPath: path, currentLine: line } : isLine ? { isOutdated: true } : {}),
    ...(id !== firstId && { inReplyTo: firstId }),
    ...(flag(note, 'resolvable') && { isResolved: flag(note, 'resolved') }),
  }
}

export function noteId(discussion: string, note: string): string {
  return `note-${discussion}-${note}`
}

const running = new Set(['running', 'preparing'])
const waiting = new Set(['created', 'pending', 'waiting_for_resource', 'scheduled', 'manual'])
const conclusions: Record<string, CheckConclusion> = { success: 'success', failed: 'failure', canceled: 'cancelled', skipped: 'skipped' }

export function checkOf(status: Fields, commit: string): Check {
  const state = text(status, 'status')
  const url = optionalText(status, 'target_url')
  const facts = { name: text(status, 'name'), commit, ...(url !== undefined && { detailsUrl: url }) }
  const description = text(status, 'description')
  if (running.has(state)) return { ...facts, status: 'inProgress', title: description }
  if (waiting.has(state)) return { ...facts, status: 'queued', title: description }
  // A state that we do not know satisfies nothing.
  const said = (Object.hasOwn(conclusions, state) && conclusions[state]) || 'actionRequired'
  const read = readDescription(description, said === 'success')
  const at = optionalText(status, 'finished_at')
  return {
    ...facts,
    status: 'completed',
    title: read.title,
    conclusion: said === 'success' || said === 'failure' ? read.conclusion : said,
    ...(at !== undefined && { completedAt: at }),
  }
}

/** "Set commit pipeline status": pending, running, success, failed, canceled, skipped. A skipped one is never meant to block. */
export function stateOf({ status, conclusion }: Check): string {
  if (status === 'queued') return 'pending'
  if (status === 'inProgress') return 'running'
  if (isSatisfying(conclusion)) return 'success'
  return conclusion === 'cancelled' ? 'canceled' : 'failed'
}
