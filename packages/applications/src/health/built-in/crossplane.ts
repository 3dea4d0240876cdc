import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject } from '../../json.ts'
import {
  conditionsIn,
  conditionsOf,
  degraded,
  type HealthCheck,
  hasStatus,
  healthy,
  progressing,
  statusOf,
  suspended,
} from '../health-status.ts'

/** Kinds of the first AWS provider, with what Argo CD calls them (argo-cd `resource_customizations/*.aws.crossplane.io`, 3.x). */
const classicKinds = {
  'cloudfront.aws.crossplane.io/Distribution': 'distribution',
  'iam.aws.crossplane.io/Policy': 'Policy',
  'iam.aws.crossplane.io/Role': 'Role',
  'iam.aws.crossplane.io/RolePolicyAttachment': 'RolePolicyAttachment',
  'rds.aws.crossplane.io/DBCluster': 'DBCluster',
  'rds.aws.crossplane.io/DBInstance': 'DBInstance',
  'route53.aws.crossplane.io/ResourceRecordSet': 'resourcrecordset',
  's3.aws.crossplane.io/Bucket': 'Bucket',
}

/** Crossplane's packages, and kinds that have a check of their own (argo-cd `resource_customizations/pkg.crossplane.io`, 3.x). */
export const crossplane: Record<string, HealthCheck> = {
  'pkg.crossplane.io/Provider': providerHealth,
  'stacks.crossplane.io/ClusterStackInstall': stackHealth,
  ...Object.fromEntries(Object.entries(classicKinds).map(([kind, name]) => [kind, classicHealth(name)])),
}

const upToDate = 'Resource is up-to-date.'
const withoutStatus = {
  crossplane: [
    'ClusterProviderConfig',
    'Composition',
    'CompositionRevision',
    'ControllerConfig',
    'DeploymentRuntimeConfig',
    'ProviderConfig',
    'ProviderConfigUsage',
  ],
  upbound: ['ClusterProviderConfig', 'ProviderConfig', 'ProviderConfigUsage'],
}
const readyTypes = {
  crossplane: ['Ready', 'Healthy', 'Offered', 'Established', 'ValidPipeline', 'RevisionHealthy'],
  upbound: ['Ready'],
}

/** Whatever belongs to a group of Crossplane's or Upbound's, of which there are hundreds (`*.crossplane.io`, `*.upbound.io`). */
export function crossplaneCheck(group: string): HealthCheck | undefined {
  const family = group.endsWith('.crossplane.io') ? 'crossplane' : group.endsWith('.upbound.io') ? 'upbound' : undefined
  return family && ((object) => managedHealth(object, withoutStatus[family], readyTypes[family]))
}

function managedHealth(object: KubeObject, silent: readonly string[], ready: readonly string[]): HealthStatus {
  // Some kinds never have a status; what has none at all is taken for one of them.
  if (!isObject(object.status) || (!hasStatus(object) && silent.includes(object.kind))) return healthy(upToDate)
  if (!Array.isArray(object.status.conditions)) {
    const isUsed = /^(Cluster)?ProviderConfig$/.test(object.kind) && at(object, 'status', 'users') !== undefined
    return isUsed ? healthy('Resource is in use.') : progressing('Provisioning ...')
  }
  const conditions = conditionsOf(object)
  const failed = conditions.find(({ type, status }) => (type === 'LastAsyncOperation' || type === 'Synced') && status === 'False')
  if (failed) return degraded(failed.message)
  return conditions.some(({ type, status }) => ready.includes(type) && status === 'True')
    ? healthy(upToDate)
    : progressing('Provisioning ...')
}

/** By Synced and Ready; one whose reconciling somebody has paused is Suspended. */
function classicHealth(name: string): HealthCheck {
  return (object) => {
    if (!isObject(object.status) || !Array.isArray(object.status.conditions)) return progressing(`Waiting for ${name} to be created`)
    const conditions = conditionsOf(object)
    const [ready, synced] = ['Ready', 'Synced'].map((type) => conditions.findLast((condition) => condition.type === type))
    const isPaused = conditions.some(({ type, reason }) => type === 'Synced' && reason === 'ReconcilePaused')
    if (synced?.status === 'True' && ready?.status === 'True') return healthy(ready.reason)
    if (synced?.status !== 'True' && isPaused) return suspended('ReconcilePaused')
    if (synced?.status === 'True' && !isPaused) return progressing(`Waiting for ${name} to be available`)
    return degraded(conditions.findLast(({ type, reason }) => type === 'Synced' && reason === 'ReconcileError')?.message)
  }
}

function stackHealth(object: KubeObject): HealthStatus {
  const ready = conditionsIn(at(object, 'status', 'conditionedStatus')).find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return healthy(ready.reason)
  return progressing(ready ? ready.reason : 'Waiting for stack to be installed')
}

function providerHealth(object: KubeObject): HealthStatus {
  if (!isObject(object.status) || !Array.isArray(object.status.conditions)) return progressing('Waiting for provider to be installed')
  const [installed, running] = ['Installed', 'Healthy'].map((type) => conditionsOf(object).findLast((condition) => condition.type === type))
  const isWell = installed?.status === 'True' && running?.status === 'True'
  return statusOf(isWell ? 'Healthy' : 'Degraded', `${installed?.reason ?? ''} ${running?.reason ?? ''}`.trim())
}
