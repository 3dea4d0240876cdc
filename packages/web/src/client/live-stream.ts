import type { ErrorBody } from '@plimsoll/api'
import { ApiError, isAbort, noticeSignedOut, noticeStreamEnded, send, type Query } from './http.ts'
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
  /** Asked before each attempt: where to go on, once something is known already. */
  query?: (signal: AbortSignal) => Query | Promise<Query>
  onMessage: (data: unknown, event?: string) => void
  onState: (state: StreamState) => void
  /** A stream that has an end (a log that does not follow) is not opened again after it. */
  finite?: boolean
}

const firstDelayMs = 500
const longestDelayMs = 10_000
/** A browser gives one origin six connections over HTTP/1.1, for all tabs together: a tab that nobody looks at lets go of its own. */
const hiddenForMs = 15_000
/** The server sends something every 15 s, if only a comment. After three times that, nobody is there. */
const silentForMs = 45_000

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
  /** For the time of the next attempt. */
  #isWaiting = false

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

  /** What is asked for has changed. Where the next attempt comes by itself, it asks for that; nothing is said of the change. */
  readonly reopen = () => {
    if (this.#closed || this.#paused || this.#isWaiting) return
    const before = this.#attempt
    this.#connect()
    before?.abort()
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
    this.#isWaiting = false
    void this.#run(attempt).then((outcome) => {
      // Another one is under way, which is asked for something else.
      if (this.#attempt !== attempt) return
      this.#attempt = undefined
      if (this.#closed || this.#paused) return
      if (outcome === 'ended') return this.#options.onState({ name: 'ended' })
      if (outcome.status >= 400 && outcome.status < 500 && outcome.status !== 429 && outcome.status !== 408) {
        return this.#options.onState({ name: 'refused', error: outcome })
      }
      this.#brokenSince ??= Date.now()
      const wait = this.#delayMs * (0.8 + Math.random() * 0.4)
      this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs)
      this.#options.onState({ name: 'broken', since: this.#brokenSince, nextTryAt: Date.now() + wait, error: outcome })
      this.#isWaiting = true
      this.#timer = setTimeout(this.tryNow, wait)
    })
  }

  /** Reads until it ends. Never throws. */
  async #run(attempt: AbortController): Promise<ApiError | 'ended'> {
    const { path, query, onMessage, onState, finite } = this.#options
    const { signal } = attempt
    let silence: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => attempt.abort(), silentForMs)
    }
    try {
      const accept = 'text/event-stream, application/json;q=0.9'
      const response = await send('GET', path, { query: (await query?.(signal)) ?? {}, signal, accept })
      if (!response.body) throw new ApiError(response.status, 'unreadable', path)
      if (this.#attempt !== attempt) throw new ApiError(0, 'no-answer', 'another attempt has begun')
      this.#delayMs = firstDelayMs
      this.#brokenSince = undefined
      onState({ name: 'live' })
      // A log that does not follow ends by itself; a heartbeat is not owed.
      if (!finite) heard()
      for await (const { data, event } of readMessages(response.body, finite ? undefined : heard)) {
        if (this.#attempt !== attempt) break
        const failure = failureIn(data)
        if (failure) throw failure
        onMessage(data, event)
      }
      if (finite) return 'ended'
      if (this.#attempt === attempt) noticeStreamEnded()
      return new ApiError(0, 'no-answer', 'The stream ended')
    } catch (cause) {
      attempt.abort()
      if (cause instanceof ApiError) {
        if (cause.reason === 'unauthenticated') noticeSignedOut()
        return cause
      }
      return new ApiError(0, 'no-answer', isAbort(cause) ? 'aborted' : String(cause))
    } finally {
      clearTimeout(silence)
    }
  }
}

/** `{"error": …}` in the middle of a stream: the server could not go on. */
function failureIn(data: unknown): ApiError | undefined {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'error')) return undefined
  const { error } = data as { error?: Partial<ErrorBody> | string }
  if (typeof error === 'string') return new ApiError(0, 'internal', error)
  const isSignedOut = error?.reason === 'unauthenticated' || error?.code === 16
  return new ApiError(
    isSignedOut ? 401 : error?.reason === 'not-found' ? 404 : 0,
    isSignedOut ? 'unauthenticated' : (error?.reason ?? 'internal'),
    error?.message ?? error?.error ?? '',
    error,
  )
}
