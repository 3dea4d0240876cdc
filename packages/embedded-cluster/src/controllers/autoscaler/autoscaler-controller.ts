import { done, objectKey, splitApiVersion, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { timestamp } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { autoscalerKind, deploymentKind, replicaSetKind, statefulSetKind } from '../kinds.ts'
import { planAutoscaler, unreadableTarget, type Autoscaler } from './autoscaler-plan.ts'

// A warning that stays true is said again at this rate, and the count of its event goes up.
const warningEveryMs = 5 * 60_000

/** Keeps what a HorizontalPodAutoscaler names within its bounds, and says what it cannot do. */
export function autoscalerController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('horizontal-pod-autoscaler')
  const warnedAt = new Map<string, { reason: string; at: number }>()

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const autoscaler = cache.get(key) as Autoscaler | undefined
    if (autoscaler?.metadata.uid === undefined || writer.isDeleted(autoscaler) || autoscaler.metadata.deletionTimestamp !== undefined)
      return done
    const now = clock.now()
    const target = await targetOf(autoscaler)
    const replicas = replicasOf(target)
    if (target === undefined || replicas === undefined) {
      const { kind, name } = autoscaler.spec.scaleTargetRef
      const message = target === undefined ? `${kind} "${name}" not found` : `${kind} "${name}" has no replicas`
      warn(autoscaler, 'FailedGetScale', message, now)
      await write(autoscaler, unreadableTarget(autoscaler, message, now))
      return done
    }
    const plan = planAutoscaler(autoscaler, { wanted: replicas, observed: observedReplicasOf(target) }, now)
    if (plan.rescale !== undefined) {
      await writer.merge(target, { spec: { replicas: plan.rescale.to } }, { sameVersion: true })
      events.event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${plan.rescale.to}; reason: ${plan.rescale.reason}`)
    }
    if (plan.warning !== undefined) warn(autoscaler, plan.warning.reason, plan.warning.message, now)
    await write(autoscaler, plan.rescale === undefined ? plan.status : { ...plan.status, lastScaleTime: timestamp(now) })
    return done
  }

  async function write(autoscaler: Autoscaler, status: object): Promise<void> {
    if (!isSemanticallyEqual(status, autoscaler.status)) await writer.updateStatus(autoscaler, status)
  }

  function warn(autoscaler: Autoscaler, reason: string, message: string, now: number): void {
    const uid = autoscaler.metadata.uid ?? ''
    const last = warnedAt.get(uid)
    if (last?.reason === reason && now - last.at < warningEveryMs) return
    warnedAt.set(uid, { reason, at: now })
    events.event(autoscaler, 'Warning', reason, message)
  }

  async function targetOf(autoscaler: Autoscaler): Promise<KubeObject | undefined> {
    const { apiVersion = 'apps/v1', kind, name } = autoscaler.spec.scaleTargetRef
    const namespace = autoscaler.metadata.namespace ?? ''
    const cached = cache.get({ group: splitApiVersion(apiVersion).group, kind, namespace, name })
    if (cached !== undefined && !writer.isDeleted(cached)) return cached
    const type = await client.typeOf(apiVersion, kind)
    return type === undefined ? undefined : client.get(type, { namespace, name })
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'HorizontalPodAutoscaler') {
      if (current === undefined) warnedAt.delete(previous?.metadata.uid ?? '')
      yield key
      return
    }
    // The size a target says and the number of autoscalers that could name it: nothing else of it matters here.
    if (previous !== undefined && current !== undefined && isSameSize(previous, current)) return
    for (const autoscaler of cache.ofKind(autoscalerKind, key.namespace) as Autoscaler[]) {
      const { kind, name } = autoscaler.spec.scaleTargetRef
      if (kind === key.kind && name === key.name) yield objectKey(autoscaler)
    }
  }

  return {
    name: 'horizontal-pod-autoscaler',
    sources: [autoscalerKind, deploymentKind, replicaSetKind, statefulSetKind],
    keysOf,
    reconcile,
    workers: 2,
  }
}

function isSameSize(a: KubeObject, b: KubeObject): boolean {
  return replicasOf(a) === replicasOf(b) && observedReplicasOf(a) === observedReplicasOf(b)
}

function observedReplicasOf(target: KubeObject): number {
  const replicas = (target['status'] as { replicas?: unknown } | undefined)?.replicas
  return typeof replicas === 'number' ? replicas : 0
}

function replicasOf(target: KubeObject | undefined): number | undefined {
  const spec = target?.['spec'] as { replicas?: unknown } | undefined
  if (spec === undefined) return undefined
  return typeof spec.replicas === 'number' ? spec.replicas : spec.replicas === undefined ? 1 : undefined
}
