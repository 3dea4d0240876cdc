import { op, type Prototype, width } from './prototype.ts'
import { parse } from './parser.ts'
import type { Expression, FunctionBody, FunctionScope, Statement, Target, Variable } from './syntax.ts'
import { LuaError } from './value.ts'

/** Compiles a script, whose characters are bytes. Throws `LuaError` with gopher-lua's words for what is wrong. */
export function compile(source: string): Prototype {
  try {
    return new FunctionCompiler(parse(source), undefined).compile()
  } catch (error) {
    if (error instanceof RangeError) throw new LuaError('<string>: it is nested too deeply')
    throw error
  }
}

interface Block {
  labels: Map<string, { at: number; line: number }>
  gotos: { label: string; line: number; jump: number }[]
  /** Jumps out of the loop; undefined for a block that is none. */
  breaks: number[] | undefined
}

class FunctionCompiler {
  readonly #body: FunctionBody
  readonly #parent: FunctionCompiler | undefined
  readonly #code: number[] = []
  readonly #lines: number[] = []
  readonly #constants = new Map<string | number, number>()
  readonly #functions: Prototype[] = []
  readonly #upvalues: { variable: Variable; isLocal: boolean; index: number }[] = []
  readonly #blocks: Block[] = []
  #line: number
  /** Slots that only the compiler knows, after those of variables. */
  #temporaries = 0
  #slots: number

  constructor(body: FunctionBody, parent: FunctionCompiler | undefined) {
    this.#body = body
    this.#parent = parent
    this.#line = body.line
    this.#slots = body.scope.slots
  }

  get scope(): FunctionScope {
    return this.#body.scope
  }

  compile(): Prototype {
    const { scope, parameters, body, lastLine } = this.#body
    this.#block(body)
    this.#line = lastLine
    this.#emit(op.return)
    return {
      code: Int32Array.from(this.#code),
      lines: Int32Array.from(this.#lines),
      constants: [...this.#constants.keys()],
      functions: this.#functions,
      upvalues: this.#upvalues.map(({ isLocal, index }) => ({ isLocal, index })),
      parameters: parameters.map(({ slot, isCaptured }) => ({ slot, isCaptured })),
      isVararg: scope.isVararg,
      slots: this.#slots,
    }
  }

  #emit(code: number, a = 0, b = 0, c = 0): number {
    this.#lines.push(this.#line)
    return this.#code.push(code, a, b, c) - width
  }

  get #here(): number {
    return this.#code.length
  }

  /** Lets a jump lead here. Which operand says where to differs. */
  #land(jump: number, operand = 1): void {
    this.#code[jump + operand] = this.#here
  }

  #constant(value: string | number): number {
    const known = this.#constants.get(value)
    if (known !== undefined) return known
    this.#constants.set(value, this.#constants.size)
    return this.#constants.size - 1
  }

  #withTemporaries<T>(count: number, compile: (first: number) => T): T {
    const first = this.#body.scope.slots + this.#temporaries
    this.#temporaries += count
    this.#slots = Math.max(this.#slots, first + count)
    const result = compile(first)
    this.#temporaries -= count
    return result
  }

  #block(statements: readonly Statement[], loop?: { breaks: number[] }): void {
    const block: Block = { labels: new Map(), gotos: [], breaks: loop?.breaks }
    this.#blocks.push(block)
    for (const statement of statements) {
      this.#line = statement.line
      this.#statement(statement, block)
    }
    this.#blocks.pop()
    const around = this.#blocks.at(-1)
    for (const waiting of block.gotos) {
      const target = block.labels.get(waiting.label)
      if (target) this.#code[waiting.jump + 1] = target.at
      else if (around) around.gotos.push(waiting)
      else throw compileError(waiting.line, `no visible label '${waiting.label}' for <goto> at line ${waiting.line}`)
    }
  }

  #statement(statement: Statement, block: Block): void {
    switch (statement.kind) {
      case 'local':
        return this.#local(statement.variables, statement.values)
      case 'assign':
        return this.#assign(statement.targets, statement.values)
      case 'evaluate':
        return this.#call(statement.call, 0)
      case 'do':
        return this.#block(statement.body)
      case 'while':
        return this.#while(statement.condition, statement.body)
      case 'repeat':
        return this.#repeat(statement.body, statement.condition)
      case 'if':
        return this.#if(statement.branches, statement.otherwise)
      case 'for':
        return this.#for(statement)
      case 'forIn':
        return this.#forIn(statement)
      case 'return':
        return this.#return(statement.values)
      case 'break': {
        const loop = this.#blocks.findLast(({ breaks }) => breaks !== undefined)
        if (!loop) throw compileError(statement.line, 'no loop to break')
        loop.breaks?.push(this.#emit(op.jump))
        return
      }
      case 'goto':
        block.gotos.push({ label: statement.label, line: statement.line, jump: this.#emit(op.jump) })
        return
      case 'label': {
        const { label, line } = statement
        const known = block.labels.get(label)
        if (known) throw compileError(line, `label '${label}' already defined on line ${known.line}`)
        block.labels.set(label, { at: this.#here, line })
      }
    }
  }

  #local(variables: readonly Variable[], values: readonly Expression[]): void {
    const [only] = variables
    const isFunction = variables.length === 1 && values.length === 1 && values[0]?.kind === 'function'
    if (only && isFunction && only.isCaptured) {
      // It may be called by itself: it has to be there before its function is.
      this.#emit(op.nil)
      this.#declare(only)
      this.#push(values[0] as Expression)
      this.#store(only)
      return
    }
    this.#pushAdjusted(values, variables.length)
    for (const variable of variables.toReversed()) this.#declare(variable)
  }

  #declare({ slot, isCaptured }: Variable): void {
    this.#emit(op.declare, slot, isCaptured ? 1 : 0)
  }

  #assign(targets: readonly Target[], values: readonly Expression[]): void {
    const [target] = targets
    if (targets.length === 1 && values.length === 1 && target) {
      if (target.kind === 'index') {
        this.#push(target.object)
        this.#push(target.key)
      }
      this.#push(values[0] as Expression)
      this.#line = target.line
      if (target.kind === 'index') this.#emit(op.setIndex)
      else this.#storeInto(target)
      return
    }
    this.#withTemporaries(targets.length * 2, (first) => {
      for (const [at, one] of targets.entries()) {
        if (one.kind !== 'index') continue
        this.#push(one.object)
        this.#emit(op.setLocal, first + at * 2)
        this.#push(one.key)
        this.#emit(op.setLocal, first + at * 2 + 1)
      }
      this.#pushAdjusted(values, targets.length)
      for (const [at, one] of [...targets.entries()].toReversed()) {
        if (one.kind !== 'index') {
          this.#storeInto(one)
          continue
        }
        this.#withTemporaries(1, (value) => {
          this.#emit(op.setLocal, value)
          for (const slot of [first + at * 2, first + at * 2 + 1, value]) this.#emit(op.getLocal, slot)
          this.#emit(op.setIndex)
        })
      }
    })
  }

  #storeInto(target: Extract<Target, { kind: 'variable' | 'global' }>): void {
    if (target.kind === 'global') this.#emit(op.setGlobal, this.#constant(target.name))
    else this.#store(target.variable)
  }

  #store(variable: Variable): void {
    if (variable.owner !== this.scope) this.#emit(op.setUpvalue, this.upvalue(variable))
    else this.#emit(variable.isCaptured ? op.setCell : op.setLocal, variable.slot)
  }

  #while(condition: Expression, body: readonly Statement[]): void {
    const start = this.#here
    this.#push(condition)
    const exit = this.#emit(op.jumpIfFalse)
    const breaks = [exit]
    this.#block(body, { breaks })
    this.#emit(op.jump, start)
    for (const jump of breaks) this.#land(jump)
  }

  #repeat(body: readonly Statement[], condition: Expression): void {
    const start = this.#here
    const breaks: number[] = []
    this.#block(body, { breaks })
    this.#push(condition)
    this.#emit(op.jumpIfFalse, start)
    for (const jump of breaks) this.#land(jump)
  }

  #if(branches: readonly { condition: Expression; body: Statement[] }[], otherwise: readonly Statement[]): void {
    const ends: number[] = []
    for (const { condition, body } of branches) {
      this.#push(condition)
      const next = this.#emit(op.jumpIfFalse)
      this.#block(body)
      ends.push(this.#emit(op.jump))
      this.#land(next)
    }
    this.#block(otherwise)
    for (const jump of ends) this.#land(jump)
  }

  #for({ control, variable, start, limit, step, body, line }: Extract<Statement, { kind: 'for' }>): void {
    this.#push(start)
    this.#push(limit)
    if (step) this.#push(step)
    else this.#emit(op.constant, this.#constant(1))
    this.#line = line
    const prepare = this.#emit(op.prepareFor, control)
    const turn = this.#here
    this.#emit(op.getLocal, control)
    this.#declare(variable)
    const breaks: number[] = []
    this.#block(body, { breaks })
    this.#line = line
    this.#emit(op.repeatFor, control, turn)
    this.#land(prepare, 2)
    for (const jump of breaks) this.#land(jump)
  }

  #forIn({ control, variables, values, body, line }: Extract<Statement, { kind: 'forIn' }>): void {
    this.#pushAdjusted(values, 3)
    for (const offset of [2, 1, 0]) this.#emit(op.setLocal, control + offset)
    const turn = this.#here
    this.#line = line
    this.#emit(op.iterate, control, variables.length)
    const test = this.#emit(op.testIteration, control, 0, variables.length)
    for (const variable of variables.toReversed()) this.#declare(variable)
    const breaks: number[] = []
    this.#block(body, { breaks })
    this.#emit(op.jump, turn)
    this.#land(test, 2)
    for (const jump of breaks) this.#land(jump)
  }

  #return(values: readonly Expression[]): void {
    const last = values.at(-1)
    if (values.length === 1 && last?.kind === 'call' && !last.isSingle) {
      this.#call(last, 'tail')
      // A native function leaves its results, and this frame stays.
      this.#emit(op.returnMultiple)
      return
    }
    const isMultiple = this.#pushOpen(values)
    this.#emit(isMultiple ? op.returnMultiple : op.return, values.length - (isMultiple ? 1 : 0))
  }

  /** All values, of which the last may be any number: then it is left in `multiple`, and the answer is true. */
  #pushOpen(values: readonly Expression[]): boolean {
    const last = values.at(-1)
    const isMultiple = last !== undefined && isOpen(last)
    for (const value of isMultiple ? values.slice(0, -1) : values) this.#push(value)
    if (!isMultiple) return false
    if (last.kind === 'call') this.#call(last, -1)
    else this.#emit(op.varargs, -1)
    return true
  }

  /** Exactly so many values: what is too much is evaluated and dropped, what is missing is nil. */
  #pushAdjusted(values: readonly Expression[], count: number): void {
    for (const [at, value] of values.entries()) {
      const isLast = at === values.length - 1
      const missing = count - at
      if (isLast && isOpen(value) && missing !== 1) {
        if (value.kind === 'call') this.#call(value, Math.max(0, missing))
        else if (missing > 0) this.#emit(op.varargs, missing)
        return
      }
      this.#push(value)
      if (at >= count) this.#emit(op.pop, 1)
    }
    for (let at = values.length; at < count; at++) this.#emit(op.nil)
  }

  #call(call: Extract<Expression, { kind: 'call' }>, results: number | 'tail'): void {
    const { callee, method, args, line } = call
    this.#push(callee)
    if (method !== undefined) this.#emit(op.method, this.#constant(method))
    const isMultiple = this.#pushOpen(args)
    const count = args.length - (isMultiple ? 1 : 0) + (method === undefined ? 0 : 1)
    const name = this.#constant(method ?? nameOf(callee))
    this.#line = line
    if (results === 'tail') this.#emit(op.tailCall, count, isMultiple ? 1 : 0, name)
    else this.#emit(isMultiple ? op.callMultiple : op.call, count, results, name)
  }

  /** One value more on the stack. */
  #push(expression: Expression): void {
    this.#line = expression.line
    switch (expression.kind) {
      case 'nil':
      case 'true':
      case 'false':
        this.#emit(op[expression.kind])
        return
      case 'varargs':
        this.#emit(op.varargs, 1)
        return
      case 'constant':
        this.#emit(op.constant, this.#constant(expression.value))
        return
      case 'variable': {
        const { variable } = expression
        if (variable.owner !== this.scope) this.#emit(op.getUpvalue, this.upvalue(variable))
        else this.#emit(variable.isCaptured ? op.getCell : op.getLocal, variable.slot)
        return
      }
      case 'global':
        this.#emit(op.getGlobal, this.#constant(expression.name))
        return
      case 'index':
        this.#push(expression.object)
        if (expression.key.kind !== 'constant') this.#push(expression.key)
        this.#line = expression.line
        if (expression.key.kind === 'constant') this.#emit(op.field, this.#constant(expression.key.value))
        else this.#emit(op.index)
        return
      case 'call':
        return this.#call(expression, 1)
      case 'function':
        this.#functions.push(new FunctionCompiler(expression.body, this).compile())
        this.#emit(op.closure, this.#functions.length - 1)
        return
      case 'table':
        return this.#table(expression)
      case 'and':
      case 'or': {
        this.#push(expression.left)
        const jump = this.#emit(expression.kind === 'and' ? op.jumpIfFalseKeep : op.jumpIfTrueKeep)
        this.#push(expression.right)
        this.#land(jump)
        return
      }
      case 'binary':
        this.#push(expression.left)
        this.#push(expression.right)
        this.#line = expression.line
        this.#emit(op[expression.operator])
        return
      case 'concatenate':
        for (const part of expression.parts) this.#push(part)
        this.#line = expression.line
        this.#emit(op.concatenate, expression.parts.length)
        return
      case 'unary':
        this.#push(expression.operand)
        this.#emit(op[expression.operator])
    }
  }

  #table({ items, fields, order }: Extract<Expression, { kind: 'table' }>): void {
    this.#emit(op.table)
    let [item, field] = [0, 0]
    for (const what of order) {
      if (what === 'field') {
        const { key, value } = fields[field++] as (typeof fields)[number]
        this.#push(key)
        this.#push(value)
        this.#emit(op.setField)
        continue
      }
      const value = items[item++] as Expression
      const isLast = order.length === item + field && isOpen(value)
      if (isLast) {
        this.#pushOpen([value])
        this.#emit(op.setItems, item)
      } else {
        this.#push(value)
        this.#emit(op.setItem, item)
      }
    }
  }

  /** Which upvalue of this function a variable of one around it is. */
  upvalue(variable: Variable): number {
    const known = this.#upvalues.findIndex((one) => one.variable === variable)
    if (known >= 0) return known
    const isLocal = variable.owner === this.#parent?.scope
    const index = isLocal ? variable.slot : (this.#parent?.upvalue(variable) ?? 0)
    return this.#upvalues.push({ variable, isLocal, index }) - 1
  }
}

function isOpen(expression: Expression): expression is Extract<Expression, { kind: 'call' | 'varargs' }> {
  return (expression.kind === 'call' || expression.kind === 'varargs') && !expression.isSingle
}

/** What a function is called where it is called: that is how errors name it. */
function nameOf(callee: Expression): string {
  if (callee.kind === 'variable') return callee.variable.name
  if (callee.kind === 'global') return callee.name
  return callee.kind === 'index' && callee.key.kind === 'constant' && typeof callee.key.value === 'string' ? callee.key.value : '?'
}

function compileError(line: number, message: string): LuaError {
  return new LuaError(`compile error near line(${line}) <string>: ${message}`)
}
