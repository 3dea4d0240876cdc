import type { Comment, MergeMethod, PullRequest, Review } from '@plimsoll/api'

interface PullRequestRowFields {
  repository: string
  number: number
  /** Counts up with each change: whoever writes names the one that was read. */
  version: number
  title: string
  body: string
  state: string
  is_draft: number
  is_outside: number
  author: string
  head_branch: string | null
  topic: string
  head_commit: string
  base_branch: string
  base_commit: string
  created_at: number
  updated_at: number
  merged_at: number | null
  merged_by: string | null
  merge_commit: string | null
  merge_method: string | null
  closed_at: number | null
  closed_by: string | null
}

interface ReviewRowFields {
  seq: number
  id: string
  author: string
  state: string
  body: string
  head_commit: string
  base_branch: string
  submitted_at: number
  void: string | null
}

interface CommentRowFields {
  seq: number
  id: string
  author: string
  body: string
  created_at: number
  updated_at: number
  kind: string
  path: string | null
  line: number | null
  side: string | null
  line_commit: string | null
  in_reply_to: string | null
  is_resolved: number
  marker: string | null
}

/** As types, not as interfaces: a row that is queried must be a record. */
export type PullRequestRow = Pick<PullRequestRowFields, keyof PullRequestRowFields>
export type ReviewRow = Pick<ReviewRowFields, keyof ReviewRowFields>
export type CommentRow = Pick<CommentRowFields, keyof CommentRowFields>

/** The part of a pull request that is written down; the rest is computed from Git. */
export function pullRequestOf(row: PullRequestRow): Omit<PullRequest, 'mergeability' | 'requirements'> {
  const { merged_at, merged_by, merge_commit, merge_method, closed_at, closed_by } = row
  return {
    repository: row.repository,
    provider: 'builtin',
    number: row.number,
    title: row.title,
    body: row.body,
    state: row.state as PullRequest['state'],
    isDraft: row.is_draft === 1,
    isOutside: row.is_outside === 1,
    author: row.author,
    head: { ...(row.head_branch !== null && { branch: row.head_branch }), commit: row.head_commit },
    base: { branch: row.base_branch, commit: row.base_commit },
    createdAt: timeOf(row.created_at),
    updatedAt: timeOf(row.updated_at),
    ...(merged_at !== null &&
      merge_commit !== null && {
        merged: { at: timeOf(merged_at), by: merged_by ?? '', commit: merge_commit, method: (merge_method ?? 'merge') as MergeMethod },
      }),
    ...(closed_at !== null && row.state === 'closed' && { closed: { at: timeOf(closed_at), by: closed_by ?? '' } }),
  }
}

export function reviewOf(row: ReviewRow): Review {
  return {
    id: row.id,
    author: row.author,
    state: row.state as Review['state'],
    body: row.body,
    commit: row.head_commit,
    baseBranch: row.base_branch,
    submittedAt: timeOf(row.submitted_at),
    ...(row.void !== null && { void: row.void }),
  }
}

export function commentOf(row: CommentRow): Comment {
  return {
    id: row.id,
    author: row.author,
    body: row.body,
    createdAt: timeOf(row.created_at),
    updatedAt: timeOf(row.updated_at),
    kind: row.kind as Comment['kind'],
    ...(row.path !== null && { path: row.path }),
    ...(row.line !== null && { line: row.line }),
    ...(row.side !== null && { side: row.side as 'old' | 'new' }),
    ...(row.line_commit !== null && { commit: row.line_commit }),
    ...(row.in_reply_to !== null && { inReplyTo: row.in_reply_to }),
    ...(row.kind === 'line' && { isResolved: row.is_resolved === 1 }),
    ...(row.marker !== null && { marker: row.marker }),
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
