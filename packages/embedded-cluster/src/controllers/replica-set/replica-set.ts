import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { PodTemplate } from '../pods/pod.ts'

/** The part of apps/v1 ReplicaSet that controllers look at. */
export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; selector?: LabelSelector; template?: PodTemplate }
  status?: ReplicaSetStatus
}

export interface ReplicaSetStatus {
  replicas: number
  fullyLabeledReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  observedGeneration?: number
  conditions?: Condition[]
}
