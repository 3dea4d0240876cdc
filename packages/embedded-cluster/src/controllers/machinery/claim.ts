import { controllerOf, isNotFound, type KubeObject } from '@plimsoll/kube'
import { controllerReference } from '../pods/pod-from-template.ts'
import type { ObjectWriter } from './object-writer.ts'

/**
 * Which objects a controller object has, after orphans that match were adopted and those that match no longer released
 * (`ControllerRefManager` of Kubernetes). Nothing is adopted by an object that is being deleted, or by one that exists no more.
 */
export async function claimObjects<T extends KubeObject>(options: {
  writer: ObjectWriter
  owner: KubeObject
  owned: readonly T[]
  orphans: readonly T[]
  isMatch(object: T): boolean
  /** Asks the API, not the cache, whether the owner is still there and still the same. */
  isOwnerAlive(): Promise<boolean>
}): Promise<T[]> {
  const { writer, owner, owned, orphans } = options
  const claimed: T[] = []
  for (const object of owned) {
    if (controllerOf(object)?.uid !== owner.metadata.uid) continue
    if (options.isMatch(object)) claimed.push(object)
    else if (owner.metadata.deletionTimestamp === undefined) await release(writer, owner, object)
  }
  if (owner.metadata.deletionTimestamp !== undefined) return claimed
  const candidates = orphans.filter((object) => object.metadata.deletionTimestamp === undefined && options.isMatch(object))
  if (candidates.length === 0 || !(await options.isOwnerAlive())) return claimed
  for (const object of candidates) {
    const adopted = await ignoringAbsence(() =>
      writer.merge(
        object,
        { metadata: { ownerReferences: [...(object.metadata.ownerReferences ?? []), controllerReference(owner)] } },
        { sameVersion: true },
      ),
    )
    if (adopted !== undefined) claimed.push(adopted as T)
  }
  return claimed
}

async function release(writer: ObjectWriter, owner: KubeObject, object: KubeObject): Promise<void> {
  const rest = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid)
  await ignoringAbsence(() => writer.merge(object, { metadata: { ownerReferences: rest } }, { sameVersion: true }))
}

async function ignoringAbsence<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
