import type { PullRequestRow } from './forge-rows.ts'

export interface NewRow {
  repository: string
  number: number
  title: string
  body: string
  isDraft: boolean
  isOutside: boolean
  author: string
  headBranch: string | null
  topic: string
  head: string
  baseBranch: string
  base: string
  at: number
}

export function newRow(made: NewRow): PullRequestRow {
  return {
    repository: made.repository,
    number: made.number,
    version: 1,
    title: made.title,
    body: made.body,
    state: 'open',
    is_draft: made.isDraft ? 1 : 0,
    is_outside: made.isOutside ? 1 : 0,
    author: made.author,
    head_branch: made.headBranch,
    topic: made.topic,
    head_commit: made.head,
    base_branch: made.baseBranch,
    base_commit: made.base,
    created_at: made.at,
    updated_at: made.at,
    merged_at: null,
    merged_by: null,
    merge_commit: null,
    merge_method: null,
    closed_at: null,
    closed_by: null,
  }
}
