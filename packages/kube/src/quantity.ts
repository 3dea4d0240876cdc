/**
 * Kubernetes quantities (`500m`, `1536Mi`, `12e6`), exact: a whole number of nanos and the way of writing that the
 * quantity came with (apimachinery api/resource/quantity.go).
 */
export interface Quantity {
  /** The value times 10^9. Smaller parts were rounded away from zero. */
  readonly nanos: bigint
  readonly format: QuantityFormat
  /** What it was written as, where the API keeps that instead of the canonical form. */
  readonly text?: string
}

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/** The text is no quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

const decimalSuffixes: readonly string[] = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const nanosPerUnit = 10n ** 9n
const maxInteger = 2n ** 63n - 1n

/** No amount of anything needs more; and 10^exponent has to be computed. */
const maxExponent = 500
const maxLength = 500

/** Reads `1.5Gi`, `100m`, `2e3`, or a number of a manifest. @throws QuantityError */
export function parseQuantity(text: string | number): Quantity {
  const written = typeof text === 'number' ? String(text) : text
  const parts = written.length > maxLength ? null : /^([+-]?)(?=[.\d])(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(written)
  if (parts === null || !/\d/.test(`${parts[2]}${parts[3] ?? ''}`)) {
    throw new QuantityError(
      `${JSON.stringify(written.slice(0, 40))} is no quantity: it must be a number with a suffix such as m, k, M, Gi or e3`,
    )
  }
  const [, sign, whole = '', fraction = '', suffix = ''] = parts
  const { base, exponent, format } = readSuffix(suffix, written)
  const digits = whole.replace(/^0+/, '')
  const mantissa = BigInt(`${digits}${fraction}` || '0')
  let nanos =
    base === 2
      ? divideUp(mantissa * nanosPerUnit * 2n ** BigInt(exponent), 10n ** BigInt(fraction.length))
      : scaleUp(mantissa, exponent - fraction.length + 9)
  if (format === 'BinarySI' && nanos > maxInteger * nanosPerUnit) nanos = maxInteger * nanosPerUnit
  const shown = format === 'BinarySI' && nanos > 0n && nanos < nanosPerUnit ? 'DecimalSI' : format
  const quantity: Quantity = { nanos: sign === '-' ? -nanos : nanos, format: nanos === 0n && suffix === '' ? 'DecimalSI' : shown }
  return keepsText(digits, fraction, exponent, format) ? { ...quantity, text: written } : quantity
}

/** As parseQuantity, undefined for what is none. */
export function tryParseQuantity(value: unknown): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  try {
    return parseQuantity(value)
  } catch (error) {
    if (error instanceof QuantityError) return undefined
    throw error
  }
}

function readSuffix(suffix: string, written: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = decimalSuffixes.indexOf(suffix)
  if (decimal >= 0) return { base: 10, exponent: (decimal - 3) * 3, format: 'DecimalSI' }
  const binary = binarySuffixes.indexOf(suffix)
  if (binary >= 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' }
  if (/^[eE][+-]?\d+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1))
    if (Math.abs(exponent) > maxExponent)
      throw new QuantityError(`the exponent of ${JSON.stringify(written.slice(0, 40))} is not within ±${maxExponent}`)
    return { base: 10, exponent, format: 'DecimalExponent' }
  }
  throw new QuantityError(
    `${JSON.stringify(written.slice(0, 40))} has no suffix of a quantity; take one of ${decimalSuffixes.filter(Boolean).join(', ')}, ${binarySuffixes.filter(Boolean).join(', ')} or e3`,
  )
}

/**
 * The API keeps some ways of writing as they are, among them some that are not canonical (`1.500`), because a quick look
 * at them says so. Following it keeps what is stored equal to what was sent.
 */
function keepsText(digits: string, fraction: string, exponent: number, format: QuantityFormat): boolean {
  const shifted = `${digits || '0'}${fraction}`
  if (format === 'BinarySI') {
    const precision = 15 - (digits.length || 1) - Math.trunc(Math.fround((exponent * 3) / 10)) - 1
    return fraction === '' && precision >= 0 && (BigInt(shifted) & 7n) !== 0n
  }
  const scale = exponent - fraction.length
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0')
}

/** mantissa × 10^exponent, away from zero where digits are lost. */
function scaleUp(mantissa: bigint, exponent: number): bigint {
  return exponent >= 0 ? mantissa * 10n ** BigInt(exponent) : divideUp(mantissa, 10n ** BigInt(-exponent))
}

/** Away from zero: who asks for something gets something. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value % divisor === 0n ? quotient : value < 0n ? quotient - 1n : quotient + 1n
}

/** As the API writes it: canonical (no fraction, the largest suffix that loses nothing), in the quantity's own format. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text
  const { nanos } = quantity
  if (nanos === 0n) return '0'
  const kilo = 1024n * nanosPerUnit
  // Small and broken amounts would not be exact in powers of two.
  if (quantity.format === 'BinarySI' && (nanos <= -kilo || nanos >= kilo) && nanos % nanosPerUnit === 0n)
    return formatBinary(nanos / nanosPerUnit)
  return formatDecimal(nanos, quantity.format === 'DecimalExponent')
}

function formatBinary(value: bigint): string {
  let rest = value
  let power = 0
  while (power < binarySuffixes.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n
    power++
  }
  return `${rest}${binarySuffixes[power]}`
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let mantissa = nanos
  let exponent = -9
  while (mantissa % 1000n === 0n && (asExponent || exponent < 18)) {
    mantissa /= 1000n
    exponent += 3
  }
  if (!asExponent) return `${mantissa}${decimalSuffixes[exponent / 3 + 3]}`
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`
}

/** `1024Mi` → `1Gi`: what the API stores for what was sent. @throws QuantityError */
export function canonicalQuantity(text: string | number): string {
  return formatQuantity(parseQuantity(text))
}

export function quantityOf(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(value) * nanosPerUnit, format }
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

/** In the format of `a`, or of `b` where `a` is nothing. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** Whole units, away from zero: bytes of memory. */
export function wholeUnits(quantity: Quantity): bigint {
  return divideUp(quantity.nanos, nanosPerUnit)
}

/** Thousandths, away from zero: `500m` of CPU is 500. */
export function milliUnits(quantity: Quantity): bigint {
  return divideUp(quantity.nanos, 1_000_000n)
}

/** Nearest number; exact up to 2^53. */
export function quantityNumber(quantity: Quantity): number {
  const whole = quantity.nanos / nanosPerUnit
  return Number(whole) + Number(quantity.nanos % nanosPerUnit) / 1e9
}
