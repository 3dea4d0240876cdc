import type { ReplicaSet } from '../replica-set/replica-set.ts'
import { isRecreate, type Deployment } from './deployment.ts'
import { isResized, newReplicaSetSize, scaleAll, scaleAway, scaleNew, scaleOld, type Scaling } from './rollout-plan.ts'

/** What a Deployment does next. At most one of these per look: the change it makes brings the next look. */
export type RolloutStep =
  | { do: 'create'; replicas: number }
  | { do: 'scale'; scalings: Scaling[] }
  /** Recreate: pods of the former template must end first. */
  | { do: 'wait' }
  | { do: 'nothing' }

/**
 * The next step of a rollout (`syncDeployment`): a paused Deployment and one whose size was changed are only scaled;
 * otherwise the strategy says. `hasOldPods` tells whether a pod of an old ReplicaSet still runs.
 */
export function nextStep(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  hasOldPods: () => boolean,
): RolloutStep {
  const allSets = newSet === undefined ? [...oldSets] : [newSet, ...oldSets]
  if (deployment.spec.paused === true || isResized(deployment, allSets)) return scaled(scaleAll(deployment, newSet, oldSets))
  return isRecreate(deployment) ? recreate(deployment, newSet, oldSets, hasOldPods) : roll(deployment, newSet, oldSets)
}

function roll(deployment: Deployment, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): RolloutStep {
  if (newSet === undefined) return { do: 'create', replicas: newReplicaSetSize(deployment, oldSets, 0) }
  const growing = scaleNew(deployment, newSet, [newSet, ...oldSets])
  return growing.length > 0 ? scaled(growing) : scaled(scaleOld(deployment, newSet, oldSets))
}

function recreate(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  hasOldPods: () => boolean,
): RolloutStep {
  const away = scaleAway(oldSets)
  if (away.length > 0) return scaled(away)
  if (hasOldPods()) return { do: 'wait' }
  if (newSet === undefined) return { do: 'create', replicas: newReplicaSetSize(deployment, oldSets, 0) }
  return scaled(scaleNew(deployment, newSet, [newSet, ...oldSets]))
}

function scaled(scalings: Scaling[]): RolloutStep {
  return scalings.length === 0 ? { do: 'nothing' } : { do: 'scale', scalings }
}
