import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StrangerKnowledge, Template } from '../contract.ts'
import { parseTemplate } from '../evaluation.ts'
import { parseAction } from '../reading/action.ts'
import { parseWorkflow } from '../reading/workflow.ts'
import { strangerContexts, strangerInputs } from './find-strangers.ts'
import { strangerScripts, strangerScriptsOfAction } from './scripts.ts'

function template(text: string): Template {
  const parsed = parseTemplate(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed
}

function contexts(expression: string, knowledge?: StrangerKnowledge): string[] {
  return strangerContexts(template(`echo \${{ ${expression} }}`), knowledge).map((use) => use.context)
}

describe('a stranger’s text is found', () => {
  test.each([
    'github.event.issue.title',
    'github.event.issue.body',
    'github.event.pull_request.title',
    'github.event.pull_request.body',
    'github.event.pull_request.head.ref',
    'github.event.pull_request.head.label',
    'github.event.pull_request.head.repo.default_branch',
    'github.event.comment.body',
    'github.event.review.body',
    'github.event.discussion.title',
    'github.event.pages.*.page_name',
    'github.event.pages[0].page_name',
    'github.event.commits[0].message',
    'github.event.commits.*.author.email',
    'github.event.head_commit.message',
    'github.event.head_commit.author.name',
    'github.event.workflow_run.head_branch',
    'github.head_ref',
    'GITHUB.Head_Ref',
    "github['head_ref']",
    "github['event']['issue']['title']",
    'github.event',
    'github.event.issue',
    'github.event.*',
    'github.event.*.*.ref',
    'github.*.issue.title',
    'github.event.*.title',
    'github.event[matrix.x].title',
    'github[matrix.x]',
    "github.event[format('{0}', 'issue')].body",
  ])('%s', (expression) => {
    expect(contexts(expression)).toHaveLength(1)
  })

  test.each([
    ['toJSON(github)', 'github'],
    ['toJSON(github.event)', 'github.event'],
    ["format('{0}', github.event.issue.title)", 'github.event.issue.title'],
    ["join(github.event.commits.*.message, ' ')", 'github.event.commits.*.message'],
    ['fromJSON(toJSON(github.event)).issue.title', 'github.event'],
    ["github.event.issue.title || 'none'", 'github.event.issue.title'],
    ["true && github.head_ref || 'main'", 'github.head_ref'],
    ["case(true, github.head_ref, 'x')", 'github.head_ref'],
    ["case(false, 'x', github.head_ref)", 'github.head_ref'],
    ['(github.event.issue).title', 'github.event.issue.title'],
  ])('in %s', (expression, expected) => {
    expect(contexts(expression)).toEqual([expected])
  })
})

describe('what a stranger cannot shape is not', () => {
  test.each([
    'github.sha',
    'github.ref',
    'github.actor',
    'github.event.number',
    'github.event.issue.number',
    'github.event.pull_request.number',
    'github.event.pull_request.head.sha',
    'github.event.pull_request.base.ref',
    'github.event.issue.title == 1',
    "contains(github.event.issue.title, 'x')",
    "startsWith(github.head_ref, 'release/')",
    '!github.head_ref',
    "github.event.issue.title == 'a' && 'b' || 'c'",
    "github.head_ref && 'a' || 'b'",
    'hashFiles(github.head_ref)',
    "fromJSON('{}')[github.head_ref]",
    'env.TITLE',
    'inputs.title',
    'needs.a.outputs.title',
    'matrix.title',
    'github.head_ref.x',
    "'github.head_ref'",
    "case(github.head_ref == 'x', 1, 2)",
  ])('%s', (expression) => {
    expect(contexts(expression)).toEqual([])
  })
})

describe('variables and inputs lead back', () => {
  const step = (env: string): string =>
    `on: issues\nenv: { OUTER: '\${{ github.event.issue.title }}' }\njobs:\n  a:\n    runs-on: x\n    env: { INNER: '\${{ env.OUTER }}', OUTER2: safe }\n    steps:\n      - run: echo ${env}\n        env: { OWN: 'x \${{ github.head_ref }}', SAFE: '\${{ github.sha }}' }\n`
  const found = (env: string, text = step(env)): string[] => {
    const { workflow, problems } = parseWorkflow(
      text.replace("INNER: '${{ env.OUTER }}'", "INNER: '${{ github.event.issue.body }}'"),
      'w.yml',
    )
    if (!workflow) throw new Error(JSON.stringify(problems))
    return strangerScripts(workflow).map((one) => one.context)
  }

  test.each([
    ['${{ env.OUTER }}', ['env.OUTER']],
    ['${{ env.INNER }}', ['env.INNER']],
    ['${{ env.OWN }}', ['env.OWN']],
    ["${{ env['OWN'] }}", ['env.OWN']],
    ['${{ env[github.sha] }}', ['env[…]']],
    ['${{ toJSON(env) }}', ['env']],
    ['${{ env.SAFE }} ${{ env.OUTER2 }} $OWN ${OUTER}', []],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  test('An inner variable that is safe hides an outer one that is not', () => {
    const text = step('${{ env.OUTER }}').replace('SAFE:', 'OUTER: a, SAFE:')

    expect(found('', text)).toEqual([])
  })

  test('A map of variables from one expression may hold any', () => {
    const text = step('${{ env.ANY }}').replace(/env: \{ OWN.*\}/, 'env: ${{ fromJSON(github.event.issue.body) }}')

    expect(found('', text)).toEqual(['env.ANY'])
  })

  test('Outputs of jobs that are needed, and the matrix', () => {
    const text = `on: issues
jobs:
  a:
    runs-on: x
    outputs: { title: '\${{ github.event.issue.title }}', sha: '\${{ github.sha }}' }
    steps: [{ run: a }]
  b:
    needs: a
    runs-on: x
    strategy: { matrix: { word: ['\${{ needs.a.outputs.title }}'], os: [linux] } }
    env: { T: '\${{ needs.a.outputs.title }}' }
    steps:
      - run: echo \${{ needs.a.outputs.title }} \${{ needs.a.outputs.sha }} \${{ needs.a.result }}
      - run: echo \${{ matrix.word }} \${{ matrix.os }} \${{ env.T }}
      - run: echo \${{ toJSON(needs) }} \${{ toJSON(matrix) }}
  c:
    needs: b
    runs-on: x
    steps: [{ run: 'echo \${{ needs.a.outputs.title }}' }]
`
    const { workflow } = parseWorkflow(text, 'w.yml')
    if (!workflow) throw new Error('no workflow')

    expect(strangerScripts(workflow).map((one) => one.context)).toEqual([
      'needs.a.outputs.title',
      'matrix.word',
      'env.T',
      'needs',
      'matrix',
    ])
  })

  test('Variables around a composite action know the inputs of where they were written', () => {
    const around = { entries: new Map([['T', template('${{ inputs.title }}')]]), keys: new Map(), line: 1, column: 1 }

    expect(contexts('env.T', { env: [around], inputs: new Set(['title']) })).toEqual(['env.T'])
    expect(contexts('env.T', { env: [around], inputs: new Set() })).toEqual([])
    expect(contexts('env.T', { env: [{ tree: around, inputs: new Set(['title']) }], inputs: new Set() })).toEqual(['env.T'])
  })

  test('Inputs of what is called', () => {
    const given = new Map([
      ['Title', template('${{ github.event.issue.title }}')],
      ['number', template('${{ github.event.issue.number }}')],
    ])
    const inputs = strangerInputs(given)

    expect(inputs).toEqual(new Set(['Title']))
    expect(contexts('inputs.title', { inputs })).toEqual(['inputs.title'])
    expect(contexts('inputs.number', { inputs })).toEqual([])
    expect(contexts('toJSON(inputs)', { inputs })).toEqual(['inputs'])
  })
})

describe('scripts', () => {
  test('are told with job, step, line and column, and the safe way', () => {
    const text = `on: issues
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
        with: { ref: '\${{ github.head_ref }}' }
      - run: |
          echo start
          echo "\${{ github.sha }} \${{ github.event.issue.title }}"
        env: { OK: '\${{ github.event.issue.title }}' }
      - uses: actions/github-script@v7
        with:
          script: console.log('\${{ github.event.comment.body }}')
`
    const { workflow } = parseWorkflow(text, 'w.yml')
    if (!workflow) throw new Error('no workflow')

    const scripts = strangerScripts(workflow)

    expect(scripts).toMatchObject([
      { context: 'github.event.issue.title', job: 'a', step: 1, where: 'run', line: 10, column: 39 },
      { context: 'github.event.comment.body', job: 'a', step: 2, where: 'script', line: 14, column: 36 },
    ])
    expect(scripts[0]?.message).toContain('env: { TITLE: ${{ github.event.issue.title }} }')
    expect(scripts[0]?.message).toContain('"$TITLE"')
  })

  test('of a composite action depend on what it is given', () => {
    const { action, problems } = parseAction(
      'name: a\nruns:\n  using: composite\n  steps:\n    - { run: "echo ${{ inputs.text }}", shell: bash }\n    - { run: "echo ${{ github.head_ref }}", shell: bash }\n',
      'action.yml',
    )
    if (!action) throw new Error(JSON.stringify(problems))

    expect(strangerScriptsOfAction(action).map((one) => one.context)).toEqual(['github.head_ref'])
    expect(strangerScriptsOfAction(action, new Set(['text'])).map((one) => one.step)).toEqual([0, 1])
  })
})

test('However it is wrapped, the text is found', () => {
  const wrapped = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom('github.event.issue.title', 'github.head_ref', 'github.event.commits.*.message'),
      tie('one').map((one) => `(${one})`),
      tie('one').map((one) => `toJSON(${one})`),
      tie('one').map((one) => `fromJSON(${one})`),
      tie('one').map((one) => `fromJSON(${one}).x[0].*`),
      tie('one').map((one) => `format('{0}', ${one})`),
      tie('one').map((one) => `join(${one}, ',')`),
      tie('one').map((one) => `${one} || 'x'`),
      tie('one').map((one) => `github.sha == 'x' && (${one})`),
      tie('one').map((one) => `case(true, ${one}, 'x')`),
    ),
  })).one

  fc.assert(
    fc.property(wrapped, (expression) => {
      expect(contexts(expression).length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})
