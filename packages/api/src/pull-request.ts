/** Answers of `/api/v1/repositories/NAME/pulls…`. Times are RFC 3339; commits 40 hex digits. */
export interface PullRequest {
  /** The hosted repository, `fraud-detector`, or the address of one elsewhere. */
  repository: string
  provider: ForgeProvider
  number: number
  title: string
  /** Markdown, written by others. */
  body: string
  state: 'open' | 'closed' | 'merged'
  isDraft: boolean
  /** Proposed by somebody without write access: sees no secret, and waits for a maintainer before anything of it runs. */
  isOutside: boolean
  author: string
  /** `branch` is absent for one from outside. */
  head: { branch?: string; commit: string }
  base: { branch: string; commit: string }
  createdAt: string
  updatedAt: string
  merged?: { at: string; by: string; commit: string; method: MergeMethod }
  closed?: { at: string; by: string }
  /** Whether it can be merged as it is; `unknown` while nobody has looked. */
  mergeability: { state: 'clean' | 'conflicts' | 'nothing' | 'unknown'; conflicts?: string[]; isBehind: boolean }
  /** What the target branch demands, met or not, each in words. */
  requirements: MergeRequirement[]
  /** Where it is on its provider, for one that lives elsewhere. */
  url?: string
}

/** Answers of `/api/v1/pulls`: of all repositories that may be read, the newest change first. */
export interface PullRequestPage {
  items: PullRequest[]
  /** For what comes behind them, as `after`; absent at the end. */
  next?: string
  /** Connected repositories that gave no answer: none of theirs is here. */
  unreachable?: { repository: string; message: string; remedy: string }[]
  /** Connected repositories of which only the newest are looked through. */
  cut?: string[]
}

export type ForgeProvider = 'builtin' | 'github' | 'gitlab' | 'gitea'
export type MergeMethod = 'merge' | 'squash' | 'rebase'

export interface MergeRequirement {
  kind: 'check' | 'approvals' | 'codeOwners' | 'changesRequested' | 'conflicts' | 'draft' | 'linearHistory' | 'upToDate' | 'state'
  isMet: boolean
  /** "1 of 2 approvals: nobody but the author has approved this head." */
  text: string
}

export interface Review {
  id: string
  author: string
  state: 'approved' | 'changesRequested' | 'commented' | 'dismissed'
  body: string
  /** The head and target that it was given for: it counts for no other. */
  commit: string
  baseBranch: string
  submittedAt: string
  /** Why it no longer counts: "the head moved to 1a2b3c4". */
  void?: string
}

export interface Comment {
  id: string
  author: string
  body: string
  createdAt: string
  updatedAt: string
  /** `report`: ours, updated in place. `event`: something that happened (merged, head moved, target changed), in words. */
  kind: 'comment' | 'line' | 'report' | 'event'
  /** Of a comment on a line, where it stood when it was written. */
  path?: string
  line?: number
  side?: 'old' | 'new'
  commit?: string
  inReplyTo?: string
  /** Where that line stands now; absent when it was changed or taken away, which `isOutdated` says. */
  currentPath?: string
  currentLine?: number
  isOutdated?: boolean
  isResolved?: boolean
  /** Of a report: which one, so that it can be found again. */
  marker?: string
}

/** What somebody or something says about one commit. */
export interface Check {
  name: string
  commit: string
  status: 'queued' | 'inProgress' | 'completed'
  conclusion?: CheckConclusion
  /** One line. */
  title: string
  /** Markdown. */
  summary?: string
  /** Of the console: `/runs/…`. */
  detailsUrl?: string
  startedAt?: string
  completedAt?: string
  annotations?: CheckAnnotation[]
  /** The workflow file whose run says it. Absent: a person, a gate, a plan or another program does. */
  source?: CheckSource
}

/** `outside`: of a run that was let run for somebody without write access. */
export interface CheckSource {
  workflow: string
  /** What started the run: one file may speak of a commit for a push, and otherwise for the pull request. */
  event?: string
  trust: 'trusted' | 'outside'
}

/** GitHub's. `actionRequired` is what an inconclusive verdict says: it satisfies no requirement. */
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timedOut' | 'actionRequired'

export interface CheckAnnotation {
  path: string
  line: number
  column?: number
  level: 'notice' | 'warning' | 'failure'
  message: string
  title?: string
}

export interface ChangedFile {
  path: string
  previousPath?: string
  status: 'added' | 'modified' | 'removed' | 'renamed' | 'copied' | 'typeChanged'
  additions: number
  deletions: number
  isBinary: boolean
  /** Absent when it is binary, or too large to show: `isTooLarge`. */
  hunks?: DiffHunk[]
  isTooLarge?: boolean
}

export interface DiffHunk {
  oldStart: number
  newStart: number
  /** What Git prints after `@@`. */
  heading: string
  /** Each begins with `+`, `-` or a space; `\` says that there is no newline at the end of the file. */
  lines: string[]
}

export interface CommitSummary {
  commit: string
  author: string
  email: string
  date: string
  message: string
  parents: string[]
}

/** What a branch demands before it moves. */
export interface BranchProtection {
  /** A branch name, or a glob: `release/*`. */
  pattern: string
  requiredChecks: string[]
  requiredApprovals: number
  /** `CODEOWNERS` of the target branch name who must approve what. */
  codeOwners: boolean
  /** False: the author's approval does not count. */
  allowSelfApproval: boolean
  linearHistory: boolean
  /** The head must hold the target's newest commit. */
  upToDate: boolean
  /** May move it without a pull request: accounts and `@GROUP`. Nobody by default. */
  mayPush: string[]
}
