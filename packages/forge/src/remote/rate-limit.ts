import { PlimsollError } from '@plimsoll/api'

/** Longer than this nobody is kept waiting: they are told until when. */
const longestWaitMs = 5_000
/** When a server says "too many" without saying how long (GitHub's advice for secondary limits). */
const unknownWaitMs = 60_000

/**
 * When a server wants to be asked again, in milliseconds since the epoch; undefined for an answer that is no refusal of that kind.
 * GitHub answers 403 or 429 (REST, "Rate limits for the REST API"), GitLab and Gitea 429 with `Retry-After`.
 */
export function retryAt(status: number, headers: Readonly<Record<string, string>>, body: string, now: number): number | undefined {
  const after = headers['retry-after']
  const isExhausted = headers['x-ratelimit-remaining'] === '0' || headers['ratelimit-remaining'] === '0'
  if (status !== 429 && !(status === 403 && (after !== undefined || isExhausted || /rate limit/i.test(body.slice(0, 1000)))))
    return undefined
  if (after !== undefined) {
    const at = /^\d{1,6}$/.test(after) ? now + Number(after) * 1000 : Date.parse(after)
    if (Number.isFinite(at)) return Math.max(now, at)
  }
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']
  if (isExhausted && reset !== undefined && /^\d{1,12}$/.test(reset)) return Math.max(now, Number(reset) * 1000)
  return now + unknownWaitMs
}

/** One for each token: what is refused once is not asked again before its time. */
export class RateLimit {
  readonly #name: string
  readonly #now: () => number
  readonly #sleep: (ms: number) => Promise<void>
  #until = 0

  constructor(name: string, now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#name = name
    this.#now = now
    this.#sleep = sleep
  }

  refusedUntil(at: number): void {
    this.#until = Math.max(this.#until, at)
  }

  /** Resolves when it may be asked; rejects with `too-many-attempts` when that is too far away. */
  async pass(about: string): Promise<void> {
    const wait = this.#until - this.#now()
    if (wait <= 0) return
    if (wait > longestWaitMs) {
      const until = new Date(this.#until).toISOString()
      throw new PlimsollError('too-many-attempts', `${this.#name} takes no more requests of this token until ${until} (${about}).`, {
        remedy: `Try again after ${until}, or connect the repository with a token that others do not use as well.`,
      })
    }
    await this.#sleep(wait)
  }
}
