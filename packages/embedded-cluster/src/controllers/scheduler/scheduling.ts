import { matchesSelector } from '../machinery/label-selector.ts'
import { quantityValue } from '../machinery/quantity.ts'
import { isPodFinished, type Pod } from '../pods/pod.ts'
import { matchesNodeAffinity, untoleratedTaint, type Node } from './node.ts'
import { isExtended, requestsOf } from './resource-request.ts'

export type SchedulingResult = { node: string } | { unschedulable: string }

interface Refusal {
  reasons: string[]
  /** Whether other pods' leaving could help. */
  isResolvable: boolean
}

/**
 * Where a pod goes. Refusals are told in the words of kube-scheduler: `0/1 nodes are available: 1 Insufficient nvidia.com/gpu. …`.
 * Processor and memory may be promised several times over, because processes here are not confined to what they asked for;
 * only a pod that asks for more than the whole node is refused.
 */
export function schedulePod(
  pod: Pod,
  nodes: readonly Node[],
  podsOf: (node: string) => readonly Pod[],
  volumeProblem?: string,
): SchedulingResult {
  if (nodes.length === 0) return { unschedulable: 'no nodes available to schedule pods' }
  const counts = new Map<string, number>()
  let isResolvable = false
  if (volumeProblem === undefined) {
    for (const node of nodes) {
      const refusal = refuse(pod, node, podsOf(node.metadata.name))
      if (refusal === undefined) return { node: node.metadata.name }
      for (const reason of refusal.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
      isResolvable ||= refusal.isResolvable
    }
  }
  const available = `0/${nodes.length} nodes are available:`
  const reasons =
    volumeProblem ??
    [...counts]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ')
  const help = isResolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling'
  return { unschedulable: `${available} ${reasons}. preemption: ${available} ${nodes.length} ${help}.` }
}

/** Filters in the scheduler's order; the first that refuses gives the reasons. */
function refuse(pod: Pod, node: Node, pods: readonly Pod[]): Refusal | undefined {
  if (node.spec?.unschedulable === true && !toleratesUnschedulable(pod, node))
    return { reasons: ['node(s) were unschedulable'], isResolvable: false }
  const taint = untoleratedTaint(pod, node, ['NoSchedule', 'NoExecute'])
  if (taint !== undefined) return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], isResolvable: false }
  if (!matchesNodeAffinity(pod, node)) return { reasons: ["node(s) didn't match Pod's node affinity/selector"], isResolvable: false }
  const others = pods.filter((other) => !isPodFinished(other))
  if (hasPortConflict(pod, others)) return { reasons: ["node(s) didn't have free ports for the requested pod ports"], isResolvable: true }
  const lacking = lackingResources(pod, node, others)
  if (lacking.length > 0) return { reasons: lacking, isResolvable: true }
  if (isRepelled(pod, others)) return { reasons: ["node(s) didn't match pod anti-affinity rules"], isResolvable: true }
  return undefined
}

function toleratesUnschedulable(pod: Pod, node: Node): boolean {
  const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
  return untoleratedTaint(pod, { ...node, spec: { taints: [cordoned] } }, ['NoSchedule']) === undefined
}

function lackingResources(pod: Pod, node: Node, others: readonly Pod[]): string[] {
  const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {}
  const lacking: string[] = []
  const mostPods = quantityValue(allocatable['pods'])
  if (mostPods > 0 && others.length + 1 > mostPods) lacking.push('Too many pods')
  for (const [name, wanted] of requestsOf(pod)) {
    if (wanted <= 0) continue
    // A node that does not say how much of a basic resource it has is not held to it.
    if (!isExtended(name) && !Object.hasOwn(allocatable, name)) continue
    const used = isExtended(name) ? others.reduce((sum, other) => sum + (requestsOf(other).get(name) ?? 0), 0) : 0
    const available = Object.hasOwn(allocatable, name) ? quantityValue(allocatable[name]) : 0
    if (used + wanted > available) lacking.push(`Insufficient ${name}`)
  }
  return lacking
}

function hasPortConflict(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPortsOf(pod)
  if (wanted.length === 0) return false
  const taken = new Set(others.flatMap(hostPortsOf))
  return wanted.some((port) => taken.has(port))
}

function hostPortsOf(pod: Pod): string[] {
  return (pod.spec.containers ?? []).flatMap((container) =>
    (container.ports ?? []).filter((port) => (port.hostPort ?? 0) > 0).map((port) => `${port.protocol ?? 'TCP'}/${port.hostPort}`),
  )
}

/** Required anti-affinity: on one node every topology key names the same place. */
function isRepelled(pod: Pod, others: readonly Pod[]): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.some((term) =>
    others.some(
      (other) =>
        other.metadata.uid !== pod.metadata.uid &&
        (term.namespaces ?? [pod.metadata.namespace ?? '']).includes(other.metadata.namespace ?? '') &&
        matchesSelector(term.labelSelector, other.metadata.labels),
    ),
  )
}
