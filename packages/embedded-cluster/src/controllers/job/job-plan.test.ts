import { expect, test } from 'vitest'
import type { Pod } from '../pods/pod.ts'
import { formatIndexes, parseIndexes } from './index-ranges.ts'
import { planJob, type JobPlan } from './job-plan.ts'
import type { Job, JobSpec, JobStatus } from './job.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const seconds = (count: number): number => start + count * 1000
const at = (count: number): string => new Date(seconds(count)).toISOString()

function job(spec: JobSpec = {}, status: JobStatus = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'train', uid: 'u', namespace: 'default' },
    spec: { completions: 1, parallelism: 1, ...spec },
    status,
  }
}

function pod(name: string, phase: string, fields: { exitCode?: number; finished?: number; index?: number; deleted?: boolean } = {}): Pod {
  const terminated = { exitCode: fields.exitCode ?? (phase === 'Failed' ? 1 : 0), finishedAt: at(fields.finished ?? 0) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'default',
      ...(fields.index === undefined ? {} : { annotations: { 'batch.kubernetes.io/job-completion-index': String(fields.index) } }),
      ...(fields.deleted === true ? { deletionTimestamp: at(0) } : {}),
    },
    spec: {},
    status: { phase, containerStatuses: [{ name: 'main', ...(phase === 'Running' ? {} : { state: { terminated } }) }] },
  }
}

const reasons = (plan: JobPlan): string[] => (plan.status.conditions ?? []).map((one) => `${one.type} ${one.reason}`)
const none = { succeeded: new Set<string>(), failed: new Set<string>(), released: new Set<string>() }

test('after a failure the next pod waits ten seconds, after the second twenty', () => {
  const first = planJob(job(), [pod('a', 'Failed')], none, seconds(1))
  const second = planJob(job(), [pod('a', 'Failed'), pod('b', 'Failed', { finished: 11 })], none, seconds(12))

  expect([first.create, first.recheckAt]).toEqual([0, seconds(10)])
  expect([second.create, second.recheckAt]).toEqual([0, seconds(31)])
  expect(planJob(job(), [pod('a', 'Failed')], none, seconds(10)).create).toBe(1)
})

test('a pod counts once, also after it was deleted, and also after a restart', () => {
  const first = planJob(job({ completions: 3 }), [pod('a', 'Succeeded')], none, seconds(0))
  const gone = planJob(job({ completions: 3 }, first.status), [pod('b', 'Succeeded')], first.counted, seconds(1))
  const restarted = planJob(job({ completions: 3 }, gone.status), [pod('b', 'Succeeded')], undefined, seconds(2))

  expect([first.status.succeeded, gone.status.succeeded, restarted.status.succeeded]).toEqual([1, 2, 2])
})

test('a running pod that somebody deletes is a failure, one that the job let go is none', () => {
  const deleted = planJob(job(), [pod('a', 'Running', { deleted: true })], none, seconds(0))
  const released = planJob(job(), [pod('a', 'Running', { deleted: true })], { ...none, released: new Set(['a']) }, seconds(0))

  expect(deleted.status.failed).toBe(1)
  expect(released.status.failed).toBeUndefined()
})

test('a job that has failed waits for its pods to end before it says so', () => {
  const heading = planJob(
    job({ backoffLimit: 0, parallelism: 2, completions: 2 }),
    [pod('a', 'Failed'), pod('b', 'Running')],
    none,
    seconds(0),
  )
  const through = planJob(job({ backoffLimit: 0 }, heading.status), [pod('a', 'Failed')], heading.counted, seconds(5))

  expect(reasons(heading)).toEqual(['FailureTarget BackoffLimitExceeded'])
  expect(heading.delete.map((one) => one.metadata.name)).toEqual(['b'])
  expect(reasons(through)).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded'])
  expect(through.create).toBe(0)
})

test('without a number of completions, one success is enough and no more pods are made', () => {
  const spec: JobSpec = { parallelism: 3 }
  const open: Job = { ...job(), spec }

  const going = planJob(open, [pod('a', 'Succeeded'), pod('b', 'Running')], none, seconds(0))
  const over = planJob(open, [pod('a', 'Succeeded'), pod('b', 'Succeeded')], none, seconds(1))

  expect([going.create, going.delete]).toEqual([0, []])
  expect(reasons(over)).toContain('Complete CompletionsReached')
})

test('a failure policy may fail the job at once, or not count a failure', () => {
  const policy = (action: string): JobSpec => ({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] } })

  const failed = planJob(job(policy('FailJob')), [pod('a', 'Failed', { exitCode: 42 })], none, seconds(0))
  const ignored = planJob(job({ ...policy('Ignore'), backoffLimit: 0 }), [pod('a', 'Failed', { exitCode: 42 })], none, seconds(0))
  const other = planJob(job({ ...policy('FailJob'), backoffLimit: 6 }), [pod('a', 'Failed', { exitCode: 1 })], none, seconds(0))

  expect(reasons(failed)).toContain('Failed PodFailurePolicy')
  expect(failed.status.conditions?.[0]?.message).toBe(
    'Container main for pod default/a failed with exit code 42 matching FailJob rule at index 0',
  )
  expect([ignored.status.failed, ignored.create]).toEqual([undefined, 1])
  expect(reasons(other)).toEqual([])
})

test('an indexed job makes the indexes that are missing, and fails those that failed too often', () => {
  const spec: JobSpec = { completionMode: 'Indexed', completions: 4, parallelism: 2, backoffLimitPerIndex: 0 }

  const plan = planJob(
    job(spec),
    [pod('a', 'Succeeded', { index: 0 }), pod('b', 'Failed', { index: 1 }), pod('c', 'Running', { index: 2 })],
    none,
    seconds(60),
  )

  expect(plan.indexes).toEqual([3])
  expect(plan.status).toMatchObject({ completedIndexes: '0', failedIndexes: '1', succeeded: 1, failed: 1 })
})

test('index ranges are read as they are written', () => {
  expect(formatIndexes([4, 0, 2, 3, 7, 8])).toBe('0,2-4,7,8')
  expect([...parseIndexes('0,2-4,7,x,8')]).toEqual([0, 2, 3, 4, 7, 8])
})
