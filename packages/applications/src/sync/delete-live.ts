import { type DeleteOptions, isHeld, isNotFound, KubeApiError, type KubeObject, type ObjectKey } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'

/** `going`: something holds it, finalizers or a pod's last seconds; it goes later. */
export type Deleted = 'gone' | 'going'

/** Deletes exactly the object that was seen, not one that took its name since. */
export async function deleteLive(
  cluster: TargetCluster,
  key: ObjectKey,
  live: KubeObject,
  options: Pick<DeleteOptions, 'propagationPolicy' | 'gracePeriodSeconds'> = {},
): Promise<Deleted> {
  const type = cluster.cache.typeOf(live.apiVersion, live.kind) ?? (await cluster.client.typeOf(live.apiVersion, live.kind))
  if (!type) return 'gone'
  try {
    const answer = await cluster.client.delete(
      type,
      { name: key.name, ...(key.namespace && { namespace: key.namespace }) },
      { propagationPolicy: 'Foreground', ...options, ...(live.metadata.uid && { preconditions: { uid: live.metadata.uid } }) },
    )
    return isHeld(answer) ? 'going' : 'gone'
  } catch (error) {
    // Gone already, or another object under its name: what was seen no longer exists.
    if (isNotFound(error) || (error instanceof KubeApiError && error.code === 409)) return 'gone'
    throw error
  }
}
