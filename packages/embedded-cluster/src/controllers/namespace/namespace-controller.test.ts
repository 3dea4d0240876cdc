import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

test('each namespace has a service account and the certificates of the cluster, and gets them back', async () => {
  await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: team } }')
  await vi.waitFor(async () => {
    expect(await cluster.get('v1', 'ServiceAccount', 'default', 'team')).toBeDefined()
    expect((await cluster.get('v1', 'ConfigMap', 'kube-root-ca.crt', 'team'))?.['data']).toEqual({ 'ca.crt': 'a certificate' })
  })

  await cluster.delete('v1', 'ServiceAccount', 'default', undefined, 'team')

  await vi.waitFor(async () => expect(await cluster.get('v1', 'ServiceAccount', 'default', 'team')).toBeDefined())
})

test('a deleted namespace goes with all that is in it', async () => {
  await cluster.create(`
apiVersion: v1
kind: Namespace
metadata: { name: team }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: team }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
---
apiVersion: v1
kind: Secret
metadata: { name: s, namespace: team }
`)
  await vi.waitFor(async () => expect(await cluster.list('v1', 'Pod', 'team')).toHaveLength(2))

  await cluster.delete('v1', 'Namespace', 'team')

  await vi.waitFor(async () => expect(await cluster.get('v1', 'Namespace', 'team')).toBeUndefined(), 5000)
  expect(await cluster.list('v1', 'Secret', 'team')).toEqual([])
  expect(await cluster.list('v1', 'Pod', 'team')).toEqual([])
})

test('a namespace waits for a finalizer, and says for which', async () => {
  await cluster.create(`
apiVersion: v1
kind: Namespace
metadata: { name: team }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: held, namespace: team, finalizers: [example.com/hold] }
`)

  await cluster.delete('v1', 'Namespace', 'team')

  await vi.waitFor(async () => {
    const namespace = await cluster.get('v1', 'Namespace', 'team')
    const { phase, conditions } = (namespace?.['status'] ?? {}) as { phase: string; conditions: { type: string; message: string }[] }
    expect(phase).toBe('Terminating')
    expect(conditions).toContainEqual(
      expect.objectContaining({
        type: 'NamespaceContentRemaining',
        status: 'True',
        message: 'Some resources are remaining: configmaps has 1 resource instances',
      }),
    )
    expect(conditions).toContainEqual(
      expect.objectContaining({
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      }),
    )
  })
  await cluster.merge('v1', 'ConfigMap', 'held', '{ metadata: { finalizers: [] } }', 'team')
  await vi.waitFor(async () => expect(await cluster.get('v1', 'Namespace', 'team')).toBeUndefined(), 5000)
})
