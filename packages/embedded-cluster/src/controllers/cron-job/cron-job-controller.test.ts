import { FakeClock } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'
import { inOrder } from '../testing/in-order.ts'
import type { CronJob } from './cron-job.ts'

let cluster: ClusterForTests
let clock: FakeClock

beforeEach(async () => {
  // The API gives objects the machine's time: this clock starts from there.
  clock = new FakeClock(Math.ceil(Date.now() / 60_000) * 60_000)
  cluster = await ClusterForTests.start({ clock })
})

afterEach(() => cluster.stop())

const nightly = (fields = ''): string => `
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "* * * * *"
  ${fields}
  jobTemplate:
    spec:
      template:
        spec: { restartPolicy: Never, containers: [{ name: a, image: a }] }
`

const jobs = async (): Promise<string[]> => inOrder((await cluster.list('batch/v1', 'Job')).map((job) => job.metadata.name))

/** A minute passes, and what follows from it. */
async function minute(check: () => Promise<void>): Promise<void> {
  await clock.advance(60_000)
  await vi.waitFor(check, 3000)
}

async function settled(): Promise<void> {
  await vi.waitFor(async () => expect(await cluster.get('batch/v1', 'CronJob', 'nightly')).toBeDefined())
}

test('a job starts each minute, and says when in its name', async () => {
  cluster.kubelet.lifeOf = () => 'succeeds'
  await cluster.create(nightly())
  await settled()

  await minute(async () => expect((await jobs()).length).toBeGreaterThanOrEqual(1))
  await minute(async () => {
    expect((await jobs()).at(-1)).toBe(`nightly-${Math.floor(clock.now() / 60_000)}`)
    const found = await cluster.get<CronJob>('batch/v1', 'CronJob', 'nightly')
    expect(Date.parse(found?.status?.lastScheduleTime ?? '')).toBe(Math.floor(clock.now() / 60_000) * 60_000)
  })
})

test('with concurrency forbidden, no second job starts while the first one runs', async () => {
  await cluster.create(nightly('concurrencyPolicy: Forbid'))
  await settled()
  await minute(async () => expect(await jobs()).toHaveLength(1))
  const before = await jobs()

  await clock.advance(180_000)
  await vi.waitFor(async () => expect((await cluster.list('v1', 'Event')).map((event) => event['reason'])).toContain('JobAlreadyActive'))

  expect(await jobs()).toEqual(before)
})

test('with replacement, the running job makes way for the next', async () => {
  await cluster.create(nightly('concurrencyPolicy: Replace'))
  await settled()
  await minute(async () => expect(await jobs()).toHaveLength(1))
  const before = await jobs()

  await minute(async () => {
    const now = await jobs()
    expect(now).toHaveLength(1)
    expect(now).not.toEqual(before)
  })
})

test('a suspended cron job starts nothing', async () => {
  await cluster.create(nightly('suspend: true'))
  await settled()

  await clock.advance(600_000)

  expect(await jobs()).toEqual([])
})
