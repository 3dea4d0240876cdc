import { createHash } from 'node:crypto'
import { PlimsollError, type PullRequest } from '@plimsoll/api'
import type { ForgeEvent } from '../contract.ts'
import type { ProviderRepository } from './provider-repository.ts'
import type { RemoteLog, RemoteMemory, RemoteState } from './remote-context.ts'

/** What was last seen of a pull request: as little as tells that something is different. */
interface Seen {
  state: PullRequest['state']
  head: string
  baseBranch: string
  base: string
  isDraft: boolean
  text: string
  updatedAt: string
  comments: string
  reviews: string
  checks: string
  /** In small letters. Absent where it was seen before this was kept. */
  reviewers?: string[]
}

const mostOpen = 200
/** Of those that are closed the newest are remembered, so that what comes late is told once. */
const mostClosed = 200
/** The newest, whose checks are asked for at each poll. Those of the others are told by webhooks. */
const mostChecked = 50
const mostReviewers = 100

export interface RepositoryWatch {
  /** Looks at one pull request, or at all that is open. */
  look(number: number | undefined): Promise<void>
  /** The numbers whose head is this commit, as far as they have been seen. */
  withHead(commit: string): number[]
  /** The numbers that somebody has reviewed, as far as they have been seen. */
  reviewedBy(name: string): Promise<ReadonlySet<number>>
  state(): RemoteState
  idle(): Promise<void>
}

/**
 * Level-based: each look compares what is with what was last seen, and tells the difference. So a webhook that is lost, comes twice or lies costs
 * nothing but a look; and a poll finds all that the webhooks would have told.
 */
export function watchRepository(
  repository: ProviderRepository,
  context: { clock: { now(): number }; log: RemoteLog; memory?: RemoteMemory; emit(event: Omit<ForgeEvent, 'at'>): void },
): RepositoryWatch {
  const seen = new Map<number, Seen>()
  const waiting = new Set<number | undefined>()
  let running: Promise<void> | undefined
  let hasRead = false
  let state: RemoteState = {}

  async function recall(): Promise<void> {
    if (hasRead) return
    const kept = await context.memory?.read(repository.address)
    hasRead = true
    if (kept === undefined) return
    try {
      for (const [number, one] of JSON.parse(kept) as [number, Seen][]) seen.set(number, one)
    } catch {
      // What cannot be read was never seen: it is told once more.
      seen.clear()
    }
  }

  async function remember(): Promise<void> {
    const closed = [...seen].filter(([, { state }]) => state !== 'open').map(([number]) => number)
    for (const number of closed.toSorted((a, b) => b - a).slice(mostClosed)) seen.delete(number)
    await context.memory?.write(repository.address, JSON.stringify([...seen]))
  }

  async function lookAtAll(): Promise<void> {
    const open = await repository.list({ state: 'open', limit: mostOpen })
    const numbers = new Set(open.map(({ number }) => number))
    // What has been merged or closed since is in no list of open ones.
    if (open.length < mostOpen) for (const [number, { state }] of seen) if (state === 'open') numbers.add(number)
    for (const [index, pull] of open.entries()) {
      const before = seen.get(pull.number)
      const isSame =
        before !== undefined && before.updatedAt === pull.updatedAt && before.head === pull.head.commit && before.state === pull.state
      // A commit's checks, and the target's newest commit, move nothing of the pull request itself.
      if (!isSame || before.base !== pull.base.commit || before.reviewers === undefined) continue
      if (index >= mostChecked || before.checks === (await checksOf(pull))) numbers.delete(pull.number)
    }
    for (const number of [...numbers].toSorted((a, b) => a - b)) await lookAt(number)
  }

  async function lookAt(number: number): Promise<void> {
    const pull = await repository.get(number)
    const before = seen.get(number)
    const [comments, reviews, checks] = await Promise.all([repository.comments(number), repository.reviews(pull), checksOf(pull)])
    const now: Seen = {
      state: pull.state,
      head: pull.head.commit,
      baseBranch: pull.base.branch,
      base: pull.base.commit,
      isDraft: pull.isDraft,
      text: digest([pull.title, pull.body]),
      updatedAt: pull.updatedAt,
      comments: digest(comments.map(({ id, body, isResolved }) => [id, body, isResolved])),
      reviews: digest(reviews.map(({ id, state, commit, body }) => [id, state, commit, body])),
      checks,
      reviewers: [...new Set(reviews.map(({ author }) => author.toLowerCase()))].slice(0, mostReviewers),
    }
    const by = { commented: comments.at(-1)?.author, reviewed: reviews.at(-1)?.author, merged: pull.merged?.by, closed: pull.closed?.by }
    for (const kind of differences(before, now)) {
      context.emit({
        kind,
        repository: repository.address,
        number,
        by: (Object.hasOwn(by, kind) && by[kind as keyof typeof by]) || pull.author,
      })
    }
    // Told first: whoever is killed in between tells it again, and nothing is lost.
    seen.set(number, now)
    await remember()
  }

  async function checksOf({ head }: PullRequest): Promise<string> {
    const checks = await repository.checks(head.commit)
    return digest(
      checks.map(({ name, status, conclusion, title, summary }) => JSON.stringify([name, status, conclusion, title, summary])).toSorted(),
    )
  }

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      // All that is open first: it takes most of what else is waiting with it.
      const next = waiting.has(undefined) ? undefined : [...waiting][0]
      waiting.delete(next)
      try {
        await recall()
        if (next === undefined) {
          await lookAtAll()
          state = { polledAt: context.clock.now() }
        } else await lookAt(next)
      } catch (error) {
        // That one pull request cannot be seen says nothing of the repository.
        if (next === undefined)
          state = { ...state, failure: { at: context.clock.now(), error: asPlimsollError(error, repository.address) } }
        context.log.warn(
          { error: error instanceof Error ? error.message : String(error), repository: repository.address, number: next },
          'pull requests elsewhere could not be looked at',
        )
      }
    }
  }

  async function look(number: number | undefined): Promise<void> {
    waiting.add(number)
    running ??= run().finally(() => (running = undefined))
    await running
    if (waiting.has(number)) await look(number)
  }

  return {
    look,
    withHead: (commit) => [...seen].filter(([, one]) => one.head === commit && one.state === 'open').map(([number]) => number),
    async reviewedBy(name) {
      await recall()
      const wanted = name.toLowerCase()
      return new Set([...seen].filter(([, { reviewers }]) => reviewers?.includes(wanted)).map(([number]) => number))
    },
    state: () => state,
    async idle() {
      while (running) await running
    },
  }
}

function asPlimsollError(error: unknown, address: string): PlimsollError {
  return error instanceof PlimsollError ? error : new PlimsollError('internal', `${address} could not be looked at: ${String(error)}.`)
}

function differences(before: Seen | undefined, now: Seen): ForgeEvent['kind'][] {
  if (before === undefined) return [now.state === 'open' ? 'opened' : now.state]
  const kinds: [boolean, ForgeEvent['kind']][] = [
    [before.head !== now.head, 'headMoved'],
    [before.baseBranch !== now.baseBranch, 'retargeted'],
    [before.baseBranch === now.baseBranch && before.base !== now.base, 'baseMoved'],
    [before.text !== now.text, 'edited'],
    [before.isDraft && !now.isDraft, 'readyForReview'],
    [!before.isDraft && now.isDraft, 'convertedToDraft'],
    [before.comments !== now.comments, 'commented'],
    [before.reviews !== now.reviews, 'reviewed'],
    [before.head === now.head && before.checks !== now.checks, 'checked'],
    [before.state !== now.state && now.state === 'open', 'reopened'],
    [before.state !== now.state && now.state === 'closed', 'closed'],
    [before.state !== now.state && now.state === 'merged', 'merged'],
  ]
  return kinds.filter(([isSo]) => isSo).map(([, kind]) => kind)
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16)
}
