import { type Clock, createWorkQueue, done, type Outcome, type Priority, runReconciler, type WorkQueue } from '@plimsoll/kube'

export interface LanesOptions {
  clock: Clock
  /** Keys worked on at the same time, in each lane. */
  concurrency: number
  /** The lane that a key belongs to at this moment. */
  laneOf(key: string): string
  reconcile(key: string): Promise<Outcome>
  onOutcome(key: string, outcome: Outcome): void
}

interface Lane {
  queue: WorkQueue
  running: { stop(): Promise<void> } | undefined
}

/** How soon a key is tried again that is still worked on in the lane that it was in before. */
const crossingMs = 20

/**
 * A queue with workers of its own for each cluster, so that one that keeps its workers waiting makes nobody else wait. A key that moves from one to
 * another is never worked on in both.
 */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #busy = new Set<string>()
  #isStarted = false

  constructor(options: LanesOptions) {
    this.#options = options
  }

  add(key: string, options?: { priority?: Priority; afterMs?: number }): void {
    this.#lane(this.#options.laneOf(key)).queue.add(key, options)
  }

  /** Whether it waits, or is worked on. */
  isDue(key: string): boolean {
    return this.#lane(this.#options.laneOf(key)).queue.isDue(key)
  }

  start(): void {
    this.#isStarted = true
    for (const [name, lane] of this.#lanes) this.#run(name, lane)
  }

  /** A cluster is gone: what waits in its lane is forgotten. */
  drop(name: string): void {
    const lane = this.#lanes.get(name)
    this.#lanes.delete(name)
    if (lane?.running) void lane.running.stop()
    else lane?.queue.stop()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(async ({ queue, running }) => (running ? running.stop() : queue.stop())))
  }

  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, { queue }) => sum + queue.waiting, 0)
  }

  get running(): number {
    return [...this.#lanes.values()].reduce((sum, { queue }) => sum + queue.running, 0)
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = {
        queue: createWorkQueue({ clock: this.#options.clock, backOff: { baseMs: 1000, maxMs: 120_000 } }),
        running: undefined,
      }
      this.#lanes.set(name, lane)
      if (this.#isStarted) this.#run(name, lane)
    }
    return lane
  }

  #run(name: string, lane: Lane): void {
    const { clock, concurrency } = this.#options
    lane.running = runReconciler({
      queue: lane.queue,
      reconcile: (key) => this.#work(name, key),
      clock,
      concurrency,
      onOutcome: (key, outcome) => this.#options.onOutcome(key, outcome),
    })
  }

  async #work(name: string, key: string): Promise<Outcome> {
    const lane = this.#options.laneOf(key)
    if (lane !== name) {
      this.#lane(lane).queue.add(key, { priority: 'high' })
      return done
    }
    if (this.#busy.has(key)) return { again: { afterMs: crossingMs, reason: 'it is worked on for the cluster that it was in' } }
    this.#busy.add(key)
    try {
      return await this.#options.reconcile(key)
    } finally {
      this.#busy.delete(key)
    }
  }
}
