import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { inOrder } from '../testing/in-order.ts'
import type { StatefulSet } from './stateful-set.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

function db(fields: { replicas?: number; more?: string } = {}): string {
  return `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: ${fields.replicas ?? 3}
  serviceName: db
  ${fields.more ?? ''}
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: "db:1" }] }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`
}

const set = async (): Promise<StatefulSet> => (await cluster.get<StatefulSet>('apps/v1', 'StatefulSet', 'db')) as StatefulSet
const names = async (kind = 'Pod'): Promise<string[]> => inOrder((await cluster.list('v1', kind)).map((one) => one.metadata.name))
const imageOf = (pod: Pod): unknown => pod.spec.containers?.[0]?.['image']
const ready = (replicas: number) =>
  vi.waitFor(async () => {
    const found = await set()
    expect(found.status).toMatchObject({ replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas })
    expect(found.status?.currentRevision).toBe(found.status?.updateRevision)
    return found
  }, 5000)

test('pods are made in order, each with a claim of its own that is bound', async () => {
  const order: string[] = []
  cluster.cache.subscribe((change) => {
    if (change.key.kind === 'Pod' && change.previous === undefined) order.push(change.key.name)
  })

  await cluster.create(db())

  await ready(3)
  expect(order).toEqual(['db-0', 'db-1', 'db-2'])
  expect(await names('PersistentVolumeClaim')).toEqual(['data-db-0', 'data-db-1', 'data-db-2'])
  const claim = await cluster.get('v1', 'PersistentVolumeClaim', 'data-db-0')
  expect(claim?.['status']).toMatchObject({ phase: 'Bound' })
  const pod = (await cluster.get<Pod>('v1', 'Pod', 'db-1')) as Pod
  expect(pod.spec).toMatchObject({
    hostname: 'db-1',
    subdomain: 'db',
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
  })
  expect(pod.metadata.labels).toMatchObject({ 'statefulset.kubernetes.io/pod-name': 'db-1', 'apps.kubernetes.io/pod-index': '1' })
})

test('a pod that is not ready holds up those after it', async () => {
  cluster.kubelet.lifeOf = (pod) => (pod.metadata.name === 'db-1' ? 'unready' : 'ready')

  await cluster.create(db())

  await vi.waitFor(async () => expect((await set()).status).toMatchObject({ replicas: 2, readyReplicas: 1 }))
  expect(await names()).toEqual(['db-0', 'db-1'])
  cluster.kubelet.lifeOf = () => 'ready'
  cluster.kubelet.refresh()
  await ready(3)
})

test('an update goes from the last pod to the first, and stops at the partition', async () => {
  await cluster.create(db({ more: 'updateStrategy: { type: RollingUpdate, rollingUpdate: { partition: 2 } }' }))
  await ready(3)

  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { template: { spec: { containers: [{ name: db, image: "db:2" }] } } } }')

  await vi.waitFor(
    async () => expect((await set()).status).toMatchObject({ updatedReplicas: 1, readyReplicas: 3, currentReplicas: 2 }),
    5000,
  )
  expect(inOrder((await cluster.list<Pod>('v1', 'Pod')).map((pod) => [pod.metadata.name, imageOf(pod)]))).toEqual([
    ['db-0', 'db:1'],
    ['db-1', 'db:1'],
    ['db-2', 'db:2'],
  ])
  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }')
  await ready(3)
  expect(inOrder((await cluster.list('apps/v1', 'ControllerRevision')).map((one) => one['revision']))).toEqual([1, 2])
})

test('going back to a former template renews its revision', async () => {
  await cluster.create(db({ replicas: 1 }))
  const first = (await ready(1)).status?.currentRevision
  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { template: { spec: { containers: [{ name: db, image: "db:2" }] } } } }')
  await vi.waitFor(async () => expect((await ready(1)).status?.currentRevision).not.toBe(first))

  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { template: { spec: { containers: [{ name: db, image: "db:1" }] } } } }')

  await vi.waitFor(async () => expect((await ready(1)).status?.currentRevision).toBe(first))
  expect((await cluster.get('apps/v1', 'ControllerRevision', first ?? ''))?.['revision']).toBe(3)
})

test('scaling down removes the highest and keeps its data, unless the policy says otherwise', async () => {
  await cluster.create(db({ replicas: 2 }))
  await ready(2)

  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { replicas: 1 } }')
  await ready(1)
  expect(await names()).toEqual(['db-0'])
  expect(await names('PersistentVolumeClaim')).toEqual(['data-db-0', 'data-db-1'])

  await cluster.merge(
    'apps/v1',
    'StatefulSet',
    'db',
    '{ spec: { replicas: 2, persistentVolumeClaimRetentionPolicy: { whenScaled: Delete } } }',
  )
  await ready(2)
  await cluster.merge('apps/v1', 'StatefulSet', 'db', '{ spec: { replicas: 1 } }')

  await vi.waitFor(async () => expect(await names('PersistentVolumeClaim')).toEqual(['data-db-0']), 5000)
})
