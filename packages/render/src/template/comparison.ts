/** `eq`, `ne`, `lt`, `le`, `gt`, `ge` by the kinds of Go's text/template: an int is never compared with a float. */
import { sprintf } from '../go/format.ts'
import { type GoKind, goKind, isComplex } from '../go/kind.ts'
import type { GoFunction, GoValue } from '../go/value.ts'
import { GoInt, GoStruct, JsonNumber } from '../go/value.ts'
import { reflectValue } from './argument.ts'
import type { GoRelease } from './contract.ts'

type BasicKind = 'bool' | 'complex' | 'int' | 'float' | 'string' | 'uint'

function basicKind(value: GoValue): BasicKind | undefined {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    default:
  }
  if (value instanceof GoInt) return goKind(value).startsWith('u') ? 'uint' : 'int'
  return isComplex(value) ? 'complex' : undefined
}

type Say = (left: GoValue, right: GoValue) => Error

/** The words of this one error changed with Go 1.25. */
const incompatible: Readonly<Record<GoRelease, Say>> = {
  '1.24': () => new Error('incompatible types for comparison'),
  '1.25': (left, right) => new Error(sprintf('incompatible types for comparison: %T and %T', [left, right])),
}

/** encoding/json's `Number` is text by its kind. */
function underlying(value: GoValue): GoValue {
  return value instanceof JsonNumber ? value.number : value
}

function isEqual(left: GoValue, right: GoValue, say: Say): boolean {
  const leftKind = basicKind(left)
  const rightKind = basicKind(right)
  if (leftKind !== rightKind) {
    if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value
    const isNil = left === null || left === undefined || right === null || right === undefined
    if (!isNil) throw say(left, right)
    return false
  }
  if (leftKind === undefined) return isEqualReference(left, right)
  if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value
  if (isComplex(left) && isComplex(right)) {
    return left.inner.real === right.inner.real && left.inner.imaginary === right.inner.imaginary
  }
  return left === right
}

/** Two values that are no numbers, strings or booleans: only nil, pointers and structs can be compared. */
function isEqualReference(left: GoValue, right: GoValue): boolean {
  const leftKind = goKind(left)
  const rightKind = goKind(right)
  if (leftKind === 'invalid' || rightKind === 'invalid') return leftKind === rightKind
  if (leftKind !== rightKind) {
    throw new Error(sprintf('non-comparable types %s: %T, %T: %v', [left, left, right, right]))
  }
  if (!isComparable(rightKind)) throw new Error(sprintf('non-comparable type %s: %T', [right, right]))
  if (left === right) return true
  return leftKind === 'struct' && left instanceof GoStruct && right instanceof GoStruct && haveEqualFields(left, right)
}

function isComparable(kind: GoKind): boolean {
  return kind !== 'map' && kind !== 'slice'
}

function haveEqualFields(left: GoStruct, right: GoStruct): boolean {
  if (left.type !== right.type) return false
  if (left.fields.size === 0 && left.text !== undefined && right.text !== undefined) return left.text() === right.text()
  return [...left.fields].every(([name, value]) => value === right.fields.get(name))
}

function isLess(left: GoValue, right: GoValue, say: Say): boolean {
  const leftKind = basicKind(left)
  const rightKind = basicKind(right)
  if (leftKind === undefined || rightKind === undefined) throw new Error('invalid type for comparison')
  if (left instanceof GoInt && right instanceof GoInt) return left.value < right.value
  if (leftKind !== rightKind) throw say(left, right)
  if (typeof left === 'string' && typeof right === 'string') return left < right
  if (typeof left === 'number' && typeof right === 'number') return left < right
  throw new Error('invalid type for comparison')
}

/** Go has it as "less or equal", which NaN makes different from "not greater". */
function isLessOrEqual(left: GoValue, right: GoValue, say: Say): boolean {
  return isLess(left, right, say) || isEqual(left, right, say)
}

export function comparisons(release: GoRelease): readonly (readonly [string, GoFunction])[] {
  const say = incompatible[release]
  const comparison = (compare: (left: GoValue, right: GoValue) => boolean): GoFunction => ({
    parameters: [reflectValue, reflectValue],
    call: (left, right) => compare(underlying(left), underlying(right)),
  })
  const equal: GoFunction = {
    parameters: [reflectValue, reflectValue],
    variadic: true,
    call: (left, ...others) => {
      if (others.length === 0) throw new Error('missing argument for comparison')
      return others.some((other) => isEqual(underlying(left), underlying(other), say))
    },
  }
  return [
    ['eq', equal],
    ['ne', comparison((left, right) => !isEqual(left, right, say))],
    ['lt', comparison((left, right) => isLess(left, right, say))],
    ['le', comparison((left, right) => isLessOrEqual(left, right, say))],
    ['gt', comparison((left, right) => !isLessOrEqual(left, right, say))],
    ['ge', comparison((left, right) => !isLess(left, right, say))],
  ]
}
