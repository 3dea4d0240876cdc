import type { BranchProtection, PullRequest } from '@plimsoll/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createForges, type Forges } from '../remote/create-forges.ts'
import { forgeMigrations } from './forge-tables.ts'
import { startForgeBench, type ForgeBench } from '../testing/forge-bench.ts'

let bench: ForgeBench
let forges: Forges

beforeEach(async () => {
  bench = await startForgeBench()
  forges = createForges({ builtin: bench.forge })
})
afterEach(() => bench.close())

/** `count` pull requests of a repository, one after the other. */
async function propose(repo: string, count: number, by = 'ada'): Promise<PullRequest[]> {
  const { hosted } = bench.repositories
  const author = { name: by, email: `${by}@example.org` }
  if (!(await hosted.has(repo))) {
    await hosted.create(repo)
    await hosted.commit({ repo, branch: 'main', files: new Map([['a.txt', 'a']]), message: 'First', author })
  }
  const base = await bench.repositories.history.refs(repo)
  const made: PullRequest[] = []
  for (let index = 1; index <= count; index++) {
    const branch = `${by}-${index}`
    await bench.repositories.history.change(repo, by, (writer) =>
      writer.update([{ ref: `refs/heads/${branch}`, from: undefined, to: base.get('refs/heads/main') }]),
    )
    await hosted.commit({ repo, branch, files: new Map([[`${branch}.txt`, 'x']]), message: branch, author })
    made.push(await bench.forge.open(repo, { title: branch, body: '', head: branch, base: 'main' }, bench.actor(by)))
  }
  await bench.forge.idle()
  return made
}

const everything = { canRead: () => true }
const named = ({ repository, number }: PullRequest): string => `${repository}#${number}`

test('the pull requests of all repositories come page by page, the newest change first, each once', async () => {
  await propose('demo', 3)
  await propose('other', 2)
  await propose('team/third', 2)
  const [first] = await bench.forge.list('demo', { limit: 10 })
  await bench.forge.update('demo', 1, { title: 'Changed last' }, bench.actor('ada'))

  const pages: PullRequest[][] = []
  let after: string | undefined
  do {
    const page = await forges.listAll({ ...everything, limit: 3, ...(after !== undefined && { after }) })
    pages.push(page.items)
    after = page.next
  } while (after !== undefined)

  expect(first?.number).toBe(3)
  expect(pages.map((page) => page.map(named))).toEqual([
    ['demo#1', 'team/third#2', 'team/third#1'],
    ['other#2', 'other#1', 'demo#3'],
    ['demo#2'],
  ])
  expect(pages[0]?.[0]).toMatchObject({ title: 'Changed last', mergeability: { state: 'clean' } })
})

test('what may not be read takes no place on a page, and is told by no count', async () => {
  await propose('demo', 2)
  await propose('secret', 3)
  await propose('other', 1)
  const canRead = (repository: string): boolean => repository !== 'secret'

  const first = await forges.listAll({ canRead, limit: 2 })
  const second = await forges.listAll({ canRead, limit: 2, after: first.next ?? '' })

  expect([...first.items, ...second.items].map(named)).toEqual(['other#1', 'demo#2', 'demo#1'])
  expect(second.next).toBeUndefined()
})

test('they are filtered by state, author, reviewer and repository', async () => {
  await propose('demo', 2)
  await propose('other', 1)
  await propose('other', 1, 'grace')
  const open: BranchProtection[] = []
  await bench.forge.setProtections('demo', open, bench.actor('root'))
  const { head } = await bench.forge.get('demo', 1)
  await bench.forge.review('demo', 1, { state: 'commented', body: 'Hm.', head: head.commit }, bench.actor('grace'))
  await bench.forge.merge('demo', 2, { head: (await bench.forge.get('demo', 2)).head.commit, method: 'merge' }, bench.actor('grace'))
  const asked = async (filter: object): Promise<string[]> =>
    (await forges.listAll({ ...everything, ...filter })).items.map(named).toSorted()

  expect(await asked({})).toEqual(['demo#1', 'other#1', 'other#2'])
  expect(await asked({ state: 'merged' })).toEqual(['demo#2'])
  expect(await asked({ state: 'all', repository: 'demo' })).toEqual(['demo#1', 'demo#2'])
  expect(await asked({ author: 'grace' })).toEqual(['other#2'])
  expect(await asked({ reviewer: 'grace' })).toEqual(['demo#1'])
  expect(await asked({ reviewer: 'ada' })).toEqual([])
  expect((await bench.forge.list('demo', { reviewer: 'grace' })).map(named)).toEqual(['demo#1'])
  await expect(forges.listAll({ ...everything, repository: 'constructor' })).rejects.toMatchObject({ code: 'not-found' })
  await expect(forges.listAll({ ...everything, after: 'W10' })).rejects.toMatchObject({ code: 'invalid-request' })
})

test('every open one is listed for whoever catches up, however many there are, with where it is now', async () => {
  const [first] = await propose('demo', 1)
  await propose('other', 1)
  const tables = await bench.records.room('forge', forgeMigrations)
  const [row] = await tables.query("SELECT * FROM forge_pull_request WHERE repository = 'demo'")
  const columns = Object.keys(row ?? {})
  for (let number = 2; number <= 205; number++) {
    await tables.run(
      `INSERT INTO forge_pull_request (${columns.join(', ')}) SELECT ${columns.map((name) => (name === 'number' ? '$1' : name)).join(', ')}
       FROM forge_pull_request WHERE repository = 'demo' AND number = 1`,
      [number],
    )
  }
  await tables.run("UPDATE forge_pull_request SET state = 'closed' WHERE repository = 'demo' AND number = 7")

  const { items, unreachable } = await forges.listOpen()

  expect(unreachable).toEqual([])
  expect(items).toHaveLength(205)
  expect(items.some(({ repository, number }) => repository === 'demo' && number === 7)).toBe(false)
  expect(items[0]).toEqual({
    repository: 'demo',
    number: 1,
    head: first?.head.commit,
    base: first?.base.commit,
    baseBranch: 'main',
    updatedAt: first?.updatedAt,
  })
})
