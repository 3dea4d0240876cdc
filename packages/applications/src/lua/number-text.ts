const twoTo63 = 2 ** 63
/** No number is written longer than this. */
const maxNumberLength = 1_000
/** From this power of ten on Go prints a number with its exponent. */
export const exponentFrom = 6

/** Whole numbers print without a point, the others as Go prints them (gopher-lua `value.go`, LNumber.String). */
export function numberText(value: number): string {
  if (isWhole(value)) return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : BigInt(value).toString()
  return shortest(value)
}

export function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= -twoTo63 && value < twoTo63
}

/** Go's `%v` of a float64: the fewest digits that read back as the same number. */
function shortest(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const [mantissa = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  return exponent < -4 || exponent >= exponentFrom ? `${mantissa}e${exponentText(exponent)}` : fixed(value)
}

/** Two digits at least, with a sign. */
export function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function fixed(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  const [mantissa = '', power = ''] = text.split('e')
  const digits = mantissa.replace('-', '').replace('.', '')
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-Number(power) - 1)}${digits}`
}

/**
 * A number from a text, as in arithmetic and in source: decimal, `0x`, `0b`, `0o` and a leading zero for octal; then what Go reads as a float
 * (gopher-lua `utils.go`, parseNumber). Undefined for anything else.
 */
export function parseNumber(text: string): number | undefined {
  if (text.length > maxNumberLength) return undefined
  const trimmed = text.replace(/^[ \t\n]+|[ \t\n]+$/g, '')
  return parseInteger(trimmed, 0) ?? parseFloatText(trimmed)
}

/** Go's `strconv.ParseInt` of 64 bits. A base of 0 is told by the prefix. */
export function parseInteger(text: string, base: number): number | undefined {
  const match = /^([+-]?)(0[xX]|0[bB]|0[oO]|0(?=[0-9_]))?([0-9a-zA-Z_]+)$/.exec(text)
  if (!match) return undefined
  const [, sign = '', prefix, rest = ''] = match
  let digits = rest
  let radix = base
  if (base === 0) {
    radix = prefix === undefined ? 10 : prefix === '0' ? 8 : ({ x: 16, b: 2, o: 8 }[prefix.slice(-1).toLowerCase()] ?? 10)
    if (prefix !== undefined || !digits.includes('_')) digits = digits.replaceAll('_', '')
  } else digits = (prefix ?? '') + rest
  if (radix < 2 || radix > 36 || digits === '' || digits.length > 70) return undefined
  let value = 0n
  for (const digit of digits) {
    const number = parseInt(digit, 36)
    if (!(number < radix)) return undefined
    value = value * BigInt(radix) + BigInt(number)
  }
  if (value > (sign === '-' ? 2n ** 63n : 2n ** 63n - 1n)) return undefined
  return sign === '-' ? -Number(value) : Number(value)
}

export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text)
    // Out of range is an error to Go.
    return Number.isFinite(value) ? value : undefined
  }
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^nan$/i.test(text) ? NaN : undefined
}
