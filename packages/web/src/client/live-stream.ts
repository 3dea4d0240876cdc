import { ApiError, isAbort, send, type Query } from './http.ts'
import { readMessages } from './messages.ts'

/** How a stream fares. `since` says from when on what is shown may be old; `nextTryAt` is a time in ms. */
export type StreamState =
  | { name: 'connecting' }
  | { name: 'live' }
  | { name: 'broken'; since: number; nextTryAt: number; error: ApiError }
  | { name: 'refused'; error: ApiError }
  | { name: 'ended' }

export interface StreamOptions {
  path: string
  query?: () => Query
  /** The stream answers; what it says from now on comes by `onMessage`. */
  onOpen?: (signal: AbortSignal) => void | Promise<void>
  onMessage: (message: unknown) => void
  onState: (state: StreamState) => void
  /** A stream that has an end (a log that does not follow) is not opened again after it. */
  finite?: boolean
}

const firstDelayMs = 500
const longestDelayMs = 10_000
/** A browser gives one origin six connections over HTTP/1.1, for all tabs together: a tab that nobody looks at lets go of its own. */
const hiddenForMs = 15_000

/** A stream that comes back by itself. `close` ends it for good. */
export class LiveStream {
  readonly #options: StreamOptions
  #attempt: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined
  #delayMs = firstDelayMs
  #brokenSince: number | undefined
  #closed = false
  #paused = false

  constructor(options: StreamOptions) {
    this.#options = options
    document.addEventListener('visibilitychange', this.#onVisibility)
    window.addEventListener('online', this.tryNow)
    this.#connect()
  }

  readonly tryNow = () => {
    if (this.#closed || this.#attempt) return
    clearTimeout(this.#timer)
    this.#delayMs = firstDelayMs
    this.#connect()
  }

  close(): void {
    this.#closed = true
    document.removeEventListener('visibilitychange', this.#onVisibility)
    window.removeEventListener('online', this.tryNow)
    clearTimeout(this.#timer)
    clearTimeout(this.#hiddenTimer)
    this.#attempt?.abort()
  }

  readonly #onVisibility = () => {
    clearTimeout(this.#hiddenTimer)
    if (document.visibilityState === 'hidden') {
      this.#hiddenTimer = setTimeout(() => {
        this.#paused = true
        this.#attempt?.abort()
        clearTimeout(this.#timer)
      }, hiddenForMs)
    } else if (this.#paused) {
      this.#paused = false
      this.#brokenSince = undefined
      this.tryNow()
    }
  }

  #connect(): void {
    const attempt = new AbortController()
    this.#attempt = attempt
    void this.#run(attempt.signal).then((outcome) => {
      if (this.#attempt === attempt) this.#attempt = undefined
      if (this.#closed || this.#paused) return
      if (outcome === 'ended') return this.#options.onState({ name: 'ended' })
      if (outcome.status >= 400 && outcome.status < 500 && outcome.status !== 429 && outcome.status !== 408) {
        return this.#options.onState({ name: 'refused', error: outcome })
      }
      this.#brokenSince ??= Date.now()
      const wait = this.#delayMs * (0.8 + Math.random() * 0.4)
      this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs)
      this.#options.onState({ name: 'broken', since: this.#brokenSince, nextTryAt: Date.now() + wait, error: outcome })
      this.#timer = setTimeout(this.tryNow, wait)
    })
  }

  /** Reads until it ends. Never throws. */
  async #run(signal: AbortSignal): Promise<ApiError | 'ended'> {
    const { path, query, onOpen, onMessage, onState, finite } = this.#options
    try {
      const response = await send('GET', path, { query: query?.() ?? {}, signal })
      if (!response.body) throw new ApiError(response.status, 'unreadable', path)
      const opened = onOpen?.(signal)
      let isLive = false
      const goLive = () => {
        isLive = true
        this.#delayMs = firstDelayMs
        this.#brokenSince = undefined
        onState({ name: 'live' })
      }
      // What cannot be opened fully is not live: the reading below ends with it.
      const opening = Promise.resolve(opened).then(goLive)
      const reading = (async () => {
        for await (const message of readMessages(response.body as ReadableStream<Uint8Array>)) onMessage(message)
      })()
      reading.catch(() => {})
      await Promise.race([opening.then(() => reading), reading])
      if (!isLive) await opening
      return finite ? 'ended' : new ApiError(0, 'no-answer', 'The stream ended')
    } catch (cause) {
      this.#attempt?.abort()
      if (cause instanceof ApiError) return cause
      return new ApiError(0, 'no-answer', isAbort(cause) ? 'aborted' : String(cause))
    }
  }
}
