import type { Application } from '@plimsoll/api'
import { keyOf, summarize, type AppSummary } from '../facts/summary.ts'
import { api } from './api.ts'
import { isLaterVersion } from '../facts/resource-version.ts'
import { ApiError } from './http.ts'
import { LiveStream, type StreamState } from './live-stream.ts'

export interface FleetSnapshot {
  apps: readonly AppSummary[]
  byKey: ReadonlyMap<string, AppSummary>
  /** False until a list or a first batch has come. */
  isKnown: boolean
  stream: StreamState
  /** When the last change of an application came, in ms. */
  lastChangeAt: number | undefined
}

type WatchMessage = { result?: { type?: string; application?: Application }; error?: { message?: string } }

/** A burst of changes is drawn at once. */
const gatherMs = 60

/**
 * All applications, live, as summaries. One stream serves list, side bar, jump and the page of an application.
 * The list is read first, and the stream goes on from its resource version. A server that cannot go on from there sends everything
 * again, between `resync` and `synced`: what it has not named by then is gone.
 */
export class Fleet {
  #apps = new Map<string, AppSummary>()
  #snapshot: FleetSnapshot = { apps: [], byKey: new Map(), isKnown: false, stream: { name: 'connecting' }, lastChangeAt: undefined }
  #listeners = new Set<() => void>()
  #applicationListeners = new Set<(type: string, application: Application) => void>()
  #stream: LiveStream | undefined
  #state: StreamState = { name: 'connecting' }
  #isKnown = false
  #lastChangeAt: number | undefined
  /** What the server has named since it began again. */
  #named: Set<string> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  start(): void {
    if (this.#stream) return
    this.#stream = new LiveStream({
      path: '/api/v1/stream/applications',
      query: async (signal) => ({ resourceVersion: await this.#readList(signal), marks: 'true' }),
      onMessage: (data, event) => {
        if (event === 'resync') this.#named = new Set()
        else if (event === 'synced') this.#dropUnnamed()
        else this.#take(data as WatchMessage)
      },
      onState: (state) => {
        this.#state = state
        this.#publish()
      },
    })
  }

  stop(): void {
    this.#stream?.close()
    this.#stream = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#apps = new Map()
    this.#isKnown = false
    this.#state = { name: 'connecting' }
    this.#publish()
  }

  readonly tryNow = () => this.#stream?.tryNow()

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getSnapshot = () => this.#snapshot

  /** Whole applications as they come, for the page that shows one. */
  readonly onApplication = (listener: (type: string, application: Application) => void) => {
    this.#applicationListeners.add(listener)
    return () => this.#applicationListeners.delete(listener)
  }

  /** An answer to a request is as good as a message of the stream. */
  put(application: Application): void {
    const known = this.#apps.get(keyOf(application))
    if (known && isLaterVersion(known.resourceVersion, application.metadata.resourceVersion ?? '')) return
    this.#set(application)
    this.#publishSoon()
  }

  async #readList(signal: AbortSignal): Promise<string | undefined> {
    this.#named = undefined
    const { items, metadata } = await api.applications(signal)
    const next = new Map<string, AppSummary>()
    for (const application of items ?? []) {
      const key = keyOf(application)
      const known = this.#apps.get(key)
      const isSame = known !== undefined && known.resourceVersion !== '' && known.resourceVersion === application.metadata.resourceVersion
      const summary = isSame ? known : summarizeSafely(application)
      if (summary) next.set(key, summary)
    }
    this.#apps = next
    this.#isKnown = true
    this.#publish()
    return metadata?.resourceVersion
  }

  #dropUnnamed(): void {
    const named = this.#named
    if (!named) return
    this.#named = undefined
    for (const key of this.#apps.keys()) if (!named.has(key)) this.#apps.delete(key)
    this.#publishSoon()
  }

  #take(message: WatchMessage): void {
    const { type, application } = message.result ?? {}
    if (!type || !application?.metadata?.name) return
    const key = keyOf(application)
    this.#named?.add(key)
    if (type === 'DELETED') this.#apps.delete(key)
    else {
      const known = this.#apps.get(key)
      if (type === 'ADDED' && known && known.resourceVersion !== '' && known.resourceVersion === application.metadata.resourceVersion)
        return
      this.#set(application)
    }
    this.#lastChangeAt = Date.now()
    for (const listener of this.#applicationListeners) listener(type, application)
    this.#publishSoon()
  }

  #set(application: Application): void {
    const summary = summarizeSafely(application)
    if (summary) this.#apps.set(summary.key, summary)
  }

  #publishSoon(): void {
    this.#timer ??= setTimeout(() => this.#publish(), gatherMs)
  }

  #publish(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#snapshot = {
      apps: [...this.#apps.values()],
      byKey: new Map(this.#apps),
      isKnown: this.#isKnown,
      stream: this.#state,
      lastChangeAt: this.#lastChangeAt,
    }
    for (const listener of this.#listeners) listener()
  }
}

/** One application that is not in any known shape must not take the others with it. */
function summarizeSafely(application: Application): AppSummary | undefined {
  try {
    return summarize(application)
  } catch (cause) {
    console.error('An application could not be read', application.metadata?.name, cause)
    return undefined
  }
}

export const fleet = new Fleet()

export function streamError(state: StreamState): ApiError | undefined {
  return state.name === 'broken' || state.name === 'refused' ? state.error : undefined
}
