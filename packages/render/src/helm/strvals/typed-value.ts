import { goInt, type GoValue } from '../../go/value.ts'

const words = new Map<string, GoValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])

const int64Limits = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** `typedVal`: a number that starts with zero stays text, as `007` and `0x1F` are more often names than numbers. */
export function typeValue(text: string): GoValue {
  const word = text.length < 6 ? words.get(text.toLowerCase()) : undefined
  if (word !== undefined) return word
  if (text === '0') return goInt(0, 'int64')
  if (!/^[-+]?[0-9]+$/.test(text) || text.startsWith('0') || text.length > 40) return text
  const value = BigInt(text.replace(/^\+/, ''))
  return value < int64Limits.min || value > int64Limits.max ? text : goInt(value, 'int64')
}
