import { describe, expect, it } from 'vitest'
import { formatValue } from './format.ts'
import { namedIntMethod } from './named-int.ts'
import { goInt, toBytes } from './value.ts'

describe('a duration', () => {
  it.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1_100n, '1.1µs'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [245_000_000_000n, '4m5s'],
    [5_400_000_000_000n, '1h30m0s'],
    [-1_500_000n, '-1.5ms'],
    [-(2n ** 63n), '-2562047h47m16.854775808s'],
  ])('of %d ns prints as %s', (nanoseconds, text) => {
    expect(formatValue(goInt(nanoseconds, 'time.Duration'))).toBe(toBytes(text))
  })

  it('answers to the methods of its type', () => {
    const duration = goInt(5_450_000_000_000n, 'time.Duration')

    expect(namedIntMethod(duration, 'Minutes')?.call()).toBeCloseTo(90.8333)
    expect(namedIntMethod(duration, 'Milliseconds')?.call()).toEqual(goInt(5_450_000, 'int64'))
    expect(namedIntMethod(duration, 'Round')?.call(goInt(3_600_000_000_000n, 'time.Duration'))).toEqual(
      goInt(7_200_000_000_000n, 'time.Duration'),
    )
    expect(namedIntMethod(duration, 'constructor')).toBeUndefined()
    expect(namedIntMethod(goInt(1), 'Hours')).toBeUndefined()
  })
})

it('a month and a day of the week print by their names', () => {
  expect(formatValue(goInt(2, 'time.Month'))).toBe('February')
  expect(formatValue(goInt(6, 'time.Weekday'))).toBe('Saturday')
  expect(formatValue(goInt(13, 'time.Month'))).toBe('%!Month(13)')
})
