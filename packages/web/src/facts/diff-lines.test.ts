import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines, foldSame, sideBySide } from './diff-lines.ts'

test('A changed value is one line out and one in, with the part that changed', () => {
  const lines = diffLines('a: 1\nb: 30\nc: 3', 'a: 1\nb: 300\nc: 3')

  expect(lines).toEqual([
    { kind: 'same', text: 'a: 1', left: 1, right: 1 },
    { kind: 'del', text: 'b: 30', left: 2, mark: [3, 5] },
    { kind: 'add', text: 'b: 300', right: 2, mark: [3, 6] },
    { kind: 'same', text: 'c: 3', left: 3, right: 3 },
  ])
})

test('Nothing against something is all new', () => {
  expect(diffLines('', 'a\nb').map((one) => one.kind)).toEqual(['add', 'add'])
})

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 30 }).map((lines) => lines.join('\n'))

test('Both sides can be read back from any difference', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)

      const left = lines.filter((one) => one.kind !== 'add').map((one) => one.text)
      const right = lines.filter((one) => one.kind !== 'del').map((one) => one.text)
      expect(left.join('\n')).toBe(before)
      expect(right.join('\n')).toBe(after)
    }),
  )
})

test('No shorter way is missed: no more edits than by the longest common lines', () => {
  const longestCommon = (a: string[], b: string[]) => {
    const table = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0))
    for (let i = 1; i <= a.length; i += 1) {
      for (let j = 1; j <= b.length; j += 1) {
        const row = table[i] as number[]
        row[j] = a[i - 1] === b[j - 1] ? (table[i - 1]?.[j - 1] ?? 0) + 1 : Math.max(table[i - 1]?.[j] ?? 0, row[j - 1] ?? 0)
      }
    }
    return table[a.length]?.[b.length] ?? 0
  }
  fc.assert(
    fc.property(text, text, (before, after) => {
      const [a, b] = [before === '' ? [] : before.split('\n'), after === '' ? [] : after.split('\n')]

      const edits = diffLines(before, after).filter((one) => one.kind !== 'same').length

      expect(edits).toBe(a.length + b.length - 2 * longestCommon(a, b))
    }),
  )
})

test('What is the same is folded but for its surroundings, and nothing is lost', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)

      expect(foldSame(lines).flatMap((block) => block.lines)).toEqual(lines)
      expect(foldSame(lines).every((block) => block.kind === 'lines' || block.lines.every((one) => one.kind === 'same'))).toBe(true)
    }),
  )
})

test('Side by side, each side keeps its order', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const rows = sideBySide(diffLines(before, after))

      expect(rows.flatMap((row) => (row.left ? [row.left.text] : [])).join('\n')).toBe(before)
      expect(rows.flatMap((row) => (row.right ? [row.right.text] : [])).join('\n')).toBe(after)
    }),
  )
})
