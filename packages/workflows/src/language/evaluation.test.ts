import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Contexts, Scope, StepsJob, Template, TemplateTree } from './contract.ts'
import { evaluateBoolean, evaluateNumber, evaluateStrings, evaluateTree, parseTemplate } from './evaluation.ts'
import { toValue } from './expression/json.ts'
import { parseWorkflow } from './reading/workflow.ts'

const scope: Scope = {
  contexts: toValue({ github: { yes: true, five: 5, text: 'five', list: [1], map: { A: 1, B: 'two' }, nothing: null } }) as Contexts,
}

function template(text: string): Template {
  const parsed = parseTemplate(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed
}

function env(text: string): TemplateTree | undefined {
  const source = `on: push\njobs:\n  a:\n    runs-on: x\n    env: ${text}\n    steps: [{ run: a }]\n`
  const { workflow, problems } = parseWorkflow(source, 'w.yml')
  if (!workflow) throw new Error(JSON.stringify(problems))
  return (workflow.jobs.get('a') as StepsJob).env
}

describe('maps of texts', () => {
  test('Each value becomes text as GitHub writes it', async () => {
    const tree = env(
      "{ A: 3.10, B: true, C: null, D: '${{ github.five }}', E: 'x${{ github.yes }}', F: 0x10, G: '3.10', '${{ github.text }}': 1 }",
    )

    expect(await evaluateStrings(tree, scope)).toEqual(
      new Map([
        ['A', '3.1'],
        ['B', 'true'],
        ['C', ''],
        ['D', '5'],
        ['E', 'xtrue'],
        ['F', '16'],
        ['G', '3.10'],
        ['five', '1'],
      ]),
    )
  })

  test('The whole may be one expression', async () => {
    expect(await evaluateStrings(env('${{ github.map }}'), scope)).toEqual(
      new Map([
        ['A', '1'],
        ['B', 'two'],
      ]),
    )
    expect(await evaluateStrings(env('${{ github.nothing }}'), scope)).toEqual(new Map())
    expect(await evaluateStrings(undefined, scope)).toEqual(new Map())
  })

  test.each(['${{ github.list }}', '{ A: "${{ github.list }}" }', '${{ github.text }}'])('%s is none', async (text) => {
    await expect(evaluateStrings(env(text), scope)).rejects.toThrow(/expected/)
  })

  test('Trees keep types, and names of JavaScript’s are ordinary', async () => {
    const tree = env("{ constructor: '${{ github.list }}', toString: 1 }")
    const value = await evaluateTree(tree as TemplateTree, scope)

    expect(Object.entries(value as object)).toEqual([
      ['constructor', [1]],
      ['toString', 1],
    ])
    expect(Object.getPrototypeOf(value)).toBe(null)
  })
})

describe('booleans and numbers', () => {
  test.each([
    ['${{ github.yes }}', true],
    ['${{ !github.yes }}', false],
    ['true', true],
    ['${{ github.nothing }}', undefined],
  ])('%s is %s', async (text, expected) => {
    expect(await evaluateBoolean(template(text), scope, true)).toBe(expected ?? true)
    expect(await evaluateBoolean(template(text), scope, false)).toBe(expected ?? false)
  })

  test.each([
    ['${{ github.five }}', 5],
    ["${{ '2.5' }}", 2.5],
    ['${{ github.nothing }}', 7],
  ])('%s is %s', async (text, expected) => {
    expect(await evaluateNumber(template(text), scope, 7)).toBe(expected)
  })

  test('What does not fit fails, and does not show what it was', async () => {
    await expect(evaluateBoolean(template('${{ github.text }}'), scope, true)).rejects.toThrow(
      /true or false was expected, not other text$/,
    )
    await expect(evaluateNumber(template('${{ github.text }}'), scope, 1)).rejects.toThrow(/a number was expected, not other text$/)
    await expect(evaluateNumber(template('${{ github.yes }}'), scope, 1)).rejects.toThrow(/not a boolean$/)
  })
})

test('However a workflow is damaged, it is read or told what is wrong, at a place that it has', () => {
  const whole = `on: { push: { branches: [main, 'v*'] }, workflow_dispatch: { inputs: { a: { type: choice, options: [x] } } } }
env: &env { A: '\${{ github.sha }}' }
jobs:
  build:
    strategy: { matrix: { os: [a, b], include: [{ os: a, c: 1 }] } }
    runs-on: \${{ matrix.os }}
    steps:
      - run: |
          echo \${{ github.event.issue.title }}
        env: *env
        if: always() && 'x' != ''
  call: { needs: [build], uses: ./.github/workflows/x.yml, with: { a: 1 }, secrets: inherit }
`
  const piece = fc.constantFrom(
    '${{',
    '}}',
    "'",
    '"',
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '\n',
    '  ',
    '&a ',
    '*a',
    '|\n',
    '<<: ',
    '\t',
    '? ',
    '%',
    '!',
    '__proto__: ',
    '#',
  )
  const damage = fc.array(fc.tuple(fc.nat(whole.length), fc.nat(12), piece), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(damage, (places) => {
      let text = whole
      for (const [at, gone, put] of places) text = text.slice(0, at) + put + text.slice(at + gone)

      const { workflow, problems } = parseWorkflow(text, 'w.yml')

      expect(workflow !== undefined || problems.some((one) => one.severity === 'error')).toBe(true)
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThan(0)
        expect(line).toBeLessThanOrEqual(text.split('\n').length)
        expect(column).toBeGreaterThan(0)
      }
    }),
    { numRuns: 300 },
  )
})
