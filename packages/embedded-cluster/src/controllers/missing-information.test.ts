import type { CacheChange, ClusterCache } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from './testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start({ withoutControllers: true })
})

afterEach(() => cluster.stop())

/** The cluster's cache with some of its answers changed. */
function changed(answers: Partial<ClusterCache>): ClusterCache {
  return new Proxy(cluster.cache, {
    get(target, property) {
      const source: object = Object.hasOwn(answers, property) ? answers : target
      const value: unknown = Reflect.get(source, property)
      return typeof value === 'function' ? value.bind(source) : value
    },
  })
}

test('while pods cannot be read, no ReplicaSet takes them for missing and makes more', async () => {
  const type = await cluster.typeOf('v1', 'Pod')
  let problems = [{ type, message: 'the list failed', since: new Date() }]
  await cluster.startControllers({ cache: changed({ problems: () => problems }) })
  await cluster.create(`
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: later }
`)
  // Controllers that do not look at pods go on: once this is there, the ReplicaSet has been looked at as well.
  await vi.waitFor(async () => expect(await cluster.get('v1', 'ServiceAccount', 'default', 'later')).toBeDefined())
  expect(await cluster.list('v1', 'Pod')).toEqual([])

  problems = []

  await vi.waitFor(async () => expect(await cluster.list('v1', 'Pod')).toHaveLength(2), 5000)
})

test('an owner that only the cache has lost keeps what it owns', async () => {
  const [owner] = await cluster.create('{ apiVersion: v1, kind: ConfigMap, metadata: { name: owner } }')
  const reference = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid })
  const lost = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '00000000-0000-0000-0000-000000000000' })
  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: kept, ownerReferences: [${reference}] } }`)
  await vi.waitFor(() => expect(cluster.cache.ownedBy(owner?.metadata.uid ?? '')).toHaveLength(1))
  const listeners: ((change: CacheChange) => void)[] = []
  const cache = changed({
    get: (key) => (key.name === 'owner' ? undefined : cluster.cache.get(key)),
    subscribe(listener) {
      listeners.push(listener)
      return cluster.cache.subscribe(listener)
    },
  })
  await cluster.startControllers({ cache })

  for (const listener of listeners)
    listener({ key: { group: '', kind: 'ConfigMap', namespace: 'default', name: 'owner' }, previous: owner, current: undefined })

  await cluster.create(`{ apiVersion: v1, kind: Secret, metadata: { name: lost, ownerReferences: [${lost}] } }`)
  await vi.waitFor(async () => expect(await cluster.get('v1', 'Secret', 'lost')).toBeUndefined())
  expect(await cluster.get('v1', 'Secret', 'kept')).toBeDefined()
})
