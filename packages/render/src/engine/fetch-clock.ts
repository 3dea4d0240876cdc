import type { SourceTree } from '../contract.ts'

export class FetchTimeout extends Error {
  override readonly name = 'FetchTimeout'
}

/** How often clocks are looked at: a timer for each of thousands of quick reads would cost more than the reads. */
const tickMs = 50

/**
 * Counts the time that one render waits for its trees, and only that: not the time in which it waits for a worker, which is the others' doing. When it
 * is over, everything that waits rejects with `FetchTimeout`.
 */
export class FetchClock {
  static readonly #running = new Set<FetchClock>()
  static #ticker: NodeJS.Timeout | undefined

  readonly #limitMs: number
  readonly #waiting = new Set<(error: FetchTimeout) => void>()
  #spentMs = 0
  #since = 0

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  wait<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#enter(reject)
      work.then(
        (value) => {
          this.#leave(reject)
          resolve(value)
        },
        (error: unknown) => {
          this.#leave(reject)
          reject(error as Error)
        },
      )
    })
  }

  /** The same tree, on this clock, asked each thing once: for one render it stays as it is, and to list a folder may take a walk on disk. */
  timed(tree: SourceTree): SourceTree {
    const hashes = new Map<string, ReturnType<SourceTree['hashOf']>>()
    const lists = new Map<string, ReturnType<SourceTree['list']>>()
    return {
      hashOf: (path) => once(hashes, path, () => this.wait(tree.hashOf(path))),
      list: (path) => once(lists, path, () => this.wait(tree.list(path))),
      read: (hash, maxBytes) => this.wait(tree.read(hash, maxBytes)),
      ...(tree.entry && { entry: (path: string) => this.wait(tree.entry?.(path) ?? Promise.resolve(undefined)) }),
    }
  }

  #enter(reject: (error: FetchTimeout) => void): void {
    if (this.#waiting.size === 0) {
      this.#since = performance.now()
      FetchClock.#running.add(this)
      FetchClock.#ticker ??= setInterval(() => FetchClock.#tick(), tickMs)
    }
    this.#waiting.add(reject)
  }

  #leave(reject: (error: FetchTimeout) => void): void {
    if (!this.#waiting.delete(reject) || this.#waiting.size > 0) return
    this.#spentMs += performance.now() - this.#since
    FetchClock.#running.delete(this)
  }

  /** The ticker goes when nobody has waited for a tick. */
  static #tick(): void {
    const now = performance.now()
    for (const clock of FetchClock.#running) if (clock.#spentMs + now - clock.#since >= clock.#limitMs) clock.#expire()
    if (FetchClock.#running.size > 0) return
    clearInterval(FetchClock.#ticker)
    FetchClock.#ticker = undefined
  }

  #expire(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    this.#spentMs = this.#limitMs
    FetchClock.#running.delete(this)
    for (const reject of waiting) reject(new FetchTimeout(`not fetched within ${this.#limitMs} ms`))
  }
}

function once<T>(known: Map<string, Promise<T>>, path: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(path)
  if (asked !== undefined) return asked
  const answer = ask()
  known.set(path, answer)
  return answer
}
