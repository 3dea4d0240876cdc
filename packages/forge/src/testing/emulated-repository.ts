import { createHash } from 'node:crypto'

export interface EmulatedPull {
  number: number
  title: string
  body: string
  author: string
  head: string
  base: string
  /** Of a fork; absent: the same repository. */
  fork?: string
  state: 'open' | 'closed' | 'merged'
  draft: boolean
  /** Of what is closed or merged; while it is open, where the branch is. */
  headCommit: string
  merged?: { by: string; at: string; commit: string }
  closedAt?: string
  createdAt: string
  updatedAt: string
  /** Heads in their order, with when they came. */
  versions: { commit: string; at: string }[]
}

export interface EmulatedComment {
  id: number
  pull: number
  author: string
  body: string
  at: string
  updatedAt: string
  line?: { path: string; line: number; side: 'old' | 'new'; commit: string; review?: number }
  /** The first of its thread. */
  thread: number
  isResolved: boolean
}

export interface EmulatedReview {
  id: number
  pull: number
  author: string
  state: 'approved' | 'changesRequested' | 'commented' | 'dismissed'
  body: string
  commit: string
  at: string
}

export interface EmulatedStatus {
  id: number
  commit: string
  name: string
  state: string
  description: string
  url: string
}

/** What the emulated servers have in common: branches, commits and all that is said about them, in memory. */
export class EmulatedRepository {
  readonly path: string
  readonly branches = new Map<string, string>()
  readonly commits = new Map<string, { parents: string[]; message: string; file: string }>()
  readonly pulls: EmulatedPull[] = []
  readonly comments: EmulatedComment[] = []
  readonly reviews: EmulatedReview[] = []
  readonly statuses: EmulatedStatus[] = []
  /** Check runs of GitHub's Apps, as they were sent. */
  readonly runs: Record<string, unknown>[] = []
  #ticks = 0
  #ids = 100

  constructor(path: string) {
    this.path = path
    this.commit('main', 'First')
  }

  /** A moment later each time, so that every change shows in `updated_at`. */
  now(): string {
    return new Date(Date.UTC(2026, 0, 1) + ++this.#ticks * 1000).toISOString()
  }

  id(): number {
    return ++this.#ids
  }

  commit(branch: string, message: string): string {
    const parent = this.branches.get(branch) ?? this.branches.get('main')
    const hash = createHash('sha1').update(`${this.path} ${branch} ${message} ${this.commits.size}`).digest('hex')
    this.commits.set(hash, {
      parents: parent === undefined ? [] : [parent],
      message,
      file: `${message.toLowerCase().replaceAll(' ', '-')}.txt`,
    })
    this.branches.set(branch, hash)
    for (const pull of this.pulls) {
      if (pull.state !== 'open' || pull.head !== branch || pull.fork !== undefined) continue
      pull.headCommit = hash
      pull.updatedAt = this.now()
      pull.versions.push({ commit: hash, at: pull.updatedAt })
    }
    return hash
  }

  ancestors(commit: string): string[] {
    const found = new Set<string>()
    const next = [commit]
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (found.has(one)) continue
      found.add(one)
      next.push(...(this.commits.get(one)?.parents ?? []))
    }
    return [...found]
  }

  mergeBase(a: string, b: string): string {
    const of = new Set(this.ancestors(a))
    return this.ancestors(b).find((one) => of.has(one)) ?? ''
  }

  /** Newest first. */
  between(base: string, head: string): string[] {
    const known = new Set(this.ancestors(base))
    return this.ancestors(head).filter((one) => !known.has(one))
  }

  baseOf(pull: EmulatedPull): string {
    return this.branches.get(pull.base) ?? ''
  }

  pull(number: number): EmulatedPull | undefined {
    return this.pulls.find((one) => one.number === number)
  }

  open(wanted: {
    title: string
    body: string
    head: string
    base: string
    author: string
    draft?: boolean
    fork?: string
  }): EmulatedPull | string {
    const head = this.branches.get(wanted.head)
    if (head === undefined || !this.branches.has(wanted.base)) return 'head or base does not exist'
    if (this.between(this.branches.get(wanted.base) ?? '', head).length === 0) return `No commits between ${wanted.base} and ${wanted.head}`
    const at = this.now()
    const { draft = false, ...rest } = wanted
    const pull: EmulatedPull = {
      ...rest,
      number: this.pulls.length + 1,
      state: 'open',
      draft,
      headCommit: head,
      createdAt: at,
      updatedAt: at,
      versions: [{ commit: head, at }],
    }
    this.pulls.push(pull)
    return pull
  }

  merge(pull: EmulatedPull, by: string, message: string): void {
    const base = this.baseOf(pull)
    const hash = createHash('sha1').update(`merge ${pull.number} ${base}`).digest('hex')
    this.commits.set(hash, { parents: [base, pull.headCommit], message, file: 'merge' })
    this.branches.set(pull.base, hash)
    pull.state = 'merged'
    pull.merged = { by, at: this.now(), commit: hash }
    pull.updatedAt = pull.merged.at
  }

  say(pull: EmulatedPull, author: string, body: string, line?: EmulatedComment['line'], thread?: number): EmulatedComment {
    const id = this.id()
    const at = this.now()
    const comment: EmulatedComment = {
      id,
      pull: pull.number,
      author,
      body,
      at,
      updatedAt: at,
      thread: thread ?? id,
      isResolved: false,
      ...(line && { line }),
    }
    this.comments.push(comment)
    pull.updatedAt = at
    return comment
  }

  edit(comment: EmulatedComment, body: string): void {
    comment.body = body
    comment.updatedAt = this.now()
    const pull = this.pull(comment.pull)
    if (pull) pull.updatedAt = comment.updatedAt
  }

  judge(pull: EmulatedPull, author: string, state: EmulatedReview['state'], body: string): EmulatedReview {
    const review: EmulatedReview = { id: this.id(), pull: pull.number, author, state, body, commit: pull.headCommit, at: this.now() }
    this.reviews.push(review)
    pull.updatedAt = review.at
    return review
  }

  setStatus(commit: string, name: string, state: string, description: string, url: string): EmulatedStatus {
    const status = { id: this.id(), commit, name, state, description, url }
    this.statuses.push(status)
    return status
  }

  /** Of each name the last. */
  statusesOf(commit: string): EmulatedStatus[] {
    return [...new Map(this.statuses.filter((one) => one.commit === commit).map((one) => [one.name, one])).values()]
  }
}
