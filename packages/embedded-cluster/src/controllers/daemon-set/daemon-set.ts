import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { PodTemplate } from '../pods/pod.ts'

/** The part of apps/v1 DaemonSet that controllers look at. */
export interface DaemonSet extends KubeObject {
  spec: {
    selector?: LabelSelector
    template?: PodTemplate
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } }
    minReadySeconds?: number
    revisionHistoryLimit?: number
  }
  status?: DaemonSetStatus
}

export interface DaemonSetStatus {
  currentNumberScheduled: number
  numberMisscheduled: number
  desiredNumberScheduled: number
  numberReady: number
  observedGeneration?: number
  updatedNumberScheduled?: number
  numberAvailable?: number
  numberUnavailable?: number
  collisionCount?: number
  conditions?: Condition[]
}
