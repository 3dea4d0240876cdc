import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, numberAt, textAt } from '../../json.ts'
import { conditionsOf, degraded, healthy, progressing, statusOf, suspended } from '../health-status.ts'
import { isStatusCode } from '../status-code.ts'

const abortReasons = ['RolloutAborted', 'ProgressDeadlineExceeded']

/** A Rollout as Argo CD assesses it (argo-cd `resource_customizations/argoproj.io/Rollout`, 3.x): by its phase, and before there was one by its parts. */
export function rolloutHealth(object: KubeObject): HealthStatus {
  if (!isObserved(object)) return progressing('Waiting for rollout spec update to be observed')
  const phase = textAt(object, 'status', 'phase')
  if (phase !== undefined) {
    const message = textAt(object, 'status', 'message')
    if (phase === 'Paused') return suspended(message)
    return isStatusCode(phase) ? statusOf(phase, message) : statusOf('Unknown', `There is no phase ${phase} of a Rollout`)
  }
  const failed = conditionsOf(object).find(
    ({ type, reason }) => type === 'InvalidSpec' || (type === 'Progressing' && abortReasons.includes(reason)),
  )
  if (failed) return degraded(failed.message)
  if (listAt(object, 'status', 'pauseConditions').length > 0 || at(object, 'spec', 'paused') === true) return suspended('Rollout is paused')
  const hash = textAt(object, 'status', 'currentPodHash')
  if (hash === undefined) return progressing('Waiting for rollout to finish: status has not been reconciled.')
  return replicasHealth(object) ?? strategyHealth(object, hash) ?? healthy()
}

/** `status.observedGeneration` is a text. One beyond the generation is of a version that wrote something else there. */
function isObserved(object: KubeObject): boolean {
  if (!isObject(object.status)) return false
  const generation = object.metadata.generation ?? 0
  const observed = numberIn(object.status.observedGeneration)
  if (observed !== undefined && observed < generation) return false
  const annotations = object.metadata.annotations
  if (at(object, 'spec', 'workloadRef') === undefined || annotations === undefined) return true
  return numberIn(annotations['rollout.argoproj.io/workload-generation']) === numberIn(object.status.workloadObservedGeneration)
}

function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}

function replicasHealth(object: KubeObject): HealthStatus | undefined {
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0
  if (updated < (numberAt(object, 'spec', 'replicas') ?? 1)) {
    return progressing('Waiting for roll out to finish: More replicas need to be updated')
  }
  return (numberAt(object, 'status', 'availableReplicas') ?? 0) < updated
    ? progressing('Waiting for roll out to finish: updated replicas are still becoming available')
    : undefined
}

function strategyHealth(object: KubeObject, hash: string): HealthStatus | undefined {
  const stable = textAt(object, 'status', 'stableRS') ?? textAt(object, 'status', 'canary', 'stableRS') ?? ''
  if (isObject(at(object, 'spec', 'strategy', 'blueGreen'))) {
    if (textAt(object, 'status', 'blueGreen', 'activeSelector') !== hash) return progressing('active service cutover pending')
    return stable !== '' && stable !== hash ? progressing('waiting for analysis to complete') : undefined
  }
  if (!isObject(at(object, 'spec', 'strategy', 'canary'))) return undefined
  if ((numberAt(object, 'status', 'replicas') ?? 0) > (numberAt(object, 'status', 'updatedReplicas') ?? 0)) {
    return progressing('Waiting for roll out to finish: old replicas are pending termination')
  }
  return stable === hash ? undefined : progressing('Waiting for rollout to finish steps')
}
