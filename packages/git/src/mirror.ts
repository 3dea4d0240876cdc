import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { HistoryRewritten, RefsChanged } from './contract.ts'
import { runGit } from './git-command.ts'
import { differenceOf, internalName, noRefs, readRefs, type RefSet, rewrittenBranches } from './refs.ts'
import type { Remote } from './remote.ts'
import { clearStaleLocks } from './stale-locks.ts'
import type { Clock, Log } from './time-and-log.ts'
import type { Turnstile } from './turnstile.ts'

export interface MirrorContext {
  clock: Clock
  log: Log
  /** Shared by all mirrors: how many talk to the network at once. */
  network: Turnstile
  pollIntervalMs: number
  random: () => number
  changed(change: Pick<RefsChanged, 'refs'>): void
  rewritten(branches: HistoryRewritten['branches']): void
}

/** A failure is told for this long without another attempt, so that a thousand applications do not ask a thousand times. */
const failureHoldMs = 5000
/** Polling goes on this long after the last question: an application that exists asks again well within it. */
const neededMs = 24 * 60 * 60 * 1000
const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']

/** A bare copy of a repository elsewhere: branches and tags, fetched together, looked at every `pollIntervalMs` while somebody asks. */
export class Mirror {
  readonly gitDir: string
  readonly normal: string
  readonly #remote: Remote
  readonly #context: MirrorContext
  readonly #stop = new AbortController()
  #refs: RefSet = noRefs
  #head: string | undefined
  #checkedAt: number | undefined
  #failure: { error: unknown; at: number } | undefined
  #looking: Promise<void> | undefined
  #timer: { cancel(): void } | undefined
  #neededAt = 0
  #ready: Promise<void> | undefined

  constructor(gitDir: string, normal: string, remote: Remote, context: MirrorContext) {
    this.gitDir = gitDir
    this.normal = normal
    this.#remote = remote
    this.#context = context
  }

  get refs(): RefSet {
    return this.#refs
  }

  /** The branch that HEAD stands for there. */
  get head(): string | undefined {
    return this.#head
  }

  /** Sees to it that what is known is at most `maxAgeMs` old, by default: from the last poll. Throws what the last attempt failed with. */
  async freshen(maxAgeMs?: number): Promise<void> {
    const { clock, pollIntervalMs } = this.#context
    this.#neededAt = clock.now()
    const limit = maxAgeMs ?? pollIntervalMs * 2
    // 0 asks for a look, be the last one in the same millisecond.
    const isFresh = this.#checkedAt !== undefined && clock.now() - this.#checkedAt < Math.max(limit, 0)
    if (isFresh && this.#failure === undefined) return
    if (this.#failure !== undefined && clock.now() - this.#failure.at < failureHoldMs) throw this.#failure.error
    await this.look()
  }

  /** Looks now. Those who ask at the same time share one look. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      this.#pollLater()
    })
    return this.#looking
  }

  /** Fetches what is not on a branch or tag: a ref such as `refs/pull/1/head`, or a commit by hash. Throws when the other end refuses. */
  async fetchExtra(what: string): Promise<void> {
    await this.prepare()
    await this.#context.network.run(() =>
      this.#remote.fetch(this.gitDir, [`+${what}:${internalName(what)}`], { prune: false }, this.#stop.signal),
    )
  }

  async remoteRef(ref: string): Promise<string | undefined> {
    return this.#context.network.run(() => this.#remote.listRef(ref, this.#stop.signal))
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#timer?.cancel()
    await this.#looking?.catch(ignore)
  }

  async #look(): Promise<void> {
    const { clock, log, network } = this.#context
    try {
      await this.prepare()
      await network.run(() => this.#fetchIfMoved())
      if (this.#failure !== undefined) log.info({ repository: this.normal }, 'repository answers again')
      this.#failure = undefined
      this.#checkedAt = clock.now()
    } catch (error) {
      this.#failure = { error, at: clock.now() }
      if (!this.#stop.signal.aborted) {
        log.warn({ repository: this.normal, reason: error instanceof Error ? error.message : String(error) }, 'repository does not answer')
      }
      throw error
    }
  }

  async #fetchIfMoved(): Promise<void> {
    const before = this.#refs
    const headBefore = this.#headCommit()
    const there = await this.#remote.listRefs(this.#stop.signal)
    if (there.refs.size > 0 || before.refs.size === 0) {
      if (differenceOf(before, there).length > 0) {
        await this.#remote.fetch(this.gitDir, refspecs, { prune: true }, this.#stop.signal)
        this.#refs = await readRefs(this.gitDir)
      }
    } else {
      // A server that is being restored lists nothing; so does one that fails politely. What was there stays.
      throw new PlimsollError('repository-unreachable', `Repository '${this.normal}' lists no branches and no tags any more.`)
    }
    const head = there.head ?? this.#head
    // For those who clone the mirror.
    if (head !== undefined && head !== this.#head) await runGit(['--git-dir', this.gitDir, 'symbolic-ref', '--', 'HEAD', head])
    this.#head = head
    const refs = differenceOf(before, this.#refs)
    const headAfter = this.#headCommit()
    if (headBefore !== headAfter) refs.push({ ref: 'HEAD', from: headBefore, to: headAfter })
    if (refs.length === 0) return
    this.#context.changed({ refs })
    void rewrittenBranches(this.gitDir, refs).then((branches) => {
      if (branches.length > 0) this.#context.rewritten(branches)
    })
  }

  #headCommit(): string | undefined {
    return this.#head === undefined ? undefined : this.#refs.refs.get(this.#head)
  }

  /** Makes the directory if it is missing. */
  prepare(): Promise<void> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #open(): Promise<void> {
    const exists = await stat(this.gitDir).then(
      () => true,
      () => false,
    )
    if (exists) {
      await clearStaleLocks(this.gitDir)
      this.#refs = await readRefs(this.gitDir)
      return
    }
    const fresh = `${this.gitDir}.new`
    await mkdir(dirname(this.gitDir), { recursive: true })
    await rm(fresh, { recursive: true, force: true })
    await runGit(['init', '--quiet', '--bare', '--template=', '--end-of-options', fresh])
    await writeFile(`${fresh}/description`, `Mirror of ${this.normal}\n`)
    await rename(fresh, this.gitDir)
  }

  #pollLater(): void {
    const { clock, pollIntervalMs, random } = this.#context
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#stop.signal.aborted || clock.now() - this.#neededAt > neededMs) return
    // A tenth to either side, so that mirrors made together do not ask together for ever.
    this.#timer = clock.setTimeout(() => void this.look().catch(ignore), pollIntervalMs * (0.9 + random() * 0.2))
  }
}

function ignore(): void {}
