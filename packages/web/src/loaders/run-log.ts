import type { RunLogLine } from '@plimsoll/api'
import { ApiError, isAbort } from '../client/http.ts'
import { LiveStream } from '../client/live-stream.ts'
import { resultOf } from '../client/messages.ts'
import { runsApi } from '../client/runs.ts'
import { mostWhole, pageLines, RunLog } from '../facts/run-log.ts'

export type LogState =
  | { name: 'loading' }
  | { name: 'live' }
  | { name: 'broken'; nextTryAt: number }
  | { name: 'ended' }
  | { name: 'failed'; error: ApiError }

const gatherMs = 80
const mostHits = 2_000

/**
 * The log of a job: all of it while it is short; of a long one the pages that are looked at, and its end. New lines come by the stream.
 * `onChange` is called after each change, at most every 80 ms.
 */
export class RunLogSource {
  readonly log = new RunLog()
  state: LogState = { name: 'loading' }
  readonly #jobId: string
  readonly #onChange: () => void
  readonly #abort = new AbortController()
  readonly #asked = new Set<number>()
  #stream: LiveStream | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(jobId: string, onChange: () => void) {
    this.#jobId = jobId
    this.#onChange = onChange
    void this.#start()
  }

  close(): void {
    this.#abort.abort()
    this.#stream?.close()
    clearTimeout(this.#timer)
  }

  /** Brings the lines between two numbers, where they are not here. */
  need(from: number, to: number): void {
    for (const index of this.log.missing(from, to)) {
      if (this.#asked.has(index)) continue
      this.#asked.add(index)
      this.#page(index * pageLines, pageLines)
        .then((lines) => {
          this.log.put(lines)
          this.log.forgetFarFrom(from)
          this.#changed()
        }, this.#fail)
        .finally(() => this.#asked.delete(index))
    }
  }

  /** Numbers of the lines that hold the text, through the whole log; `onProgress` after each page. */
  async find(test: (line: RunLogLine) => boolean, signal: AbortSignal, onProgress: (hits: number[], read: number) => void): Promise<void> {
    const hits: number[] = []
    for (let after = 0; after < this.log.total && hits.length < mostHits && !signal.aborted; after += pageLines) {
      const lines = await this.#page(after, pageLines)
      for (const line of lines) if (test(line)) hits.push(line.n)
      onProgress([...hits], Math.min(after + pageLines, this.log.total))
    }
  }

  /** The first line of a step, in a log that is not all here: steps only count up, so halving finds it. */
  async firstLineOf(step: number): Promise<number | undefined> {
    let low = 0
    let high = this.log.total
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [line] = await this.#page(middle, 1)
      if (line === undefined || line.step >= step) high = middle
      else low = middle + 1
    }
    return low < this.log.total ? low + 1 : undefined
  }

  async #start(): Promise<void> {
    try {
      let lines = await this.#page(0, pageLines)
      this.log.put(lines)
      this.#changed()
      // How long it is nobody says: is there a line beyond what is held whole?
      if (lines.length === pageLines && (await this.#page(mostWhole, 1)).length > 0) {
        const total = await this.#end(mostWhole)
        this.log.knowTotal(total)
        this.log.put(await this.#page(Math.max(0, Math.floor((total - 1) / pageLines) * pageLines), pageLines))
      } else {
        while (lines.length === pageLines) {
          lines = await this.#page(this.log.total, pageLines)
          this.log.put(lines)
          this.#changed()
        }
      }
      this.#follow()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The number of the last line: by doubling, then by halving. */
  async #end(known: number): Promise<number> {
    let low = known
    let high = known * 2
    while ((await this.#page(high, 1)).length > 0) {
      low = high
      high *= 2
    }
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2)
      if ((await this.#page(middle, 1)).length > 0) low = middle
      else high = middle
    }
    return low + 1
  }

  #follow(): void {
    if (this.#abort.signal.aborted) return
    this.#stream = new LiveStream({
      path: runsApi.logStreamPath(this.#jobId),
      query: () => ({ after: this.log.total }),
      onMessage: (data) => {
        const lines = resultOf(data)
        if (!Array.isArray(lines)) return
        this.log.put(lines as RunLogLine[])
        this.log.forgetFarFrom(this.log.total)
        this.#changed()
      },
      onState: (state) => {
        if (state.name === 'live' && this.state.name !== 'ended') this.#become({ name: 'live' })
        if (state.name === 'refused') this.#fail(state.error)
        if (state.name === 'broken') {
          this.#become({ name: 'broken', nextTryAt: state.nextTryAt })
          void this.#lookWhetherOver()
        }
      },
    })
  }

  /** The stream ends with the log. Whether that was it, or the connection, the log says. */
  async #lookWhetherOver(): Promise<void> {
    try {
      const { lines, isComplete } = await runsApi.log(this.#jobId, this.log.total, pageLines, this.#abort.signal)
      this.log.put(lines)
      if (!isComplete) return this.#changed()
      this.#stream?.close()
      this.#become({ name: 'ended' })
    } catch {
      // The stream tries again by itself.
    }
  }

  async #page(after: number, limit: number): Promise<RunLogLine[]> {
    return (await runsApi.log(this.#jobId, after, limit, this.#abort.signal)).lines
  }

  readonly #fail = (error: unknown): void => {
    if (isAbort(error) || this.#abort.signal.aborted) return
    this.#stream?.close()
    this.#become({ name: 'failed', error: error instanceof ApiError ? error : new ApiError(0, 'unreadable', String(error)) })
  }

  #become(state: LogState): void {
    this.state = state
    this.#changed()
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#onChange()
    }, gatherMs)
  }
}
