import type { PullRequest, WorkflowRun } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askGateway, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

interface Pull extends PullRequest {
  head: { branch?: string; commit: string }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

let plimsoll: Plimsoll
let approver: string

beforeAll(async () => {
  plimsoll = await startPlimsoll({ demo: true })
  for (const stage of ['staging', 'production']) await untilSynced(plimsoll, `fraud-${stage}`, { health: 'Healthy' }, 60_000)
  approver = (await plimsoll.cli(['account', 'generate-token', '--account', 'jonas'])).stdout.trim()
}, 120_000)
afterAll(() => plimsoll?.stop())

const asApprover = (...args: string[]) => plimsoll.cli(args, { env: { PLIMSOLL_AUTH_TOKEN: approver } })
const bare = (name: string): string => `${plimsoll.dataDir}/repositories/${name}.git`
const log = async (name: string, format: string): Promise<string[]> =>
  (await mustRun('git', ['--git-dir', bare(name), 'log', '--first-parent', `--format=${format}`, 'main'])).trim().split('\n')

/** Starts something, kills the server `afterMs` later, whatever has become of it, and starts it again. */
async function killedWhile(what: Promise<unknown>, afterMs: number): Promise<void> {
  what.catch(() => undefined)
  await pause(afterMs)
  await plimsoll.kill()
  await what.catch(() => undefined)
  await plimsoll.restart()
}

// Each goes on where the one before stopped: tried again, it would meet what it has already changed.
describe('a server that is killed', { retry: 0 }, () => {
  it('merges a pull request whole or not at all', { timeout: 300_000 }, async () => {
    await plimsoll.push('faults', { 'a.txt': 'one\n' })
    for (const [index, afterMs] of [0, 5, 15, 30, 60, 120].entries()) {
      const branch = `change-${index}`
      const pull = await openPull(branch, `${index}.txt`)
      const path = `/api/v1/repositories/faults/pulls/${pull.number}`

      await killedWhile(plimsoll.api('POST', `${path}/merge`, { method: 'merge', head: pull.head.commit }), afterMs)

      const found = await plimsoll.api<Pull>('GET', path)
      const merges = (await log('faults', '%P')).filter((parents) => parents.split(' ').includes(pull.head.commit))
      expect([found.state, merges.length], `killed after ${afterMs} ms`).toEqual(found.state === 'merged' ? ['merged', 1] : ['open', 0])
      if (found.state === 'open') await plimsoll.api('POST', `${path}/merge`, { method: 'merge', head: pull.head.commit })
      expect((await log('faults', '%P')).filter((parents) => parents.split(' ').includes(pull.head.commit))).toHaveLength(1)
    }
  })

  it('says of a run that it was interrupted, and runs it again when it is asked to', { timeout: 240_000 }, async () => {
    const pull = await plimsoll.api<Pull>('POST', '/api/v1/demo/improve')
    const run = await eventually('a step runs', async () => {
      const { items } = await plimsoll.api<{ items: WorkflowRun[] }>(
        'GET',
        `/api/v1/runs?repository=fraud-detector&pullRequest=${pull.number}`,
      )
      return items.find(({ state, jobs }) => state === 'inProgress' && jobs.some(({ steps }) => steps.length > 0))
    })

    await killedWhile(Promise.resolve(), 150)

    const found = await plimsoll.api<WorkflowRun>('GET', `/api/v1/runs/${run.id}`)
    const { items } = await plimsoll.api<{ items: WorkflowRun[] }>(
      'GET',
      `/api/v1/runs?repository=fraud-detector&pullRequest=${pull.number}`,
    )
    expect(items.map(({ id }) => id)).toEqual([run.id])
    if (found.state === 'completed' && found.conclusion !== 'success') {
      expect(found.conclusion).toBe('interrupted')
      expect(found.why).toBeTruthy()
      await plimsoll.api('POST', `/api/v1/runs/${run.id}/rerun`, {})
    }
    await eventually(
      'the run is through',
      async () => (await plimsoll.api<WorkflowRun>('GET', `/api/v1/runs/${run.id}`)).conclusion === 'success',
      120_000,
    )
  })

  it('brings a release through its stages once, however often it is killed on the way', { timeout: 300_000 }, async () => {
    const { items } = await plimsoll.api<{ items: Pull[] }>('GET', '/api/v1/repositories/fraud-detector/pulls?state=open')
    const pull = items[0] as Pull
    await asApprover('pr', 'review', String(pull.number), '--repo', 'fraud-detector', '--approve')

    await killedWhile(asApprover('pr', 'merge', String(pull.number), '--repo', 'fraud-detector', '--squash'), 900)
    const { state } = await plimsoll.api<Pull>('GET', `/api/v1/repositories/fraud-detector/pulls/${pull.number}`)
    if (state === 'open') await asApprover('pr', 'merge', String(pull.number), '--repo', 'fraud-detector', '--squash')
    for (const afterMs of [100, 400, 1200]) await killedWhile(Promise.resolve(), afterMs)
    await eventually(
      'it waits for its approval',
      async () => {
        const { phase } = await plimsoll.api<{ phase: string }>('GET', '/api/v1/deliveries/fraud-detector')
        return phase === 'WaitingForApproval'
      },
      90_000,
    )
    await killedWhile(asApprover('delivery', 'approve', 'fraud-detector', 'production'), 700)
    await asApprover('delivery', 'approve', 'fraud-detector', 'production')
    await killedWhile(Promise.resolve(), 100)
    const waited = await asApprover('delivery', 'wait', 'fraud-detector', '--timeout', '90')

    expect(waited.code, waited.stderr).toBe(0)
    const subjects = await log('fraud-detector', '%s')
    expect(subjects.filter((subject) => subject.startsWith('See bursts'))).toHaveLength(1)
    expect(subjects.filter((subject) => /^Pin .* in staging/.test(subject))).toHaveLength(1)
    expect(subjects.filter((subject) => /production/.test(subject))).toHaveLength(1)
    const models = await Promise.all(
      ['staging', 'production'].map(async (stage) => {
        const { body } = await askGateway(plimsoll, `fraud-detector.fraud-${stage}.localhost`)
        return (JSON.parse(body) as { digest: string }).digest
      }),
    )
    expect(new Set(models).size).toBe(1)
    const { items: deployments } = await plimsoll.api<{ items: { stage: string; release: { pullRequest?: { number: number } } }[] }>(
      'GET',
      '/api/v1/deployments?delivery=fraud-detector',
    )
    expect(
      deployments
        .filter(({ release }) => release.pullRequest?.number === pull.number)
        .map(({ stage }) => stage)
        .toSorted(),
    ).toEqual(['production', 'staging'])
  })
})

async function openPull(branch: string, file: string): Promise<Pull> {
  const dir = `${plimsoll.dataDir}-clone-${branch}`
  const url = new URL(plimsoll.repositoryUrl('faults'))
  url.username = 'admin'
  url.password = plimsoll.token
  await mustRun('git', ['clone', '--quiet', url.href, dir])
  await mustRun('git', ['-C', dir, 'checkout', '--quiet', '-b', branch, 'origin/main'])
  await mustRun('sh', ['-c', 'echo "$1" > "$2"', 'sh', branch, `${dir}/${file}`])
  await mustRun('git', ['-C', dir, 'add', '.'])
  await mustRun('git', ['-C', dir, '-c', 'user.name=Mina', '-c', 'user.email=mina@example.com', 'commit', '--quiet', '-m', branch])
  await mustRun('git', ['-C', dir, 'push', '--quiet', 'origin', branch])
  await mustRun('rm', ['-rf', dir])
  return plimsoll.api('POST', '/api/v1/repositories/faults/pulls', { title: branch, body: '', head: branch, base: 'main' })
}
