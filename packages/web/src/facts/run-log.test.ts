import type { RunLogLine } from '@plimsoll/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Folding, logRows, logWindow, mostWhole, pageLines, RunLog, scrollTo } from './run-log.ts'

const folding: Folding = { groups: new Map(), steps: new Map(), isAllOpen: false }

function lines(...texts: (string | [string, RunLogLine['kind'], number?])[]): RunLogLine[] {
  return texts.map((one, index) => {
    const [text, kind, step] = typeof one === 'string' ? [one, undefined, 1] : [one[0], one[1], one[2] ?? 1]
    return { n: index + 1, at: '2026-11-20T14:28:31Z', step, text, ...(kind && { kind }) }
  })
}

const texts = (all: readonly RunLogLine[], more: Partial<Folding> = {}) =>
  logRows(all, { ...folding, ...more }).map((row) =>
    row.kind === 'step'
      ? `step ${row.step}`
      : row.kind === 'group'
        ? `${row.isOpen ? '-' : '+'} ${row.line.text} (${row.count})`
        : row.line.text,
  )

describe('the rows of a log', () => {
  it('fold a group that has ended, and count what is in it', () => {
    expect(texts(lines(['Load data', 'group'], 'a', 'b', ['', 'endgroup'], 'c'))).toEqual(['step 1', '+ Load data (2)', 'c'])
  })

  it('leave a group open while it goes on', () => {
    expect(texts(lines(['Fit', 'group'], '25%'))).toEqual(['step 1', '- Fit (1)', '25%'])
  })

  it('never hide a warning or an error', () => {
    const all = lines(['Load', 'group'], ['no such column', 'error'], ['', 'endgroup'], 'c')

    expect(texts(all)).toEqual(['step 1', '- Load (1)', 'no such column', 'c'])
  })

  it('show what the reader has opened, and all of it while something is searched for', () => {
    const all = lines(['Load', 'group'], 'a', ['', 'endgroup'], 'c')

    expect(texts(all, { groups: new Map([[1, true]]) })).toEqual(['step 1', '- Load (1)', 'a', 'c'])
    expect(texts(all, { isAllOpen: true })).toEqual(['step 1', '- Load (1)', 'a', 'c'])
  })

  it('end a group with its step, and fold a step as a whole', () => {
    const all = lines(['Load', 'group', 1], ['a', undefined, 1], ['b', undefined, 2])

    expect(texts(all)).toEqual(['step 1', '+ Load (1)', 'step 2', 'b'])
    expect(texts(all, { steps: new Map([[1, false]]) })).toEqual(['step 1', 'step 2', 'b'])
  })
})

describe('a log', () => {
  it('is held whole up to its limit, and by pages beyond', () => {
    const log = new RunLog()
    log.put(lines('a', 'b'))
    expect([log.isPaged, log.total, log.lines().length]).toEqual([false, 2, 2])

    log.knowTotal(mostWhole + 1)

    expect(log.isPaged).toBe(true)
    expect(log.lines()).toEqual([])
    expect(log.missing(1, 2)).toEqual([])
    expect(log.missing(pageLines * 3 + 1, pageLines * 4 + 10)).toEqual([3, 4])
  })

  it('forgets pages far away, but never its end', () => {
    const log = new RunLog()
    const page = (index: number): RunLogLine[] =>
      Array.from({ length: pageLines }, (_, at) => ({ n: index * pageLines + at + 1, at: '', step: 1, text: 'x' }))
    for (let index = 0; index < 60; index += 1) log.put(page(index))

    log.forgetFarFrom(1)

    expect(log.line(1)).toBeDefined()
    expect(log.line(60 * pageLines)).toBeDefined()
    expect(log.missing(50 * pageLines + 1, 50 * pageLines + 1)).toEqual([50])
  })

  it('cuts a line that no browser could draw', () => {
    const log = new RunLog()
    log.put(lines('x'.repeat(100_000)))

    expect(log.line(1)?.text.length).toBeLessThan(20_000)
  })
})

describe('the window onto a log', () => {
  it('holds every row that is in sight, whatever the length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, share) => {
        const clientHeight = 800
        const { height } = logWindow(rows, 20, 0, clientHeight)
        const top = Math.floor(Math.max(0, height - clientHeight) * share)
        const shown = logWindow(rows, 20, top, clientHeight)
        expect(height).toBeLessThanOrEqual(12_000_000)
        expect(shown.from).toBeGreaterThanOrEqual(0)
        expect(shown.to).toBeLessThanOrEqual(rows)
        expect(shown.top).toBeLessThanOrEqual(top)
        // Drawn to below the lower edge, or to the end.
        expect(shown.to === rows || shown.top + (shown.to - shown.from) * 20 >= top + clientHeight).toBe(true)
      }),
    )
  })

  it('shows the row that it is scrolled to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, share) => {
        const row = Math.min(rows - 1, Math.floor(rows * share))
        const { height } = logWindow(rows, 20, 0, 800)
        const top = Math.min(scrollTo(row, rows, 20, 800), Math.max(0, height - 800))
        const { from, to } = logWindow(rows, 20, top, 800)
        expect(row).toBeGreaterThanOrEqual(from)
        expect(row).toBeLessThan(to)
      }),
    )
  })
})
