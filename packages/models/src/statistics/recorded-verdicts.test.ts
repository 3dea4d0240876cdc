import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { replayVectorFile } from './replay/vector-file.ts'

const vectors = fileURLToPath(new URL('../../../../../shared/verdicts/vectors/', import.meta.url))
const families = [
  'random',
  'classification',
  'ranking',
  'probability',
  'regression',
  'quantile',
  'distance',
  'bootstrap',
  'mcnemar',
  'delong',
  'multiplicity',
  'gate',
]

const file = (fields: object): string =>
  JSON.stringify({ family: 'quantile', tolerance: { absolute: 0, relative: 0 }, cases: [], ...fields })

describe('replaying recorded verdicts', () => {
  // The recorded vectors live beside the repository, and a clone elsewhere does not have them.
  it.skipIf(!existsSync(vectors)).each(families)('agrees with every vector of the family %s', (family) => {
    const text = readFileSync(`${vectors}${family}.json`, 'utf8')

    const { failures, passed, skipped } = replayVectorFile(text)

    expect(failures).toEqual([])
    expect(skipped).toBe(0)
    expect(passed).toBeGreaterThan(0)
  })

  it('counts a wrong number as a failure that says what was got and what was expected', () => {
    const text = file({ cases: [{ name: 'the middle', op: 'quantile', input: { values: [1, 2], q: 0.5 }, expected: 1.4 }] })

    const { failures, passed } = replayVectorFile(text)

    expect(passed).toBe(0)
    expect(failures).toEqual(['the middle (quantile): got 1.5, expected 1.4'])
  })

  it('counts an undefined metric as a failure where a number was expected, and the reverse', () => {
    const text = file({
      cases: [
        { name: 'none', op: 'quantile', input: { values: [], q: 0.5 }, expected: 0 },
        { name: 'some', op: 'quantile', input: { values: [1], q: 0.5 }, expected: { undefined: 'empty' } },
      ],
    })

    const { failures } = replayVectorFile(text)

    expect(failures).toEqual([
      'none (quantile): got {"undefined":"empty"}, expected 0',
      'some (quantile): got 1, expected {"undefined":"empty"}',
    ])
  })

  it('compares within the absolute plus the relative tolerance of the file, and random integers exactly', () => {
    const one = { name: 'x', op: 'quantile', input: { values: [100], q: 0 }, expected: 100.011 }
    const number = { name: 'r', op: 'below', input: { text: 'below 1', n: 1, count: 1 }, expected: [0.001] }

    const near = replayVectorFile(file({ tolerance: { absolute: 0.001, relative: 1e-4 }, cases: [one] }))
    const far = replayVectorFile(file({ tolerance: { absolute: 0.0009, relative: 1e-4 }, cases: [one] }))
    const exact = replayVectorFile(file({ family: 'random', tolerance: { absolute: 1, relative: 1 }, cases: [number] }))

    expect(near.passed).toBe(1)
    expect(far.failures).toHaveLength(1)
    expect(exact.failures).toHaveLength(1)
  })

  it('skips the families of canaries, late labels and objectives', () => {
    const later = ['sequential-rates', 'judge', 'mann-whitney', 'labels', 'slo']

    const skipped = later.map((family) => replayVectorFile(file({ family, cases: [{}, {}] })))

    expect(skipped).toEqual(later.map(() => ({ passed: 0, skipped: 2, failures: [] })))
  })

  it.each([
    ['no JSON', '{', /is not JSON/],
    ['a list', '[]', /is no object/],
    ['no cases', '{"family":"gate"}', /has no list 'cases'/],
    ['an unknown family', file({ family: 'astrology', cases: [{ op: 'x', input: {}, expected: 1 }] }), /no family of verdicts/],
    ['an unknown operation', file({ cases: [{ op: 'toString', input: {}, expected: 1 }] }), /'toString' is no operation/],
    ['a case that is no object', file({ cases: [3] }), /case 0: is no object/],
    [
      'an input of another type',
      file({ cases: [{ op: 'quantile', input: { values: 'x', q: 1 }, expected: 1 }] }),
      /'values' should be a list of numbers/,
    ],
    ['no expectation', file({ cases: [{ op: 'quantile', input: { values: [1], q: 1 } }] }), /has no 'expected'/],
  ])('reports %s as a failure instead of crashing', (_, text, message) => {
    const { failures, passed } = replayVectorFile(text)

    expect(passed).toBe(0)
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatch(message)
  })
})

describe('npm run replay:verdicts', { timeout: 60_000 }, () => {
  const script = fileURLToPath(new URL('../../../../scripts/replay-verdicts.mjs', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-replay-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function replay(files: Record<string, string>): { code: number | null; lines: string[] } {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { status, stdout } = spawnSync(process.execPath, [script, ...Object.keys(files).map((name) => join(folder, name))])
    return { code: status, lines: stdout.toString().trimEnd().split('\n') }
  }
  const cases = [{ name: 'x', op: 'quantile', input: { values: [1, 2], q: 0.5 }, expected: 1.5 }]

  it('ends with how many have passed, failed, and were skipped', () => {
    const { code, lines } = replay({ 'some.json': file({ cases }), 'later.json': file({ family: 'slo', cases: [{}] }) })

    expect(lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped')
    expect(code).toBe(0)
  })

  it('counts a file that cannot be read as one that failed', () => {
    const { code, lines } = replay({ 'good.json': file({ cases }), 'broken.json': '{"family":' })

    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped')
    expect(lines[0]).toMatch(/^FAIL .*broken\.json: is not JSON/)
    expect(code).toBe(1)
  })
})
