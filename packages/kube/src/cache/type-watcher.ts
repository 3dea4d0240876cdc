import { KubeApiError, type KubeClient, type WatchEvent } from '../client/kube-client.ts'
import type { KubeObject, ResourceType } from '../object.ts'
import type { Clock } from '../reconcile/outcome.ts'

/** What the watcher of one type tells the cache. */
export interface TypeWatcherEvents {
  /** A list begins; returns what is to be told of it. */
  listBegins(): ListSession
  changed(event: WatchEvent): void
  problem(message: string | undefined): void
  /** Listed once, or failed once. */
  settled(): void
}

export interface ListSession {
  page(items: KubeObject[]): void
  /** Everything was listed: what is not in it is gone. */
  end(resourceVersion: string | undefined): void
}

export interface TypeWatcherOptions {
  client: KubeClient
  type: ResourceType
  /** Absent: all. */
  namespace?: string
  clock: Clock
  random: () => number
  signal: AbortSignal
  events: TypeWatcherEvents
  /** Takes a turn at listing; returns the way to give it back. Lists are the expensive part of a start. */
  listTurn: () => Promise<() => void>
}

const pageSize = 500
const backOff = { baseMs: 100, maxMs: 30_000 }
/** After this nobody waits for a list any more. */
const slowListMs = 10_000
/** A watch that holds this long is one that works. */
const holdsAfterMs = 1000
/** A watch that fails so often in a row is given up for a list: some servers refuse a resource version for ever. */
const failuresBeforeList = 4

/** Lists one type and watches it from there, until the signal ends it. Never throws. */
export async function watchType(options: TypeWatcherOptions): Promise<void> {
  const { client, type, namespace, clock, signal, events } = options
  const where = namespace === undefined ? {} : { namespace }
  let failures = 0

  while (!signal.aborted) {
    let resourceVersion: string | undefined
    try {
      resourceVersion = await list()
      failures = 0
      events.problem(undefined)
    } catch (error) {
      if (signal.aborted) return
      events.problem(messageOf(error))
      await sleep(delayAfter(++failures))
      continue
    } finally {
      events.settled()
    }
    await watchFrom(resourceVersion)
    // A relist is never a tight loop.
    await sleep(delayAfter(1))
  }

  async function list(): Promise<string | undefined> {
    const giveBack = once(await options.listTurn())
    // A webhook behind a kind may hang for as long as it likes: neither the other kinds nor the start of everything wait for that.
    const slow = clock.setTimeout(() => {
      events.problem(`its list has not come to an end within ${slowListMs / 1000} s`)
      events.settled()
      giveBack()
    }, slowListMs)
    try {
      try {
        return await listPages(pageSize)
      } catch (error) {
        if (!(error instanceof KubeApiError && error.code === 410)) throw error
        // The snapshot behind the continue token has expired: in one piece, as client-go's pager does.
        return await listPages(undefined)
      }
    } finally {
      slow.cancel()
      giveBack()
    }
  }

  async function listPages(limit: number | undefined): Promise<string | undefined> {
    const session = events.listBegins()
    let continueToken: string | undefined
    let resourceVersion: string | undefined
    do {
      const page = await client.list(type, {
        ...where,
        signal,
        ...(limit !== undefined && { limit }),
        ...(continueToken !== undefined && { continue: continueToken }),
      })
      signal.throwIfAborted()
      session.page(page.items)
      resourceVersion = page.metadata.resourceVersion ?? resourceVersion
      continueToken = page.metadata.continue || undefined
    } while (continueToken !== undefined)
    session.end(resourceVersion)
    return resourceVersion
  }

  /** Returns when only a new list can help. */
  async function watchFrom(start: string | undefined): Promise<void> {
    let resourceVersion = start
    let broken = 0
    while (!signal.aborted && resourceVersion) {
      const holds = clock.setTimeout(() => {
        broken = 0
        events.problem(undefined)
      }, holdsAfterMs)
      const startedAt = clock.now()
      let sawEvent = false
      try {
        for await (const event of client.watch(type, { ...where, resourceVersion, allowBookmarks: true, signal })) {
          if (signal.aborted) return
          if (!sawEvent) {
            sawEvent = true
            broken = 0
            events.problem(undefined)
          }
          events.changed(event)
          resourceVersion = (event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion) || resourceVersion
        }
        // The server ends each watch after some minutes. One that ends at once, and again and again, is slowed down.
        if (!sawEvent && clock.now() - startedAt < holdsAfterMs) broken++
      } catch (error) {
        if (signal.aborted) return
        if (needsList(error)) return
        broken++
        if (broken >= 2) events.problem(messageOf(error))
        if (broken >= failuresBeforeList) return
      } finally {
        holds.cancel()
      }
      if (broken > 0) await sleep(delayAfter(broken))
      else await sleep(options.random() * 20)
    }
  }

  function delayAfter(count: number): number {
    const full = Math.min(backOff.maxMs, backOff.baseMs * 2 ** Math.min(count - 1, 20))
    return full * (0.5 + options.random() * 0.5)
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = () => {
        timer.cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = clock.setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
    })
  }
}

/** The server does not know this resource version any more, or not yet, or refuses to watch: what it is, a list will tell. */
function needsList(error: unknown): boolean {
  return error instanceof KubeApiError && error.code !== 429 && (error.code < 500 || error.code === 504)
}

function once(run: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) run()
    isDone = true
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
