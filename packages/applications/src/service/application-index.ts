import { type CacheChange, type ClusterCache, keyString, objectKey } from '@plimsoll/kube'
import type { ApplicationRef } from '../contract.ts'
import { refKey } from '../application-object.ts'
import { instanceName, instanceOf } from '../tracking.ts'
import { ownersOf } from '../tree/resource-tree.ts'

/** Which applications a change in a cluster concerns: by who wants the object, by whose it says it is, by whose child it is. Never by a scan. */
export class ApplicationIndex {
  readonly #namespace: string
  readonly #wanting = new Map<string, Set<string>>()
  readonly #targetsOf = new Map<string, readonly string[]>()
  readonly #keyOfInstance = new Map<string, string>()
  readonly #keys = new Set<string>()
  /** Namespaces in which somebody wants to know what belongs to nobody. */
  readonly #watching = new Map<string, Set<string>>()
  readonly #watchedBy = new Map<string, string>()

  constructor(controlPlaneNamespace: string) {
    this.#namespace = controlPlaneNamespace
  }

  add(ref: ApplicationRef): void {
    this.#keyOfInstance.set(instanceName(ref, this.#namespace), refKey(ref))
    this.#keys.add(refKey(ref))
  }

  remove(ref: ApplicationRef): void {
    this.#keyOfInstance.delete(instanceName(ref, this.#namespace))
    this.#keys.delete(refKey(ref))
    this.setTargets(refKey(ref), [])
    this.setWatched(refKey(ref), undefined)
  }

  keys(): string[] {
    return [...this.#keys]
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** Whether there is an application of this instance. */
  knows(instance: string): boolean {
    return this.#keyOfInstance.has(instance)
  }

  setWatched(key: string, namespace: string | undefined): void {
    const previous = this.#watchedBy.get(key)
    if (previous === namespace) return
    if (previous !== undefined) this.#watching.get(previous)?.delete(key)
    if (namespace === undefined) this.#watchedBy.delete(key)
    else {
      this.#watchedBy.set(key, namespace)
      this.#watching.set(namespace, (this.#watching.get(namespace) ?? new Set()).add(key))
    }
  }

  /** `ids` are key strings of the objects that Git wants for this application. */
  setTargets(key: string, ids: readonly string[]): void {
    const previous = this.#targetsOf.get(key)
    if (previous && previous.length === ids.length && previous.every((id, index) => id === ids[index])) return
    for (const id of previous ?? []) {
      const wanting = this.#wanting.get(id)
      wanting?.delete(key)
      if (wanting?.size === 0) this.#wanting.delete(id)
    }
    for (const id of ids) {
      const wanting = this.#wanting.get(id)
      if (wanting) wanting.add(key)
      else this.#wanting.set(id, new Set([key]))
    }
    if (ids.length > 0) this.#targetsOf.set(key, ids)
    else this.#targetsOf.delete(key)
  }

  /** `direct`: the object itself is managed; `through`: it is a descendant of one that is. */
  concerned(change: CacheChange, cache: ClusterCache): { direct: Set<string>; through: Set<string> } {
    const direct = new Set(this.#wanting.get(keyString(change.key)))
    const through = new Set<string>()
    for (const object of [change.previous, change.current]) {
      const instance = object && instanceOf(object)
      const key = instance === undefined ? undefined : this.#keyOfInstance.get(instance)
      if (key !== undefined) direct.add(key)
    }
    const object = change.current ?? change.previous
    if (object && (object.metadata.ownerReferences?.length ?? 0) > 0) {
      for (const owner of ownersOf(object, cache)) {
        for (const key of this.#wanting.get(keyString(objectKey(owner))) ?? []) through.add(key)
        const instance = instanceOf(owner)
        const key = instance === undefined ? undefined : this.#keyOfInstance.get(instance)
        if (key !== undefined) through.add(key)
      }
    }
    const hasAppeared = change.previous === undefined || change.current === undefined
    if (hasAppeared) for (const key of this.#watching.get(change.key.namespace) ?? []) through.add(key)
    for (const key of direct) through.delete(key)
    return { direct, through }
  }
}
