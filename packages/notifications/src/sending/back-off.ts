const firstMs = 5000
const longestMs = 10 * 60_000

interface Failure {
  count: number
  notBefore: number
  message: string
}

/** Messages that could not be sent: when each is tried again, and why it failed. Forgotten with the process, which then tries at once. */
export class BackOff {
  readonly #failures = new Map<string, Failure>()

  get(key: string): Readonly<Failure> | undefined {
    return this.#failures.get(key)
  }

  fail(key: string, message: string, now: number, retryAfterMs = 0): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1
    const waitMs = Math.max(Math.min(firstMs * 2 ** (count - 1), longestMs), retryAfterMs)
    this.#failures.set(key, { count, notBefore: now + waitMs, message })
  }

  clear(key: string): void {
    this.#failures.delete(key)
  }

  /** Of everything whose key begins so. */
  clearAll(prefix: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(prefix)) this.#failures.delete(key)
  }

  /** The settings have changed: what failed may go now. */
  hurry(): void {
    for (const failure of this.#failures.values()) failure.notBefore = 0
  }
}
