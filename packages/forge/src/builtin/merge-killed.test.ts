import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRepositories } from '@plimsoll/git'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench } from '../testing/forge-bench.ts'

const program = fileURLToPath(new URL('../../dist/testing/merging-process.js', import.meta.url))
const pulls = 40
const kills = 8

let bench: ForgeBench

beforeAll(async () => {
  bench = await startForgeBench()
  const { history, hosted } = bench.repositories
  const main = (await history.refs('demo')).get('refs/heads/main') ?? ''
  const branches = Array.from({ length: pulls }, (_, index) => `branch-${index + 1}`)
  await history.change('demo', 'ada', (writer) =>
    writer.update(branches.map((branch) => ({ ref: `refs/heads/${branch}`, from: undefined, to: main }))),
  )
  const author = { name: 'Ada', email: 'ada@example.org' }
  for (const branch of branches) {
    await hosted.commit({ repo: 'demo', branch, files: new Map([[`${branch}.txt`, 'x\n']]), message: branch, author })
    await bench.forge.open('demo', { title: branch, body: '', head: branch, base: 'main' }, bench.actor('ada'))
  }
  await bench.forge.idle()
}, 120_000)
afterAll(() => bench.close())

/** What it said before it was killed, `afterMs` after its first merge. */
function mergeUntilKilled(afterMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, bench.dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      said += chunk
    })
    child.on('error', reject)
    child.on('close', () => resolve([...said.matchAll(/^merged (\d+)$/gm)].map(([, number]) => Number(number))))
  })
}

test(
  'a server that is killed again and again while it merges keeps what it said, and leaves nothing half done',
  { timeout: 180_000 },
  async () => {
    const said = new Set<number>()
    for (let kill = 0; kill < kills; kill++) for (const number of await mergeUntilKilled(17 * kill)) said.add(number)
    // As a start finds them: nothing of them in memory.
    const hosting = { baseUrl: () => bench.url, root: join(bench.dir, 'hosted') }
    const repositories = createRepositories({ dataDir: join(bench.dir, 'data'), hosting })
    const forge = await bench.anotherForge({ repositories })
    await forge.start()

    const all = await forge.list('demo', { state: 'all', limit: 200 })

    const main = (await repositories.history.refs('demo')).get('refs/heads/main') ?? ''
    const there = new Set<number>()
    for (const { number } of all) {
      if ((await repositories.history.file('demo', main, `branch-${number}.txt`, 100)) !== undefined) there.add(number)
    }
    const merged = all.filter(({ state }) => state === 'merged').map(({ number }) => number)
    expect(new Set(merged)).toEqual(there)
    expect([...said].filter((number) => !there.has(number))).toEqual([])
    for (const number of merged) {
      const events = (await forge.comments('demo', number)).filter(({ body }) => body.startsWith('merged'))
      expect(events).toHaveLength(1)
    }
    // One merge commit for each, and none twice.
    const commits = await repositories.history.commits('demo', { to: main }, 1000)
    expect(commits.filter(({ parents }) => parents.length === 2)).toHaveLength(merged.length)
    expect(said.size).toBeGreaterThan(0)
    expect(merged.length).toBeLessThan(pulls)
  },
)
