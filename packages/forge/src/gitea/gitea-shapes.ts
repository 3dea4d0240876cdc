import type { BranchProtection, ChangedFile, PullRequest } from '@plimsoll/api'
import { pullOf as githubPullOf } from '../github/github-shapes.ts'
import { commitIn, type Fields, flag, idOf, inner, integer, own, optionalText, text } from '../remote/json-reading.ts'
import type { RemoteComment } from '../remote/provider-repository.ts'
import { shownPatch } from '../remote/unified-diff.ts'

/** Shapes of Gitea's API, version 1: GitHub's, with differences. */

/** Titles that make a pull request a draft (`repository.pull-request.WORK_IN_PROGRESS_PREFIXES`, the defaults). */
const draftPrefix = /^(WIP:|\[WIP\])\s*/i

export function pullOf(address: string, pull: Fields): PullRequest {
  const one = githubPullOf(address, pull)
  const title = text(pull, 'title')
  const isDraft = flag(pull, 'draft') || draftPrefix.test(title)
  const base = inner(pull, 'base')
  const mergeBase = commitIn(pull, 'merge_base')
  const isBehind = mergeBase !== '' && mergeBase !== commitIn(base, 'sha')
  const isOpen = one.state === 'open'
  // `mergeable` is false for drafts and while it is being looked at, too: only true says something.
  const isMergeable = flag(pull, 'mergeable')
  return {
    ...one,
    provider: 'gitea',
    title: title.replace(draftPrefix, ''),
    isDraft,
    mergeability: { state: isMergeable ? 'clean' : 'unknown', isBehind },
    requirements: isOpen && isDraft ? [{ kind: 'draft', isMet: false, text: 'It is a draft.' }] : [],
  }
}

export function titleOf(title: string, isDraft: boolean): string {
  const bare = title.replace(draftPrefix, '')
  return isDraft ? `WIP: ${bare}` : bare
}

const fileStatuses: Record<string, ChangedFile['status']> = {
  added: 'added',
  deleted: 'removed',
  removed: 'removed',
  changed: 'modified',
  modified: 'modified',
  renamed: 'renamed',
  copied: 'copied',
}

export function fileOf(file: Fields, patches: ReadonlyMap<string, { patch: string; isBinary: boolean }> | undefined): ChangedFile {
  const path = text(file, 'filename')
  const previous = optionalText(file, 'previous_filename')
  const status = text(file, 'status')
  const shown = patches?.get(path)
  return {
    path,
    ...(previous !== undefined && previous !== path && { previousPath: previous }),
    status: Object.hasOwn(fileStatuses, status) ? (fileStatuses[status] ?? 'modified') : 'modified',
    additions: integer(file, 'additions'),
    deletions: integer(file, 'deletions'),
    isBinary: shown?.isBinary ?? false,
    ...(shown?.isBinary ? {} : shownPatch(shown?.patch)),
  }
}

/** Of a review: `position` counts lines of the new file, `original_position` of the old one; the one that is not meant is 0. */
export function lineCommentOf(comment: Fields): RemoteComment {
  const now = integer(comment, 'position')
  const before = integer(comment, 'original_position')
  const line = now || before
  return {
    id: `line-${idOf(comment)}`,
    author: text(inner(comment, 'user'), 'login'),
    body: text(comment, 'body'),
    createdAt: text(comment, 'created_at'),
    updatedAt: text(comment, 'updated_at'),
    kind: 'line',
    path: text(comment, 'path'),
    ...(line > 0 && { line }),
    side: now > 0 ? 'new' : 'old',
    commit: commitIn(comment, 'original_commit_id') || commitIn(comment, 'commit_id'),
    isResolved: Object.keys(inner(comment, 'resolver')).length > 0,
  }
}

export function protectionOf(rule: Fields): BranchProtection {
  const texts = (name: string): string[] => {
    const value = own(rule, name)
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
  }
  const pushers = flag(rule, 'enable_push') && flag(rule, 'enable_push_whitelist')
  return {
    pattern: optionalText(rule, 'rule_name') ?? text(rule, 'branch_name'),
    requiredChecks: flag(rule, 'enable_status_check') ? texts('status_check_contexts') : [],
    requiredApprovals: integer(rule, 'required_approvals'),
    codeOwners: false,
    allowSelfApproval: false,
    linearHistory: false,
    upToDate: flag(rule, 'block_on_outdated_branch'),
    mayPush: pushers ? [...texts('push_whitelist_usernames'), ...texts('push_whitelist_teams').map((team) => `@${team}`)] : [],
  }
}
