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

/** Who acts, and what they may do in a repository: asked at each use, never remembered. */
export interface ForgeActor {
  name: string
  /** The identity of commits that are made for them. */
  displayName?: string
  email?: string
  groups: readonly string[]
  canRead(repository: string): boolean
  /** May push branches, merge, review. Whoever may not proposes from outside. */
  canWrite(repository: string): boolean
  /** May change protection. */
  canAdminister(repository: string): boolean
}

/**
 * Pull requests of one provider's repositories. Four of these stand behind one face: built in, GitHub, GitLab, Gitea. What a provider cannot do
 * is refused with `not-supported-by-provider` and what it can do instead. Failures are `PlimsollError`.
 */
export interface Forge {
  readonly provider: ForgeProvider

  list(
    repository: string,
    filter?: {
      state?: PullRequestState
      author?: string
      /** Has given a review, also one that counts no longer. Elsewhere: as far as has been seen since the repository is connected. */
      reviewer?: string
      limit?: number
      before?: number
    },
  ): Promise<PullRequest[]>
  /** Rejects with `not-found`. */
  get(repository: string, number: number): Promise<PullRequest>
  /** From a branch of the repository. One from outside is opened by a push to `refs/for/BRANCH`. */
  open(repository: string, request: NewPullRequest, by: ForgeActor): Promise<PullRequest>
  /** A new `base` voids every approval. */
  update(repository: string, number: number, change: PullRequestChange, by: ForgeActor): Promise<PullRequest>
  /**
   * Merges exactly `head` into exactly the target as it was seen: `conflict` when either has moved, `merge-blocked` with every requirement that
   * is not met. All of it happens or nothing, also when the process is killed.
   */
  merge(
    repository: string,
    number: number,
    options: {
      head: string
      /** Commit of the target that whoever merges has seen. Absent: where it is. */
      base?: string
      method: MergeMethod
      title?: string
      message?: string
    },
    by: ForgeActor,
  ): Promise<PullRequest>

  files(repository: string, number: number): Promise<{ files: ChangedFile[]; isTruncated: boolean; from: string; to: string }>
  commits(repository: string, number: number): Promise<CommitSummary[]>

  comments(repository: string, number: number): Promise<Comment[]>
  comment(repository: string, number: number, comment: NewComment, by: ForgeActor): Promise<Comment>
  /** One's own; of a line's thread also `isResolved`, by whoever may write. */
  editComment(
    repository: string,
    number: number,
    id: string,
    change: { body?: string; isResolved?: boolean },
    by: ForgeActor,
  ): Promise<Comment>
  /** Ours: made once for each marker, and changed in place from then on. */
  report(repository: string, number: number, marker: string, body: string): Promise<Comment>

  reviews(repository: string, number: number): Promise<Review[]>
  /** For the head and the target branch (`base`) that the reviewer saw: `conflict` when they are others. */
  review(
    repository: string,
    number: number,
    review: { state: Review['state']; body: string; head: string; base?: string; comments?: NewComment[] },
    by: ForgeActor,
  ): Promise<Review>
  dismissReview(repository: string, number: number, id: string, why: string, by: ForgeActor): Promise<Review>

  checks(repository: string, commit: string): Promise<Check[]>
  /** Of the same name for the same commit the last one counts. */
  setCheck(repository: string, check: Check): Promise<void>

  protections(repository: string): Promise<BranchProtection[]>
  setProtections(repository: string, protections: BranchProtection[], by: ForgeActor): Promise<void>

  /** After it is durable. Events may come twice, and after a restart; whoever listens looks at what is. Returns the way to stop. */
  subscribe(listener: (event: ForgeEvent) => void): () => void
}

export type PullRequestState = 'open' | 'closed' | 'merged' | 'all'

/** Which pull requests of all repositories are meant. */
export interface AllPullsFilter {
  /** Only of this one; `not-found` when it is not there. */
  repository?: string
  state?: PullRequestState
  author?: string
  reviewer?: string
  /** At most 200; 50 by default. */
  limit?: number
  /** `next` of the page before. */
  after?: string
  /** What may not be read is as if it were not there. */
  canRead(repository: string): boolean
}

/** Where an open pull request is now: as little as tells whether something has been done about it. */
export interface OpenPull {
  repository: string
  number: number
  /** Commit. */
  head: string
  baseBranch: string
  /** Commit of the target. */
  base: string
  updatedAt: string
}

export interface NewPullRequest {
  title: string
  body: string
  head: string
  base: string
  isDraft?: boolean
}

export interface PullRequestChange {
  title?: string
  body?: string
  base?: string
  isDraft?: boolean
  state?: 'open' | 'closed'
}

export interface NewComment {
  body: string
  path?: string
  line?: number
  side?: 'old' | 'new'
  inReplyTo?: string
}

/** Something has happened to a pull request. */
export interface ForgeEvent {
  kind:
    | 'opened'
    | 'headMoved'
    | 'baseMoved'
    | 'edited'
    | 'retargeted'
    | 'closed'
    | 'reopened'
    | 'readyForReview'
    | 'convertedToDraft'
    | 'merged'
    | 'commented'
    | 'reviewed'
    | 'checked'
  repository: string
  number: number
  by: string
  at: number
}
