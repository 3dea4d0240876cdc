import type { IconName } from '../parts/icon-sprite.tsx'

const icons: Record<string, IconName> = {
  Application: 'i-mark',
  Deployment: 'i-k-deployment',
  StatefulSet: 'i-k-deployment',
  DaemonSet: 'i-k-deployment',
  Rollout: 'i-k-deployment',
  ReplicaSet: 'i-k-replicaset',
  ControllerRevision: 'i-k-replicaset',
  Pod: 'i-k-pod',
  Job: 'i-runs',
  CronJob: 'i-clock',
  Service: 'i-k-service',
  EndpointSlice: 'i-k-endpointslice',
  Endpoints: 'i-k-endpointslice',
  Ingress: 'i-k-ingress',
  HTTPRoute: 'i-k-ingress',
  Gateway: 'i-k-ingress',
  ConfigMap: 'i-k-configmap',
  Secret: 'i-k-secret',
  HorizontalPodAutoscaler: 'i-k-hpa',
  PersistentVolumeClaim: 'i-k-volume',
  PersistentVolume: 'i-k-volume',
  Namespace: 'i-projects',
  ServiceAccount: 'i-user',
  Role: 'i-lock',
  RoleBinding: 'i-lock',
  ClusterRole: 'i-lock',
  ClusterRoleBinding: 'i-lock',
}

export function iconOf(kind: string): IconName {
  return Object.hasOwn(icons, kind) ? (icons[kind] ?? 'i-k-object') : 'i-k-object'
}

const shortKinds: Record<string, string> = {
  HorizontalPodAutoscaler: 'HPA',
  PersistentVolumeClaim: 'PVC',
  CustomResourceDefinition: 'CRD',
  PodDisruptionBudget: 'PDB',
}

export function shortKind(kind: string): string {
  return Object.hasOwn(shortKinds, kind) ? (shortKinds[kind] ?? kind) : kind
}

const withLogs = new Set(['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Rollout'])

export function hasLogs(kind: string): boolean {
  return withLogs.has(kind)
}
