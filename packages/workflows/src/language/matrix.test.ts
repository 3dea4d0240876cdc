import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Contexts, Job, MatrixExpansion, Value } from './contract.ts'
import { toValue } from './expression/json.ts'
import { expandMatrix, jobName } from './matrix.ts'
import { parseWorkflow } from './reading/workflow.ts'

function jobOf(strategy: string, name = ''): Job {
  const text = `on: push\njobs:\n  build:\n    ${name}\n    strategy:\n${strategy.replace(/^/gm, '      ')}\n    runs-on: x\n    steps: [{ run: a }]\n`
  const { workflow, problems } = parseWorkflow(text, 'w.yml')
  const job = workflow?.jobs.get('build')
  if (!job) throw new Error(JSON.stringify(problems))
  return job
}

async function expand(strategy: string, contexts: object = {}): Promise<MatrixExpansion> {
  return expandMatrix(jobOf(strategy).strategy, { contexts: toValue(contexts) as Contexts })
}

async function valuesOf(strategy: string, contexts: object = {}): Promise<unknown[]> {
  return (await expand(strategy, contexts)).combinations.map((one) => ({ ...one.values }))
}

describe('the product', () => {
  test('The first list is the slowest', async () => {
    const { combinations } = await expand('matrix:\n  os: [linux, mac]\n  node: [18, 20]')

    expect(combinations.map((one) => one.label)).toEqual(['linux, 18', 'linux, 20', 'mac, 18', 'mac, 20'])
    expect({ ...combinations[0]?.values }).toEqual({ os: 'linux', node: 18 })
  })

  test('Without a matrix there is one job without values', async () => {
    expect(await expand('fail-fast: false\nmax-parallel: 2')).toEqual({
      combinations: [{ values: {}, label: '' }],
      failFast: false,
      maxParallel: 2,
    })
  })

  test('A list comes from an expression, and so does the whole', async () => {
    const needs = { needs: { plan: { outputs: { list: '[1,2]', all: '{"a":["x"],"include":[{"a":"x","b":{"c":[3]}}]}' } } } }

    expect(await valuesOf('matrix:\n  n: ${{ fromJSON(needs.plan.outputs.list) }}', needs)).toEqual([{ n: 1 }, { n: 2 }])
    expect(await valuesOf('matrix: ${{ fromJSON(needs.plan.outputs.all) }}', needs)).toEqual([{ a: 'x', b: { c: [3] } }])
  })

  test('A name comes from an expression, too', async () => {
    expect(await valuesOf('matrix:\n  ${{ github.name }}: [1]', { github: { name: 'n' } })).toEqual([{ n: 1 }])
  })

  test('Names of nested values are in the label, empty ones not', async () => {
    const { combinations } = await expand("matrix:\n  v: [{ name: a, flags: [1, true] }]\n  w: ['']")

    expect(combinations.map((one) => one.label)).toEqual(['a, 1, true'])
  })
})

describe('exclude', () => {
  test('A part of a combination is enough, loosely compared', async () => {
    expect(
      await valuesOf("matrix:\n  os: [linux, mac]\n  node: [18, 20]\n  exclude:\n    - { os: MAC, node: '18' }\n    - node: 20"),
    ).toEqual([{ os: 'linux', node: 18 }])
  })

  test('Nested values are compared leaf by leaf', async () => {
    expect(await valuesOf('matrix:\n  v: [{ a: 1, b: 2 }, { a: 2, b: 2 }]\n  exclude: [{ v: { a: 1 } }]')).toEqual([{ v: { a: 2, b: 2 } }])
  })

  test('What is not in the matrix is refused, when it is computed, too', async () => {
    expect(() => jobOf('matrix:\n  os: [a]\n  exclude: [{ node: 1 }]')).toThrow(/exclude/)
    const contexts = { github: { list: [{ node: 1 }] } }
    await expect(expand('matrix:\n  os: [a]\n  exclude: ${{ github.list }}', contexts)).rejects.toThrow(/not in the matrix/)
  })
})

describe('include', () => {
  test('GitHub’s own example', async () => {
    const strategy = `matrix:
  fruit: [apple, pear]
  animal: [cat, dog]
  include:
    - color: green
    - color: pink
      animal: cat
    - fruit: apple
      shape: circle
    - fruit: banana
    - fruit: banana
      animal: cat`

    expect(await valuesOf(strategy)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ])
  })

  test('Alone it is a list of jobs', async () => {
    const { combinations } = await expand('matrix:\n  include:\n    - { site: production, datacenter: a }\n    - { site: staging }')

    expect(combinations.map((one) => one.label)).toEqual(['production, a', 'staging'])
  })

  test('Values that it adds are not in the label', async () => {
    const { combinations } = await expand('matrix:\n  os: [linux]\n  include: [{ os: linux, extra: 1 }]')

    expect(combinations).toEqual([{ values: { os: 'linux', extra: 1 }, label: 'linux' }])
  })
})

describe('limits', () => {
  const numbers = (count: number): string => `[${Array.from({ length: count }, (_, at) => at).join(', ')}]`

  test('256 jobs are possible, 257 are not', async () => {
    expect((await expand(`matrix:\n  n: ${numbers(256)}`)).combinations).toHaveLength(256)
    await expect(expand(`matrix:\n  n: ${numbers(257)}`)).rejects.toThrow(/more than 256 jobs/)
  })

  test('A product without end is refused at once', async () => {
    const strategy = `matrix:\n${Array.from({ length: 40 }, (_, at) => `  v${at}: ${numbers(10)}`).join('\n')}`

    await expect(expand(strategy)).rejects.toThrow(/combinations/)
  })

  test.each(['n: []', 'include: []', 'n: ${{ github.none }}', 'n: ${{ github.text }}'])('%s is refused', async (matrix) => {
    await expect(async () => await expand(`matrix:\n  ${matrix}`, { github: { text: 'x' } })).rejects.toThrow()
  })

  test('Names such as constructor are ordinary', async () => {
    expect((await expand('matrix:\n  constructor: [a]\n  toString: [b]')).combinations.map((one) => one.label)).toEqual(['a, b'])
  })
})

describe('names of jobs', () => {
  test.each([
    ['', 'build (a, 1)'],
    ['name: Build it', 'Build it (a, 1)'],
    ['name: Build ${{ matrix.os }}', 'Build a'],
    ["name: ''", 'build (a, 1)'],
  ])('%s is %s', async (name, expected) => {
    const job = jobOf('matrix:\n  os: [a]\n  n: [1]', name)
    const { combinations } = await expandMatrix(job.strategy, { contexts: {} })
    const [first] = combinations
    if (!first) throw new Error('no combination')

    expect(await jobName(job, first, { contexts: { matrix: first.values } })).toBe(expected)
  })

  test('A long one is cut at 100 characters', async () => {
    const job = jobOf(`matrix:\n  os: [${'a'.repeat(200)}]`)
    const [first] = (await expandMatrix(job.strategy, { contexts: {} })).combinations
    if (!first) throw new Error('no combination')

    const name = await jobName(job, first, { contexts: {} })

    expect(name).toHaveLength(100)
    expect(name).toMatch(/\.\.\.$/)
  })
})

describe('laws', () => {
  const vectors = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    {
      minKeys: 1,
    },
  )
  const run = async (matrix: unknown): Promise<Record<string, Value>[]> => {
    const job = jobOf('matrix: ${{ github.matrix }}')
    const { combinations } = await expandMatrix(job.strategy, { contexts: { github: toValue({ matrix }) } as Contexts })
    return combinations.map((one) => ({ ...one.values }))
  }

  test('The product has each combination once; an exclusion takes out exactly what it matches', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, fc.integer({ min: 0, max: 4 }), async (lists, value) => {
        const whole = await run(lists)
        const [first = ''] = Object.keys(lists)

        const rest = await run({ ...lists, exclude: [{ [first]: value }] })

        expect(whole).toHaveLength(Object.values(lists).reduce((product, list) => product * list.length, 1))
        expect(new Set(whole.map((one) => JSON.stringify(one))).size).toBe(whole.length)
        expect(rest).toEqual(whole.filter((one) => one[first] !== value))
      }),
      { numRuns: 100 },
    )
  })

  test('An inclusion changes no value of the matrix, and is in some job', async () => {
    const include = fc.dictionary(fc.constantFrom('a', 'b', 'x', 'y'), fc.integer({ min: 0, max: 4 }), { minKeys: 1 })
    await fc.assert(
      fc.asyncProperty(vectors, fc.array(include, { maxLength: 3 }), async (lists, includes) => {
        const whole = await run(lists)

        const more = await run({ ...lists, include: includes })

        expect(more.slice(0, whole.length)).toEqual(whole.map((one) => expect.objectContaining(one) as unknown))
        for (const one of includes) {
          const own = Object.entries(one).filter(([key]) => key in lists)
          expect(more.some((job) => own.every(([key, value]) => job[key] === value))).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })
})
