const lookEveryMs = 500

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
    const ask = (): void => {
      askedAt = performance.now()
      resolve()
    }
    watchNpm(() => {
      if (askedAt === undefined) ask()
    })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (askedAt === undefined) {
          ask()
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

/** Whoever ends npm means what it has started: npm that is killed cannot pass that on, and a process without it would run unseen. */
function watchNpm(onEnd: () => void): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onEnd()
  }, lookEveryMs)
  timer.unref()
}
