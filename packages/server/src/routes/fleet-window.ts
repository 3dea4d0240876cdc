import type { FleetCounts, FleetRow, FleetWindow } from '@plimsoll/api'
import { rowOf } from '../fleet/fleet-entry.ts'
import type { FleetIndex } from '../fleet/fleet-index.ts'
import type { FleetQuery } from '../fleet/fleet-view.ts'
import { toPlimsollError } from '../http/error-answer.ts'
import type { EventStream } from '../http/event-stream.ts'

/** A change is told at once, and the next not before this: however much happens, nobody reads faster. */
const everyMs = 250
/** What comes together is told together. */
const gatherMs = 20
/** Some things change by time alone. */
const lookAgainMs = 15_000

export interface WindowOptions {
  query: FleetQuery
  offset: number
  limit: number
}

/** Tells a window until the stream ends. A slow reader gets what is, not what was: nothing waits for it. */
export function tellWindow(stream: EventStream, fleet: FleetIndex, { query, offset, limit }: WindowOptions): void {
  const told = new Map<string, string>()
  let toldKeys: string[] | undefined
  let toldCounts = ''
  let timer: NodeJS.Timeout | undefined
  let lastAt = Number.NEGATIVE_INFINITY
  let isSending = false

  /** What is another than what was told. */
  function news(): FleetWindow | undefined {
    const view = fleet.view(query)
    const entries = view.entries.slice(offset, offset + limit)
    const keys = entries.map((entry) => entry.key)
    const window: FleetWindow = {}
    const counts = textOf(view.counts)
    if (counts !== toldCounts) window.counts = view.counts
    if (!toldKeys || keys.length !== toldKeys.length || keys.some((key, index) => key !== toldKeys?.[index])) window.keys = keys
    const rows: FleetRow[] = []
    for (const entry of entries) {
      const { row, text } = rowOf(entry)
      if (told.get(entry.key) !== text) rows.push(row)
      told.set(entry.key, text)
    }
    if (rows.length > 0) window.rows = rows
    if (window.keys) {
      const present = new Set(keys)
      for (const key of told.keys()) if (!present.has(key)) told.delete(key)
    }
    toldKeys = keys
    toldCounts = counts
    return Object.keys(window).length > 0 ? window : undefined
  }

  async function send(): Promise<void> {
    timer = undefined
    if (isSending || stream.isClosed) return
    isSending = true
    lastAt = performance.now()
    try {
      const window = news()
      if (window) stream.send(`{"window":${JSON.stringify(window)}}`)
    } catch (error) {
      return stream.fail(toPlimsollError(error))
    }
    await stream.drained()
    isSending = false
    if (isWaiting) soon()
  }

  let isWaiting = false
  function soon(): void {
    isWaiting = isSending
    if (isSending || timer || stream.isClosed) return
    timer = setTimeout(() => void send(), Math.max(gatherMs, lastAt + everyMs - performance.now()))
  }

  const unsubscribe = fleet.subscribe(soon)
  const again = setInterval(soon, lookAgainMs)
  stream.onClosed(() => {
    unsubscribe()
    clearInterval(again)
    clearTimeout(timer)
  })
  void send()
}

const texts = new WeakMap<FleetCounts, string>()

function textOf(counts: FleetCounts): string {
  let text = texts.get(counts)
  if (text === undefined) {
    text = JSON.stringify(counts)
    texts.set(counts, text)
  }
  return text
}
