import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../testing/house.ts'

let house: House

beforeAll(async () => {
  house = await openHouse()
})

afterAll(() => house.close())

describe('a push', () => {
  it('runs the steps of its workflow in a checkout of the commit, and tells what they print', async () => {
    const run = await house.run(
      `
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Look around
        run: |
          echo "hello from $GITHUB_REPOSITORY at $GITHUB_SHA"
          cat model.txt
          git log --oneline | wc -l
`,
      {},
      { 'model.txt': 'weights\n' },
    )

    const text = await house.text(run)
    expect(text).toContain(`hello from demo at ${run.commit}`)
    expect(text).toContain('weights')
    expect(run).toMatchObject({ conclusion: 'success', number: 1, title: 'Change things', trust: 'trusted' })
    expect(run.jobs[0]?.steps.map((step) => [step.name, step.conclusion])).toEqual([
      ['Set up job', 'success'],
      ['Run actions/checkout@v4', 'success'],
      ['Look around', 'success'],
      ['Post Run actions/checkout@v4', 'success'],
      ['Complete job', 'success'],
    ])
    expect(house.checks.at(-1)).toMatchObject({ name: '.github/workflows/ci.yml / build', commit: run.commit, conclusion: 'success' })
  })

  it('that is told twice starts its runs once', async () => {
    const commit = await house.commit({ '.github/workflows/ci.yml': 'on: push\njobs: {a: {runs-on: x, steps: [{run: echo once}]}}' })
    const event = house.event(commit)

    const [first] = await house.runs.trigger(event)
    const [second] = await house.runs.trigger(event)

    expect(second?.id).toBe(first?.id)
    await house.ended(first)
    expect(await house.runs.list({ commit })).toHaveLength(1)
  })

  it('whose files take too long to read starts those that were read in time, and says so of the others', async () => {
    const hasty = await openHouse({ readingMs: 0.001 })
    try {
      const workflow = 'on: push\njobs: {a: {runs-on: x, steps: [{run: "true"}]}}'
      const [first, second] = await hasty.push({ '.github/workflows/a.yml': workflow, '.github/workflows/b.yml': workflow })

      expect(await hasty.ended(first)).toMatchObject({ conclusion: 'success' })
      expect(second).toMatchObject({ conclusion: 'failure', why: expect.stringContaining('take too long to read') })
    } finally {
      await hasty.close()
    }
  })

  it('with a broken workflow is a run that has failed, with line and column', async () => {
    const run = await house.run('on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n')

    expect(run).toMatchObject({ conclusion: 'failure' })
    expect(run.problems?.[0]).toMatchObject({ path: '.github/workflows/ci.yml', line: expect.any(Number), column: expect.any(Number) })
  })
})

describe('steps', () => {
  it('hand on variables, paths, outputs and a summary by files', async () => {
    const run = await house.run(`
on: push
env: {LEVEL: workflow}
jobs:
  a:
    runs-on: ubuntu-latest
    env: {JOB: "of \${{ github.repository }}"}
    outputs:
      answer: \${{ steps.one.outputs.answer }}
    steps:
      - id: one
        run: |
          echo "answer=42" >> "$GITHUB_OUTPUT"
          { echo "text<<END"; echo "a"; echo "b"; echo END; } >> "$GITHUB_OUTPUT"
          echo "COLOUR=blue" >> $GITHUB_ENV
          mkdir tools; printf '#!/bin/sh\\necho tool runs\\n' > tools/own; chmod +x tools/own
          echo "$PWD/tools" >> $GITHUB_PATH
          echo "# Fine" >> $GITHUB_STEP_SUMMARY
      - run: |
          echo "$COLOUR $JOB $LEVEL \${{ env.COLOUR }}"
          own
          printf '%s\\n' "\${{ steps.one.outputs.text }}"
  b:
    needs: a
    runs-on: ubuntu-latest
    steps:
      - run: echo "got \${{ needs.a.outputs.answer }} \${{ needs.a.result }}"
`)

    const text = await house.text(run)
    expect(text).toContain('blue of demo workflow blue')
    expect(text).toContain('tool runs')
    expect(text).toContain('got 42 success')
    expect(run.jobs[0]?.steps[1]?.summary).toBe('# Fine\n')
    expect(run.conclusion).toBe('success')
  })

  it('find their files by the context, in composite actions as well', async () => {
    const say =
      'echo "word=${{ github.action }}" >> ${{ github.output }}; echo "SET_BY_${{ github.action }}=1" >> "${{ github.env }}"; echo "# ${{ github.action }}" >> ${{ github.step_summary }}'
    const run = await house.run(
      `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - {id: one, run: '${say}'}
      - {id: two, uses: ./own}
      - run: echo "\${{ steps.one.outputs.word }} $SET_BY_one \${{ steps.two.outputs.word }} $SET_BY_inner"
`,
      {},
      {
        'own/action.yml': `outputs: {word: {value: '\${{ steps.inner.outputs.word }}'}}\nruns: {using: composite, steps: [{id: inner, shell: sh, run: '${say}'}]}\n`,
      },
    )

    expect(await house.text(run)).toMatch(/^one 1 inner 1$/m)
    expect(run.jobs[0]?.steps.slice(2, 4).map(({ summary }) => summary)).toEqual(['# one\n', '# inner\n'])
  })

  it('go on when a summary is too large, which is told', async () => {
    const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - {id: big, run: 'head -c 1100000 /dev/zero >> $GITHUB_STEP_SUMMARY; echo kept=1 >> $GITHUB_OUTPUT'}
      - run: echo "\${{ steps.big.outcome }} \${{ steps.big.outputs.kept }}"
`)

    expect(run.conclusion).toBe('success')
    expect(await house.text(run)).toMatch(/^success 1$/m)
    expect(run.jobs[0]?.annotations).toMatchObject([
      { level: 'failure', message: 'GITHUB_STEP_SUMMARY of this step was not taken: it has 1100000 bytes, and 1048576 are the most.' },
    ])
  })
})
