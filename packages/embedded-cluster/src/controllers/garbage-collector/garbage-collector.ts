import {
  done,
  isNotFound,
  keyString,
  objectKey,
  splitApiVersion,
  type CacheChange,
  type KubeObject,
  type ObjectKey,
  type Outcome,
  type OwnerReference,
} from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import {
  foregroundFinalizer,
  isBlocking,
  judge,
  orphanFinalizer,
  withoutOwners,
  type JudgedOwner,
  type OwnerState,
} from './ownership-plan.ts'

// UIDs are never used again, so knowing that one is gone from its place holds for ever; the number bounds memory only.
const rememberedAbsences = 10_000

/**
 * Deletes what has lost its owners, and carries out foreground and orphaning deletion, for every kind there is. It looks only at
 * objects that changed and at the dependents of those, found by the owner's UID.
 */
export function garbageCollector(machinery: Machinery): ControllerDefinition {
  const { cache, client } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('garbage-collector-controller')
  const absent = new Set<string>()

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const object = cache.get(key)
    if (object?.metadata.uid === undefined || writer.isDeleted(object)) return done
    if (object.metadata.deletionTimestamp !== undefined) return finalize(object, object.metadata.uid)
    return collect(object, object.metadata.uid)
  }

  /** An object that is being deleted, and waits for its dependents. */
  async function finalize(object: KubeObject, uid: string): Promise<Outcome> {
    const finalizers = object.metadata.finalizers ?? []
    if (finalizers.includes(orphanFinalizer)) {
      for (const dependent of dependentsOf(uid)) await release(dependent, [uid])
      await removeFinalizer(object, orphanFinalizer)
      return done
    }
    if (!finalizers.includes(foregroundFinalizer)) return done
    const dependents = dependentsOf(uid)
    const blocking = dependents.filter((dependent) => isBlocking(dependent, uid))
    // Those that do not block are collected like any other once this object waits.
    for (const dependent of dependents) {
      if (dependent.metadata.deletionTimestamp === undefined) await collect(dependent, dependent.metadata.uid ?? '')
    }
    if (blocking.every((dependent) => writer.isDeleted(dependent))) await removeFinalizer(object, foregroundFinalizer)
    return done
  }

  /** An object with owners: goes when none of them is left. */
  async function collect(object: KubeObject, uid: string): Promise<Outcome> {
    const references = object.metadata.ownerReferences ?? []
    if (references.length === 0) return done
    const owners: JudgedOwner[] = []
    for (const reference of references) owners.push({ reference, state: await stateOf(reference, object) })
    const step = judge(object, owners, dependentsOf(uid).length > 0)
    if (step.do === 'release') await release(object, step.uids)
    if (step.do === 'delete') await writer.delete(object, { propagationPolicy: step.propagationPolicy })
    return done
  }

  /**
   * The cache may be behind, so that an owner counts as gone only when the API says so. A kind that is not served, or cannot be
   * read, tells nothing.
   */
  async function stateOf(reference: OwnerReference, dependent: KubeObject): Promise<OwnerState> {
    const type = cache.typeOf(reference.apiVersion, reference.kind) ?? (await client.typeOf(reference.apiVersion, reference.kind))
    if (type === undefined) return 'unknown'
    const namespace = dependent.metadata.namespace ?? ''
    if (type.namespaced && namespace === '') {
      // "a cluster-scoped dependent with a namespaced kind as owner … is not able to be garbage collected" (Kubernetes, Garbage Collection).
      reportInvalid(reference, dependent)
      return 'unknown'
    }
    const key: ObjectKey = {
      group: splitApiVersion(reference.apiVersion).group,
      kind: reference.kind,
      namespace: type.namespaced ? namespace : '',
      name: reference.name,
    }
    if (absent.has(identity(key, reference.uid))) return 'absent'
    const cached = cache.get(key)
    if (cached?.metadata.uid === reference.uid && !writer.isDeleted(cached)) return stateOfOwner(cached)
    const fresh = await client.get(type, { namespace: key.namespace, name: key.name })
    if (fresh?.metadata.uid === reference.uid) return stateOfOwner(fresh)
    remember(identity(key, reference.uid))
    return 'absent'
  }

  function reportInvalid(reference: OwnerReference, dependent: KubeObject): void {
    const owner = `[${reference.apiVersion}/${reference.kind}, namespace: , name: ${reference.name}, uid: ${reference.uid}]`
    events.event(dependent, 'Warning', 'OwnerRefInvalidNamespace', `ownerRef ${owner} does not exist in namespace ""`)
  }

  function remember(gone: string): void {
    absent.add(gone)
    if (absent.size > rememberedAbsences) {
      const oldest = absent.values().next().value
      if (oldest !== undefined) absent.delete(oldest)
    }
  }

  async function release(object: KubeObject, uids: readonly string[]): Promise<void> {
    await unlessGone(() => writer.merge(object, { metadata: { ownerReferences: withoutOwners(object, uids) } }, { sameVersion: true }))
  }

  async function removeFinalizer(object: KubeObject, finalizer: string): Promise<void> {
    const rest = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer)
    await unlessGone(() => writer.merge(object, { metadata: { finalizers: rest } }, { sameVersion: true }))
  }

  function dependentsOf(uid: string): KubeObject[] {
    return cache.ownedBy(uid).filter((object) => !writer.isDeleted(object))
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (current === undefined) {
      const uid = previous?.metadata.uid
      if (uid === undefined) return
      // That the cache lost it proves nothing (its kind may have become unreadable): whether it is gone is asked for each dependent.
      for (const dependent of cache.ownedBy(uid)) yield objectKey(dependent)
      yield* waitingOwners(previous)
      return
    }
    const { deletionTimestamp, finalizers, ownerReferences, uid } = current.metadata
    if (deletionTimestamp !== undefined) {
      if (finalizers?.includes(orphanFinalizer) || finalizers?.includes(foregroundFinalizer)) yield key
    } else if (ownerReferences !== undefined && ownerReferences.length > 0) {
      // Nothing about owners changed: nothing to look at.
      if (previous?.metadata.uid !== uid || previous?.metadata.ownerReferences !== ownerReferences) {
        if (JSON.stringify(previous?.metadata.ownerReferences) !== JSON.stringify(ownerReferences) || previous?.metadata.uid !== uid)
          yield key
      }
    }
    // A dependent that stops blocking lets its owner go.
    if (previous !== undefined && previous.metadata.ownerReferences !== ownerReferences) yield* waitingOwners(previous)
  }

  function* waitingOwners(dependent: KubeObject | undefined): Iterable<ObjectKey> {
    for (const reference of dependent?.metadata.ownerReferences ?? []) {
      const key: ObjectKey = {
        group: splitApiVersion(reference.apiVersion).group,
        kind: reference.kind,
        namespace: '',
        name: reference.name,
      }
      for (const namespace of [dependent?.metadata.namespace ?? '', '']) {
        const owner = cache.get({ ...key, namespace })
        if (owner?.metadata.uid === reference.uid && owner.metadata.deletionTimestamp !== undefined) yield { ...key, namespace }
      }
    }
  }

  return { name: 'garbage-collector-controller', sources: '*', keysOf, reconcile, workers: 16 }
}

/** A UID in its place: a reference that gives the right UID with a wrong name or namespace says nothing about the object that has it. */
function identity(key: ObjectKey, uid: string): string {
  return `${keyString(key)}/${uid}`
}

function stateOfOwner(owner: KubeObject): OwnerState {
  const { deletionTimestamp, finalizers } = owner.metadata
  return deletionTimestamp !== undefined && finalizers?.includes(foregroundFinalizer) === true ? 'waiting' : 'solid'
}

async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
