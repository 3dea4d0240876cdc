import { done, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { findCondition, timestamp, withCondition, type Condition } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { claimKind, nodeKind, podKind } from '../kinds.ts'
import { isPodFinished, type Pod } from '../pods/pod.ts'
import type { Node } from './node.ts'
import { schedulePod } from './scheduling.ts'

const ownName = 'default-scheduler'

/** Binds pods to the node. Those that fit nowhere wait, and are tried again when something changes that could make room. */
export function scheduler(machinery: Machinery): ControllerDefinition {
  const { cache, clock } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder(ownName)
  /** Pods that were refused: those alone are tried again. */
  const waiting = new Map<string, ObjectKey>()
  const binding = new Map<string, { pod: Pod; node: string }>()

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const pod = cache.get(key) as Pod | undefined
    const id = `${key.namespace}/${key.name}`
    if (pod?.metadata.uid === undefined || writer.isDeleted(pod) || !isOurs(pod)) {
      waiting.delete(id)
      return done
    }
    if ((pod.spec.schedulingGates ?? []).length > 0) {
      await report(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates')
      return done
    }
    const result = schedulePod(pod, cache.ofKind(nodeKind) as Node[], podsOn, volumeProblem(pod))
    if ('unschedulable' in result) {
      waiting.set(id, key)
      if (findCondition(pod.status?.conditions, 'PodScheduled')?.message !== result.unschedulable) {
        events.event(pod, 'Warning', 'FailedScheduling', result.unschedulable)
      }
      await report(pod, 'Unschedulable', result.unschedulable)
      return done
    }
    waiting.delete(id)
    binding.set(pod.metadata.uid, { pod, node: result.node })
    try {
      await writer.merge(pod, { spec: { nodeName: result.node } })
    } finally {
      binding.delete(pod.metadata.uid)
    }
    events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.metadata.namespace ?? ''}/${pod.metadata.name} to ${result.node}`)
    return done
  }

  async function report(pod: Pod, reason: string, message: string): Promise<void> {
    const known = findCondition(pod.status?.conditions, 'PodScheduled')
    if (known?.status === 'False' && known.reason === reason && known.message === message) return
    const condition: Condition = { type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: timestamp(clock.now()) }
    const conditions = withCondition(pod.status?.conditions, condition, clock.now())
    await writer.updateStatus(pod, { ...pod.status, phase: pod.status?.phase ?? 'Pending', conditions })
  }

  /** Why the pod's volumes keep it from any node. */
  function volumeProblem(pod: Pod): string | undefined {
    for (const volume of pod.spec.volumes ?? []) {
      const name =
        volume.persistentVolumeClaim?.claimName ?? (volume['ephemeral'] === undefined ? undefined : `${pod.metadata.name}-${volume.name}`)
      if (name === undefined) continue
      const claim = cache.get({ ...claimKind, namespace: pod.metadata.namespace ?? '', name })
      if (claim === undefined) return `persistentvolumeclaim "${name}" not found`
      if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`
      if ((claim['status'] as { phase?: string } | undefined)?.phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims'
    }
    return undefined
  }

  /** With those that are being bound at this moment: two must not get the same place. */
  function podsOn(node: string): Pod[] {
    const bound = relations.podsOnNode(node) as Pod[]
    const others = [...binding.values()].filter(
      (one) => one.node === node && !bound.some((pod) => pod.metadata.uid === one.pod.metadata.uid),
    )
    return others.length === 0 ? bound : [...bound, ...others.map((one) => one.pod)]
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'Pod') {
      const pod = current as Pod | undefined
      if (pod !== undefined && isOurs(pod)) yield key
      // A pod that ends makes room.
      const isFreed = (previous as Pod | undefined)?.spec.nodeName !== undefined && (pod === undefined || isPodFinished(pod))
      if (isFreed) yield* waiting.values()
      return
    }
    if (key.kind === 'PersistentVolumeClaim') {
      for (const one of waiting.values()) if (one.namespace === key.namespace) yield one
      return
    }
    if (previous === undefined || current === undefined || !isSameNode(previous as Node, current as Node)) yield* waiting.values()
  }

  return { name: 'scheduler', sources: [nodeKind, claimKind, podKind], keysOf, reconcile, workers: 8 }

  function isOurs(pod: Pod): boolean {
    return (
      !pod.spec.nodeName &&
      pod.metadata.deletionTimestamp === undefined &&
      !isPodFinished(pod) &&
      (pod.spec.schedulerName ?? ownName) === ownName
    )
  }
}

/** A node says every few seconds that it lives: that makes no room. */
function isSameNode(a: Node, b: Node): boolean {
  const relevant = (node: Node): string =>
    JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable, node.status?.capacity])
  return relevant(a) === relevant(b)
}
