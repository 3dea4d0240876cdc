import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, textAt } from '../../json.ts'
import { conditionsOf, type HealthCheck, statusOf } from '../health-status.ts'

/** Flagger (argo-cd `resource_customizations/flagger.app`, 3.x). */
export const flagger: Record<string, HealthCheck> = { 'flagger.app/Canary': canaryHealth }

const phases = new Map<string, HealthStatusCode>([
  ['Failed', 'Degraded'],
  ['Progressing', 'Progressing'],
  ['Finalising', 'Progressing'],
  ['Promoting', 'Progressing'],
  ['Succeeded', 'Healthy'],
  ['Initialized', 'Healthy'],
])

function canaryHealth(object: KubeObject): HealthStatus {
  if (!isObject(object.status)) return statusOf('Unknown', 'No status')
  const phase = textAt(object, 'status', 'phase') ?? ''
  const weight = Number(at(object, 'status', 'canaryWeight') ?? 0)
  const told = conditionsOf(object).map(({ message }) => message)
  const messages = weight > 0 ? [`Canary Weight: ${weight} %`, ...told] : told
  return statusOf(phases.get(phase) ?? 'Unknown', `${phase} --- ${messages.join(' --- ')}`)
}
