import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { Pod, PodTemplate } from '../pods/pod.ts'

/** The part of apps/v1 StatefulSet that controllers look at. */
export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number
    selector?: LabelSelector
    serviceName?: string
    template?: PodTemplate
    volumeClaimTemplates?: ClaimTemplate[]
    podManagementPolicy?: string
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number; maxUnavailable?: number | string } }
    revisionHistoryLimit?: number
    minReadySeconds?: number
    ordinals?: { start?: number }
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string }
  }
  status?: StatefulSetStatus
}

export interface ClaimTemplate {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: Record<string, unknown>
}

export interface StatefulSetStatus {
  observedGeneration?: number
  replicas: number
  readyReplicas?: number
  currentReplicas?: number
  updatedReplicas?: number
  availableReplicas?: number
  currentRevision?: string
  updateRevision?: string
  collisionCount?: number
  conditions?: Condition[]
}

/** `web-3` of set `web` → 3; undefined for a pod that is not named so. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`
  const { name } = pod.metadata
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return /^\d{1,9}$/.test(rest) ? Number(rest) : undefined
}

export function claimName(template: ClaimTemplate, set: StatefulSet, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`
}
