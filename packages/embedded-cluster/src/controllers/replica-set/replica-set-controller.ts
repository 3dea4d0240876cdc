import { controllerOf, done, objectKey, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { claimObjects } from '../machinery/claim.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import { matchesSelector } from '../machinery/label-selector.ts'
import { selectorOf } from '../machinery/relation-index.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { podKind, type KnownKind } from '../kinds.ts'
import { podFromTemplate } from '../pods/pod-from-template.ts'
import type { Pod } from '../pods/pod.ts'
import { slowStart } from '../pods/slow-start.ts'
import { planReplicas, replicaSetRecheckMs, replicaSetStatus } from './replica-set-plan.ts'
import type { ReplicaSet } from './replica-set.ts'

/** Keeps as many pods as a ReplicaSet says; ReplicationControllers are the same thing under an older name. */
export function replicaSetController(machinery: Machinery, kind: KnownKind): ControllerDefinition {
  const { cache, clock, client } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder(kind.kind === 'ReplicaSet' ? 'replicaset-controller' : 'replication-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const set = cache.get(key) as ReplicaSet | undefined
    if (set?.metadata.uid === undefined || writer.isDeleted(set)) return done
    const pods = await claimPods(set)
    const plan = planReplicas(set, pods)
    const created: Pod[] = []
    const deleted = new Set<string | undefined>()
    let failure: { reason: 'FailedCreate' | 'FailedDelete'; message: string; error: Error } | undefined

    if (plan.create > 0) {
      const result = await slowStart(plan.create, async () => {
        const pod = (await writer.create(podKind, podFromTemplate(set.spec.template ?? {}, set))) as Pod
        created.push(pod)
        events.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
      })
      if (result.failure !== undefined) {
        if (isNamespaceTerminating(result.failure)) return done
        failure = { reason: 'FailedCreate', message: result.failure.message, error: result.failure }
        events.event(set, 'Warning', 'FailedCreate', `Error creating: ${result.failure.message}`)
      }
    }
    for (const pod of plan.delete) {
      try {
        if (await writer.delete(pod)) events.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
        deleted.add(pod.metadata.uid)
      } catch (error) {
        failure = { reason: 'FailedDelete', message: (error as Error).message, error: error as Error }
        events.event(set, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`)
        break
      }
    }

    // Counted anew: what was made or deleted just now is part of the truth that is written.
    const current = (cache.get(key) as ReplicaSet | undefined) ?? set
    const remaining = [...pods, ...created].filter((pod) => !deleted.has(pod.metadata.uid))
    const status = replicaSetStatus(
      current,
      remaining,
      clock.now(),
      failure === undefined ? undefined : { reason: failure.reason, message: failure.message },
    )
    if (!isSemanticallyEqual(status, current.status)) await writer.updateStatus(current, status)
    if (failure !== undefined) return { failed: failure.error }
    const afterMs = replicaSetRecheckMs(set, remaining, clock.now())
    return afterMs === undefined ? done : { again: { afterMs, reason: 'a pod becomes available' } }
  }

  async function claimPods(set: ReplicaSet): Promise<Pod[]> {
    const namespace = set.metadata.namespace ?? ''
    const selector = selectorOf(set)
    return claimObjects<Pod>({
      writer,
      owner: set,
      owned: writer.ownedBy(set.metadata.uid, podKind) as Pod[],
      orphans: (relations.orphans(podKind, namespace) as Pod[]).filter(
        (pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
      ),
      isMatch: (pod) => matchesSelector(selector, pod.metadata.labels),
      async isOwnerAlive() {
        const fresh = await client.get(await writer.typeOf(kind.apiVersion, kind.kind), { namespace, name: set.metadata.name })
        return fresh?.metadata.uid === set.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
      },
    })
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === kind.kind) yield change.key
    else yield* ownersOfPod(machinery, kind, change)
  }

  return { name: `${kind.kind.toLowerCase()}-controller`, sources: [kind, podKind], keysOf, reconcile, workers: 16 }
}

/** The owner a pod has or had, and, for a pod nobody controls, whoever selects it. */
export function* ownersOfPod(machinery: Machinery, kind: KnownKind, change: CacheChange): Iterable<ObjectKey> {
  for (const pod of [change.previous, change.current]) {
    const owner = pod === undefined ? undefined : controllerOf(pod)
    if (owner?.kind === kind.kind) yield { group: kind.group, kind: kind.kind, namespace: change.key.namespace, name: owner.name }
  }
  const { current } = change
  if (current !== undefined && controllerOf(current) === undefined) {
    for (const owner of machinery.relations.selecting(kind, change.key.namespace, current.metadata.labels)) yield objectKey(owner)
  }
}
