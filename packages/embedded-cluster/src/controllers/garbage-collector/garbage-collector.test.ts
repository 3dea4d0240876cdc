import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { inOrder } from '../testing/in-order.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
`

async function counts(): Promise<Record<string, number>> {
  const [deployments, sets, pods] = await Promise.all([
    cluster.list('apps/v1', 'Deployment'),
    cluster.list('apps/v1', 'ReplicaSet'),
    cluster.list('v1', 'Pod'),
  ])
  return { deployments: deployments.length, sets: sets.length, pods: pods.length }
}

async function started(): Promise<void> {
  await cluster.create(web)
  await vi.waitFor(async () => expect(await counts()).toEqual({ deployments: 1, sets: 1, pods: 2 }))
}

test('deleting a deployment takes its ReplicaSets and pods away', async () => {
  await started()

  await cluster.delete('apps/v1', 'Deployment', 'web', 'Background')

  expect((await counts())['deployments']).toBe(0)
  await vi.waitFor(async () => expect(await counts()).toEqual({ deployments: 0, sets: 0, pods: 0 }))
})

test('deletion in the foreground lets the deployment go last', async () => {
  await started()
  const gone: string[] = []
  cluster.cache.subscribe((change) => {
    if (change.current === undefined) gone.push(change.key.kind)
  })

  await cluster.delete('apps/v1', 'Deployment', 'web', 'Foreground')

  await vi.waitFor(async () => expect(await counts()).toEqual({ deployments: 0, sets: 0, pods: 0 }))
  await vi.waitFor(() => expect(gone.filter((kind) => kind !== 'EndpointSlice')).toEqual(['Pod', 'Pod', 'ReplicaSet', 'Deployment']))
})

test('orphaning keeps the pods running without an owner, and a new deployment takes them over', async () => {
  await started()
  const before = inOrder((await cluster.list('v1', 'Pod')).map((pod) => pod.metadata.uid))

  await cluster.delete('apps/v1', 'Deployment', 'web', 'Orphan')
  await vi.waitFor(async () => expect((await counts())['deployments']).toBe(0))
  const [orphan] = await cluster.list('apps/v1', 'ReplicaSet')
  expect(orphan?.metadata.ownerReferences ?? []).toEqual([])

  await cluster.create(web)
  await vi.waitFor(async () => {
    const [set] = await cluster.list('apps/v1', 'ReplicaSet')
    expect(set?.metadata.ownerReferences).toHaveLength(1)
  })
  expect(await counts()).toEqual({ deployments: 1, sets: 1, pods: 2 })
  expect(inOrder((await cluster.list('v1', 'Pod')).map((pod) => pod.metadata.uid))).toEqual(before)
})

test('an object whose owner never existed is collected, one with another living owner only loses the reference', async () => {
  const [owner] = await cluster.create(`{ apiVersion: v1, kind: ConfigMap, metadata: { name: owner } }`)
  const dangling = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '00000000-0000-0000-0000-000000000000' }
  const living = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid }

  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: lost, ownerReferences: [${JSON.stringify(dangling)}] } }`)
  await cluster.create(
    `{ apiVersion: v1, kind: Secret, metadata: { name: kept, ownerReferences: [${JSON.stringify(dangling)}, ${JSON.stringify(living)}] } }`,
  )

  await vi.waitFor(async () => expect(await cluster.get('v1', 'Secret', 'lost')).toBeUndefined())
  await vi.waitFor(async () => expect((await cluster.get('v1', 'Secret', 'kept'))?.metadata.ownerReferences).toEqual([living]))
})

test('an owner of a kind that is not served says nothing: the object stays', async () => {
  const unknown = { apiVersion: 'example.com/v1', kind: 'Gadget', name: 'g', uid: '00000000-0000-0000-0000-000000000000' }

  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: kept, ownerReferences: [${JSON.stringify(unknown)}] } }`)
  await cluster.create(
    `{ apiVersion: v1, kind: Secret, metadata: { name: lost, ownerReferences: [${JSON.stringify({ ...unknown, apiVersion: 'v1', kind: 'ConfigMap' })}] } }`,
  )

  await vi.waitFor(async () => expect(await cluster.get('v1', 'Secret', 'lost')).toBeUndefined())
  expect(await cluster.get('v1', 'Secret', 'kept')).toBeDefined()
})

test('objects of a custom kind own and are owned like any other', async () => {
  await cluster.create(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
`)
  await vi.waitFor(() => expect(cluster.cache.typeOf('example.com/v1', 'Gadget')).toBeDefined(), 5000)
  const [parent] = await cluster.create('{ apiVersion: example.com/v1, kind: Gadget, metadata: { name: parent } }')
  const owner = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Gadget', name: 'parent', uid: parent?.metadata.uid })
  await cluster.create(`{ apiVersion: example.com/v1, kind: Gadget, metadata: { name: child, ownerReferences: [${owner}] } }`)
  await cluster.create(`{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings, ownerReferences: [${owner}] } }`)

  await cluster.delete('example.com/v1', 'Gadget', 'parent')

  await vi.waitFor(async () => {
    expect(await cluster.list('example.com/v1', 'Gadget')).toEqual([])
    expect(await cluster.get('v1', 'ConfigMap', 'settings')).toBeUndefined()
  }, 5000)
})

test('an owner in another namespace does not count: who names it is collected, while its true dependents stay', async () => {
  await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: other } }')
  const [owner] = await cluster.create('{ apiVersion: v1, kind: ConfigMap, metadata: { name: owner, namespace: other } }')
  const reference = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid })

  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: s, ownerReferences: [${reference}] } }`)

  await vi.waitFor(async () => expect(await cluster.get('v1', 'Secret', 's')).toBeUndefined())
  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: mine, namespace: other, ownerReferences: [${reference}] } }`)
  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: again, ownerReferences: [${reference}] } }`)
  await vi.waitFor(async () => expect(await cluster.get('v1', 'Secret', 'again')).toBeUndefined())
  expect(await cluster.get('v1', 'Secret', 'mine', 'other')).toBeDefined()
})
