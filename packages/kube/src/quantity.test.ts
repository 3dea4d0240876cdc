import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliUnits,
  parseQuantity,
  QuantityError,
  quantityNumber,
  quantityOf,
  subtractQuantities,
  tryParseQuantity,
  wholeUnits,
} from './quantity.ts'

const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e3', 'E6', 'e-3', 'e0')
const quantities = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.nat({ max: 9_999_999 }), fc.option(fc.nat({ max: 99_999 })), suffix)
  .map(([sign, whole, fraction, end]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${end}`)

describe('A quantity', () => {
  // As `kubectl set resources --local` writes them.
  it.each([
    ['0', '0'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['00.10', '100m'],
    ['0Ki', '0'],
    ['0.000', '0'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1025Ki', '1025Ki'],
    ['1073741824Ki', '1Ti'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['1.1Ki', '1126400m'],
    ['1Ki', '1Ki'],
    ['100m', '100m'],
    ['0.1m', '100u'],
    ['0.0000000001', '1n'],
    ['1e3', '1e3'],
    ['12E6', '12E6'],
    ['5E1', '50'],
    ['10e2', '1e3'],
    ['1.50e3', '1500'],
    ['1E', '1E'],
    ['1000k', '1M'],
    ['3000M', '3G'],
    ['-1.5', '-1500m'],
    ['1e-3', '1e-3'],
    ['1e19', '10e18'],
    ['1500u', '1500u'],
    ['1234567.1234567890123', '1234567123456790n'],
    ['9223372036854775808Ki', '9223372036854775807'],
    ['1.500', '1.500'],
    ['+5', '+5'],
    ['01', '01'],
  ])('%s is written as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  it.each([
    '',
    '+',
    '.',
    'e3',
    'abc',
    '1Kii',
    '1ee',
    '--1',
    '1.2.3',
    '0x1',
    '1 ',
    '1e9999999',
    '9'.repeat(1000),
    '1_000',
    'Infinity',
    'NaN',
  ])('%j is none', (text) => {
    expect(() => parseQuantity(text)).toThrow(QuantityError)
    expect(tryParseQuantity(text)).toBeUndefined()
  })

  it('keeps its value when it is written and read again', () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const quantity = parseQuantity(text)

        expect(parseQuantity(formatQuantity(quantity)).nanos).toBe(quantity.nanos)
      }),
    )
  })

  it('is written as itself once it is canonical', () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const { nanos, format } = parseQuantity(text)
        const canonical = formatQuantity({ nanos, format })

        expect(canonicalQuantity(canonical)).toBe(canonical)
      }),
    )
  })

  it('adds exactly, in any order, and takes away what was added', () => {
    fc.assert(
      fc.property(quantities, quantities, (one, other) => {
        const [a, b] = [parseQuantity(one), parseQuantity(other)]
        const sum = addQuantities(a, b)

        expect(sum.nanos).toBe(addQuantities(b, a).nanos)
        expect(compareQuantities(subtractQuantities(sum, b), a)).toBe(0)
      }),
    )
  })

  it('sums beyond the range of numbers', () => {
    const sum = addQuantities(parseQuantity('9007199254740993'), parseQuantity('1m'))

    expect(formatQuantity(sum)).toBe('9007199254740993001m')
  })

  it('is counted in whole units and in thousandths, upwards', () => {
    expect([wholeUnits(parseQuantity('1.5')), milliUnits(parseQuantity('1.5')), milliUnits(parseQuantity('1u'))]).toEqual([2n, 1500n, 1n])
    expect(wholeUnits(parseQuantity('-1.5'))).toBe(-2n)
    expect(quantityNumber(parseQuantity('250m'))).toBe(0.25)
    expect(formatQuantity(quantityOf(2048, 'BinarySI'))).toBe('2Ki')
  })
})
