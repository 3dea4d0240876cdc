import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnsi, withoutAnsi } from './ansi.ts'

test('Colours and weight are told apart, and end where they are reset', () => {
  expect(readAnsi('\u001B[32mINFO\u001B[0m up \u001B[1;31mbad\u001B[0m')).toEqual([
    { text: 'INFO', color: 'green' },
    { text: ' up ' },
    { text: 'bad', color: 'red', bold: true },
  ])
})

test('Colours of the palette and of 24 bits become the nearest of the theme', () => {
  expect(readAnsi('\u001B[38;5;208mx\u001B[38;2;20;20;220my')).toEqual([
    { text: 'x', color: 'yellow' },
    { text: 'y', color: 'blue' },
  ])
})

test('Cursor movements, titles and other control sequences vanish', () => {
  expect(withoutAnsi('\u001B]0;title\u0007a\u001B[2Kb\u001B[3Ac\u0008d')).toBe('abcd')
})

test('Of a line that was written over, the last is shown', () => {
  expect(withoutAnsi('10%\r20%\r100%')).toBe('100%')
  expect(withoutAnsi('done\r')).toBe('done')
})

test('Markup is text', () => {
  expect(readAnsi('<script>alert(1)</script>')).toEqual([{ text: '<script>alert(1)</script>' }])
})

test('Text without control characters is never changed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((one) => !/\p{Cc}/u.test(one)),
      (line) => {
        expect(withoutAnsi(line)).toBe(line)
      },
    ),
  )
})
