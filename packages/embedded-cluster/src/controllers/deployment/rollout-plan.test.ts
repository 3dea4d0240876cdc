import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import { maxReplicasOf, replicasOf, rolloutLimits, sumAvailable, sumReplicas, type Deployment } from './deployment.ts'
import { scaleAll, scaleNew, scaleOld, surplusHistory, type Scaling } from './rollout-plan.ts'
import { nextStep } from './rollout-step.ts'

function deployment(replicas: number, maxSurge: number | string = '25%', maxUnavailable: number | string = '25%'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  }
}

function set(name: string, replicas: number, availableReplicas: number, desired?: number, max?: number): ReplicaSet {
  const annotations: Record<string, string> = {}
  if (desired !== undefined) annotations['deployment.kubernetes.io/desired-replicas'] = String(desired)
  if (max !== undefined) annotations['deployment.kubernetes.io/max-replicas'] = String(max)
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, creationTimestamp: `2026-01-01T00:00:0${name.at(-1)}Z`, annotations, generation: 1 },
    spec: { replicas },
    status: { replicas, availableReplicas, observedGeneration: 1 },
  }
}

const sizes = (scalings: Scaling[]): Record<string, number> =>
  Object.fromEntries(scalings.map(({ set: one, to }) => [one.metadata.name, to]))

test.each([
  [10, '25%', '25%', { maxSurge: 3, maxUnavailable: 2 }],
  [1, '25%', '25%', { maxSurge: 1, maxUnavailable: 0 }],
  [3, 0, 0, { maxSurge: 0, maxUnavailable: 1 }],
  [3, '0%', '10%', { maxSurge: 0, maxUnavailable: 1 }],
  [2, 1, 5, { maxSurge: 1, maxUnavailable: 2 }],
])(
  'of %i pods, a surge of %s is rounded up and %s unavailable down, and never are both nothing',
  (replicas, surge, unavailable, limits) => {
    expect(rolloutLimits(deployment(replicas, surge, unavailable))).toEqual(limits)
  },
)

test('the new set grows only as far as the surge allows', () => {
  expect(sizes(scaleNew(deployment(4, 1, 0), set('new2', 0, 0), [set('new2', 0, 0), set('old1', 4, 4)]))).toEqual({ new2: 1 })
  expect(scaleNew(deployment(4, 1, 0), set('new2', 1, 0), [set('new2', 1, 0), set('old1', 4, 4)])).toEqual([])
})

test('pods of the old set that never became available go first, the available ones stay until others take their place', () => {
  expect(sizes(scaleOld(deployment(4, 1, 0), set('new3', 1, 0), [set('old1', 2, 0), set('old2', 4, 4)]))).toEqual({ old1: 0 })
  expect(scaleOld(deployment(4, 1, 0), set('new3', 1, 0), [set('old2', 4, 4)])).toEqual([])
  expect(sizes(scaleOld(deployment(4, 1, 0), set('new3', 1, 1), [set('old2', 4, 4)]))).toEqual({ old2: 3 })
})

test('a change of size amid a rollout is shared by size, and the largest gets the rest', () => {
  const old = set('old1', 8, 8, 10, 13)
  const fresh = set('new2', 5, 2, 10, 13)

  const scalings = scaleAll(deployment(20), fresh, [old])

  expect(sizes(scalings)).toEqual({ old1: 15, new2: 10 })
})

test('a size that was set by hand on the only ReplicaSet is brought back', () => {
  expect(sizes(scaleAll(deployment(3), set('new1', 7, 7, 7, 9), []))).toEqual({ new1: 3 })
})

test('a set that has its size but remembers another is named, so that the rollout goes on', () => {
  const step = nextStep(deployment(5), set('new1', 5, 5, 3, 4), [], () => false)

  expect(step).toMatchObject({ do: 'scale', scalings: [{ to: 5 }] })
})

test('Recreate waits for the last old pod before anything new is made', () => {
  const recreate: Deployment = { ...deployment(2), spec: { replicas: 2, strategy: { type: 'Recreate' } } }

  expect(nextStep(recreate, undefined, [set('old1', 2, 2, 2)], () => true)).toMatchObject({ do: 'scale', scalings: [{ to: 0 }] })
  expect(nextStep(recreate, undefined, [set('old1', 0, 0)], () => true)).toEqual({ do: 'wait' })
  expect(nextStep(recreate, undefined, [set('old1', 0, 0)], () => false)).toEqual({ do: 'create', replicas: 2 })
})

test('history beyond the limit goes, the oldest first, and nothing that still has pods', () => {
  const sets = [set('old1', 0, 0), set('old2', 1, 1), set('old3', 0, 0), set('old4', 0, 0)]
  const limited: Deployment = { ...deployment(1), spec: { revisionHistoryLimit: 1 } }

  const gone = surplusHistory(limited, sets, (one) => Number(one.metadata.name.at(-1)))

  expect(gone.map((one) => one.metadata.name)).toEqual(['old1', 'old3'])
})

test('whatever the limits and the order in which pods become available, a rollout ends, and keeps to its limits on the way', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.oneof(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
      ),
      fc.oneof(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
      ),
      fc.array(fc.nat(), { minLength: 1, maxLength: 50 }),
      (replicas, surge, unavailable, luck) => {
        const wanted = deployment(replicas, surge, unavailable)
        const { maxUnavailable } = rolloutLimits(wanted)
        let old = set('old1', replicas, replicas)
        let fresh = set('new2', 0, 0)
        for (let turn = 0; turn < 200; turn++) {
          const all = [fresh, old]
          const step = scaleNew(wanted, fresh, all)
          const scalings = step.length > 0 ? step : scaleOld(wanted, fresh, [old])
          for (const { set: one, to } of scalings) {
            // Pods that go are those that are not available, then available ones.
            const next = set(one.metadata.name, to, Math.min(to, one.status?.availableReplicas ?? 0))
            if (one === old) old = next
            else fresh = next
          }
          expect(sumReplicas([fresh, old])).toBeLessThanOrEqual(Math.max(maxReplicasOf(wanted), replicas))
          expect(sumAvailable([fresh, old])).toBeGreaterThanOrEqual(replicas - maxUnavailable)
          if (scalings.length === 0) {
            if (replicasOf(old) === 0 && fresh.status?.availableReplicas === replicas) return
            // Some pods of the new set become available.
            const more = 1 + ((luck[turn % luck.length] ?? 0) % 3)
            fresh = set('new2', replicasOf(fresh), Math.min(replicasOf(fresh), (fresh.status?.availableReplicas ?? 0) + more))
          }
        }
        throw new Error('the rollout does not end')
      },
    ),
  )
})
