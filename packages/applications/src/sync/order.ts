import type { ObjectKey } from '@plimsoll/kube'

/**
 * The order in which kinds are applied (argo-cd `gitops-engine/pkg/sync/sync_tasks.go`, 3.x, which has it from Helm): what others need comes first.
 * Kinds that are not listed, custom resources among them, come last.
 */
const kindOrder = new Map(
  [
    'Namespace',
    'NetworkPolicy',
    'ResourceQuota',
    'LimitRange',
    'PodSecurityPolicy',
    'PodDisruptionBudget',
    'ServiceAccount',
    'Secret',
    'SecretList',
    'ConfigMap',
    'StorageClass',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'CustomResourceDefinition',
    'ClusterRole',
    'ClusterRoleList',
    'ClusterRoleBinding',
    'ClusterRoleBindingList',
    'Role',
    'RoleList',
    'RoleBinding',
    'RoleBindingList',
    'Service',
    'DaemonSet',
    'Pod',
    'ReplicationController',
    'ReplicaSet',
    'Deployment',
    'HorizontalPodAutoscaler',
    'StatefulSet',
    'Job',
    'CronJob',
    'IngressClass',
    'Ingress',
    'APIService',
  ].map((kind, index) => [kind, index]),
)

export function kindRank(kind: string): number {
  return kindOrder.get(kind) ?? kindOrder.size
}

interface Ordered {
  wave: number
  key: ObjectKey
}

/** Wave, kind, name. */
export function compareOrder(a: Ordered, b: Ordered): number {
  return a.wave - b.wave || kindRank(a.key.kind) - kindRank(b.key.kind) || (a.key.name < b.key.name ? -1 : a.key.name > b.key.name ? 1 : 0)
}

/** Groups of what may be written at the same time: one wave and one rank each, in order. */
export function inSteps<T extends Ordered>(items: readonly T[]): T[][] {
  const steps: T[][] = []
  for (const item of items.toSorted(compareOrder)) {
    const first = steps.at(-1)?.[0]
    if (first && first.wave === item.wave && kindRank(first.key.kind) === kindRank(item.key.kind)) steps.at(-1)?.push(item)
    else steps.push([item])
  }
  return steps
}
