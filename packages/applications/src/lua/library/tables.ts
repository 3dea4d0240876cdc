import type { Machine } from '../machine.ts'
import { isLess } from '../operators.ts'
import type { LuaTable } from '../table.ts'
import { isTrue, type LuaValue, textOf, typeName } from '../value.ts'
import { type Arguments, install } from './arguments.ts'

/** `table` (gopher-lua `tablelib.go`). */
export function openTables(machine: Machine): LuaTable {
  return install(machine, machine.table(), {
    concat: (args) => [concatenated(machine, args)],
    getn: (args) => [args.table(1).length],
    insert: (args) => {
      const table = args.table(1)
      if (args.count === 1) throw machine.error('wrong number of arguments')
      machine.allocate(16)
      if (args.count === 2) {
        table.append(args.at(2))
        return []
      }
      const position = args.integer(2)
      const value = args.any(3)
      if (position > table.list.length || position <= 0) machine.set(table, position, value)
      else {
        machine.spend((table.list.length - position) >> 4)
        table.insert(position, value)
      }
      return []
    },
    maxn: (args) => [args.table(1).length],
    remove: (args) => {
      const table = args.table(1)
      const position = args.count === 1 ? -1 : args.integer(2)
      if (position > 0) machine.spend(Math.max(0, table.list.length - position) >> 4)
      return [table.remove(position)]
    },
    sort: (args) => {
      sort(machine, args)
      return []
    },
  })
}

function concatenated(machine: Machine, args: Arguments): LuaValue {
  const table = args.table(1)
  const separator = args.at(2)
  if (separator !== undefined && typeof separator !== 'string') throw args.wrongType(2, 'string')
  const { length } = table
  const [from, to] = [args.integer(3, 1), args.integer(4, length)]
  if (args.count === 3 && (from > length || from < 1)) return ''
  const parts: string[] = []
  for (let at = Math.max(1, Math.min(from, length)); at <= Math.min(to, length); at++) {
    const value = table.get(at)
    if (typeof value !== 'string' && typeof value !== 'number')
      throw machine.error(`invalid value (${typeName(value)}) at index ${at} in table for concat`)
    const text = textOf(value)
    machine.allocate(text.length + (separator?.length ?? 0))
    machine.spend(1)
    parts.push(text)
  }
  return machine.text(parts.join(separator ?? ''))
}

function sort(machine: Machine, args: Arguments): void {
  const { list } = args.table(1)
  const before = args.count === 1 ? undefined : args.function(2)
  const isBefore = (a: LuaValue, b: LuaValue): boolean => {
    machine.spend(1)
    return before ? isTrue(machine.call(before, [a, b])[0]) : isLess(machine, a, b)
  }
  machine.allocate(list.length * 24)
  // In a box each, since a sort of our own leaves holes aside.
  const sorted = list.map((value) => ({ value })).toSorted((a, b) => (isBefore(a.value, b.value) ? -1 : isBefore(b.value, a.value) ? 1 : 0))
  for (const [at, { value }] of sorted.entries()) list[at] = value
}
