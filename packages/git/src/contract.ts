import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChangedFile, CommitSummary, MergeMethod } from '@plimsoll/api'
import type { GitObject } from './signatures/signed-object.ts'
import type { Access } from '@plimsoll/network'

/**
 * What the rest of the house sees of Git. Everything is read from bare mirrors by hash; nobody has a work tree.
 * Failures are `PlimsollError` (`repository-unreachable`, `revision-not-found`, `path-not-found`, `path-outside-repository`, `manifest-too-large`).
 */
export interface Repositories extends ReadableRepositories {
  /** As anybody may read them: without what is given for an address. For addresses that content names, and not an Application. */
  readonly anonymous: ReadableRepositories
  /** As an Application of a project may read them: with what is given for that project, or for all of them. */
  forProject(project: string): ReadableRepositories
  /** Whether a repository elsewhere answers when it is reached this way. Rejects with what is wrong. */
  probe(repoURL: string, access: Access, signal?: AbortSignal): Promise<void>
  /** Look at a repository now: a webhook came, or somebody asked. The payload of a webhook is never trusted, only its hint. */
  refresh(repoURL: string): Promise<void>
  /** Called when a ref of a repository has moved, after the objects can be read. Returns the way to stop. */
  onRefsChanged(listener: (change: RefsChanged) => void): () => void
  /** Called when a branch points at a commit that does not have the one before in its history. Returns the way to stop. */
  onHistoryRewritten(listener: (change: HistoryRewritten) => void): () => void
  /** Two spellings of one repository (`.git`, a trailing slash, letter case of the host) have one normal form. */
  normalize(repoURL: string): string
}

/** Repositories by their addresses. */
export interface ReadableRepositories {
  /**
   * The commit that a revision names now: branch, tag, `HEAD` (also '' ), `refs/…`, full or short hash, semver range over tags.
   * Hosted repositories are read from disk and are never stale; others answer from the last fetch, at most `maxAgeMs` old
   * (default: until the next poll). Concurrent calls for one repository share one fetch. A repository elsewhere is polled for a day after its last `resolve`.
   */
  resolve(repoURL: string, revision: string, options?: { maxAgeMs?: number; signal?: AbortSignal }): Promise<ResolvedRevision>
  /** What is under `path` ('' for all) at a commit. */
  tree(repoURL: string, commit: string, path?: string): Promise<GitTree>
  /** Hash of the tree object at `path`, without reading what is below it: equal hash, equal content. Rejects as `tree` does. */
  folderHash(repoURL: string, commit: string, path?: string): Promise<string>
  /** The file, link or submodule at a path, without listing its folder; undefined when there is none. Its own last link is not followed. */
  entry(repoURL: string, commit: string, path: string): Promise<TreeEntry | undefined>
  /** Content by hash, as an entry of this repository names it. */
  blob(repoURL: string, hash: string, maxBytes: number): Promise<Buffer>
  /** Paths that differ between two commits, as Git lists them; undefined when that cannot be told (a commit is gone). */
  changedPaths(repoURL: string, from: string, to: string): Promise<string[] | undefined>
  commitMetadata(repoURL: string, commit: string): Promise<CommitMetadata>
  /**
   * The object whose signature stands for a commit: the annotated tag of it that one of `revisions` names, the first of them before the others, and
   * without one the commit itself. `resolve` has had the commit.
   */
  signedObject(repoURL: string, commit: string, revisions: readonly string[]): Promise<GitObject>
  /** Short names of its branches and tags, as of the last look. */
  refNames(repoURL: string): Promise<{ branches: string[]; tags: string[] }>
}

export interface ResolvedRevision {
  /** 40 hex digits. */
  commit: string
  /** The full ref name when the revision is one. */
  ref?: string
}

export interface RefsChanged {
  repoURL: string
  /** Its name, when it lives here. */
  hosted?: string
  refs: { ref: string; from: string | undefined; to: string | undefined }[]
  /** Who pushed, where that is known. */
  pusher?: string
  at: number
}

export interface HistoryRewritten {
  repoURL: string
  branches: { ref: string; from: string; to: string }[]
}

/** A tree at one commit. Entries are relative to its root; symlinks are listed as such and never followed out of the repository. */
export interface GitTree {
  readonly commit: string
  /** Hash of the tree object: equal hash, equal content. */
  readonly hash: string
  /** Every entry below the root, in Git's order. */
  readonly entries: readonly TreeEntry[]
  /** Content by entry; rejects with `manifest-too-large` above `maxBytes`. */
  read(entry: TreeEntry, maxBytes: number): Promise<Buffer>
}

export interface TreeEntry {
  path: string
  kind: 'file' | 'executable' | 'symlink' | 'submodule'
  /** Blob hash. */
  hash: string
  size: number
}

export interface CommitMetadata {
  author: string
  email: string
  /** RFC 3339. */
  date: string
  message: string
  tags: string[]
}

/** Repositories that live here, and the door through which `git` clients reach them. */
export interface GitHost {
  readonly hosted: HostedRepositories
  readonly history: GitHistory
  /** Asked about every push from now on. Without rules whoever may write may write every branch and tag, and nobody `refs/for/…`. */
  setPushRules(rules: PushRules): void
  /**
   * Answers Git's smart HTTP protocol under `/git/`. The caller has authenticated whoever asks, answers 401 itself, and leaves the
   * request's body unread. Never rejects.
   */
  handle(request: IncomingMessage, response: ServerResponse, principal: GitPrincipal): Promise<void>
  /**
   * The same for a repository elsewhere, to be read only: its branches and tags, as they are there now. Whoever calls has found out that whoever asks
   * may. Never rejects.
   */
  handleMirror(request: IncomingMessage, response: ServerResponse, repoURL: string): Promise<void>
}

/** What somebody may do with hosted repositories. Asked for each request, never remembered. */
export interface GitPrincipal {
  username: string
  canRead(repository: string): boolean | Promise<boolean>
  canCreate(repository: string): boolean | Promise<boolean>
  canWrite(repository: string): boolean | Promise<boolean>
  /** May push to `refs/for/BRANCH`, and nothing else. Absent: whoever may write. */
  canPropose?(repository: string): boolean | Promise<boolean>
  /** For rules that name groups. */
  groups?: readonly string[]
}

/** Decides about each ref of a push. Both are called alone on the repository; what they throw fails the whole push. */
export interface PushRules {
  /** Before anything is taken in: one decision for each command, in their order. */
  decide(push: Push): Promise<PushDecision[]>
  /** After the refs have moved, before the client is told. Lines for the client to print. */
  settle(push: Push, results: readonly PushResult[]): Promise<string[]>
}

export interface Push {
  repository: string
  by: GitPrincipal
  canWrite: boolean
  commands: readonly PushCommand[]
  /** `git push -o`. */
  options: readonly string[]
  /** Refs as they are before the push. */
  refs: ReadonlyMap<string, string>
}

export interface PushCommand {
  ref: string
  /** What the client believes is there; undefined: nothing. */
  from: string | undefined
  /** Undefined deletes the ref. */
  to: string | undefined
}

export type PushDecision =
  | { kind: 'allow' }
  | { kind: 'refuse'; reason: string }
  /** What was sent for one ref goes to another one. */
  | { kind: 'instead'; ref: string; from: string | undefined }

/** `refusal` is what Git or a rule said against it. */
export interface PushResult extends PushCommand {
  /** The ref that moved, where it was another one. */
  instead?: string
  refusal?: string
}

/**
 * What a pull request is made of, computed by Git itself on hosted repositories without a work tree. Commits are 40 hex digits. Rejects
 * with `not-found` for a repository and `revision-not-found` for a commit that is not there, `timeout` when it takes too long.
 */
export interface GitHistory {
  /** By full name. */
  refs(repository: string): Promise<ReadonlyMap<string, string>>
  /** The branch that HEAD stands for; undefined in an empty repository. */
  defaultBranch(repository: string): Promise<string | undefined>
  /** Undefined when the two have nothing in common. */
  mergeBase(repository: string, a: string, b: string): Promise<string | undefined>
  isAncestor(repository: string, ancestor: string, descendant: string): Promise<boolean>
  /** How many commits `to` has that `from` has not, and the other way round. */
  distance(repository: string, from: string, to: string): Promise<{ ahead: number; behind: number }>
  /** Newest first: what leads to `to`, without what leads to `from`. */
  commits(repository: string, range: { from?: string; to: string; path?: string }, limit: number): Promise<CommitSummary[]>
  difference(
    repository: string,
    from: string,
    to: string,
    limits?: Partial<DiffLimits>,
  ): Promise<{ files: ChangedFile[]; isTruncated: boolean }>
  /** Every path that differs; undefined when they are too many. */
  changedPaths(repository: string, from: string, to: string): Promise<string[] | undefined>
  /** Content of a file; undefined when there is none. */
  file(repository: string, commit: string, path: string, maxBytes: number): Promise<Buffer | undefined>
  /** What a merge of the two would give. */
  tryMerge(repository: string, ours: string, theirs: string): Promise<MergeTrial>
  /** Runs `work` alone on the repository. Listeners are told what moved when it has ended. */
  change<T>(repository: string, by: string | undefined, work: (writer: RefWriter) => Promise<T>): Promise<T>
}

export interface DiffLimits {
  files: number
  linesOfFile: number
  bytesOfFile: number
  /** Of all files together; from then on files come without hunks. */
  bytes: number
}

/** `conflicts` are paths; none, and `unrelated`, where the two have no commit in common. */
export type MergeTrial = { tree: string } | { conflicts: string[]; unrelated?: true }

export interface RefWriter {
  /** As they are now. */
  refs(): Promise<ReadonlyMap<string, string>>
  /** Writes the commits of a merge, durably; no ref leads to them yet. */
  prepareMerge(merge: MergeRequest): Promise<{ commit: string } | { conflicts: string[]; unrelated?: true }>
  /** All of them, durably, or none: false when a ref is not `from` any more. */
  update(updates: readonly RefUpdate[]): Promise<boolean>
}

export interface RefUpdate {
  ref: string
  /** Undefined: it must not be there. */
  from: string | undefined
  /** Undefined: it is deleted. Equal to `from`: only checked. */
  to: string | undefined
}

export interface MergeRequest {
  /** The commit of the target branch. */
  base: string
  head: string
  method: MergeMethod
  /** Of the commit that is made; a rebase keeps those that it has. */
  message: string
  /** Committer of everything, and author of a merge commit. */
  by: { name: string; email: string }
  /** Milliseconds since 1970. */
  at: number
}

export interface HostedRepositories {
  list(): Promise<HostedRepository[]>
  /** Makes an empty repository. Rejects with `already-exists`, or `invalid-request` for a name that is not one. */
  create(name: string): Promise<HostedRepository>
  has(name: string): Promise<boolean>
  /** Where it is cloned from, whether it is there or not. */
  urlOf(name: string): string
  /** Writes a commit on top of a branch, which is made when there is none. Nothing is written when nothing would change. */
  commit(request: CommitRequest): Promise<{ commit: string; changed: boolean }>
}

export interface HostedRepository {
  /** `demo`, `team/demo`. */
  name: string
  /** Where to clone it from. */
  url: string
}

export interface CommitRequest {
  repo: string
  branch: string
  /** Content by path; null removes the file. */
  files: Map<string, Buffer | string | null>
  message: string
  author: { name: string; email: string }
  /** Rejects with `conflict` when the branch is at another commit; null: it must not be there. */
  expectedHead?: string | null
}
