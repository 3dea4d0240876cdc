import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

const pod = (name: string, spec: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec: { ${spec} }
`

const refusal = (name: string, message: string) =>
  vi.waitFor(async () => {
    const found = await cluster.get<Pod>('v1', 'Pod', name)
    expect(found?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }),
    )
    expect(found?.spec.nodeName).toBeUndefined()
  })

const bound = (name: string) => vi.waitFor(async () => expect((await cluster.get<Pod>('v1', 'Pod', name))?.spec.nodeName).toBe('here'))

test('a pod that asks for a GPU waits where there is none, and runs once there is one', async () => {
  await cluster.create(pod('gpu', 'containers: [{ name: a, image: a, resources: { limits: { nvidia.com/gpu: "1" } } }]'))
  const preemption = 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'
  await refusal('gpu', `0/1 nodes are available: 1 Insufficient nvidia.com/gpu. ${preemption}`)
  await vi.waitFor(async () => expect((await cluster.list('v1', 'Event')).map((event) => event['reason'])).toContain('FailedScheduling'))

  const node = await cluster.typeOf('v1', 'Node')
  await cluster.api.client.patch(
    node,
    { name: 'here' },
    { type: 'merge', patch: { status: { allocatable: { 'nvidia.com/gpu': '1' } } } },
    { subresource: 'status' },
  )

  await bound('gpu')
  await cluster.create(pod('second', 'containers: [{ name: a, image: a, resources: { limits: { nvidia.com/gpu: "1" } } }]'))
  await refusal('second', `0/1 nodes are available: 1 Insufficient nvidia.com/gpu. ${preemption}`)
  await cluster.delete('v1', 'Pod', 'gpu')
  await bound('second')
})

test('a pod goes only to a node with the labels it asks for', async () => {
  await cluster.create(pod('picky', 'nodeSelector: { disk: fast }, containers: [{ name: a, image: a }]'))
  await refusal(
    'picky',
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  )

  await cluster.merge('v1', 'Node', 'here', '{ metadata: { labels: { disk: fast } } }')

  await bound('picky')
})

test('a taint keeps pods away that do not tolerate it', async () => {
  await cluster.merge('v1', 'Node', 'here', '{ spec: { taints: [{ key: gpu, value: "yes", effect: NoSchedule }] } }')

  await cluster.create(pod('plain', 'containers: [{ name: a, image: a }]'))
  await cluster.create(pod('tolerant', 'tolerations: [{ key: gpu, operator: Exists }], containers: [{ name: a, image: a }]'))

  await bound('tolerant')
  await refusal(
    'plain',
    '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  )
})

test('many pods that ask for less than the node has together are all taken', async () => {
  const many = Array.from({ length: 20 }, (_, index) =>
    pod(`p${index}`, 'containers: [{ name: a, image: a, resources: { requests: { cpu: 500m } } }]'),
  )

  await cluster.create(many.join('---'))

  await vi.waitFor(async () =>
    expect((await cluster.list<Pod>('v1', 'Pod')).filter((one) => one.spec.nodeName === 'here')).toHaveLength(20),
  )
})
