import type { Machine } from '../machine.ts'
import type { LuaTable } from '../table.ts'
import { parseNumber } from '../number-text.ts'
import { isFunction, isTable, type LuaFunction, type LuaValue, textOf, typeName } from '../value.ts'

/** What a native function was given. Numbered from 1, as in the errors. */
export class Arguments {
  readonly values: readonly LuaValue[]
  readonly machine: Machine

  constructor(machine: Machine, values: readonly LuaValue[]) {
    this.machine = machine
    this.values = values
  }

  get count(): number {
    return this.values.length
  }

  at(number: number): LuaValue {
    return this.values[number - 1]
  }

  any(number: number): LuaValue {
    if (number > this.values.length) throw this.machine.argumentError(number, 'value expected')
    return this.at(number)
  }

  /** A text, or a number as one. */
  text(number: number, otherwise?: string): string {
    const value = this.at(number)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (typeof value !== 'string' && typeof value !== 'number') throw this.wrongType(number, 'string')
    const text = textOf(value)
    this.machine.read(text)
    return text
  }

  /** A number, or a text that says one. */
  number(number: number): number {
    const value = this.at(number)
    const found = typeof value === 'string' ? parseNumber(value) : value
    if (typeof found !== 'number') throw this.wrongType(number, 'number')
    return found
  }

  /** A whole number; what is behind the point is cut off. Texts are none. */
  integer(number: number, otherwise?: number): number {
    const value = this.at(number)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (typeof value !== 'number') throw this.wrongType(number, 'number')
    return Number.isNaN(value) ? 0 : Math.trunc(value)
  }

  table(number: number): LuaTable {
    const value = this.at(number)
    if (!isTable(value)) throw this.wrongType(number, 'table')
    return value
  }

  function(number: number): LuaFunction {
    const value = this.at(number)
    if (!isFunction(value)) throw this.wrongType(number, 'function')
    return value
  }

  wrongType(number: number, expected: string): Error {
    return this.machine.argumentError(number, `${expected} expected, got ${typeName(this.at(number))}`)
  }
}

export type Library = Record<string, (args: Arguments) => LuaValue[]>

/** Puts functions into a table, in the order in which they are written. */
export function install(machine: Machine, into: LuaTable, library: Library): LuaTable {
  for (const [name, call] of Object.entries(library)) {
    into.set(name, { kind: 'native', call: (values) => call(new Arguments(machine, values)) })
  }
  return into
}
