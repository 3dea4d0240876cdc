import { FakeClock, type KubeObject } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { createEventRecorder, type EventRecorder } from './event-recorder.ts'

let cluster: ClusterForTests
let clock: FakeClock
let recorder: EventRecorder
let about: KubeObject

beforeEach(async () => {
  clock = new FakeClock(Date.now())
  cluster = await ClusterForTests.start({ clock })
  recorder = createEventRecorder({ client: cluster.api.client, clock, component: 'tester' })
  about = (await cluster.create('{ apiVersion: v1, kind: ConfigMap, metadata: { name: thing } }'))[0] as KubeObject
})

afterEach(() => cluster.stop())

const events = async (): Promise<KubeObject[]> =>
  (await cluster.list('v1', 'Event')).filter((one) => (one['source'] as { component?: string }).component === 'tester')

test('the same thing said again counts up one event', async () => {
  for (let i = 0; i < 3; i++) recorder.event(about, 'Warning', 'Broken', 'It is broken')
  await recorder.flush()

  const found = await events()

  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    reason: 'Broken',
    message: 'It is broken',
    type: 'Warning',
    count: 3,
    involvedObject: { kind: 'ConfigMap', name: 'thing' },
  })
})

test('many different messages of one reason are combined, and a flood is cut off', async () => {
  for (let i = 0; i < 100; i++) recorder.event(about, 'Normal', 'Busy', `message ${i}`)
  await recorder.flush()

  const found = await events()

  expect(found.length).toBeLessThanOrEqual(11)
  expect(found.filter((one) => String(one['message']).startsWith('(combined from similar events): '))).toHaveLength(1)
  expect(found.reduce((sum, one) => sum + Number(one['count']), 0)).toBe(25)
})

test('an event is gone after an hour without a word', async () => {
  recorder.event(about, 'Normal', 'Once', 'said once')
  await recorder.flush()
  expect(await events()).toHaveLength(1)

  await clock.advance(66 * 60_000)

  await vi.waitFor(async () => expect(await events()).toEqual([]))
})

test('an event about what cannot have events harms nobody', async () => {
  recorder.event({ ...about, metadata: { ...about.metadata, namespace: 'nowhere' } }, 'Normal', 'Lost', 'nobody hears')
  recorder.event(about, 'Normal', 'Heard', 'somebody hears')

  await recorder.flush()

  expect((await events()).map((one) => one['reason'])).toEqual(['Heard'])
})
