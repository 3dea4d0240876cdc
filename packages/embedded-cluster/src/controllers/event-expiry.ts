import type { KubeObject } from '@plimsoll/kube'
import type { ClusterPart } from '../contract.ts'
import { millisOf } from './machinery/condition.ts'
import type { Machinery } from './machinery/machinery.ts'
import { eventKind } from './kinds.ts'

// `--event-ttl` of a real API server.
const lifetimeMs = 60 * 60_000
const sweepEveryMs = 5 * 60_000
// Events are a record of the last hour, not a log: a cluster that says more than this forgets the oldest first.
const keptAtMost = 10_000
const pageSize = 500

/** Deletes events that are older than an hour, or too many. */
export function eventExpiry(machinery: Machinery): ClusterPart {
  const { client, clock, log } = machinery.context
  let timer: { cancel(): void } | undefined
  let sweeping: Promise<void> = Promise.resolve()
  let isStopped = false

  async function sweep(): Promise<void> {
    const type = await client.typeOf(eventKind.apiVersion, eventKind.kind)
    if (type === undefined) return
    const living: { object: KubeObject; at: number }[] = []
    let token: string | undefined
    do {
      const page = await client.list(type, { limit: pageSize, ...(token === undefined ? {} : { continue: token }) })
      token = page.metadata.continue
      for (const item of page.items) living.push({ object: item, at: lastSaid(item) })
    } while (token !== undefined && token !== '' && !isStopped)
    living.sort((a, b) => a.at - b.at)
    for (const [index, { object, at }] of living.entries()) {
      if (isStopped || (at > clock.now() - lifetimeMs && living.length - index <= keptAtMost)) break
      await machinery.writer.delete({ ...object, apiVersion: eventKind.apiVersion, kind: eventKind.kind })
    }
  }

  function schedule(): void {
    timer = clock.setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) => log.warn({ err: error }, 'Events could not be swept'))
        .then(() => {
          if (!isStopped) schedule()
        })
    }, sweepEveryMs)
  }

  return {
    name: 'event-expiry',
    async start() {
      isStopped = false
      schedule()
    },
    async stop() {
      isStopped = true
      timer?.cancel()
      await sweeping
    },
  }
}

function lastSaid(event: KubeObject): number {
  const series = event['series'] as { lastObservedTime?: string } | undefined
  const times = [series?.lastObservedTime, event['lastTimestamp'], event['eventTime'], event.metadata.creationTimestamp]
  return Math.max(0, ...times.map((time) => (typeof time === 'string' ? (millisOf(time) ?? 0) : 0)))
}
