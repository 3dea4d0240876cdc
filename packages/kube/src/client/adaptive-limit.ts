import { type Clock, systemClock } from '../reconcile/outcome.ts'
import { KubeApiError } from './kube-client.ts'

/** How a request ended, as far as it tells how much the cluster can bear. */
export type RequestEnd = 'answered' | 'overloaded' | 'unknown'

export interface Turn {
  /** To be called once. `retryAfterMs`: what the cluster has asked for. */
  end(how: RequestEnd, retryAfterMs?: number): void
}

const firstLimit = 8
/** Sockets of this process, not a share of the cluster: how much that bears it says itself. */
const mostAtOnce = 128
/** Longer is asked for by who does not know better, or means ill. */
const longestPauseMs = 5 * 60_000

/**
 * How many requests a cluster is given at once: more as long as it answers, half when it refuses (429) or does not come to answer. The way of TCP
 * (RFC 5681: slow start, then additive increase, multiplicative decrease), for API Priority and Fairness, whose shares no client can know
 * (kubernetes.io, `flow-control`). What it asks to wait (`Retry-After`) everybody waits.
 */
export class AdaptiveLimit {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #waiting = new Set<() => void>()
  #limit = firstLimit
  /** Up to here it is doubled each round. */
  #threshold = mostAtOnce
  #running = 0
  #begun = 0
  /** Requests up to this one were sent before the last decrease: their failures say nothing new. */
  #decreasedAt = 0
  #pausedUntil = 0
  #timer: { cancel(): void } | undefined

  constructor(options: { clock?: Clock; random?: () => number } = {}) {
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
  }

  /** At once now, as a whole number. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit))
  }

  get running(): number {
    return this.#running
  }

  /** When requests may go out again; in the past when they may. */
  get pausedUntil(): number {
    return this.#pausedUntil
  }

  /** Waits for a turn. Rejects with the reason of `signal`, and with `KubeApiError` 429 when the cluster has asked for a longer pause than until `deadline`. */
  async enter(options: { deadline: number; signal?: AbortSignal }): Promise<Turn> {
    options.signal?.throwIfAborted()
    this.#refuseLate(options.deadline)
    if (this.#isFree() && this.#waiting.size === 0) this.#running++
    else await this.#wait(options)
    const number = ++this.#begun
    let isOver = false
    return {
      end: (how, retryAfterMs) => {
        if (isOver) return
        isOver = true
        this.#judge(number, how, retryAfterMs)
        this.#running--
        this.#hand()
      },
    }
  }

  /** A request that does not take part, such as a watch, was refused: everybody waits all the same. */
  pause(retryAfterMs: number): void {
    const ms = Math.min(longestPauseMs, Math.max(0, retryAfterMs))
    // Never earlier than asked for, and not all at the same moment as other clients.
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms * (1 + this.#random() * 0.2))
    this.#hand()
  }

  #judge(number: number, how: RequestEnd, retryAfterMs: number | undefined): void {
    if (how === 'answered') {
      // Who does not use what he has learns nothing about more.
      if (this.#running < this.limit) return
      this.#limit = Math.min(mostAtOnce, this.#limit + (this.#limit < this.#threshold ? 1 : 1 / this.#limit))
    } else if (how === 'overloaded') {
      if (number > this.#decreasedAt) {
        this.#decreasedAt = this.#begun
        this.#limit = Math.max(1, Math.min(this.#limit, this.#running) / 2)
        this.#threshold = this.#limit
      }
      if (retryAfterMs !== undefined) this.pause(retryAfterMs)
    }
  }

  #isFree(): boolean {
    return this.#running < this.limit && this.#pausedUntil <= this.#clock.now()
  }

  #wait({ deadline, signal }: { deadline: number; signal?: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go)
        signal?.removeEventListener('abort', abort)
        timer.cancel()
      }
      const go = (): void => {
        leave()
        resolve()
      }
      const abort = (): void => {
        leave()
        reject(signal?.reason as Error)
      }
      const timer = this.#clock.setTimeout(
        () => {
          leave()
          reject(new KubeApiError(429, 'TooManyRequests', 'no turn came up in time: the cluster answers more slowly than it is asked'))
        },
        Math.max(1, deadline - this.#clock.now()),
      )
      this.#waiting.add(go)
      signal?.addEventListener('abort', abort, { once: true })
      this.#hand()
    })
  }

  #refuseLate(deadline: number): void {
    if (this.#pausedUntil <= deadline) return
    const at = new Date(this.#pausedUntil).toISOString()
    throw new KubeApiError(429, 'TooManyRequests', `the cluster has asked not to be asked again before ${at}`)
  }

  #hand(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const pauseMs = this.#pausedUntil - this.#clock.now()
    if (pauseMs > 0) {
      if (this.#waiting.size > 0) this.#timer = this.#clock.setTimeout(() => this.#hand(), Math.ceil(pauseMs))
      return
    }
    for (const go of this.#waiting) {
      if (this.#running >= this.limit) return
      this.#running++
      go()
    }
  }
}
