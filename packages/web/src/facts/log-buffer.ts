export interface LogLine {
  /** Counts up from 1 and is never used again, also when earlier lines have gone. */
  number: number
  text: string
  at: number | undefined
  pod: string
}

/** The last lines of a log, and no more: what came before is counted. */
export class LogBuffer {
  readonly #most: number
  readonly #longest: number
  #lines: LogLine[] = []
  #next = 1
  #dropped = 0

  constructor(most = 5_000, longestLine = 16_384) {
    this.#most = most
    this.#longest = longestLine
  }

  add(entries: readonly { text: string; at: number | undefined; pod: string }[]): void {
    for (const entry of entries) {
      const text = entry.text.length > this.#longest ? `${entry.text.slice(0, this.#longest)} …` : entry.text
      this.#lines.push({ number: this.#next++, text, at: entry.at, pod: entry.pod })
    }
    // In one go and with room to spare, so that a fast log does not copy itself with every line.
    if (this.#lines.length > this.#most * 1.2) {
      const surplus = this.#lines.length - this.#most
      this.#lines = this.#lines.slice(surplus)
      this.#dropped += surplus
    }
  }

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  get dropped(): number {
    return this.#dropped
  }

  clear(): void {
    this.#lines = []
    this.#next = 1
    this.#dropped = 0
  }
}
