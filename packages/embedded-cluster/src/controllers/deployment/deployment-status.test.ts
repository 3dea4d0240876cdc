import { expect, test } from 'vitest'
import { findCondition } from '../machinery/condition.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import type { Deployment, DeploymentStatus } from './deployment.ts'
import { deadlineAt, pausedConditions, rolloutStatus } from './deployment-status.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const seconds = (count: number): number => start + count * 1000

function deployment(status: DeploymentStatus = {}, spec: Partial<Deployment['spec']> = {}): Deployment {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', generation: 2 },
    spec: { replicas: 2, strategy, ...spec },
    status,
  }
}

function set(replicas: number, available: number): ReplicaSet {
  const counts = { replicas, readyReplicas: available, availableReplicas: available }
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1' }, spec: { replicas }, status: counts }
}

const progressing = (status: DeploymentStatus) => findCondition(status.conditions, 'Progressing')

test('a rollout that moves says so, and its deadline starts anew', () => {
  const first = rolloutStatus(deployment(), set(2, 0), [set(2, 0)], seconds(0))
  const second = rolloutStatus(deployment(first), set(2, 1), [set(2, 1)], seconds(100))

  expect(progressing(second)).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated', message: 'ReplicaSet "web-1" is progressing.' })
  expect(progressing(second)?.lastTransitionTime).toBe('2026-01-01T00:00:00Z')
  expect(deadlineAt(deployment(second), second.conditions)).toBe(seconds(700))
})

test('a rollout that does not move for longer than its deadline has failed, and recovers when it moves', () => {
  const stuck = rolloutStatus(deployment({}, { progressDeadlineSeconds: 60 }), set(2, 0), [set(2, 0)], seconds(0))
  const late = rolloutStatus(deployment(stuck, { progressDeadlineSeconds: 60 }), set(2, 0), [set(2, 0)], seconds(61))

  expect(progressing(late)).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "web-1" has timed out progressing.',
  })
  const done = rolloutStatus(deployment(late, { progressDeadlineSeconds: 60 }), set(2, 2), [set(2, 2)], seconds(70))
  expect(progressing(done)).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
})

test('pods that crash after a rollout was complete do not start it again', () => {
  const done = rolloutStatus(deployment(), set(2, 2), [set(2, 2)], seconds(0))

  const crashed = rolloutStatus(deployment(done), set(2, 1), [set(2, 1)], seconds(9999))

  expect(progressing(crashed)).toEqual(progressing(done))
  expect(findCondition(crashed.conditions, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' })
  expect(crashed.unavailableReplicas).toBe(1)
})

test('nothing but time passing changes no status', () => {
  const first = rolloutStatus(deployment(), set(2, 2), [set(2, 2)], seconds(0))

  const later = rolloutStatus(deployment(first), set(2, 2), [set(2, 2)], seconds(5000))

  expect(later).toEqual(first)
})

test('pausing stops the deadline, resuming starts it anew', () => {
  const running = rolloutStatus(deployment(), set(2, 0), [set(2, 0)], seconds(0))
  const paused = pausedConditions(deployment(running, { paused: true }), seconds(10))
  const resumed = pausedConditions(deployment({ ...running, conditions: paused }), seconds(1000))

  expect(findCondition(paused, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' })
  expect(findCondition(resumed, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentResumed' })
  expect(deadlineAt(deployment(), resumed)).toBe(seconds(1600))
})

test('what keeps a ReplicaSet from making pods is told by the deployment', () => {
  const failing = set(2, 0)
  const message = 'pods "web-1-x" is forbidden: exceeded quota'
  if (failing.status !== undefined)
    failing.status.conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }]

  const status = rolloutStatus(deployment(), failing, [failing], seconds(0))

  expect(findCondition(status.conditions, 'ReplicaFailure')).toMatchObject({ status: 'True', reason: 'FailedCreate', message })
})
