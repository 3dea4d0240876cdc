import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import type { DaemonSet } from './daemon-set.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

const agent = (selector = ''): string => `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { ${selector} containers: [{ name: agent, image: "agent:1" }] }
`

const status = async (): Promise<DaemonSet['status']> => (await cluster.get<DaemonSet>('apps/v1', 'DaemonSet', 'agent'))?.status
const pods = (): Promise<Pod[]> => cluster.list<Pod>('v1', 'Pod')

test('a daemon runs once on the node, and an update replaces it', async () => {
  await cluster.create(agent())
  await vi.waitFor(async () =>
    expect(await status()).toMatchObject({
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
      updatedNumberScheduled: 1,
    }),
  )
  expect((await pods())[0]?.spec.nodeName).toBe('here')

  await cluster.merge(
    'apps/v1',
    'DaemonSet',
    'agent',
    '{ spec: { template: { spec: { containers: [{ name: agent, image: "agent:2" }] } } } }',
  )

  await vi.waitFor(async () => {
    expect((await pods()).map((pod) => pod.spec.containers?.[0]?.['image'])).toEqual(['agent:2'])
    expect(await status()).toMatchObject({ numberReady: 1, updatedNumberScheduled: 1, observedGeneration: 2 })
  }, 5000)
})

test('a daemon that does not belong on the node waits for one it belongs on', async () => {
  await cluster.create(agent('nodeSelector: { disk: fast },'))
  await vi.waitFor(async () => expect(await status()).toMatchObject({ desiredNumberScheduled: 0, currentNumberScheduled: 0 }))
  expect(await pods()).toEqual([])

  await cluster.merge('v1', 'Node', 'here', '{ metadata: { labels: { disk: fast } } }')
  await vi.waitFor(async () => expect(await status()).toMatchObject({ desiredNumberScheduled: 1, numberReady: 1 }))
  await cluster.merge('v1', 'Node', 'here', '{ metadata: { labels: { disk: null } } }')

  await vi.waitFor(async () => expect(await pods()).toEqual([]))
})
