/** shopspring/decimal, as far as sprig's `addf` and its siblings go: coefficient × 10^exponent. */
export interface Decimal {
  coefficient: bigint
  exponent: number
}

/** The shortest decimal that stands for the float. */
export function toDecimal(value: number): Decimal {
  if (!Number.isFinite(value)) {
    throw new Error(`Cannot create a Decimal from ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`)
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { coefficient: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

/** The nearest float. */
export function toFloat(decimal: Decimal): number {
  return Number(`${decimal.coefficient}e${decimal.exponent}`)
}

export function add(left: Decimal, right: Decimal): Decimal {
  const exponent = Math.min(left.exponent, right.exponent)
  return { coefficient: scaled(left, exponent) + scaled(right, exponent), exponent }
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, { coefficient: -right.coefficient, exponent: right.exponent })
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { coefficient: left.coefficient * right.coefficient, exponent: left.exponent + right.exponent }
}

/** The library's `DivisionPrecision`: digits after the point. */
const divisionPrecision = 16

/** Rounds half away from zero. */
export function divide(left: Decimal, right: Decimal): Decimal {
  if (right.coefficient === 0n) throw new Error('decimal division by 0')
  const shift = left.exponent - right.exponent + divisionPrecision
  const dividend = shift > 0 ? left.coefficient * 10n ** BigInt(shift) : left.coefficient
  const divisor = shift < 0 ? right.coefficient * 10n ** BigInt(-shift) : right.coefficient
  const quotient = dividend / divisor
  const rest = magnitude(dividend % divisor)
  const isUp = rest * 2n >= magnitude(divisor)
  const sign = dividend < 0n === divisor < 0n ? 1n : -1n
  return { coefficient: isUp ? quotient + sign : quotient, exponent: -divisionPrecision }
}

function scaled(decimal: Decimal, exponent: number): bigint {
  return decimal.coefficient * 10n ** BigInt(decimal.exponent - exponent)
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
