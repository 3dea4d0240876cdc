import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, textAt } from '../../json.ts'
import { type Condition, conditionsOf, degraded, type HealthCheck, healthy, isOutdated, progressing, suspended } from '../health-status.ts'

/** KubeRay (`ray-operator/apis/ray/v1`, 1.0 to 1.5): conditions where a version writes them, states where it does not. */
export const ray: Record<string, HealthCheck> = {
  'ray.io/RayCluster': clusterHealth,
  'ray.io/RayJob': jobHealth,
  'ray.io/RayService': serviceHealth,
}

const unobserved = 'Waiting for the new spec to be observed'

function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type)
}

function clusterHealth(object: KubeObject): HealthStatus {
  if (isOutdated(object)) return progressing(unobserved)
  const state = textAt(object, 'status', 'state')?.toLowerCase() ?? ''
  const reason = textAt(object, 'status', 'reason')
  if (conditionOf(object, 'RayClusterSuspended')?.status === 'True' || state === 'suspended') return suspended('RayCluster is suspended')
  const failure = conditionOf(object, 'ReplicaFailure') ?? conditionOf(object, 'RayClusterReplicaFailure')
  if (failure?.status === 'True') return degraded(failure.message || failure.reason)
  if (state === 'failed' || state === 'unhealthy') return degraded(reason || `RayCluster is ${state}`)
  if (conditionOf(object, 'RayClusterSuspending')?.status === 'True') return progressing('RayCluster is being suspended')
  const head = conditionOf(object, 'HeadPodReady')
  if (head?.status === 'False') return progressing(head.message || 'Waiting for the head pod')
  const provisioned = conditionOf(object, 'RayClusterProvisioned')
  if (provisioned?.status === 'False') return progressing(provisioned.message || 'Waiting for the pods')
  const isUp = state === 'ready' || (provisioned?.status === 'True' && head?.status === 'True')
  return isUp ? healthy('RayCluster is ready') : progressing(reason || 'Waiting for RayCluster')
}

function jobHealth(object: KubeObject): HealthStatus {
  const job = textAt(object, 'status', 'jobStatus') ?? ''
  const deployment = textAt(object, 'status', 'jobDeploymentStatus') ?? ''
  const message = textAt(object, 'status', 'message')
  switch (deployment) {
    case 'Suspended':
      return suspended(message || 'RayJob is suspended')
    case 'Waiting':
      return suspended(message || 'RayJob waits for somebody to submit it')
    case 'Suspending':
    case 'Retrying':
      return progressing(message || `RayJob is ${deployment.toLowerCase()}`)
    case 'Failed':
    case 'ValidationFailed':
      return degraded(message || textAt(object, 'status', 'reason') || 'RayJob has failed')
  }
  if (job === 'FAILED') return degraded(message || textAt(object, 'status', 'reason') || 'RayJob has failed')
  if (job === 'STOPPED') return degraded(message || 'RayJob was stopped')
  if (job === 'SUCCEEDED') return healthy(message || 'RayJob has succeeded')
  return progressing(message || (job === '' ? 'Waiting for RayJob' : `RayJob is ${job.toLowerCase()}`))
}

/** Why a service is not ready, when it will not become so by itself. */
const lastingReasons = ['InitializingTimeout', 'ValidationFailed']
const failedStates = /^Failed|^ServiceUnhealthy|Unhealthy$/

function serviceHealth(object: KubeObject): HealthStatus {
  if (isOutdated(object)) return progressing(unobserved)
  const broken = brokenApplication(object)
  if (broken !== undefined) return degraded(broken)
  const ready = conditionOf(object, 'Ready')
  if (ready?.status === 'False') {
    return lastingReasons.includes(ready.reason) ? degraded(ready.message || ready.reason) : progressing(ready.message || ready.reason)
  }
  const upgrade = conditionOf(object, 'UpgradeInProgress')
  if (upgrade?.status === 'True') return progressing(upgrade.message || 'RayService is being upgraded')
  const state = textAt(object, 'status', 'serviceStatus') ?? ''
  if (ready?.status === 'True' || (ready === undefined && state === 'Running')) return healthy('RayService is running')
  if (failedStates.test(state)) return degraded(state)
  return progressing(state === '' ? 'Waiting for RayService' : state)
}

/** An application of Ray Serve that cannot serve. */
function brokenApplication(object: KubeObject): string | undefined {
  const applications = at(object, 'status', 'activeServiceStatus', 'applicationStatuses')
  for (const [name, application] of isObject(applications) ? Object.entries(applications) : []) {
    const status = textAt(application, 'status') ?? ''
    if (status !== 'DEPLOY_FAILED' && status !== 'UNHEALTHY') continue
    const message = textAt(application, 'message')
    return `${name} is ${status}${message ? `: ${message}` : ''}`
  }
  return undefined
}
