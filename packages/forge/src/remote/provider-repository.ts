import type {
  BranchProtection,
  ChangedFile,
  Check,
  Comment,
  CommitSummary,
  ForgeProvider,
  MergeMethod,
  PullRequest,
  Review,
} from '@plimsoll/api'
import type { NewComment, NewPullRequest, PullRequestChange } from '../contract.ts'

/** One repository as its provider tells of it: shapes and addresses, and none of the rules that all providers share. */
export interface ProviderRepository {
  readonly provider: ForgeProvider
  /** `GitHub` */
  readonly providerName: string
  /** How it is called here. */
  readonly address: string
  /** Longest text of a comment or description. */
  readonly maxBody: number
  /** The account of the token, as authors are written; undefined where it cannot be told. */
  account(): Promise<string | undefined>

  /** Newest first. `before`: numbers below it. */
  list(filter: { state: 'open' | 'closed' | 'merged' | 'all'; limit: number; before?: number; author?: string }): Promise<PullRequest[]>
  get(number: number): Promise<PullRequest>
  open(request: NewPullRequest): Promise<number>
  update(pull: PullRequest, change: PullRequestChange): Promise<void>
  /** Of exactly `head`, or `conflict`. */
  merge(pull: PullRequest, options: { head: string; method: MergeMethod; title?: string; message?: string }): Promise<void>

  files(pull: PullRequest): Promise<{ files: ChangedFile[]; isTruncated: boolean; from: string; to: string }>
  /** Oldest first. */
  commits(number: number): Promise<CommitSummary[]>

  /** Oldest first, as they are written there. */
  comments(number: number): Promise<RemoteComment[]>
  /** Returns the id of what was written. */
  comment(pull: PullRequest, comment: NewComment): Promise<string>
  editComment(number: number, id: string, body: string): Promise<void>
  resolve(number: number, id: string, isResolved: boolean): Promise<void>

  reviews(pull: PullRequest): Promise<Review[]>
  review(
    pull: PullRequest,
    review: { state: 'approved' | 'changesRequested' | 'commented'; body: string; comments: readonly NewComment[] },
  ): Promise<string>
  dismissReview(pull: PullRequest, id: string, why: string): Promise<void>

  checks(commit: string): Promise<Check[]>
  setCheck(check: Check): Promise<void>
  protections(): Promise<BranchProtection[]>
}

export interface RemoteComment extends Comment {
  /** Written by an App's bot, which is ours when the account of the token cannot be told. */
  isBot?: boolean
}
