import { describe, expect, test } from 'vitest'
import type { LoadedWorkflow, UsesReference } from './contract.ts'
import { linkWorkflows } from './link.ts'
import { parseWorkflow } from './reading/workflow.ts'

function caller(uses: readonly string[], more = ''): string {
  const jobs = uses.map((path, at) => `  j${at}: { uses: ${path}${more} }`).join('\n')
  return `on: workflow_call\njobs:\n${jobs || '  a: { runs-on: x, steps: [{ run: a }] }'}\n`
}

function loader(files: Record<string, string>): LoadedWorkflow['load'] {
  const load = async (reference: UsesReference): Promise<LoadedWorkflow | { problem: string }> => {
    const path = reference.kind === 'docker' ? '' : reference.path
    const text = files[path.replace('.github/workflows/', '')]
    return text === undefined ? { problem: 'there is no such file' } : { text, path, identity: path, load }
  }
  return load
}

async function link(main: string, files: Record<string, string>) {
  const { workflow, problems } = parseWorkflow(main, 'main.yml')
  if (!workflow) throw new Error(JSON.stringify(problems))
  return linkWorkflows(workflow, 'main.yml', loader(files))
}

const at = (name: string): string => `./.github/workflows/${name}`

describe('workflows that call others', () => {
  test('are linked all the way down', async () => {
    const { linked, problems } = await link(caller([at('a.yml')]), { 'a.yml': caller([at('b.yml'), at('b.yml')]), 'b.yml': caller([]) })

    expect(problems).toEqual([])
    const inner = linked?.calls.get('j0')
    expect([...(inner?.calls.keys() ?? [])]).toEqual(['j0', 'j1'])
    expect(inner?.calls.get('j1')?.workflow.path).toBe('.github/workflows/b.yml')
  })

  const chain = (length: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length }, (_, number) => [`${number}.yml`, caller(number + 1 < length ? [at(`${number + 1}.yml`)] : [])]),
    )

  test('go ten levels deep, not eleven', async () => {
    expect((await link(caller([at('0.yml')]), chain(9))).problems).toEqual([])
    expect((await link(caller([at('0.yml')]), chain(10))).problems).toMatchObject([
      { message: expect.stringContaining('10 levels') as string },
    ])
  })

  test('are fifty at most', async () => {
    const files = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`${number}.yml`, caller([])]))
    const uses = Object.keys(files).map(at)

    expect((await link(caller(uses.slice(1)), files)).problems).toEqual([])
    expect((await link(caller(uses), files)).problems).toMatchObject([{ message: expect.stringContaining('more than 50') as string }])
  })

  test('do not grow without end by calling the same one many times', async () => {
    const wide = (next: string): string => caller(Array.from({ length: 8 }, () => at(next)))
    const files = { 'a.yml': wide('b.yml'), 'b.yml': wide('c.yml'), 'c.yml': wide('d.yml'), 'd.yml': wide('e.yml'), 'e.yml': caller([]) }

    const { problems } = await link(wide('a.yml'), files)

    expect(problems.some((one) => one.message.includes('500 times'))).toBe(true)
  })

  test.each<[string, string, Record<string, string>, string]>([
    ['itself', caller([at('a.yml')]), { 'a.yml': caller([at('a.yml')]) }, 'calls itself'],
    ['what is not there', caller([at('x.yml')]), {}, 'there is no such file'],
    ['what has no such event', caller([at('a.yml')]), { 'a.yml': caller([]).replace('workflow_call', 'push') }, "no event 'workflow_call'"],
    ['what has errors', caller([at('a.yml')]), { 'a.yml': 'on: workflow_call\njobs: { a: {} }' }, "has no 'runs-on'"],
    [
      'without its input',
      caller([at('a.yml')]),
      { 'a.yml': caller([]).replace('workflow_call', '{ workflow_call: { inputs: { x: { type: string, required: true } } } }') },
      "needs input 'x'",
    ],
    ['with an input that it has not', caller([at('a.yml')], ', with: { y: 1 }'), { 'a.yml': caller([]) }, "has no input 'y'"],
    ['with a secret that it has not', caller([at('a.yml')], ', secrets: { y: 1 }'), { 'a.yml': caller([]) }, "has no secret 'y'"],
  ])('%s is a problem', async (_, main, files, words) => {
    const { linked, problems } = await link(main, files)

    expect(linked).toBe(undefined)
    expect(problems.map((one) => one.message).join('\n')).toContain(words)
    expect(problems[0]?.line).toBeGreaterThan(0)
  })
})
