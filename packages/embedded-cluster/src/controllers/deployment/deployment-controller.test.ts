import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { inOrder } from '../testing/in-order.ts'
import type { Deployment } from './deployment.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

function web(fields: { replicas?: number; image?: string; strategy?: string } = {}): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${fields.replicas ?? 2}
  selector: { matchLabels: { app: web } }
  strategy: ${fields.strategy ?? '{ type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }'}
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${fields.image ?? 'web:1'}" }] }
`
}

const toImage = (image: string): string => `{ spec: { template: { spec: { containers: [{ name: web, image: "${image}" }] } } } }`

const deployment = async (): Promise<Deployment> => (await cluster.get<Deployment>('apps/v1', 'Deployment', 'web')) as Deployment
const replicaSets = (): Promise<ReplicaSet[]> => cluster.list<ReplicaSet>('apps/v1', 'ReplicaSet')
const pods = (): Promise<Pod[]> => cluster.list<Pod>('v1', 'Pod')

async function rolledOut(image: string): Promise<Deployment> {
  return vi.waitFor(async () => {
    const found = await deployment()
    const images = (await pods()).map((pod) => (pod.spec.containers?.[0] as { image?: string } | undefined)?.image)
    const progressing = found.status?.conditions?.find((one) => one.type === 'Progressing')
    expect(progressing?.reason).toBe('NewReplicaSetAvailable')
    expect(found.status?.observedGeneration).toBe(found.metadata.generation)
    expect(images).toEqual(Array.from({ length: found.spec.replicas ?? 1 }, () => image))
    return found
  }, 5000)
}

test('a deployment gets its pods, and says so in its status', async () => {
  await cluster.create(web())

  const found = await rolledOut('web:1')

  expect(found.status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2 })
  expect(found.status).not.toHaveProperty('unavailableReplicas')
  expect(found.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }),
  )
  expect(found.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' })
})

test('a new image replaces all pods, and the former template is kept for a rollback', async () => {
  await cluster.create(web())
  await rolledOut('web:1')

  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:2'))

  const found = await rolledOut('web:2')
  expect(found.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' })
  const sizes = (await replicaSets()).map((set) => [set.metadata.annotations?.['deployment.kubernetes.io/revision'], set.spec.replicas])
  expect(inOrder(sizes)).toEqual([
    ['1', 0],
    ['2', 2],
  ])
})

test('going back to a former template makes no third ReplicaSet, and numbers the old one anew', async () => {
  await cluster.create(web())
  await rolledOut('web:1')
  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:2'))
  await rolledOut('web:2')

  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:1'))

  const found = await rolledOut('web:1')
  expect(found.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '3' })
  const sets = await replicaSets()
  expect(sets).toHaveLength(2)
  const current = sets.find((set) => set.spec.replicas === 2)
  expect(current?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  })
})

test('a rollout that does not become ready takes no working pod away', async () => {
  await cluster.create(web())
  await rolledOut('web:1')
  const image = (pod: Pod): unknown => pod.spec.containers?.[0]?.['image']
  cluster.kubelet.lifeOf = (pod) => (image(pod) === 'web:2' ? 'unready' : 'ready')

  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:2'))
  await vi.waitFor(async () => expect(await pods()).toHaveLength(3))

  await vi.waitFor(async () => {
    expect((await deployment()).status).toMatchObject({ replicas: 3, updatedReplicas: 1, readyReplicas: 2, unavailableReplicas: 1 })
  })
  expect((await pods()).filter((pod) => image(pod) === 'web:1')).toHaveLength(2)
})

test('scaling up and down changes the number of pods without a new revision', async () => {
  await cluster.create(web())
  await rolledOut('web:1')

  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { replicas: 5 } }')
  await rolledOut('web:1')
  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { replicas: 1 } }')

  const found = await rolledOut('web:1')
  expect(found.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' })
  expect(await replicaSets()).toHaveLength(1)
})

test('Recreate starts no new pod before the last old one has ended', async () => {
  await cluster.create(web({ strategy: '{ type: Recreate }' }))
  await rolledOut('web:1')
  const together: number[] = []
  cluster.cache.subscribe((change) => {
    if (change.key.kind !== 'Pod') return
    const images = new Set(
      (cluster.cache.ofKind({ group: '', kind: 'Pod' }, 'default') as Pod[]).map((pod) => pod.spec.containers?.[0]?.['image']),
    )
    together.push(images.size)
  })

  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:2'))

  await rolledOut('web:2')
  expect(Math.max(...together)).toBe(1)
})

test('a paused deployment keeps its pods until it is resumed', async () => {
  await cluster.create(web())
  await rolledOut('web:1')
  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { paused: true } }')
  await cluster.merge('apps/v1', 'Deployment', 'web', toImage('web:2'))
  await vi.waitFor(async () => {
    const found = await deployment()
    expect(found.status?.observedGeneration).toBe(found.metadata.generation)
    expect(found.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' }),
    )
  })
  expect(await replicaSets()).toHaveLength(1)

  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { paused: null } }')

  await rolledOut('web:2')
})

test('a deployment of no replicas costs one ReplicaSet and says that it is complete', async () => {
  await cluster.create(web({ replicas: 0 }))

  const found = await rolledOut('web:1')

  expect(found.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }))
  expect(await replicaSets()).toHaveLength(1)
})

test('only as many former ReplicaSets are kept as the history limit says', async () => {
  await cluster.create(web())
  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { revisionHistoryLimit: 1 } }')
  await rolledOut('web:1')
  for (const image of ['web:2', 'web:3', 'web:4']) {
    await cluster.merge('apps/v1', 'Deployment', 'web', toImage(image))
    await rolledOut(image)
  }

  await vi.waitFor(async () => expect(await replicaSets()).toHaveLength(2))
})

test('events tell each change of size', async () => {
  await cluster.create(web())
  await rolledOut('web:1')
  const [set] = await replicaSets()

  await vi.waitFor(async () => {
    const messages = (await cluster.list('v1', 'Event')).map((event) => `${event['reason'] as string}: ${event['message'] as string}`)
    expect(messages).toContain(`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 2`)
  })
})
