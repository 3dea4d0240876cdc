import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`
const pod = `
apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  containers: [{ name: main, image: reader }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
`
const isBound = async (): Promise<void> =>
  expect((await cluster.get('v1', 'PersistentVolumeClaim', 'data'))?.['status']).toMatchObject({ phase: 'Bound' })

test('a claim that is deleted while a pod uses it stays bound until the pod is gone', async () => {
  await cluster.create(`${claim}---${pod}`)
  await vi.waitFor(isBound)
  await vi.waitFor(async () => expect((await cluster.get('v1', 'Pod', 'reader'))?.['status']).toMatchObject({ phase: 'Running' }))

  await cluster.delete('v1', 'PersistentVolumeClaim', 'data')

  const held = await cluster.get('v1', 'PersistentVolumeClaim', 'data')
  expect(held?.metadata).toMatchObject({ deletionTimestamp: expect.any(String) as string, finalizers: ['kubernetes.io/pvc-protection'] })
  await isBound()
  await cluster.delete('v1', 'Pod', 'reader')
  await vi.waitFor(async () => expect(await cluster.get('v1', 'PersistentVolumeClaim', 'data')).toBeUndefined())
  await vi.waitFor(async () => expect(await cluster.list('v1', 'PersistentVolume', '')).toEqual([]))
})

test('a claim that nobody uses goes at once', async () => {
  await cluster.create(claim)
  await vi.waitFor(isBound)

  await cluster.delete('v1', 'PersistentVolumeClaim', 'data')

  await vi.waitFor(async () => expect(await cluster.get('v1', 'PersistentVolumeClaim', 'data')).toBeUndefined())
})
