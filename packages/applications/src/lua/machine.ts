import { op, type Prototype, width } from './prototype.ts'
import { LuaTable } from './table.ts'
import { arithmetic, type ArithmeticEvent, isEqual, isLess, isLessOrEqual, lengthOf, negated } from './operators.ts'
import {
  type Cell,
  type Closure,
  type Coroutine,
  type Frame,
  fromUtf8,
  isFunction,
  isTable,
  isTrue,
  LuaError,
  type LuaFunction,
  LuaLimitError,
  type LuaValue,
  type NativeFunction,
  textOf,
  typeName,
} from './value.ts'

export interface LuaLimits {
  /** Instructions, and as many more as the work that a library does stands for. */
  steps: number
  /** Bytes that texts and tables take, together and without what is given back: about so. */
  bytes: number
}

/** Calls within calls (gopher-lua `config.go`, CallStackSize). */
const maxFrames = 256
/** Functions that native ones call, within each other: these do take our own stack. */
const maxNesting = 100
const maxIndexChain = 100

const arithmeticEvents: Record<number, ArithmeticEvent> = {
  [op.add]: 'add',
  [op.subtract]: 'sub',
  [op.multiply]: 'mul',
  [op.divide]: 'div',
  [op.modulo]: 'mod',
  [op.power]: 'pow',
}

/** Runs compiled scripts. One machine is one run: it is made anew for each, so that nothing is left of the one before. */
export class Machine {
  readonly globals = new LuaTable()
  /** Of all texts, once the library for them is open. */
  textMetatable: LuaTable | undefined
  /** `coroutine.yield`, which the machine itself carries out. */
  yieldFunction: NativeFunction | undefined
  current: Coroutine = { kind: 'coroutine', status: 'running', body: undefined, frames: [], base: 0, wanted: -1 }
  readonly main = this.current
  #steps: number
  #bytes: number
  #nesting = 0
  #callee = '(anonymous)'
  readonly #limits: LuaLimits

  constructor(limits: LuaLimits) {
    this.#limits = limits
    this.#steps = limits.steps
    this.#bytes = limits.bytes
  }

  get steps(): number {
    return this.#limits.steps - this.#steps
  }

  /** Accounts for work that takes as long as so many instructions. */
  spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new LuaLimitError(`it did not end within ${this.#limits.steps} steps`)
  }

  /** Accounts for memory, before it is taken. */
  allocate(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new LuaLimitError(`it takes more than ${Math.round(this.#limits.bytes / 1024 / 1024)} MiB of memory`)
  }

  /** A text that was made: what it takes, and what it took to make it. */
  text(made: string): string {
    this.allocate(made.length + 16)
    this.spend(made.length >> 5)
    return made
  }

  /** A text that is looked through as a whole: it may be long, and put together only now. */
  read(value: LuaValue): void {
    if (typeof value === 'string' && value.length > 64) this.spend(value.length >> 6)
  }

  /** What follows a key of a table, with the way to it accounted for. */
  next(table: LuaTable, key: LuaValue): readonly LuaValue[] | undefined {
    this.read(key)
    const found = table.next(key)
    if (table.looked > 8) this.spend(table.looked >> 3)
    return found
  }

  table(): LuaTable {
    this.allocate(64)
    return new LuaTable()
  }

  set(table: LuaTable, key: LuaValue, value: LuaValue): void {
    if (key === undefined) throw this.error('table index is nil')
    if (typeof key === 'number' && Number.isNaN(key)) throw this.error('table index is NaN')
    this.read(key)
    const growth = table.growth(key, value)
    if (growth > 0) {
      this.allocate(growth * 40)
      this.spend(growth)
    }
    table.set(key, value)
  }

  /** An error with the place where the script is. */
  error(message: string, level = 1): LuaError {
    return new LuaError(this.where(level) + fromUtf8(message))
  }

  /** `<string>:LINE: ` of the running function, from level 3 on of those that have called it, as gopher-lua counts. */
  where(level = 1): string {
    if (level <= 0) return ''
    const frame = this.current.frames.at(-Math.max(1, level - 1))
    if (!frame) return ''
    const line = frame.closure.prototype.lines[Math.max(0, frame.at / width - 1)]
    return `<string>:${line}: `
  }

  argumentError(number: number, message: string): LuaError {
    return this.error(`bad argument #${number} to ${this.#callee} (${message})`)
  }

  metamethod(value: LuaValue, event: string): LuaValue {
    const metatable = typeof value === 'string' ? this.textMetatable : isTable(value) ? value.metatable : undefined
    return metatable?.get(event)
  }

  get(object: LuaValue, key: LuaValue): LuaValue {
    let current = object
    this.read(key)
    for (let hop = 0; hop < maxIndexChain; hop++) {
      const table = isTable(current) ? current : undefined
      const found = table?.get(key)
      if (found !== undefined) return found
      const handler = table && table.metatable === undefined ? undefined : this.metamethod(current, '__index')
      if (handler === undefined) {
        if (table) return undefined
        throw this.error(`attempt to index a non-table object(${typeName(current)}) with key '${textOf(key)}'`)
      }
      if (isFunction(handler)) return this.call(handler, [current, key])[0]
      current = handler
    }
    throw this.error('too many recursions in gettable')
  }

  put(object: LuaValue, key: LuaValue, value: LuaValue): void {
    let current = object
    for (let hop = 0; hop < maxIndexChain; hop++) {
      const table = isTable(current) ? current : undefined
      const isPlain = table !== undefined && (table.metatable === undefined || table.get(key) !== undefined)
      const handler = isPlain ? undefined : this.metamethod(current, '__newindex')
      if (handler === undefined) {
        if (table) return this.set(table, key, value)
        throw this.error(`attempt to index a non-table object(${typeName(current)}) with key '${textOf(key)}'`)
      }
      if (isFunction(handler)) {
        this.call(handler, [current, key, value])
        return
      }
      current = handler
    }
    throw this.error('too many recursions in settable')
  }

  closure(prototype: Prototype, upvalues: readonly Cell[] = [], environment = this.globals): Closure {
    return { kind: 'closure', prototype, upvalues, environment }
  }

  /** Calls a value from native code, and waits for its results. */
  call(callee: LuaValue, given: LuaValue[]): LuaValue[] {
    let args = given
    let target = callee
    if (!isFunction(target)) {
      args = [target, ...given]
      target = this.#callable(target)
    }
    this.spend(1)
    if (this.#nesting >= maxNesting) throw this.error('stack overflow')
    const { current } = this
    const { base } = current
    const depth = current.frames.length
    this.#nesting++
    try {
      if (target.kind === 'native') {
        if (target === this.yieldFunction) throw this.error('attempt to yield across a native call')
        this.#callee = '(anonymous)'
        return target.call(args)
      }
      current.base = depth
      this.#enter(target, args, -1)
      return this.#run(depth)
    } catch (error) {
      current.frames.length = depth
      throw error
    } finally {
      current.base = base
      this.#nesting--
    }
  }

  /** Starts a coroutine or lets it go on, until it is through or suspends itself. */
  resume(coroutine: Coroutine, args: LuaValue[]): LuaValue[] {
    if (this.#nesting >= maxNesting) throw this.error('stack overflow')
    const resumer = this.current
    resumer.status = 'normal'
    coroutine.status = 'running'
    this.current = coroutine
    this.#nesting++
    try {
      const { body } = coroutine
      if (body) {
        coroutine.body = undefined
        this.allocate(200)
        if (body.kind === 'native') {
          coroutine.status = 'dead'
          return body.call(args)
        }
        this.#enter(body, args, -1)
      } else this.#deliver(coroutine.frames.at(-1), args, coroutine.wanted)
      const results = this.#run(0)
      if (coroutine.frames.length === 0) coroutine.status = 'dead'
      return results
    } catch (error) {
      coroutine.status = 'dead'
      coroutine.frames.length = 0
      throw error
    } finally {
      this.current = resumer
      resumer.status = 'running'
      this.#nesting--
    }
  }

  #callable(value: LuaValue): LuaFunction {
    if (isFunction(value)) return value
    const handler = this.metamethod(value, '__call')
    if (isFunction(handler)) return handler
    throw this.error('attempt to call a non-function object')
  }

  #enter(closure: Closure, args: LuaValue[], wanted: number): Frame {
    const { frames } = this.current
    if (frames.length >= maxFrames) throw this.error('stack overflow')
    const { parameters, isVararg, slots } = closure.prototype
    this.spend((slots + args.length) >> 2)
    const locals: (LuaValue | Cell)[] = Array.from({ length: slots })
    for (let at = 0; at < parameters.length; at++) {
      const parameter = parameters[at] as (typeof parameters)[number]
      locals[parameter.slot] = parameter.isCaptured ? { value: args[at] } : args[at]
    }
    const varargs = isVararg ? args.slice(parameters.length) : []
    const frame: Frame = { closure, at: 0, locals, stack: [], varargs, multiple: [], wanted }
    frames.push(frame)
    return frame
  }

  #deliver(frame: Frame | undefined, results: readonly LuaValue[], wanted: number): void {
    if (!frame) return
    if (wanted < 0) frame.multiple = results
    else for (let at = 0; at < wanted; at++) frame.stack.push(results[at])
  }

  /** Runs until there are only so many frames left, or the coroutine suspends itself. */
  #run(base: number): LuaValue[] {
    const coroutine = this.current
    const { frames } = coroutine
    let frame = frames.at(-1) as Frame
    for (;;) {
      const { closure, stack, locals } = frame
      const { code, constants } = closure.prototype
      const at = frame.at
      frame.at = at + width
      if (--this.#steps < 0) this.spend(1)
      const a = code[at + 1] as number
      switch (code[at]) {
        case op.constant:
          stack.push(constants[a])
          break
        case op.nil:
          stack.push(undefined)
          break
        case op.true:
          stack.push(true)
          break
        case op.false:
          stack.push(false)
          break
        case op.pop:
          stack.length -= a
          break
        case op.getLocal:
          stack.push(locals[a] as LuaValue)
          break
        case op.setLocal:
          locals[a] = stack.pop()
          break
        case op.getCell:
          stack.push((locals[a] as Cell).value)
          break
        case op.setCell:
          ;(locals[a] as Cell).value = stack.pop()
          break
        case op.declare:
          locals[a] = code[at + 2] === 1 ? { value: stack.pop() } : stack.pop()
          break
        case op.getUpvalue:
          stack.push((closure.upvalues[a] as Cell).value)
          break
        case op.setUpvalue:
          ;(closure.upvalues[a] as Cell).value = stack.pop()
          break
        case op.getGlobal:
          stack.push(this.get(closure.environment, constants[a]))
          break
        case op.setGlobal:
          this.put(closure.environment, constants[a], stack.pop())
          break
        case op.index: {
          const key = stack.pop()
          stack.push(this.get(stack.pop(), key))
          break
        }
        case op.field:
          stack.push(this.get(stack.pop(), constants[a]))
          break
        case op.method: {
          const object = stack.pop()
          stack.push(this.get(object, constants[a]), object)
          break
        }
        case op.setIndex: {
          const value = stack.pop()
          const key = stack.pop()
          this.put(stack.pop(), key, value)
          break
        }
        case op.table:
          stack.push(this.table())
          break
        case op.setField: {
          const value = stack.pop()
          const key = stack.pop()
          this.set(stack.at(-1) as LuaTable, key, value)
          break
        }
        case op.setItem: {
          const value = stack.pop()
          this.set(stack.at(-1) as LuaTable, a, value)
          break
        }
        case op.setItems:
          for (const [offset, value] of frame.multiple.entries()) this.set(stack.at(-1) as LuaTable, a + offset, value)
          break
        case op.closure: {
          const prototype = closure.prototype.functions[a] as Prototype
          this.allocate(64)
          stack.push(
            this.closure(
              prototype,
              prototype.upvalues.map(({ isLocal, index }) => (isLocal ? locals[index] : closure.upvalues[index]) as Cell),
              closure.environment,
            ),
          )
          break
        }
        case op.varargs:
          this.#deliver(frame, frame.varargs, a)
          break
        case op.call:
        case op.callMultiple:
        case op.tailCall: {
          const isTail = code[at] === op.tailCall
          const withMultiple = isTail ? code[at + 2] === 1 : code[at] === op.callMultiple
          const wanted = isTail ? -1 : (code[at + 2] as number)
          let args = a === 0 ? [] : stack.splice(stack.length - a, a)
          if (withMultiple) args = [...args, ...frame.multiple]
          let callee = stack.pop()
          if (!isFunction(callee)) {
            const called = callee
            callee = this.#callable(called)
            args.unshift(called)
          }
          if (callee.kind === 'closure') {
            if (isTail) frames.pop()
            frame = this.#enter(callee, args, isTail ? frame.wanted : wanted)
            break
          }
          if (callee === this.yieldFunction) {
            if (coroutine === this.main) throw this.error('can not yield from outside of a coroutine')
            if (coroutine.base !== 0) throw this.error('attempt to yield across a native call')
            coroutine.status = 'suspended'
            coroutine.wanted = wanted
            return args
          }
          this.#callee = constants[code[at + 3] as number] as string
          this.#deliver(frame, callee.call(args), wanted)
          break
        }
        case op.return:
        case op.returnMultiple: {
          let results = a === 0 ? [] : stack.splice(stack.length - a, a)
          if (code[at] === op.returnMultiple) results = results.length === 0 ? [...frame.multiple] : [...results, ...frame.multiple]
          frames.pop()
          if (frames.length === base) return results
          const { wanted } = frame
          frame = frames.at(-1) as Frame
          this.#deliver(frame, results, wanted)
          break
        }
        case op.jump:
          frame.at = a
          break
        case op.jumpIfFalse:
          if (!isTrue(stack.pop())) frame.at = a
          break
        case op.jumpIfTrue:
          if (isTrue(stack.pop())) frame.at = a
          break
        case op.jumpIfFalseKeep:
          if (!isTrue(stack.at(-1))) frame.at = a
          else stack.pop()
          break
        case op.jumpIfTrueKeep:
          if (isTrue(stack.at(-1))) frame.at = a
          else stack.pop()
          break
        case op.add:
        case op.subtract:
        case op.multiply:
        case op.divide:
        case op.modulo:
        case op.power: {
          const right = stack.pop()
          stack.push(arithmetic(this, arithmeticEvents[code[at] as number] as ArithmeticEvent, stack.pop(), right))
          break
        }
        case op.negate:
          stack.push(negated(this, stack.pop()))
          break
        case op.not:
          stack.push(!isTrue(stack.pop()))
          break
        case op.length:
          stack.push(lengthOf(this, stack.pop()))
          break
        case op.concatenate:
          stack.push(this.concatenate(stack.splice(stack.length - a, a)))
          break
        case op.equal:
        case op.notEqual: {
          const right = stack.pop()
          stack.push(isEqual(this, stack.pop(), right) === (code[at] === op.equal))
          break
        }
        case op.less: {
          const right = stack.pop()
          stack.push(isLess(this, stack.pop(), right))
          break
        }
        case op.lessOrEqual: {
          const right = stack.pop()
          stack.push(isLessOrEqual(this, stack.pop(), right))
          break
        }
        case op.greater: {
          const right = stack.pop()
          stack.push(isLess(this, right, stack.pop()))
          break
        }
        case op.greaterOrEqual: {
          const right = stack.pop()
          stack.push(isLessOrEqual(this, right, stack.pop()))
          break
        }
        case op.prepareFor: {
          const [start, limit, step] = stack.splice(stack.length - 3, 3)
          for (const [what, value] of Object.entries({ step, init: start, limit }))
            if (typeof value !== 'number') throw this.error(`for statement ${what} must be a number`)
          locals[a] = start
          locals[a + 1] = limit
          locals[a + 2] = step
          if (!hasTurn(start as number, limit as number, step as number)) frame.at = code[at + 2] as number
          break
        }
        case op.repeatFor: {
          const step = locals[a + 2] as number
          const turn = (locals[a] as number) + step
          locals[a] = turn
          if (hasTurn(turn, locals[a + 1] as number, step)) frame.at = code[at + 2] as number
          break
        }
        case op.iterate: {
          let callee = locals[a] as LuaValue
          let args = [locals[a + 1] as LuaValue, locals[a + 2] as LuaValue]
          if (!isFunction(callee)) {
            args = [callee, ...args]
            callee = this.#callable(callee)
          }
          if (callee.kind === 'closure') frame = this.#enter(callee, args, code[at + 2] as number)
          else {
            if (callee === this.yieldFunction) throw this.error('attempt to yield across a native call')
            this.#callee = '(anonymous)'
            this.#deliver(frame, callee.call(args), code[at + 2] as number)
          }
          break
        }
        case op.testIteration: {
          const count = code[at + 3] as number
          const first = stack[stack.length - count]
          if (first === undefined) {
            stack.length -= count
            frame.at = code[at + 2] as number
          } else locals[a + 2] = first
          break
        }
        default:
          throw new Error(`there is no instruction ${String(code[at])}`)
      }
    }
  }

  concatenate(parts: LuaValue[]): LuaValue {
    let right = parts.pop()
    while (parts.length > 0) {
      const left = parts.pop()
      if (isText(left) && isText(right)) {
        const [head, tail] = [textOf(left), textOf(right)]
        // The engine keeps both parts, and copies them when somebody looks inside: only the smaller is new.
        this.allocate(Math.min(head.length, tail.length) + 32)
        right = head + tail
        continue
      }
      const handler = this.metamethod(left, '__concat') ?? this.metamethod(right, '__concat')
      if (!isFunction(handler)) throw this.error(`cannot perform concat operation between ${typeName(left)} and ${typeName(right)}`)
      right = this.call(handler, [left, right])[0]
    }
    return right
  }
}

function isText(value: LuaValue): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function hasTurn(value: number, limit: number, step: number): boolean {
  return step > 0 ? value <= limit : value >= limit
}
