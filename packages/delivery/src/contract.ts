import type {
  ApprovalView,
  DeliveryView,
  DeliveryWatchEvent,
  DeploymentQuery,
  PromotionView,
  ReleaseView,
  Verdict,
  Verification,
} from '@plimsoll/api'
import type { Applications, Log } from '@plimsoll/applications'
import type { Repositories } from '@plimsoll/git'
import type { Clock, ClusterCache, KubeClient } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'

/** Everything that deliveries need from outside. The optional ones: without them what needs them holds, and says so. */
export interface DeliveriesContext {
  home: { client: KubeClient; cache: ClusterCache }
  applications: StageApplications
  repositories: Pick<
    Repositories,
    'resolve' | 'tree' | 'entry' | 'blob' | 'changedPaths' | 'commitMetadata' | 'refresh' | 'onRefsChanged' | 'normalize'
  >
  git: GitWriter
  records: Pick<Records, 'room'>
  facts: ReleaseFacts
  pullRequests?: PullRequests
  people?: People
  images?: ImageRegistry
  http?: HttpProbe
  /** Where Deliveries and their Applications live. */
  namespace: string
  clock: Clock
  log: Log
  /** Deliveries looked at at the same time. Default 4. */
  concurrency?: number
}

export type StageApplications = Pick<Applications, 'get' | 'refresh' | 'subscribe' | 'pods' | 'clusterFor'>

/** What is known about a commit of the source: its pull request, and what its gate said. Packages of the same floor do not know each other. */
export interface ReleaseFacts {
  /** `gate` is whose verdict is meant. `pending`: it is not known yet (a merge that is just being written down): asked again soon. Undefined: a commit of nobody's pull request. */
  of(repository: string, commit: string, gate: string | undefined): Promise<ReleaseFact | { pending: string } | undefined>
}

export interface ReleaseFact {
  pullRequest?: { repository: string; number: number; url?: string }
  /** Account of who wrote it: does not approve it. */
  author: string
  title: string
  verdict?: Verdict
  model?: { digest: string; name?: string; version?: string }
  reviewers: string[]
}

/**
 * Writes to repositories, hosted here or elsewhere. Every write says what it goes on top of, and rejects with `conflict` when that has moved: all
 * of it happens or nothing, and one that was interrupted can be asked for again.
 */
export interface GitWriter {
  /** What a full ref points at now, asked where it is, not remembered. Undefined: it is not there. */
  tip(repoURL: string, ref: string): Promise<string | undefined>
  /** One commit on top of `expected`. */
  commit(request: GitChange & { files: ReadonlyMap<string, Buffer | null> }): Promise<string>
  /** Moves the ref to `other`, by a merge when it has commits of its own. `merge-blocked`, naming the files, when they do not merge. */
  merge(request: GitChange & { other: string }): Promise<string>
  /** To a commit that is there, wherever the ref was. `expected` undefined: the ref is made. */
  move(request: { repoURL: string; ref: string; expected: string | undefined; to: string; by: string }): Promise<void>
  /** Newest first: what leads to `to` and not to `from`; 200 at most. Empty when `from` is no longer part of it. */
  since(repoURL: string, from: string, to: string): Promise<{ commit: string; message: string }[]>
  isAncestor(repoURL: string, ancestor: string, descendant: string): Promise<boolean>
  /** The full name of the branch that `HEAD` stands for. */
  defaultRef(repoURL: string): Promise<string | undefined>
}

export interface GitChange {
  repoURL: string
  /** `refs/heads/main`. */
  ref: string
  expected: string
  message: string
  author: { name: string; email: string }
}

/** Pull requests that promote: built in, on GitHub, … `open` finds the one that is there for this head. */
export interface PullRequests {
  open(request: { repoURL: string; head: string; base: string; title: string; body: string }): Promise<OpenedPullRequest>
  get(repoURL: string, number: number): Promise<OpenedPullRequest>
  /** Of one that a newer release takes the place of; one that is not open any more stays as it is. */
  close?(repoURL: string, number: number): Promise<void>
}

export interface OpenedPullRequest {
  repository: string
  number: number
  state: 'open' | 'closed' | 'merged'
  url?: string
}

/** Who may approve, asked at use. Undefined: there is no such account, or it is disabled. */
export interface People {
  of(name: string): Promise<{ groups: readonly string[]; canApprove: boolean } | undefined>
}

export interface ImageRegistry {
  tags(repository: string): Promise<string[]>
  digest(repository: string, tag: string): Promise<string>
}

/** One request to what a stage serves. Rejects when there was no answer. */
export interface HttpProbe {
  ask(
    target: NonNullable<Verification['http']> & { namespace: string },
    options: { timeoutMs: number },
  ): Promise<{ status: number; body: string }>
}

/** Who acts. What they may do is the caller's to decide, but for approvals: those are counted here. */
export interface DeliveryActor {
  name: string
  email?: string
  displayName?: string
  groups: readonly string[]
}

/**
 * Deliveries as the server and, through it, CLI and console use them. Failures are `PlimsollError`: `not-found`, `conflict` for what is superseded or
 * has moved or is not met yet (named), `operation-in-progress` while a stage is half promoted, `invalid-request`, `permission-denied`.
 */
export interface Deliveries {
  start(): Promise<void>
  stop(): Promise<void>
  list(): DeliveryView[]
  get(name: string): DeliveryView
  /**
   * Resolves when whatever is there has been looked at once, all or the one: right after a start, or after `kubectl apply`, an object has no view yet,
   * and `get` would say that it does not exist. Not waited for longer than 10 s: Git may be away.
   */
  looked(name?: string): Promise<void>
  subscribe(listener: (event: DeliveryWatchEvent) => void): () => void
  /** Looks again now; resolves when the look is over. */
  refresh(name: string): Promise<DeliveryView>

  /** Creates, or with `upsert` changes; `kubectl apply` does the same. */
  create(delivery: unknown, options: { upsert?: boolean }): Promise<DeliveryView>
  delete(name: string): Promise<void>

  /** `release` is what they saw: `conflict` when that is not what would come into the stage. */
  approve(name: string, stage: string, request: { release: string; comment?: string }, by: DeliveryActor): Promise<DeliveryView>
  /** Takes one's own approval back. */
  unapprove(name: string, stage: string, release: string, by: DeliveryActor): Promise<DeliveryView>
  /** Now, once everything but the say-so is met; also a release that was reverted, or stopped, here before. */
  promote(name: string, stage: string, request: { release?: string }, by: DeliveryActor): Promise<DeliveryView>
  revert(name: string, stage: string, request: { release: string; why: string }, by: DeliveryActor): Promise<DeliveryView>
  /** `requirement`: the id of a requirement, or `verify:STEP` of what is in the stage. */
  override(
    name: string,
    stage: string,
    request: { release: string; requirement: string; why: string },
    by: DeliveryActor,
  ): Promise<DeliveryView>
  hold(name: string, why: string, by: DeliveryActor): Promise<DeliveryView>
  resume(name: string, by: DeliveryActor): Promise<DeliveryView>

  releases(filter?: { delivery?: string; limit?: number; before?: number }): Promise<ReleaseView[]>
  release(name: string): Promise<ReleaseView & { approvals: ApprovalView[]; promotions: PromotionView[] }>
  /** Newest first, for all time. */
  deployments(query?: DeploymentQuery): Promise<PromotionView[]>
  /** Whether a commit is one of ours that only writes which version runs. */
  isPinOnly(repoURL: string, commit: string): Promise<boolean>
}
