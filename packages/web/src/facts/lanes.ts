import type { PromotionView } from '@plimsoll/api'
import { releaseLabel } from './delivery-look.ts'

export interface Lane {
  stage: string
  blocks: LaneBlock[]
  events: LaneEvent[]
  /** What is in it now. */
  now?: PromotionView
}

export interface LaneBlock {
  id: string
  label: string
  /** In percent of the time that is shown. */
  left: number
  width: number
  isCurrent: boolean
  /** It came in place of something that was reverted, so a mark stands at its start. */
  isAfterEvent: boolean
  promotion: PromotionView
}

export interface LaneEvent {
  id: string
  left: number
  promotion: PromotionView
}

export interface Lanes {
  lanes: Lane[]
  from: number
  to: number
  ticks: { left: number; at: number }[]
}

const day = 24 * 60 * 60 * 1000
const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 2880, 7200, 14_400, 43_200].map((minutes) => minutes * 60_000)
const mostTicks = 8
const shortest = 5 * 60 * 1000
const longest = 90 * day

/** What ran where, over time: one lane for each stage in the order of the delivery. Promotions that failed to arrive hold no time. */
export function lanesOf(promotions: readonly PromotionView[], stages: readonly string[], now: number): Lanes {
  const placed = promotions
    .map((one) => ({ one, from: Date.parse(one.startedAt), to: one.until === undefined ? now : Date.parse(one.until) }))
    .filter(({ from, to }) => !Number.isNaN(from) && !Number.isNaN(to))
    .toSorted((a, b) => a.from - b.from)
  const first = Math.min(now - shortest, ...placed.map(({ from }) => from))
  const from = Math.max(first, now - longest)
  const span = Math.max(1, now - from)
  const percent = (at: number) => (Math.min(Math.max(at, from), now) - from) * (100 / span)
  const lanes = stages.map((stage): Lane => {
    const own = placed.filter(({ one }) => one.stage === stage)
    const blocks = own.flatMap(({ one, from: start, to }, index): LaneBlock[] => {
      const next = own[index + 1]
      const end = Math.max(start, Math.min(to, next?.from ?? to))
      const left = percent(start)
      const width = percent(end) - left
      const isCurrent = one.until === undefined && next === undefined
      if (end <= from || (width <= 0 && !isCurrent)) return []
      return [{ id: one.id, label: releaseLabel(one.release), left, width, isCurrent, isAfterEvent: one.kind === 'revert', promotion: one }]
    })
    const events = own.flatMap(({ one, from: start }): LaneEvent[] =>
      one.kind === 'revert' && start >= from ? [{ id: one.id, left: percent(start), promotion: one }] : [],
    )
    const last = own.at(-1)
    return { stage, blocks, events, ...(last?.one.until === undefined && last && { now: last.one }) }
  })
  return { lanes, from, to: now, ticks: ticksOf(from, now, percent) }
}

/** Round times, at most eight, none so near to the end that it would stand in the way of "now". */
function ticksOf(from: number, to: number, percent: (at: number) => number): Lanes['ticks'] {
  const step = tickSteps.find((one) => (to - from) / one <= mostTicks) ?? 30 * day
  const offset = step >= day ? new Date(from).getTimezoneOffset() * 60_000 : 0
  const ticks: Lanes['ticks'] = []
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) {
    const left = percent(at)
    if (left <= 94) ticks.push({ at, left })
  }
  return ticks
}
