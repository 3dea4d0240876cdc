import type { GroupKind, KubeObject, ObjectKey } from '../object.ts'

/** An object, and under what it is filed. */
export interface Stored {
  object: KubeObject
  indexKeys: readonly string[]
  owners: readonly string[]
  /** When a write's answer put it in, as a counter; 0 once list or watch have confirmed it. */
  observedAt: number
}

/** The objects of one kind by namespace and name. */
export class KindStore {
  readonly group: string
  readonly kind: string
  readonly byNamespace = new Map<string, Map<string, Stored>>()
  /** The newest resource version that list or watch of this kind have told, for each namespace that is followed by itself ('' for all at once). */
  readonly newestSeen = new Map<string, string | undefined>()

  constructor(group: string, kind: string) {
    this.group = group
    this.kind = kind
  }

  get(namespace: string, name: string): Stored | undefined {
    return this.byNamespace.get(namespace)?.get(name)
  }
}

/** Objects of all kinds and the indexes over them. No look-up scans. */
export class ObjectStore {
  readonly #kinds = new Map<string, KindStore>()
  readonly #byIndexKey = new Map<string, Set<Stored>>()
  readonly #byOwner = new Map<string, Set<Stored>>()
  readonly #indexKeysOf: (object: KubeObject) => string[]

  constructor(indexKeysOf: (object: KubeObject) => string[]) {
    this.#indexKeysOf = indexKeysOf
  }

  kind(groupKind: GroupKind): KindStore | undefined {
    return this.#kinds.get(`${groupKind.group}/${groupKind.kind}`)
  }

  addKind(groupKind: GroupKind): KindStore {
    const key = `${groupKind.group}/${groupKind.kind}`
    let store = this.#kinds.get(key)
    if (!store) {
      store = new KindStore(groupKind.group, groupKind.kind)
      this.#kinds.set(key, store)
    }
    return store
  }

  /** Counted when asked for: that is seldom, and a counter that goes wrong stays wrong. */
  get size(): number {
    let count = 0
    for (const kind of this.#kinds.values()) for (const names of kind.byNamespace.values()) count += names.size
    return count
  }

  dropKind(groupKind: GroupKind): void {
    this.#kinds.delete(`${groupKind.group}/${groupKind.kind}`)
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.kind(key)?.get(key.namespace, key.name)?.object
  }

  indexed(indexKey: string): KubeObject[] {
    return objectsOf(this.#byIndexKey.get(indexKey))
  }

  ownedBy(uid: string): KubeObject[] {
    return objectsOf(this.#byOwner.get(uid))
  }

  ofKind(groupKind: GroupKind, namespace?: string): KubeObject[] {
    const store = this.kind(groupKind)
    if (!store) return []
    if (namespace !== undefined) return objectsOf(store.byNamespace.get(namespace)?.values())
    const all: KubeObject[] = []
    for (const names of store.byNamespace.values()) for (const stored of names.values()) all.push(stored.object)
    return all
  }

  /** Returns what was there before. */
  put(store: KindStore, object: KubeObject, observedAt: number): KubeObject | undefined {
    const namespace = object.metadata.namespace ?? ''
    let names = store.byNamespace.get(namespace)
    if (!names) {
      names = new Map()
      store.byNamespace.set(namespace, names)
    }
    const before = names.get(object.metadata.name)
    const stored = before ?? { object, indexKeys: [], owners: [], observedAt }
    const previous = before?.object
    stored.object = object
    stored.observedAt = observedAt
    const indexKeys = this.#indexKeysOf(object)
    if (!isSame(stored.indexKeys, indexKeys)) {
      unfile(this.#byIndexKey, stored.indexKeys, stored)
      file(this.#byIndexKey, indexKeys, stored)
      stored.indexKeys = indexKeys
    }
    const owners = object.metadata.ownerReferences?.map((owner) => owner.uid) ?? []
    if (!isSame(stored.owners, owners)) {
      unfile(this.#byOwner, stored.owners, stored)
      file(this.#byOwner, owners, stored)
      stored.owners = owners
    }
    if (!before) names.set(object.metadata.name, stored)
    return previous
  }

  remove(store: KindStore, namespace: string, name: string): KubeObject | undefined {
    const names = store.byNamespace.get(namespace)
    const stored = names?.get(name)
    if (!names || !stored) return undefined
    names.delete(name)
    if (names.size === 0) store.byNamespace.delete(namespace)
    unfile(this.#byIndexKey, stored.indexKeys, stored)
    unfile(this.#byOwner, stored.owners, stored)
    return stored.object
  }
}

function objectsOf(stored: Iterable<Stored> | undefined): KubeObject[] {
  const objects: KubeObject[] = []
  if (stored) for (const one of stored) objects.push(one.object)
  return objects
}

function file(index: Map<string, Set<Stored>>, keys: readonly string[], stored: Stored): void {
  for (const key of keys) {
    const set = index.get(key)
    if (set) set.add(stored)
    else index.set(key, new Set([stored]))
  }
}

function unfile(index: Map<string, Set<Stored>>, keys: readonly string[], stored: Stored): void {
  for (const key of keys) {
    const set = index.get(key)
    if (!set?.delete(stored)) continue
    if (set.size === 0) index.delete(key)
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at])
}
