import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * What the rest of the house sees of Git. Everything is read from bare mirrors by hash; nobody has a work tree.
 * Failures are `PlimsollError` (`repository-unreachable`, `revision-not-found`, `path-not-found`, `path-outside-repository`, `manifest-too-large`).
 */
export interface Repositories {
  /**
   * The commit that a revision names now: branch, tag, `HEAD` (also '' ), `refs/…`, full or short hash, semver range over tags.
   * Hosted repositories are read from disk and are never stale; others answer from the last fetch, at most `maxAgeMs` old
   * (default: until the next poll). Concurrent calls for one repository share one fetch. A repository elsewhere is polled for a day after its last `resolve`.
   */
  resolve(repoURL: string, revision: string, options?: { maxAgeMs?: number; signal?: AbortSignal }): Promise<ResolvedRevision>
  /** What is under `path` ('' for all) at a commit. */
  tree(repoURL: string, commit: string, path?: string): Promise<GitTree>
  /** Paths that differ between two commits, as Git lists them; undefined when that cannot be told (a commit is gone). */
  changedPaths(repoURL: string, from: string, to: string): Promise<string[] | undefined>
  commitMetadata(repoURL: string, commit: string): Promise<CommitMetadata>
  /** Look at a repository now: a webhook came, or somebody asked. The payload of a webhook is never trusted, only its hint. */
  refresh(repoURL: string): Promise<void>
  /** Called when a ref of a repository has moved, after the objects can be read. Returns the way to stop. */
  onRefsChanged(listener: (change: RefsChanged) => void): () => void
  /** Two spellings of one repository (`.git`, a trailing slash, letter case of the host) have one normal form. */
  normalize(repoURL: string): string
}

export interface ResolvedRevision {
  /** 40 hex digits. */
  commit: string
  /** The full ref name when the revision is one. */
  ref?: string
}

export interface RefsChanged {
  repoURL: string
  refs: { ref: string; from: string | undefined; to: string | undefined }[]
  /** Who pushed, where that is known. */
  pusher?: string
  at: number
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
  /**
   * Answers Git's smart HTTP protocol under `/git/`. The caller has authenticated whoever asks, answers 401 itself, and leaves the
   * request's body unread. Never rejects.
   */
  handle(request: IncomingMessage, response: ServerResponse, principal: GitPrincipal): Promise<void>
}

/** What somebody may do with hosted repositories. Asked for each request, never remembered. */
export interface GitPrincipal {
  username: string
  canRead(repository: string): boolean | Promise<boolean>
  canCreate(repository: string): boolean | Promise<boolean>
  canWrite(repository: string): boolean | Promise<boolean>
}

export interface HostedRepositories {
  list(): Promise<HostedRepository[]>
  /** Makes an empty repository. Rejects with `already-exists`, or `invalid-request` for a name that is not one. */
  create(name: string): Promise<HostedRepository>
  has(name: string): Promise<boolean>
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
}
