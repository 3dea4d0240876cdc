import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StepsJob, Workflow } from '../contract.ts'
import { describeWorkflow, parseWorkflow } from './workflow.ts'

function read(text: string): Workflow {
  const { workflow, problems } = parseWorkflow(text, 'w.yml')
  if (!workflow) throw new Error(JSON.stringify(problems))
  return workflow
}

function steps(text: string): string {
  return `on: push\njobs:\n  build:\n    runs-on: x\n    steps:\n${text.replace(/^/gm, '      ')}\n`
}

function problemsOf(text: string): string[] {
  return parseWorkflow(text, 'w.yml').problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('the model', () => {
  const workflow = read(`
name: All of it
run-name: Run \${{ github.actor }}
on:
  push:
    branches: [main, 'releases/**']
    paths-ignore: docs/**
  pull_request:
    types: [opened]
  schedule:
    - cron: '30 5 * * 1-5'
      timezone: Europe/Berlin
  workflow_dispatch:
    inputs:
      level: { type: choice, options: [a, b], default: b, required: true, description: How much }
      dry: { type: boolean, default: true }
  workflow_call:
    inputs: { n: { type: number, default: 3 } }
    secrets: { KEY: { required: true } }
    outputs: { out: { value: '\${{ jobs.build.outputs.digest }}' } }
env: { A: 1, B: '\${{ github.sha }}' }
permissions: { contents: read, id-token: write }
defaults: { run: { shell: bash, working-directory: src } }
concurrency: { group: 'g-\${{ github.ref }}', cancel-in-progress: true }
jobs:
  build:
    name: Build
    runs-on: [self-hosted, linux]
    environment: { name: production, url: 'https://\${{ steps.one.outputs.host }}' }
    timeout-minutes: 5
    continue-on-error: \${{ github.ref != 'x' }}
    permissions: read-all
    strategy: { matrix: { os: [a, b] }, fail-fast: false, max-parallel: 1 }
    container: { image: 'node:20', env: { X: y }, ports: [80], credentials: { username: u, password: '\${{ secrets.P }}' } }
    services: { db: { image: postgres, options: --health-cmd x } }
    outputs: { digest: '\${{ steps.one.outputs.d }}' }
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - id: one
        name: One
        if: success() && github.ref == 'refs/heads/main'
        run: |
          echo "d=1" >> "$GITHUB_OUTPUT"
        shell: python
        working-directory: lib
        env: { C: d }
        continue-on-error: true
        timeout-minutes: 1.5
  call:
    needs: build
    if: always()
    uses: ./.github/workflows/other.yml
    with: { x: 1 }
    secrets: inherit
  constructor:
    needs: [build, call]
    runs-on: { group: big, labels: [x] }
    concurrency: one
    steps: [{ run: a }]
`)

  test('of a workflow', () => {
    expect(workflow.name).toBe('All of it')
    expect(workflow.runName?.source).toBe('Run ${{ github.actor }}')
    expect([...workflow.events.keys()]).toEqual(['push', 'pull_request', 'schedule', 'workflow_dispatch', 'workflow_call'])
    expect(workflow.events.get('push')).toMatchObject({ branches: ['main', 'releases/**'], pathsIgnore: ['docs/**'], line: 5, column: 3 })
    expect(workflow.events.get('schedule')?.schedule).toMatchObject([{ value: '30 5 * * 1-5', timezone: 'Europe/Berlin' }])
    expect(workflow.permissions).toEqual(
      new Map([
        ['contents', 'read'],
        ['id-token', 'write'],
      ]),
    )
    expect(workflow.defaults).toMatchObject({ shell: { source: 'bash' }, workingDirectory: { source: 'src' } })
    expect(workflow.concurrency).toMatchObject({ group: { source: 'g-${{ github.ref }}' }, cancelInProgress: { literal: true } })
    expect([...workflow.jobs.keys()]).toEqual(['build', 'call', 'constructor'])
  })

  test('of inputs, secrets and outputs', () => {
    const dispatch = workflow.events.get('workflow_dispatch')?.inputs
    const call = workflow.events.get('workflow_call')

    expect(dispatch?.get('level')).toMatchObject({ type: 'choice', options: ['a', 'b'], required: true, description: 'How much' })
    expect(dispatch?.get('dry')).toMatchObject({ type: 'boolean', required: false, default: { literal: true } })
    expect(call?.inputs?.get('n')).toMatchObject({ type: 'number', default: { literal: 3 } })
    expect(call?.secrets).toEqual(new Map([['KEY', { required: true }]]))
    expect(call?.outputs?.get('out')?.value.isWhole).toBe(true)
  })

  test('of a job with steps', () => {
    const build = workflow.jobs.get('build') as StepsJob

    expect(build).toMatchObject({
      kind: 'steps',
      id: 'build',
      name: { literal: 'Build' },
      runsOn: { labels: { items: [{ source: 'self-hosted' }, { source: 'linux' }] } },
      environment: { name: { source: 'production' }, url: { isWhole: false } },
      timeoutMinutes: { literal: 5 },
      continueOnError: { isWhole: true },
      permissions: 'read-all',
      strategy: { failFast: { literal: false }, maxParallel: { literal: 1 } },
    })
    expect(build.steps).toMatchObject([
      { kind: 'uses', uses: { kind: 'repository', owner: 'actions', repository: 'checkout', path: '', ref: 'v4' } },
      {
        kind: 'run',
        id: 'one',
        if: { hasStatusFunction: true },
        run: { source: 'echo "d=1" >> "$GITHUB_OUTPUT"\n' },
        shell: { source: 'python' },
        timeoutMinutes: { literal: 1.5 },
        continueOnError: { literal: true },
      },
    ])
  })

  test('of a job that is another workflow, and of one with a name of JavaScript’s', () => {
    expect(workflow.jobs.get('call')).toMatchObject({
      kind: 'call',
      uses: { kind: 'local', path: '.github/workflows/other.yml' },
      secrets: 'inherit',
      needs: [{ value: 'build' }],
      if: { hasStatusFunction: true },
    })
    expect(workflow.jobs.get('constructor')).toMatchObject({
      runsOn: { group: { source: 'big' } },
      concurrency: { group: { source: 'one' } },
    })
  })

  test('Anchors stand for what they name', () => {
    const { jobs } = read(
      'on: push\njobs:\n  a: &job\n    runs-on: x\n    env: &env { A: b }\n    steps: &steps [{ run: a, env: *env }]\n  b: *job\n  c: { runs-on: y, steps: *steps }\n',
    )

    expect((jobs.get('b') as StepsJob).steps).toEqual((jobs.get('a') as StepsJob).steps)
    expect((jobs.get('c') as StepsJob).steps).toHaveLength(1)
  })

  test('A quoted text may go on at any column, as GitHub reads it', () => {
    const text = steps("- uses: a/b@c\n  with:\n    text: 'one\n\n    two ${{ 1 }}\n  three'\n- run: a")
    const { workflow: broken, problems } = parseWorkflow(text.replace('1 }}', 'bad }}'), 'w.yml')
    const [step] = (read(text).jobs.get('build') as StepsJob).steps

    expect(step?.kind === 'uses' && step.with.get('text')?.source).toBe('one\ntwo ${{ 1 }} three')
    expect(broken).toBe(undefined)
    expect(problems).toMatchObject([{ line: 10, column: 19 }])
    expect(problemsOf("on: 'push\njobs: {}\n")).toEqual(["3:1 YAML: Missing closing 'quote"])
  })

  test.each([
    ['on: push', ['push']],
    ['on: [push, fork]', ['push', 'fork']],
    ['on: { push: , pull_request: null }', ['push', 'pull_request']],
  ])('%s', (on, events) => {
    expect([...read(`${on}\njobs: { a: { runs-on: x, steps: [{ run: a }] } }`).events.keys()]).toEqual(events)
  })

  test.each([
    ['{}', new Map()],
    ['read-all', 'read-all'],
    ['write-all', 'write-all'],
  ])('permissions: %s', (text, expected) => {
    expect(read(`permissions: ${text}\n${steps('- run: a')}`).permissions).toEqual(expected)
  })
})

describe('problems have their place', () => {
  test.each<[string, string, string]>([
    ['no events', 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }', "1:1 the workflow has no 'on', which says what starts it"],
    [
      'an unknown event',
      'on: [push, pul_request]\njobs: { a: { runs-on: x, steps: [{ run: a }] } }',
      "1:12 there is no event 'pul_request', did you mean 'pull_request'?",
    ],
    ['an unknown key', `job: {}\n${steps('- run: a')}`, "1:1 unknown key 'job' in the workflow, did you mean 'jobs'?"],
    ['a doubled key', `${steps('- run: a')}on: pull_request\n`, "7:1 'on' is defined twice in the workflow"],
    [
      'a key in another case',
      steps('- run: a\n  env: { A: 1, a: 2 }'),
      "7:22 'a' is already defined in 'env' of step 1 of job 'build', as 'A'",
    ],
    ['run and uses', steps('- run: a\n  uses: a/b@c'), "7:9 step 1 of job 'build' has both 'run' and 'uses'; make two steps of it"],
    ['neither', steps('- name: a'), "6:9 step 1 of job 'build' has neither 'run' nor 'uses'"],
    [
      'with beside run',
      steps('- run: a\n  with: { a: b }'),
      "7:9 'with' cannot be used in step 1 of job 'build': it belongs to a step with 'uses'",
    ],
    [
      'an action without a ref',
      steps('- uses: actions/checkout'),
      "6:15 'uses' of step 1 of job 'build': 'actions/checkout' has no ref: actions/checkout@ref with a branch, tag or commit",
    ],
    ['a step id twice', steps('- { id: a, run: a }\n- { id: A, run: b }'), "7:15 step id 'A' is used twice in job 'build'"],
    ['a bad id', steps('- { id: 1a, run: a }'), "6:15 step id '1a' begins with a letter or _, and holds letters, digits, _ and -"],
    ['no runner', 'on: push\njobs:\n  a:\n    steps: [{ run: a }]\n', "3:3 job 'a' has no 'runs-on', such as 'runs-on: ubuntu-latest'"],
    [
      'a need of nobody',
      'on: push\njobs:\n  a: { runs-on: x, steps: [{ run: a }] }\n  b: { needs: [aa], runs-on: x, steps: [{ run: a }] }',
      "4:16 job 'b' needs 'aa', but there is no such job, did you mean 'a'?",
    ],
    [
      'a circle',
      'on: push\njobs:\n  a: { needs: b, runs-on: x, steps: [{ run: a }] }\n  b: { needs: a, runs-on: x, steps: [{ run: a }] }',
      '4:15 jobs need each other in a circle: a → b → a',
    ],
    [
      'a bad schedule',
      `on: { schedule: [{ cron: '60 * * * *' }] }\n${steps('- run: a').slice(9)}`,
      "1:26 'cron': '60' is no minute: it is a number from 0 to 59, *, a range a-b or a step a-b/n or */n",
    ],
    [
      'a bad filter',
      `on: { push: { branches: ['v[1-'] } }\n${steps('- run: a').slice(9)}`,
      "1:28 'branches' of event 'push': '[' is not closed: ']' is missing",
    ],
    [
      'both filters',
      `on: { push: { tags: [a], tags-ignore: [b] } }\n${steps('- run: a').slice(9)}`,
      "1:26 'tags' and 'tags-ignore' cannot both be used for event 'push'; write '!' before a pattern of 'tags' instead",
    ],
    [
      'an unknown type',
      `on: { issues: { types: [open] } }\n${steps('- run: a').slice(9)}`,
      "1:25 event 'issues' has no type 'open', did you mean 'opened'?",
    ],
    [
      'an unknown permission',
      `permissions: { content: read }\n${steps('- run: a')}`,
      "1:16 there is no permission 'content', did you mean 'contents'?",
    ],
    [
      'a level that is not there',
      `permissions: { id-token: read }\n${steps('- run: a')}`,
      "1:26 permission 'id-token' cannot be 'read'; possible are write, none",
    ],
    [
      'an unknown context',
      steps('- run: echo ${{ git.ref }}'),
      "6:23 'run' of step 1 of job 'build': there is no context 'git' (available here: github, needs, strategy, matrix, vars, inputs, job, runner, env, secrets, steps)",
    ],
    [
      'a context of another place',
      `env: { A: '\${{ env.B }}' }\n${steps('- run: a')}`,
      "1:16 'A' in 'env' of the workflow: context 'env' cannot be used here (available here: github, secrets, inputs, vars)",
    ],
    [
      'secrets in a condition',
      steps('- run: a\n  if: secrets.X'),
      "7:13 'if' of step 1 of job 'build': context 'secrets' cannot be used here (available here: github, needs, strategy, matrix, vars, inputs, job, runner, env, steps)",
    ],
    [
      'an unknown function',
      steps('- run: a\n  if: contain(1)'),
      "7:13 'if' of step 1 of job 'build': there is no function 'contain' (available here: always, cancelled, case, contains, endsWith, failure, format, fromJSON, hashFiles, join, startsWith, success, toJSON)",
    ],
    [
      'too few arguments',
      steps('- run: a\n  if: contains(1)'),
      "7:13 'if' of step 1 of job 'build': function 'contains' takes 2 arguments, not 1",
    ],
    [
      'quotes of the wrong kind',
      steps('- run: a\n  if: github.ref == "x"'),
      "7:27 'if' of step 1 of job 'build': strings in expressions are written in single quotes, as in 'text'",
    ],
    [
      'an expression that is not closed',
      steps('- run: a ${{ github.ref'),
      "6:16 'run' of step 1 of job 'build': '${{' is not closed: '}}' is missing",
    ],
    [
      'an expression where none can be',
      `on: { push: { branches: ['\${{ github.ref }}'] } }\n${steps('- run: a').slice(9)}`,
      "1:26 an entry of 'branches' of event 'push' cannot hold an expression",
    ],
    [
      'a time that is none',
      steps('- run: a\n  timeout-minutes: soon'),
      "7:26 'timeout-minutes' of step 1 of job 'build' must be a number above 0 or one expression, not 'soon'",
    ],
    [
      'a boolean that is none',
      steps('- run: a\n  continue-on-error: maybe'),
      "7:28 'continue-on-error' of step 1 of job 'build' must be true, false or one expression, not 'maybe'",
    ],
    [
      'a shell that is none',
      steps('- run: a\n  shell: zsh'),
      "7:16 there is no shell 'zsh': it is bash, sh, pwsh, powershell, cmd, python, node, or a command line with {0} for the script",
    ],
    [
      'a matrix without values',
      'on: push\njobs: { a: { runs-on: x, strategy: { matrix: { os: [] } }, steps: [{ run: a }] } }',
      "2:52 'os' in 'matrix' of job 'a' has no values",
    ],
    [
      'steps in a call',
      'on: push\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    steps: []\n',
      "5:5 'steps' cannot be used in job 'a', which calls a workflow with 'uses'",
    ],
    [
      'a call of what is no workflow',
      'on: push\njobs: { a: { uses: ./action } }',
      "2:20 'uses' of job 'a' must name a workflow: ./.github/workflows/NAME.yml or owner/repository/.github/workflows/NAME.yml@ref",
    ],
    [
      'a merge key',
      steps('- &a { run: a }\n- { <<: *a }'),
      "7:11 YAML merge keys '<<' are not supported by GitHub Actions; an alias stands for a whole value",
    ],
    [
      'YAML that is none',
      'on: [push\njobs: {}',
      '2:1 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['two documents', 'on: push\n---\non: push\n', '2:1 file holds more than one YAML document (a line `---`)'],
    ['nothing', '# empty\n', '1:1 file is empty'],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toContain(expected)
    expect(parseWorkflow(text, 'w.yml').workflow).toBe(undefined)
  })

  test.each([
    ['a plain value', '- run: echo ${{ bad }}', '6:23'],
    ['single quotes', "- run: 'it''s ${{ bad }}'", '6:25'],
    ['double quotes with escapes', '- run: "a\\tb\\"c\\u0041 ${{ bad }}"', '6:33'],
    ['a block', '- run: |\n    one\n\n    two ${{ bad }}', '9:19'],
    ['a folded block', '- run: >-\n    one\n    two ${{ 1 &&\n      bad }}', '9:13'],
    ['the second of a line', '- run: ${{ 1 }} ${{ bad }}', '6:27'],
  ])('in %s', (_, step, place) => {
    const [first] = problemsOf(steps(step))

    expect(first).toContain("there is no context 'bad'")
    expect(first?.split(' ')[0]).toBe(place)
  })
})

describe('what is surely not meant is a warning, and the file runs', () => {
  test.each([
    ["- run: a\n  if: ${{ github.ref }} == 'x'", '7:13 ', 'is always true'],
    ['- run: ${{ steps.a.outputs.x }}\n- { id: a, run: b }', '6:14 ', "no step before this place has the id 'a'"],
    ['- run: ${{ matrix.os }}', '6:14 ', "has no 'os'"],
    ['- run: ${{ needs.other.outputs.x }}', '6:14 ', "does not need a job 'other'"],
    ['- run: ${{ inputs.x }}', '6:14 ', "declares no input 'x'"],
  ])('%s', (step, place, words) => {
    const { workflow, problems } = parseWorkflow(steps(step), 'w.yml')

    expect(workflow).toBeDefined()
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ severity: 'warning', message: expect.stringContaining(words) as string })
    expect(problemsOf(steps(step))[0]).toMatch(new RegExp(`^${place}`))
  })
})

describe('hostile files', () => {
  const mebibyte = 1024 * 1024
  test.each([
    ['more than 1 MiB', `#${'x'.repeat(mebibyte)}`, /larger than 1 MiB/],
    ['brackets', '['.repeat(mebibyte), /nested more than/],
    ['dashes', '- '.repeat(mebibyte / 2), /nested more than/],
    ['indentation', Array.from({ length: 1000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'), /nested more than/],
    ['an alias bomb', bomb(), /more than 50000 nodes/],
    ['an alias of itself', 'on: &a [*a]', /no anchor/],
    ['many documents', '---\n'.repeat(100_000), /more than one YAML document/],
    ['an unclosed quote', `on: "${'a'.repeat(mebibyte - 10)}`, /quote/],
    ['a tag', 'on: !!binary aGVsbG8=\njobs: {}', /tag/],
    ['a key that is a map', 'on: push\n? { a: b }\n: c\n', /a key must be text/],
    ['null bytes', '\0'.repeat(100), /must be a map/],
  ])('%s', (_, text, message) => {
    const { workflow, problems } = parseWorkflow(text, 'w.yml')

    expect(workflow).toBe(undefined)
    expect(problems[0]?.message).toMatch(message)
  })

  test('A hundred thousand expressions in one text are read once', () => {
    const { workflow } = parseWorkflow(`run-name: "${'${{ 1 }}'.repeat(100_000)}"\n${steps('- run: a')}`, 'w.yml')

    expect(workflow?.runName?.parts).toHaveLength(100_000)
  })

  test('No more than 50 problems are told', () => {
    expect(
      parseWorkflow(`on: push\njobs:\n${Array.from({ length: 500 }, (_, at) => `  j${at}: x`).join('\n')}`, 'w.yml').problems,
    ).toHaveLength(50)
  })

  function bomb(): string {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [at, name] of 'b,c,d,e,f,g,h,i,j,k,l,m,n,o,p'.split(',').entries()) {
      lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${String.fromCharCode(97 + at)}`).join(', ')}]`)
    }
    return lines.join('\n')
  }
})

test('A list of workflows shows what starts them, and how by hand', () => {
  const text = `name: N\non: { push: , workflow_dispatch: { inputs: { a: { type: choice, options: [x, y], default: x } } } }\n${steps('- run: a').slice(9)}`

  expect(describeWorkflow(text, '.github/workflows/n.yml')).toEqual({
    path: '.github/workflows/n.yml',
    name: 'N',
    problems: [],
    events: ['push', 'workflow_dispatch'],
    dispatch: { inputs: { a: { type: 'choice', options: ['x', 'y'], default: 'x', required: false } } },
  })
  expect(describeWorkflow('on: nothing', 'w.yml')).toMatchObject({ name: 'w.yml', events: [], problems: [{ line: 1 }, { line: 1 }] })
})

const given = join(import.meta.dirname, '../../../../../../shared/inputs/github-actions')
describe.skipIf(!existsSync(given))('workflow files of others', () => {
  test.each(existsSync(given) ? readdirSync(given) : [])('%s has no problem', (name) => {
    expect(parseWorkflow(readFileSync(join(given, name), 'utf8'), name)).toMatchObject({ problems: [], workflow: { path: name } })
  })
})
