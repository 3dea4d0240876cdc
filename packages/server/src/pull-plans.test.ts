import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApplicationPlan } from '@plimsoll/api'
import { type BuiltinForge, createForges, createGithubForge, type Forges } from '@plimsoll/forge'
import { emulatedGithub, startEmulatedServer } from '@plimsoll/forge/testing'
import { openRecords, type Records } from '@plimsoll/records'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPullPlans, type PullPlans, type PullPlansContext } from './pull-plans.ts'

let remote: Awaited<ReturnType<typeof startEmulatedServer>>
let forges: Forges
let records: Records
let dataDir: string
let openPlans: () => PullPlans
let plans: PullPlans
let failures: number
let asked: Parameters<PullPlansContext['applications']['plansOfChange']>[0][]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-pull-plans-'))
  records = await openRecords({ dataDir })
  failures = 0
  remote = await startEmulatedServer(emulatedGithub)
  const log = { child: () => log, debug: ignore, info: ignore, warn: ignore, error: ignore }
  const forge = createGithubForge({
    baseUrl: remote.url,
    token: remote.token,
    repositories: [remote.address],
    policy: { allowPrivateHosts: true },
    clock: { now: Date.now },
    log,
  })
  forges = createForges({
    builtin: { subscribe: () => ignore, listOpen: async () => [] } as unknown as BuiltinForge,
    remotes: new Map([[remote.address, forge]]),
  })
  asked = []
  const plan: ApplicationPlan = {
    application: 'shop',
    revisions: ['x'],
    unchanged: 3,
    problems: [],
    changes: [
      {
        action: 'change',
        kind: 'Deployment',
        group: 'apps',
        version: 'v1',
        namespace: 'shop',
        name: 'web',
        wave: 0,
        differences: [{ path: 'spec.replicas', live: '1', target: '2' }],
      },
    ],
  } as unknown as ApplicationPlan
  const context: PullPlansContext = {
    records,
    applications: {
      list: () => [{ metadata: { name: 'shop' }, spec: { source: { repoURL: remote.address, path: '.' }, destination: {} } }],
      plansOfChange: async (change) => {
        asked.push(change)
        if (failures-- > 0) throw new Error('Git is away')
        return [plan]
      },
    },
    forge: forges,
    repositories: {
      normalize: (text: string) => text,
      resolve: async (_url: string, revision: string) =>
        revision === 'HEAD'
          ? { commit: remote.repository.branches.get('main'), ref: 'refs/heads/main' }
          : { commit: remote.repository.pull(Number(/^refs\/pull\/(\d+)\/head$/.exec(revision)?.[1]))?.headCommit },
    } as unknown as PullPlansContext['repositories'],
    pageOf: (_repository, number) => `https://plimsoll.example/pulls/${number}`,
    log,
  }
  openPlans = () => createPullPlans(context)
  plans = openPlans()
  plans.start()
})

afterEach(async () => {
  await plans.stop()
  await forges.close()
  await remote.close()
  await records.close()
  await rm(dataDir, { recursive: true, force: true })
})

function openThere(): number {
  remote.repository.commit('salt', 'Add salt')
  const made = remote.repository.open({ title: 'Salt', body: '', head: 'salt', base: 'main', author: 'zoe' })
  if (typeof made === 'string') throw new Error(made)
  return made.number
}

it('a pull request elsewhere says what its merge would do, as a status and as one comment', async () => {
  const number = openThere()
  const head = remote.repository.branches.get('salt')

  await forges.look({ repository: remote.address, number })
  await vi.waitFor(() => expect(remote.repository.comments).toHaveLength(1))
  remote.repository.commit('salt', 'Add more')
  await forges.look({ repository: remote.address, number })
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  await plans.stop()

  expect(asked[0]).toMatchObject({ repoURL: remote.address, branch: 'main', isDefault: true, isTrusted: true, to: head })
  expect(remote.repository.statuses[0]).toMatchObject({
    commit: head,
    name: 'plan: shop',
    state: 'success',
    url: 'https://plimsoll.example/pulls/1?view=plan',
  })
  expect(remote.repository.comments).toHaveLength(1)
  expect(remote.repository.comments[0]?.body).toContain('spec.replicas: 1 → 2')
})

it('one that lacks what was merged meanwhile gets no plan, which would take that back', async () => {
  const number = openThere()
  remote.repository.commit('main', 'Add water')

  const { items } = await plans.of(remote.address, number)

  expect(items).toEqual([])
  expect(asked).toEqual([])
})

it('what was opened or pushed while nobody listened is planned at the next start, and nothing else', async () => {
  await plans.stop()
  openThere()
  await forges.look({ repository: remote.address })
  const restart = async (): Promise<void> => {
    plans = openPlans()
    plans.start()
  }

  await restart()
  await vi.waitFor(() => expect(remote.repository.statuses).toHaveLength(1))
  await vi.waitFor(() => expect(remote.repository.comments).toHaveLength(1))
  await plans.stop()
  remote.repository.commit('salt', 'Add more')
  await forges.look({ repository: remote.address })
  await restart()
  await vi.waitFor(() => expect(remote.repository.statuses).toHaveLength(2))
  await plans.stop()
  const open = vi.spyOn(forges, 'listOpen')
  await restart()
  await vi.waitFor(() => expect(open).toHaveResolved())
  remote.repository.commit('sugar', 'Add sugar')
  remote.repository.open({ title: 'Sugar', body: '', head: 'sugar', base: 'main', author: 'zoe' })
  await forges.look({ repository: remote.address })
  await vi.waitFor(() => expect(remote.repository.statuses).toHaveLength(3))
  await plans.stop()

  const { branches, statuses } = remote.repository
  expect(asked.map(({ to }) => to)).toEqual([statuses[0]?.commit, branches.get('salt'), branches.get('sugar')])
})

it('a plan that could not be made is tried again', { timeout: 20_000 }, async () => {
  failures = 1
  const number = openThere()

  await forges.look({ repository: remote.address, number })
  await vi.waitFor(() => expect(remote.repository.statuses).toHaveLength(1), 15_000)

  expect(asked).toHaveLength(2)
})

function ignore(): void {}
