import { hookFinalizer, type OperationPhase } from '@plimsoll/api'
import { isConflict, isNotFound, type KubeObject, type ObjectKey } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import type { HealthSource } from '../health/health-source.ts'

export interface HookProgress {
  phase: Extract<OperationPhase, 'Running' | 'Succeeded' | 'Failed'>
  message: string
}

/**
 * How far a hook is, by the health of its object; a kind without health is done once it is there. What we hold ourselves by our finalizer is judged
 * though somebody has deleted it: a Job that goes by its time to live has ended all the same.
 */
export function hookProgress(live: KubeObject, source: HealthSource): HookProgress {
  const health = source.of(live)
  if (!health) return { phase: 'Succeeded', message: `${live.metadata.name} created` }
  const message = health.message ?? ''
  if (health.status === 'Healthy') return { phase: 'Succeeded', message }
  // Nobody has said anything about it yet.
  if (health.status === 'Unknown' && live.status === undefined) return { phase: 'Running', message }
  if (health.status === 'Degraded' || health.status === 'Unknown') return { phase: 'Failed', message }
  return { phase: 'Running', message }
}

export function isHeldByUs({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(hookFinalizer) ?? false
}

const attempts = 5

/** Takes our finalizer off a hook's object: from now on it may go. */
export async function releaseHook(cluster: TargetCluster, key: ObjectKey, seen: KubeObject): Promise<void> {
  const type = cluster.cache.typeOf(seen.apiVersion, seen.kind) ?? (await cluster.client.typeOf(seen.apiVersion, seen.kind))
  if (!type) return
  const ref = { name: key.name, ...(key.namespace && { namespace: key.namespace }) }
  let live: KubeObject | undefined = seen
  for (let attempt = 1; live && isHeldByUs(live) && live.metadata.uid === seen.metadata.uid; attempt++) {
    const { resourceVersion, finalizers = [] } = live.metadata
    const rest = finalizers.filter((name) => name !== hookFinalizer)
    try {
      const released = await cluster.client.patch(type, ref, { type: 'merge', patch: { metadata: { resourceVersion, finalizers: rest } } })
      // One that was only held by us is gone now: it is no more in the cluster.
      if (released.metadata.deletionTimestamp === undefined) cluster.cache.observe(released)
      return
    } catch (error) {
      if (isNotFound(error)) return
      if (!isConflict(error) || attempt >= attempts) throw error
      live = await cluster.client.get(type, ref)
    }
  }
}
