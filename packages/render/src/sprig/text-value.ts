import { formatValue } from '../go/format.ts'
import { GoBytes, type GoValue } from '../go/value.ts'

/** sprig's `strval`: text as it is, bytes as text, anything else as `%v` prints it. */
export function textOf(value: GoValue): string {
  if (typeof value === 'string') return value
  if (value instanceof GoBytes) return Buffer.from(value.bytes).toString('latin1')
  return formatValue(value)
}
