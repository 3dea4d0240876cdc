import { done, objectKey, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { claimKind, podKind } from '../kinds.ts'

/** The API server puts it on every claim that is made (`kinds/strategy`). */
export const claimFinalizer = 'kubernetes.io/pvc-protection'

interface Pod extends KubeObject {
  spec?: { nodeName?: string; volumes?: { persistentVolumeClaim?: { claimName?: string } }[] }
  status?: { phase?: string }
}

/** A claim that is deleted stays until no pod uses it any more (kubernetes `pkg/controller/volume/pvcprotection`). */
export function claimProtection(machinery: Machinery): ControllerDefinition {
  const { cache, client } = machinery.context
  const { writer } = machinery

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const claim = cache.get(key)
    const finalizers = claim?.metadata.finalizers ?? []
    if (claim?.metadata.deletionTimestamp === undefined || writer.isDeleted(claim) || !finalizers.includes(claimFinalizer)) return done
    const { namespace = '', name } = claim.metadata
    if (cache.ofKind(podKind, namespace).some((pod) => uses(pod as Pod, name))) return done
    // The cache may be behind; what goes now does not come back.
    const { items } = await client.list(await writer.typeOf(podKind.apiVersion, podKind.kind), { namespace })
    if (items.some((pod) => uses(pod as Pod, name))) return { again: { afterMs: 1000, reason: 'the cache is behind' } }
    await writer.merge(claim, { metadata: { finalizers: finalizers.filter((one) => one !== claimFinalizer) } }, { sameVersion: true })
    return done
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === claimKind.kind) return yield key
    if (current !== undefined && isUsing(current as Pod)) return
    const pod = (current ?? previous) as Pod | undefined
    for (const name of claimsOf(pod)) {
      const claim = cache.get({ ...claimKind, namespace: key.namespace, name })
      if (claim?.metadata.deletionTimestamp !== undefined) yield objectKey(claim)
    }
  }

  return { name: 'persistentvolumeclaim-protection-controller', sources: [claimKind, podKind], keysOf, reconcile, workers: 1 }
}

function uses(pod: Pod, claim: string): boolean {
  return isUsing(pod) && claimsOf(pod).includes(claim)
}

/** A pod that is not on a node yet will not get there, and one that is over is through with its volumes. */
function isUsing(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== '' && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'
}

function claimsOf(pod: Pod | undefined): string[] {
  return (pod?.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
}
