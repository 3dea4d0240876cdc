import { JqError } from './error.ts'
import { checkedList, checkedText } from './machine.ts'
import type { Operator } from './syntax.ts'
import { compare, isMap, type JqObject, type JqValue, maxText, newMap, preview } from './value.ts'

export function operate(operator: Operator, a: JqValue, b: JqValue): JqValue {
  switch (operator) {
    case '+':
      return add(a, b)
    case '-':
      return subtract(a, b)
    case '*':
      return multiply(a, b)
    case '/':
      return divide(a, b)
    case '%':
      return remainder(a, b)
    case '==':
      return compare(a, b) === 0
    case '!=':
      return compare(a, b) !== 0
    case '<':
      return compare(a, b) < 0
    case '<=':
      return compare(a, b) <= 0
    case '>':
      return compare(a, b) > 0
    case '>=':
      return compare(a, b) >= 0
  }
}

export function add(a: JqValue, b: JqValue): JqValue {
  if (a === null) return b
  if (b === null) return a
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (typeof a === 'string' && typeof b === 'string') return checkedText(a + b)
  if (Array.isArray(a) && Array.isArray(b)) return checkedList([...a, ...b])
  if (isMap(a) && isMap(b)) {
    const sum = newMap(a)
    for (const name of Object.keys(b)) sum[name] = b[name] as JqValue
    return sum
  }
  throw unfit('add', a, b)
}

function subtract(a: JqValue, b: JqValue): JqValue {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (Array.isArray(a) && Array.isArray(b)) return a.filter((item) => !b.some((other) => compare(item, other) === 0))
  throw unfit('subtract', a, b)
}

function multiply(a: JqValue, b: JqValue): JqValue {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (isMap(a) && isMap(b)) return mergeDeep(a, b)
  if (typeof a === 'string' && typeof b === 'number') return repeat(a, b)
  if (typeof a === 'number' && typeof b === 'string') return repeat(b, a)
  throw unfit('multiply', a, b)
}

function mergeDeep(a: JqObject, b: JqObject): JqObject {
  const merged = newMap(a)
  for (const name of Object.keys(b)) {
    const [mine, theirs] = [merged[name], b[name] as JqValue]
    merged[name] = isMap(mine) && isMap(theirs) ? mergeDeep(mine, theirs) : theirs
  }
  return merged
}

function repeat(text: string, times: number): JqValue {
  if (times < 0 || Number.isNaN(times)) return null
  const whole = Math.floor(times)
  if (text.length * whole > maxText) throw new JqError('the text is too long')
  return text.repeat(whole)
}

function divide(a: JqValue, b: JqValue): JqValue {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0) throw new JqError(`cannot divide ${preview(a)} by zero`)
    return a / b
  }
  if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : splitText(a, b)
  throw unfit('divide', a, b)
}

/** An empty separator splits between code points. */
export function splitText(text: string, separator: string): string[] {
  return checkedList(separator === '' ? Array.from(text) : text.split(separator))
}

function remainder(a: JqValue, b: JqValue): JqValue {
  if (typeof a !== 'number' || typeof b !== 'number') throw unfit('take the remainder of', a, b)
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
  const divisor = wholeNumber(b)
  if (divisor === 0) throw new JqError(`cannot divide ${preview(a)} by zero`)
  // Minus zero is no result of whole numbers.
  return (wholeNumber(a) % divisor) + 0
}

/** Towards zero, within what 64 bits hold. */
export function wholeNumber(value: number): number {
  if (Number.isNaN(value)) return -(2 ** 63)
  return Math.min(Math.max(Math.trunc(value), -(2 ** 63)), 2 ** 63)
}

function unfit(what: string, a: JqValue, b: JqValue): JqError {
  return new JqError(`cannot ${what}: ${preview(a)} and ${preview(b)}`)
}
