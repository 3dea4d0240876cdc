import { controllerOf, done, objectKey, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { claimObjects } from '../machinery/claim.ts'
import { findCondition } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isEmptySelector, matchesSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isAlreadyExists, isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { deploymentKind, podKind, replicaSetKind } from '../kinds.ts'
import { isPodFinished, type Pod } from '../pods/pod.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import { isRecreate, replicasOf, revisionAnnotation, type Deployment, type DeploymentStatus } from './deployment.ts'
import { countedStatus, deadlineAt, isComplete, pausedConditions, rolloutStatus, withDeploymentCondition } from './deployment-status.ts'
import {
  buildReplicaSet,
  findNewReplicaSet,
  hasTemplateOf,
  nextRevision,
  revisionOf,
  scaleAnnotations,
  staleAnnotations,
} from './new-replica-set.ts'
import { surplusHistory, type Scaling } from './rollout-plan.ts'
import { nextStep } from './rollout-step.ts'

/** Rolls Deployments out over ReplicaSets. All decisions are in the files beside this one; here they are carried out. */
export function deploymentController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder('deployment-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const stored = cache.get(key) as Deployment | undefined
    if (stored?.metadata.uid === undefined || writer.isDeleted(stored)) return done
    if (isEmptySelector(stored.spec.selector)) {
      events.event(stored, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.')
      return done
    }
    const now = clock.now()
    const sets = await claimSets(stored)
    let newSet = findNewReplicaSet(stored, sets)
    let oldSets = sets.filter((set) => set !== newSet)
    if (stored.metadata.deletionTimestamp !== undefined) return conclude(stored, stored, newSet, countedStatus(stored, newSet, sets, now))

    let deployment = withConditions(stored, pausedConditions(stored, now))
    if (newSet !== undefined) {
      newSet = await refresh(deployment, newSet, oldSets)
      if (findCondition(deployment.status?.conditions, 'Progressing') === undefined) {
        deployment = progressing(deployment, 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata.name}"`, now)
      }
    }

    const step = nextStep(deployment, newSet, oldSets, () => hasRunningPods(oldSets))
    if (step.do === 'create') {
      const result = await createSet(deployment, step.replicas, oldSets)
      if ('isTerminating' in result) return done
      if ('collision' in result) {
        const collisionCount = (stored.status?.collisionCount ?? 0) + 1
        await writer.updateStatus(stored, { ...stored.status, collisionCount })
        return { failed: new Error(`Another ReplicaSet has the name '${result.collision}'. Trying the next name.`) }
      }
      if ('failed' in result) {
        const message = `Failed to create new replica set "${result.name}": ${result.failed.message}`
        events.event(stored, 'Warning', 'ReplicaSetCreateError', message)
        const conditions = withDeploymentCondition(
          deployment.status?.conditions,
          { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message },
          now,
        )
        await writer.updateStatus(stored, { ...deployment.status, conditions })
        return { failed: result.failed }
      }
      newSet = result.set
      deployment = progressing(deployment, 'NewReplicaSetCreated', `Created new replica set "${newSet.metadata.name}"`, now)
    }
    if (step.do === 'scale') {
      const scaled = new Map<ReplicaSet, ReplicaSet>()
      for (const scaling of step.scalings) scaled.set(scaling.set, await scale(deployment, scaling))
      newSet = newSet === undefined ? undefined : (scaled.get(newSet) ?? newSet)
      oldSets = oldSets.map((set) => scaled.get(set) ?? set)
    }

    const allSets = newSet === undefined ? oldSets : [...oldSets, newSet]
    const status =
      deployment.spec.paused === true ? countedStatus(deployment, newSet, allSets, now) : rolloutStatus(deployment, newSet, allSets, now)
    if (step.do === 'nothing' && (deployment.spec.paused === true || isComplete(deployment, status))) {
      for (const set of surplusHistory(deployment, oldSets, revisionOf)) await writer.delete(set, { propagationPolicy: 'Background' })
    }
    return conclude(stored, deployment, newSet, status)
  }

  /** Writes the status, and with it the revision, when either differs from what is stored. */
  async function conclude(
    stored: Deployment,
    deployment: Deployment,
    newSet: ReplicaSet | undefined,
    status: DeploymentStatus,
  ): Promise<Outcome> {
    const revision = newSet === undefined ? undefined : String(revisionOf(newSet))
    const isRevised = revision !== undefined && revision !== '0' && stored.metadata.annotations?.[revisionAnnotation] !== revision
    if (isRevised || !isSemanticallyEqual(status, stored.status)) {
      const annotations = isRevised ? { ...stored.metadata.annotations, [revisionAnnotation]: revision } : stored.metadata.annotations
      // A real API server takes annotations through the status of a Deployment; one that does not is told in a write of its own.
      const written = await writer.updateStatus(
        { ...stored, metadata: { ...stored.metadata, ...(annotations === undefined ? {} : { annotations }) } },
        status,
      )
      if (isRevised && written.metadata.annotations?.[revisionAnnotation] !== revision) {
        await writer.merge(written, { metadata: { annotations: { [revisionAnnotation]: revision } } })
      }
    }
    const deadline = deployment.spec.paused === true ? undefined : deadlineAt(deployment, status.conditions)
    const isTimedOut = findCondition(status.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
    // A second later than the deadline: times in conditions are whole seconds.
    if (deadline === undefined || isTimedOut) return done
    return { again: { afterMs: Math.max(1000, deadline - clock.now() + 1000), reason: 'the progress deadline' } }
  }

  /** Brings the current ReplicaSet's annotations and minReadySeconds up to date. */
  async function refresh(deployment: Deployment, set: ReplicaSet, oldSets: readonly ReplicaSet[]): Promise<ReplicaSet> {
    const annotations = staleAnnotations(deployment, set, nextRevision(oldSets))
    const isSlow = (set.spec.minReadySeconds ?? 0) !== (deployment.spec.minReadySeconds ?? 0)
    if (Object.keys(annotations).length === 0 && !isSlow) return set
    const spec = isSlow ? { spec: { minReadySeconds: deployment.spec.minReadySeconds ?? 0 } } : {}
    return (await writer.merge(set, { metadata: { annotations }, ...spec }, { sameVersion: true })) as ReplicaSet
  }

  async function createSet(
    deployment: Deployment,
    replicas: number,
    oldSets: readonly ReplicaSet[],
  ): Promise<{ set: ReplicaSet } | { failed: Error; name: string } | { collision: string } | { isTerminating: true }> {
    const wanted = buildReplicaSet(deployment, replicas, nextRevision(oldSets))
    const { name, namespace = '' } = wanted.metadata
    try {
      const set = (await writer.create(replicaSetKind, wanted)) as ReplicaSet
      if (replicas > 0) events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
      return { set }
    } catch (error) {
      if (isNamespaceTerminating(error)) return { isTerminating: true }
      if (!isAlreadyExists(error)) return { failed: error as Error, name }
      const existing = (await client.get(await writer.typeOf(replicaSetKind.apiVersion, replicaSetKind.kind), { namespace, name })) as
        | ReplicaSet
        | undefined
      if (existing !== undefined && controllerOf(existing)?.uid === deployment.metadata.uid && hasTemplateOf(existing, deployment))
        return { set: existing }
      return { collision: name }
    }
  }

  async function scale(deployment: Deployment, { set, to }: Scaling): Promise<ReplicaSet> {
    const from = replicasOf(set)
    const scaled = await writer.merge(
      set,
      { metadata: { annotations: scaleAnnotations(deployment) }, spec: { replicas: to } },
      { sameVersion: true },
    )
    if (to !== from)
      events.event(
        deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`,
      )
    return scaled as ReplicaSet
  }

  function claimSets(deployment: Deployment): Promise<ReplicaSet[]> {
    const namespace = deployment.metadata.namespace ?? ''
    return claimObjects<ReplicaSet>({
      writer,
      owner: deployment,
      owned: writer.ownedBy(deployment.metadata.uid, replicaSetKind) as ReplicaSet[],
      orphans: relations.orphans(replicaSetKind, namespace) as ReplicaSet[],
      isMatch: (set) => matchesSelector(deployment.spec.selector, set.metadata.labels),
      async isOwnerAlive() {
        const fresh = await client.get(await writer.typeOf('apps/v1', 'Deployment'), { namespace, name: deployment.metadata.name })
        return fresh?.metadata.uid === deployment.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
      },
    })
  }

  function hasRunningPods(sets: readonly ReplicaSet[]): boolean {
    return sets.some((set) => (writer.ownedBy(set.metadata.uid, podKind) as Pod[]).some((pod) => !isPodFinished(pod)))
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === 'Deployment') yield change.key
    else if (change.key.kind === 'Pod') yield* waitingForPod(change)
    else {
      for (const set of [change.previous, change.current]) {
        const owner = set === undefined ? undefined : controllerOf(set)
        if (owner?.kind === 'Deployment') yield keyIn(change, owner.name)
      }
      if (change.current !== undefined && controllerOf(change.current) === undefined) {
        for (const owner of relations.selecting(deploymentKind, change.key.namespace, change.current.metadata.labels))
          yield objectKey(owner)
      }
    }
  }

  /** The end of a pod matters to a Deployment that recreates: it waits for the last one. */
  function* waitingForPod(change: CacheChange): Iterable<ObjectKey> {
    const pod = (change.current ?? change.previous) as Pod | undefined
    if (pod === undefined || (change.current !== undefined && !isPodFinished(pod))) return
    const set = controllerOf(pod)
    if (set?.kind !== 'ReplicaSet') return
    const owner = cache.get({ ...replicaSetKind, namespace: change.key.namespace, name: set.name })
    const name = owner === undefined ? undefined : controllerOf(owner)?.name
    const deployment = name === undefined ? undefined : (cache.get(keyIn(change, name)) as Deployment | undefined)
    if (deployment !== undefined && isRecreate(deployment)) yield objectKey(deployment)
  }

  return { name: 'deployment-controller', sources: [deploymentKind, replicaSetKind, podKind], keysOf, reconcile, workers: 16 }
}

function keyIn(change: CacheChange, name: string): ObjectKey {
  return { group: deploymentKind.group, kind: deploymentKind.kind, namespace: change.key.namespace, name }
}

function withConditions(deployment: Deployment, conditions: NonNullable<DeploymentStatus['conditions']>): Deployment {
  return { ...deployment, status: { ...deployment.status, conditions } }
}

function progressing(deployment: Deployment, reason: string, message: string, now: number): Deployment {
  return withConditions(
    deployment,
    withDeploymentCondition(deployment.status?.conditions, { type: 'Progressing', status: 'True', reason, message }, now),
  )
}
