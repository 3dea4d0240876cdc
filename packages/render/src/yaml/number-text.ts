import { YamlError } from './contract.ts'

/** encoding/json's float64: as ES6 prints it, save that exponents have no leading zero and minus zero keeps its sign. */
export function formatJsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new YamlError(`json: unsupported value: ${nameOf(value)}`)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** strconv.FormatFloat(value, 'g', -1, 64): the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function formatFloatG(value: number): string {
  if (!Number.isFinite(value)) return nameOf(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  return shortest(value.toExponential())
}

/** strconv.FormatFloat(value, 'g', -1, 32). */
export function formatFloat32G(value: number): string {
  const narrow = Math.fround(value)
  if (!Number.isFinite(narrow) || narrow === 0) return formatFloatG(narrow)
  for (let digits = 1; digits < 9; digits += 1) {
    const text = narrow.toExponential(digits - 1)
    if (Math.fround(Number(text)) === narrow) return shortest(text)
  }
  return shortest(narrow.toExponential(8))
}

function nameOf(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** From `d.ddde±x` to Go's `%g`. */
function shortest(exponential: string): string {
  const [mantissa = '', exponentText = '0'] = exponential.split('e')
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace('-', '').replace('.', '')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0')
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}
