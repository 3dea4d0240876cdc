import {
  controllerOf,
  done,
  objectKey,
  splitApiVersion,
  type CacheChange,
  type KubeObject,
  type ObjectKey,
  type Outcome,
} from '@plimsoll/kube'
import { withCondition, type Condition } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { scaledValue } from '../machinery/int-or-percent.ts'
import type { LabelSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { disruptionBudgetKind, podKind } from '../kinds.ts'
import { isPodActive, isPodReady, type Pod } from '../pods/pod.ts'

interface DisruptionBudget extends KubeObject {
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string }
  status?: { conditions?: Condition[] }
}

/** Says how many pods of a budget may be evicted now. */
export function disruptionBudgetController(machinery: Machinery): ControllerDefinition {
  const { cache, clock } = machinery.context
  const { writer, relations } = machinery

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const budget = cache.get(key) as DisruptionBudget | undefined
    if (budget?.metadata.uid === undefined || writer.isDeleted(budget) || budget.metadata.deletionTimestamp !== undefined) return done
    const pods = (relations.podsMatching(key.namespace, budget.spec.selector) as Pod[]).filter(isPodActive)
    const status = budgetStatus(budget, pods, expectedPods(budget, pods), clock.now())
    if (!isSemanticallyEqual(status, budget.status)) await writer.updateStatus(budget, status)
    return done
  }

  /** Against a share of its pods, a workload counts with the size it is to have, not with what it has. */
  function expectedPods(budget: DisruptionBudget, pods: readonly Pod[]): number {
    const { minAvailable, maxUnavailable } = budget.spec
    if (maxUnavailable === undefined && typeof minAvailable === 'number') return pods.length
    const sizes = new Map<string, number>()
    let alone = 0
    for (const pod of pods) {
      const owner = controllerOf(pod)
      const workload =
        owner === undefined
          ? undefined
          : cache.get({ ...splitApiVersion(owner.apiVersion), kind: owner.kind, namespace: pod.metadata.namespace ?? '', name: owner.name })
      const replicas = (workload?.['spec'] as { replicas?: number } | undefined)?.replicas
      if (owner === undefined || replicas === undefined) alone++
      else sizes.set(owner.uid, replicas)
    }
    return alone + [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'PodDisruptionBudget') yield key
    else {
      for (const pod of [previous, current]) {
        for (const budget of relations.selecting(disruptionBudgetKind, key.namespace, pod?.metadata.labels)) yield objectKey(budget)
      }
    }
  }

  return { name: 'disruption-controller', sources: [disruptionBudgetKind, podKind], keysOf, reconcile, workers: 2 }
}

export function budgetStatus(budget: DisruptionBudget, pods: readonly Pod[], expected: number, now: number): Record<string, unknown> {
  const { minAvailable, maxUnavailable } = budget.spec
  const healthy = pods.filter(isPodReady).length
  const desired =
    maxUnavailable !== undefined
      ? Math.max(0, expected - scaledValue(maxUnavailable, expected, 'up', 0))
      : scaledValue(minAvailable, expected, 'up', 1)
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired)
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation ?? 0,
  }
  return {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: withCondition(budget.status?.conditions, condition, now),
  }
}
