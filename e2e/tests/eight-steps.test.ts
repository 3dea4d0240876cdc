import type { Check, Comment, GateReport, WorkflowRun } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCluster } from '../harness/cluster-user.ts'
import { askGateway, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun, type RunResult } from '../harness/run.ts'

/** A payment of a known card from a device that nobody knows, the ninth within an hour. */
const burst = {
  inputs: [
    ['amount', 15],
    ['hour', 14],
    ['country', 'KR'],
    ['card_country', 'KR'],
    ['device_age_days', 0],
    ['payments_last_hour', 9],
  ].map(([name, value]) => ({ name, data: [value] })),
}

let plimsoll: Plimsoll
let clone: string
const tokens = new Map<string, string>()

beforeAll(async () => {
  plimsoll = await startPlimsoll({ demo: true })
  for (const stage of ['staging', 'production']) await untilSynced(plimsoll, `fraud-${stage}`, { health: 'Healthy' }, 60_000)
  for (const name of ['mina', 'jonas']) {
    const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', name])
    tokens.set(name, stdout.trim())
  }
  clone = mkdtempSync(join(tmpdir(), 'eight-steps-'))
}, 120_000)
afterAll(async () => {
  rmSync(clone, { recursive: true, force: true })
  await plimsoll?.stop()
})

const as = (name: string, ...args: string[]): Promise<RunResult> =>
  plimsoll.cli(args, { cwd: clone, env: { PLIMSOLL_AUTH_TOKEN: tokens.get(name) }, timeoutMs: 100_000 })
const git = (...args: string[]): Promise<string> =>
  mustRun('git', ['-C', clone, '-c', 'user.name=Mina Park', '-c', 'user.email=mina@plimsoll.localhost', ...args])

async function ask(stage: 'staging' | 'production'): Promise<{ model: string; probability: number }> {
  const { status, body } = await askGateway(plimsoll, `fraud-detector.fraud-${stage}.localhost`, {
    path: '/v2/models/fraud-detector/infer',
    method: 'POST',
    body: JSON.stringify(burst),
  })
  if (status !== 200) throw new Error(`${stage} answered ${status}: ${body}`)
  const { model_version: model, outputs } = JSON.parse(body) as { model_version: string; outputs: { data: number[] }[] }
  return { model, probability: outputs[0]?.data[0] ?? Number.NaN }
}

/** What somebody changes, as they do it: a branch, a commit, a push, a pull request. */
async function propose(branch: string, features: string[]): Promise<{ number: number; head: string }> {
  await git('fetch', '--quiet', 'origin')
  await git('checkout', '--quiet', '-B', branch, 'origin/main')
  const file = join(clone, 'params.json')
  const parameters = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, `${JSON.stringify({ ...parameters, features }, null, 2)}\n`)
  await git('commit', '--quiet', '-am', `Train with ${features.length} features`)
  await git('push', '--quiet', '--set-upstream', 'origin', branch)
  const { stdout } = await as('mina', 'pr', 'create', '--repo', 'fraud-detector', '--head', branch, '--title', branch, '--output', 'json')
  return { number: (JSON.parse(stdout) as { number: number }).number, head: (await git('rev-parse', 'HEAD')).trim() }
}

const runOf = (pullRequest: number): Promise<WorkflowRun> =>
  eventually(
    `the run of pull request ${pullRequest} is over`,
    async () => {
      const { items } = await plimsoll.api<{ items: WorkflowRun[] }>(
        'GET',
        `/api/v1/runs?repository=fraud-detector&pullRequest=${pullRequest}`,
      )
      return items.find(({ state }) => state === 'completed')
    },
    90_000,
  )

describe('a change to a model, from a pull request to production', () => {
  let better: { number: number; head: string }
  let before: { model: string; probability: number }
  let report: GateReport

  it('1. is proposed by a push and a pull request', async () => {
    const url = new URL(plimsoll.repositoryUrl('fraud-detector'))
    url.username = 'mina'
    url.password = tokens.get('mina') ?? ''
    await mustRun('git', ['clone', '--quiet', url.href, clone])
    before = await ask('production')

    better = await propose('bursts', ['amount', 'night', 'foreign', 'new_device', 'velocity', 'burst_from_new_device'])

    const shown = await as('jonas', 'pr', 'get', String(better.number), '--repo', 'fraud-detector')
    expect(shown.stdout).toContain('bursts')
  })

  it('2. and 3. is tested: its code, its data, and its model beside the one that serves', { timeout: 120_000 }, async () => {
    const run = await runOf(better.number)

    expect(run.jobs.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['Code', 'success'],
      ['Data', 'success'],
      ['Train and gate', 'success'],
    ])
    const { items: reports } = await plimsoll.api<{ items: GateReport[] }>(
      'GET',
      `/api/v1/gates/reports?repository=fraud-detector&pullRequest=${better.number}`,
    )
    expect(reports).toHaveLength(1)
    report = reports[0] as GateReport
    expect(report).toMatchObject({
      verdict: 'pass',
      commit: better.head,
      baseline: { digest: before.model, application: 'fraud-production' },
    })
    const { items: checks } = await plimsoll.api<{ items: Check[] }>(
      'GET',
      `/api/v1/repositories/fraud-detector/commits/${better.head}/checks`,
    )
    expect(checks.find(({ name }) => name === 'gate: fraud-quality')).toMatchObject({ conclusion: 'success' })
    const { items: comments } = await plimsoll.api<{ items: Comment[] }>(
      'GET',
      `/api/v1/repositories/fraud-detector/pulls/${better.number}/comments`,
    )
    const told = comments.filter(({ kind }) => kind === 'report')
    expect(told).toHaveLength(1)
    expect(told[0]?.body).toContain(report.candidate.digest)
  })

  it('4. is merged only when somebody else has approved it', async () => {
    const own = await as('mina', 'pr', 'review', String(better.number), '--repo', 'fraud-detector', '--approve')
    const early = await as('mina', 'pr', 'merge', String(better.number), '--repo', 'fraud-detector', '--squash')
    expect(early.code).not.toBe(0)
    expect(own.stderr + early.stderr).toMatch(/approv/i)

    const approved = await as('jonas', 'pr', 'review', String(better.number), '--repo', 'fraud-detector', '--approve', '--body', 'Good')

    expect(approved.code, approved.stderr).toBe(0)
  })

  it('5. is merged', async () => {
    const merged = await as('mina', 'pr', 'merge', String(better.number), '--repo', 'fraud-detector', '--squash')

    expect(merged.code, merged.stderr).toBe(0)
    expect(await git('ls-remote', 'origin', 'refs/heads/main')).not.toContain(better.head)
  })

  it('6. and 7. goes to staging by itself: the very artefact that was judged', { timeout: 60_000 }, async () => {
    const after = await eventually(
      'staging serves the new model',
      async () => {
        const answer = await ask('staging')
        return answer.model === report.candidate.digest ? answer : undefined
      },
      50_000,
    )

    expect(after.probability).toBeGreaterThan(before.probability + 0.3)
    expect((await ask('production')).model).toBe(before.model)
  })

  it('8. goes to production after an approval, which is not the author’s', { timeout: 100_000 }, async () => {
    await eventually('it waits for its approval', async () => {
      const { stdout } = await as('jonas', 'delivery', 'get', 'fraud-detector', '--output', 'json')
      return (JSON.parse(stdout) as { phase: string }).phase === 'WaitingForApproval'
    })
    const own = await as('mina', 'delivery', 'approve', 'fraud-detector', 'production')
    expect(own.code).not.toBe(0)

    const approved = await as('jonas', 'delivery', 'approve', 'fraud-detector', 'production', '--comment', 'Looks right')
    expect(approved.code, approved.stderr).toBe(0)
    const waited = await as('jonas', 'delivery', 'wait', 'fraud-detector', '--timeout', '60')

    expect(waited.code, waited.stderr).toBe(0)
    expect(await ask('production')).toEqual(await ask('staging'))
    expect((await ask('production')).model).toBe(report.candidate.digest)
  })

  it('is on record: who brought what where, from which pull request, with which verdict', async () => {
    const { stdout } = await as(
      'mina',
      'delivery',
      'history',
      'fraud-detector',
      '--pull-request',
      String(better.number),
      '--output',
      'json',
    )

    const rows = JSON.parse(stdout) as {
      stage: string
      approvedBy: string[]
      release: { verdict: string; author: string; reviewers: string[] }
    }[]
    expect(rows.map(({ stage }) => stage)).toEqual(['production', 'staging'])
    expect(rows[0]).toMatchObject({ approvedBy: ['jonas'], release: { verdict: 'pass', author: 'mina', reviewers: ['jonas'] } })
  })

  it('is stopped by its gate when the model is worse', { timeout: 120_000 }, async () => {
    const serving = await ask('production')
    const worse = await propose('simpler', ['amount', 'foreign'])

    const run = await runOf(worse.number)

    expect(run.conclusion).toBe('failure')
    const approved = await as('jonas', 'pr', 'review', String(worse.number), '--repo', 'fraud-detector', '--approve')
    expect(approved.code, approved.stderr).toBe(0)
    const merge = await as('mina', 'pr', 'merge', String(worse.number), '--repo', 'fraud-detector')
    expect(merge.code).not.toBe(0)
    expect(merge.stderr).toContain('gate: fraud-quality')
    expect(await ask('staging')).toEqual(serving)
  })

  it('ends what pods read models with when the delivery goes', { timeout: 60_000 }, async () => {
    const { model } = await ask('production')
    const cluster = await openCluster(plimsoll)
    const secretsOf = async (stage: string): Promise<{ name: string; url: string; token: string }[]> => {
      const secrets = (await cluster.list('v1/Secret', `fraud-${stage}`)) as (KubeObject & { data: Record<string, string> })[]
      const textOf = (value = ''): string => Buffer.from(value, 'base64').toString()
      return secrets
        .filter(({ metadata }) => metadata.name.startsWith('plimsoll-models'))
        .map(({ metadata, data }) => ({ name: metadata.name, url: textOf(data['url']), token: textOf(data['token']) }))
    }
    const read = async ({ url, token }: { url: string; token: string }): Promise<number> =>
      (await fetch(`${url}/${model}/file`, { headers: { authorization: `Bearer ${token}` } })).status
    const held = [...(await secretsOf('staging')), ...(await secretsOf('production'))]
    expect(held.map(({ name }) => name).toSorted()).toEqual([
      'plimsoll-models',
      'plimsoll-models',
      'plimsoll-models-fraud-detector',
      'plimsoll-models-fraud-detector',
    ])
    expect(await Promise.all(held.map(read))).toEqual([200, 200, 200, 200])

    const { code, stderr } = await plimsoll.cli(['delivery', 'delete', 'fraud-detector'])

    expect(code, stderr).toBe(0)
    await eventually('the Secrets are gone', async () => (await secretsOf('production')).length + (await secretsOf('staging')).length === 0)
    expect(await Promise.all(held.map(read))).toEqual([401, 401, 401, 401])
    await cluster.close()
  })
})
