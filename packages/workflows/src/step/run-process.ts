import type { Sandbox, StepCommand } from '../sandbox/sandbox.ts'

/** GitHub's runner: SIGINT, then SIGTERM after 7.5 s, then SIGKILL 2.5 s later. */
export const cancelLadder = { terminateAfterMs: 7_500, killAfterMs: 2_500 }
/** What the program left behind may hold the pipe for ever: when nothing has come for so long after its end, all is there. */
const quietMs = 30
const drainMs = 5_000

export interface ProcessEnd {
  code: number
  /** Why it was ended by us. */
  ended?: 'cancelled' | 'timedOut' | 'limit'
}

export interface ProcessLimits {
  signal: AbortSignal
  timeoutMs?: number
  /** Ends the process when it is aborted, at once; the reason is told by whoever aborts. */
  limit?: AbortSignal
  streams?: 'both' | 'stdout'
}

/** Runs a program of a step to its end. `take` may answer with a promise: then nothing more is read until it resolves. */
export async function runInSandbox(
  sandbox: Sandbox,
  command: StepCommand,
  limits: ProcessLimits,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<ProcessEnd> {
  if (limits.signal.aborted) return { code: 130, ended: 'cancelled' }
  const child = await sandbox.start(command, { streams: limits.streams ?? 'both' })
  let ended: ProcessEnd['ended']
  const timers: NodeJS.Timeout[] = []
  const stop = (why: NonNullable<ProcessEnd['ended']>): void => {
    if (ended !== undefined && why !== 'limit') return
    ended ??= why
    if (why === 'limit') return child.signal('SIGKILL')
    child.signal('SIGINT')
    timers.push(
      setTimeout(() => {
        child.signal('SIGTERM')
        timers.push(setTimeout(() => child.signal('SIGKILL'), cancelLadder.killAfterMs))
      }, cancelLadder.terminateAfterMs),
    )
  }
  const onCancel = (): void => stop('cancelled')
  const onLimit = (): void => stop('limit')
  limits.signal.addEventListener('abort', onCancel, { once: true })
  limits.limit?.addEventListener('abort', onLimit, { once: true })
  if (limits.timeoutMs !== undefined) timers.push(setTimeout(() => stop('timedOut'), Math.min(limits.timeoutMs, 2 ** 31 - 1)))

  // It may have come while the program was being started.
  if (limits.limit?.aborted) onLimit()
  else if (limits.signal.aborted) onCancel()

  let isClosed = false
  let lastData = 0
  let counter = 0
  let busy: Promise<void> | undefined
  const closed = new Promise<void>((resolve) => {
    child.output.once('close', () => {
      isClosed = true
      resolve()
    })
  })
  child.output.on('error', () => child.output.destroy())
  child.output.on('data', (chunk: Buffer) => {
    counter++
    lastData = counter
    busy = take(chunk)
    if (busy === undefined) return
    child.output.pause()
    void busy.then(() => child.output.resume())
  })
  try {
    const { code } = await child.ended
    const until = Date.now() + drainMs
    while (!isClosed && Date.now() < until) {
      const before = lastData
      let timer: NodeJS.Timeout | undefined
      await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, quietMs)))])
      clearTimeout(timer)
      await busy
      if (lastData === before && !child.output.isPaused()) break
      if (limits.limit?.aborted) break
    }
    return { code, ...(ended !== undefined && { ended }) }
  } finally {
    for (const timer of timers) clearTimeout(timer)
    limits.signal.removeEventListener('abort', onCancel)
    limits.limit?.removeEventListener('abort', onLimit)
    child.output.destroy()
  }
}
