import { randomBytes } from 'node:crypto'
import type { Application, ApplicationWatchEvent } from '@plimsoll/api'
import type { Applications } from '@plimsoll/applications'
import type { EventStream } from '../http/event-stream.ts'
import type { FieldSelection } from '../http/field-selection.ts'

const kept = 2000

export interface FollowOptions {
  /** A position that a list has named. */
  since: string | undefined
  isWanted: (application: Application) => boolean
  /** Asked of each change: one that goes where the reader may not see it is told as gone. */
  isVisible: (application: Application) => boolean
  /** All that may be wanted, where that is known without a look at each. */
  among?: () => readonly Application[]
  fields: FieldSelection | undefined
  /** Whether the reader knows the named events. Others take every `data:` line for a change. */
  hasMarks: boolean
}

interface Told {
  event: ApplicationWatchEvent
  position: number
}

/**
 * One subscription to all Applications, shared by everyone who follows them. It remembers the last changes, so that who has listed at a
 * position misses nothing; and it keeps per reader at most two changes of an Application back, the newest, however slow the reader is.
 */
export interface ApplicationFeed {
  position(): string
  /** Follows until the stream ends. `isWanted` picks applications. */
  follow(stream: EventStream, options: FollowOptions): void
  close(): void
}

export function createApplicationFeed(applications: Applications): ApplicationFeed {
  // Positions of an earlier process mean nothing here.
  const epoch = randomBytes(6).toString('hex')
  const recent: Told[] = []
  const readers = new Set<(event: ApplicationWatchEvent) => void>()
  const texts = new WeakMap<Application, string>()
  let last = 0

  const unsubscribe = applications.subscribe((event) => {
    recent.push({ event, position: ++last })
    if (recent.length > kept) recent.splice(0, recent.length - kept)
    for (const reader of readers) reader(event)
  })

  function textOf(application: Application): string {
    let text = texts.get(application)
    if (text === undefined) {
      text = JSON.stringify(application)
      texts.set(application, text)
    }
    return text
  }

  /** What happened since a position; undefined when that is too long ago, or not ours. */
  function since(position: string | undefined): ApplicationWatchEvent[] | undefined {
    const [from, at] = position?.split('-') ?? []
    if (from !== epoch || at === undefined) return undefined
    const number = Number(at)
    const oldest = recent[0]?.position ?? last + 1
    if (!(number >= oldest - 1 && number <= last)) return undefined
    return recent.filter((told) => told.position > number).map((told) => told.event)
  }

  return {
    position: () => `${epoch}-${last}`,
    follow(stream, options) {
      const pending = new Map<string, { events: ApplicationWatchEvent[]; missed: number }>()
      let sending = false

      const told = new Set<string>()
      function offer(event: ApplicationWatchEvent): void {
        const key = keyOf(event.application)
        if (!options.isWanted(event.application)) return
        if (options.isVisible(event.application)) {
          if (event.type === 'DELETED') told.delete(key)
          else told.add(key)
          return put(key, event)
        }
        // It has gone into another project: of what it is there, nothing is told.
        if (told.delete(key)) put(key, { type: 'DELETED', application: nameOnly(event.application) })
      }

      function put(key: string, event: ApplicationWatchEvent): void {
        const waiting = pending.get(key)
        if (!waiting) pending.set(key, { events: [event], missed: 0 })
        else merge(waiting, event)
        if (!sending) void send()
      }

      async function send(): Promise<void> {
        sending = true
        for (let count = 1; !stream.isClosed; count++) {
          const first = pending.entries().next()
          if (first.done) break
          const [key, { events, missed }] = first.value
          pending.delete(key)
          const told = missed === 0 ? '' : `,"missed":${missed}`
          for (const { type, application } of events) stream.send(messageOf(type, application, told))
          await stream.drained()
          // Thousands of applications at once are others' waiting time.
          if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        sending = false
        announceSynced()
      }

      function messageOf(type: string, application: Application, told: string): string {
        if (!options.fields) return `{"type":"${type}","application":${textOf(application)}${told}}`
        const { result } = options.fields.apply({ result: { type, application } }) as { result?: object }
        return JSON.stringify({ ...result, type })
      }

      let isAnnounced = false
      function announceSynced(): void {
        if (isAnnounced || stream.isClosed) return
        isAnnounced = true
        if (options.hasMarks) stream.sendNamed('synced', JSON.stringify({ resourceVersion: `${epoch}-${last}` }))
      }

      const changes = since(options.since)
      if (changes) {
        // Whoever has listed knows what there was to see.
        for (const application of applications.list()) if (options.isVisible(application)) told.add(keyOf(application))
        for (const event of changes) offer(event)
      } else {
        // Whoever held an older state learns here that it is void, and from `synced` on that what was not told is gone.
        if (options.hasMarks) stream.sendNamed('resync', '{}')
        for (const application of options.among?.() ?? applications.list()) offer({ type: 'ADDED', application })
      }
      readers.add(offer)
      stream.onClosed(() => {
        readers.delete(offer)
        pending.clear()
      })
      if (!sending) announceSynced()
    },
    close: () => unsubscribe(),
  }
}

function keyOf({ metadata }: Application): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function nameOnly({ metadata: { name, namespace } }: Application): Application {
  return { metadata: { name, ...(namespace !== undefined && { namespace }) }, spec: { destination: {} } }
}

/** The newest state wins; a deletion in between is kept, because it was another object. `missed` counts what is not told. */
function merge(waiting: { events: ApplicationWatchEvent[]; missed: number }, event: ApplicationWatchEvent): void {
  const before = waiting.events.at(-1)
  if (before?.type === 'DELETED' || !before) {
    waiting.events.push(event)
  } else if (event.type === 'DELETED') {
    waiting.events[waiting.events.length - 1] = event
    waiting.missed++
  } else {
    waiting.events[waiting.events.length - 1] = { type: before.type === 'ADDED' ? 'ADDED' : event.type, application: event.application }
    waiting.missed++
  }
  while (waiting.events.length > 2) {
    waiting.events.shift()
    waiting.missed++
  }
}
