import { controllerOf, done, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { claimObjects } from '../machinery/claim.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isEmptySelector, matchesSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { claimKind, podKind, statefulSetKind } from '../kinds.ts'
import type { Pod } from '../pods/pod.ts'
import { ownersOfPod } from '../replica-set/replica-set-controller.ts'
import { hashOf, revisionHashLabel, surplusRevisions, templateOf } from '../revisions/controller-revision.ts'
import { syncRevisions, type RevisionState } from '../revisions/revision-history.ts'
import { retainedOwners } from './claim-retention.ts'
import { buildClaim, buildStatefulPod } from './stateful-pod.ts'
import { planStatefulSet, statefulSetRecheckMs, statefulSetStatus } from './stateful-set-plan.ts'
import { claimName, ordinalOf, type StatefulSet } from './stateful-set.ts'

/** Keeps pods with names and claims of their own. */
export function statefulSetController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder('statefulset-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const set = cache.get(key) as StatefulSet | undefined
    if (set?.metadata.uid === undefined || writer.isDeleted(set) || isEmptySelector(set.spec.selector)) return done
    const pods = await claimPods(set)
    let state: RevisionState
    try {
      state = await syncRevisions(machinery, set)
    } catch (error) {
      if (isNamespaceTerminating(error)) return done
      throw error
    }
    const current = state.all.find((one) => one.metadata.name === set.status?.currentRevision) ?? state.update
    const revisions = {
      current: hashOf(current),
      update: hashOf(state.update),
      currentName: current.metadata.name,
      updateName: state.update.metadata.name,
    }
    const plan = planStatefulSet(set, pods, revisions, clock.now())

    let failure: Error | undefined
    let remaining = [...pods]
    try {
      await retain(set, pods)
      for (const { ordinal, revision } of plan.create) {
        await ensureClaims(set, ordinal)
        const chosen = revision === 'current' ? current : state.update
        remaining.push(
          await createPod(
            set,
            ordinal,
            chosen.metadata.name === state.update.metadata.name ? set.spec.template : templateOf(chosen),
            hashOf(chosen),
          ),
        )
      }
      for (const pod of plan.delete) {
        if (await writer.delete(pod)) {
          events.event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`)
        }
        const left = cache.get({ ...podKind, namespace: key.namespace, name: pod.metadata.name }) as Pod | undefined
        remaining = remaining.flatMap((one) => (one !== pod ? [one] : left === undefined || writer.isDeleted(left) ? [] : [left]))
      }
    } catch (error) {
      if (isNamespaceTerminating(error)) return done
      failure = error as Error
    }

    const latest = (cache.get(key) as StatefulSet | undefined) ?? set
    const status = {
      ...statefulSetStatus(latest, remaining, revisions, clock.now()),
      ...(state.collisionCount === undefined ? {} : { collisionCount: state.collisionCount }),
    }
    if (!isSemanticallyEqual(status, latest.status)) await writer.updateStatus(latest, status)
    if (failure !== undefined) return { failed: failure }
    await trimHistory(set, state, remaining, status.currentRevision ?? '')
    const afterMs = statefulSetRecheckMs(set, remaining, clock.now())
    return afterMs === undefined ? done : { again: { afterMs, reason: 'a pod becomes available' } }
  }

  async function createPod(set: StatefulSet, ordinal: number, template: StatefulSet['spec']['template'], hash: string): Promise<Pod> {
    const wanted = buildStatefulPod(set, template ?? {}, ordinal, hash)
    const what = `create Pod ${wanted.metadata.name} in StatefulSet ${set.metadata.name}`
    try {
      const pod = (await writer.create(podKind, wanted)) as Pod
      events.event(set, 'Normal', 'SuccessfulCreate', `${what} successful`)
      return pod
    } catch (error) {
      if (!isNamespaceTerminating(error)) events.event(set, 'Warning', 'FailedCreate', `${what} failed error: ${(error as Error).message}`)
      throw error
    }
  }

  async function ensureClaims(set: StatefulSet, ordinal: number): Promise<void> {
    const namespace = set.metadata.namespace ?? ''
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(template, set, ordinal)
      const existing = cache.get({ ...claimKind, namespace, name })
      if (existing?.metadata.deletionTimestamp !== undefined) throw new Error(`pvc ${name} is being deleted`)
      if (existing !== undefined && !writer.isDeleted(existing)) continue
      const what = `create Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`
      try {
        if ((await writer.createIfAbsent(claimKind, buildClaim(set, template, ordinal))) !== undefined)
          events.event(set, 'Normal', 'SuccessfulCreate', `${what} success`)
      } catch (error) {
        if (!isNamespaceTerminating(error))
          events.event(set, 'Warning', 'FailedCreate', `${what} failed error: ${(error as Error).message}`)
        throw error
      }
    }
  }

  /** Brings the owners of claims in line with the retention policy, before a pod that takes its claims with it goes. */
  async function retain(set: StatefulSet, pods: readonly Pod[]): Promise<void> {
    const start = set.spec.ordinals?.start ?? 0
    const end = start + (set.spec.replicas ?? 1)
    for (const pod of (set.spec.volumeClaimTemplates ?? []).length === 0 ? [] : pods) {
      const ordinal = ordinalOf(set, pod)
      if (ordinal === undefined) continue
      for (const template of set.spec.volumeClaimTemplates ?? []) {
        const claim = cache.get({ ...claimKind, namespace: set.metadata.namespace ?? '', name: claimName(template, set, ordinal) })
        if (claim === undefined || claim.metadata.deletionTimestamp !== undefined || writer.isDeleted(claim)) continue
        const owners = retainedOwners(set, claim, pod, ordinal < start || ordinal >= end)
        if (owners !== undefined) await writer.merge(claim, { metadata: { ownerReferences: owners } }, { sameVersion: true })
      }
    }
  }

  async function trimHistory(set: StatefulSet, state: RevisionState, pods: readonly Pod[], currentRevision: string): Promise<void> {
    const inUse = new Set([
      state.update.metadata.name,
      currentRevision,
      ...pods.map((pod) => pod.metadata.labels?.[revisionHashLabel] ?? ''),
    ])
    for (const revision of surplusRevisions(state.all, inUse, set.spec.revisionHistoryLimit ?? 10)) await writer.delete(revision)
  }

  async function claimPods(set: StatefulSet): Promise<Pod[]> {
    const namespace = set.metadata.namespace ?? ''
    return claimObjects<Pod>({
      writer,
      owner: set,
      owned: writer.ownedBy(set.metadata.uid, podKind) as Pod[],
      orphans: relations.orphans(podKind, namespace) as Pod[],
      isMatch: (pod) => ordinalOf(set, pod) !== undefined && matchesSelector(set.spec.selector, pod.metadata.labels),
      async isOwnerAlive() {
        const fresh = await client.get(await writer.typeOf(statefulSetKind.apiVersion, statefulSetKind.kind), {
          namespace,
          name: set.metadata.name,
        })
        return fresh?.metadata.uid === set.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
      },
    })
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === 'StatefulSet') yield change.key
    else if (change.key.kind === 'Pod') yield* ownersOfPod(machinery, statefulSetKind, change)
    else if (change.current === undefined) {
      // A claim that is gone may be one that a pod to be made waits for.
      const owner = change.previous === undefined ? undefined : controllerOf(change.previous)
      if (owner?.kind === 'StatefulSet') yield { ...statefulSetKind, namespace: change.key.namespace, name: owner.name }
    }
  }

  return { name: 'statefulset-controller', sources: [statefulSetKind, podKind], keysOf, reconcile }
}
