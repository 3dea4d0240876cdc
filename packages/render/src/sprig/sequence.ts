import { goKind } from '../go/format.ts'
import { GoBytes, goInt, type GoList, type GoValue } from '../go/value.ts'
import { isNil, nilPointer } from './go-function.ts'

/** The items of what reflection calls a slice; undefined for anything else. */
export function itemsOf(value: GoValue): GoList | undefined {
  if (Array.isArray(value)) return value
  if (value instanceof GoBytes) return Array.from(value.bytes, (byte) => goInt(byte, 'uint8'))
  return undefined
}

/** The same, with sprig's error: `problem` and the kind of what was given instead. Of nil there is no kind, which ends in a nil pointer. */
export function needItems(value: GoValue, problem: string): GoList {
  const items = itemsOf(value)
  if (items !== undefined) return items
  throw new Error(isNil(value) ? nilPointer : `${problem} ${goKind(value)}`)
}
