import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import { conditionsOf, degraded, healthy, progressing, suspended } from './health-status.ts'

/** Health of workloads as Argo CD assesses it (argo-cd `gitops-engine/pkg/health`, 3.x), which follows `kubectl rollout status`. */

export function conditionOf(object: KubeObject, type: string): Record<string, unknown> | undefined {
  return listAt(object, 'status', 'conditions')
    .filter(isObject)
    .find((condition) => condition.type === type)
}

function isUnobserved(object: KubeObject): boolean {
  return (object.metadata.generation ?? 0) > (numberAt(object, 'status', 'observedGeneration') ?? 0)
}

export function deploymentHealth(object: KubeObject): HealthStatus {
  if (at(object, 'spec', 'paused') === true) return { status: 'Suspended', message: 'Deployment is paused' }
  if (isUnobserved(object)) return progressing('Waiting for rollout to finish: observed deployment generation less than desired generation')

  const wanted = numberAt(object, 'spec', 'replicas')
  const total = numberAt(object, 'status', 'replicas') ?? 0
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0
  const available = numberAt(object, 'status', 'availableReplicas') ?? 0
  if (conditionOf(object, 'Progressing')?.reason === 'ProgressDeadlineExceeded') {
    return { status: 'Degraded', message: `Deployment "${object.metadata.name}" exceeded its progress deadline` }
  }
  if (wanted !== undefined && updated < wanted) {
    return progressing(`Waiting for rollout to finish: ${updated} out of ${wanted} new replicas have been updated...`)
  }
  if (total > updated) return progressing(`Waiting for rollout to finish: ${total - updated} old replicas are pending termination...`)
  if (available < updated) {
    return progressing(`Waiting for rollout to finish: ${available} of ${updated} updated replicas are available...`)
  }
  return { status: 'Healthy' }
}

export function replicaSetHealth(object: KubeObject): HealthStatus {
  if (isUnobserved(object))
    return progressing('Waiting for rollout to finish: observed replica set generation less than desired generation')
  const failure = conditionOf(object, 'ReplicaFailure')
  if (failure?.status === 'True') return { status: 'Degraded', message: textAt(failure, 'message') ?? '' }
  const wanted = numberAt(object, 'spec', 'replicas')
  const available = numberAt(object, 'status', 'availableReplicas') ?? 0
  if (wanted !== undefined && available < wanted) {
    return progressing(`Waiting for rollout to finish: ${available} out of ${wanted} new replicas are available...`)
  }
  return { status: 'Healthy' }
}

export function statefulSetHealth(object: KubeObject): HealthStatus {
  if (!numberAt(object, 'status', 'observedGeneration') || isUnobserved(object)) {
    return progressing('Waiting for statefulset spec update to be observed...')
  }
  const wanted = numberAt(object, 'spec', 'replicas')
  const ready = numberAt(object, 'status', 'readyReplicas') ?? 0
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0
  if (wanted !== undefined && ready < wanted) return progressing(`Waiting for ${wanted - ready} pods to be ready...`)

  const strategy = textAt(object, 'spec', 'updateStrategy', 'type')
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  if (strategy === 'RollingUpdate' && isObject(at(object, 'spec', 'updateStrategy', 'rollingUpdate'))) {
    if (wanted !== undefined && partition !== undefined && updated < wanted - partition) {
      return progressing(
        `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...`,
      )
    }
    return { status: 'Healthy', message: `partitioned roll out complete: ${updated} new pods have been updated...` }
  }
  if (strategy === 'OnDelete') return { status: 'Healthy', message: `statefulset has ${ready} ready pods` }

  const updateRevision = textAt(object, 'status', 'updateRevision')
  const currentRevision = textAt(object, 'status', 'currentRevision')
  if (updateRevision !== currentRevision) {
    return progressing(`waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision ?? ''}...`)
  }
  const current = numberAt(object, 'status', 'currentReplicas') ?? 0
  return { status: 'Healthy', message: `statefulset rolling update complete ${current} pods at revision ${currentRevision ?? ''}...` }
}

export function daemonSetHealth(object: KubeObject): HealthStatus {
  if (isUnobserved(object)) return progressing('Waiting for rollout to finish: observed daemon set generation less than desired generation')
  const wanted = numberAt(object, 'status', 'desiredNumberScheduled') ?? 0
  const updated = numberAt(object, 'status', 'updatedNumberScheduled') ?? 0
  const available = numberAt(object, 'status', 'numberAvailable') ?? 0
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return { status: 'Healthy', message: `daemon set ${updated} out of ${wanted} new pods have been updated` }
  }
  if (updated < wanted) {
    return progressing(
      `Waiting for daemon set "${object.metadata.name}" rollout to finish: ${updated} out of ${wanted} new pods have been updated...`,
    )
  }
  if (available < wanted) {
    return progressing(
      `Waiting for daemon set "${object.metadata.name}" rollout to finish: ${available} of ${wanted} updated pods are available...`,
    )
  }
  return { status: 'Healthy' }
}

/** Of conditions of one type the last counts, and of messages the last one. */
export function jobHealth(object: KubeObject): HealthStatus {
  let failure: string | undefined
  let message: string | undefined
  let isSuspended = false
  for (const condition of conditionsOf(object)) {
    if (condition.type === 'Failed') failure = condition.message
    if (condition.type === 'Complete' || condition.type === 'Suspended') message = condition.message
    if (condition.type === 'Suspended' && condition.status === 'True') isSuspended = true
  }
  if (failure !== undefined) return degraded(failure)
  if (isSuspended) return suspended(message)
  return message === undefined ? progressing() : healthy(message)
}
