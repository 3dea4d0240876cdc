import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowRun } from '@plimsoll/api'
import { type House, openHouse } from '../testing/house.ts'

let house: House
const payload = { pull_request: { title: '"; echo pwned; "', head: { ref: 'topic' } } }
const title = '${{ github.event.pull_request.title }}'

beforeAll(async () => {
  house = await openHouse()
  house.secrets.set('API_KEY', 'very-secret-value')
})

afterAll(() => house.close())

async function expectRefused(run: WorkflowRun, job: string): Promise<void> {
  const text = await house.text(run, job)
  expect(text).toContain('This run holds secrets, so it is refused.')
  expect(text).not.toMatch(/^pwned/m)
}

describe("a stranger's words are refused in a script", () => {
  it('that a composite action makes of a variable around it', async () => {
    const action = `
name: Say
runs:
  using: composite
  steps:
    - {shell: bash, run: 'echo "\${{ env.TITLE }}"'}
`
    const run = await house.run(
      `
on: push
jobs:
  caller:
    runs-on: x
    steps: [{uses: actions/checkout@v4}, {uses: ./outer, with: {title: "${title}"}}]
  called:
    uses: ./.github/workflows/called.yml
    secrets: inherit
    with: {title: "${title}"}
`,
      { payload },
      {
        'say/action.yml': action,
        // The variable was written with inputs that the inner action does not have.
        'outer/action.yml': `
name: Outer
inputs: {title: {}}
runs:
  using: composite
  steps: [{uses: ./say, env: {TITLE: "\${{ inputs.title }}"}}]
`,
        '.github/workflows/called.yml': `
on: {workflow_call: {inputs: {title: {type: string}}}}
jobs:
  a:
    runs-on: x
    env: {TITLE: "\${{ inputs.title }}"}
    steps: [{uses: actions/checkout@v4}, {uses: ./say}]
`,
      },
    )

    await expectRefused(run, 'caller')
    await expectRefused(run, 'called/a')
  })

  it('that comes by outputs of another job, by the matrix, or by what a called workflow gives back', async () => {
    const run = await house.run(
      `
on: push
jobs:
  first: {runs-on: x, outputs: {title: "${title}"}, steps: [{run: "true"}]}
  needed: {needs: first, runs-on: x, steps: [{run: 'echo "\${{ needs.first.outputs.title }}"'}]}
  matrix: {runs-on: x, strategy: {matrix: {title: ["${title}"]}}, steps: [{run: 'echo "\${{ matrix.title }}"'}]}
  call: {needs: first, uses: ./.github/workflows/called.yml, secrets: inherit, with: {title: "\${{ needs.first.outputs.title }}"}}
  back: {needs: call, if: always(), runs-on: x, steps: [{run: 'echo "\${{ needs.call.outputs.said }}"'}]}
`,
      { payload },
      {
        '.github/workflows/called.yml': `
on:
  workflow_call:
    inputs: {title: {type: string}, other: {type: string, default: "${title}"}}
    outputs: {said: {value: "\${{ jobs.a.outputs.said }}"}}
jobs:
  a: {runs-on: x, outputs: {said: "\${{ inputs.title }}"}, steps: [{run: "true"}]}
  given: {runs-on: x, steps: [{run: 'echo "\${{ inputs.title }}"'}]}
  default: {runs-on: x, steps: [{run: 'echo "\${{ inputs.other }}"'}]}
`,
      },
    )

    for (const job of ['needed', 'matrix', 'back', 'call/given', 'call/default']) await expectRefused(run, job)
  })

  it('as the shell or the folder that defaults.run names, where nothing else is said', async () => {
    const run = await house.run(
      `
on: push
jobs:
  shell: {runs-on: x, env: {TITLE: "${title}"}, defaults: {run: {shell: "bash -c \${{ env.TITLE }} {0}"}}, steps: [{run: "true"}]}
  folder: {runs-on: x, env: {TITLE: "${title}"}, defaults: {run: {working-directory: "\${{ env.TITLE }}"}}, steps: [{run: "true"}]}
  own: {runs-on: x, env: {TITLE: "${title}"}, defaults: {run: {working-directory: "\${{ env.TITLE }}"}}, steps: [{run: pwd, working-directory: .}]}
`,
      { payload },
    )

    await expectRefused(run, 'shell')
    await expectRefused(run, 'folder')
    expect(run.jobs.find(({ key }) => key === 'own')?.conclusion).toBe('success')
  })

  it('of github-script, however the input is written, and of an action that takes it by default', async () => {
    const run = await house.run(
      `
on: push
jobs:
  script: {runs-on: x, steps: [{uses: actions/github-script@v7, with: {Script: "console.log('${title}')"}}]}
  default: {runs-on: x, steps: [{uses: actions/checkout@v4}, {uses: ./say}]}
`,
      { payload },
      {
        'say/action.yml': `
name: Say
inputs: {title: {default: "${title}"}}
runs:
  using: composite
  steps: [{shell: bash, run: 'echo "\${{ inputs.title }}"'}]
`,
      },
    )

    await expectRefused(run, 'script')
    await expectRefused(run, 'default')
  })
})

describe('$/path', () => {
  it('in a workflow of another repository means an action of that repository, at its commit', async () => {
    const action = (said: string) => `name: Say\nruns: {using: composite, steps: [{shell: bash, run: 'echo said ${said}'}]}\n`
    await house.commit({ 'say/action.yml': action('by the run') })
    await house.commit(
      {
        'say/action.yml': action('by the library'),
        '.github/workflows/called.yml': 'on: workflow_call\njobs: {a: {runs-on: x, steps: [{uses: $/say}]}}',
      },
      'main',
      'team/library',
    )

    const run = await house.run(
      'on: push\njobs: {call: {uses: team/library/.github/workflows/called.yml@main}, own: {runs-on: x, steps: [{uses: $/say}]}}',
    )

    expect(await house.text(run, 'call/a')).toContain('said by the library')
    expect(await house.text(run, 'own')).toContain('said by the run')
  })
})
