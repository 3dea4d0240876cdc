import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromLua } from './json.ts'
import { runScript } from './run-script.ts'
import { LuaError, LuaLimitError } from './value.ts'

const limits = { steps: 300_000, bytes: 4 * 1024 * 1024 }

function run(script: string): unknown {
  const { machine, value } = runScript(script, { obj: {} }, { useOpenLibs: true, limits })
  return fromLua(machine, value)
}

describe('a hostile script is stopped', () => {
  it.each([
    ['that never ends', 'while true do end'],
    ['that catches everything', 'while true do pcall(function() while true do end end) end'],
    ['in a coroutine', 'coroutine.wrap(function() while true do end end)()'],
    ['that calls itself last', 'local function f() return f() end f()'],
    ['that goes back', '::again:: goto again'],
    ['with a table without end', 'local t = {} while true do t[#t + 1] = t end'],
    ['with keys without end', 'local t, i = {}, 0 while true do i = i + 1; t["k" .. i] = 1 end'],
    ['with one key far away', 'local t = {}; t[60000000] = 1'],
    ['with a text that doubles', 'local s = "x" while true do s = s .. s end'],
    ['with a repeated text', 'return ("x"):rep(1e9)'],
    ['with a text of infinite length', 'return ("x"):rep(1/0)'],
    ['with replacements that grow', 'return (("x"):rep(1e5):gsub(".", ("y"):rep(1e5)))'],
    ['with a pattern of many ways', 'return ("a"):rep(50):find(("a?"):rep(50) .. ("a"):rep(51))'],
    ['with lazy patterns', 'return ("a"):rep(5000):find((".-"):rep(20) .. "b")'],
    ['with brackets that never close', 'local s = ("("):rep(20000) while true do s:find("%b()") end'],
    ['with long texts that are compared', 'local a, b = ("x"):rep(1e6), ("x"):rep(1e6) while true do local c = a < b end'],
    ['with long keys', 'local s = ("x"):rep(1e6) local t = {} while true do local c = t[s .. "y"] end'],
    ['that looks through holes', 'local t = {} t[90000] = 1 while true do next(t) end'],
    ['that unpacks without end', 'return unpack({}, 1, 1e9)'],
    ['that sorts without order', 'local t = {} for i = 1, 50000 do t[i] = i end table.sort(t, function() return true end)'],
    ['that returns a table of tables', 'local t = {} for i = 1, 40 do t = { t, t } end return t'],
    ['that compiles without end', 'while true do loadstring(("x = 1 "):rep(1000)) end'],
    ['that formats without end', 'return (("%9999d"):rep(1000)):format(1, 2) .. string.format(("%9999s"):rep(600), unpack({}, 1, 600))'],
  ])('%s', (_, script) => {
    expect(() => run(script)).toThrow(LuaLimitError)
  })

  it.each([
    ['calls itself', 'local function f() return 1 + f() end f()', /stack overflow/],
    ['calls itself through pcall', 'local function f() local ok, e = pcall(f); error(e, 0) end f()', /stack overflow/],
    [
      'calls itself through a metatable',
      'local t = setmetatable({}, { __index = function(t, k) return t[k] end }) return t.x',
      /stack overflow/,
    ],
    ['calls itself through coroutines', 'local function f() return coroutine.wrap(f)() end f()', /stack overflow/],
    ['asks itself', 'local t = {} setmetatable(t, { __index = t }) return t.x', /too many recursions/],
    ['nests a thousand brackets', `return ${'('.repeat(1000)}1${')'.repeat(1000)}`, /nested deeper/],
    ['nests a thousand tables', `return ${'{'.repeat(1000)}${'}'.repeat(1000)}`, /nested deeper/],
    ['nests a thousand functions', `${'return function() '.repeat(1000)}${'end '.repeat(1000)}`, /nested deeper/],
    ['adds up a hundred thousand numbers', `return ${'1+'.repeat(100_000)}1`, /nested too deeply/],
    ['has too many variables', 'local a '.repeat(1000), /too many local variables/],
    ['returns itself', 'local t = {} t.t = t return t', /recursively nested/],
    ['returns a list with holes', 'return { 1, nil, 3 }', /sparse array/],
    ['returns a function', 'return { f = print }', /cannot encode function/],
    ['returns no number', 'return { n = 0/0 }', /cannot encode NaN/],
    ['is none', '{{ .Values.script }}', /syntax error/],
  ])('that %s is told what is wrong', (_, script, message) => {
    expect(() => run(script)).toThrow(LuaError)
    expect(() => run(script)).toThrow(message)
  })

  it('whatever its text', () => {
    const word = fc.constantFrom(
      ...'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(' '),
      ...'a b obj ( ) { } [ ] [[ ]] --[[ -- " \' \\ , ; . .. ... = == ~= ~ < > <= >= + - * / % ^ # : :: 1 0x 1e 0x1F "s" \n'.split(' '),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        try {
          run(words.join(' '))
        } catch (error) {
          expect(error instanceof LuaError || error instanceof LuaLimitError).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('whatever its patterns and formats', () => {
    const piece = fc.constantFrom(
      ...'a b . %a %d %s %w %% %b() %1 %2 ( ) () [ ] [^ [a-z] ^ $ * + - ? %f %'.split(' '),
      '%5d',
      '%-5.2s',
      '%q',
      '%c',
      '%x',
      '%g',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 20 }), (pieces, subject) => {
        const [pattern, text] = [pieces.join(''), subject].map((part) => JSON.stringify(part).replace(/\\u[0-9a-f]{4}/g, '?'))
        for (const script of [
          `return { (${text}):find(${pattern}) }`,
          `return (${text}):gsub(${pattern}, "%0%1")`,
          `return (${pattern}):format(1, "b", nil)`,
        ]) {
          try {
            run(script)
          } catch (error) {
            expect(error instanceof LuaError || error instanceof LuaLimitError).toBe(true)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
