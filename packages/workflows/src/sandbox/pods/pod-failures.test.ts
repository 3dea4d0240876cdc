import type { WorkflowRun } from '@plimsoll/api'
import { KubeApiError, KubeConnectionError } from '@plimsoll/kube'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from '../../testing/house.ts'
import { PodsForTests } from '../../testing/pods-for-tests.ts'

let cluster: PodsForTests
let house: House

beforeAll(async () => {
  cluster = new PodsForTests()
  house = await openHouse({
    pods: {
      cluster,
      startMs: 1_500,
      lostAfterMs: 5_000,
      template: { spec: { containers: [{ name: 'job', env: [{ name: 'PLIMSOLL_LONELY_SECONDS', value: '5' }] }] } },
    },
  })
})

afterAll(async () => {
  await house.close()
  await cluster.close()
})

afterEach(() => {
  cluster.isAway = false
  cluster.status = () => undefined
})

const workflow = (script: string): string => `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: ${JSON.stringify(script)}
      - if: always()
        run: echo after''wards
`

/** A job whose first step has printed `begun`, as everybody can read by now. */
async function begun(script = 'echo be""gun; sleep 600'): Promise<WorkflowRun> {
  const [run] = await house.push({ '.github/workflows/ci.yml': workflow(script) })
  const now = await house.until(run?.id ?? '', (one) => one.jobs[0]?.steps[1]?.state === 'inProgress')
  while (!/^begun$/m.test(await house.text(now))) await new Promise((resolve) => setTimeout(resolve, 10))
  return now
}

function onlyPod() {
  const [pod] = cluster.pods.values()
  if (!pod) throw new Error('there is no pod')
  return pod
}

describe('a job whose pod', () => {
  it('is deleted by somebody ends, and says so', async () => {
    const run = await begun()

    cluster.kill(onlyPod().object.metadata.name)

    const ended = await house.ended(run)
    expect(ended.jobs[0]).toMatchObject({
      conclusion: 'failure',
      why: expect.stringMatching(/^Pod ci\/job-.* was deleted while its job ran/),
    })
    expect(await house.text(ended)).not.toMatch(/^afterwards$/m)
  })

  it('used too much memory ends, and says so', async () => {
    const run = await begun()
    const { containers } = { containers: [{ name: 'job', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }] }

    cluster.status = () => ({ phase: 'Failed', containerStatuses: containers })
    cluster.drop()

    expect((await house.ended(run)).jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringContaining('OOMKilled') })
    expect(cluster.pods.size).toBe(0)
  })

  it('cannot be reached for long ends; the pod ends by itself, and the next server takes it away', async () => {
    const run = await begun()
    const pod = onlyPod()

    cluster.isAway = true
    cluster.drop()

    expect((await house.ended(run)).jobs[0]).toMatchObject({
      conclusion: 'failure',
      why: "For 5 s there was no connection to the job's pod: The cluster at https://ci refuses connections.",
    })
    while (pod.process.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pod.process.exitCode).toBe(75)
    expect(cluster.pods.size).toBe(1)
    cluster.isAway = false
    await house.restart()
    while (cluster.pods.size > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  it('finds no node ends after its time, and has told why meanwhile', async () => {
    const message = '0/3 nodes are available: 3 Insufficient memory.'
    cluster.status = () => ({ phase: 'Pending', containerStatuses: [], conditions: [{ type: 'PodScheduled', status: 'False', message }] })

    const run = await house.run(workflow('echo no'))

    expect(run.jobs[0]?.why).toMatch(/did not start within 2 s\. No node takes pod ci\/job-.*: 0\/3 nodes are available: 3 Insufficient/)
    expect(await house.text(run)).toMatch(/^No node takes pod/m)
    expect(cluster.pods.size).toBe(0)
  })

  it('may not be made ends with the words of the cluster', async () => {
    cluster.refuses.push({ error: new KubeApiError(403, 'Forbidden', 'pods is forbidden: User "ci" cannot create resource "pods"') })

    const run = await house.run(workflow('echo no'))

    expect(run.jobs[0]?.why).toBe('The pod of this job could not be made: pods is forbidden: User "ci" cannot create resource "pods"')
  })

  it('is made, while the answer is lost, is taken for what it is: nothing runs twice', async () => {
    const before = cluster.made.length
    cluster.refuses.push({ error: new KubeConnectionError('the connection was reset'), isMade: true })

    const run = await house.run(workflow('echo once'))

    expect(run.conclusion).toBe('success')
    expect(cluster.made.length).toBe(before + 1)
  })
})

describe('cancelling', () => {
  it('asks the step to end, lets what always runs run, and takes the pod away', async () => {
    const run = await begun('trap "echo as\\"\\"ked; exit 3" INT; echo be""gun; sleep 600 & wait')

    await house.runs.cancel(run.id, 'ada')

    const ended = await house.ended(run)
    expect(ended.conclusion).toBe('cancelled')
    expect(await house.text(ended)).toMatch(/^asked$[^]*^afterwards$/m)
    expect(cluster.pods.size).toBe(0)
  })

  it('does not wait for a pod that does not start', async () => {
    cluster.status = () => ({ phase: 'Pending', containerStatuses: [] })
    const [run] = await house.push({ '.github/workflows/ci.yml': workflow('echo no') })
    while (cluster.pods.size === 0) await new Promise((resolve) => setTimeout(resolve, 10))

    await house.runs.cancel(run?.id ?? '', 'ada')

    expect((await house.ended(run)).jobs[0]).toMatchObject({ conclusion: 'cancelled' })
    expect(cluster.pods.size).toBe(0)
  })

  it('takes away a pod that nobody gets into', async () => {
    cluster.isShut = true
    const [run] = await house.push({ '.github/workflows/ci.yml': workflow('echo no') })
    while (cluster.pods.size === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 300))

    await house.runs.cancel(run?.id ?? '', 'ada')

    expect((await house.ended(run)).jobs[0]).toMatchObject({ conclusion: 'cancelled' })
    expect(cluster.pods.size).toBe(0)
    cluster.isShut = false
  })
})

describe('a step that turns on its own pod', () => {
  it('by killing what runs it ends its job, and says so', async () => {
    const run = await house.run(workflow('kill -9 $PPID; sleep 3'))

    expect(run.jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringMatching(/^Pod ci\/.* has ended: exit code 137/) })
  })

  it('by talking in place of the server ends its job, and says so', async () => {
    const script = `node -e 'require("net").connect(process.argv[1]).write("x".repeat(99))' "$(dirname "$GITHUB_OUTPUT")/../agent.sock"; sleep 600`
    const run = await house.run(workflow(script))

    expect(run.jobs[0]).toMatchObject({ conclusion: 'failure', why: expect.stringMatching(/^Pod ci\/.* has ended: exit code 76/) })
  })

  it('by links where the server reads shows it nothing', async () => {
    const run = await house.run(workflow('rm "$GITHUB_STEP_SUMMARY" && ln -s /etc/passwd "$GITHUB_STEP_SUMMARY"'))

    expect(run.jobs[0]?.steps[1]).toMatchObject({ conclusion: 'failure' })
    expect(JSON.stringify(run)).not.toContain('root:')
    expect(await house.text(run)).toContain('GITHUB_STEP_SUMMARY of this step was not taken')
  })
})
