import { findCondition, millisOf, timestamp, withoutCondition, type Condition } from '../machinery/condition.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import { withoutZeros } from '../replica-set/replica-set-plan.ts'
import { replicasOf, rolloutLimits, sumAvailable, sumReplicas, type Deployment, type DeploymentStatus } from './deployment.ts'

// No deadline at all, as `deploymentutil.HasProgressDeadline` reads it.
const noDeadline = 2 ** 31 - 1

export function hasDeadline(deployment: Deployment): boolean {
  return (deployment.spec.progressDeadlineSeconds ?? 600) !== noDeadline
}

/** Counts and the Available condition. Progressing and ReplicaFailure are kept as they are. */
export function countedStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  allSets: readonly ReplicaSet[],
  now: number,
): DeploymentStatus {
  const available = sumAvailable(allSets)
  const isEnough = available >= replicasOf(deployment) - rolloutLimits(deployment).maxUnavailable
  const conditions = withDeploymentCondition(
    deployment.status?.conditions,
    isEnough
      ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  )
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...withoutZeros({
      replicas: allSets.reduce((sum, set) => sum + (set.status?.replicas ?? 0), 0),
      updatedReplicas: newSet?.status?.replicas ?? 0,
      readyReplicas: allSets.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, sumReplicas(allSets) - available),
    }),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions,
  }
}

/** Status amid a rollout: counts, and how the rollout goes against its deadline (`syncRolloutStatus`). */
export function rolloutStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  allSets: readonly ReplicaSet[],
  now: number,
): DeploymentStatus {
  const before = deployment.status ?? {}
  const status = countedStatus(deployment, newSet, allSets, now)
  let conditions = status.conditions ?? []
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing')
  else {
    const current = findCondition(before.conditions, 'Progressing')
    const wasComplete = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
    if (!wasComplete) conditions = withProgress(deployment, newSet, status, conditions, now)
  }
  const failure = [newSet, ...allSets]
    .map((set) => findCondition(set?.status?.conditions, 'ReplicaFailure'))
    .find((one) => one !== undefined)
  conditions =
    failure === undefined
      ? withoutCondition(conditions, 'ReplicaFailure')
      : withDeploymentCondition(conditions, { ...failure, type: 'ReplicaFailure' }, now)
  return { ...status, conditions }
}

function withProgress(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  conditions: Condition[],
  now: number,
): Condition[] {
  const what = newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`
  const current = findCondition(conditions, 'Progressing')
  if (isComplete(deployment, status)) {
    return withDeploymentCondition(
      conditions,
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `${what} has successfully progressed.` },
      now,
    )
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    const next: Condition = {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${what} is progressing.`,
      lastUpdateTime: timestamp(now),
      lastTransitionTime:
        current?.status === 'True' && current.lastTransitionTime !== undefined ? current.lastTransitionTime : timestamp(now),
    }
    // Replaced even when it says the same: its time of update is what the deadline counts from.
    return [...withoutCondition(conditions, 'Progressing'), next]
  }
  if (isTimedOut(deployment, conditions, now)) {
    return withDeploymentCondition(
      conditions,
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: `${what} has timed out progressing.` },
      now,
    )
  }
  return conditions
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = replicasOf(deployment)
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/** When the deadline of a rollout that does not move runs out; undefined when none is running. */
export function deadlineAt(deployment: Deployment, conditions: readonly Condition[] | undefined): number | undefined {
  const current = findCondition(conditions, 'Progressing')
  if (!hasDeadline(deployment) || current === undefined || current.reason === 'NewReplicaSetAvailable') return undefined
  const from = millisOf(current.lastUpdateTime) ?? millisOf(current.lastTransitionTime)
  return from === undefined ? undefined : from + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000
}

function isTimedOut(deployment: Deployment, conditions: readonly Condition[], now: number): boolean {
  if (findCondition(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded') return true
  const at = deadlineAt(deployment, conditions)
  return at !== undefined && at < now
}

/** Conditions of a Deployment have a time of update too. The same status and reason leave all as it was (`SetDeploymentCondition`). */
export function withDeploymentCondition(conditions: readonly Condition[] | undefined, next: Condition, now: number): Condition[] {
  const current = findCondition(conditions, next.type)
  if (current?.status === next.status && current.reason === next.reason) return [...(conditions ?? [])]
  const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? timestamp(now)) : timestamp(now)
  return [...withoutCondition(conditions, next.type), { ...next, lastUpdateTime: timestamp(now), lastTransitionTime }]
}

/** Pausing stops the deadline, resuming starts it anew (`checkPausedConditions`). */
export function pausedConditions(deployment: Deployment, now: number): Condition[] {
  const conditions = deployment.status?.conditions ?? []
  if (!hasDeadline(deployment)) return [...conditions]
  const reason = findCondition(conditions, 'Progressing')?.reason
  if (reason === 'ProgressDeadlineExceeded') return [...conditions]
  const isMarked = reason === 'DeploymentPaused'
  if (deployment.spec.paused === true && !isMarked) {
    return withDeploymentCondition(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' },
      now,
    )
  }
  if (deployment.spec.paused !== true && isMarked) {
    return withDeploymentCondition(
      conditions,
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' },
      now,
    )
  }
  return [...conditions]
}
