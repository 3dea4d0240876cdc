import { afterAll, describe, expect, it } from 'vitest'
import { parseAction, parseWorkflow } from '../language/index.ts'
import { FileReader } from './file-reader.ts'

const reader = new FileReader()
afterAll(() => reader.close())

const rich = `
on: {push: {branches: [main]}, workflow_dispatch: {inputs: {n: {type: number, default: 3}}}}
env: {constructor: "\${{ github.ref }}", __proto__: x}
jobs:
  a:
    runs-on: x
    strategy: {matrix: {include: [{n: 1}, {n: "\${{ fromJSON('2') }}"}]}}
    steps: [{run: "echo \${{ matrix.n || env['constructor'] }}"}, {uses: actions/checkout@v4, with: {ref: main}}]
  b: {needs: a, uses: ./.github/workflows/x.yml, secrets: inherit}
`
const push = {
  id: '1',
  name: 'push',
  repository: 'demo',
  ref: 'refs/heads/main',
  commit: 'c',
  workflowsCommit: 'c',
  actor: 'ada',
  payload: {},
}

describe('a file that is read in another thread', () => {
  it('is the same as one that is read here', async () => {
    const texts = [rich, 'on: push\njobs: {a: {stepz: []}}', '']
    for (const text of texts) expect(await reader.workflow(text, 'ci.yml')).toEqual(parseWorkflow(text, 'ci.yml'))
    const action = 'name: A\ninputs: {__proto__: {default: "${{ github.ref }}"}}\nruns: {using: composite, steps: [{shell: bash, run: ls}]}'
    expect(await reader.action(action, 'action.yml')).toEqual(parseAction(action, 'action.yml'))
  })

  it('tells whether an event starts it, and no more where it does not', async () => {
    const alone = 'on: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [{run: ls}]}}'

    expect(await reader.started(alone, 'ci.yml', push)).toMatchObject({ isMatch: true, workflow: { path: 'ci.yml' } })
    expect(await reader.started(alone, 'ci.yml', { ...push, ref: 'refs/heads/topic' })).toEqual({
      isMatch: false,
      problems: [],
      tookMs: expect.any(Number),
    })
  })

  it('lets everything else go on, however large it is', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const hostile = `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: "${'${{ github.a[1] }}'.repeat(50_000)}"\n`

    const { workflow, problems } = await reader.workflow(hostile, 'ci.yml')

    clearInterval(timer)
    expect(workflow).toBeUndefined()
    expect(problems.at(-1)).toMatchObject({ message: "job 'a' holds too much to be run: put scripts into files, or split it", line: 3 })
    // The same text read here takes many times as long as these turns, and leaves none.
    expect(turns).toBeGreaterThan(20)
  })

  it('is given up when it takes too long, and the next one is read', async () => {
    const hasty = new FileReader({ longestMs: 1 })
    const slow = `on: push\njobs: {a: {runs-on: x, steps: [{run: "${'${{ github.a[1] }}'.repeat(20_000)}"}]}}\n`

    const answers = await Promise.all([hasty.workflow(slow, 'ci.yml'), hasty.workflow(slow, 'ci.yml'), reader.workflow(rich, 'ci.yml')])

    expect(answers[0].problems).toEqual([expect.objectContaining({ message: 'file takes longer than 1 ms to read', severity: 'error' })])
    expect(answers[1].problems).toHaveLength(1)
    expect(answers[2].workflow?.jobs.size).toBe(2)
    await hasty.close()
  })

  it('has no more than a thousand patterns for one thing', async () => {
    const many = `on: {push: {branches: [${Array.from({ length: 1001 }, (_, at) => `a${at}`).join(',')}]}}\njobs: {a: {runs-on: x, steps: [{run: x}]}}`

    const { problems } = await reader.workflow(many, 'ci.yml')

    expect(problems).toEqual([
      expect.objectContaining({ message: "'branches' of event 'push' has 1001 patterns; at most 1000 are possible", line: 1 }),
    ])
  })

  it('has no more than a thousand jobs', async () => {
    const many = `on: push\njobs:\n${Array.from({ length: 1001 }, (_, at) => `  j${at}: {runs-on: x, steps: [{run: x}]}`).join('\n')}`

    const { problems } = await reader.workflow(many, 'ci.yml')

    expect(problems).toEqual([expect.objectContaining({ message: 'the workflow has 1001 jobs; at most 1000 are possible' })])
  })
})
