/**
 * Lets many that begin at the same time begin one after the other, with the event loop going round in between: what each does before it first waits
 * adds up to a stall otherwise.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #isScheduled = false

  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }
}
