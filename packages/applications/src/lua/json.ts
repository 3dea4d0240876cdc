import type { Machine } from './machine.ts'
import type { LuaTable } from './table.ts'
import { fromUtf8, isTable, LuaError, type LuaValue, toUtf8, typeName } from './value.ts'

const maxDepth = 200

/** An object as scripts see it: nulls are not there, also not as elements of a list (argo-cd `util/lua/lua.go`, decodeValue). */
export function toLua(machine: Machine, value: unknown, depth = 0): LuaValue {
  if (typeof value === 'string') return machine.text(fromUtf8(value))
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > maxDepth) throw new LuaError(`the object is nested deeper than ${maxDepth} levels`)
  const table = machine.table()
  if (Array.isArray(value)) for (const item of value) table.append(toLua(machine, item, depth + 1))
  else {
    for (const [key, item] of Object.entries(value)) {
      const found = toLua(machine, item, depth + 1)
      if (found !== undefined) machine.set(table, fromUtf8(key), found)
    }
  }
  return table
}

/**
 * What a script has returned, as JSON: a table with the keys 1, 2, 3 … is a list, one with texts as keys an object, and an empty one a list, since
 * nothing tells which of both it was. Throws `LuaError` for what is neither (layeh.com/gopher-json `json.go`).
 */
export function fromLua(machine: Machine, value: LuaValue, around: Set<LuaTable> = new Set()): unknown {
  machine.spend(1)
  if (typeof value === 'string') return toUtf8(machine.text(value))
  if (typeof value === 'boolean') return value
  if (value === undefined) return null
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new LuaError(`cannot encode ${Number.isNaN(value) ? 'NaN' : 'an infinite number'} to JSON`)
    return value
  }
  if (!isTable(value)) throw new LuaError(`cannot encode ${typeName(value)} to JSON`)
  if (around.has(value)) throw new LuaError('cannot encode recursively nested tables to JSON')
  if (around.size > maxDepth) throw new LuaError(`cannot encode tables that are nested deeper than ${maxDepth} levels to JSON`)
  machine.allocate(64)
  const first = value.next(undefined)
  if (first === undefined) return []
  if (typeof first[0] !== 'number' && typeof first[0] !== 'string') throw invalidKeys()
  around.add(value)
  const list: unknown[] = []
  const fields: [string, unknown][] = []
  for (let found = value.next(undefined); found; found = value.next(found[0])) {
    const [key, item] = found
    if (typeof key !== typeof first[0]) throw invalidKeys()
    if (typeof key === 'number' && key !== list.length + 1) throw new LuaError('cannot encode sparse array')
    if (typeof key === 'string') fields.push([toUtf8(key), fromLua(machine, item, around)])
    else list.push(fromLua(machine, item, around))
  }
  around.delete(value)
  // Own fields only: `__proto__` is a name like any other.
  return typeof first[0] === 'number' ? list : Object.fromEntries(fields)
}

function invalidKeys(): LuaError {
  return new LuaError('cannot encode mixed or invalid key types')
}
