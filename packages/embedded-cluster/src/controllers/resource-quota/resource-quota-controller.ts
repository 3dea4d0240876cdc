import { done, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { resourceQuotaKind } from '../kinds.ts'
import { usageOf } from './quota-usage.ts'

interface ResourceQuota extends KubeObject {
  spec?: { hard?: Record<string, string> }
  status?: { hard?: Record<string, string>; used?: Record<string, string> }
}

// Usage is counted over a namespace: a burst of changes is one count.
const settleMs = 500

/** Counts what a namespace uses of its quotas. */
export function resourceQuotaController(machinery: Machinery): ControllerDefinition {
  const { cache, clock } = machinery.context
  const { writer } = machinery
  const countedAt = new Map<string, number>()

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const quota = cache.get(key) as ResourceQuota | undefined
    if (quota?.metadata.uid === undefined || writer.isDeleted(quota) || quota.metadata.deletionTimestamp !== undefined) {
      countedAt.delete(`${key.namespace}/${key.name}`)
      return done
    }
    const sinceMs = clock.now() - (countedAt.get(`${key.namespace}/${key.name}`) ?? 0)
    if (sinceMs < settleMs) return { again: { afterMs: settleMs - sinceMs, reason: 'counted a moment ago' } }
    countedAt.set(`${key.namespace}/${key.name}`, clock.now())
    const hard = quota.spec?.hard ?? {}
    const list = (group: string, plural: string): KubeObject[] => {
      const type = cache.types().find((one) => one.group === group && one.plural === plural)
      return type === undefined ? [] : cache.ofKind(type, key.namespace).filter((object) => !writer.isDeleted(object))
    }
    const used: Record<string, string> = {}
    for (const resource of Object.keys(hard)) {
      const usage = usageOf(resource, list)
      if (usage !== undefined) used[resource] = usage
    }
    const status = { hard, used }
    if (!isSemanticallyEqual(status, quota.status)) await writer.updateStatus(quota, status)
    return done
  }

  function* keysOf({ key }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'ResourceQuota' && key.group === '') yield key
    else if (key.namespace !== '') {
      for (const quota of cache.ofKind(resourceQuotaKind, key.namespace))
        yield { ...resourceQuotaKind, namespace: key.namespace, name: quota.metadata.name }
    }
  }

  return { name: 'resourcequota-controller', sources: '*', keysOf, reconcile, workers: 1 }
}
