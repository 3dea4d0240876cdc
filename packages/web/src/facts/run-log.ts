import type { RunLogLine } from '@plimsoll/api'

/** Lines that are asked for at once. */
export const pageLines = 1000
/** Up to so many lines are held, folded and searched here; a longer log comes by pages, as they are looked at. */
export const mostWhole = 20_000
const mostPages = 40
const longestLine = 16_384

/** Lines of a job's log, by their numbers, which count up from 1 without gaps. */
export class RunLog {
  readonly #pages = new Map<number, RunLogLine[]>()
  #total = 0

  /** Lines as they come, in their order. */
  put(lines: readonly RunLogLine[]): void {
    for (const line of lines) {
      const index = Math.floor((line.n - 1) / pageLines)
      const page = this.#pages.get(index) ?? []
      this.#pages.set(index, page)
      page[(line.n - 1) % pageLines] = line.text.length > longestLine ? { ...line, text: `${line.text.slice(0, longestLine)} …` } : line
      this.#total = Math.max(this.#total, line.n)
    }
  }

  /** So many lines there are, although not all of them are here. */
  knowTotal(total: number): void {
    this.#total = Math.max(this.#total, total)
  }

  get total(): number {
    return this.#total
  }

  get isPaged(): boolean {
    return this.#total > mostWhole
  }

  line(n: number): RunLogLine | undefined {
    return this.#pages.get(Math.floor((n - 1) / pageLines))?.[(n - 1) % pageLines]
  }

  /** All of it; empty for one that comes by pages. */
  lines(): RunLogLine[] {
    if (this.isPaged) return []
    const result: RunLogLine[] = []
    for (let n = 1; n <= this.#total; n += 1) {
      const line = this.line(n)
      if (line) result.push(line)
    }
    return result
  }

  /** Indexes of the pages between two lines that are not here, or not whole. */
  missing(from: number, to: number): number[] {
    const result: number[] = []
    const last = Math.min(to, this.#total)
    for (let index = Math.floor((Math.max(1, from) - 1) / pageLines); index * pageLines < last; index += 1) {
      const first = index * pageLines + 1
      const end = Math.min(last, (index + 1) * pageLines)
      if (this.line(Math.max(first, from)) === undefined || this.line(end) === undefined) result.push(index)
    }
    return result
  }

  /** Lets go of what is far from the line that is looked at, but for the end, where lines are added. */
  forgetFarFrom(n: number): void {
    if (!this.isPaged || this.#pages.size <= mostPages) return
    const here = Math.floor((n - 1) / pageLines)
    const end = Math.floor((this.#total - 1) / pageLines)
    const farthest = [...this.#pages.keys()].filter((index) => index !== end).toSorted((a, b) => Math.abs(b - here) - Math.abs(a - here))
    for (const index of farthest.slice(0, this.#pages.size - mostPages)) this.#pages.delete(index)
  }
}

export type LogRow =
  | { kind: 'step'; step: number; n: number; isOpen: boolean }
  | { kind: 'group'; line: RunLogLine; count: number; isOpen: boolean }
  | { kind: 'line'; line: RunLogLine; isInGroup: boolean }

export interface Folding {
  /** What the reader has opened (true) or closed, by the number of the group's first line. */
  groups: ReadonlyMap<number, boolean>
  steps: ReadonlyMap<number, boolean>
  /** While something is searched for, nothing is folded. */
  isAllOpen: boolean
}

/**
 * Rows of a whole log. A group ends at its `endgroup`, at the next group, or with its step. It is closed unless it is a short command of its
 * step, has not ended, or holds a warning or an error, so that nothing bad is out of sight.
 */
export function logRows(lines: readonly RunLogLine[], folding: Folding): LogRow[] {
  const rows: LogRow[] = []
  let step: number | undefined
  let isStepOpen = true
  for (let at = 0; at < lines.length;) {
    const line = lines[at]
    if (line === undefined) break
    if (line.step !== step) {
      step = line.step
      isStepOpen = folding.isAllOpen || (folding.steps.get(step) ?? true)
      rows.push({ kind: 'step', step, n: line.n, isOpen: isStepOpen })
    }
    if (line.kind === 'endgroup') {
      at += 1
      continue
    }
    if (line.kind !== 'group') {
      if (isStepOpen) rows.push({ kind: 'line', line, isInGroup: false })
      at += 1
      continue
    }
    const end = groupEnd(lines, at)
    if (isStepOpen) {
      const inside = lines.slice(at + 1, end)
      const isOpen = folding.isAllOpen || (folding.groups.get(line.n) ?? opensByItself(line, inside, lines[end], end >= lines.length))
      rows.push({ kind: 'group', line, count: inside.length, isOpen })
      if (isOpen) for (const one of inside) rows.push({ kind: 'line', line: one, isInGroup: true })
    }
    at = end
  }
  return rows
}

function groupEnd(lines: readonly RunLogLine[], start: number): number {
  const step = lines[start]?.step
  let at = start + 1
  while (at < lines.length) {
    const line = lines[at]
    if (line === undefined || line.step !== step || line.kind === 'endgroup' || line.kind === 'group') break
    at += 1
  }
  return at
}

/** A command of more lines than this is folded: what it says is what matters. */
const shortCommand = 8

function opensByItself(line: RunLogLine, inside: readonly RunLogLine[], after: RunLogLine | undefined, isLast: boolean): boolean {
  const hasEnded = after !== undefined && !isLast
  return (
    !hasEnded ||
    (line.text.startsWith('Run ') && inside.length <= shortCommand) ||
    inside.some((one) => one.kind === 'error' || one.kind === 'warning')
  )
}

export interface LogWindow {
  /** Indexes of the rows that are drawn: from, and up to but not with. */
  from: number
  to: number
  /** Where the first of them stands, and how tall all would be, in px. */
  top: number
  height: number
}

/** Browsers cannot hold taller boxes: Firefox ends below 18 million px. */
const tallest = 12_000_000
const around = 30
/** No screen shows more; a frame that is measured before it has its height must not draw a million rows. */
const mostInSight = 400

/** What is in sight, and a little more. Beyond what a box can hold, a step of the scroll bar is several lines. */
export function logWindow(rows: number, rowHeight: number, scrollTop: number, clientHeight: number): LogWindow {
  const whole = rows * rowHeight
  const height = Math.min(whole, tallest)
  const inSight = Math.min(mostInSight, Math.ceil(clientHeight / rowHeight))
  const share = whole === height ? 1 : (whole - clientHeight) / Math.max(1, height - clientHeight)
  const first = Math.floor((scrollTop * share) / rowHeight)
  const from = Math.max(0, Math.min(first, rows - 1) - around)
  const to = Math.max(from, Math.min(rows, first + inSight + around))
  return { from, to, top: share === 1 ? from * rowHeight : Math.max(0, scrollTop - (first - from) * rowHeight), height }
}

/** Where to scroll so that a row is in the middle. */
export function scrollTo(row: number, rows: number, rowHeight: number, clientHeight: number): number {
  const whole = rows * rowHeight
  const height = Math.min(whole, tallest)
  const share = whole === height ? 1 : (whole - clientHeight) / Math.max(1, height - clientHeight)
  return Math.max(0, (row * rowHeight - clientHeight / 2 + rowHeight / 2) / share)
}
