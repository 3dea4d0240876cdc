import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { isObject, listAt, textAt } from '../../json.ts'
import { type Condition, conditionsIn, conditionsOf, degraded, type HealthCheck, healthy, progressing, statusOf } from '../health-status.ts'

/** The Gateway API (argo-cd `resource_customizations/gateway.networking.k8s.io`, 3.x; TCPRoute, TLSRoute and UDPRoute are as HTTPRoute is). */
export const gatewayApi: Record<string, HealthCheck> = {
  'gateway.networking.k8s.io/GatewayClass': gatewayClassHealth,
  'gateway.networking.k8s.io/Gateway': gatewayHealth,
  'gateway.networking.k8s.io/HTTPRoute': routeHealth('HTTPRoute', true),
  'gateway.networking.k8s.io/GRPCRoute': routeHealth('GRPCRoute', false),
  'gateway.networking.k8s.io/TCPRoute': routeHealth('TCPRoute', true),
  'gateway.networking.k8s.io/TLSRoute': routeHealth('TLSRoute', true),
  'gateway.networking.k8s.io/UDPRoute': routeHealth('UDPRoute', true),
  'gateway.networking.k8s.io/BackendTLSPolicy': tlsPolicyHealth,
}

function gatewayClassHealth(object: KubeObject): HealthStatus {
  const accepted = conditionsOf(object).find((condition) => condition.type === 'Accepted' && isCurrent(object, condition))
  if (accepted?.status === 'True') return healthy(accepted.message || 'GatewayClass is accepted')
  if (accepted?.status === 'False') return degraded(accepted.message || 'GatewayClass is not accepted')
  return progressing(accepted?.message || 'Waiting for GatewayClass status')
}

function isCurrent({ metadata }: KubeObject, { observedGeneration }: Condition): boolean {
  return metadata.generation === undefined || observedGeneration === undefined || observedGeneration === metadata.generation
}

/** What keeps a gateway, a listener or a route of a parent from being there; undefined when nothing does. */
function obstacle(conditions: readonly Condition[], what: string): HealthStatus | undefined {
  for (const type of ['ResolvedRefs', 'Accepted']) {
    const failed = conditions.find((condition) => condition.type === type && condition.status === 'False')
    if (failed) return degraded(failed.message || `Failed condition: ${type}`)
  }
  const unprogrammed = conditions.find(({ type, status }) => type === 'Programmed' && status !== 'True')
  return unprogrammed && progressing(unprogrammed.message || `${what} is still being programmed`)
}

function gatewayHealth(object: KubeObject): HealthStatus {
  const own = obstacle(conditionsOf(object), 'Gateway')
  if (own) return own
  const listeners = listAt(object, 'status', 'listeners').filter(isObject)
  for (const listener of listeners) {
    const found = obstacle(conditionsIn(listener), 'Listener')
    if (found?.status) return statusOf(found.status, `Listener: ${found.message ?? ''}`)
  }
  const isReported = isObject(object.status) && (Array.isArray(object.status.conditions) || listeners.length > 0)
  return isReported ? healthy('Gateway is healthy') : progressing('Waiting for Gateway status')
}

/** By what each parent says. `followsGeneration`: of those only that have seen the spec as it is now. */
function routeHealth(kind: string, followsGeneration: boolean): HealthCheck {
  return (object) => {
    const parents = listAt(object, 'status', 'parents')
      .filter(isObject)
      .map((parent) => ({ name: textAt(parent, 'parentRef', 'name') ?? '', conditions: conditionsIn(parent) }))
      .filter(({ conditions }) => conditions.length > 0)
      .filter(({ conditions }) => !followsGeneration || conditions.every((condition) => isCurrent(object, condition)))
    for (const { name, conditions } of parents) {
      const found = obstacle(conditions, 'Route')
      if (found?.status) return statusOf(found.status, `Parent ${name}: ${found.message ?? ''}`)
    }
    return parents.length > 0 ? healthy(`${kind} is healthy`) : progressing(`Waiting for ${kind} status`)
  }
}

function tlsPolicyHealth(object: KubeObject): HealthStatus {
  const ancestors = listAt(object, 'status', 'ancestors')
    .filter(isObject)
    .map((ancestor) => ({ name: textAt(ancestor, 'ancestorRef', 'name') ?? '', conditions: conditionsIn(ancestor) }))
  const late = ancestors.find(({ conditions }) => conditions.some((condition) => !isCurrent(object, condition)))
  if (late) return progressing(`Waiting for Ancestor ${late.name} to update BackendTLSPolicy status`)
  const relevant = ancestors.flatMap(({ name, conditions }) =>
    conditions.filter(({ type }) => type === 'Accepted' || type === 'ResolvedRefs').map((condition) => ({ name, condition })),
  )
  const failed = relevant.find(({ condition }) => condition.status !== 'True')
  if (failed) return degraded(`Ancestor ${failed.name}: ${failed.condition.message}`)
  return relevant.some(({ condition }) => condition.type === 'Accepted')
    ? healthy('BackendTLSPolicy is healthy')
    : progressing('Waiting for BackendTLSPolicy status')
}
