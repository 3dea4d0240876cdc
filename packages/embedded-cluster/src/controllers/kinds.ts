import type { GroupKind, KubeObject } from '@plimsoll/kube'

/** The kinds the controllers read and write, with the version they are written at. */
export interface KnownKind extends GroupKind {
  apiVersion: string
}

/** An object that is about to be made: its kind is given beside it. */
export interface NewObject {
  metadata: KubeObject['metadata']
  [field: string]: unknown
}

function known(apiVersion: string, kind: string): KnownKind {
  const slash = apiVersion.indexOf('/')
  return { apiVersion, group: slash < 0 ? '' : apiVersion.slice(0, slash), kind }
}

export const podKind = known('v1', 'Pod')
export const nodeKind = known('v1', 'Node')
export const namespaceKind = known('v1', 'Namespace')
export const serviceKind = known('v1', 'Service')
export const endpointsKind = known('v1', 'Endpoints')
export const eventKind = known('v1', 'Event')
export const configMapKind = known('v1', 'ConfigMap')
export const serviceAccountKind = known('v1', 'ServiceAccount')
export const claimKind = known('v1', 'PersistentVolumeClaim')
export const volumeKind = known('v1', 'PersistentVolume')
export const resourceQuotaKind = known('v1', 'ResourceQuota')
export const replicationControllerKind = known('v1', 'ReplicationController')
export const deploymentKind = known('apps/v1', 'Deployment')
export const replicaSetKind = known('apps/v1', 'ReplicaSet')
export const statefulSetKind = known('apps/v1', 'StatefulSet')
export const daemonSetKind = known('apps/v1', 'DaemonSet')
export const controllerRevisionKind = known('apps/v1', 'ControllerRevision')
export const jobKind = known('batch/v1', 'Job')
export const cronJobKind = known('batch/v1', 'CronJob')
export const endpointSliceKind = known('discovery.k8s.io/v1', 'EndpointSlice')
export const ingressKind = known('networking.k8s.io/v1', 'Ingress')
export const ingressClassKind = known('networking.k8s.io/v1', 'IngressClass')
export const autoscalerKind = known('autoscaling/v2', 'HorizontalPodAutoscaler')
export const disruptionBudgetKind = known('policy/v1', 'PodDisruptionBudget')
export const storageClassKind = known('storage.k8s.io/v1', 'StorageClass')

export function isKind(object: KubeObject, kind: KnownKind): boolean {
  return object.kind === kind.kind && groupOf(object.apiVersion) === kind.group
}

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}
