import type { Machine } from '../machine.ts'
import { modulo } from '../operators.ts'
import type { LuaTable } from '../table.ts'
import { type Arguments, install, type Library } from './arguments.ts'

const simple = [
  'abs',
  'acos',
  'asin',
  'atan',
  'ceil',
  'cos',
  'cosh',
  'exp',
  'floor',
  'log',
  'log10',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
] as const

/** `math` (gopher-lua `mathlib.go`). */
export function openMathematics(machine: Machine): LuaTable {
  const library: Library = {}
  for (const name of simple) library[name] = (args) => [Math[name](args.number(1))]
  const table = install(machine, machine.table(), {
    ...library,
    atan2: (args) => [Math.atan2(args.number(1), args.number(2))],
    deg: (args) => [(args.number(1) * 180) / Math.PI],
    fmod: (args) => [args.number(1) % args.number(2)],
    frexp: (args) => frexp(args.number(1)),
    ldexp: (args) => [args.number(1) * 2 ** args.integer(2)],
    max: (args) => [extreme(machine, args, (a, b) => a > b)],
    min: (args) => [extreme(machine, args, (a, b) => a < b)],
    mod: (args) => [modulo(args.number(1), args.number(2))],
    modf: (args) => {
      const value = args.number(1)
      const whole = Math.trunc(value)
      return [whole, Number.isFinite(value) ? value - whole : Number.isNaN(value) ? NaN : 0]
    },
    pow: (args) => [args.number(1) ** args.number(2)],
    rad: (args) => [(args.number(1) * Math.PI) / 180],
    random: (args) => [random(machine, args)],
    randomseed: (args) => {
      args.integer(1)
      return []
    },
  })
  table.set('pi', Math.PI)
  table.set('huge', Number.MAX_VALUE)
  return table
}

function extreme(machine: Machine, args: Arguments, isBetter: (a: number, b: number) => boolean): number {
  if (args.count === 0) throw machine.error('wrong number of arguments')
  let best = args.number(1)
  for (let at = 2; at <= args.count; at++) if (isBetter(args.number(at), best)) best = args.number(at)
  return best
}

function random(machine: Machine, args: Arguments): number {
  if (args.count === 0) return Math.random()
  const [from, to] = args.count === 1 ? [1, args.integer(1)] : [args.integer(1), args.integer(2)]
  if (to < from) throw machine.error('invalid argument to random: the interval is empty')
  return from + Math.floor(Math.random() * (to - from + 1))
}

function frexp(value: number): number[] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0]
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1)
  let fraction = value * 2 ** -exponent
  for (; Math.abs(fraction) < 0.5; exponent--) fraction *= 2
  for (; Math.abs(fraction) >= 1; exponent++) fraction /= 2
  return [fraction, exponent]
}
