import type { Prototype } from './prototype.ts'
import { numberText } from './number-text.ts'
import { LuaTable } from './table.ts'

/**
 * Values of Lua. `undefined` is nil. A string holds bytes, one in each character (0 to 255), as Lua's do: `fromUtf8` and `toUtf8` are the way in
 * and out.
 */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction | Coroutine

export type LuaFunction = Closure | NativeFunction

/** A variable that outlives its block, because a function inside holds it. */
export interface Cell {
  value: LuaValue
}

export interface Closure {
  kind: 'closure'
  prototype: Prototype
  upvalues: readonly Cell[]
  /** What its globals are looked up in. */
  environment: LuaTable
}

export interface NativeFunction {
  kind: 'native'
  call(args: LuaValue[]): LuaValue[]
}

export interface Frame {
  closure: Closure
  at: number
  locals: (LuaValue | Cell)[]
  stack: LuaValue[]
  varargs: readonly LuaValue[]
  /** The results of the last call, or varargs, of which nobody knew how many there would be. */
  multiple: readonly LuaValue[]
  /** How many results its caller wants; -1 for all there are. */
  wanted: number
}

export interface Coroutine {
  kind: 'coroutine'
  status: 'suspended' | 'running' | 'normal' | 'dead'
  /** What it begins with; undefined once it has. */
  body: LuaFunction | undefined
  frames: Frame[]
  /** Frames above this one belong to a function that a native one has called: there nothing can be suspended. */
  base: number
  wanted: number
}

/** What `error` raises: any value, which is a text with its place as a rule. Scripts may catch it. */
export class LuaError extends Error {
  override readonly name = 'LuaError'
  readonly value: LuaValue

  constructor(value: LuaValue) {
    super(typeof value === 'string' ? toUtf8(value) : textOf(value))
    this.value = value
  }
}

/** The script takes more than it may. It cannot be caught by a script. */
export class LuaLimitError extends Error {
  override readonly name = 'LuaLimitError'
}

export function typeName(value: LuaValue): string {
  if (value === undefined) return 'nil'
  if (typeof value !== 'object') return typeof value
  if (value instanceof LuaTable) return 'table'
  return value.kind === 'coroutine' ? 'thread' : 'function'
}

export function isTable(value: LuaValue): value is LuaTable {
  return value instanceof LuaTable
}

export function isFunction(value: LuaValue): value is LuaFunction {
  return typeof value === 'object' && !(value instanceof LuaTable) && value.kind !== 'coroutine'
}

export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false
}

const ids = new WeakMap<object, number>()
let lastId = 0

/** As `tostring` has it when no metatable says otherwise. */
export function textOf(value: LuaValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object') return value === undefined ? 'nil' : String(value)
  const id = ids.get(value) ?? ++lastId
  ids.set(value, id)
  return `${typeName(value)}: 0x${id.toString(16).padStart(8, '0')}`
}

export function fromUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

export function toUtf8(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}
