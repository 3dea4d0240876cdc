import { afterEach, beforeEach, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench } from '../testing/forge-bench.ts'

let bench: ForgeBench

beforeEach(async () => {
  bench = await startForgeBench()
})
afterEach(() => bench.close())

async function propose(branch: string): Promise<{ number: number; head: string }> {
  const { history, hosted } = bench.repositories
  const main = (await history.refs('demo')).get('refs/heads/main') ?? ''
  await history.change('demo', 'ada', (writer) => writer.update([{ ref: `refs/heads/${branch}`, from: undefined, to: main }]))
  const author = { name: 'Ada', email: 'ada@example.org' }
  const files = new Map([[`${branch}.txt`, 'x\n']])
  const { commit: head } = await hosted.commit({ repo: 'demo', branch, files, message: `Add ${branch}`, author })
  const { number } = await bench.forge.open('demo', { title: branch, body: '', head: branch, base: 'main' }, bench.actor('ada'))
  return { number, head }
}

test('ten pull requests that are merged at once all arrive, one after the other', { timeout: 60_000 }, async () => {
  const pulls = []
  for (let index = 0; index < 10; index++) pulls.push(await propose(`branch-${index}`))

  const merged = await Promise.all(
    pulls.map(({ number, head }) => bench.forge.merge('demo', number, { head, method: 'squash' }, bench.actor('grace'))),
  )

  const main = (await bench.repositories.history.refs('demo')).get('refs/heads/main') ?? ''
  const commits = await bench.repositories.history.commits('demo', { to: main }, 100)
  expect(merged.every(({ state }) => state === 'merged')).toBe(true)
  expect(commits).toHaveLength(11)
  expect(new Set(commits.slice(0, 10).map(({ commit }) => commit))).toEqual(new Set(merged.map((one) => one.merged?.commit)))
  expect(bench.events.filter(({ kind }) => kind === 'merged')).toHaveLength(10)
})

test('of five who merge the same pull request one does, and the others are told', { timeout: 60_000 }, async () => {
  const { number, head } = await propose('one')

  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => bench.forge.merge('demo', number, { head, method: 'merge' }, bench.actor('grace'))),
  )

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'merge-blocked', message: expect.stringContaining('is merged') })
  }
  expect((await bench.forge.comments('demo', number)).filter(({ kind }) => kind === 'event')).toHaveLength(1)
})

test('pull requests that are opened at once have numbers of their own', { timeout: 60_000 }, async () => {
  const main = (await bench.repositories.history.refs('demo')).get('refs/heads/main') ?? ''
  const branches = ['a', 'b', 'c', 'd', 'e']
  for (const branch of branches) {
    await bench.repositories.history.change('demo', 'ada', (writer) =>
      writer.update([{ ref: `refs/heads/${branch}`, from: undefined, to: main }]),
    )
    const author = { name: 'Ada', email: 'ada@example.org' }
    await bench.repositories.hosted.commit({ repo: 'demo', branch, files: new Map([[branch, 'x']]), message: branch, author })
  }

  const opened = await Promise.all(
    branches.map((head) => bench.forge.open('demo', { title: head, body: '', head, base: 'main' }, bench.actor('ada'))),
  )

  expect(opened.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
  await expect(bench.forge.open('demo', { title: 'x', body: '', head: 'a', base: 'main' }, bench.actor('ada'))).rejects.toMatchObject({
    code: 'already-exists',
  })
})
