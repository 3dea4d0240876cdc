import type { KubeObject, OwnerReference } from '@plimsoll/kube'

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

/** What is known about one owner: there, going away in the foreground, verified to be gone, or not to be told. */
export type OwnerState = 'solid' | 'waiting' | 'absent' | 'unknown'

export interface JudgedOwner {
  reference: OwnerReference
  state: OwnerState
}

export type CollectionStep =
  | { do: 'keep' }
  /** Drops references to owners that are gone or on their way; some other owner keeps the object. */
  | { do: 'release'; uids: string[] }
  | { do: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan' }

/**
 * What becomes of an object, given what is known of its owners (`attemptToDeleteItem` of the garbage collector). Nothing is
 * deleted on missing information: one owner of unknown state keeps the object as it is.
 */
export function judge(object: KubeObject, owners: readonly JudgedOwner[], hasDependents: boolean): CollectionStep {
  if (owners.length === 0 || owners.some((owner) => owner.state === 'unknown')) return { do: 'keep' }
  const gone = owners.filter((owner) => owner.state !== 'solid')
  if (gone.length === 0) return { do: 'keep' }
  if (gone.length < owners.length) return { do: 'release', uids: gone.map((owner) => owner.reference.uid) }
  if (owners.some((owner) => owner.state === 'waiting') && hasDependents) return { do: 'delete', propagationPolicy: 'Foreground' }
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(orphanFinalizer)) return { do: 'delete', propagationPolicy: 'Orphan' }
  if (finalizers.includes(foregroundFinalizer)) return { do: 'delete', propagationPolicy: 'Foreground' }
  return { do: 'delete', propagationPolicy: 'Background' }
}

/** Whether a dependent holds back an owner that is deleted in the foreground. */
export function isBlocking(dependent: KubeObject, ownerUid: string): boolean {
  return (dependent.metadata.ownerReferences ?? []).some((owner) => owner.uid === ownerUid && owner.blockOwnerDeletion === true)
}

/** References without those to the given owners. */
export function withoutOwners(object: KubeObject, uids: readonly string[]): OwnerReference[] {
  return (object.metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid))
}
