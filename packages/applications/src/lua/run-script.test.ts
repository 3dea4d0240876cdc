import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromLua } from './json.ts'
import { runScript, type ScriptOptions } from './run-script.ts'
import { isTable, textOf, toUtf8 } from './value.ts'

/** Scripts of ours, with what gopher-lua 1.1.2, which runs them under Argo CD, has returned for each. */
const cases = JSON.parse(readFileSync(new URL('gopher-lua.cases.json', import.meta.url), 'utf8')) as Record<string, [string, unknown][]>

function result(script: string, obj: unknown = { status: { phase: 'Running' } }, options: Partial<ScriptOptions> = {}): unknown {
  try {
    const { machine, value } = runScript(script, { obj, actionParams: {} }, { useOpenLibs: true, ...options })
    if (isTable(value)) return fromLua(machine, value)
    if (value === undefined) return null
    return typeof value === 'boolean' ? value : toUtf8(textOf(value))
  } catch (error) {
    return { error: (error as Error).message }
  }
}

describe('a script runs as under gopher-lua', () => {
  for (const [what, list] of Object.entries(cases)) {
    it.each(list)(`${what}: %s`, (script, expected) => {
      expect(result(script)).toEqual(expected)
    })
  }
})

describe('an object', () => {
  it('is seen without its nulls, and text as bytes', () => {
    const seen = result('return { #obj.list, obj.list[2], obj.none == nil, #obj.name, obj.name:sub(1, 1) }', {
      list: [1, null, 'b'],
      none: null,
      name: 'Zürich',
    })

    expect(seen).toEqual([2, 'b', true, 7, 'Z'])
  })

  it('may have any names', () => {
    const seen = result(
      'obj.__proto__.x = 2; obj.constructor = nil; return obj',
      JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":3}'),
    )

    expect(JSON.stringify(seen)).toBe('{"__proto__":{"x":2},"toString":3}')
  })

  it('keeps numbers beyond 2^53 as near as a float is', () => {
    expect(result('return obj.big', { big: 12345678901234567000 })).toBe('1.2345678901234567e+19')
  })
})

describe('what a script can reach', () => {
  it.each(['string', 'math', 'coroutine', 'os', 'io', 'debug', 'dofile', 'loadfile', 'process', 'globalThis', 'constructor', '__proto__'])(
    'has no %s unless libraries are open',
    (name) => {
      expect(result(`return ${name} == nil`, {}, { useOpenLibs: false })).toBe(true)
    },
  )

  it('is time by require, with or without them', () => {
    const options = { useOpenLibs: false, now: () => Date.UTC(2026, 1, 3, 4, 5, 6) }

    expect(
      result('local os = require("os"); return { os.time(), os.date("!%Y-%m-%dT%H:%M:%SZ"), os.date("!%B %A %p %I") }', {}, options),
    ).toEqual([1770091506, '2026-02-03T04:05:06Z', 'February Tuesday AM 04'])
  })

  it.each(['io', 'debug', 'os.execute', 'os.exit', 'os.remove', 'package.loadlib', 'package.path', 'dofile', 'loadfile'])(
    'is never %s',
    (name) => {
      expect(result(`return ${name} == nil`)).toBe(true)
    },
  )

  it('is nothing of a run before', () => {
    result('left = 1; string.left = 2; getmetatable("").__index.left = 3; table.left = 4')

    expect(result('return { left == nil, string.left == nil, ("").left == nil, table.left == nil }')).toEqual([true, true, true, true])
  })

  it('prints to whoever listens', () => {
    const lines: string[] = []
    result('print("é", 1, nil, true)', {}, { print: (line) => lines.push(line) })

    expect(lines).toEqual(['é\t1\tnil\ttrue'])
  })
})
