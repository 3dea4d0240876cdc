import { type Clock, systemClock } from './outcome.ts'

/** `high` for what a person waits for, `normal` for what a change asks for, `low` for what is looked at again by the clock. */
export type Priority = 'high' | 'normal' | 'low'

const order: readonly Priority[] = ['high', 'normal', 'low']

/**
 * Keys that somebody should look at. A key waits at most once and is worked on by at most one worker:
 * - added while it waits: it waits once, at the higher of both priorities;
 * - added while it is worked on: it runs exactly once more afterwards, however often it was added;
 * - delayed: the earliest time counts. A run answers everything that was asked for before it began, also delayed additions.
 * Within a priority the first come is the first served; a lower one gets every eighth turn, so that it is never starved.
 */
export interface WorkQueue {
  add(key: string, options?: { priority?: Priority; afterMs?: number }): void
  /** After a failure: again after a delay that doubles with each failure in a row. Returns the delay in ms. */
  retry(key: string, priority?: Priority): number
  /** Failures in a row are forgotten. */
  forget(key: string): void
  failuresOf(key: string): number
  /** The next key, or undefined once the queue is stopped. The taker calls `done` when it is through. */
  take(): Promise<string | undefined>
  done(key: string): void
  /** Drops a key that waits; one that is worked on is not run again. */
  remove(key: string): void
  /** No key is given out any more; what is worked on may end. */
  stop(): void
  readonly isStopped: boolean
  /** Whether a key waits, or is worked on. One that is delayed is not due. */
  isDue(key: string): boolean
  /** Keys that could be taken now. */
  readonly waiting: number
  readonly delayed: number
  readonly running: number
}

export interface WorkQueueOptions {
  clock?: Clock
  /** 0 to 1, for the jitter of delays. */
  random?: () => number
  /** First delay after a failure, and the longest. Default 1 s and 3 min. */
  backOff?: { baseMs: number; maxMs: number }
}

interface Entry {
  state: 'idle' | 'waiting' | 'running'
  /** Of the wait, or of the run to come after the running one. */
  priority: Priority
  again: boolean
  failures: number
  delay: { dueAt: number; priority: Priority; cancel(): void } | undefined
}

export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const backOff = options.backOff ?? { baseMs: 1000, maxMs: 180_000 }
  const entries = new Map<string, Entry>()
  const lines: Record<Priority, Set<string>> = { high: new Set(), normal: new Set(), low: new Set() }
  const takers: ((key: string | undefined) => void)[] = []
  let stopped = false
  let turn = 0
  let delayed = 0
  let running = 0

  function entryOf(key: string): Entry {
    let entry = entries.get(key)
    if (!entry) {
      entry = { state: 'idle', priority: 'low', again: false, failures: 0, delay: undefined }
      entries.set(key, entry)
    }
    return entry
  }

  function enqueue(key: string, entry: Entry, priority: Priority): void {
    if (entry.state === 'running') {
      entry.priority = entry.again ? higher(entry.priority, priority) : priority
      entry.again = true
      return
    }
    if (entry.state === 'waiting') {
      const raised = higher(entry.priority, priority)
      if (raised !== entry.priority) {
        lines[entry.priority].delete(key)
        lines[raised].add(key)
        entry.priority = raised
      }
      return
    }
    entry.state = 'waiting'
    entry.priority = priority
    lines[priority].add(key)
    hand()
  }

  function hand(): void {
    while (takers.length > 0) {
      const key = next()
      if (key === undefined) return
      takers.shift()?.(key)
    }
  }

  function next(): string | undefined {
    turn++
    const lowFirst = turn % 64 === 0
    const normalFirst = turn % 8 === 0
    const preferred: readonly Priority[] = lowFirst ? ['low', 'normal', 'high'] : normalFirst ? ['normal', 'low', 'high'] : order
    for (const priority of preferred) {
      const [key] = lines[priority]
      if (key === undefined) continue
      lines[priority].delete(key)
      const entry = entryOf(key)
      entry.state = 'running'
      entry.again = false
      clearDelay(entry)
      running++
      return key
    }
    turn--
    return undefined
  }

  function clearDelay(entry: Entry): void {
    if (!entry.delay) return
    entry.delay.cancel()
    entry.delay = undefined
    delayed--
  }

  function delay(key: string, entry: Entry, ms: number, priority: Priority): void {
    const dueAt = clock.now() + ms
    if (entry.delay && entry.delay.dueAt <= dueAt) {
      entry.delay.priority = higher(entry.delay.priority, priority)
      return
    }
    const raised = entry.delay ? higher(entry.delay.priority, priority) : priority
    clearDelay(entry)
    delayed++
    const timer = clock.setTimeout(() => {
      const due = entry.delay
      if (!due || stopped) return
      clearDelay(entry)
      enqueue(key, entry, due.priority)
    }, ms)
    entry.delay = { dueAt, priority: raised, cancel: () => timer.cancel() }
  }

  /** What carries nothing any more takes no memory. */
  function release(key: string, entry: Entry): void {
    if (entry.state === 'idle' && entry.failures === 0 && !entry.delay) entries.delete(key)
  }

  return {
    add(key, { priority = 'normal', afterMs = 0 } = {}) {
      if (stopped) return
      const entry = entryOf(key)
      if (afterMs > 0) delay(key, entry, afterMs, priority)
      else enqueue(key, entry, priority)
    },
    retry(key, priority = 'low') {
      const entry = entryOf(key)
      entry.failures++
      const full = Math.min(backOff.maxMs, backOff.baseMs * 2 ** Math.min(entry.failures - 1, 30))
      // Half of it fixed, half of it by chance: what failed together does not come back together.
      const ms = Math.max(1, Math.round(full * (0.5 + random() * 0.5)))
      if (!stopped) delay(key, entry, ms, priority)
      return ms
    },
    forget(key) {
      const entry = entries.get(key)
      if (!entry) return
      entry.failures = 0
      release(key, entry)
    },
    failuresOf: (key) => entries.get(key)?.failures ?? 0,
    take() {
      if (stopped) return Promise.resolve(undefined)
      const key = next()
      if (key !== undefined) return Promise.resolve(key)
      return new Promise((resolve) => takers.push(resolve))
    },
    done(key) {
      const entry = entries.get(key)
      if (entry?.state !== 'running') throw new Error(`'${key}' is done, but nobody took it`)
      running--
      entry.state = 'idle'
      if (entry.again && !stopped) {
        entry.again = false
        enqueue(key, entry, entry.priority)
      } else {
        entry.again = false
        release(key, entry)
      }
    },
    isDue: (key) => (entries.get(key)?.state ?? 'idle') !== 'idle',
    remove(key) {
      const entry = entries.get(key)
      if (!entry) return
      clearDelay(entry)
      entry.failures = 0
      entry.again = false
      if (entry.state === 'waiting') {
        lines[entry.priority].delete(key)
        entry.state = 'idle'
      }
      release(key, entry)
    },
    stop() {
      stopped = true
      for (const entry of entries.values()) clearDelay(entry)
      for (const line of Object.values(lines)) line.clear()
      for (const taker of takers.splice(0)) taker(undefined)
    },
    get isStopped() {
      return stopped
    },
    get waiting() {
      return lines.high.size + lines.normal.size + lines.low.size
    },
    get delayed() {
      return delayed
    },
    get running() {
      return running
    },
  }
}

function higher(a: Priority, b: Priority): Priority {
  return order.indexOf(a) <= order.indexOf(b) ? a : b
}
