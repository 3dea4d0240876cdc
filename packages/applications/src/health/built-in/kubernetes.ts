import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, textAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing } from '../health-status.ts'

/** Kinds of Kubernetes that Argo CD has scripts for (argo-cd `resource_customizations`, 3.x). */
export const kubernetes: Record<string, HealthCheck> = {
  'apiextensions.k8s.io/CustomResourceDefinition': definitionHealth,
  'batch/CronJob': cronJobHealth,
  'policy/PodDisruptionBudget': disruptionBudgetHealth,
}

/** One that is suspended is as it should be: it is Healthy, as in Argo CD since 3.2. */
function cronJobHealth(object: KubeObject): HealthStatus {
  if (at(object, 'spec', 'suspend') === true) return healthy('CronJob is Suspended')
  if (!isObject(object.status)) return progressing('Waiting for CronJob')
  const scheduled = textAt(object, 'status', 'lastScheduleTime')
  const succeeded = textAt(object, 'status', 'lastSuccessfulTime')
  if (scheduled === undefined) return healthy('CronJob has not been scheduled yet')
  if (succeeded === undefined) return healthy('The CronJob never completed successfully. It may not be healthy')
  if (listAt(object, 'status', 'active').length > 0) return healthy('The job is running. Its last execution may not have been successful')
  if (succeeded < scheduled) return degraded('CronJob has not completed its last execution successfully')
  return healthy('CronJob has completed its last execution successfully')
}

/** Too few pods may be meant. The last condition is the newest. */
function disruptionBudgetHealth(object: KubeObject): HealthStatus {
  const conditions = conditionsOf(object)
  const failed = conditions.find(({ status, reason }) => status === 'False' && reason !== 'InsufficientPods')
  if (failed) return degraded(`PodDisruptionBudget has ${failed.reason}`)
  const last = conditions.at(-1)
  return last ? healthy(`PodDisruptionBudget has ${last.reason}`) : progressing('Waiting for status')
}

function definitionHealth(object: KubeObject): HealthStatus {
  const conditions = conditionsOf(object)
  if (conditions.length === 0) return progressing('Status conditions not found')
  for (const { type, status, reason, message } of conditions) {
    if (type === 'Terminating' && status === 'True') return progressing(`CRD is terminating: ${message}`)
    if (type === 'NamesAccepted' && status === 'False') return degraded(`CRD names have not been accepted: ${message}`)
    if (type === 'NonStructuralSchema' && status === 'True') return degraded(`Schema violations found: ${message}`)
    if (type === 'Established' && status !== 'True' && reason === 'Installing') return progressing('CRD is being installed')
  }
  const isEstablished = conditions.some(({ type, status }) => type === 'Established' && status === 'True')
  return isEstablished ? healthy('CRD is healthy') : degraded('CRD is not established')
}
