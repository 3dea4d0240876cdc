import { scaledValue } from '../machinery/int-or-percent.ts'
import { isPodAvailable, isPodFinished, isPodReady, type Pod } from '../pods/pod.ts'
import { revisionHashLabel } from '../revisions/controller-revision.ts'
import { matchesNodeAffinity, untoleratedTaint, type Node } from '../scheduler/node.ts'
import { withoutZeros } from '../replica-set/replica-set-plan.ts'
import { withDaemonTolerations } from './daemon-pod.ts'
import type { DaemonSet, DaemonSetStatus } from './daemon-set.ts'

export interface DaemonPlan {
  /** Nodes that lack their pod. */
  create: string[]
  delete: Pod[]
}

interface Place {
  node: Node
  shouldRun: boolean
  shouldStay: boolean
  pods: Pod[]
}

/** Whether a daemon belongs on a node (`NodeShouldRunDaemonPod`): it may stay under a NoSchedule taint, but does not start there. */
function placeOf(set: DaemonSet, node: Node, pods: readonly Pod[]): Place {
  const spec = set.spec.template?.spec ?? {}
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: '' },
    spec: { ...spec, tolerations: withDaemonTolerations(spec) },
  } satisfies Pod
  const isWanted = matchesNodeAffinity(pod, node) && (spec.nodeName === undefined || spec.nodeName === node.metadata.name)
  const own = pods.filter((one) => nodeOf(one) === node.metadata.name)
  return {
    node,
    pods: own,
    shouldRun: isWanted && untoleratedTaint(pod, node, ['NoSchedule', 'NoExecute']) === undefined,
    shouldStay: isWanted && untoleratedTaint(pod, node, ['NoExecute']) === undefined,
  }
}

/** The node a daemon's pod is on, or is made for. */
function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms.flatMap((term) => term.matchFields ?? []).find((field) => field.key === 'metadata.name')?.values?.[0]
}

/** One pod per fitting node; ended and surplus ones go; then outdated ones, no more missing at a time than `maxUnavailable` (1). */
export function planDaemonSet(set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[], revision: string, now: number): DaemonPlan {
  const plan: DaemonPlan = { create: [], delete: [] }
  if (set.metadata.deletionTimestamp !== undefined) return plan
  const places = nodes.map((node) => placeOf(set, node, pods))
  for (const place of places) {
    const lasting = place.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)
    const running = lasting.filter((pod) => !isPodFinished(pod))
    // Replaced once they are gone, so that a daemon that fails at once is not made without end.
    plan.delete.push(...lasting.filter(isPodFinished))
    if (!place.shouldStay) plan.delete.push(...running)
    else if (place.shouldRun && place.pods.length === 0) plan.create.push(place.node.metadata.name)
    else plan.delete.push(...[...running].sort(byAge).slice(1))
  }
  const known = new Set(nodes.map((node) => node.metadata.name))
  plan.delete.push(
    ...pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && nodes.length > 0 && !known.has(nodeOf(pod) ?? '')),
  )
  if (set.spec.updateStrategy?.type !== 'OnDelete' && plan.delete.length === 0) plan.delete.push(...outdated(set, places, revision, now))
  return plan
}

function outdated(set: DaemonSet, places: readonly Place[], revision: string, now: number): Pod[] {
  const wanted = places.filter((place) => place.shouldRun)
  const surge = scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxSurge, wanted.length, 'up', 0)
  // Surging needs two of one daemon on a node at once, which its ports seldom allow here: one after the other instead.
  const most = surge > 0 ? 1 : Math.max(1, scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, wanted.length, 'up', 1))
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  let missing = 0
  const broken: Pod[] = []
  const working: Pod[] = []
  for (const { pods } of wanted) {
    const [pod] = pods
    const isAvailable = pod !== undefined && pod.metadata.deletionTimestamp === undefined && isPodAvailable(pod, minReadySeconds, now)
    const isOld = pod !== undefined && pod.metadata.deletionTimestamp === undefined && pod.metadata.labels?.[revisionHashLabel] !== revision
    if (!isAvailable) missing++
    if (pod !== undefined && isOld) (isAvailable ? working : broken).push(pod)
  }
  return [...broken, ...working.slice(0, Math.max(0, most - missing))]
}

function byAge(a: Pod, b: Pod): number {
  return (
    Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
    (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  )
}

export function daemonSetStatus(
  set: DaemonSet,
  nodes: readonly Node[],
  pods: readonly Pod[],
  revision: string,
  now: number,
): DaemonSetStatus {
  const minReadySeconds = set.spec.minReadySeconds ?? 0
  const status = { current: 0, misplaced: 0, desired: 0, ready: 0, updated: 0, available: 0 }
  for (const node of nodes) {
    const place = placeOf(set, node, pods)
    const [pod] = [...place.pods].filter((one) => !isPodFinished(one)).sort(byAge)
    if (!place.shouldRun) {
      if (pod !== undefined) status.misplaced++
      continue
    }
    status.desired++
    if (pod === undefined) continue
    status.current++
    if (pod.metadata.labels?.[revisionHashLabel] === revision) status.updated++
    if (pod.metadata.deletionTimestamp !== undefined || !isPodReady(pod)) continue
    status.ready++
    if (isPodAvailable(pod, minReadySeconds, now)) status.available++
  }
  return {
    currentNumberScheduled: status.current,
    numberMisscheduled: status.misplaced,
    desiredNumberScheduled: status.desired,
    numberReady: status.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...withoutZeros({
      updatedNumberScheduled: status.updated,
      numberAvailable: status.available,
      numberUnavailable: status.desired - status.available,
    }),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  }
}
