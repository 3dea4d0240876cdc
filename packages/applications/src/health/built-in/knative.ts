import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing } from '../health-status.ts'
import { byConditions, readyRules } from './conditions.ts'

const ready = byConditions('Waiting for the status to be reported', readyRules, { followsGeneration: true })

const readyKinds = {
  'serving.knative.dev': ['Configuration', 'DomainMapping', 'Revision', 'Route'],
  'eventing.knative.dev': ['Broker', 'EventType', 'Trigger'],
  'messaging.knative.dev': ['Channel', 'InMemoryChannel', 'Subscription'],
  'flows.knative.dev': ['Parallel', 'Sequence'],
  'sources.knative.dev': ['ApiServerSource', 'ContainerSource', 'PingSource', 'SinkBinding'],
}

/** Knative, with the Service and the operator's kinds as Argo CD has them (argo-cd `resource_customizations/*.knative.dev`, 3.x). */
export const knative: Record<string, HealthCheck> = {
  ...Object.fromEntries(Object.entries(readyKinds).flatMap(([group, kinds]) => kinds.map((kind) => [`${group}/${kind}`, ready]))),
  'serving.knative.dev/Service': service,
  'operator.knative.dev/KnativeServing': installed('KnativeServing', [
    'Ready',
    'InstallSucceeded',
    'DependenciesInstalled',
    'DeploymentsAvailable',
  ]),
  'operator.knative.dev/KnativeEventing': installed('KnativeEventing', ['Ready', 'InstallSucceeded']),
}

const parts = ['ConfigurationsReady', 'RoutesReady', 'Ready']

function service(object: KubeObject): HealthStatus {
  const conditions = conditionsOf(object)
  if (conditions.length === 0 && !Array.isArray(statusField(object))) return progressing('Waiting for status update.')
  const bad = conditions.filter(({ status }) => status === 'False' || status === 'Unknown')
  const good = conditions.filter(({ type, status }) => status === 'True' && parts.includes(type))
  if (bad.length === 0 && good.length === parts.length) return healthy('Knative Service is healthy.')
  const lines = bad.map(({ type, status, reason, message }) => {
    return `${type} is ${status}${reason && `, since ${reason}.`}${message && ` ${message}`}\n`
  })
  return bad.some(({ status }) => status === 'False') ? degraded(lines.join('')) : progressing(lines.join(''))
}

function statusField(object: KubeObject): unknown {
  return (object.status as { conditions?: unknown } | undefined)?.conditions
}

/** What the operator installs: all conditions have to be True. One that failed to be available may come yet. */
function installed(kind: string, wanted: readonly string[]): HealthCheck {
  return (object) => {
    if (!Array.isArray(statusField(object))) return progressing(`Waiting for ${kind}`)
    const conditions = conditionsOf(object)
    const message = conditions.map(({ type, status }, index) => `${index + 1}: ${type} | ${status}\n`).join('')
    const isWaiting = conditions.some(
      ({ type, status }) =>
        status === 'Unknown' || (status === 'False' && (type === 'Ready' || (type === 'DeploymentsAvailable' && wanted.includes(type)))),
    )
    if (isWaiting) return progressing(message)
    const good = conditions.filter(({ type, status }) => status === 'True' && wanted.includes(type))
    return good.length === wanted.length ? healthy(`${kind} is healthy.`) : degraded(message)
  }
}
