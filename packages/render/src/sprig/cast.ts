import { parseFloat, parseInt } from '../go/number.ts'
import { GoInt, JsonNumber, type GoValue } from '../go/value.ts'

/** spf13/cast `ToInt64`, and `ToInt`, which is the same: what is no number is 0. */
export function toInt64(value: GoValue): bigint {
  switch (typeof value) {
    case 'number':
      return floatToInt(value)
    case 'string':
      return textToInt(value)
    case 'boolean':
      return value ? 1n : 0n
    default:
  }
  if (value instanceof GoInt) return isKnown(value) ? BigInt.asIntN(64, value.value) : 0n
  return value instanceof JsonNumber ? textToInt(value.number) : 0n
}

/** spf13/cast `ToFloat64`. */
export function toFloat64(value: GoValue): number {
  switch (typeof value) {
    case 'number':
      return value
    case 'string':
      return textToFloat(value)
    case 'boolean':
      return value ? 1 : 0
    default:
  }
  if (value instanceof GoInt) return isKnown(value) ? Number(value.value) : 0
  return value instanceof JsonNumber ? textToFloat(value.number) : 0
}

/** cast's switch names types, not kinds: durations and uintptr are none of them. */
function isKnown(int: GoInt): boolean {
  return int.type !== 'time.Duration' && int.type !== 'uintptr'
}

/** Go's conversion on amd64: what does not fit is the smallest number. */
export function floatToInt(value: number): bigint {
  if (!(value >= -0x8000_0000_0000_0000 && value < 0x8000_0000_0000_0000)) return -0x8000_0000_0000_0000n
  return BigInt(Math.trunc(value))
}

function textToInt(text: string): bigint {
  const parsed = parseInt(trimZeroDecimal(text), 0)
  return parsed.error === undefined ? parsed.value : 0n
}

function textToFloat(text: string): number {
  const parsed = parseFloat(text)
  return parsed.error === undefined ? parsed.value : 0
}

/** `5.00` is 5; `5.` and `5.10` are no integers. */
function trimZeroDecimal(text: string): string {
  const end = /\.0+$/.exec(text)
  return end === null ? text : text.slice(0, end.index)
}
