import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing } from '../health-status.ts'
import { byConditions, readyRules } from './conditions.ts'

const readyKinds = ['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'PushSecret', 'ClusterPushSecret']

/** External Secrets (argo-cd `resource_customizations/external-secrets.io`, 3.x). */
export const externalSecrets: Record<string, HealthCheck> = {
  ...Object.fromEntries(readyKinds.map((kind) => [`external-secrets.io/${kind}`, byConditions(`Waiting for ${kind}`, readyRules)])),
  'external-secrets.io/ClusterExternalSecret': clusterSecretHealth,
}

/** Its newest condition is the last one. */
function clusterSecretHealth(object: KubeObject): HealthStatus {
  const last = conditionsOf(object).at(-1)
  if (last?.status === 'True' && last.type === 'Ready') return healthy(last.message)
  if (last?.status === 'True' && (last.type === 'PartiallyReady' || last.type === 'NotReady')) return degraded(last.message)
  return progressing('Waiting for ClusterExternalSecret')
}
