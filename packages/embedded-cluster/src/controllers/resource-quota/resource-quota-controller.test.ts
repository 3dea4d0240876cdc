import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

test('a quota tells what its namespace uses', async () => {
  await cluster.create(`
apiVersion: v1
kind: ResourceQuota
metadata: { name: team }
spec: { hard: { pods: "10", requests.cpu: "4", limits.memory: 8Gi, count/configmaps: "5" } }
---
apiVersion: v1
kind: Pod
metadata: { name: a }
spec: { containers: [{ name: a, image: a, resources: { requests: { cpu: 1500m }, limits: { memory: 1Gi } } }] }
---
apiVersion: v1
kind: Pod
metadata: { name: b }
spec: { containers: [{ name: b, image: b, resources: { requests: { cpu: 500m } } }] }
`)

  await vi.waitFor(async () => {
    const quota = await cluster.get('v1', 'ResourceQuota', 'team')
    expect(quota?.['status']).toMatchObject({ used: { pods: '2', 'requests.cpu': '2', 'limits.memory': '1Gi', 'count/configmaps': '1' } })
  }, 5000)
})

test('a disruption budget tells how many pods may go', async () => {
  await cluster.create(`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
`)

  await vi.waitFor(async () => {
    const budget = await cluster.get('policy/v1', 'PodDisruptionBudget', 'web')
    expect(budget?.['status']).toMatchObject({ currentHealthy: 3, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 1 })
  })
})
