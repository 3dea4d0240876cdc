import type { Clock } from './outcome.ts'

/** A clock that a test moves. Timers run in the order of their time, then of their making; what they start gets to run before the next one. */
export class FakeClock implements Clock {
  #now: number
  #sequence = 0
  #timers: { at: number; sequence: number; run: () => void }[] = []

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + Math.max(0, ms), sequence: this.#sequence++, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer)
      },
    }
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.length
  }

  /** Moves on by `ms`, running what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    await settle()
    for (;;) {
      const next = this.#timers.filter((one) => one.at <= target).toSorted((a, b) => a.at - b.at || a.sequence - b.sequence)[0]
      if (!next) break
      this.#timers = this.#timers.filter((one) => one !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settle()
    }
    this.#now = target
  }

  /** Moves to the next timer, if there is one; false when there is none. */
  async advanceToNext(): Promise<boolean> {
    if (this.#timers.length === 0) return false
    const at = Math.min(...this.#timers.map((one) => one.at))
    await this.advance(Math.max(0, at - this.#now))
    return true
  }
}

/** Promises that are ready, and what they start, run to their end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
