import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import type { Autoscaler } from './autoscaler-plan.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

function scaled(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 3
  maxReplicas: 5
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
`
}

const conditions = async (): Promise<Record<string, string>> => {
  const found = await cluster.get<Autoscaler>('autoscaling/v2', 'HorizontalPodAutoscaler', 'web')
  return Object.fromEntries((found?.status?.conditions ?? []).map((one) => [one.type, `${one.status} ${one.reason}`]))
}
const replicas = async (): Promise<number | undefined> =>
  ((await cluster.get('apps/v1', 'Deployment', 'web'))?.['spec'] as { replicas?: number } | undefined)?.replicas

test('too few replicas become the minimum, too many the maximum', async () => {
  await cluster.create(scaled(1))
  await vi.waitFor(async () => expect(await replicas()).toBe(3))

  await cluster.merge('apps/v1', 'Deployment', 'web', '{ spec: { replicas: 9 } }')

  await vi.waitFor(async () => expect(await replicas()).toBe(5))
})

test('within its bounds an autoscaler says that it has no metrics', async () => {
  await cluster.create(scaled(4))

  await vi.waitFor(async () => {
    expect(await conditions()).toMatchObject({ AbleToScale: 'True SucceededGetScale', ScalingActive: 'False FailedGetResourceMetric' })
    const found = await cluster.get<Autoscaler>('autoscaling/v2', 'HorizontalPodAutoscaler', 'web')
    expect(found?.status).toMatchObject({ currentReplicas: 4, desiredReplicas: 4 })
  })
  expect(await replicas()).toBe(4)
})

test('a target that was scaled to nothing is left alone', async () => {
  await cluster.create(scaled(0))

  await vi.waitFor(async () => expect(await conditions()).toMatchObject({ ScalingActive: 'False ScalingDisabled' }))
  expect(await replicas()).toBe(0)
})
