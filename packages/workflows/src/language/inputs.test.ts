import { describe, expect, test } from 'vitest'
import type { Contexts, Value, ValueMap, Workflow } from './contract.ts'
import { toValue } from './expression/json.ts'
import { evaluateCallOutputs, resolveCallInputs, resolveCallSecrets, resolveDispatchInputs } from './inputs.ts'
import { parseWorkflow } from './reading/workflow.ts'

function workflow(on: string): Workflow {
  const { workflow: read, problems } = parseWorkflow(
    `on:\n${on.replace(/^/gm, '  ')}\njobs: { a: { runs-on: x, steps: [{ run: a }] } }\n`,
    'w.yml',
  )
  if (!read) throw new Error(JSON.stringify(problems))
  return read
}

const dispatch = workflow(`workflow_dispatch:
  inputs:
    text: { required: true }
    level: { type: choice, options: [low, high], default: low }
    dry: { type: boolean, default: true }
    off: { type: boolean }
    count: { type: number }
    place: { type: environment }`)

describe('started by hand', () => {
  test('Inputs get their type, and defaults where nothing is given', () => {
    const { inputs, problems } = resolveDispatchInputs(dispatch, { TEXT: 'x', dry: 'false', count: '3', place: 'production' })

    expect(problems).toEqual([])
    expect({ ...inputs }).toEqual({ text: 'x', level: 'low', dry: false, off: false, count: 3, place: 'production' })
  })

  test.each<[Record<string, unknown>, string]>([
    [{}, "input 'text' is required"],
    [{ text: '' }, "input 'text' is required"],
    [{ text: 'a', level: 'mid' }, "input 'level' must be one of low, high, not 'mid'"],
    [{ text: 'a', dry: 'yes' }, "input 'dry' must be true or false, not 'yes'"],
    [{ text: 'a', count: 'three' }, "input 'count' must be a number, not 'three'"],
    [{ text: ['a'] }, "input 'text' must be text, a number or a boolean"],
    [{ text: 'a', constructor: 'x' }, "there is no input 'constructor'; there are text, level, dry, off, count, place"],
    [{ text: 'x'.repeat(70_000) }, 'the inputs are larger than 65535 characters'],
  ])('%j is refused', (given, problem) => {
    expect(resolveDispatchInputs(dispatch, given).problems).toEqual([problem])
  })
})

const called = workflow(`workflow_call:
  inputs:
    name: { type: string, required: true }
    ref: { type: string, default: '\${{ github.ref }}' }
    count: { type: number }
    flag: { type: boolean }
  secrets:
    KEY: { required: true }
    OTHER: {}
  outputs:
    version: { value: 'v\${{ jobs.a.outputs.n }}' }`)
const scope = { contexts: toValue({ github: { ref: 'main' }, jobs: { a: { outputs: { n: 2 } } } }) as Contexts }

describe('called by a job', () => {
  test('Inputs are typed, defaults evaluated', async () => {
    const { inputs, problems } = await resolveCallInputs(called, { Name: 5 } as ValueMap, scope)

    expect(problems).toEqual([])
    expect({ ...inputs }).toEqual({ name: '5', ref: 'main', count: 0, flag: false })
  })

  test.each<[Record<string, Value>, string]>([
    [{}, "input 'name' is required"],
    [{ name: 'x', flag: 'true' }, "input 'flag' must be a boolean, not a text"],
    [{ name: 'x', count: 'many' }, "input 'count' must be a number, not a text"],
    [{ name: [] }, "input 'name' must be text; toJSON makes text of a list or map"],
    [{ name: 'x', nothing: 1 }, "there is no input 'nothing'; there are name, ref, count, flag"],
  ])('%j is refused', async (given, problem) => {
    expect((await resolveCallInputs(called, given, scope)).problems).toEqual([problem])
  })

  test('Secrets are those that are given, or all', () => {
    const all = new Map([
      ['KEY', '1'],
      ['MORE', '2'],
    ])

    expect(resolveCallSecrets(called, 'inherit', all)).toEqual({ secrets: all, problems: [] })
    expect(resolveCallSecrets(called, new Map([['key', '1']]), all)).toEqual({ secrets: new Map([['KEY', '1']]), problems: [] })
    expect(resolveCallSecrets(called, new Map([['X', '1']]), all).problems).toEqual([
      "the called workflow has no secret 'X'",
      "secret 'KEY' is required",
    ])
  })

  test('Outputs come from its jobs', async () => {
    expect(await evaluateCallOutputs(called, scope)).toEqual(new Map([['version', 'v2']]))
  })
})
