import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJq, JqError, JqStopped, JqSyntaxError, type JqValue } from './index.ts'
import { jsonText } from './value.ts'

interface Answer {
  program: string
  input: JqValue
  isRefused?: true
  outputs?: string[]
  fails?: true
}

const timeoutMs = 10_000

function outputsOf(program: string, input: JqValue, limit = 200): { outputs: JqValue[]; failure: JqError | undefined } {
  const outputs: JqValue[] = []
  try {
    compileJq(program).run(input, timeoutMs, (output) => outputs.push(output) < limit)
    return { outputs, failure: undefined }
  } catch (error) {
    if (error instanceof JqError) return { outputs, failure: error }
    throw error
  }
}

describe('a program', () => {
  // Made by itchyny/gojq 0.12.19, which Argo CD runs.
  const answers = readFileSync(new URL('./testing/gojq-answers.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')

  it.each(answers.map((line) => JSON.parse(line) as Answer).map((answer) => [answer.program, answer] as const))(
    'gives what gojq gives: %s',
    (_, { program, input, isRefused, outputs: expected = [], fails = false }) => {
      if (isRefused) return expect(() => compileJq(program)).toThrow(JqSyntaxError)

      const { outputs, failure } = outputsOf(program, input)

      expect({ outputs: outputs.map(jsonText), fails: failure !== undefined }).toEqual({ outputs: expected, fails })
    },
  )

  it('changes nothing of its input', () => {
    const input = { a: [1, { b: 2 }], c: null }

    outputsOf('del(.a[0]), (.a[1].b |= 5), (.c = 1), map_values(null), (.a | sort, reverse)', input)

    expect(input).toEqual({ a: [1, { b: 2 }], c: null })
  })

  it('takes names of the prototype for names like any others', () => {
    const input = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as JqValue

    expect(outputsOf('[.__proto__.x, .constructor, .toString, has("toString"), (keys | join(","))]', input).outputs).toEqual([
      [1, 2, null, false, '__proto__,constructor'],
    ])
    expect(outputsOf('{} | .["__proto__"].y = 1 | tojson', null).outputs).toEqual(['{"__proto__":{"y":1}}'])
    expect(({} as { y?: number }).y).toBeUndefined()
  })

  it('sees nothing of the environment', () => {
    expect(outputsOf('env, $ENV', null).outputs.map(jsonText)).toEqual(['{}', '{}'])
  })

  it('is told where it is wrong', () => {
    const refusals = ['.a | ]', '.a[', 'nosuch(1)', '"abc', '$x', 'input'].map((program) => {
      try {
        compileJq(program)
        return 'taken'
      } catch (error) {
        return error instanceof JqSyntaxError ? `${error.at}: ${error.message}` : String(error)
      }
    })

    expect(refusals).toEqual([
      '5: "]" is not expected here',
      '3: the expression ends too early',
      '0: the function nosuch/1 is not defined',
      '1: a text has no closing quote',
      '0: the variable $x is not defined',
      '0: input has nothing to read here: there is one object at a time',
    ])
  })

  it('is refused when it is longer or deeper than anybody writes', () => {
    expect(() => compileJq('.a|'.repeat(30_000))).toThrow(JqSyntaxError)
    expect(() => compileJq('['.repeat(5000))).toThrow(JqSyntaxError)
    expect(() => compileJq('-'.repeat(5000))).toThrow(JqSyntaxError)
    expect(() => compileJq('1 // '.repeat(5000))).toThrow(JqSyntaxError)
    expect(() => compileJq(`1${'+1'.repeat(30_000)}`)).toThrow(JqSyntaxError)
  })

  it('or is none, whatever the text', () => {
    const piece = fc.constantFrom(
      '.',
      '.a',
      '[',
      ']',
      '(',
      ')',
      '|',
      ',',
      '"',
      '\\(',
      'if',
      'then',
      'end',
      '$x',
      'as',
      'def f:',
      ';',
      '1',
      '-',
      '?',
      '//',
      '#',
      'é',
      '{',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          compileJq(pieces.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(JqSyntaxError)
        }
      }),
    )
  })
})

describe('a program without end', () => {
  it.each([
    'last(range(1e15))',
    'def f: f; f',
    'until(true == false; [.] + [1])',
    'last(repeat(1))',
    'reduce range(1e15) as $x (0; . + 1)',
    '[repeat(1)]',
    'try (def f: f; f) catch "caught"',
    'first(range(1e15) | select(. < 0))',
    'reduce range(1000000) as $i (null; [.]) | tojson',
  ])('is stopped: %s', (program) => {
    expect(() => compileJq(program).run(null, 50, () => true)).toThrow(JqStopped)
  })

  it.each(['"a" * 1e9', 'reduce range(60) as $i (1; [., .]) | tojson', 'reduce range(40) as $i ([1]; . + .)', 'setpath([1e9]; 1)'])(
    'fails when it makes too much: %s',
    (program) => {
      expect(() => compileJq(program).run(null, timeoutMs, () => true)).toThrow(JqError)
    },
  )

  it('matches a pattern in linear time', () => {
    expect(outputsOf('test("^(a+)+$")', `${'a'.repeat(50_000)}!`).outputs).toEqual([false])
  })
})
