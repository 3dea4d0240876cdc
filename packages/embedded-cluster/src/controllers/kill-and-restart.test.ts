import { createClusterCache } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Deployment } from './deployment/deployment.ts'
import type { Job } from './job/job.ts'
import type { Pod } from './pods/pod.ts'
import type { ReplicaSet } from './replica-set/replica-set.ts'
import { ClusterForTests } from './testing/cluster-for-tests.ts'
import { failingClient } from './testing/failing-client.ts'
import { inOrder } from './testing/in-order.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start({ withoutControllers: true })
  cluster.kubelet.lifeOf = (pod) => (pod.metadata.labels?.['app'] === 'train' ? 'succeeds' : 'ready')
})

afterEach(() => cluster.stop())

const namespace = (name: string): string => `{ apiVersion: v1, kind: Namespace, metadata: { name: ${name} } }`

const objects = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: train, namespace: ${name} }
spec:
  completions: 2
  parallelism: 1
  template:
    metadata: { labels: { app: train } }
    spec: { restartPolicy: Never, containers: [{ name: train, image: train }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${name} }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

/** What is there at the end, without names and times that chance decides. */
async function summary(name: string): Promise<unknown> {
  const deployment = await cluster.get<Deployment>('apps/v1', 'Deployment', 'web', name)
  const job = await cluster.get<Job>('batch/v1', 'Job', 'train', name)
  const sets = await cluster.list<ReplicaSet>('apps/v1', 'ReplicaSet', name)
  const pods = await cluster.list<Pod>('v1', 'Pod', name)
  const slices = await cluster.list('discovery.k8s.io/v1', 'EndpointSlice', name)
  const { conditions = [], ...counts } = deployment?.status ?? {}
  return {
    deployment: [counts, inOrder(conditions.map((one) => [one.type, one.status, one.reason]))],
    job: [job?.status?.succeeded, job?.status?.failed, inOrder(job?.status?.conditions?.map((one) => [one.type, one.status]) ?? [])],
    sets: inOrder(
      sets.map((set) => [set.metadata.annotations?.['deployment.kubernetes.io/revision'], set.spec.replicas, set.status?.replicas]),
    ),
    pods: inOrder(pods.map((pod) => [pod.metadata.labels?.['app'], pod.spec.containers?.[0]?.['image'], pod.status?.phase])),
    slices: slices.map((slice) => (slice['endpoints'] as unknown[] | undefined)?.length ?? 0),
    accounts: (await cluster.list('v1', 'ServiceAccount', name)).map((one) => one.metadata.name),
  }
}

const expected = {
  deployment: [
    { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
    [
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ],
  ],
  job: [
    2,
    undefined,
    [
      ['Complete', 'True'],
      ['SuccessCriteriaMet', 'True'],
    ],
  ],
  sets: [
    ['1', 0, 0],
    ['2', 2, 2],
  ],
  pods: [
    ['train', 'train', 'Succeeded'],
    ['train', 'train', 'Succeeded'],
    ['web', 'web:2', 'Running'],
    ['web', 'web:2', 'Running'],
  ],
  slices: [2],
  accounts: ['default'],
}

async function roll(name: string): Promise<void> {
  const first = async (): Promise<void> =>
    expect((await cluster.get<Deployment>('apps/v1', 'Deployment', 'web', name))?.status?.readyReplicas).toBe(2)
  await vi.waitFor(first, 5000)
  await cluster.merge(
    'apps/v1',
    'Deployment',
    'web',
    '{ spec: { template: { spec: { containers: [{ name: web, image: "web:2" }] } } } }',
    name,
  )
}

test.each(['before', 'after'] as const)(
  'killed %s any of their writes, the controllers reach the same end state once they run again',
  async (when) => {
    let writes = Infinity
    // Events are written beside the work, in no fixed order: the number of writes differs a little from run to run.
    for (let at = 1; at <= writes; at += 3) {
      const name = `run-${at}`
      await cluster.create(namespace(name) + '\n---\n' + objects(name))
      const cache = createClusterCache(cluster.api.client, { isExcluded: (type) => type.kind === 'Event' })
      await cache.start()
      const failing = failingClient(cluster.api.client, at, when)
      await cluster.startControllers({ cache, wrap: () => failing.client }).catch(() => {})
      const rolling = roll(name).then(() => vi.waitFor(async () => expect(await summary(name)).toEqual(expected), 5000))
      const outcome = await Promise.race([failing.died.then(() => 'died'), rolling.then(() => 'through')])
      await cluster.stopControllers()
      await cache.stop()
      await cluster.startControllers()

      await rolling
      await vi.waitFor(async () => expect(await summary(name)).toEqual(expected), 5000)
      await cluster.stopControllers()
      await cluster.delete('v1', 'Namespace', name)
      if (outcome === 'through') writes = at
    }
    expect(writes).toBeGreaterThan(20)
  },
  120_000,
)
