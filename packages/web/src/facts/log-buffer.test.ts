import { expect, test } from 'vitest'
import { LogBuffer } from './log-buffer.ts'

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ text: `line ${from + index}`, at: undefined, pod: '' }))

test('Only the last lines are kept; the others are counted, and numbers go on', () => {
  const buffer = new LogBuffer(100)

  for (let at = 0; at < 1_000; at += 10) buffer.add(lines(at, at + 10))

  expect(buffer.lines.length).toBeLessThanOrEqual(120)
  expect(buffer.dropped + buffer.lines.length).toBe(1_000)
  expect(buffer.lines.at(-1)).toMatchObject({ number: 1_000, text: 'line 999' })
})

test('A line without end is cut', () => {
  const buffer = new LogBuffer(10, 8)

  buffer.add([{ text: 'x'.repeat(100), at: undefined, pod: '' }])

  expect(buffer.lines[0]?.text).toBe('xxxxxxxx …')
})
