import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedParts, likeness } from './intra-line.ts'

const words = (text: string, ranges: readonly (readonly [number, number])[]) => ranges.map(([from, to]) => text.slice(from, to))

describe('what is another in a line', () => {
  it.each([
    ['threshold: 0.5', 'threshold: 0.7', ['5'], ['7']],
    ['return old_store.get(key)', 'return store.get(key, None)', ['old_store'], ['store', ', None']],
    ['from features import velocity', 'from features import graph, velocity', [], ['graph, ']],
    ['a = b', 'a = b', [], []],
    ['이름: 가', '이름: 나', ['가'], ['나']],
  ])('%s → %s', (before, after, gone, came) => {
    const parts = changedParts(before, after)

    expect(words(before, parts.before)).toEqual(gone)
    expect(words(after, parts.after)).toEqual(came)
  })

  it('is not marked when the lines have next to nothing in common', () => {
    expect(changedParts('import pandas as pd', 'x = {"k": 1}')).toEqual({ before: [], after: [] })
  })

  it('leaves the same text on both sides when it is cut out', () => {
    const cut = (text: string, ranges: readonly (readonly [number, number])[]) =>
      ranges.toReversed().reduce((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text)
    const line = fc.array(fc.constantFrom('a', 'bc', ' ', '(', ')', '한글', '🙂', '_'), { maxLength: 30 }).map((parts) => parts.join(''))

    fc.assert(
      fc.property(line, line, (before, after) => {
        const parts = changedParts(before, after)
        if (parts.before.length + parts.after.length === 0) return

        expect(cut(before, parts.before).replaceAll(' ', '')).toBe(cut(after, parts.after).replaceAll(' ', ''))
      }),
    )
  })

  it('is found in lines that are too long to compare by words', () => {
    const long = 'x '.repeat(5_000)

    const parts = changedParts(`${long}1 end`, `${long}22 end`)

    expect(words(`${long}1 end`, parts.before)).toEqual(['1'])
    expect(words(`${long}22 end`, parts.after)).toEqual(['22'])
  })
})

describe('how much two lines have in common', () => {
  it('is between nothing and all', () => {
    expect(likeness('a b c', 'a b c')).toBeGreaterThan(likeness('a b c', 'a x c'))
    expect(likeness('abc', 'xyz')).toBe(0)
    expect(likeness('', 'xyz')).toBe(0)
  })
})
