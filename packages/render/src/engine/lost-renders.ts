import type { RenderFailure } from '../contract.ts'

const maxKnown = 5000
/** A render that was lost may take a tenth of one worker, not more: the next try is so many times its limit away. */
const firstWaitFactor = 10
const longestWaitMs = 60 * 60_000

/**
 * Renders whose worker had to be killed: what was made of which input, and when it is tried again. Their outcome says something of this machine at
 * that time, so it is told for a while, longer each time, and never kept as a result.
 */
export class LostRenders {
  readonly #lost = new Map<string, { failure: RenderFailure; until: number; waitMs: number }>()
  readonly #suspects = new Set<string>()
  readonly #timeoutMs: number
  readonly #now: () => number

  constructor(timeoutMs: number, now: () => number = Date.now) {
    this.#timeoutMs = timeoutMs
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#lost.size === 0 && this.#suspects.size === 0
  }

  /** What was lost with this very input, while it is not worth another try. */
  find(input: string): RenderFailure | undefined {
    const known = this.#lost.get(input)
    return known !== undefined && known.until > this.#now() ? known.failure : undefined
  }

  /** Whether a worker was killed for this application the last time. */
  isSuspect(application: string): boolean {
    return this.#suspects.has(application)
  }

  add(input: string, application: string, failure: RenderFailure): void {
    const before = this.#lost.get(input)
    const waitMs = Math.min(before === undefined ? this.#timeoutMs * firstWaitFactor : before.waitMs * 2, longestWaitMs)
    this.#lost.delete(input)
    this.#lost.set(input, { failure, until: this.#now() + waitMs, waitMs })
    this.#suspects.add(application)
    for (const oldest of this.#lost.keys()) if (this.#lost.size > maxKnown) this.#lost.delete(oldest)
    for (const oldest of this.#suspects) if (this.#suspects.size > maxKnown) this.#suspects.delete(oldest)
  }

  clear(input: string, application: string): void {
    this.#lost.delete(input)
    this.#suspects.delete(application)
  }
}
