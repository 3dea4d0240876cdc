import { RE2JS } from 're2js'
import { callPlain } from './builtins.ts'
import type { Node } from './syntax.ts'
import { ExpressionError } from './token.ts'
import { describe, Duration, isEqual, isMap, listOf, type MapValue, methodOf, numberOf, textOf, Time, type Value } from './values.ts'

/** Nodes evaluated, items made: far more than a condition needs, and a few milliseconds at most. */
const maxSteps = 100_000
const maxText = 1024 * 1024
const maxRange = 10_000

/** Marks a chain that a `?.` has cut short. */
const cut = Symbol('cut')
type Found = Value | typeof cut

export interface EvaluateOptions {
  now(): number
}

/** Throws `ExpressionError`, and whatever a function of the environment throws. */
export function evaluate(node: Node, environment: MapValue, options: EvaluateOptions): Value {
  return new Evaluation(environment, options).value(node)
}

class Evaluation {
  readonly #options: EvaluateOptions
  readonly #items: Value[] = []
  #names: MapValue
  #steps = 0

  constructor(environment: MapValue, options: EvaluateOptions) {
    this.#names = environment
    this.#options = options
  }

  value(node: Node): Value {
    const found = this.#find(node)
    return found === cut ? null : found
  }

  #step(count = 1): void {
    this.#steps += count
    if (this.#steps > maxSteps) throw new ExpressionError(`it takes more than ${maxSteps} steps`)
  }

  #find(node: Node): Found {
    this.#step()
    switch (node.kind) {
      case 'value':
        return node.value
      case 'name':
        return Object.hasOwn(this.#names, node.name) ? (this.#names[node.name] ?? null) : null
      case 'item':
        return this.#items.at(-1) ?? null
      case 'list':
        return node.items.map((item) => this.value(item))
      case 'map':
        return Object.fromEntries(node.entries.map(([key, value]) => [textOf(this.value(key)), this.value(value)]))
      case 'unary':
        return this.#unary(node)
      case 'binary':
        return this.#binary(node)
      case 'choice':
        return this.value(truth(this.value(node.condition)) ? node.yes : node.no)
      case 'member':
        return this.#member(node)
      case 'slice':
        return this.#slice(node)
      case 'chain': {
        const found = this.#find(node.of)
        return found === cut ? null : found
      }
      case 'call':
        return this.#call(node)
      case 'builtin':
        return this.#builtin(node)
      case 'let':
        return this.#let(node)
      case 'predicate':
        throw new ExpressionError('a predicate stands where a value belongs')
    }
  }

  #unary({ operator, operand }: Extract<Node, { kind: 'unary' }>): Value {
    const value = this.value(operand)
    if (operator === '!') return !truth(value)
    return operator === '-' ? (value instanceof Duration ? new Duration(-value.ms) : -numberOf(value)) : numberOf(value)
  }

  #binary({ operator, left, right }: Extract<Node, { kind: 'binary' }>): Value {
    if (operator === '&&') return truth(this.value(left)) && truth(this.value(right))
    if (operator === '||') return truth(this.value(left)) || truth(this.value(right))
    if (operator === '??') return this.value(left) ?? this.value(right)
    const result = this.#combined(operator, this.value(left), this.value(right))
    if (typeof result === 'string' && result.length > maxText) throw new ExpressionError('it makes a text of more than 1 MB')
    return result
  }

  #combined(operator: string, a: Value, b: Value): Value {
    switch (operator) {
      case '==':
        return isEqual(a, b)
      case '!=':
        return !isEqual(a, b)
      case 'in':
        if (b === null) return false
        if (Array.isArray(b)) {
          this.#step(b.length)
          return b.some((item) => isEqual(item, a))
        }
        if (isMap(b)) return Object.hasOwn(b, textOf(a))
        throw new ExpressionError(`'in' asks a list or a map, and not ${describe(b)}`)
      case 'contains':
        return textOf(a).includes(textOf(b))
      case 'startsWith':
        return textOf(a).startsWith(textOf(b))
      case 'endsWith':
        return textOf(a).endsWith(textOf(b))
      case 'matches':
        return pattern(textOf(b)).matcher(textOf(a)).find()
      case '..':
        return this.#range(numberOf(a), numberOf(b))
      case '+':
        if (typeof a === 'string' && typeof b === 'string') return a + b
        if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b]
        if (a instanceof Time && b instanceof Duration) return new Time(a.ms + b.ms)
        if (a instanceof Duration && b instanceof Duration) return new Duration(a.ms + b.ms)
        return numberOf(a) + numberOf(b)
      case '-':
        if (a instanceof Time && b instanceof Time) return new Duration(a.ms - b.ms)
        if (a instanceof Time && b instanceof Duration) return new Time(a.ms - b.ms)
        if (a instanceof Duration && b instanceof Duration) return new Duration(a.ms - b.ms)
        return numberOf(a) - numberOf(b)
      case '*':
        if (a instanceof Duration) return new Duration(a.ms * numberOf(b))
        if (b instanceof Duration) return new Duration(numberOf(a) * b.ms)
        return numberOf(a) * numberOf(b)
      case '/':
        return numberOf(a) / numberOf(b)
      case '%':
        return numberOf(a) % numberOf(b)
      case '**':
      case '^':
        return numberOf(a) ** numberOf(b)
      default:
        return compared(operator, a, b)
    }
  }

  #range(from: number, to: number): Value {
    const length = Math.max(0, to - from + 1)
    if (length > maxRange) throw new ExpressionError(`a range of more than ${maxRange}`)
    this.#step(length)
    return Array.from({ length }, (_item, index) => from + index)
  }

  #member({ of, key, isOptional }: Extract<Node, { kind: 'member' }>): Found {
    const container = this.#find(of)
    if (container === cut) return cut
    const name = this.value(key)
    if (container === null) {
      if (isOptional) return cut
      throw new ExpressionError(`${describe(name)} is asked of what is not there`)
    }
    if (container instanceof Time || container instanceof Duration) {
      const method = methodOf(container, textOf(name))
      if (method) return method
      throw new ExpressionError(`${describe(container)} has no ${textOf(name)}`)
    }
    if (Array.isArray(container)) {
      const index = numberOf(name)
      const found = container.at(index)
      if (found === undefined) throw new ExpressionError(`the list has ${container.length} items, and none at ${index}`)
      return found
    }
    if (typeof container === 'string') return Array.from(container).at(numberOf(name)) ?? null
    if (isMap(container)) return Object.hasOwn(container, textOf(name)) ? (container[textOf(name)] ?? null) : null
    throw new ExpressionError(`${describe(name)} is asked of ${describe(container)}`)
  }

  #slice({ of, from, to }: Extract<Node, { kind: 'slice' }>): Found {
    const container = this.#find(of)
    if (container === cut) return cut
    const [start, end] = [from === undefined ? 0 : numberOf(this.value(from)), to === undefined ? undefined : numberOf(this.value(to))]
    return typeof container === 'string' ? container.slice(start, end) : listOf(container).slice(start, end)
  }

  #call({ callee, args }: Extract<Node, { kind: 'call' }>): Found {
    const called = this.#find(callee)
    if (called === cut) return cut
    if (typeof called !== 'function') throw new ExpressionError(`${describe(called)} is called, and is no function`)
    return called(...args.map((arg) => this.value(arg)))
  }

  #builtin({ name, args }: Extract<Node, { kind: 'builtin' }>): Value {
    if (name === 'now') return new Time(this.#options.now())
    const [first, predicate] = args
    if (first === undefined) throw new ExpressionError(`${name}() is given nothing`)
    if (predicate?.kind === 'predicate') return this.#over(name, listOf(this.value(first)), predicate.body)
    const values = args.map((arg) => this.value(arg))
    if (name === 'any') return listOf(values[0]).some(truth)
    if (name === 'all') return listOf(values[0]).every(truth)
    if (name === 'count') return listOf(values[0]).filter(truth).length
    if (name === 'sum') return listOf(values[0]).reduce<number>((sum, one) => sum + numberOf(one), 0)
    return callPlain(name, values)
  }

  #over(name: string, list: Value[], body: Node): Value {
    const ask = (item: Value): Value => {
      this.#items.push(item)
      try {
        return this.value(body)
      } finally {
        this.#items.pop()
      }
    }
    const holds = (item: Value): boolean => truth(ask(item))
    switch (name) {
      case 'all':
        return list.every(holds)
      case 'any':
        return list.some(holds)
      case 'none':
        return !list.some(holds)
      case 'one':
        return list.filter(holds).length === 1
      case 'filter':
        return list.filter(holds)
      case 'map':
        return list.map(ask)
      case 'find':
        return list.find(holds) ?? null
      case 'findLast':
        return list.findLast(holds) ?? null
      case 'findIndex':
        return list.findIndex(holds)
      case 'count':
        return list.filter(holds).length
      case 'sum':
        return list.reduce<number>((sum, one) => sum + numberOf(ask(one)), 0)
      default:
        throw new ExpressionError(`there is no function '${name}'`)
    }
  }

  #let({ name, value, body }: Extract<Node, { kind: 'let' }>): Value {
    const outer = this.#names
    this.#names = { ...outer, [name]: this.value(value) }
    try {
      return this.value(body)
    } finally {
      this.#names = outer
    }
  }
}

function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value
  throw new ExpressionError(`${describe(value)} is neither true nor false`)
}

function compared(operator: string, a: Value, b: Value): boolean {
  const [left, right] = comparable(a, b)
  switch (operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}

function comparable(a: Value, b: Value): [number, number] | [string, string] {
  if (typeof a === 'string' && typeof b === 'string') return [a, b]
  if (a instanceof Time && b instanceof Time) return [a.ms, b.ms]
  if (a instanceof Duration && b instanceof Duration) return [a.ms, b.ms]
  return [numberOf(a), numberOf(b)]
}

/** In linear time, whatever somebody has written. */
function pattern(text: string): RE2JS {
  try {
    return RE2JS.compile(text)
  } catch (error) {
    throw new ExpressionError(`"${text.slice(0, 60)}" is no pattern: ${error instanceof Error ? error.message : String(error)}`)
  }
}
