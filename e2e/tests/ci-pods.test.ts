import type { WorkflowRun } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LooseObject, startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually, run as runProgram } from '../harness/run.ts'

/** An embedded cluster of its own plays the real one: it runs pods as processes, so that bash, git and Node.js are those of this machine. */
let cluster: TestCluster
let plimsoll: Plimsoll

beforeAll(async () => {
  cluster = await startCluster()
  plimsoll = await startPlimsoll({ args: ['--kubeconfig', cluster.kubeconfig, '--ci-namespace', 'jobs', '--ci-image', 'tools:1'] })
}, 60_000)

afterAll(async () => {
  await plimsoll.stop()
  await cluster.stop()
})

const pods = async (): Promise<LooseObject[]> => (await cluster.call('GET', '/api/v1/namespaces/jobs/pods')).body.items

async function push(repository: string, workflow: string, files: Record<string, string> = {}): Promise<WorkflowRun> {
  const commit = await plimsoll.push(repository, { '.github/workflows/ci.yml': workflow, ...files })
  return eventually('the run is there', async () => {
    const { items } = await plimsoll.api<{ items: WorkflowRun[] }>('GET', `/api/v1/runs?repository=${repository}`)
    return items.find((run) => run.commit === commit)
  })
}

function until(id: string, holds: (run: WorkflowRun) => boolean): Promise<WorkflowRun> {
  return eventually(
    'the run gets there',
    async () => {
      const run = await plimsoll.api<WorkflowRun>('GET', `/api/v1/runs/${id}`)
      return holds(run) ? run : undefined
    },
    40_000,
  )
}

const oneStep = (script: string): string => `on: push\njobs: {a: {runs-on: x, steps: [{run: ${JSON.stringify(script)}}]}}`
const ended = ({ id }: WorkflowRun): Promise<WorkflowRun> => until(id, ({ state }) => state === 'completed')
const text = async (run: WorkflowRun): Promise<string> => (await plimsoll.cli(['run', 'logs', run.id])).stdout

/** Until the log holds it, while the job runs. */
async function untilSaid(run: WorkflowRun, line: RegExp): Promise<void> {
  await eventually('the log holds it', async () => line.test(await text(run)) || undefined)
}

async function leftOf(mark: string): Promise<string[]> {
  return (await runProgram('ps', ['-eo', 'args'])).stdout.split('\n').filter((line) => line.startsWith(mark))
}

describe('with a real cluster as home, jobs', { timeout: 60_000 }, () => {
  it('run in its pods, reach the server without a way to it, and leave nothing behind', async () => {
    const run = await push(
      'scores',
      `
on: push
jobs:
  a:
    runs-on: x
    strategy: {matrix: {n: [1, 2]}}
    steps:
      - uses: actions/checkout@v4
      - run: |
          cat scores.txt; echo "member \${{ matrix.n }}"; git fetch --quiet origin main && echo fetched
          curl --silent --header "Authorization: Bearer \${{ github.token }}" "$GITHUB_API_URL/repositories/scores"
      - uses: ./own
      - uses: actions/upload-artifact@v4
        with: {name: "scores-\${{ matrix.n }}", path: scores.txt}
  b:
    needs: a
    runs-on: x
    container: python:3.12
    steps:
      - uses: actions/download-artifact@v4
        with: {name: scores-2, path: got}
      - run: cat got/scores.txt
`,
      {
        'scores.txt': '0.91\n',
        'own/action.yml': 'runs: {using: composite, steps: [{run: "echo composed in $GITHUB_ACTION_PATH", shell: bash}]}',
      },
    )

    const done = await ended(run)

    const log = await text(done)
    expect(done.conclusion, log).toBe('success')
    expect(log).toMatch(/0\.91\nmember 2\nfetched\n\{"name":"scores"/)
    expect(log).toMatch(/composed in .*\/home\/runner\/work\/scores\/scores\/own/)
    expect(log).toContain("programs in image 'python:3.12'")
    expect(log).toContain('shell: sh -e {0}')
    expect(await pods()).toEqual([])
    const { body: policies } = await cluster.call('GET', '/apis/networking.k8s.io/v1/namespaces/jobs/networkpolicies')
    expect(policies.items.map(({ metadata }) => metadata.name)).toEqual(['plimsoll-jobs', 'plimsoll-outside-jobs'])
  })

  it('say what they are: processes of a cluster of ours are kept apart by nothing, and what it only simulates is no service', async () => {
    const run = await push(
      'honest',
      'on: push\njobs:\n  a: {runs-on: x, steps: [{run: echo fine}]}\n  b: {runs-on: x, services: {db: {image: "postgres:16"}}, steps: [{run: echo never}]}\n',
    )

    const done = await ended(run)

    const [a, b] = done.jobs
    expect(a).toMatchObject({ conclusion: 'success', isolation: 'none' })
    expect(b).toMatchObject({ conclusion: 'failure', why: expect.stringContaining("Service 'db' cannot run in this cluster") })
    expect(await text(done)).not.toMatch(/^never$/m)
  })

  it('end when their pod is deleted, and say so', async () => {
    const run = await push('deleted', oneStep('echo be""gun; exec sleep 611'))
    await untilSaid(run, /^begun$/m)
    const [pod] = await pods()

    await cluster.call('DELETE', `/api/v1/namespaces/jobs/pods/${pod?.metadata.name}`)

    const { jobs } = await ended(run)
    expect(jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringContaining('was deleted while its job ran') })
    expect(await leftOf('sleep 611')).toEqual([])
  })

  it('go on while the cluster is away for a moment', async () => {
    const run = await push('away', oneStep('echo be""gun; for n in $(seq 1 40); do echo line $n; sleep 0.1; done'))
    await untilSaid(run, /^begun$/m)

    await cluster.kill()
    await cluster.restart()

    const done = await ended(run)
    const log = await text(done)
    expect(done.conclusion, log).toBe('success')
    expect(log.match(/^line \d+$/gm)).toHaveLength(40)
  })

  it('are interrupted by a kill of the server: the next one says so and ends what it finds', async () => {
    const run = await push('killed', oneStep('echo be""gun; exec sleep 612'))
    await untilSaid(run, /^begun$/m)

    await plimsoll.kill()
    expect(await leftOf('sleep 612')).toHaveLength(1)
    await plimsoll.restart()

    const { jobs, conclusion } = await ended(run)
    expect(conclusion).toBe('interrupted')
    expect(jobs[0]).toMatchObject({ conclusion: 'interrupted' })
    await eventually(
      'its pod and all that ran in it are gone',
      async () => ((await pods()).length === 0 && (await leftOf('sleep 612')).length === 0) || undefined,
    )
  })
})
