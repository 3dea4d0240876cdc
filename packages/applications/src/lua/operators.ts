import type { Machine } from './machine.ts'
import { parseNumber } from './number-text.ts'
import { isFunction, isTable, isTrue, type LuaValue, typeName } from './value.ts'

export type ArithmeticEvent = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow'

export function arithmetic(machine: Machine, event: ArithmeticEvent, left: LuaValue, right: LuaValue): LuaValue {
  if (typeof left === 'number' && typeof right === 'number') return calculate(event, left, right)
  const handler = machine.metamethod(left, `__${event}`) ?? machine.metamethod(right, `__${event}`)
  if (isFunction(handler)) return machine.call(handler, [left, right])[0]
  machine.read(left)
  machine.read(right)
  const [first, second] = [numberOf(left), numberOf(right)]
  if (first !== undefined && second !== undefined) return calculate(event, first, second)
  // What was a number after all is named as one.
  const name = (value: LuaValue, number: number | undefined): string => (number === undefined ? typeName(value) : 'number')
  throw machine.error(`cannot perform ${event} operation between ${name(left, first)} and ${name(right, second)}`)
}

function calculate(event: ArithmeticEvent, left: number, right: number): number {
  switch (event) {
    case 'add':
      return left + right
    case 'sub':
      return left - right
    case 'mul':
      return left * right
    case 'div':
      return left / right
    case 'mod':
      return modulo(left, right)
    case 'pow':
      // Go: one to any power is one.
      return left === 1 || (left === -1 && Math.abs(right) === Infinity) ? 1 : left ** right
  }
}

/** With the sign of the divisor. */
export function modulo(left: number, right: number): number {
  const rest = left % right
  return (right > 0 && rest < 0) || (right < 0 && rest > 0) ? rest + right : rest
}

/** What a value is in arithmetic, where texts count as what they say. */
export function numberOf(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? parseNumber(value) : undefined
}

export function negated(machine: Machine, value: LuaValue): LuaValue {
  if (typeof value === 'number') return -value
  const handler = machine.metamethod(value, '__unm')
  if (isFunction(handler)) return machine.call(handler, [value])[0]
  const number = numberOf(value)
  if (number === undefined) throw machine.error('__unm undefined')
  return -number
}

export function lengthOf(machine: Machine, value: LuaValue): LuaValue {
  if (typeof value === 'string') return value.length
  const handler = machine.metamethod(value, '__len')
  if (isFunction(handler)) return machine.call(handler, [value])[0]
  if (!isTable(value)) throw machine.error('__len undefined')
  return value.length
}

export function isEqual(machine: Machine, left: LuaValue, right: LuaValue): boolean {
  machine.read(left)
  if (left === right) return true
  if (!isTable(left) || !isTable(right)) return false
  return compared(machine, '__eq', left, right) ?? false
}

export function isLess(machine: Machine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right
  machine.read(left)
  // Characters are bytes, so that this is their order.
  if (typeof left === 'string' && typeof right === 'string') return left < right
  const answer = typeName(left) === typeName(right) ? compared(machine, '__lt', left, right) : undefined
  if (answer === undefined) throw incomparable(machine, left, right)
  return answer
}

export function isLessOrEqual(machine: Machine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left <= right
  machine.read(left)
  if (typeof left === 'string' && typeof right === 'string') return left <= right
  if (typeName(left) !== typeName(right)) throw incomparable(machine, left, right)
  const answer = compared(machine, '__le', left, right)
  if (answer !== undefined) return answer
  const opposite = compared(machine, '__lt', right, left)
  if (opposite === undefined) throw incomparable(machine, right, left)
  return !opposite
}

/** By a metamethod that both have. */
function compared(machine: Machine, event: string, left: LuaValue, right: LuaValue): boolean | undefined {
  const handler = machine.metamethod(left, event)
  if (!isFunction(handler) || handler !== machine.metamethod(right, event)) return undefined
  return isTrue(machine.call(handler, [left, right])[0])
}

function incomparable(machine: Machine, left: LuaValue, right: LuaValue): Error {
  return machine.error(`attempt to compare ${typeName(left)} with ${typeName(right)}`)
}
