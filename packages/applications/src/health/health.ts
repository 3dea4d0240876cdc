import type { HealthStatus } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { listAt, textAt } from '../json.ts'
import { autoscalerHealth } from './autoscaler.ts'
import { checkOf } from './built-in/checks.ts'
import { type HealthCheck, progressing, statusOf } from './health-status.ts'
import { podHealth } from './pod.ts'
import { conditionOf, daemonSetHealth, deploymentHealth, jobHealth, replicaSetHealth, statefulSetHealth } from './workloads.ts'

/** With this finalizer a hook waits for us to say that it is through: it is not on its way out yet. */
const hookFinalizer = 'argocd.argoproj.io/hook-finalizer'

/** By `GROUP/KIND`, with the versions that are known; of other versions nothing is known (argo-cd `gitops-engine/pkg/health`, 3.x). */
const assessments = new Map<string, { check: HealthCheck; versions?: readonly string[]; name?: string }>([
  ['apps/Deployment', { check: deploymentHealth, versions: ['v1'] }],
  ['apps/ReplicaSet', { check: replicaSetHealth, versions: ['v1'] }],
  ['apps/StatefulSet', { check: statefulSetHealth, versions: ['v1'] }],
  ['apps/DaemonSet', { check: daemonSetHealth, versions: ['v1'] }],
  ['batch/Job', { check: jobHealth, versions: ['v1'] }],
  ['/Pod', { check: podHealth, versions: ['v1'] }],
  ['/Service', { check: serviceHealth, versions: ['v1'] }],
  ['/PersistentVolumeClaim', { check: claimHealth, versions: ['v1'] }],
  ['extensions/Ingress', { check: ingressHealth }],
  ['networking.k8s.io/Ingress', { check: ingressHealth }],
  ['autoscaling/HorizontalPodAutoscaler', { check: autoscalerHealth, versions: ['v1', 'v2beta1', 'v2beta2', 'v2'], name: 'HPA' }],
  ['apiregistration.k8s.io/APIService', { check: apiServiceHealth, versions: ['v1beta1', 'v1'] }],
])

/** The health of one live object, or undefined when its kind has none. What is being deleted is Progressing. */
export function healthOf(object: KubeObject): HealthStatus | undefined {
  if (isLeaving(object)) return progressing('Pending deletion')
  const check = checkOf(object)
  const { group, version } = splitApiVersion(object.apiVersion)
  const own = check ? undefined : assessments.get(`${group}/${object.kind}`)
  if (own?.versions && !own.versions.includes(version)) {
    return statusOf('Unknown', `unsupported ${own.name ?? object.kind} GVK: ${object.apiVersion}, Kind=${object.kind}`)
  }
  try {
    return (check ?? own?.check)?.(object)
  } catch (error) {
    // A status of a shape nobody expects concerns this one object only.
    return statusOf('Unknown', `Its health cannot be told: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What is being deleted is on its way, whatever its kind. */
export function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(hookFinalizer) !== true
}

function serviceHealth(object: KubeObject): HealthStatus {
  const isWaiting = textAt(object, 'spec', 'type') === 'LoadBalancer' && listAt(object, 'status', 'loadBalancer', 'ingress').length === 0
  return { status: isWaiting ? 'Progressing' : 'Healthy' }
}

function ingressHealth(object: KubeObject): HealthStatus {
  return { status: listAt(object, 'status', 'loadBalancer', 'ingress').length > 0 ? 'Healthy' : 'Progressing' }
}

function claimHealth(object: KubeObject): HealthStatus {
  switch (textAt(object, 'status', 'phase')) {
    case 'Lost':
      return { status: 'Degraded' }
    case 'Pending':
      return { status: 'Progressing' }
    case 'Bound':
      return { status: 'Healthy' }
    default:
      return { status: 'Unknown' }
  }
}

function apiServiceHealth(object: KubeObject): HealthStatus {
  const available = conditionOf(object, 'Available')
  if (!available) return progressing('Waiting to be processed')
  const message = `${textAt(available, 'reason') ?? ''}: ${textAt(available, 'message') ?? ''}`
  return available.status === 'True' ? { status: 'Healthy', message } : progressing(message)
}
