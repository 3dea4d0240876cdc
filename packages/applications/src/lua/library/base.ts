import { compile } from '../compiler.ts'
import type { Machine } from '../machine.ts'
import { parseFloatText, parseInteger } from '../number-text.ts'
import { type Closure, isFunction, isTable, isTrue, LuaError, type LuaValue, textOf, typeName } from '../value.ts'
import { type Arguments, install, type Library } from './arguments.ts'

/** What `print` prints goes here: texts without their line end. */
export type Print = (line: string) => void

/** The functions that are always there (gopher-lua `baselib.go`), without those that read files. */
export function openBase(machine: Machine, print: Print): void {
  const { globals } = machine
  globals.set('_G', globals)
  globals.set('_VERSION', 'Lua 5.1')
  const iterator = (call: Library[string]): LuaValue => install(machine, machine.table(), { call }).get('call')
  const nextPair = iterator((args) => {
    const found = machine.next(args.table(1), args.at(2))
    return found ? [...found] : []
  })
  const nextItem = iterator((args) => {
    const [index, list] = [args.integer(2) + 1, args.table(1).list]
    const value = index > 0 ? list[index - 1] : undefined
    return value === undefined ? [] : [index, value]
  })

  install(machine, globals, {
    assert: (args) => {
      if (isTrue(args.at(1))) return [...args.values]
      throw machine.error(optionalText(args, 2) ?? 'assertion failed!')
    },
    collectgarbage: () => [],
    error: (args) => {
      const value = args.any(1)
      const level = args.integer(2, 1)
      throw new LuaError(typeof value === 'string' ? machine.where(level) + value : value)
    },
    getfenv: (args) => {
      const of = args.count === 0 ? 1 : args.at(1)
      return [(isFunction(of) && of.kind === 'closure' ? of : closureAt(machine, of))?.environment ?? globals]
    },
    getmetatable: (args) => {
      const value = args.any(1)
      const metatable = typeof value === 'string' ? machine.textMetatable : isTable(value) ? value.metatable : undefined
      return [metatable?.get('__metatable') ?? metatable]
    },
    ipairs: (args) => [nextItem, args.table(1), 0],
    load: (args) => {
      const reader = args.function(1)
      let source = ''
      for (;;) {
        const [piece] = machine.call(reader, [])
        if (piece === undefined || piece === '') return loaded(machine, source)
        if (typeof piece !== 'string' && typeof piece !== 'number') return [undefined, 'reader function must return a string']
        source += machine.text(textOf(piece))
      }
    },
    loadstring: (args) => loaded(machine, args.text(1)),
    next: (args) => [...(machine.next(args.table(1), args.at(2)) ?? [undefined])],
    pairs: (args) => [nextPair, args.table(1), undefined],
    pcall: (args) => {
      const callee = args.any(1)
      if (!isFunction(callee) && !isFunction(machine.metamethod(callee, '__call')))
        return [false, `attempt to call a ${typeName(callee)} value`]
      return attempted(() => machine.call(callee, args.values.slice(1)))
    },
    print: (args) => {
      print(args.values.map((value) => textOf(shown(machine, value))).join('\t'))
      return []
    },
    rawequal: (args) => [args.any(1) === args.any(2)],
    rawget: (args) => [args.table(1).get(args.any(2))],
    rawset: (args) => {
      machine.set(args.table(1), args.any(2), args.any(3))
      return []
    },
    select: (args) => {
      const which = args.at(1)
      if (which === '#') return [args.count - 1]
      if (typeof which === 'string') throw machine.argumentError(1, `invalid string '${which}'`)
      if (typeof which !== 'number') throw machine.argumentError(1, `number or string expected, got ${typeName(which)}`)
      const index = Math.trunc(which) < 0 ? args.count + Math.trunc(which) : Math.trunc(which)
      if (index < 1) throw machine.argumentError(1, 'index out of range')
      return args.values.slice(index)
    },
    setfenv: (args) => {
      const of = args.at(1)
      const environment = args.table(2)
      const closure = isFunction(of) && of.kind === 'closure' ? of : isFunction(of) ? undefined : closureAt(machine, of)
      if (!closure) throw machine.error('cannot change the environment of given object')
      closure.environment = environment
      return [closure]
    },
    setmetatable: (args) => {
      const [value, metatable] = [args.at(1), args.at(2)]
      if (metatable !== undefined && !isTable(metatable))
        throw machine.argumentError(2, `nil or table expected, got ${typeName(metatable)}`)
      // Other values would share theirs with every script: a run has only its own tables to change.
      if (!isTable(value)) throw machine.error(`cannot set metatable to a ${typeName(value)} object.`)
      if (value.metatable?.get('__metatable') !== undefined) throw machine.error('cannot change a protected metatable')
      value.metatable = metatable
      return [value]
    },
    tonumber: (args) => [toNumber(args)],
    tostring: (args) => [shown(machine, args.any(1))],
    type: (args) => [typeName(args.any(1))],
    unpack: (args) => {
      const table = args.table(1)
      const [from, to] = [args.integer(2, 1), args.integer(3, table.length)]
      machine.spend(Math.max(0, to - from))
      machine.allocate(Math.max(0, to - from) * 8)
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => table.get(from + at))
    },
    xpcall: (args) => {
      const [callee, handler] = [args.function(1), args.function(2)]
      const results = attempted(() => machine.call(callee, []))
      return results[0] === true ? results : [false, ...machine.call(handler, [results[1]]).slice(0, 1)]
    },
  })
}

function optionalText(args: Arguments, number: number): string | undefined {
  const value = args.at(number)
  if (value !== undefined && typeof value !== 'string') throw args.wrongType(number, 'string')
  return value
}

/** What a limit has ended cannot be caught. */
function attempted(call: () => LuaValue[]): LuaValue[] {
  try {
    return [true, ...call()]
  } catch (error) {
    if (error instanceof LuaError) return [false, error.value]
    throw error
  }
}

function loaded(machine: Machine, source: string): LuaValue[] {
  // Reading takes longer than running what was read.
  machine.spend(source.length)
  machine.allocate(source.length * 20)
  try {
    return [machine.closure(compile(source))]
  } catch (error) {
    if (error instanceof LuaError) return [undefined, error.value]
    throw error
  }
}

function closureAt(machine: Machine, level: LuaValue): Closure | undefined {
  return typeof level === 'number' && level >= 1 ? machine.current.frames.at(-Math.trunc(level))?.closure : undefined
}

function shown(machine: Machine, value: LuaValue): LuaValue {
  const handler = machine.metamethod(value, '__tostring')
  return isFunction(handler) ? machine.call(handler, [value])[0] : textOf(value)
}

/** Stricter than arithmetic: a text without a point is an integer or nothing (gopher-lua `baselib.go`, baseToNumber). */
function toNumber(args: Arguments): LuaValue {
  const base = args.integer(2, 10)
  const value = args.any(1)
  if (typeof value !== 'string') return typeof value === 'number' ? value : undefined
  if (value.length > 1_000) return undefined
  const text = value.replace(/^[ \n\t]+|[ \n\t]+$/g, '')
  if (text.includes('.')) return parseFloatText(text)
  if (args.at(2) === undefined && /^0x/i.test(text)) return parseInteger(text.slice(2), 16)
  return parseInteger(text, base)
}
