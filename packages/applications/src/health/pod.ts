import { annotations, type HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, textAt } from '../json.ts'
import { isHook } from '../target/hook.ts'
import { statusOf } from './health-status.ts'
import { conditionOf } from './workloads.ts'

/**
 * Health of a pod as Argo CD assesses it (argo-cd `gitops-engine/pkg/health/health_pod.go`, 3.x).
 * One thing is added: a pod without a process behind it says so in its message.
 */
export function podHealth(object: KubeObject): HealthStatus {
  const health = assess(object)
  const simulated = object.metadata.annotations?.[annotations.simulated]
  if (simulated === undefined) return health
  return { ...health, message: [health.message, `simulated: ${simulated}`].filter(Boolean).join('; ') }
}

function assess(object: KubeObject): HealthStatus {
  const policy = textAt(object, 'spec', 'restartPolicy')
  const isTakenForOne = object.metadata.annotations?.['argocd.argoproj.io/ignore-restart-policy'] === 'true'
  const isLongRunning = policy === 'Always' || (isTakenForOne && !isHook(object))
  const containers = listAt(object, 'status', 'containerStatuses').filter(isObject)
  const message = textAt(object, 'status', 'message')

  if (isLongRunning) {
    const stuck = containers.filter((container) => /^Err|Error$|BackOff$/.test(textAt(container, 'state', 'waiting', 'reason') ?? ''))
    if (stuck.length > 0) {
      return { status: 'Degraded', message: stuck.map((container) => textAt(container, 'state', 'waiting', 'message') ?? '').join(', ') }
    }
  }

  switch (textAt(object, 'status', 'phase')) {
    case 'Pending':
      return statusOf('Progressing', message)
    case 'Succeeded':
      return statusOf('Healthy', message)
    case 'Failed': {
      const all = [...listAt(object, 'status', 'initContainerStatuses').filter(isObject), ...containers]
      return statusOf('Degraded', message || all.map(failureOf).find((text) => text !== undefined))
    }
    case 'Running': {
      if (!isLongRunning) return statusOf(policy === 'OnFailure' || policy === 'Never' ? 'Progressing' : 'Unknown', message)
      if (conditionOf(object, 'Ready')?.status === 'True') return statusOf('Healthy', message)
      const hasDied = containers.some((container) => isObject(at(container, 'lastState', 'terminated')))
      return statusOf(hasDied ? 'Degraded' : 'Progressing', message)
    }
    default:
      return statusOf('Unknown', message)
  }
}

function failureOf(container: Record<string, unknown>): string | undefined {
  const terminated = at(container, 'state', 'terminated')
  if (!isObject(terminated)) return undefined
  const message = textAt(terminated, 'message')
  if (message) return message
  if (terminated.reason === 'OOMKilled') return 'OOMKilled'
  return terminated.exitCode === 0
    ? undefined
    : `container "${textAt(container, 'name') ?? ''}" failed with exit code ${String(terminated.exitCode)}`
}
