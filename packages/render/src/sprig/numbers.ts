import { formatValue } from '../go/format.ts'
import { parseInt } from '../go/number.ts'
import { goInt, typedList, type GoInt, type GoValue, type TypedList } from '../go/value.ts'
import { toFloat64, toInt64 } from './cast.ts'
import { add, divide, multiply, subtract, toDecimal, toFloat, type Decimal } from './decimal.ts'
import { fixed, named, variadic, type FunctionTable } from './go-function.ts'
import { powerOfTen } from './power.ts'
import { checkListLength } from './size-limit.ts'

export const numberFunctions: FunctionTable = {
  int: fixed(['any'], (value) => goInt(toInt64(value))),
  int64: fixed(['any'], (value) => int64(toInt64(value))),
  float64: fixed(['any'], toFloat64),
  /** Reads what `fmt` prints of the value as an octal number. */
  toDecimal: fixed(['any'], (value) => {
    const parsed = parseInt(formatValue(value), 8)
    return int64(parsed.error === undefined ? parsed.value : 0n)
  }),

  add1: fixed(['any'], (value) => int64(toInt64(value) + 1n)),
  add: variadic([], 'any', (...values) => int64(values.reduce<bigint>((sum, value) => sum + toInt64(value), 0n))),
  sub: fixed(['any', 'any'], (left, right) => int64(toInt64(left) - toInt64(right))),
  mul: variadic(['any'], 'any', (first, ...rest) =>
    int64(rest.reduce<bigint>((product, value) => BigInt.asIntN(64, product * toInt64(value)), toInt64(first))),
  ),
  div: fixed(['any', 'any'], (left, right) => int64(toInt64(left) / divisor(right))),
  mod: fixed(['any', 'any'], (left, right) => int64(toInt64(left) % divisor(right))),
  ...named(
    ['max', 'biggest'],
    variadic(['any'], 'any', (first, ...rest) => int64(pick(first, rest, (value, best) => value > best))),
  ),
  min: variadic(['any'], 'any', (first, ...rest) => int64(pick(first, rest, (value, best) => value < best))),

  add1f: fixed(['any'], (value) => calculate(value, [1], add)),
  addf: variadic([], 'any', (...values) => calculate(0, values, add)),
  subf: variadic(['any'], 'any', (first, ...rest) => calculate(first, rest, subtract)),
  mulf: variadic(['any'], 'any', (first, ...rest) => calculate(first, rest, multiply)),
  divf: variadic(['any'], 'any', (first, ...rest) => calculate(first, rest, divide)),
  maxf: variadic(['any'], 'any', (first, ...rest) => Math.max(toFloat64(first), ...rest.map(toFloat64))),
  minf: variadic(['any'], 'any', (first, ...rest) => Math.min(toFloat64(first), ...rest.map(toFloat64))),
  floor: fixed(['any'], (value) => Math.floor(toFloat64(value))),
  ceil: fixed(['any'], (value) => Math.ceil(toFloat64(value))),
  round: variadic(['any', 'int'], 'float64', (value, places, roundOn) => round(toFloat64(value), Number(places.value), roundOn ?? 0.5)),

  until: fixed(['int'], (count) => ints(untilStep(0, Number(count.value), count.value < 0n ? -1 : 1))),
  untilStep: fixed(['int', 'int', 'int'], (start, stop, step) =>
    ints(untilStep(Number(start.value), Number(stop.value), Number(step.value))),
  ),
  seq: variadic([], 'int', (...bounds) => sequence(bounds.map((bound) => Number(bound.value)))),
}

function int64(value: bigint): GoInt {
  return goInt(value, 'int64')
}

function divisor(value: GoValue): bigint {
  const int = toInt64(value)
  if (int === 0n) throw new Error('runtime error: integer divide by zero')
  return int
}

function pick(first: GoValue, rest: readonly GoValue[], isBetter: (value: bigint, best: bigint) => boolean): bigint {
  let best = toInt64(first)
  for (const value of rest) {
    const int = toInt64(value)
    if (isBetter(int, best)) best = int
  }
  return best
}

function calculate(first: GoValue, rest: readonly GoValue[], operate: (left: Decimal, right: Decimal) => Decimal): number {
  let result = toDecimal(toFloat64(first))
  for (const value of rest) result = operate(result, toDecimal(toFloat64(value)))
  return toFloat(result)
}

/** The fraction that counts is that of the scaled number, so a negative number is rounded towards zero below `roundOn`. */
function round(value: number, places: number, roundOn: number): number {
  const power = powerOfTen(places)
  const digits = power * value
  const fraction = digits - Math.trunc(digits)
  return (fraction >= roundOn ? Math.ceil(digits) : Math.floor(digits)) / power
}

function untilStep(start: number, stop: number, step: number): number[] {
  const numbers: number[] = []
  const isDown = stop < start
  if (isDown ? step >= 0 : step <= 0) return numbers
  checkListLength(Math.ceil((stop - start) / step))
  if (isDown) for (let value = start; value > stop; value += step) numbers.push(value)
  else for (let value = start; value < stop; value += step) numbers.push(value)
  return numbers
}

function ints(numbers: readonly number[]): TypedList {
  return typedList(
    'int',
    numbers.map((value) => goInt(value)),
  )
}

/** As the shell's `seq`: END, START END or START STEP END, both ends included. */
function sequence(bounds: readonly number[]): string {
  const [first = 0, second = 0, third = 0] = bounds
  if (bounds.length === 0 || bounds.length > 3) return ''
  const start = bounds.length === 1 ? 1 : first
  const end = bounds.length === 1 ? first : bounds.length === 2 ? second : third
  const direction = end < start ? -1 : 1
  const step = bounds.length === 3 ? second : direction
  if (bounds.length === 3 && direction < 0 && step > 0) return ''
  return untilStep(start, end + direction, step).join(' ')
}
