/** How long after the first signal another one is still the same wish: npm passes Ctrl-C on to a process that the terminal has told already. */
const sameWishMs = 400

export interface StopSignal {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
  readonly asked: Promise<void>
  readonly isAsked: boolean
  /** Called when somebody asks again, and does not want to wait. */
  onImpatience(leave: () => void): void
}

export function listenForStop(): StopSignal {
  let askedAt: number | undefined
  let leave: (() => void) | undefined
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (askedAt === undefined) {
          askedAt = performance.now()
          resolve()
        } else if (performance.now() - askedAt > sameWishMs) {
          leave?.()
        }
      })
    }
  })
  return {
    asked,
    get isAsked() {
      return askedAt !== undefined
    },
    onImpatience(callback) {
      leave = callback
    },
  }
}
