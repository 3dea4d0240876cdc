import { fleetLimits, type Application, type FleetCounts, type FleetRow, type FleetWindow } from '@plimsoll/api'
import { join, type ApiError, type Query } from './http.ts'
import { LiveStream, type StreamState } from './live-stream.ts'

/** A part of a list that somebody looks at. */
export interface ListWish {
  /** Filter and order, as the server takes them. */
  query: Query
  offset: number
  limit: number
}

/** A part of a list as it is now. Never changed once made. */
export interface FleetList {
  /** Of which query: its text. */
  of: string
  counts: FleetCounts
  /** Where in the order the first of `keys` stands. */
  offset: number
  limit: number
  keys: readonly string[]
  /** Those of `keys`, and some that were in sight before. */
  rows: ReadonlyMap<string, FleetRow>
}

export interface FleetSnapshot {
  /** The part that was looked at last. */
  list: FleetList | undefined
  /** How many there are, whatever is looked at; undefined until the first answer. */
  counts: Pick<FleetCounts, 'all' | 'degraded' | 'outOfSync'> | undefined
  stream: StreamState
  /** When the last change came, in ms. */
  lastChangeAt: number | undefined
}

export type ApplicationListener = (type: string, key: string, application: Application | undefined) => void

type Message = { result?: { type?: string; application?: Application; window?: FleetWindow } }

/** Scrolling asks for another part at most so often. */
const scrollMs = 100
/** What nobody follows any more is let go of when there is time. */
const releaseMs = 2_000
/** Rows that have been in sight are kept, up to so many, for whoever scrolls back. */
const mostRows = 1_500

export function textOfQuery(query: Query): string {
  return JSON.stringify(Object.entries(query).filter(([, value]) => value !== undefined && value !== ''))
}

/**
 * What the console knows of all applications: how many there are, the part of a list that is in sight, and the few that somebody follows.
 * One stream tells all of it, whatever page is open: a browser gives few connections. It is opened anew when something else is looked at;
 * what is known stays until the answer is there.
 */
export class Fleet {
  #snapshot: FleetSnapshot = { list: undefined, counts: undefined, stream: { name: 'connecting' }, lastChangeAt: undefined }
  #listeners = new Set<() => void>()
  #applicationListeners = new Set<ApplicationListener>()
  #stream: LiveStream | undefined
  #wish: ListWish | undefined
  #followed = new Map<string, number>()
  /** What the open stream was asked for. */
  #asked: { wish: ListWish | undefined; follow: readonly string[] } = { wish: undefined, follow: [] }
  #isFirstMessage = true
  /** Those that the server has named since the stream began. */
  #named = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerAt = 0

  start(): void {
    if (this.#stream) return
    this.#stream = new LiveStream({
      path: join('stream', 'fleet'),
      query: () => {
        this.#asked = { wish: this.#wish, follow: [...this.#followed.keys()].slice(-fleetLimits.followed) }
        this.#isFirstMessage = true
        const { wish, follow } = this.#asked
        return { ...wish?.query, offset: wish?.offset ?? 0, limit: wish?.limit ?? 0, follow }
      },
      onMessage: (data, event) => {
        if (event === 'resync') this.#named = new Set()
        else if (event === 'synced') this.#tellUnnamed()
        else this.#take(data as Message)
      },
      onState: (stream) => this.#publish({ stream }),
    })
  }

  stop(): void {
    this.#stream?.close()
    this.#stream = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#publish({ list: undefined, counts: undefined, stream: { name: 'connecting' }, lastChangeAt: undefined })
  }

  readonly tryNow = () => this.#stream?.tryNow()

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getSnapshot = () => this.#snapshot

  /** One list is in sight at a time. Ends with `undefined`. */
  show(wish: ListWish | undefined): void {
    const before = this.#wish
    this.#wish = wish
    if (wish === undefined) {
      if (before) this.#reopenIn(releaseMs)
      return
    }
    const of = textOfQuery(wish.query)
    const { wish: asked } = this.#asked
    const isSameQuery = asked !== undefined && textOfQuery(asked.query) === of
    if (!isSameQuery || asked.offset !== wish.offset || asked.limit !== wish.limit) this.#reopenIn(isSameQuery ? scrollMs : 0)
  }

  /** The whole application, now and with each change, goes to those who listen. */
  follow(key: string): () => void {
    this.#followed.set(key, (this.#followed.get(key) ?? 0) + 1)
    if (!this.#asked.follow.includes(key)) this.#reopenIn(0)
    return () => {
      const count = (this.#followed.get(key) ?? 0) - 1
      if (count > 0) this.#followed.set(key, count)
      else if (this.#followed.delete(key)) this.#reopenIn(releaseMs)
    }
  }

  /** Called for each application that somebody follows; without one when it is gone. */
  readonly onApplication = (listener: ApplicationListener) => {
    this.#applicationListeners.add(listener)
    return () => this.#applicationListeners.delete(listener)
  }

  #reopenIn(ms: number): void {
    const at = Date.now() + ms
    if (this.#timer !== undefined && this.#timerAt <= at) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#stream?.reopen()
    }, ms)
  }

  #tellUnnamed(): void {
    for (const key of this.#asked.follow) if (!this.#named.has(key)) this.#tell('DELETED', key, undefined)
  }

  #tell(type: string, key: string, application: Application | undefined): void {
    for (const listener of this.#applicationListeners) listener(type, key, application)
  }

  #take({ result }: Message): void {
    const { type, application, window } = result ?? {}
    if (window) this.#takeWindow(window)
    if (!type || !application?.metadata?.name) return
    const key = `${application.metadata.namespace ?? ''}/${application.metadata.name}`
    this.#named.add(key)
    this.#tell(type, key, type === 'DELETED' ? undefined : application)
  }

  #takeWindow(window: FleetWindow): void {
    const { wish } = this.#asked
    const isFirst = this.#isFirstMessage
    this.#isFirstMessage = false
    const change: Partial<FleetSnapshot> = isFirst ? {} : { lastChangeAt: Date.now() }
    if (window.counts) change.counts = window.counts
    if (wish) {
      const of = textOfQuery(wish.query)
      const before = this.#snapshot.list?.of === of ? this.#snapshot.list : undefined
      const counts = window.counts ?? before?.counts
      if (counts) {
        const keys = window.keys ?? before?.keys ?? []
        const rows = new Map(before?.rows)
        for (const row of window.rows ?? []) rows.set(row.summary.key, row)
        change.list = { of, counts, offset: wish.offset, limit: wish.limit, keys, rows: bounded(rows, keys) }
      }
    }
    this.#publish(change)
  }

  #publish(change: Partial<FleetSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function bounded(rows: Map<string, FleetRow>, keys: readonly string[]): Map<string, FleetRow> {
  if (rows.size <= mostRows) return rows
  return new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!] as const] : []))) // Looked for just now.
}

export const fleet = new Fleet()

export function streamError(state: StreamState): ApiError | undefined {
  return state.name === 'broken' || state.name === 'refused' ? state.error : undefined
}
