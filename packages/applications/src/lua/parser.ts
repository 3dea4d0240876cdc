import { keywords, syntaxError, type Token, tokensOf } from './lexer.ts'
import { parseNumber } from './number-text.ts'
import type { BinaryOperator, Expression, FunctionBody, FunctionScope, Statement, Target, Variable } from './syntax.ts'

/** How deeply a script may be nested: more than anybody writes, less than our own stack bears. */
const maxDepth = 200
/** Local variables of one function at a time. */
const maxSlots = 250

/** How strongly an operator binds, to its left and to its right. */
const binding: Record<string, { left: number; right: number; operator?: BinaryOperator }> = {
  or: { left: 1, right: 1 },
  and: { left: 2, right: 2 },
  '<': { left: 3, right: 3, operator: 'less' },
  '>': { left: 3, right: 3, operator: 'greater' },
  '<=': { left: 3, right: 3, operator: 'lessOrEqual' },
  '>=': { left: 3, right: 3, operator: 'greaterOrEqual' },
  '==': { left: 3, right: 3, operator: 'equal' },
  '~=': { left: 3, right: 3, operator: 'notEqual' },
  '..': { left: 4, right: 4 },
  '+': { left: 5, right: 5, operator: 'add' },
  '-': { left: 5, right: 5, operator: 'subtract' },
  '*': { left: 6, right: 6, operator: 'multiply' },
  '/': { left: 6, right: 6, operator: 'divide' },
  '%': { left: 6, right: 6, operator: 'modulo' },
  '^': { left: 9, right: 8, operator: 'power' },
}
const unaryBinding = 7
const endsBlock = new Set(['end', 'else', 'elseif', 'until'])

/** Reads a script into its tree, with every name resolved to the variable it means. Throws `LuaError`. */
export function parse(source: string): FunctionBody {
  return new Parser(source).chunk()
}

class Parser {
  readonly #tokens: Iterator<Token, Token>
  #token: Token
  #ahead: Token | undefined
  #depth = 0
  #scope: FunctionScope = { parent: undefined, isVararg: true, slots: 0 }
  /** Innermost last: what is visible, over all functions around. */
  #visible: Variable[] = []
  #nextSlot = 0

  constructor(source: string) {
    this.#tokens = tokensOf(source)
    this.#token = this.#tokens.next().value
  }

  chunk(): FunctionBody {
    const body = this.#block()
    if (this.#token.kind !== 'end of file') throw this.#error()
    return { scope: this.#scope, parameters: [], body, line: 0, lastLine: 0 }
  }

  #advance(): Token {
    const token = this.#token
    this.#token = this.#ahead ?? this.#tokens.next().value
    this.#ahead = undefined
    return token
  }

  #peek(): Token {
    this.#ahead ??= this.#tokens.next().value
    return this.#ahead
  }

  #is(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === symbol
  }

  #take(symbol: string): boolean {
    if (!this.#is(symbol)) return false
    this.#advance()
    return true
  }

  #expect(symbol: string): Token {
    if (!this.#is(symbol)) throw this.#error()
    return this.#advance()
  }

  #name(): string {
    if (this.#token.kind !== 'name') throw this.#error()
    return this.#advance().text
  }

  #error(message = 'syntax error', token = this.#token): Error {
    return syntaxError(message, token.text, token.endLine, token.endColumn)
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw this.#error(`it is nested deeper than ${maxDepth} levels`)
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  #declare(name: string): Variable {
    const variable: Variable = { name, slot: this.#slots(1), owner: this.#scope, isCaptured: false }
    this.#visible.push(variable)
    return variable
  }

  #slots(count: number): number {
    const first = this.#nextSlot
    this.#nextSlot += count
    if (this.#nextSlot > maxSlots) throw this.#error('register overflow(too many local variables)')
    this.#scope.slots = Math.max(this.#scope.slots, this.#nextSlot)
    return first
  }

  /** What is declared inside is gone afterwards. */
  #inScope<T>(read: () => T): T {
    const [visible, slot] = [this.#visible.length, this.#nextSlot]
    try {
      return read()
    } finally {
      this.#visible.length = visible
      this.#nextSlot = slot
    }
  }

  #block(): Statement[] {
    return this.#inScope(() => this.#statements())
  }

  #statements(): Statement[] {
    const statements: Statement[] = []
    for (;;) {
      while (this.#take(';'));
      if (this.#token.kind === 'end of file' || (this.#token.kind === 'symbol' && endsBlock.has(this.#token.text))) return statements
      const statement = this.#nested(() => this.#statement())
      statements.push(statement)
      if (statement.kind !== 'return' && statement.kind !== 'break') continue
      // Nothing may follow either of them.
      this.#take(';')
      return statements
    }
  }

  #statement(): Statement {
    const { kind, text, line } = this.#token
    if (kind === 'symbol') {
      switch (text) {
        case 'do': {
          this.#advance()
          const body = this.#block()
          this.#expect('end')
          return { kind: 'do', line, body }
        }
        case 'while': {
          this.#advance()
          const condition = this.#expression()
          this.#expect('do')
          const body = this.#block()
          this.#expect('end')
          return { kind: 'while', line, condition, body }
        }
        case 'repeat':
          this.#advance()
          // The condition sees what the body declares.
          return this.#inScope(() => {
            const body = this.#statements()
            this.#expect('until')
            return { kind: 'repeat', line, body, condition: this.#expression() }
          })
        case 'if':
          return this.#if()
        case 'for':
          return this.#for()
        case 'function':
          return this.#functionStatement()
        case 'local':
          return this.#local()
        case 'return': {
          this.#advance()
          const isEmpty =
            this.#token.kind === 'end of file' || this.#is(';') || (this.#token.kind === 'symbol' && endsBlock.has(this.#token.text))
          return { kind: 'return', line, values: isEmpty ? [] : this.#expressions() }
        }
        case 'break':
          this.#advance()
          return { kind: 'break', line }
        case 'goto':
          this.#advance()
          return { kind: 'goto', line, label: this.#name() }
        case '::': {
          this.#advance()
          const label = this.#name()
          this.#expect('::')
          return { kind: 'label', line, label }
        }
      }
    }
    return this.#expressionStatement(line)
  }

  #if(): Statement {
    const { line } = this.#token
    const branches: { condition: Expression; body: Statement[] }[] = []
    do {
      this.#advance()
      const condition = this.#expression()
      this.#expect('then')
      branches.push({ condition, body: this.#block() })
    } while (this.#is('elseif'))
    const otherwise = this.#take('else') ? this.#block() : []
    this.#expect('end')
    return { kind: 'if', line, branches, otherwise }
  }

  #for(): Statement {
    const { line } = this.#advance()
    const names = [this.#name()]
    if (this.#take('=')) {
      const start = this.#expression()
      this.#expect(',')
      const limit = this.#expression()
      const step = this.#take(',') ? this.#expression() : undefined
      return this.#inScope(() => {
        const control = this.#slots(3)
        const variable = this.#declare(names[0] ?? '')
        const body = this.#loopBody()
        return { kind: 'for', line, control, variable, start, limit, ...(step && { step }), body }
      })
    }
    while (this.#take(',')) names.push(this.#name())
    this.#expect('in')
    const values = this.#expressions()
    return this.#inScope(() => {
      const control = this.#slots(3)
      const variables = names.map((name) => this.#declare(name))
      return { kind: 'forIn', line, control, variables, values, body: this.#loopBody() }
    })
  }

  #loopBody(): Statement[] {
    this.#expect('do')
    const body = this.#block()
    this.#expect('end')
    return body
  }

  #functionStatement(): Statement {
    const { line } = this.#advance()
    let target: Target = this.#resolve(this.#name(), line)
    let isMethod = false
    while (!isMethod && (this.#is('.') || this.#is(':'))) {
      isMethod = this.#advance().text === ':'
      target = { kind: 'index', line, object: target, key: { kind: 'constant', line, value: this.#name() } }
    }
    return { kind: 'assign', line, targets: [target], values: [this.#functionBody(line, isMethod)] }
  }

  #local(): Statement {
    const { line } = this.#advance()
    if (this.#take('function')) {
      const variable = this.#declare(this.#name())
      return { kind: 'local', line, variables: [variable], values: [this.#functionBody(line, false)] }
    }
    const names = [this.#name()]
    while (this.#take(',')) names.push(this.#name())
    if (!this.#take('=')) return { kind: 'local', line, variables: names.map((name) => this.#declare(name)), values: [] }
    // As in gopher-lua, `local f = function` sees itself.
    if (names.length === 1 && this.#is('function')) {
      const variable = this.#declare(names[0] ?? '')
      return { kind: 'local', line, variables: [variable], values: this.#expressions() }
    }
    const values = this.#expressions()
    return { kind: 'local', line, variables: names.map((name) => this.#declare(name)), values }
  }

  #expressionStatement(line: number): Statement {
    const first = this.#suffixed()
    if (isTarget(first) && (this.#is('=') || this.#is(','))) {
      const targets: Target[] = [first]
      while (this.#take(',')) targets.push(this.#target(this.#suffixed()))
      this.#expect('=')
      return { kind: 'assign', line, targets, values: this.#expressions() }
    }
    if (first.kind !== 'call') throw this.#error('parse error')
    return { kind: 'evaluate', line, call: first }
  }

  #target(expression: Expression): Target {
    if (!isTarget(expression)) throw this.#error()
    return expression
  }

  #expressions(): Expression[] {
    const list = [this.#expression()]
    while (this.#take(',')) list.push(this.#expression())
    return list
  }

  #expression(power = 0): Expression {
    return this.#nested(() => {
      let left = this.#operand()
      for (;;) {
        const token = this.#token
        const found = token.kind === 'symbol' && Object.hasOwn(binding, token.text) ? binding[token.text] : undefined
        if (!found || found.left <= power) return left
        this.#advance()
        left = this.#combined(token.text, left, found)
      }
    })
  }

  #combined(symbol: string, left: Expression, { right: power, operator }: (typeof binding)[string]): Expression {
    const { line } = left
    if (symbol === '..') {
      const parts = [left, this.#expression(power)]
      while (this.#take('..')) parts.push(this.#expression(power))
      return { kind: 'concatenate', line, parts }
    }
    const right = this.#expression(power)
    if (operator === undefined) return { kind: symbol === 'and' ? 'and' : 'or', line, left, right }
    return { kind: 'binary', line, operator, left, right }
  }

  #operand(): Expression {
    const { kind, text, line } = this.#token
    if (kind === 'number') {
      const value = parseNumber(text)
      this.#advance()
      // What is too large for a number is none, and no error.
      return { kind: 'constant', line, value: value ?? NaN }
    }
    if (kind === 'string') return { kind: 'constant', line, value: this.#advance().text }
    if (kind === 'symbol') {
      if (text === 'nil' || text === 'true' || text === 'false') {
        this.#advance()
        return { kind: text, line }
      }
      if (text === '...') {
        this.#advance()
        if (!this.#scope.isVararg) throw this.#error("cannot use '...' outside a vararg function")
        return { kind: 'varargs', line }
      }
      if (text === '{') return this.#table()
      if (text === 'function') {
        this.#advance()
        return this.#functionBody(line, false)
      }
      const operator = text === '-' ? 'negate' : text === 'not' ? 'not' : text === '#' ? 'length' : undefined
      if (operator) {
        this.#advance()
        const operand = this.#expression(unaryBinding)
        return { kind: 'unary', line: operand.line, operator, operand }
      }
    }
    return this.#suffixed()
  }

  /** A name or something in brackets, and what hangs on to it: fields, indices, calls. */
  #suffixed(): Expression {
    const { kind, text, line } = this.#token
    let left: Expression
    if (kind === 'name' && !keywords.has(text)) left = this.#resolve(this.#advance().text, line)
    else if (this.#take('(')) {
      left = { ...this.#expression(), line, isSingle: true }
      this.#expect(')')
    } else throw this.#error()
    for (;;) {
      if (this.#take('.'))
        left = { kind: 'index', line: left.line, object: left, key: { kind: 'constant', line: left.line, value: this.#name() } }
      else if (this.#take('[')) {
        const key = this.#expression()
        this.#expect(']')
        left = { kind: 'index', line: left.line, object: left, key }
      } else if (this.#is(':')) {
        this.#advance()
        const method = this.#name()
        if (!this.#beginsArguments()) throw this.#error()
        left = { kind: 'call', line: left.line, callee: left, method, args: this.#arguments() }
      } else if (this.#beginsArguments()) left = { kind: 'call', line: left.line, callee: left, args: this.#arguments() }
      else return left
    }
  }

  #beginsArguments(): boolean {
    return this.#token.kind === 'string' || this.#is('(') || this.#is('{')
  }

  #arguments(): Expression[] {
    const { kind, line } = this.#token
    if (kind === 'string') return [{ kind: 'constant', line, value: this.#advance().text }]
    if (this.#is('{')) return [this.#table()]
    this.#advance()
    const args = this.#is(')') ? [] : this.#expressions()
    this.#expect(')')
    return args
  }

  #table(): Expression {
    const { line } = this.#advance()
    const table: Extract<Expression, { kind: 'table' }> = { kind: 'table', line, items: [], fields: [], order: [] }
    while (!this.#is('}')) {
      const key = this.#fieldKey()
      if (key) {
        this.#expect('=')
        table.fields.push({ key, value: this.#expression() })
      } else table.items.push(this.#expression())
      table.order.push(key ? 'field' : 'item')
      if (!this.#take(',') && !this.#take(';')) break
    }
    this.#expect('}')
    return table
  }

  #fieldKey(): Expression | undefined {
    const { line } = this.#token
    if (this.#take('[')) {
      const key = this.#expression()
      this.#expect(']')
      return key
    }
    if (this.#token.kind !== 'name') return undefined
    const following = this.#peek()
    if (following.kind !== 'symbol' || following.text !== '=') return undefined
    return { kind: 'constant', line, value: this.#name() }
  }

  #functionBody(line: number, isMethod: boolean): Expression {
    const outer = { scope: this.#scope, slot: this.#nextSlot }
    const scope: FunctionScope = { parent: this.#scope, isVararg: false, slots: 0 }
    this.#scope = scope
    this.#nextSlot = 0
    const visible = this.#visible.length
    const parameters = isMethod ? [this.#declare('self')] : []
    this.#expect('(')
    while (!this.#is(')')) {
      if (this.#take('...')) {
        scope.isVararg = true
        break
      }
      parameters.push(this.#declare(this.#name()))
      if (!this.#take(',')) break
      if (this.#is(')')) throw this.#error()
    }
    this.#expect(')')
    const body = this.#block()
    const { line: lastLine } = this.#expect('end')
    this.#scope = outer.scope
    this.#nextSlot = outer.slot
    this.#visible.length = visible
    return { kind: 'function', line, body: { scope, parameters, body, line, lastLine } }
  }

  #resolve(name: string, line: number): Extract<Expression, { kind: 'variable' | 'global' }> {
    const variable = this.#visible.findLast((one) => one.name === name)
    if (!variable) return { kind: 'global', line, name }
    if (variable.owner !== this.#scope) variable.isCaptured = true
    return { kind: 'variable', line, variable }
  }
}

function isTarget(expression: Expression): expression is Target {
  const { kind, isSingle } = expression
  return !isSingle && (kind === 'variable' || kind === 'global' || kind === 'index')
}
