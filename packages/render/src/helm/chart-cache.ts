/** What was made of a chart's content, least recently used out first. */
export class ChartCache<Made> {
  readonly #kept = new Map<string, { made: Made; size: number }>()
  readonly #maxSize: number
  readonly #maxCount: number
  #size = 0

  constructor(maxSize: number, maxCount = 500) {
    this.#maxSize = maxSize
    this.#maxCount = maxCount
  }

  /** `sizeOf` is asked for what was not there before: what it takes, by the same measure as the limit. */
  get(key: string, make: () => Made, sizeOf: (made: Made) => number): Made {
    const known = this.#kept.get(key)
    if (known !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, known)
      return known.made
    }
    const made = make()
    const size = sizeOf(made)
    this.#kept.set(key, { made, size })
    this.#size += size
    for (const [oldest, entry] of this.#kept) {
      if (this.#size <= this.#maxSize && this.#kept.size <= this.#maxCount) break
      // What was just made stays, however large.
      if (oldest === key) break
      this.#kept.delete(oldest)
      this.#size -= entry.size
    }
    return made
  }
}
