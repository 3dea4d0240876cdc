import type { KubeObject } from '@plimsoll/kube'
import { withCondition, type Condition } from '../machinery/condition.ts'

/** The part of autoscaling/v2 HorizontalPodAutoscaler that is looked at. */
export interface Autoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string }
    minReplicas?: number
    maxReplicas: number
    metrics?: MetricSpec[]
  }
  status?: AutoscalerStatus
}

export interface MetricSpec {
  type: string
  resource?: { name: string }
  containerResource?: { name: string; container: string }
  pods?: { metric: { name: string } }
  object?: { metric: { name: string } }
  external?: { metric: { name: string } }
}

export interface AutoscalerStatus {
  observedGeneration?: number
  lastScaleTime?: string
  currentReplicas?: number
  desiredReplicas?: number
  conditions?: Condition[]
}

export interface AutoscalerPlan {
  /** Another size for the target, with the reason that the event gives. */
  rescale: { to: number; reason: string } | undefined
  status: AutoscalerStatus
  warning: { reason: string; message: string } | undefined
}

/**
 * `size` is what the target's spec asks for and its status tells. What an autoscaler does in a cluster that serves no metrics: it keeps the target within its bounds, and says truly that it cannot do more.
 * The order of the cases and the reasons are those of `reconcileAutoscaler`.
 */
export function planAutoscaler(autoscaler: Autoscaler, size: { wanted: number; observed: number }, now: number): AutoscalerPlan {
  const currentReplicas = size.wanted
  const min = autoscaler.spec.minReplicas ?? 1
  const max = autoscaler.spec.maxReplicas
  const base: AutoscalerStatus = {
    ...(autoscaler.status?.lastScaleTime === undefined ? {} : { lastScaleTime: autoscaler.status.lastScaleTime }),
    ...(autoscaler.metadata.generation === undefined ? {} : { observedGeneration: autoscaler.metadata.generation }),
    currentReplicas: size.observed,
  }
  let conditions = set(
    autoscaler.status?.conditions,
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
    now,
  )
  if (currentReplicas === 0 && min !== 0) {
    conditions = set(
      conditions,
      'ScalingActive',
      'False',
      'ScalingDisabled',
      'scaling is disabled since the replica count of the target is zero',
      now,
    )
    return { rescale: undefined, warning: undefined, status: { ...base, desiredReplicas: 0, conditions } }
  }
  const bound =
    currentReplicas > max
      ? { to: max, reason: 'Current number of replicas above Spec.MaxReplicas' }
      : currentReplicas < min
        ? { to: min, reason: 'Current number of replicas below Spec.MinReplicas' }
        : undefined
  if (bound !== undefined) {
    conditions = set(
      conditions,
      'AbleToScale',
      'True',
      'SucceededRescale',
      `the HPA controller was able to update the target scale to ${bound.to}`,
      now,
    )
    conditions =
      currentReplicas > max
        ? set(
            conditions,
            'ScalingLimited',
            'True',
            'TooManyReplicas',
            'the desired replica count is more than the maximum replica count',
            now,
          )
        : set(
            conditions,
            'ScalingLimited',
            'True',
            'TooFewReplicas',
            'the desired replica count is less than the minimum replica count',
            now,
          )
    return { rescale: bound, warning: undefined, status: { ...base, desiredReplicas: bound.to, conditions } }
  }
  const warning = missingMetric(autoscaler)
  conditions = set(
    conditions,
    'ScalingActive',
    'False',
    warning.reason,
    `the HPA was unable to compute the replica count: ${warning.message}`,
    now,
  )
  // Nothing was computed, so nothing was limited either.
  conditions = set(conditions, 'ScalingLimited', 'False', 'DesiredWithinRange', 'the desired count is within the acceptable range', now)
  return {
    rescale: undefined,
    warning,
    status: { ...base, desiredReplicas: currentReplicas, conditions },
  }
}

/** The conditions when the target's size cannot be read. */
export function unreadableTarget(autoscaler: Autoscaler, message: string, now: number): AutoscalerStatus {
  const conditions = set(
    autoscaler.status?.conditions,
    'AbleToScale',
    'False',
    'FailedGetScale',
    `the HPA controller was unable to get the target's current scale: ${message}`,
    now,
  )
  return { ...autoscaler.status, conditions }
}

function missingMetric(autoscaler: Autoscaler): { reason: string; message: string } {
  const [metric] = autoscaler.spec.metrics ?? [{ type: 'Resource', resource: { name: 'cpu' } }]
  const served = 'this cluster serves no metrics API yet'
  switch (metric?.type) {
    case 'Pods':
      return {
        reason: 'FailedGetPodsMetric',
        message: `unable to get metric ${metric.pods?.metric.name ?? ''}: ${served} (custom.metrics.k8s.io)`,
      }
    case 'Object':
      return {
        reason: 'FailedGetObjectMetric',
        message: `unable to get metric ${metric.object?.metric.name ?? ''}: ${served} (custom.metrics.k8s.io)`,
      }
    case 'External':
      return {
        reason: 'FailedGetExternalMetric',
        message: `unable to get external metric ${metric.external?.metric.name ?? ''}: ${served} (external.metrics.k8s.io)`,
      }
    case 'ContainerResource':
      return {
        reason: 'FailedGetContainerResourceMetric',
        message: `failed to get ${metric.containerResource?.name ?? ''} usage: ${served} (metrics.k8s.io)`,
      }
    default:
      return {
        reason: 'FailedGetResourceMetric',
        message: `failed to get ${metric?.resource?.name ?? 'cpu'} utilization: unable to get metrics for resource ${metric?.resource?.name ?? 'cpu'}: ${served} (metrics.k8s.io)`,
      }
  }
}

function set(
  conditions: readonly Condition[] | undefined,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Condition[] {
  return withCondition(conditions, { type, status, reason, message }, now)
}
