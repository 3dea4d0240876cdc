import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench } from '../testing/forge-bench.ts'
import { placeOfLine } from './line-places.ts'

let bench: ForgeBench

beforeAll(async () => {
  bench = await startForgeBench()
})
afterAll(() => bench.close())

const commit = async (path: string, lines: readonly string[]) => {
  const author = { name: 'Ada', email: 'ada@example.org' }
  const files = new Map([[path, lines.map((line) => `${line}\n`).join('')]])
  return (await bench.repositories.hosted.commit({ repo: 'demo', branch: 'main', files, message: 'm', author })).commit
}

test('a line stands where its text stands, or nowhere when it is gone, whatever else changed', { timeout: 60_000 }, async () => {
  let run = 0
  // For each line of the file: whether it stays, and how many are put before it.
  const edits = fc.array(fc.record({ stays: fc.boolean(), before: fc.constantFrom(0, 0, 0, 1, 5) }), { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(edits, async (lines) => {
      run += 1
      const path = `file-${run}.txt`
      const old = lines.map((_, index) => `old ${index}`)
      const fresh = lines.flatMap(({ stays, before }, index) => [
        ...Array.from({ length: before }, (_, count) => `new ${index} ${count}`),
        ...(stays ? [`old ${index}`] : []),
      ])
      const from = await commit(path, old)
      const to = await commit(path, fresh)

      const { files } = await bench.repositories.history.difference('demo', from, to)

      const places = old.map((_, index) => placeOfLine(files, path, index + 1)?.line)
      expect(places).toEqual(old.map((text) => (fresh.includes(text) ? fresh.indexOf(text) + 1 : undefined)))
    }),
    { numRuns: 15 },
  )
})

test('a line of a file that was renamed, removed or not touched stands there, nowhere, and where it stood', () => {
  const facts = { additions: 0, deletions: 0, isBinary: false, hunks: [] }
  const files = [
    { path: 'new.txt', previousPath: 'old.txt', status: 'renamed' as const, ...facts },
    { path: 'gone.txt', status: 'removed' as const, ...facts },
    { path: 'copy.txt', previousPath: 'same.txt', status: 'copied' as const, ...facts },
  ]

  expect(placeOfLine(files, 'old.txt', 3)).toEqual({ path: 'new.txt', line: 3 })
  expect(placeOfLine(files, 'gone.txt', 3)).toBeUndefined()
  expect(placeOfLine(files, 'same.txt', 3)).toEqual({ path: 'same.txt', line: 3 })
})
