import { builtinNames, predicateBuiltins } from './builtins.ts'
import type { Node } from './syntax.ts'
import { ExpressionError, type Token, tokenize } from './token.ts'

/** expr-lang's (`parser/operator`, 1.17): the higher the closer. */
const binary: Readonly<Record<string, number>> = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '<=': 20,
  '>=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
}
const unary: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 }
const rightward = new Set(['**', '^'])
const negatable = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith'])
const maxLength = 10_000
const maxDepth = 200

/** Throws `ExpressionError`. */
export function parseExpression(source: string): Node {
  if (source.length > maxLength) throw new ExpressionError(`it has more than ${maxLength} characters`)
  const parser = new Parser(tokenize(source))
  const node = parser.statement()
  parser.end()
  return node
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #predicates = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  end(): void {
    if (this.#token.kind !== 'end') throw this.#unexpected()
  }

  /** `let x = 1; x + 1`, or an expression. */
  statement(): Node {
    if (!this.#isName('let')) return this.expression(0)
    this.#at += 1
    const name = this.#name()
    this.#expect('=')
    const value = this.expression(0)
    this.#expect(';')
    return { kind: 'let', name, value, body: this.statement() }
  }

  expression(least: number): Node {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new ExpressionError(`it is nested deeper than ${maxDepth}`)
    let left = this.#operand()
    for (;;) {
      const isNegated = this.#isName('not') && negatable.has(this.#next.value as string)
      const operator = isNegated ? (this.#next.value as string) : this.#operatorText()
      const precedence = operator !== undefined && Object.hasOwn(binary, operator) ? binary[operator] : undefined
      if (operator === undefined || precedence === undefined || precedence < least) break
      this.#at += isNegated ? 2 : 1
      if (operator === '|') {
        left = this.#piped(left)
        continue
      }
      const right = this.expression(rightward.has(operator) ? precedence : precedence + 1)
      left = { kind: 'binary', operator: operator === 'or' ? '||' : operator === 'and' ? '&&' : operator, left, right }
      if (isNegated) left = { kind: 'unary', operator: '!', operand: left }
    }
    if (least === 0 && this.#isOperator('?')) {
      this.#at += 1
      if (this.#isOperator(':')) {
        this.#at += 1
        left = { kind: 'choice', condition: left, yes: left, no: this.expression(0) }
      } else {
        const yes = this.expression(0)
        this.#expect(':')
        left = { kind: 'choice', condition: left, yes, no: this.expression(0) }
      }
    }
    this.#depth -= 1
    return left
  }

  #operand(): Node {
    const operator = this.#operatorText()
    const precedence = operator !== undefined && Object.hasOwn(unary, operator) ? unary[operator] : undefined
    if (operator !== undefined && precedence !== undefined) {
      this.#at += 1
      return { kind: 'unary', operator: operator === 'not' ? '!' : (operator as '!'), operand: this.expression(precedence) }
    }
    return this.#postfix(this.#primary())
  }

  #primary(): Node {
    const token = this.#token
    this.#at += 1
    if (token.kind === 'number' || token.kind === 'text') return { kind: 'value', value: token.value }
    if (token.kind === 'name') return this.#named(token.value)
    if (token.value === '(') {
      const inner = this.statement()
      this.#expect(')')
      return inner
    }
    if (token.value === '[') return { kind: 'list', items: this.#items(']') }
    if (token.value === '{') return this.#map()
    if (token.value === '#' && this.#predicates > 0) return { kind: 'item' }
    if (token.value === '.' && this.#predicates > 0) {
      return { kind: 'member', of: { kind: 'item' }, key: { kind: 'value', value: this.#name() }, isOptional: false }
    }
    this.#at -= 1
    throw this.#unexpected()
  }

  #named(name: string): Node {
    if (name === 'true' || name === 'false') return { kind: 'value', value: name === 'true' }
    if (name === 'nil') return { kind: 'value', value: null }
    if (this.#isOperator('(') && builtinNames.has(name)) return this.#builtin(name, [])
    return { kind: 'name', name }
  }

  #builtin(name: string, given: Node[]): Node {
    this.#expect('(')
    const args = [...given]
    while (!this.#isOperator(')')) {
      if (args.length > given.length) this.#expect(',')
      if (this.#isOperator(')')) break
      args.push(predicateBuiltins.has(name) && args.length === 1 ? this.#predicate() : this.expression(0))
    }
    this.#expect(')')
    return { kind: 'builtin', name, args }
  }

  #predicate(): Node {
    const isBraced = this.#isOperator('{')
    if (isBraced) this.#at += 1
    this.#predicates += 1
    const body = isBraced ? this.statement() : this.expression(0)
    this.#predicates -= 1
    if (isBraced) this.#expect('}')
    return { kind: 'predicate', body }
  }

  /** `value | name(more)` is `name(value, more)`. */
  #piped(left: Node): Node {
    const name = this.#name()
    if (!builtinNames.has(name)) throw new ExpressionError(`there is no function '${name}' to pipe into`)
    return this.#postfix(this.#builtin(name, [left]))
  }

  #postfix(start: Node): Node {
    let node = start
    let hasOptional = false
    for (;;) {
      if (this.#isOperator('.') || this.#isOperator('?.')) {
        const isOptional = this.#isOperator('?.')
        hasOptional ||= isOptional
        this.#at += 1
        if (isOptional && this.#isOperator('[')) node = this.#indexed(node, true)
        else node = { kind: 'member', of: node, key: { kind: 'value', value: this.#name() }, isOptional }
      } else if (this.#isOperator('[')) node = this.#indexed(node, false)
      else if (this.#isOperator('(')) {
        this.#at += 1
        node = { kind: 'call', callee: node, args: this.#items(')') }
      } else return hasOptional ? { kind: 'chain', of: node } : node
    }
  }

  #indexed(of: Node, isOptional: boolean): Node {
    this.#expect('[')
    const from = this.#isOperator(':') ? undefined : this.expression(0)
    if (this.#isOperator(':')) {
      this.#at += 1
      const to = this.#isOperator(']') ? undefined : this.expression(0)
      this.#expect(']')
      return { kind: 'slice', of, from, to }
    }
    this.#expect(']')
    if (from === undefined) throw this.#unexpected()
    return { kind: 'member', of, key: from, isOptional }
  }

  #items(end: string): Node[] {
    const items: Node[] = []
    while (!this.#isOperator(end)) {
      if (items.length > 0) this.#expect(',')
      if (this.#isOperator(end)) break
      items.push(this.expression(0))
    }
    this.#expect(end)
    return items
  }

  #map(): Node {
    const entries: [Node, Node][] = []
    while (!this.#isOperator('}')) {
      if (entries.length > 0) this.#expect(',')
      if (this.#isOperator('}')) break
      const token = this.#token
      let key: Node
      if (this.#isOperator('(')) key = this.#primary()
      else if (token.kind === 'end' || token.kind === 'operator') throw this.#unexpected()
      else {
        this.#at += 1
        key = { kind: 'value', value: String(token.value) }
      }
      this.#expect(':')
      entries.push([key, this.expression(0)])
    }
    this.#expect('}')
    return { kind: 'map', entries }
  }

  get #token(): Token {
    // The last token is the end, and nobody goes beyond.
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!
  }

  get #next(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!
  }

  #operatorText(): string | undefined {
    const { kind, value } = this.#token
    return kind === 'operator' || kind === 'name' ? value : undefined
  }

  #isOperator(value: string): boolean {
    return this.#token.kind === 'operator' && this.#token.value === value
  }

  #isName(value: string): boolean {
    return this.#token.kind === 'name' && this.#token.value === value
  }

  #name(): string {
    const token = this.#token
    if (token.kind !== 'name') throw this.#unexpected()
    this.#at += 1
    return token.value
  }

  #expect(value: string): void {
    if (!this.#isOperator(value)) throw this.#unexpected(`, '${value}' is`)
    this.#at += 1
  }

  #unexpected(wanted = ''): ExpressionError {
    const { kind, value, at } = this.#token
    return new ExpressionError(
      kind === 'end'
        ? `it ends too early${wanted && ` (${wanted.slice(2)} expected)`}`
        : `'${String(value)}' is not expected${wanted} (character ${at + 1})`,
    )
  }
}
