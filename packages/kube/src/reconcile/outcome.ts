/**
 * What a reconciler says when it is through. It never throws for an expected failure.
 * - `done`: nothing to do until something changes.
 * - `again`: look again after `afterMs`, because of `reason`.
 * - `failed`: retried with back-off.
 * - `stalled`: not retried until the spec or the source changes.
 */
export type Outcome = { done: true } | { again: { afterMs: number; reason: string } } | { failed: Error } | { stalled: Error }

export const done: Outcome = { done: true }

/** Time, ids and randomness, so that a test can run a thousand hours in a second. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  setTimeout(run: () => void, ms: number): { cancel(): void }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}
