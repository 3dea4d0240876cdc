import type { Gvk } from './resource-id.ts'

/** kustomize's order of kinds, for printing (`legacy`) and for its tables: these first, everything else, those last. */
export const firstKinds: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
export const lastKinds: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

/** Rank by kind: negative for those that come first, 0 for most. */
export function kindRanks(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...first.map((kind, index) => [kind, index - first.length] as const),
    ...last.map((kind, index) => [kind, index + 1] as const),
  ])
}

/** Text by which kinds of one rank are ordered. */
export function gvkSortText(gvk: Partial<Gvk>): string {
  return `${gvk.group || '~G'}_${gvk.version || '~V'}_${gvk.kind || '~K'}`
}

const defaultRanks = kindRanks(firstKinds, lastKinds)

export function compareGvks(left: Partial<Gvk>, right: Partial<Gvk>): number {
  const rank = (defaultRanks.get(left.kind ?? '') ?? 0) - (defaultRanks.get(right.kind ?? '') ?? 0)
  return rank === 0 ? compareBytes(gvkSortText(left), gvkSortText(right)) : rank
}

/** Go compares strings by their bytes. */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
