import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Link } from './link.ts'

export interface KeptLink {
  /** Resolves when it is connected for the first time; rejects when it is given up before. */
  readonly linked: Promise<void>
  /** Told by the link when its connection is gone. True: there will be another one. */
  lost(): boolean
  stop(): void
}

const greetingMs = 30_000
const longestPauseMs = 5_000
/** One that broke within this time is not made anew at once. */
const shortMs = 1_000

/**
 * Sees to it that a link has a connection: makes one, and another one when that is gone, until `forMs` have passed without any. `whyOver`: why nobody will
 * ever answer, when that is known; rejects when nobody can tell. `givenUp` is called once.
 */
export function keepLinked(options: {
  link: Link
  connect(): Promise<Duplex>
  whyOver(): Promise<string | undefined>
  givenUp(why: string): void
  forMs: number
}): KeptLink {
  const { link, forMs } = options
  const stopped = new AbortController()
  let isTrying = false
  let linkedAt = 0
  let resolveLinked = (): void => undefined
  let rejectLinked: (error: Error) => void = () => undefined
  const linked = new Promise<void>((resolve, reject) => {
    resolveLinked = resolve
    rejectLinked = reject
  })
  linked.catch(() => undefined)

  async function tryUntilLinked(): Promise<void> {
    const until = Date.now() + forMs
    let last = 'nobody answers'
    for (let attempt = 0; !stopped.signal.aborted; attempt++) {
      const over = await options.whyOver().catch((error: unknown) => {
        last = messageOf(error)
        return undefined
      })
      if (stopped.signal.aborted) return
      if (over !== undefined) return giveUp(over)
      if (attempt === 0 && Date.now() - linkedAt < shortMs) await pause(shortMs)
      const problem = await tryOnce()
      if (problem === undefined) {
        linkedAt = Date.now()
        return resolveLinked()
      }
      last = problem
      const pauseMs = Math.min(100 * 2 ** Math.min(attempt, 10), longestPauseMs)
      if (Date.now() + pauseMs > until) return giveUp(`For ${Math.round(forMs / 1000)} s there was no connection to the job's pod: ${last}`)
      await pause(pauseMs)
    }
  }

  async function pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: stopped.signal }).catch(() => undefined)
  }

  /** Undefined when it is connected; else why not. */
  async function tryOnce(): Promise<string | undefined> {
    try {
      const transport = await options.connect()
      if (stopped.signal.aborted) {
        transport.destroy()
        return 'it is not wanted any more'
      }
      let why = 'the connection broke'
      const ended = new Promise<void>((resolve) => {
        transport.once('error', (error) => (why = error.message))
        transport.once('close', resolve)
      })
      link.attach(transport)
      const until = Date.now() + greetingMs
      while (!link.isUp && !transport.destroyed && Date.now() < until) await Promise.race([ended, wait(10)])
      if (link.isUp) return undefined
      transport.destroy()
      return why
    } catch (error) {
      return messageOf(error)
    }
  }

  function giveUp(why: string): void {
    rejectLinked(new Error(why))
    options.givenUp(why)
  }

  function begin(): void {
    if (isTrying || stopped.signal.aborted) return
    isTrying = true
    void tryUntilLinked().finally(() => {
      isTrying = false
      // It may have broken at once.
      if (!link.isUp && !link.isClosed) begin()
    })
  }
  begin()
  return {
    linked,
    lost() {
      begin()
      return !stopped.signal.aborted
    },
    stop() {
      stopped.abort()
      rejectLinked(new Error('The connection is not wanted any more.'))
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
