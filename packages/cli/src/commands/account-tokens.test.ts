import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDuration } from './account-tokens.ts'

describe('how long a token holds', () => {
  test.each([
    ['30m', 1800],
    ['12h', 43_200],
    ['90d', 7_776_000],
    ['1h30m', 5400],
    ['0s', 0],
  ])('%s', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds)
  })

  test('is the sum of its parts', () => {
    const part = fc.tuple(fc.nat({ max: 1000 }), fc.constantFrom('s', 'm', 'h', 'd'))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const texts = parts.map(([count, unit]) => `${count}${unit}`)

        expect(readDuration(texts.join(''))).toBe(texts.reduce((sum, text) => sum + readDuration(text), 0))
      }),
    )
  })

  test.each(['', '5', 'h', '1y', '-1h', '1h ', '1.5h', '1hx', '9999999999s'])('is not %j', (text) => {
    expect(() => readDuration(text)).toThrow('is not a duration')
  })
})
