import type { Machine } from '../machine.ts'
import { LuaTable } from '../table.ts'
import { type Coroutine, isFunction, LuaError, type LuaFunction, type LuaValue } from '../value.ts'
import { type Arguments, install } from './arguments.ts'

/** `coroutine` (gopher-lua `coroutinelib.go`). */
export function openCoroutines(machine: Machine): LuaTable {
  const table = install(machine, machine.table(), {
    create: (args) => [created(machine, args.function(1))],
    resume: (args) => {
      const coroutine = coroutineAt(args, 1)
      try {
        const problem = unfit(coroutine)
        return problem === undefined ? [true, ...machine.resume(coroutine, args.values.slice(1))] : [false, problem]
      } catch (error) {
        if (error instanceof LuaError) return [false, error.value]
        throw error
      }
    },
    running: () => [machine.current === machine.main ? undefined : machine.current],
    status: (args) => [coroutineAt(args, 1).status],
    wrap: (args) => {
      const coroutine = created(machine, args.function(1))
      const resume = (values: LuaValue[]): LuaValue[] => {
        const problem = unfit(coroutine)
        if (problem !== undefined) throw machine.error(problem)
        return machine.resume(coroutine, values)
      }
      return [{ kind: 'native', call: resume }]
    },
    yield: () => [],
  })
  const suspend = table.get('yield')
  if (isFunction(suspend) && suspend.kind === 'native') machine.yieldFunction = suspend
  return table
}

function created(machine: Machine, body: LuaFunction): Coroutine {
  machine.allocate(200)
  return { kind: 'coroutine', status: 'suspended', body, frames: [], base: 0, wanted: -1 }
}

function coroutineAt(args: Arguments, number: number): Coroutine {
  const value = args.at(number)
  if (typeof value !== 'object' || value instanceof LuaTable || value.kind !== 'coroutine') throw args.wrongType(number, 'thread')
  return value
}

function unfit({ status }: Coroutine): string | undefined {
  if (status === 'suspended') return undefined
  return status === 'dead' ? 'can not resume a dead thread' : 'can not resume a running thread'
}
