import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { isObject, textAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing, suspended } from '../health-status.ts'
import { byConditions, readyRules } from './conditions.ts'

const ready = byConditions('Waiting for the status to be reported', readyRules, { followsGeneration: true })

/** KServe, as Argo CD has its InferenceService (argo-cd `resource_customizations/serving.kserve.io`, 3.x). */
export const kserve: Record<string, HealthCheck> = {
  'serving.kserve.io/InferenceService': inferenceService,
  'serving.kserve.io/InferenceGraph': ready,
  'serving.kserve.io/LLMInferenceService': ready,
  'serving.kserve.io/TrainedModel': ready,
}

/** What its pods and routes lack makes it Progressing: KServe goes on trying. Only a model that cannot be loaded is Degraded. */
function inferenceService(object: KubeObject): HealthStatus {
  if (!isObject(object.status)) return progressing('Waiting for InferenceService to report status...')
  const conditions = conditionsOf(object)
  if (conditions.some(({ type, status }) => type === 'Stopped' && status === 'True')) return suspended('InferenceService is Stopped')
  const transition = textAt(object, 'status', 'modelStatus', 'transitionStatus')
  const isModelSettled = !isObject(object.status.modelStatus) || transition === 'UpToDate'
  if (!Array.isArray(object.status.conditions)) return progressing('Waiting for InferenceService to report status...')

  const waiting = conditions.flatMap(({ type, status, reason, message }, index) => {
    if (type === 'Stopped' || status === 'True') return []
    return [` | ${[`${index + 1}: ${type}`, status, reason, message].filter(Boolean).join(' | ')}`]
  })
  const counts = conditions.some(({ type, status }) => status === 'Unknown' || (status === 'False' && type !== 'Stopped'))
  if (isModelSettled && !counts) return healthy('InferenceService is healthy.')
  const message = (isModelSettled ? '' : `0: transitionStatus | ${transition ?? ''}`) + waiting.join('')
  return isModelSettled || transition === 'InProgress' ? progressing(message) : degraded(message)
}
