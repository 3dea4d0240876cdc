import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import { scaledValue } from '../machinery/int-or-percent.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { PodTemplate } from '../pods/pod.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'

/** The part of apps/v1 Deployment that controllers look at. */
export interface Deployment extends KubeObject {
  spec: {
    replicas?: number
    selector?: LabelSelector
    template?: PodTemplate
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } }
    minReadySeconds?: number
    revisionHistoryLimit?: number
    progressDeadlineSeconds?: number
    paused?: boolean
  }
  status?: DeploymentStatus
}

export interface DeploymentStatus {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  unavailableReplicas?: number
  collisionCount?: number
  conditions?: Condition[]
}

export const podTemplateHash = 'pod-template-hash'
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'

export function isRecreate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type === 'Recreate'
}

export function replicasOf(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1
}

/** Pods above and below the desired number during a rolling update. Both at 0 would never move: then one may be missing. */
export function rolloutLimits(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = replicasOf(deployment)
  if (isRecreate(deployment)) return { maxSurge: 0, maxUnavailable: 0 }
  const { rollingUpdate } = deployment.spec.strategy ?? {}
  const maxSurge = scaledValue(rollingUpdate?.maxSurge, replicas, 'up', '25%')
  const maxUnavailable = scaledValue(rollingUpdate?.maxUnavailable, replicas, 'down', '25%')
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge, maxUnavailable: 1 }
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) }
}

/** The most pods there may be while it rolls. */
export function maxReplicasOf(deployment: Deployment): number {
  return replicasOf(deployment) + rolloutLimits(deployment).maxSurge
}

export function desiredReplicasOf(set: ReplicaSet): number | undefined {
  return integerAnnotation(set, desiredReplicasAnnotation)
}

export function integerAnnotation(object: KubeObject, name: string): number | undefined {
  const text = object.metadata.annotations?.[name]
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}

export function sumReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0)
}

export function sumAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
}

export function byCreation(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}
