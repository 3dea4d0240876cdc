import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GateReport, PlimsollError } from '@plimsoll/api'
import { type BuiltinForge, createForges, createGithubForge, type Forges } from '@plimsoll/forge'
import { emulatedGithub, startEmulatedServer } from '@plimsoll/forge/testing'
import { openRecords, type Records } from '@plimsoll/records'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createGateRuns, type GateRuns, type GateRunsContext } from './gate-runs.ts'

let remote: Awaited<ReturnType<typeof startEmulatedServer>>
let forges: Forges
let repositories: GateRunsContext['repositories']
let gates: GateRuns
let openGates: () => GateRuns
let kept: GateReport[]
let records: Records
let dataDir: string
let report: GateReport

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-gate-runs-'))
  records = await openRecords({ dataDir })
  remote = await startEmulatedServer(emulatedGithub)
  const log = { child: () => log, debug: ignore, info: ignore, warn: ignore, error: ignore }
  const forge = createGithubForge({
    baseUrl: remote.url,
    token: remote.token,
    policy: { allowPrivateHosts: true },
    clock: { now: Date.now },
    log,
  })
  forges = createForges({ builtin: {} as BuiltinForge, remotes: new Map([[remote.address, forge]]) })
  remote.repository.commit('better', 'Train better')
  remote.repository.open({ title: 'Better', body: '', head: 'better', base: 'main', author: 'zoe' })
  const judged = { modelDigest: 'sha256:1', rows: 10 }
  report = {
    id: 'r1',
    gate: 'quality',
    gateDigest: 'sha256:2',
    createdAt: '2026-01-01T00:00:00Z',
    verdict: 'inconclusive',
    repository: remote.address,
    commit: remote.repository.branches.get('better') ?? '',
    pullRequest: 1,
    by: 'ada',
    result: {
      verdict: 'inconclusive',
      reason: 'rows',
      words: 'Ten rows decide nothing.',
      candidate: judged,
      confidence: 0.95,
      replicates: 0,
      seed: '',
      metrics: [],
      leak: { candidateRows: 0, incumbentRows: 0, incumbentShare: 0 },
      warnings: [],
    },
    candidate: { digest: `sha256:${'1'.repeat(64)}` },
    reproduce: 'plimsoll gate run',
  }
  repositories = { resolve: async () => ({ commit: '' }) } as unknown as GateRunsContext['repositories']
  kept = []
  const context: GateRunsContext = {
    records,
    models: {
      runGate: async () => report,
      reports: async () => kept,
      override: async (_id: string, override: GateReport['override']) => ({ ...report, override }),
    } as unknown as GateRunsContext['models'],
    forge: forges,
    repositories: {
      resolve: (...args: Parameters<typeof repositories.resolve>) => repositories.resolve(...args),
    } as unknown as GateRunsContext['repositories'],
    repositoryURL: (name) => name,
    pageOf: ({ id }) => `https://plimsoll.example/gates/${id}`,
    log,
  }
  openGates = () => createGateRuns(context)
  gates = openGates()
})

afterEach(async () => {
  await forges.close()
  await remote.close()
  await records.close()
  await rm(dataDir, { recursive: true, force: true })
})

it('a verdict goes to the pull request elsewhere as a status and as one comment', async () => {
  await gates.run({} as Parameters<GateRuns['run']>[0])
  await gates.override('r1', { verdict: 'pass', by: 'root', at: '2026-01-02T00:00:00Z', why: 'seen by hand' })

  expect(remote.repository.statuses.map(({ name, state, url }) => [name, state, url])).toEqual([
    ['gate: quality', 'error', 'https://plimsoll.example/gates/r1'],
    ['gate: quality', 'success', 'https://plimsoll.example/gates/r1'],
  ])
  expect(remote.repository.comments).toHaveLength(1)
  expect(remote.repository.comments[0]?.body).toContain('seen by hand')
})

it('a verdict that could not be told is told at the next start, the newest of each gate alone, and once', async () => {
  const older = { ...report, id: 'r0', verdict: 'fail' as const }
  kept = [report, older, { ...older, id: 'r-1', repository: 'https://elsewhere.example/a/b' }]
  const restart = async (): Promise<void> => {
    const started = openGates()
    started.start()
    await started.stop()
  }

  await restart()
  await restart()
  const once = remote.repository.statuses.length
  kept = [{ ...report, override: { verdict: 'pass', by: 'root', at: '2026-01-02T00:00:00Z', why: 'seen by hand' } }, older]
  await restart()

  expect(once).toBe(1)
  expect(remote.repository.statuses.map(({ state, url }) => [state, url])).toEqual([
    ['error', 'https://plimsoll.example/gates/r1'],
    ['success', 'https://plimsoll.example/gates/r1'],
  ])
  expect(remote.repository.comments).toHaveLength(1)
})

it('a target that cannot be read does not let a pull request bring its own gate', async () => {
  repositories.resolve = () => Promise.reject(new PlimsollError('repository-unreachable', 'gone'))

  const asked = gates.specification({ gateText: 'kind: ModelGate', gatePath: 'gate.yaml', repository: remote.address, pullRequest: 1 })

  await expect(asked).rejects.toMatchObject({ code: 'repository-unreachable' })
})

function ignore(): void {}
