import { objectPath, type StoredObject } from './stored-object.ts'

/** The objects of one resource by path, in order. */
export class ResourceIndex {
  readonly #objects = new Map<string, StoredObject>()
  #paths: string[] = []
  #isSorted = true

  get size(): number {
    return this.#objects.size
  }

  get(path: string): StoredObject | undefined {
    return this.#objects.get(path)
  }

  set(stored: StoredObject): void {
    const path = objectPath(stored.namespace, stored.name)
    if (!this.#objects.has(path)) {
      // Many objects are often made between two lists: sorted when somebody looks, not at each insertion.
      if (this.#isSorted && this.#paths.length > 0 && (this.#paths[this.#paths.length - 1] ?? '') > path) this.#isSorted = false
      this.#paths.push(path)
    }
    this.#objects.set(path, stored)
  }

  delete(stored: StoredObject): void {
    const path = objectPath(stored.namespace, stored.name)
    if (!this.#objects.delete(path)) return
    this.#sort()
    this.#paths.splice(this.#position(path), 1)
  }

  /** Of one namespace or of all. A cluster-scoped resource has no namespaces. */
  list(namespace?: string): StoredObject[] {
    this.#sort()
    const prefix = namespace === undefined || namespace === '' ? '' : `${namespace}/`
    const found: StoredObject[] = []
    for (let index = prefix === '' ? 0 : this.#position(prefix); index < this.#paths.length; index++) {
      const path = this.#paths[index] as string
      if (!path.startsWith(prefix)) break
      found.push(this.#objects.get(path) as StoredObject)
    }
    return found
  }

  hasAnyIn(namespace: string): boolean {
    this.#sort()
    const prefix = `${namespace}/`
    return this.#paths[this.#position(prefix)]?.startsWith(prefix) ?? false
  }

  #sort(): void {
    if (this.#isSorted) return
    this.#paths.sort()
    this.#isSorted = true
  }

  /** Index of the first path that is not below `path`. */
  #position(path: string): number {
    let low = 0
    let high = this.#paths.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#paths[middle] as string) < path) low = middle + 1
      else high = middle
    }
    return low
  }
}
