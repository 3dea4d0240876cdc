import { PlimsollError } from '@plimsoll/api'
import type { RefsChanged } from '@plimsoll/git'
import { eventComment, pullRef, tipsOf, type ForgeCore } from './forge-core.ts'
import type { PullRequestRow } from './forge-rows.ts'
import { settleIntents } from './merge-by-intent.ts'
import { settleProposals } from './push-proposals.ts'

const mostOpen = 10_000
const mostArrivals = 2000
const writtenAtOnce = 32

/**
 * Brings what is written down of a repository's open pull requests in line with its refs: heads that moved (and with them the approvals),
 * targets that advanced, and those whose head has come into the target by a push. Whatever it finds done stays as it is.
 */
export async function followRefs(core: ForgeCore, repository: string, by: string | undefined): Promise<void> {
  // Alone on the repository: what is looked at does not move meanwhile.
  await core.git.change(repository, undefined, async (writer) => {
    const refs = await writer.refs()
    await settleIntents(core, repository, refs)
    await settleProposals(core, repository, refs)
    const arrivals = new Arrivals(core, repository)
    const rows = await core.store.list(repository, { state: 'open', limit: mostOpen })
    // Written together: what one of them costs is mostly waiting for the disk.
    for (let at = 0; at < rows.length; at += writtenAtOnce) {
      await Promise.all(rows.slice(at, at + writtenAtOnce).map((row) => follow(row, refs, arrivals)))
    }

    async function follow(row: PullRequestRow, seen: ReadonlyMap<string, string>, came: Arrivals): Promise<void> {
      try {
        const { head } = tipsOf(row, seen)
        const kept = seen.get(pullRef(row.number))
        if (kept !== head) await writer.update([{ ref: pullRef(row.number), from: kept, to: head }])
        await followOne(core, row, seen, came, by)
      } catch (error) {
        core.log.error({ err: error, repository, number: row.number }, 'a pull request could not be brought up to date')
      }
    }
  })
}

async function followOne(
  core: ForgeCore,
  row: PullRequestRow,
  refs: ReadonlyMap<string, string>,
  arrivals: Arrivals,
  by: string | undefined,
): Promise<void> {
  const { repository, number } = row
  const { head, base } = tipsOf(row, refs)
  const hasHeadMoved = head !== row.head_commit
  const hasBaseMoved = base !== undefined && base !== row.base_commit
  if (!hasHeadMoved && !hasBaseMoved) return
  if (hasBaseMoved && (await arrivals.has(row.base_commit, base, head))) {
    const [pusher] = await core.store.pushers(repository, [base])
    const who = by ?? pusher?.username ?? ''
    const merged = await core.store.write([
      core.store.update(
        row,
        { state: 'merged', head_commit: head, merged_at: core.now(), merged_by: who, merge_commit: head, merge_method: 'merge' },
        core.now(),
      ),
      eventComment(core, row, who, `merged ${head.slice(0, 7)} into ${row.base_branch} by a push`),
    ])
    if (merged) core.emit({ kind: 'merged', repository, number, by: who })
    return
  }
  const statements = [core.store.update(row, { head_commit: head, ...(base !== undefined && { base_commit: base }) }, core.now())]
  if (hasHeadMoved) {
    const words = `the head moved from ${row.head_commit.slice(0, 7)} to ${head.slice(0, 7)}`
    statements.push(
      core.store.voidApprovals(repository, number, { head, base: row.base_branch }, words),
      eventComment(core, row, by ?? row.author, words),
    )
  }
  if (!(await core.store.write(statements))) return
  if (hasHeadMoved) core.emit({ kind: 'headMoved', repository, number, by: by ?? row.author })
  if (hasBaseMoved) core.emit({ kind: 'baseMoved', repository, number, by: by ?? '' })
}

/** What has come into a branch from one commit to another, looked up once for all pull requests that it was the target of. */
class Arrivals {
  readonly #core: ForgeCore
  readonly #repository: string
  readonly #known = new Map<string, Promise<ReadonlySet<string> | undefined>>()

  constructor(core: ForgeCore, repository: string) {
    this.#core = core
    this.#repository = repository
  }

  async has(from: string, to: string, commit: string): Promise<boolean> {
    const key = `${from} ${to}`
    const known = this.#known.get(key) ?? this.#look(from, to)
    this.#known.set(key, known)
    const arrived = await known
    if (arrived !== undefined) return arrived.has(commit)
    const { git } = this.#core
    if (!(await git.isAncestor(this.#repository, commit, to))) return false
    return !(await git.isAncestor(this.#repository, commit, from))
  }

  /** Undefined when they are too many to be held. */
  async #look(from: string, to: string): Promise<ReadonlySet<string> | undefined> {
    try {
      const commits = await this.#core.git.commits(this.#repository, { from, to }, mostArrivals)
      return commits.length < mostArrivals ? new Set(commits.map(({ commit }) => commit)) : undefined
    } catch (error) {
      // Where the target was is gone (a rewritten history, tidied up): nothing can be said to have come since.
      if (error instanceof PlimsollError && error.code === 'revision-not-found') return new Set()
      throw error
    }
  }
}

/** Looks at a repository again after each change of it, one look at a time; what comes meanwhile is one more look. */
export class RefFollower {
  readonly #core: ForgeCore
  readonly #underWay = new Map<string, { again: boolean; by: string | undefined; done: Promise<void> }>()

  constructor(core: ForgeCore) {
    this.#core = core
  }

  changed(change: RefsChanged): void {
    // What the forge itself keeps is no news.
    if (change.refs.every(({ ref }) => ref.startsWith('refs/pull/'))) return
    if (change.hosted !== undefined) void this.look(change.hosted, change.pusher)
  }

  look(repository: string, by?: string): Promise<void> {
    const running = this.#underWay.get(repository)
    if (running !== undefined) {
      running.again = true
      running.by = by
      return running.done
    }
    const state = { again: false, by, done: Promise.resolve() }
    this.#underWay.set(repository, state)
    state.done = this.#run(repository, state)
    return state.done
  }

  /** Resolves when every look that is under way has ended. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all([...this.#underWay.values()].map(({ done }) => done))
  }

  async #run(repository: string, state: { again: boolean; by: string | undefined }): Promise<void> {
    try {
      do {
        state.again = false
        await followRefs(this.#core, repository, state.by)
      } while (state.again)
    } catch (error) {
      this.#core.log.error({ err: error, repository }, 'the pull requests of a repository could not be brought up to date')
    } finally {
      this.#underWay.delete(repository)
    }
  }
}
