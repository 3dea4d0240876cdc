import type {
  ApplicationPlan,
  BranchProtection,
  ChangedFile,
  Check,
  Comment,
  CommitSummary,
  GateReport,
  MergeMethod,
  PullRequest,
  PullRequestPage,
  Review,
} from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about repositories, pull requests and gates: one function for each. */

export interface HostedRepository {
  name: string
  url?: string
  defaultBranch?: string
}

export interface Ref {
  name: string
  commit: string
}

export interface RepositoryFacts {
  name: string
  url: string
  defaultBranch?: string
  branches: Ref[]
  tags: Ref[]
  protections: BranchProtection[]
}

export interface TreeEntry {
  name: string
  kind: 'directory' | 'file' | 'executable' | 'symlink' | 'submodule'
  /** Bytes, of files. */
  size?: number
}

export interface Folder {
  commit: string
  path: string
  entries: TreeEntry[]
  isTruncated: boolean
}

/** Text of a file, or why there is none. */
export interface FileContent {
  commit: string
  path: string
  kind: string
  size: number
  text?: string
  isTooLarge?: boolean
  isBinary?: boolean
}

export interface ChangedFiles {
  files: ChangedFile[]
  isTruncated: boolean
  /** Commits of the two sides. */
  from: string
  to: string
}

export interface Comparison extends Partial<ChangedFiles> {
  base: string
  head: string
  ahead?: number
  behind?: number
  conflicts?: string[]
  commits: CommitSummary[]
}

export type PullState = 'open' | 'closed' | 'merged' | 'all'

/** Which pull requests of all repositories. */
export interface PullFilter {
  state: PullState
  repository?: string
  author?: string
  reviewer?: string
}

export interface NewLineComment {
  body: string
  path?: string
  line?: number
  side?: 'old' | 'new'
  inReplyTo?: string
}

const repository = (name: string, ...rest: string[]) => join('repositories', name, ...rest)
const pull = (name: string, number: number, ...rest: string[]) => repository(name, 'pulls', String(number), ...rest)

export const pullsApi = {
  repositories: () => call<{ items: HostedRepository[] }>('GET', join('repositories'), { query: { hosted: true } }),
  createRepository: (name: string) => call<HostedRepository>('POST', join('repositories'), { body: { name } }),
  repository: (name: string) => call<RepositoryFacts>('GET', repository(name)),
  folder: (name: string, revision: string, path: string) => call<Folder>('GET', repository(name, 'tree'), { query: { revision, path } }),
  file: (name: string, revision: string, path: string) => call<FileContent>('GET', repository(name, 'file'), { query: { revision, path } }),
  commitsOf: (name: string, revision: string, path?: string, limit = 100) =>
    call<{ items: CommitSummary[] }>('GET', repository(name, 'commits'), { query: { revision, path, limit } }),
  compare: (name: string, base: string, head: string) => call<Comparison>('GET', repository(name, 'compare'), { query: { base, head } }),
  protect: (name: string, items: BranchProtection[]) =>
    call<{ items: BranchProtection[] }>('PUT', repository(name, 'protections'), { body: { items } }),

  all: (filter: PullFilter, limit: number, after?: string) =>
    call<PullRequestPage>('GET', join('pulls'), { query: { ...filter, limit, after } }),
  list: (name: string, state: PullState, limit: number, before?: number) =>
    call<{ items: PullRequest[] }>('GET', repository(name, 'pulls'), { query: { state, limit, before } }),
  open: (name: string, body: { title: string; body: string; head: string; base: string; isDraft?: boolean }) =>
    call<PullRequest>('POST', repository(name, 'pulls'), { body }),
  get: (name: string, number: number) => call<PullRequest>('GET', pull(name, number)),
  update: (
    name: string,
    number: number,
    body: { title?: string; body?: string; base?: string; isDraft?: boolean; state?: 'open' | 'closed' },
  ) => call<PullRequest>('PATCH', pull(name, number), { body }),
  merge: (name: string, number: number, body: { head: string; base?: string; method: MergeMethod }) =>
    call<PullRequest>('POST', pull(name, number, 'merge'), { body }),
  files: (name: string, number: number) => call<ChangedFiles>('GET', pull(name, number, 'files')),
  commits: (name: string, number: number) => call<{ items: CommitSummary[] }>('GET', pull(name, number, 'commits')),
  comments: (name: string, number: number) => call<{ items: Comment[] }>('GET', pull(name, number, 'comments')),
  comment: (name: string, number: number, body: NewLineComment) => call<Comment>('POST', pull(name, number, 'comments'), { body }),
  editComment: (name: string, number: number, id: string, body: { body?: string; isResolved?: boolean }) =>
    call<Comment>('PATCH', pull(name, number, 'comments', id), { body }),
  reviews: (name: string, number: number) => call<{ items: Review[] }>('GET', pull(name, number, 'reviews')),
  review: (
    name: string,
    number: number,
    body: { state: 'approved' | 'changesRequested' | 'commented'; body: string; head: string; comments?: NewLineComment[] },
  ) => call<Review>('POST', pull(name, number, 'reviews'), { body }),
  dismiss: (name: string, number: number, id: string, why: string) =>
    call<Review>('POST', pull(name, number, 'reviews', id, 'dismiss'), { body: { why } }),
  checks: (name: string, commit: string) => call<{ items: Check[] }>('GET', repository(name, 'commits', commit, 'checks')),
  plan: (name: string, number: number) => call<{ items: ApplicationPlan[] }>('GET', pull(name, number, 'plan')),

  report: (id: string) => call<GateReport>('GET', join('gates', 'reports', id)),
  reportsOf: (name: string, number: number) =>
    call<{ items: GateReport[] }>('GET', join('gates', 'reports'), { query: { repository: name, pullRequest: number, limit: 50 } }),
  override: (id: string, body: { verdict: 'pass' | 'fail'; why: string }) =>
    call<GateReport>('POST', join('gates', 'reports', id, 'override'), { body }),
}
