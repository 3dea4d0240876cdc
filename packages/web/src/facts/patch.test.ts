import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sideBySide } from './diff-lines.ts'
import { fingerprint, openGap, toParts, type PatchLine } from './patch.ts'

const hunk = (oldStart: number, newStart: number, lines: string[], heading = '') => ({ oldStart, newStart, heading, lines })
const linesOf = (parts: ReturnType<typeof toParts>): PatchLine[] => parts.flatMap((part) => (part.kind === 'lines' ? part.lines : []))
const marked = (line: PatchLine | undefined) => (line?.marks ?? []).map(([from, to]) => line?.text.slice(from, to))

describe('the lines of a changed file', () => {
  it('have the numbers of both sides, and gaps where nothing is shown', () => {
    const parts = toParts({ status: 'modified', hunks: [hunk(3, 3, [' a', '-b', '+c', '+d', ' e']), hunk(20, 21, [' x', '-y'])] })

    expect(parts.map((part) => (part.kind === 'gap' ? part.gap : part.lines.map(({ left, right }) => [left, right])))).toEqual([
      { left: 1, right: 1, count: 2 },
      [
        [3, 3],
        [4, undefined],
        [undefined, 4],
        [undefined, 5],
        [5, 6],
      ],
      { left: 6, right: 7, count: 14 },
      [
        [20, 21],
        [21, undefined],
      ],
      { left: 22, right: 22, count: undefined },
    ])
  })

  it.each([
    ['added', hunk(0, 1, ['+a', '+b']), [1, 2]],
    ['removed', hunk(1, 0, ['-a', '-b']), [1, 2]],
  ] as const)('of a file that was %s are all there are', (status, only, numbers) => {
    const parts = toParts({ status, hunks: [{ ...only, lines: [...only.lines] }] })

    expect(parts.map(({ kind }) => kind)).toEqual(['lines'])
    expect(linesOf(parts).map(({ left, right }) => left ?? right)).toEqual(numbers)
  })

  it('say where the newline at the end is missing', () => {
    const lines = linesOf(toParts({ status: 'modified', hunks: [hunk(1, 1, ['-a', '\\ No newline at end of file', '+a'])] }))

    expect(lines).toMatchObject([{ kind: 'del', isUnended: true }, { kind: 'add' }])
    expect(lines[1]?.isUnended).toBeUndefined()
  })

  it('mark what is another in lines that stand for each other, also when one was put between', () => {
    const [, del, extra, add] = linesOf(
      toParts({
        status: 'modified',
        hunks: [hunk(1, 1, [' x', '-run train.py --rounds 200', '+run graph', '+run train.py --rounds 240'])],
      }),
    )

    expect(marked(del)).toEqual(['200'])
    expect(extra?.marks).toBeUndefined()
    expect(marked(add)).toEqual(['240'])
  })

  it('stand beside each other, those that were taken out on the left', () => {
    const rows = sideBySide(linesOf(toParts({ status: 'modified', hunks: [hunk(1, 1, [' a', '-b', '+c', '+d', ' e'])] })))

    expect(rows.map(({ left, right }) => [left?.text, right?.text])).toEqual([
      ['a', 'a'],
      ['b', 'c'],
      [undefined, 'd'],
      ['e', 'e'],
    ])
  })

  it('are every line of the hunks once, whatever the hunks hold', () => {
    const line = fc.tuple(fc.constantFrom(' ', '+', '-'), fc.string({ maxLength: 12 })).map(([sign, text]) => sign + text)

    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
        const found = linesOf(toParts({ status: 'modified', hunks: [hunk(5, 5, lines)] }))

        expect(found.map(({ kind, text }) => ({ same: ' ', add: '+', del: '-' })[kind] + text)).toEqual(lines)
        expect(
          sideBySide(found)
            .flatMap(({ left, right }) => (left === right ? [left] : [left, right]))
            .filter(Boolean),
        ).toHaveLength(found.length)
        for (const { text, marks = [] } of found) {
          for (const [from, to] of marks) expect(0 <= from && from < to && to <= text.length).toBe(true)
        }
      }),
    )
  })
})

describe('what is not shown of a file', () => {
  const text = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n') + '\n'

  it('opens from both ends, with the numbers of both sides', () => {
    const { top, hidden, bottom } = openGap({ left: 5, right: 6, count: 10 }, text, { top: 2, bottom: 3 })

    expect(top).toEqual([
      { kind: 'same', text: 'line 6', left: 5, right: 6 },
      { kind: 'same', text: 'line 7', left: 6, right: 7 },
    ])
    expect(hidden).toEqual({ left: 7, right: 8, count: 5 })
    expect(bottom.map(({ left, right }) => [left, right])).toEqual([
      [12, 13],
      [13, 14],
      [14, 15],
    ])
  })

  it('ends where the file does', () => {
    const { top, hidden } = openGap({ left: 28, right: 29, count: undefined }, text, { top: 20, bottom: 0 })

    expect(top.map((line) => line.text)).toEqual(['line 29', 'line 30'])
    expect(hidden).toBeUndefined()
  })
})

describe('a mark that a file was seen', () => {
  const file = { path: 'a', status: 'modified' as const, additions: 1, deletions: 1, isBinary: false }

  it('holds while its changes stay, wherever they move', () => {
    const here = fingerprint({ ...file, hunks: [hunk(1, 1, [' x', '-a', '+b'])] })
    const there = fingerprint({ ...file, hunks: [hunk(9, 12, [' other', '-a', '+b'])] })
    const changed = fingerprint({ ...file, hunks: [hunk(1, 1, [' x', '-a', '+c'])] })

    expect(there).toBe(here)
    expect(changed).not.toBe(here)
  })
})
