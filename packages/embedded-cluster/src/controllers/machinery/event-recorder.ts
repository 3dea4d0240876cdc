import { isNotFound, type Clock, type KubeClient, type KubeObject } from '@plimsoll/kube'
import { timestamp } from './condition.ts'

export interface EventRecorder {
  /** Says what happened to an object. Never fails and never waits: an event is a courtesy, not a part of the work. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void
  /** Resolves when everything said so far is written or given up. */
  flush(): Promise<void>
}

// As client-go's EventCorrelator: 25 events at once per object and source, then one in 5 minutes; 4,096 series are remembered.
const burst = 25
const refillMs = 5 * 60_000
const rememberedSeries = 4096
const similarWithinMs = 10 * 60_000
const similarAtMost = 10
const waitingAtMost = 2000
// The API refuses longer ones (events validation: 1,024 bytes).
const messageAtMost = 1024

interface Series {
  name: string
  namespace: string
  firstTimestamp: string
  lastAt: number
  count: number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * Events as core/v1: the same thing said again counts up the event that is there; many alike are combined; floods are cut off.
 * `component` is the event's source, `deployment-controller` for instance.
 */
export function createEventRecorder(options: { client: KubeClient; clock: Clock; component: string; host?: string }): EventRecorder {
  const { client, clock, component, host } = options
  const series = new Map<string, Series>()
  const buckets = new Map<string, Bucket>()
  const similar = new Map<string, { messages: Set<string>; at: number }>()
  let waiting = 0
  let tail: Promise<void> = Promise.resolve()

  function mayPass(key: string): boolean {
    const now = clock.now()
    const bucket = buckets.get(key) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs)
    remember(buckets, key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    return tokens >= 1
  }

  /** The message to write: the same for all once more than ten different ones came within ten minutes. */
  function combined(key: string, message: string): string {
    const now = clock.now()
    const known = similar.get(key)
    const group = known !== undefined && now - known.at < similarWithinMs ? known : { messages: new Set<string>(), at: now }
    if (group.messages.size <= similarAtMost) group.messages.add(message)
    group.at = now
    remember(similar, key, group)
    return group.messages.size > similarAtMost ? `(combined from similar events): ${message}` : message
  }

  async function write(about: KubeObject, type: string, reason: string, message: string): Promise<void> {
    const now = clock.now()
    const group = [about.kind, about.metadata.namespace, about.metadata.name, about.metadata.uid, type, reason].join('\n')
    const text = combined(group, message.slice(0, messageAtMost - 50))
    const isCombined = text !== message.slice(0, messageAtMost - 50)
    const key = isCombined ? `${group}\n*` : `${group}\n${text}`
    const eventType = await client.typeOf('v1', 'Event')
    if (eventType === undefined) return
    const known = series.get(key)
    if (known !== undefined) {
      known.count++
      known.lastAt = now
      try {
        await client.patch(
          eventType,
          { namespace: known.namespace, name: known.name },
          { type: 'merge', patch: { count: known.count, lastTimestamp: timestamp(now), message: text } },
        )
        return
      } catch (error) {
        if (!isNotFound(error)) throw error
        // It has expired meanwhile: said anew.
        series.delete(key)
      }
    }
    // Objects without a namespace have their events in `default`, as client-go's recorder does.
    const namespace = about.metadata.namespace || 'default'
    const created = await client.create(eventType, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.metadata.name.slice(0, 200)}.${eventSuffix(now)}`, namespace },
      involvedObject: {
        kind: about.kind,
        ...(about.metadata.namespace ? { namespace: about.metadata.namespace } : {}),
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
      },
      reason,
      message: text,
      type,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      count: 1,
      reportingComponent: component,
      reportingInstance: host ?? '',
    } as KubeObject)
    remember(series, key, { name: created.metadata.name, namespace, firstTimestamp: timestamp(now), lastAt: now, count: 1 })
  }

  return {
    event(about, type, reason, message) {
      if (waiting >= waitingAtMost) return
      if (!mayPass(`${about.kind}/${about.metadata.namespace ?? ''}/${about.metadata.name}/${about.metadata.uid ?? ''}`)) return
      waiting++
      // Refused events (their namespace is going away) are lost on purpose.
      tail = tail
        .then(() => write(about, type, reason, message))
        .catch(() => {})
        .finally(() => waiting--)
    },
    flush: () => tail,
  }
}

let lastSuffix = 0n

/** Nanoseconds in hexadecimal, as client-go names events; never the same twice in one process. */
function eventSuffix(now: number): string {
  const candidate = BigInt(Math.trunc(now)) * 1_000_000n + BigInt(Math.floor(Math.random() * 1_000_000))
  lastSuffix = candidate > lastSuffix ? candidate : lastSuffix + 1n
  return lastSuffix.toString(16)
}

/** Keeps the map small by dropping what was used longest ago. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > rememberedSeries) {
    const oldest = map.keys().next().value
    if (oldest !== undefined) map.delete(oldest)
  }
}
