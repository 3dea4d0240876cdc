import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@plimsoll/applications'
import { type BuiltinForge, createBuiltinForge, type ForgeActor } from '@plimsoll/forge'
import { createRepositories, type GitRepositories } from '@plimsoll/git'
import { openRecords, type Records } from '@plimsoll/records'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CiEvents, createCiEvents } from './ci-events.ts'
import type { WorkflowEvent, WorkflowRun, WorkflowRuns } from './ci-runs.ts'

const quiet = {
  child: () => quiet,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as Log
let folder: string
let records: Records
let repositories: GitRepositories
let forge: BuiltinForge
let ended: WorkflowRun[]
let told: WorkflowEvent[]
let now: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-ci-events-'))
  records = await openRecords({ dataDir: folder })
  repositories = createRepositories({
    dataDir: join(folder, 'git'),
    hosting: { baseUrl: () => 'http://127.0.0.1:1', root: join(folder, 'repositories') },
  })
  let ids = 0
  forge = await createBuiltinForge({
    repositories,
    records,
    people: { find: async () => ada },
    clock: { now: () => now++ },
    newId: () => `id-${++ids}`,
    baseUrl: () => 'http://127.0.0.1:1',
    log: quiet,
  })
  ended = []
  told = []
  now = Date.parse('2026-03-01T00:00:10Z')
})

afterEach(async () => {
  vi.useRealTimers()
  await forge.close()
  await repositories.close()
  await records.close()
  rmSync(folder, { recursive: true, force: true })
})

const seen = new Set<string>()
const ada: ForgeActor = { name: 'ada', groups: [], canRead: () => true, canWrite: () => true, canAdminister: () => true }

async function open(): Promise<CiEvents> {
  const runs = {
    // As runs do it: what an event has started is started once.
    trigger: async (event: WorkflowEvent) => {
      const key = `${folder} ${event.id}`
      if (!seen.has(key)) told.push(event)
      seen.add(key)
      return []
    },
    subscribe: () => () => undefined,
    list: async () => ended,
  } as unknown as WorkflowRuns
  const events = await createCiEvents({
    runs,
    forge,
    repositories,
    records,
    serverUrl: () => 'http://127.0.0.1:1',
    now: () => now,
    log: quiet,
  })
  events.start()
  return events
}

async function commit(text: string, branch = 'main', files: Record<string, string> = {}): Promise<string> {
  const all = new Map(Object.entries({ 'a.txt': text, ...files }))
  return (
    await repositories.hosted.commit({ repo: 'demo', branch, files: all, message: `Say ${text}`, author: { name: 'ada', email: 'a@b.c' } })
  ).commit
}

describe('a push', () => {
  it('is told with who pushed, what moved and what changed', async () => {
    const events = await open()
    const first = await commit('one')
    const second = await commit('two', 'main', { 'b/c.txt': 'x' })
    await events.stop()

    expect(told.map((event) => [event.name, event.ref, event.commit, event.actor])).toEqual([
      ['push', 'refs/heads/main', first, 'ada'],
      ['push', 'refs/heads/main', second, 'ada'],
    ])
    expect(told[1]).toMatchObject({
      changedPaths: ['a.txt', 'b/c.txt'],
      payload: { before: first, after: second, head_commit: { message: expect.stringContaining('Say two') } },
    })
  })

  it('that came while nobody listened is told at the next start, once', async () => {
    const first = await open()
    await commit('one')
    await first.stop()
    told = []

    const missed = await commit('two')
    await (await open()).stop()
    const once = told
    told = []
    await (await open()).stop()

    expect(once).toMatchObject([{ name: 'push', commit: missed }])
    expect(told).toEqual([])
  })

  it('from before there were runs is not told', async () => {
    await commit('old')

    await (await open()).stop()

    expect(told).toEqual([])
  })

  it('back to an earlier commit is another event', async () => {
    const events = await open()
    await commit('one', 'a')
    await commit('two', 'a')
    const tip = await repositories.history.refs('demo').then((refs) => refs.get('refs/heads/a') ?? '')
    const before = told[0]?.commit ?? ''
    await repositories.history.change('demo', 'ada', (writer) => writer.update([{ ref: 'refs/heads/a', from: tip, to: before }]))
    await events.stop()

    expect(told.map((event) => event.commit)).toEqual([before, tip, before])
    expect(new Set(told.map((event) => event.id)).size).toBe(3)
  })
})

describe('a pull request', () => {
  const toldOf = (): string[] =>
    told
      .filter(({ name }) => name === 'pull_request')
      .map((event) => `#${event.pullRequest?.number} ${event.action} by ${event.actor}`)
      .toSorted()

  /** From a branch of its own into a target of its own, so that nothing that becomes of it touches another. */
  async function propose(name: string): Promise<string> {
    await commit(name, `${name}-base`)
    const base = (await repositories.history.refs('demo')).get(`refs/heads/${name}-base`)
    await repositories.history.change('demo', 'ada', (writer) => writer.update([{ ref: `refs/heads/${name}`, from: undefined, to: base }]))
    const head = await commit('new', name, { [`${name}.txt`]: 'x' })
    await forge.open('demo', { title: name, body: '', head: name, base: `${name}-base` }, ada)
    return head
  }

  it('that moved, was opened, closed or merged while nobody listened is told at the next start, once', async () => {
    const first = await open()
    await propose('calm')
    await propose('head')
    await propose('base')
    await propose('closed')
    const merged = await propose('merged')
    await propose('edited')
    await forge.idle()
    await first.stop()
    const before = toldOf()
    told = []

    await commit('newer', 'head')
    await commit('newer', 'base-base', { 'other.txt': 'y' })
    await forge.idle()
    await forge.update('demo', 4, { state: 'closed' }, ada)
    await forge.merge('demo', 5, { head: merged, method: 'merge' }, ada)
    await forge.update('demo', 6, { isDraft: true, title: 'Edited' }, ada)
    await propose('opened')
    await (await open()).stop()
    const missed = toldOf()
    told = []
    await (await open()).stop()

    expect(before).toEqual([1, 2, 3, 4, 5, 6].map((number) => `#${number} opened by ada`))
    expect(missed).toEqual([
      '#2 synchronize by ada',
      '#3 synchronize by ada',
      '#4 closed by ada',
      '#5 closed by ada',
      '#6 converted_to_draft by ada',
      '#6 edited by ada',
      '#7 opened by ada',
    ])
    expect(told).toEqual([])
  })

  it('is told of by what is different, however often somebody calls', async () => {
    const events = await open()
    await propose('one')
    for (const title of ['Two', 'Three', 'Three']) await forge.update('demo', 1, { title }, ada)
    await commit('back', 'one-base', { 'other.txt': 'y' })
    await forge.idle()
    await events.stop()

    expect(toldOf()).toContain('#1 opened by ada')
    expect(toldOf().filter((one) => one.includes('synchronize'))).toHaveLength(1)
    expect(toldOf().filter((one) => one.includes('edited')).length).toBeLessThanOrEqual(2)
  })
})

describe('a run', () => {
  it('that ended while nobody listened starts those that wait for it at the next start, once', async () => {
    await commit('one')
    await (await open()).stop()
    const run = { id: '7', attempt: 1, repository: 'demo', workflow: { name: 'CI', path: 'ci.yml' }, event: 'push', state: 'completed' }
    ended = [{ ...run, conclusion: 'interrupted', actor: 'ada', commit: 'a'.repeat(40), number: 1, title: '' } as WorkflowRun]
    told = []

    await (await open()).stop()
    await (await open()).stop()

    expect(told.map(({ name, id }) => [name, id])).toEqual([['workflow_run', 'workflow_run/7/1']])
  })
})

describe('a schedule', () => {
  it('is told when its time has come, once, and not when it was missed for long', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const events = await open()
    await commit('one', 'main', {
      '.github/workflows/n.yml': "on: {schedule: [{cron: '*/10 * * * *'}]}\njobs: {a: {runs-on: x, steps: [{run: x}]}}",
    })

    for (const time of ['00:00:40', '00:10:05', '00:10:35', '03:17:00']) {
      now = Date.parse(`2026-03-01T${time}Z`)
      vi.advanceTimersByTime(30_000)
    }
    await events.stop()

    expect(told.filter((event) => event.name === 'schedule').map((event) => [event.id, event.payload['schedule']])).toEqual([
      [`schedule/*/10 * * * */${Date.parse('2026-03-01T00:10:00Z')}`, '*/10 * * * *'],
    ])
  })

  it('that came due while the server was started again is told', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const first = await open()
    await commit('one', 'main', {
      '.github/workflows/n.yml': "on: {schedule: [{cron: '*/10 * * * *'}]}\njobs: {a: {runs-on: x, steps: [{run: x}]}}",
    })
    now = Date.parse('2026-03-01T00:09:50Z')
    vi.advanceTimersByTime(30_000)
    await first.stop()

    now = Date.parse('2026-03-01T00:11:00Z')
    const second = await open()
    now = Date.parse('2026-03-01T00:11:30Z')
    vi.advanceTimersByTime(30_000)
    await second.stop()

    expect(told.filter((event) => event.name === 'schedule').map(({ id }) => id)).toEqual([
      `schedule/*/10 * * * */${Date.parse('2026-03-01T00:10:00Z')}`,
    ])
  })
})
