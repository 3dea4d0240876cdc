import { goTypeName } from '../go/kind.ts'
import type { GoValue, IntType, ParameterType } from '../go/value.ts'
import { GoBytes, GoInt, GoStruct, TypedList, TypedMap } from '../go/value.ts'
import type { BoolNode, NilNode, NumberNode, StringNode } from './node.ts'
import { printNode } from './node-text.ts'
import type { Run } from './run.ts'

/** The parameter of builtins that see a value as reflection does: both kinds of nil. */
export const reflectValue = 'reflect.Value'

const intTypes: ReadonlySet<string> = new Set<IntType>([
  'int',
  'int8',
  'int16',
  'int32',
  'int64',
  'time.Duration',
  'time.Month',
  'time.Weekday',
])
const uintTypes: ReadonlySet<string> = new Set<IntType>(['uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr'])

/** A parameter's type as Go prints it. */
export function printType(type: ParameterType): string {
  switch (type) {
    case 'any':
      return 'interface {}'
    case 'list':
      return '[]interface {}'
    case 'map':
      return 'map[string]interface {}'
    case '[]byte':
      return '[]uint8'
    default:
      return type
  }
}

/** Go's `validateType`: the value as the parameter takes it, or an error in Go's words. */
export function validateArgument(run: Run, value: GoValue, type: ParameterType): GoValue {
  if (type === 'any') return value === undefined ? null : value
  if (type === 'string' && typeof value === 'string') return value
  if (type === reflectValue) return value
  if (value === undefined) return canBeNil(type) ? null : run.fail(`invalid value; expected ${printType(type)}`)
  if (isAssignable(value, type)) return value
  // A pointer is followed once.
  if (value instanceof GoStruct && value.kind === 'ptr' && value.type === `*${type}`) return value
  const actual = value === null ? 'interface {}' : goTypeName(value)
  return run.fail(`wrong type for value; expected ${printType(type)}; got ${actual}`)
}

export function canBeNil(type: ParameterType): boolean {
  switch (type) {
    case 'any':
    case 'list':
    case 'map':
    case reflectValue:
      return true
    default:
      return type.startsWith('[]') || type.startsWith('map[') || type.startsWith('*')
  }
}

function isAssignable(value: Exclude<GoValue, undefined>, type: ParameterType): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'float64':
      return typeof value === 'number'
    case 'list':
      return Array.isArray(value) && (!(value instanceof TypedList) || value.elementType === 'interface {}')
    case 'map':
      // A named type (chartutil.Values) whose underlying type is the parameter's is assignable.
      return value instanceof Map && (!(value instanceof TypedMap) || value.elementType === 'interface {}')
    case '[]byte':
      return value instanceof GoBytes
    default:
      if (value instanceof GoInt) return value.type === type
      return value !== null && goTypeName(value) === type
  }
}

/** A literal as an argument of a parameter's type: Go's constants have the type that is asked for. */
export function literalArgument(
  run: Run,
  node: BoolNode | NumberNode | StringNode | NilNode,
  value: GoValue,
  type: ParameterType,
): GoValue {
  if (node.type === 'nil') {
    if (!canBeNil(type)) return run.fail(`cannot assign nil to ${printType(type)}`)
    return type === reflectValue ? undefined : null
  }
  if (type === 'any' || type === reflectValue) {
    // A number that no int can hold is an error only when it is used.
    return node.type === 'number' && value === undefined ? overflow(run, node) : value
  }
  if (type === 'string') return node.type === 'string' ? node.text : run.fail(`expected string; found ${printNode(node)}`)
  if (type === 'bool') return node.type === 'bool' ? node.value : run.fail(`expected bool; found ${printNode(node)}`)
  if (type === 'float64') {
    return node.type === 'number' && node.float !== undefined ? node.float : run.fail(`expected float; found ${printNode(node)}`)
  }
  if (intTypes.has(type)) {
    if (node.type !== 'number' || node.int === undefined) return run.fail(`expected integer; found ${printNode(node)}`)
    return new GoInt(node.int, type as IntType)
  }
  if (uintTypes.has(type)) {
    if (node.type !== 'number' || node.uint === undefined) return run.fail(`expected unsigned integer; found ${printNode(node)}`)
    return new GoInt(node.uint, type as IntType)
  }
  return run.fail(`can't handle ${printNode(node)} for arg of type ${printType(type)}`)
}

export function overflow(run: Run, node: NumberNode): never {
  return run.fail(`${node.text} overflows int`)
}

/** Go's `idealConstant`: the type that the number's syntax gives it. Undefined: no int can hold it. */
export function idealConstant(node: NumberNode): GoValue {
  if (node.complex !== undefined) {
    const { real, imaginary } = node.complex
    return new GoStruct('complex128', { inner: { real, imaginary } })
  }
  const isHexInt = /^0[xX]./.test(node.text) && !/[pP]/.test(node.text)
  if (node.float !== undefined && !isHexInt && !node.text.startsWith("'") && /[.eEpP]/.test(node.text)) return node.float
  return node.int === undefined ? undefined : new GoInt(node.int, 'int')
}
