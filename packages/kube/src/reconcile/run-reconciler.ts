import { type Clock, type Outcome, systemClock } from './outcome.ts'
import type { WorkQueue } from './work-queue.ts'

export interface ReconcilerOptions {
  queue: WorkQueue
  /** Reads the state, acts, says how it went. What it throws is a failure like any other. */
  reconcile: (key: string) => Promise<Outcome>
  clock?: Clock
  /** Keys worked on at the same time. */
  concurrency: number
  /** After each run, for logs and metrics. `retryInMs` is there for a failure. */
  onOutcome?: (key: string, outcome: Outcome, run: { durationMs: number; retryInMs?: number }) => void
}

export interface RunningReconciler {
  /** No new run begins; resolves when those under way have ended. */
  stop(): Promise<void>
}

/** Works off a queue until it is stopped. One key is never worked on twice at the same time, and one key's failure is its own. */
export function runReconciler(options: ReconcilerOptions): RunningReconciler {
  const { queue, reconcile } = options
  const clock = options.clock ?? systemClock

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      const startedAt = clock.now()
      const outcome = await outcomeOf(key)
      const retryInMs = settle(key, outcome)
      queue.done(key)
      try {
        options.onOutcome?.(key, outcome, { durationMs: clock.now() - startedAt, ...(retryInMs !== undefined && { retryInMs }) })
      } catch {
        // Whoever listens fails for itself.
      }
    }
  }

  async function outcomeOf(key: string): Promise<Outcome> {
    try {
      return await reconcile(key)
    } catch (error) {
      return { failed: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  function settle(key: string, outcome: Outcome): number | undefined {
    if ('failed' in outcome) return queue.retry(key)
    queue.forget(key)
    if ('again' in outcome) queue.add(key, { priority: 'low', afterMs: Math.max(1, outcome.again.afterMs) })
    return undefined
  }

  const workers = Array.from({ length: Math.max(1, options.concurrency) }, work)
  return {
    async stop() {
      queue.stop()
      await Promise.all(workers)
    },
  }
}
