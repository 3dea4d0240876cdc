import type { KubeObject, OwnerReference } from '@plimsoll/kube'
import type { Pod } from '../pods/pod.ts'
import type { StatefulSet } from './stateful-set.ts'

/**
 * Who owns a claim by `persistentVolumeClaimRetentionPolicy`: the set, when the claim goes with it; the pod, when the claim goes with
 * a pod that is one too many. References of others stay. Undefined when nothing changes.
 */
export function retainedOwners(
  set: StatefulSet,
  claim: KubeObject,
  pod: Pod | undefined,
  isSurplus: boolean,
): OwnerReference[] | undefined {
  const policy = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const before = claim.metadata.ownerReferences ?? []
  const others = before.filter((owner) => owner.kind !== set.kind && !(owner.kind === 'Pod' && owner.apiVersion === 'v1'))
  const owners = [...others]
  if (isSurplus && policy.whenScaled === 'Delete') {
    // Without its pod nobody says any more that the claim was one too many: it stays.
    if (pod !== undefined) owners.push(reference(pod))
  } else if (policy.whenDeleted === 'Delete') owners.push(reference(set))
  const isSame = owners.length === before.length && owners.every((owner) => before.some((one) => one.uid === owner.uid))
  return isSame ? undefined : owners
}

function reference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }
}
