import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFloat, parseFloat, parseInt, parseUint } from './number.ts'

const exactly = { noNaN: true } as const

describe('formatFloat', () => {
  it.each([
    [1e6, '1e+06'],
    [999999, '999999'],
    [123456789, '1.23456789e+08'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
    [-0, '-0'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('prints %d as %s', (value, text) => {
    expect(formatFloat(value)).toBe(text)
  })

  it('rounds a tie to the even digit, as Go does and JavaScript does not', () => {
    expect([0.5, 1.5, 2.5].map((value) => formatFloat(value, 'f', 0))).toEqual(['0', '2', '2'])
    expect(formatFloat(2.675, 'f', 2)).toBe('2.67')
    expect(formatFloat(1e23, 'f', 0)).toBe('99999999999999991611392')
  })

  it('reads back as the number it was, in each format that keeps all digits', () => {
    fc.assert(
      fc.property(fc.double(exactly), fc.constantFrom('e', 'f', 'g', 'x'), (value, format) => {
        expect(parseFloat(formatFloat(value, format)).value).toBe(value)
      }),
    )
  })

  it('agrees with JavaScript wherever no tie is to be resolved', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 6 }), (thousandths, precision) => {
        const value = thousandths / 1000 + 0.00001
        expect(formatFloat(value, 'f', precision)).toBe(value.toFixed(precision))
      }),
    )
  })
})

describe('parseInt', () => {
  it.each([
    ['42', 10, 42n, undefined],
    ['-42', 10, -42n, undefined],
    ['+7', 10, 7n, undefined],
    ['0x1F', 0, 31n, undefined],
    ['017', 0, 15n, undefined],
    ['0o17', 0, 15n, undefined],
    ['0b101', 0, 5n, undefined],
    ['1_000', 0, 1000n, undefined],
    ['1_000', 10, 0n, 'invalid syntax'],
    ['1__0', 0, 0n, 'invalid syntax'],
    ['', 10, 0n, 'invalid syntax'],
    ['08', 0, 0n, 'invalid syntax'],
    ['9223372036854775807', 10, 9223372036854775807n, undefined],
    ['9223372036854775808', 10, 9223372036854775807n, 'value out of range'],
    ['-9223372036854775808', 10, -9223372036854775808n, undefined],
    ['-9223372036854775809', 10, -9223372036854775808n, 'value out of range'],
  ] as const)('reads %j in base %d', (text, base, value, error) => {
    expect(parseInt(text, base)).toEqual({ value, error })
  })

  it('keeps within the bits that are asked for', () => {
    expect(parseInt('200', 10, 8)).toEqual({ value: 127n, error: 'value out of range' })
    expect(parseUint('200', 10, 8)).toEqual({ value: 200n, error: undefined })
    expect(parseUint('-1')).toEqual({ value: 0n, error: 'invalid syntax' })
  })

  it('reads every integer that it is given in decimal', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(parseInt(String(value))).toEqual({ value, error: undefined })
      }),
    )
  })
})

describe('parseFloat', () => {
  it.each([
    ['1e3', 1000],
    ['.5', 0.5],
    ['5.', 5],
    ['1_000', 1000],
    ['0x1p-2', 0.25],
    ['0x1.8p1', 3],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
  ])('reads %j', (text, value) => {
    expect(parseFloat(text)).toEqual({ value, error: undefined })
  })

  it.each(['', '.', 'e5', '1e', '0x1', 'abc', ' 1', '1 ', '+nan', '_1', '1_'])('refuses %j', (text) => {
    expect(parseFloat(text).error).toBe('invalid syntax')
  })

  it('gives infinity and says so where a number is too large', () => {
    expect(parseFloat('1e400')).toEqual({ value: Infinity, error: 'value out of range' })
  })
})
