/** What reflection says of a value: its type, its Kind, whether it is true, whether two are equal. */
import type { GoValue, IntType } from './value.ts'
import { GoBytes, GoInt, GoStruct, TypedList, TypedMap } from './value.ts'

/** reflect's Kind, as `kindOf` prints it. `invalid` is that of nil. */
export type GoKind =
  | 'invalid'
  | 'bool'
  | 'string'
  | 'float64'
  | 'complex128'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func'
  | Exclude<IntType, `time.${string}`>

/** `%T`: the type of what is inside the interface; `<nil>` for nil. */
export function goTypeName(value: GoValue): string {
  if (value === null || value === undefined) return '<nil>'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    default:
  }
  if (value instanceof GoInt) return value.type
  if (value instanceof Map) return value instanceof TypedMap ? value.type : 'map[string]interface {}'
  if (value instanceof GoBytes) return '[]uint8'
  if (value instanceof GoStruct) return value.type
  return value instanceof TypedList ? (value.type ?? `[]${value.elementType}`) : '[]interface {}'
}

export function goKind(value: GoValue): GoKind {
  if (value === null || value === undefined) return 'invalid'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    default:
  }
  if (value instanceof GoInt) return intKind(value.type)
  if (value instanceof Map) return 'map'
  if (value instanceof GoStruct) return isComplex(value) ? 'complex128' : value.kind
  return 'slice'
}

function intKind(type: IntType): Exclude<IntType, `time.${string}`> {
  switch (type) {
    case 'time.Duration':
      return 'int64'
    case 'time.Month':
    case 'time.Weekday':
      return 'int'
    default:
      return type
  }
}

/** Whether the integer's type has a sign. */
export function isSigned(type: IntType): boolean {
  return type.charCodeAt(0) !== 0x75
}

/** A complex number can only be written as a literal (`2i`); it is held as a struct that knows its parts. */
export function isComplex(value: GoValue): value is GoStruct & { inner: { real: number; imaginary: number } } {
  return value instanceof GoStruct && value.type === 'complex128'
}

/** The truth of `if` and `and`: not the zero value of its type. */
export function isTruthy(value: GoValue): boolean {
  if (value === null || value === undefined) return false
  switch (typeof value) {
    case 'string':
      return value.length > 0
    case 'number':
      return value !== 0
    case 'boolean':
      return value
    default:
  }
  if (value instanceof Map) return value.size > 0
  if (value instanceof GoInt) return value.value !== 0n
  if (value instanceof GoBytes) return value.bytes.length > 0
  if (value instanceof GoStruct) return !isComplex(value) || value.inner.real !== 0 || value.inner.imaginary !== 0
  return value.length > 0
}

/** sprig's `empty`. */
export function isEmpty(value: GoValue): boolean {
  return !isTruthy(value)
}

/** `reflect.DeepEqual`: values of different types are never equal, so `int` 1 is not `float64` 1. */
export function deepEqual(left: GoValue, right: GoValue): boolean {
  if (left === null || left === undefined) return right === null || right === undefined
  if (right === null || right === undefined) return false
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  if (left === right) return true
  if (goTypeName(left) !== goTypeName(right)) return false
  if (left instanceof GoInt) return right instanceof GoInt && left.value === right.value
  if (left instanceof GoBytes) return right instanceof GoBytes && Buffer.compare(left.bytes, right.bytes) === 0
  if (left instanceof Map) return right instanceof Map && haveEqualEntries(left, right)
  if (left instanceof GoStruct) return right instanceof GoStruct && areEqualStructs(left, right)
  if (!Array.isArray(right) || left.length !== right.length) return false
  return left.every((item, index) => deepEqual(item, right[index]))
}

function haveEqualEntries(left: ReadonlyMap<string, GoValue>, right: ReadonlyMap<string, GoValue>): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left) {
    if (!right.has(key) || !deepEqual(value, right.get(key))) return false
  }
  return true
}

function areEqualStructs(left: GoStruct, right: GoStruct): boolean {
  if (left.fields.size > 0) return haveEqualEntries(left.fields, right.fields)
  return left.text !== undefined && right.text !== undefined && left.text() === right.text()
}

/** The zero value of a type, as `reflect.Zero` gives it to a missing key or an absent argument. */
export function zeroValue(type: string): GoValue {
  switch (type) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'float64':
      return 0
    case 'int':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return new GoInt(0n, type)
    case '[]uint8':
      return new GoBytes(new Uint8Array(0))
    default:
      return null
  }
}
