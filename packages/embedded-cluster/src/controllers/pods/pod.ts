import type { KubeObject } from '@plimsoll/kube'
import { findCondition, isConditionTrue, millisOf, type Condition } from '../machinery/condition.ts'

/** The part of core/v1 Pod that controllers look at. */
export interface Pod extends KubeObject {
  spec: PodSpec
  status?: PodStatus
}

export interface PodSpec {
  nodeName?: string
  hostname?: string
  subdomain?: string
  hostNetwork?: boolean
  restartPolicy?: string
  schedulerName?: string
  schedulingGates?: { name: string }[]
  activeDeadlineSeconds?: number
  nodeSelector?: Record<string, string>
  affinity?: Affinity
  tolerations?: Toleration[]
  containers?: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  overhead?: Record<string, string>
  [field: string]: unknown
}

export interface Container {
  name: string
  restartPolicy?: string
  ports?: { name?: string; containerPort: number; protocol?: string; hostPort?: number }[]
  env?: { name: string; value?: string; valueFrom?: unknown }[]
  resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> }
  [field: string]: unknown
}

export interface Volume {
  name: string
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  [source: string]: unknown
}

export interface Affinity {
  nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeSelectorTerm[] } }
  podAffinity?: unknown
  podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] }
}

export interface PodAffinityTerm {
  labelSelector?: { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string; values?: string[] }[] }
  namespaces?: string[]
  topologyKey: string
}

export interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}

export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
  tolerationSeconds?: number
}

export interface PodStatus {
  phase?: string
  reason?: string
  message?: string
  podIP?: string
  podIPs?: { ip: string }[]
  startTime?: string
  conditions?: Condition[]
  containerStatuses?: ContainerStatus[]
  initContainerStatuses?: ContainerStatus[]
}

export interface ContainerStatus {
  name: string
  ready?: boolean
  restartCount?: number
  state?: { waiting?: { reason?: string }; running?: { startedAt?: string }; terminated?: TerminatedState }
  lastState?: { terminated?: TerminatedState }
}

export interface TerminatedState {
  exitCode?: number
  reason?: string
  finishedAt?: string
}

/** What workloads stamp pods from. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] }
  spec?: PodSpec
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Counts towards a workload's size: neither finished nor going away. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined
}

export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready')
}

/** When a ready pod has been so for `minReadySeconds`; undefined for one that is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True') return undefined
  return minReadySeconds === 0 ? 0 : (millisOf(ready.lastTransitionTime) ?? 0) + minReadySeconds * 1000
}

export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const at = availableAt(pod, minReadySeconds)
  return at !== undefined && at <= now
}

/** How long until the next of these pods becomes available, or undefined when none is on its way there by time alone. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined
  const waits = pods
    .filter(isPodActive)
    .map((pod) => (availableAt(pod, minReadySeconds) ?? 0) - now)
    .filter((ms) => ms > 0)
  return waits.length === 0 ? undefined : Math.min(...waits)
}
