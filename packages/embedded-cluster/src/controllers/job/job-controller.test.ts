import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { inOrder } from '../testing/in-order.ts'
import type { Job } from './job.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

function train(spec: string): string {
  return `
apiVersion: batch/v1
kind: Job
metadata: { name: train }
spec:
  ${spec}
  template:
    spec: { restartPolicy: Never, containers: [{ name: train, image: train }] }
`
}

const job = async (): Promise<Job> => (await cluster.get<Job>('batch/v1', 'Job', 'train')) as Job
const pods = (): Promise<Pod[]> => cluster.list<Pod>('v1', 'Pod')
const ended = (type: string) =>
  vi.waitFor(async () => {
    const found = await job()
    expect(found.status?.conditions).toContainEqual(expect.objectContaining({ type, status: 'True' }))
    return found
  }, 5000)

test('a job is complete when as many pods have succeeded as it asks for', async () => {
  cluster.kubelet.lifeOf = () => 'succeeds'

  await cluster.create(train('completions: 3\n  parallelism: 2'))

  const found = await ended('Complete')
  expect(found.status).toMatchObject({ succeeded: 3 })
  expect(found.status?.completionTime).toBeDefined()
  expect(found.status).not.toHaveProperty('active')
  expect(await pods()).toHaveLength(3)
})

test('a job that fails more often than its limit is failed, with the reason', async () => {
  cluster.kubelet.lifeOf = () => 'fails'

  await cluster.create(train('backoffLimit: 0'))

  const found = await ended('Failed')
  expect(found.status).toMatchObject({ failed: 1 })
  expect(found.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }),
  )
})

test('a suspended job has no pods, and starts when it is resumed', async () => {
  cluster.kubelet.lifeOf = () => 'succeeds'
  await cluster.create(train('suspend: true'))
  await vi.waitFor(async () =>
    expect((await job()).status?.conditions).toContainEqual(expect.objectContaining({ type: 'Suspended', status: 'True' })),
  )
  expect(await pods()).toEqual([])

  await cluster.merge('batch/v1', 'Job', 'train', '{ spec: { suspend: false } }')

  await ended('Complete')
})

test('each pod of an indexed job knows its index', async () => {
  cluster.kubelet.lifeOf = () => 'succeeds'

  await cluster.create(train('completionMode: Indexed\n  completions: 3\n  parallelism: 3'))

  const found = await ended('Complete')
  expect(found.status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' })
  const indexes = (await pods()).map((pod) => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'])
  expect(inOrder(indexes)).toEqual(['0', '1', '2'])
  expect((await pods())[0]?.spec.containers?.[0]?.env).toEqual([
    {
      name: 'JOB_COMPLETION_INDEX',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
    },
  ])
})

test('a finished job is deleted with its pods after its time to live', async () => {
  cluster.kubelet.lifeOf = () => 'succeeds'

  await cluster.create(train('ttlSecondsAfterFinished: 0'))

  await vi.waitFor(async () => expect(await cluster.get('batch/v1', 'Job', 'train')).toBeUndefined(), 5000)
  await vi.waitFor(async () => expect(await pods()).toEqual([]))
})

test('a job that runs longer than it may is failed and its pods end', async () => {
  await cluster.create(train('activeDeadlineSeconds: 1'))

  const found = await ended('Failed')

  expect(found.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Failed', reason: 'DeadlineExceeded' }))
  await vi.waitFor(async () => expect(await pods()).toEqual([]))
})
