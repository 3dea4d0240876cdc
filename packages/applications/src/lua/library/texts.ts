import type { Machine } from '../machine.ts'
import type { LuaTable } from '../table.ts'
import { fromUtf8, isFunction, isTable, isTrue, type LuaValue, textOf, toUtf8, typeName } from '../value.ts'
import { type Arguments, install } from './arguments.ts'
import { formatted } from './format.ts'
import { allCaptured, captured, findAll, type Match } from './patterns.ts'

/** `string`, which is also what texts have as methods (gopher-lua `stringlib.go`). */
export function openTexts(machine: Machine): LuaTable {
  const table = install(machine, machine.table(), {
    byte: (args) => bytes(machine, args),
    char: (args) => [args.values.map((_, at) => String.fromCharCode(args.integer(at + 1) & 255)).join('')],
    dump: () => {
      throw machine.error('GopherLua does not support the string.dump')
    },
    find: (args) => find(machine, args),
    format: (args) => [formatted(machine, args.text(1), args.values.slice(1))],
    gmatch: (args) => {
      const text = args.text(1)
      const matches = findAll(machine, text, args.text(2), 0, 0)
      let next = 0
      const iterate = (): LuaValue[] => {
        const match = matches[next++]
        return match ? allCaptured(text, match) : []
      }
      return [{ kind: 'native', call: iterate }]
    },
    gsub: (args) => substitute(machine, args),
    len: (args) => [args.text(1).length],
    lower: (args) => [machine.text(fromUtf8(toUtf8(args.text(1)).toLowerCase()))],
    match: (args) => {
      const text = args.text(1)
      const pattern = args.text(2)
      const [match] = findAll(machine, text, pattern, startAt(text, args.integer(3, 1)), 1)
      return match ? allCaptured(text, match) : []
    },
    rep: (args) => {
      const [text, count] = [args.text(1), args.integer(2)]
      if (count <= 0 || text === '') return ['']
      machine.allocate(text.length * count + 16)
      machine.spend(Math.floor((text.length * count) / 32))
      return [text.repeat(count)]
    },
    reverse: (args) => [machine.text(args.text(1).split('').toReversed().join(''))],
    sub: (args) => {
      const text = args.text(1)
      const from = startAt(text, args.integer(2))
      const end = args.integer(3, -1)
      return [machine.text(text.slice(from, Math.max(0, end < 0 ? text.length + end + 1 : end)))]
    },
    upper: (args) => [machine.text(fromUtf8(toUtf8(args.text(1)).toUpperCase()))],
  })
  table.set('gfind', table.get('gmatch'))
  table.set('__index', table)
  machine.textMetatable = table
  return table
}

/** A position that counts from 1, or from the end when it is negative, as an offset. */
function startAt(text: string, position: number): number {
  return Math.max(0, position < 0 ? text.length + position : position - 1)
}

function bytes(machine: Machine, args: Arguments): LuaValue[] {
  const text = args.text(1)
  const [from, to] = [args.integer(2, 1), args.integer(3, args.integer(2, 1))]
  const start = startAt(text, from)
  const end = Math.min(text.length, to < 0 ? text.length + to + 1 : to)
  machine.allocate(Math.max(0, end - start) * 8)
  return Array.from({ length: Math.max(0, end - start) }, (_, at) => text.charCodeAt(start + at))
}

function find(machine: Machine, args: Arguments): LuaValue[] {
  const [text, pattern] = [args.text(1), args.text(2)]
  if (pattern === '') return [1, 0]
  const offset = startAt(text, args.integer(3, 1))
  if (args.count === 4 && isTrue(args.at(4))) {
    machine.spend(text.length >> 4)
    const found = text.indexOf(pattern, offset)
    return found < 0 ? [undefined] : [found + 1, found + pattern.length]
  }
  const [match] = findAll(machine, text, pattern, offset, 1)
  if (!match) return [undefined]
  return [match.start + 1, match.end, ...(match.captures.length > 0 ? allCaptured(text, match) : [])]
}

function substitute(machine: Machine, args: Arguments): LuaValue[] {
  const [text, pattern, replacement, limit] = [args.text(1), args.text(2), args.at(3), args.integer(4, -1)]
  if (typeof replacement !== 'string' && !isTable(replacement) && !isFunction(replacement))
    throw machine.argumentError(3, `string or table or function expected, got ${typeName(replacement)}`)
  const matches = limit === 0 ? [] : findAll(machine, text, pattern, 0, Math.max(0, limit))
  let made = ''
  let done = 0
  for (const match of matches) {
    const put = replaced(machine, text, match, replacement)
    machine.allocate(put.length + match.start - done)
    made += text.slice(done, match.start) + put
    done = match.end
  }
  return [machine.text(made + text.slice(done)), matches.length]
}

function replaced(machine: Machine, text: string, match: Match, replacement: LuaValue): string {
  const whole = text.slice(match.start, match.end)
  if (typeof replacement === 'string') {
    return replacement.replace(/%([%0-9])/g, (_, what: string) => {
      if (what === '%') return '%'
      // Without captures the first is the whole.
      const number = what === '1' && match.captures.length === 0 ? 0 : Number(what)
      const found = captured(text, match, number)
      if (found === undefined) throw machine.error('invalid capture index')
      return textOf(found)
    })
  }
  const captures = allCaptured(text, match)
  const [value] = isFunction(replacement) ? machine.call(replacement, captures) : [machine.get(replacement, captures[0])]
  if (!isTrue(value)) return whole
  return typeof value === 'string' || typeof value === 'number' ? textOf(value) : ''
}
