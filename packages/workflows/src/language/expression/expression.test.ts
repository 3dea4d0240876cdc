import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Contexts, Value } from '../contract.ts'
import { evaluate, evaluateCondition, evaluateStrings, interpolate, parseTemplate } from '../evaluation.ts'
import { availability } from './availability.ts'
import { foldCase, numberText } from './coercion.ts'
import { toValue } from './json.ts'
import { parseExpression } from './parse.ts'

async function valueOf(text: string, contexts: object = {}): Promise<Value> {
  const template = parseTemplate(`\${{ ${text} }}`)
  if ('problem' in template) throw new Error(template.problem)
  return evaluate(template, { contexts: toValue(contexts) as Contexts })
}

async function textOf(text: string, contexts: object = {}): Promise<string> {
  const template = parseTemplate(text)
  if ('problem' in template) throw new Error(template.problem)
  return interpolate(template, { contexts: toValue(contexts) as Contexts })
}

const github = {
  github: { Ref: 'refs/heads/main', event: { labels: [{ name: 'bug' }, { name: 'Help' }], n: 3, nothing: null }, list: [1, 2, 3] },
}

describe('values', () => {
  test.each<[string, Value]>([
    ["'it''s'", "it's"],
    ["'''''a'''", "''a'"],
    ['1e3', 1000],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['0xff', 255],
    ['0o17', 15],
    ['null', null],
    ['NaN', Number.NaN],
    ['true', true],
  ])('%s is %j', async (text, expected) => {
    expect(await valueOf(text)).toEqual(expected)
  })

  test.each([
    '"text"',
    '1 +',
    '1 @ 2',
    "'open",
    '0xzz',
    '-0xff',
    '01x',
    '(1',
    '1)',
    'a.',
    'a..b',
    "'x'.y",
    'contains(1,)',
    '',
    '1 = 1',
    'a b',
    '1 & 2',
    '[1]',
  ])('%s is no expression', (text) => {
    expect(parseTemplate(`\${{ ${text} }}`)).toHaveProperty('problem')
  })
})

describe('operators', () => {
  test.each<[string, Value]>([
    ["'a' == 'A'", true],
    ["1 == '1'", true],
    ["'' == 0", true],
    ['null == 0', true],
    ["null == ''", true],
    ['true == 1', true],
    ["true == 'true'", false],
    ['NaN == NaN', false],
    ['NaN != NaN', true],
    ['github.list == github.list', true],
    ["github.list == fromJSON('[1,2,3]')", false],
    ["'b' > 'A'", true],
    ["'10' < 9", false],
    ["'x' < 1", false],
    ["'x' >= 1", false],
    ['null >= null', true],
    ['true > false', true],
    ["'' && 'x'", ''],
    ["0 || 'x'", 'x'],
    ["'a' && 'b' || 'c'", 'b'],
    ['false || false || 3', 3],
    ["!'x'", false],
    ["!''", true],
    ['!github.list', false],
    ['1 < 2 == true', true],
    ['!true == false', true],
    ['false && false || true', true],
  ])('%s is %j', async (text, expected) => {
    expect(await valueOf(text, github)).toEqual(expected)
  })
})

describe('access', () => {
  test.each<[string, Value]>([
    ['github.ref', 'refs/heads/main'],
    ["github['REF']", 'refs/heads/main'],
    ['github.event.labels.*.name', ['bug', 'Help']],
    ['github.event.labels[*].name', ['bug', 'Help']],
    ["contains(github.event.labels.*.name, 'help')", true],
    ['github.event.labels[1].name', 'Help'],
    ['github.event.labels[1.9].name', 'Help'],
    ["github.event.labels['1'].name", 'Help'],
    ['github.event.labels[7].name', null],
    ['github.event.labels[-1]', null],
    ['github.missing.more.of.it', null],
    ['github.event.n.*', []],
    ['github.event.nothing.x', null],
    ['github.event.*.*.name', ['bug', 'Help']],
    ['toJSON(matrix)', '{}'],
    ['github.constructor', null],
    ['github.__proto__', null],
    ["github['toString']", null],
    ['fromJSON(\'{"__proto__": 1}\').__proto__', 1],
    ["(fromJSON('[5]'))[0]", 5],
  ])('%s is %j', async (text, expected) => {
    expect(await valueOf(text, github)).toEqual(expected)
  })

  test('Names of variables keep their case, as on Linux', async () => {
    const contexts = { env: { Path: 'a' }, vars: { Path: 'b' } }

    expect(await valueOf('env.PATH', contexts)).toBe(null)
    expect(await valueOf('env.Path', contexts)).toBe('a')
    expect(await valueOf('vars.PATH', contexts)).toBe('b')
  })
})

describe('functions', () => {
  test.each<[string, Value]>([
    ["contains('Hello', 'ELL')", true],
    ["contains('a', null)", true],
    ["contains(fromJSON('[\"push\", 1]'), '1')", true],
    ["contains(fromJSON('{}'), 'x')", false],
    ["startsWith('Hello', 'he')", true],
    ["endsWith('Hello', 'LO')", true],
    ["startsWith(fromJSON('[]'), '')", false],
    ["format('{0}-{1}-{0}', 'a', 2)", 'a-2-a'],
    ["format('{{{0}}}', true)", '{true}'],
    ["format('{0}', fromJSON('[]'))", 'Array'],
    ['join(fromJSON(\'[1, true, null, "x"]\'))', '1,true,,x'],
    ["join(fromJSON('[1, 2]'), ' + ')", '1 + 2'],
    ["join('alone')", 'alone'],
    ["join(fromJSON('{}'))", ''],
    ['toJSON(null)', 'null'],
    ["toJSON('a\"b')", '"a\\"b"'],
    ['toJSON(fromJSON(\'{"a": [1, {}], "b": []}\'))', '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'],
    ["fromJSON('true')", true],
    ["fromJSON(' 12 ')", 12],
    ["case(false, 'a', true, 'b', 'c')", 'b'],
    ["case(false, 'a', 'c')", 'c'],
    ["CONTAINS('a', 'A')", true],
  ])('%s is %j', async (text, expected) => {
    expect(await valueOf(text)).toEqual(expected)
  })

  test.each(["format('{0')", "format('{1}', 1)", "format('}')", "fromJSON('')", "fromJSON('{')", "case('yes', 1, 2)"])(
    '%s fails',
    async (text) => {
      await expect(async () => await valueOf(text)).rejects.toThrow()
    },
  )

  test('A failure shows nothing of a value, which may be a secret', async () => {
    const contexts = { secrets: { KEY: 'hunter2-hunter2' } }

    for (const text of ['fromJSON(secrets.KEY)', "case(secrets.KEY, 'a', 'b')", "format(format('{0}{1}', '{', secrets.KEY))"]) {
      await expect(valueOf(text, contexts)).rejects.not.toThrow(/hunter/)
    }
  })

  test('hashFiles asks the workspace once for the same patterns', async () => {
    const asked: string[][] = []
    const template = parseTemplate("${{ hashFiles('a', '**/b') }}-${{ hashFiles('a', '**/b') }}-${{ hashFiles('c') }}")
    if ('problem' in template) throw new Error(template.problem)

    const text = await interpolate(template, {
      contexts: {},
      hashFiles: async (patterns) => {
        asked.push([...patterns])
        return `#${asked.length}`
      },
    })

    expect(text).toBe('#1-#1-#2')
    expect(asked).toEqual([['a', '**/b'], ['c']])
  })
})

describe('templates', () => {
  test.each([
    ['a ${{ 1 }} b ${{ true }}', 'a 1 b true'],
    ["${{ 'a }} b' }}", 'a }} b'],
    ['$${{ 1 }}', '$1'],
    ['${{ null }}', ''],
    ['x${{ github.list }}', 'xArray'],
    ['{0} ${{ 1 }}', '{0} 1'],
    ['no expression }} {{', 'no expression }} {{'],
  ])('%s becomes %s', async (template, expected) => {
    expect(await textOf(template, github)).toBe(expected)
  })

  test('A whole value that is a list is no text', async () => {
    await expect(textOf('${{ github.list }}', github)).rejects.toThrow(/text was expected/)
  })

  test.each(['${{ 1', '${{ }}', "${{ 'a }}"])('%s is no template', (text) => {
    expect(parseTemplate(text)).toHaveProperty('problem')
  })
})

describe('conditions', () => {
  const failed = { success: () => false, failure: () => true, cancelled: () => false }
  const condition = (source: string) => ({
    source,
    expression: parseExpression(source),
    hasStatusFunction: /always|failure|success|cancelled/.test(source),
    line: 1,
    column: 1,
  })

  test.each([
    ['true', false],
    ['always()', true],
    ['failure()', true],
    ["failure() && github.ref == 'x'", false],
    ['!cancelled()', true],
    ['success()', false],
  ])('After a failure, %s is %s', async (source, expected) => {
    expect(await evaluateCondition(condition(source), { contexts: {}, status: failed })).toBe(expected)
  })

  test('Without a condition, a step runs while nothing has failed', async () => {
    expect(await evaluateCondition(undefined, { contexts: {} })).toBe(true)
    expect(await evaluateCondition(undefined, { contexts: {}, status: failed })).toBe(false)
  })
})

describe('numbers as text', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [1.1, '1.1'],
    [3.1, '3.1'],
    [100, '100'],
    [0.1 + 0.2, '0.3'],
    [123456789012345, '123456789012345'],
    [1e15, '1E+15'],
    [1234567890123456000, '1.23456789012346E+18'],
    [0.00001, '1E-05'],
    [0.0001, '0.0001'],
    [0.84551240822557006, '0.84551240822557'],
    [-2.5e-7, '-2.5E-07'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%d is written %s', (number, expected) => {
    expect(numberText(number)).toBe(expected)
  })
})

test('Case folds unit by unit, so that lengths stay', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((all) => String.fromCharCode(...all))
  fc.assert(
    fc.property(units, (text) => {
      expect(foldCase(text)).toHaveLength(text.length)
      expect(foldCase(foldCase(text))).toBe(foldCase(text))
    }),
    { numRuns: 200 },
  )
  expect(foldCase('straße ıſ')).toBe('STRAßE ıſ')
})

describe('against GitHub’s own library', () => {
  const leaf = fc.oneof(
    fc.constantFrom(
      'true',
      'false',
      'null',
      'github.a',
      'github.B',
      'github.list',
      'github.map',
      'github.none',
      "''",
      "'A'",
      "'a'",
      "'1'",
      "'0x10'",
      "'x y'",
    ),
    fc.integer({ min: -20, max: 20 }).map(String),
    fc.constantFrom('0.5', '1e2', '0xA'),
  )
  const expression = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc
        .tuple(tie('one'), fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '&&', '||'), tie('one'))
        .map(([a, by, b]) => `(${a} ${by} ${b})`),
      fc.tuple(tie('one'), fc.constantFrom('&&', '||', '=='), tie('one')).map(([a, by, b]) => `${a} ${by} ${b}`),
      tie('one').map((a) => `!(${a})`),
      fc.tuple(tie('one'), tie('one')).map(([a, b]) => `contains(${a}, ${b})`),
      fc.tuple(tie('one'), tie('one')).map(([a, b]) => `startsWith(${a}, ${b})`),
      fc.tuple(tie('one'), tie('one')).map(([a, b]) => `endsWith(${a}, ${b})`),
      fc.tuple(tie('one'), tie('one')).map(([a, b]) => `format('{1}{{{0}}}', ${a}, ${b})`),
      tie('one').map((a) => `join(${a}, '-')`),
      tie('one').map((a) => `toJSON(${a})`),
      tie('one').map((a) => `fromJSON(toJSON(${a}))`),
      fc.tuple(fc.constantFrom('github.list', 'github.map', 'github'), tie('one')).map(([a, b]) => `${a}[${b}]`),
      fc.constantFrom('github.*', 'github.map.*.k', 'github.list[*]', 'github.map.*', 'github.*.k'),
    ),
  })).one
  const context = { a: 'A', b: 7, list: ['x', 1, null, 'A'], map: { k: 'v', a: { k: 1 }, B: [true] } }

  function theirs(text: string): unknown {
    const parsed = new Parser(new Lexer(text).lex().tokens, ['github'], []).parse()
    const result = new Evaluator(parsed, toData({ github: context }) as data.Dictionary).evaluate()
    return JSON.parse(JSON.stringify(result, (key, value: unknown) => nonFinite(data.replacer(key, value))))
  }

  test('every expression has the same value', async () => {
    await fc.assert(
      fc.asyncProperty(expression, async (text) => {
        let expected: unknown
        try {
          expected = theirs(text)
        } catch {
          await expect(async () => await valueOf(text, { github: context })).rejects.toThrow()
          return
        }

        const actual = await valueOf(text, { github: context })

        expect(JSON.parse(JSON.stringify(actual, (_, value: unknown) => nonFinite(value)))).toEqual(expected)
      }),
      { numRuns: 1500 },
    )
  })

  function nonFinite(value: unknown): unknown {
    return typeof value === 'number' && !Number.isFinite(value) ? `number ${value}` : value
  }

  function toData(value: unknown): data.ExpressionData {
    return JSON.parse(JSON.stringify(value), data.reviver) as data.ExpressionData
  }
})

describe('hostile expressions', () => {
  test.each([
    ['parentheses', '('.repeat(10_000)],
    ['negations', `${'!'.repeat(10_000)}1`],
    ['comparisons', `${'1 == '.repeat(4000)}1`],
    ['properties', `github${'.a'.repeat(10_000)}`],
    ['indexes', `${'github['.repeat(3000)}1${']'.repeat(3000)}`],
    ['calls', `${'toJSON('.repeat(2500)}1${')'.repeat(2500)}`],
    ['length', `'${'a'.repeat(30_000)}'`],
  ])('nested or long %s are refused', (_, text) => {
    expect(parseTemplate(`\${{ ${text} }}`)).toEqual({ problem: expect.stringMatching(/nested more than 50|longer than/) as string })
  })

  test('a long chain of && is no nesting', async () => {
    expect(await valueOf(`${'1 && '.repeat(4000)}2`)).toBe(2)
  })

  test('text that doubles and doubles ends', async () => {
    const double = (times: number): string =>
      times === 0 ? "'aaaaaaaaaaaaaaaa'" : `format('{0}{0}{0}{0}{0}{0}{0}{0}', ${double(times - 1)})`

    await expect(valueOf(double(10))).rejects.toThrow(/more than 10485760 characters/)
  })

  test('a tree of many large texts ends, too', async () => {
    const large = parseTemplate("${{ format('{0}{0}{0}{0}{0}{0}{0}{0}', format('{0}{0}{0}{0}{0}{0}{0}{0}', github.text)) }}")
    if ('problem' in large) throw new Error(large.problem)
    const scope = { contexts: toValue({ github: { text: 'x'.repeat(1000) } }) as Contexts }
    const all = (count: number) => new Map(Array.from({ length: count }, (_, at) => [`v${at}`, large] as const))

    expect((await evaluateStrings(all(10), scope)).size).toBe(10)
    await expect(evaluateStrings(all(1000), scope)).rejects.toThrow(/more than 10485760 characters/)
  })

  test('comparing large texts again and again ends, too', async () => {
    const contexts = { github: { text: 'x'.repeat(1_000_000), list: Array.from({ length: 1000 }, () => 'y') } }

    await expect(valueOf('contains(github.list, github.text)', contexts)).rejects.toThrow(/compare more than/)
  })

  test('JSON that is nested deeply is refused', async () => {
    const contexts = { github: { text: '['.repeat(5000) + ']'.repeat(5000) } }

    await expect(valueOf('fromJSON(github.text)', contexts)).rejects.toThrow(/nested/)
  })

  test('many digests are refused', async () => {
    const template = parseTemplate(
      `\${{ join(fromJSON('[]')) }}${Array.from({ length: 150 }, (_, at) => `\${{ hashFiles('${at}') }}`).join('')}`,
    )
    if ('problem' in template) throw new Error(template.problem)

    await expect(interpolate(template, { contexts: {}, hashFiles: async () => 'x' })).rejects.toThrow(/hashFiles/)
  })
})

test('Each context and function that GitHub names is known', () => {
  expect(availability.everything.contexts).toHaveLength(12)
})
