import { describe, expect, test } from 'vitest'
import { parseAction } from './action.ts'

describe('an action', () => {
  test('of steps', () => {
    const { action, problems } = parseAction(
      `name: Greet
description: Says hello
inputs:
  who: { description: Whom, required: true, default: '\${{ github.actor }}' }
  old: { deprecationMessage: Use who, required: 'false' }
outputs:
  said: { description: What, value: '\${{ steps.say.outputs.x }}' }
runs:
  using: composite
  steps:
    - id: say
      run: echo "\${{ inputs.who }}"
      shell: \${{ inputs.old || 'bash' }}
      if: always()
    - uses: ./other
      with: { a: 1 }
`,
      'action.yml',
    )

    expect(problems).toEqual([])
    expect(action).toMatchObject({
      name: 'Greet',
      description: 'Says hello',
      runs: { using: 'composite', steps: [{ kind: 'run', id: 'say' }, { kind: 'uses' }] },
    })
    expect(action?.inputs.get('who')).toMatchObject({ required: true, default: { isWhole: true } })
    expect(action?.inputs.get('old')).toMatchObject({ required: false, deprecationMessage: 'Use who' })
    expect(action?.outputs.get('said')?.value?.isWhole).toBe(true)
  })

  test.each([12, 16, 20, 24])('of JavaScript on Node.js %d', (version) => {
    const { action } = parseAction(
      `name: a\nruns: { using: node${version}, main: dist/index.js, pre: p.js, post: q.js, post-if: success() }\n`,
      'action.yml',
    )

    expect(action?.runs).toMatchObject({
      using: 'node',
      version,
      main: 'dist/index.js',
      pre: 'p.js',
      post: 'q.js',
      postIf: { source: 'success()' },
    })
  })

  test('of a container', () => {
    const { action } = parseAction(
      "name: a\nruns: { using: docker, image: Dockerfile, args: ['${{ inputs.x }}', b], env: { A: b }, entrypoint: /e.sh }\n",
      'action.yml',
    )

    expect(action?.runs).toMatchObject({
      using: 'docker',
      image: 'Dockerfile',
      args: [{ isWhole: true }, { literal: 'b' }],
      entrypoint: '/e.sh',
    })
  })

  test.each([
    ['name: a', "1:1 the action has no 'runs'"],
    ['runs: {}', "1:1 'runs' has no 'using'"],
    ['runs: { using: ruby }', "1:16 'using' cannot be 'ruby'; it is composite, docker, node12, node16, node20, node24"],
    ['runs: { using: node20 }', "1:1 'runs' with using: node20 has no 'main'"],
    ['runs: { using: composite }', "1:1 'runs' with using: composite has no 'steps'"],
    [
      'runs: { using: composite, steps: [{ run: a }] }',
      "1:37 step 1 of the action has no 'shell', which a 'run' in a composite action needs",
    ],
    ["runs: { using: composite, steps: [{ run: '${{ secrets.X }}', shell: bash }] }", "context 'secrets' cannot be used here"],
    ['outputs: { x: {} }\nruns: { using: composite, steps: [] }', "1:12 output 'x' of a composite action has no 'value'"],
    ['[]', '1:1 the action must be a map, not a list'],
  ])('%s is a problem', (text, expected) => {
    const { action, problems } = parseAction(text, 'action.yml')

    expect(action).toBe(undefined)
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n')).toContain(expected)
  })
})
