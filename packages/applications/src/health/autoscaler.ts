import type { HealthStatus } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { type Condition, conditionsIn, conditionsOf, degraded, healthy, progressing } from './health-status.ts'

/** In version 1 the conditions are a text. */
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions'

const failures: Record<string, readonly string[]> = {
  AbleToScale: ['FailedGetScale', 'FailedUpdateScale'],
  ScalingActive: [
    'FailedGetResourceMetric',
    'FailedGetObjectMetric',
    'FailedGetPodsMetric',
    'FailedGetExternalMetric',
    'FailedComputeMetricsReplicas',
    'InvalidSelector',
  ],
}

/** A HorizontalPodAutoscaler (argo-cd `gitops-engine/pkg/health/health_hpa.go`, 3.x). */
export function autoscalerHealth(object: KubeObject): HealthStatus {
  const conditions = splitApiVersion(object.apiVersion).version === 'v1' ? conditionsInAnnotation(object) : conditionsOf(object)
  const failed = conditions.find(({ type, reason }) => Object.hasOwn(failures, type) && failures[type]?.includes(reason))
  if (failed) return degraded(failed.message)
  const able = conditions.find(({ type, status }) => (type === 'AbleToScale' || type === 'ScalingLimited') && status === 'True')
  return able ? healthy(able.message) : progressing('Waiting to Autoscale')
}

function conditionsInAnnotation({ metadata }: KubeObject): Condition[] {
  const text = metadata.annotations?.[conditionsAnnotation]
  if (text === undefined) return []
  try {
    return conditionsIn({ conditions: JSON.parse(text) as unknown })
  } catch (error) {
    throw new Error(`failed to convert conditions annotation to typed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
