import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { isObject, listAt, textAt } from '../json.ts'
import { podHealth } from './pod.ts'
import { conditionOf, daemonSetHealth, deploymentHealth, jobHealth, progressing, replicaSetHealth, statefulSetHealth } from './workloads.ts'

/** By `GROUP/KIND`. A kind that is not here has no health of its own, as in Argo CD. */
const assessments = new Map<string, (object: KubeObject) => HealthStatus>([
  ['apps/Deployment', deploymentHealth],
  ['apps/ReplicaSet', replicaSetHealth],
  ['apps/StatefulSet', statefulSetHealth],
  ['apps/DaemonSet', daemonSetHealth],
  ['batch/Job', jobHealth],
  ['/Pod', podHealth],
  ['/Service', serviceHealth],
  ['/PersistentVolumeClaim', claimHealth],
  ['networking.k8s.io/Ingress', ingressHealth],
  ['autoscaling/HorizontalPodAutoscaler', autoscalerHealth],
  ['apiregistration.k8s.io/APIService', apiServiceHealth],
  ['argoproj.io/Application', applicationHealth],
])

/** The health of one live object, or undefined when its kind has none. What is being deleted is Progressing. */
export function healthOf(object: KubeObject): HealthStatus | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return progressing('Pending deletion')
  const assess = assessments.get(`${splitApiVersion(object.apiVersion).group}/${object.kind}`)
  if (!assess) return undefined
  try {
    return assess(object)
  } catch (error) {
    // A status of a shape nobody expects concerns this one object only.
    return { status: 'Unknown', message: `Its health cannot be told: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** From best to worst (argo-cd `gitops-engine/pkg/health/health.go`). */
const order: HealthStatusCode[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown']

export function isWorse(than: HealthStatusCode, status: HealthStatusCode): boolean {
  return order.indexOf(status) > order.indexOf(than)
}

function serviceHealth(object: KubeObject): HealthStatus {
  const isWaiting = textAt(object, 'spec', 'type') === 'LoadBalancer' && listAt(object, 'status', 'loadBalancer', 'ingress').length === 0
  return { status: isWaiting ? 'Progressing' : 'Healthy' }
}

function ingressHealth(object: KubeObject): HealthStatus {
  return { status: listAt(object, 'status', 'loadBalancer', 'ingress').length > 0 ? 'Healthy' : 'Progressing' }
}

function claimHealth(object: KubeObject): HealthStatus {
  const byPhase: Record<string, HealthStatusCode> = { Lost: 'Degraded', Pending: 'Progressing', Bound: 'Healthy' }
  return { status: byPhase[textAt(object, 'status', 'phase') ?? ''] ?? 'Unknown' }
}

const failedScaling = new Set([
  'FailedGetScale',
  'FailedUpdateScale',
  'FailedGetResourceMetric',
  'FailedGetObjectMetric',
  'FailedGetPodsMetric',
  'FailedGetExternalMetric',
  'FailedComputeMetricsReplicas',
  'InvalidSelector',
])

function autoscalerHealth(object: KubeObject): HealthStatus {
  const conditions = listAt(object, 'status', 'conditions').filter(isObject)
  const failed = conditions.find(
    (condition) =>
      (condition.type === 'AbleToScale' || condition.type === 'ScalingActive') && failedScaling.has(textAt(condition, 'reason') ?? ''),
  )
  if (failed) return { status: 'Degraded', message: textAt(failed, 'message') ?? '' }
  const able = conditions.find(
    (condition) => (condition.type === 'AbleToScale' || condition.type === 'ScalingLimited') && condition.status === 'True',
  )
  return able ? { status: 'Healthy', message: textAt(able, 'message') ?? '' } : progressing('Waiting to Autoscale')
}

function apiServiceHealth(object: KubeObject): HealthStatus {
  const available = conditionOf(object, 'Available')
  if (!available) return progressing('Waiting to be processed')
  const message = `${textAt(available, 'reason') ?? ''}: ${textAt(available, 'message') ?? ''}`
  return available.status === 'True' ? { status: 'Healthy', message } : progressing(message)
}

function applicationHealth(object: KubeObject): HealthStatus {
  const status = textAt(object, 'status', 'health', 'status') as HealthStatusCode | undefined
  return status !== undefined && order.includes(status) ? { status } : { status: 'Unknown' }
}
