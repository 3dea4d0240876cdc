/** Who waits for whom, so that a look at one brings on those that wait for it. Keys are those of the queue. */
export class Waiting {
  readonly #on = new Map<string, readonly string[]>()
  readonly #for = new Map<string, Set<string>>()

  /** `on` none: it waits no more. */
  set(key: string, on: readonly string[]): void {
    for (const other of this.#on.get(key) ?? []) {
      const waiting = this.#for.get(other)
      waiting?.delete(key)
      if (waiting?.size === 0) this.#for.delete(other)
    }
    if (on.length === 0) {
      this.#on.delete(key)
      return
    }
    this.#on.set(key, on)
    for (const other of on) this.#for.set(other, (this.#for.get(other) ?? new Set()).add(key))
  }

  waitingFor(key: string): readonly string[] {
    return [...(this.#for.get(key) ?? [])]
  }
}
