import { JsonNumber, type GoValue } from '../../../go/value.ts'
import { writeJson } from '../../../yaml/json-writer.ts'

/** JSON text with every number as encoding/json writes a float64, so that `1.0` and `1` are the same text. */
export function plainJson(value: GoValue): string {
  return writeJson(plain(value))
}

function plain(value: GoValue): GoValue {
  if (value instanceof JsonNumber) return Number(value.number)
  if (Array.isArray(value)) return value.map(plain)
  return value instanceof Map ? new Map([...value].map(([key, item]) => [key, plain(item)])) : value
}
