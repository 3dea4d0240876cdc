import { emptyObject, fieldOf, isObject, objectOf, scalarText, type JsonObject } from './json.ts'
import { cloneWithNotes, textAt } from './patch/scalar-source.ts'
import { requireTextKey } from './created-key.ts'
import { effectiveNamespace, knownGvk, type KnownGvk, type ResourceId } from './resource-id.ts'

import type { SharedPairs } from './shared-pairs.ts'

/** What a generator said about an object of the same id that is there already. */
export type GeneratorBehavior = 'unspecified' | 'create' | 'replace' | 'merge'

const noGvk = knownGvk('', '')

/**
 * One Kubernetes object on its way through a build. Where the real tool keeps what it needs to know in `internal.config.kubernetes.io/…`
 * annotations of the object, they are fields here.
 */
export class Resource {
  /** What the object is now, of which nothing may be changed before it is the resource's own. */
  #content: JsonObject
  #own: 'all' | 'metadata' | 'nothing' = 'all'
  /** Names, namespaces and kinds that it had before, oldest first. */
  previous: { name: string; namespace: string; kind: string }[] = []
  /** In the order in which they were put before and behind the name. */
  prefixes: string[] = []
  suffixes: string[] = []
  /** Ids of the objects whose name references were resolved to this one. */
  referredBy: ResourceId[] = []
  needsHash = false
  behavior: GeneratorBehavior = 'unspecified'
  /** Of a patch: it may change the name, or the kind, of what it is put on. */
  allowNameChange = false
  allowKindChange = false
  /** Names of the `vars` that take their value from this object. */
  varNames: string[] = []
  /** File that it came from, relative to the repository, or what generated it: for people, never part of the output. */
  source: string | undefined
  #gvk = noGvk
  #shared: SharedPairs[] = []

  constructor(object: JsonObject, source?: string) {
    this.#content = object
    this.source = source
  }

  /** Of an object that belongs to somebody else: it is copied as soon as anything of it may change, and only its metadata if only these may. */
  static lent(object: JsonObject, source?: string): Resource {
    const resource = new Resource(object, source)
    resource.#own = 'nothing'
    return resource
  }

  /** Replaced and changed freely. No object of it has a prototype. */
  get object(): JsonObject {
    if (this.#own !== 'all') {
      this.#content = cloneWithNotes(this.#content)
      this.#own = 'all'
    }
    return this.#content
  }

  set object(object: JsonObject) {
    if (object !== this.#content) this.#shared = []
    this.#content = object
    this.#own = 'all'
  }

  /** The object, to be looked at only. */
  get content(): JsonObject {
    return this.#content
  }

  /** The object, of which only `metadata` may be changed. */
  get withOwnMetadata(): JsonObject {
    if (this.#own === 'nothing') {
      this.#content = shallowCopy(this.#content)
      const metadata = fieldOf(this.#content, 'metadata')
      if (metadata !== undefined) this.#content['metadata'] = cloneWithNotes(metadata)
      this.#own = 'metadata'
    }
    return this.#content
  }

  get apiVersion(): string {
    return scalarText(fieldOf(this.#content, 'apiVersion'))
  }

  get kind(): string {
    return scalarText(fieldOf(this.#content, 'kind'))
  }

  get name(): string {
    return scalarText(fieldOf(fieldOf(this.#content, 'metadata'), 'name'))
  }

  get namespace(): string {
    return scalarText(fieldOf(fieldOf(this.#content, 'metadata'), 'namespace'))
  }

  get gvk(): KnownGvk {
    const { apiVersion, kind } = this
    if (this.#gvk.apiVersion !== apiVersion || this.#gvk.kind !== kind) this.#gvk = knownGvk(apiVersion, kind)
    return this.#gvk
  }

  setKind(kind: string): void {
    this.object['kind'] = kind
  }

  setName(name: string): void {
    this.#metadata()['name'] = name
  }

  /** An empty namespace removes the field. */
  setNamespace(namespace: string): void {
    if (namespace !== '') this.#metadata()['namespace'] = namespace
    else this.#deleteMetadata('namespace')
  }

  get labels(): Map<string, string> {
    return this.#readTextMap('labels')
  }

  get annotations(): Map<string, string> {
    return this.#readTextMap('annotations')
  }

  /** An empty map removes the field. */
  setLabels(labels: ReadonlyMap<string, string>): void {
    this.#writeTextMap('labels', labels)
  }

  setAnnotations(annotations: ReadonlyMap<string, string>): void {
    this.#writeTextMap('annotations', annotations)
  }

  get currentId(): ResourceId {
    const { group, version, kind, clusterScoped } = this.gvk
    return { group, version, kind, name: this.name, namespace: this.namespace, clusterScoped }
  }

  get previousIds(): ResourceId[] {
    if (this.previous.length === 0) return []
    const { group, version } = this.gvk
    return this.previous.map(({ name, namespace, kind }) => ({ group, version, kind, name, namespace, clusterScoped: false }))
  }

  get originalId(): ResourceId {
    return this.previousIds[0] ?? this.currentId
  }

  /** To be called before the name, the namespace or the kind changes. */
  rememberId(): void {
    const id = this.currentId
    this.previous.push({ name: id.name, namespace: effectiveNamespace(id), kind: id.kind })
  }

  /** To be told when several places get a pair that they have in common. */
  share(pairs: SharedPairs): void {
    this.#shared.push(pairs)
  }

  /** Brings what is shared to one value again. To be called after each step. */
  settle(): void {
    if (this.#shared.length === 0) return
    for (const pairs of this.#shared) {
      pairs.settle(
        () => this.#content,
        () => this.object,
      )
    }
    this.#shared = this.#shared.filter((pairs) => pairs.isShared)
  }

  get isEmpty(): boolean {
    return Object.keys(this.#content).length === 0
  }

  clone(): Resource {
    const copy = new Resource(cloneWithNotes(this.#content), this.source)
    copy.takeStateOf(this)
    copy.varNames = [...this.varNames]
    copy.needsHash = this.needsHash
    return copy
  }

  /** Everything that the real tool keeps in annotations of its own, but the wish for a hash. */
  takeStateOf(other: Resource): void {
    this.previous = other.previous.map((entry) => ({ ...entry }))
    this.prefixes = [...other.prefixes]
    this.suffixes = [...other.suffixes]
    this.referredBy = [...other.referredBy]
    this.behavior = other.behavior
    this.allowNameChange = other.allowNameChange
    this.allowKindChange = other.allowKindChange
  }

  #metadata(): JsonObject {
    const object = this.withOwnMetadata
    const metadata = object['metadata']
    if (isObject(metadata)) return metadata
    const created = emptyObject()
    object['metadata'] = created
    return created
  }

  #deleteMetadata(name: string): void {
    const metadata = this.#content['metadata']
    if (isObject(metadata) && Object.hasOwn(metadata, name)) delete this.#metadata()[name]
  }

  #readTextMap(name: 'labels' | 'annotations'): Map<string, string> {
    const map = fieldOf(fieldOf(this.#content, 'metadata'), name)
    const texts = new Map<string, string>()
    if (isObject(map)) for (const key of Object.keys(map)) texts.set(key, map[key] === undefined ? '' : textAt(map, key))
    return texts
  }

  #writeTextMap(name: 'labels' | 'annotations', texts: ReadonlyMap<string, string>): void {
    for (const pairs of this.#shared) pairs.leave(['metadata', name])
    for (const key of texts.keys()) requireTextKey(key)
    if (texts.size === 0) {
      this.#deleteMetadata(name)
      return
    }
    const map = emptyObject()
    for (const [key, text] of texts) map[key] = text
    this.#metadata()[name] = map
  }
}

function shallowCopy(object: JsonObject): JsonObject {
  return objectOf(Object.entries(object))
}
