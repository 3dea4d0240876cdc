import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, numberAt, textAt } from '../json.ts'

/** What an object of some kind says about itself. It may throw for a status of a shape that nobody expects. */
export type HealthCheck = (object: KubeObject) => HealthStatus | undefined

/** A message is there when it says something. */
export function statusOf(status: HealthStatusCode, message: string | undefined): HealthStatus {
  return message ? { status, message } : { status }
}

export function healthy(message?: string): HealthStatus {
  return statusOf('Healthy', message)
}

export function progressing(message?: string): HealthStatus {
  return statusOf('Progressing', message)
}

export function degraded(message?: string): HealthStatus {
  return statusOf('Degraded', message)
}

export function suspended(message?: string): HealthStatus {
  return statusOf('Suspended', message)
}

export interface Condition {
  type: string
  status: string
  reason: string
  message: string
  observedGeneration: number | undefined
}

/** The conditions in a list, as their writers have them: what is missing is empty. */
export function conditionsIn(value: unknown): Condition[] {
  return listAt(value, 'conditions')
    .filter(isObject)
    .map((item) => ({
      type: textAt(item, 'type') ?? '',
      status: textAt(item, 'status') ?? '',
      reason: textAt(item, 'reason') ?? '',
      message: textAt(item, 'message') ?? '',
      observedGeneration: numberAt(item, 'observedGeneration'),
    }))
}

export function conditionsOf(object: KubeObject): Condition[] {
  return conditionsIn(object.status)
}

/** Whether the status is of an older spec. Who writes no `observedGeneration` is taken at their word. */
export function isOutdated(object: KubeObject): boolean {
  const observed = numberAt(object, 'status', 'observedGeneration')
  return observed !== undefined && (object.metadata.generation ?? 0) > observed
}

export function hasStatus(object: KubeObject): boolean {
  const status = at(object, 'status')
  return isObject(status) && Object.keys(status).length > 0
}
