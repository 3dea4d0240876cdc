import { done, objectKey, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { claimObjects } from '../machinery/claim.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isEmptySelector, matchesSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { daemonSetKind, nodeKind, podKind } from '../kinds.ts'
import { nextAvailabilityMs, type Pod } from '../pods/pod.ts'
import { ownersOfPod } from '../replica-set/replica-set-controller.ts'
import { hashOf, revisionHashLabel, surplusRevisions } from '../revisions/controller-revision.ts'
import { syncRevisions, type RevisionState } from '../revisions/revision-history.ts'
import type { Node } from '../scheduler/node.ts'
import { buildDaemonPod } from './daemon-pod.ts'
import { daemonSetStatus, planDaemonSet } from './daemon-set-plan.ts'
import type { DaemonSet } from './daemon-set.ts'

/** Keeps one pod of a daemon on each node it belongs on. */
export function daemonSetController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder('daemonset-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const set = cache.get(key) as DaemonSet | undefined
    if (set?.metadata.uid === undefined || writer.isDeleted(set)) return done
    if (isEmptySelector(set.spec.selector)) {
      events.event(set, 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.')
      return done
    }
    let state: RevisionState
    try {
      state = await syncRevisions(machinery, set)
    } catch (error) {
      if (isNamespaceTerminating(error)) return done
      throw error
    }
    const revision = hashOf(state.update)
    const nodes = cache.ofKind(nodeKind) as Node[]
    const pods = await claimPods(set)
    const plan = planDaemonSet(set, nodes, pods, revision, clock.now())
    let failure: Error | undefined
    try {
      for (const node of plan.create) {
        const pod = await writer.create(podKind, buildDaemonPod(set, node, revision))
        events.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
      }
      for (const pod of plan.delete) {
        if (await writer.delete(pod)) events.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      }
    } catch (error) {
      if (isNamespaceTerminating(error)) return done
      failure = error as Error
      events.event(set, 'Warning', 'FailedCreate', `Error creating: ${failure.message}`)
    }

    const latest = (cache.get(key) as DaemonSet | undefined) ?? set
    const now = writer.ownedBy(set.metadata.uid, podKind) as Pod[]
    const status = {
      ...daemonSetStatus(latest, nodes, now, revision, clock.now()),
      ...(state.collisionCount === undefined ? {} : { collisionCount: state.collisionCount }),
    }
    if (!isSemanticallyEqual(status, latest.status)) await writer.updateStatus(latest, status)
    if (failure !== undefined) return { failed: failure }
    const inUse = new Set([state.update.metadata.name, ...now.map((pod) => pod.metadata.labels?.[revisionHashLabel] ?? '')])
    for (const one of surplusRevisions(state.all, inUse, set.spec.revisionHistoryLimit ?? 10)) await writer.delete(one)
    const afterMs = nextAvailabilityMs(now, set.spec.minReadySeconds ?? 0, clock.now())
    return afterMs === undefined ? done : { again: { afterMs, reason: 'a pod becomes available' } }
  }

  function claimPods(set: DaemonSet): Promise<Pod[]> {
    const namespace = set.metadata.namespace ?? ''
    return claimObjects<Pod>({
      writer,
      owner: set,
      owned: writer.ownedBy(set.metadata.uid, podKind) as Pod[],
      orphans: relations.orphans(podKind, namespace) as Pod[],
      isMatch: (pod) => matchesSelector(set.spec.selector, pod.metadata.labels),
      async isOwnerAlive() {
        const fresh = await client.get(await writer.typeOf(daemonSetKind.apiVersion, daemonSetKind.kind), {
          namespace,
          name: set.metadata.name,
        })
        return fresh?.metadata.uid === set.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
      },
    })
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === 'DaemonSet') yield change.key
    else if (change.key.kind === 'Pod') yield* ownersOfPod(machinery, daemonSetKind, change)
    else if (isNewPlace(change)) for (const set of cache.ofKind(daemonSetKind)) yield objectKey(set)
  }

  return { name: 'daemonset-controller', sources: [nodeKind, daemonSetKind, podKind], keysOf, reconcile, workers: 4 }
}

/** A node says every few seconds that it lives; only its labels and taints decide what belongs there. */
function isNewPlace({ previous, current }: CacheChange): boolean {
  const place = (node: Node | undefined): unknown => [node?.metadata.name, node?.metadata.labels, node?.spec?.taints]
  return !isSemanticallyEqual(place(previous as Node | undefined), place(current as Node | undefined))
}
