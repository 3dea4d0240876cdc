import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonNumber } from '../go/value.ts'
import { toFloat64, toInt64 } from './cast.ts'

describe('a number of values.yaml under Helm 3.18.0, which is text', () => {
  it.each([
    ['3', 3n, 3],
    ['2.5', 0n, 2.5],
    ['1234567890123456789012', 0n, 1.2345678901234568e21],
    ['1e+21', 0n, 1e21],
    ['-0', 0n, -0],
  ])('%s counts as %d and as %d', (number, int, float) => {
    expect([toInt64(new JsonNumber(number)), toFloat64(new JsonNumber(number))]).toEqual([int, float])
  })
})

describe('a whole number as text', () => {
  it('is that number, with zeros behind a point or without', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(5), (int, zeros) => {
        const text = zeros === 0 ? String(int) : `${int}.${'0'.repeat(zeros)}`

        expect(toInt64(text)).toBe(int)
      }),
    )
  })
})
