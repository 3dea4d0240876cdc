import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, textAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing, statusOf, suspended } from '../health-status.ts'
import { byConditions, readyRules } from './conditions.ts'

/** What many clusters have besides, of one kind each (argo-cd `resource_customizations`, 3.x). */
export const operators: Record<string, HealthCheck> = {
  'bitnami.com/SealedSecret': byConditions('Waiting for Sealed Secret to be decrypted', [
    { type: 'Synced', status: 'False', as: 'Degraded' },
    { type: 'Synced', status: 'True', as: 'Healthy' },
  ]),
  'karpenter.sh/NodePool': byConditions('Waiting for NodePool to be ready', readyRules),
  'monitoring.coreos.com/Prometheus': prometheusHealth,
  'postgresql.cnpg.io/Cluster': postgresHealth,
  'snapshot.storage.k8s.io/VolumeSnapshot': snapshotHealth,
  'snapshot.storage.k8s.io/VolumeSnapshotContent': snapshotHealth,
}

function prometheusHealth(object: KubeObject): HealthStatus {
  const available = conditionsOf(object).find(({ type }) => type === 'Available')
  if (!available) return progressing('Waiting for initialization')
  if (available.status === 'True') return healthy('All instances are available')
  const message = available.message || available.reason
  return available.reason === 'SomePodsNotReady' ? progressing(message) : degraded(message)
}

function snapshotHealth(object: KubeObject): HealthStatus {
  if (at(object, 'status', 'readyToUse') === true) return healthy('Ready to use')
  if (at(object, 'status', 'error') !== undefined) return degraded(textAt(object, 'status', 'error', 'message'))
  return progressing('Waiting for status')
}

/** Phases of CloudNativePG, by what it calls them (cloudnative-pg `api/v1/cluster_types.go`). */
const postgresPhases = new Map<string, HealthStatusCode>([
  ['Cluster in healthy state', 'Healthy'],
  ...[
    'Setting up primary',
    'Creating a new replica',
    'Upgrading cluster',
    'Waiting for the instances to become active',
    'Promoting to primary cluster',
  ].map((phase) => [phase, 'Progressing'] as const),
  ...[
    'Switchover in progress',
    'Failing over',
    'Upgrading Postgres major version',
    'Cluster upgrade delayed',
    'Waiting for user action',
    'Primary instance is being restarted in-place',
    'Primary instance is being restarted without a switchover',
    'Cluster cannot execute instance online upgrade due to missing architecture binary',
    'Online upgrade in progress',
    'Applying configuration',
  ].map((phase) => [phase, 'Degraded'] as const),
  ...[
    'Unable to create required cluster objects',
    'Cluster cannot proceed to reconciliation due to an unknown plugin being required',
    'Cluster has incomplete or invalid image catalog',
    'Cluster is unrecoverable and needs manual intervention',
  ].map((phase) => [phase, 'Suspended'] as const),
])

function postgresHealth(object: KubeObject): HealthStatus {
  if (object.metadata.annotations?.['cnpg.io/reconciliationLoop'] === 'disabled') return suspended('Cluster reconciliation is suspended')
  const reason = textAt(object, 'status', 'phaseReason')
  if (at(object, 'status', 'conditions') === undefined) return progressing(reason)
  const hibernation = conditionsOf(object).find(({ type }) => type === 'cnpg.io/hibernation')
  if (hibernation) return statusOf(hibernation.status === 'True' ? 'Suspended' : 'Degraded', hibernation.message)
  return statusOf(postgresPhases.get(textAt(object, 'status', 'phase') ?? '') ?? 'Unknown', reason)
}
