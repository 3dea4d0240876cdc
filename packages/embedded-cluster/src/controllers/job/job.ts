import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { PodTemplate } from '../pods/pod.ts'

/** The part of batch/v1 Job that controllers look at. */
export interface Job extends KubeObject {
  spec: JobSpec
  status?: JobStatus
}

export interface JobSpec {
  parallelism?: number
  completions?: number
  activeDeadlineSeconds?: number
  backoffLimit?: number
  backoffLimitPerIndex?: number
  maxFailedIndexes?: number
  ttlSecondsAfterFinished?: number
  completionMode?: string
  suspend?: boolean
  manualSelector?: boolean
  managedBy?: string
  podReplacementPolicy?: string
  selector?: LabelSelector
  template?: PodTemplate
  podFailurePolicy?: { rules?: PodFailureRule[] }
  successPolicy?: { rules?: { succeededIndexes?: string; succeededCount?: number }[] }
}

export interface PodFailureRule {
  action: string
  onExitCodes?: { containerName?: string; operator: string; values?: number[] }
  onPodConditions?: { type: string; status?: string }[]
}

export interface JobStatus {
  conditions?: Condition[]
  startTime?: string
  completionTime?: string
  active?: number
  succeeded?: number
  failed?: number
  ready?: number
  terminating?: number
  completedIndexes?: string
  failedIndexes?: string
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] }
}

export const completionIndexAnnotation = 'batch.kubernetes.io/job-completion-index'
export const indexFailureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count'

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed'
}

export function isFinished(job: Job): boolean {
  return (job.status?.conditions ?? []).some((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True')
}
