/** So many at once, in the order in which they came. */
export class Places {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Undefined when the signal came first. */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined
    if (this.#free > 0) this.#free--
    else {
      const isMine = await new Promise<boolean>((resolve) => {
        const go = (): void => {
          signal.removeEventListener('abort', onAbort)
          resolve(true)
        }
        const onAbort = (): void => {
          const at = this.#waiting.indexOf(go)
          if (at >= 0) this.#waiting.splice(at, 1)
          resolve(false)
        }
        this.#waiting.push(go)
        signal.addEventListener('abort', onAbort, { once: true })
      })
      if (!isMine) return undefined
    }
    let isLeft = false
    return () => {
      if (isLeft) return
      isLeft = true
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
