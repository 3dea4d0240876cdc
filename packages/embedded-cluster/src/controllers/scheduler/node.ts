import type { KubeObject } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import { labelOf } from '../machinery/label-selector.ts'
import type { NodeSelectorTerm, Pod, Toleration } from '../pods/pod.ts'

/** The part of core/v1 Node that is looked at. */
export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] }
  status?: { allocatable?: Record<string, string>; capacity?: Record<string, string>; conditions?: Condition[] }
}

export interface Taint {
  key: string
  value?: string
  effect: string
}

/** `spec.nodeSelector` and the required node affinity: both must hold. */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (labelOf(node.metadata.labels, key) !== value) return false
  }
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node))
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  // An empty term selects nothing (core/v1 NodeSelectorTerm).
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((one) => meets(one, labelOf(node.metadata.labels, one.key))) &&
    matchFields.every((one) => meets(one, one.key === 'metadata.name' ? node.metadata.name : undefined))
  )
}

function meets({ operator, values = [] }: { operator: string; values?: string[] }, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return isInteger(value) && Number(value) > Number(values[0])
    case 'Lt':
      return isInteger(value) && Number(value) < Number(values[0])
    default:
      return false
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^-?\d{1,18}$/.test(value)
}

/** The first taint with one of these effects that the pod does not tolerate. */
export function untoleratedTaint(pod: Pod, node: Node, effects: readonly string[]): Taint | undefined {
  return (node.spec?.taints ?? []).find(
    (taint) => effects.includes(taint.effect) && !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  )
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  const isExists = toleration.operator === 'Exists'
  if (!toleration.key) return isExists
  return toleration.key === taint.key && (isExists || (toleration.value ?? '') === (taint.value ?? ''))
}
