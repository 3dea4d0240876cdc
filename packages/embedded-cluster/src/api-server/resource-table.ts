import { joinApiVersion, type ResourceType } from '@plimsoll/kube'
import type { KindDefinition } from './kind-registry.ts'

/** `GROUP/PLURAL`: what the store files objects under. All versions of a kind share it. */
export function resourceName(group: string, plural: string): string {
  return `${group}/${plural}`
}

/** Everything that is served now: built-in kinds and those of custom resource definitions, which come and go. */
export class ResourceTable {
  readonly #builtIns: readonly KindDefinition[]
  readonly #custom = new Map<string, readonly KindDefinition[]>()
  readonly #byPath = new Map<string, KindDefinition>()
  readonly #byKind = new Map<string, KindDefinition>()
  readonly #byVersion = new Map<string, KindDefinition>()
  readonly #listeners = new Set<() => void>()
  #served: KindDefinition[] = []
  /** Raised by every change. */
  generation = 0

  constructor(builtIns: readonly KindDefinition[]) {
    this.#builtIns = builtIns
    this.#rebuild()
  }

  find(group: string, version: string, plural: string): KindDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  /** The definition of the version that objects are stored at, served or not. */
  storageOf(definition: KindDefinition): KindDefinition {
    const { group, version, plural } = definition.type
    if (version === definition.storageVersion) return definition
    return this.#byVersion.get(`${group}/${definition.storageVersion}/${plural}`) ?? definition
  }

  findKind(apiVersion: string, kind: string): KindDefinition | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  /** The first served version of a resource. */
  findAny(group: string, plural: string): KindDefinition | undefined {
    return this.#served.find((definition) => definition.type.group === group && definition.type.plural === plural)
  }

  isBuiltIn(group: string, plural: string): boolean {
    return this.#builtIns.some((definition) => definition.type.group === group && definition.type.plural === plural)
  }

  /** Served kinds, preferred versions first. */
  get served(): readonly KindDefinition[] {
    return this.#served
  }

  types(): ResourceType[] {
    return this.#served.map((definition) => definition.type)
  }

  /** Kinds that are stored, one definition per resource. */
  stored(): KindDefinition[] {
    const seen = new Map<string, KindDefinition>()
    for (const definition of this.#served) {
      if (definition.isVirtual === true) continue
      const name = resourceName(definition.type.group, definition.type.plural)
      if (!seen.has(name)) seen.set(name, definition)
    }
    return [...seen.values()]
  }

  /** An empty list takes the kinds of this custom resource definition away. */
  setCustom(crdName: string, definitions: readonly KindDefinition[]): void {
    if (definitions.length === 0) this.#custom.delete(crdName)
    else this.#custom.set(crdName, definitions)
    this.#rebuild()
    for (const listener of this.#listeners) listener()
  }

  /** Definitions that a custom resource definition serves at the moment. */
  customOf(crdName: string): readonly KindDefinition[] {
    return this.#custom.get(crdName) ?? []
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #rebuild(): void {
    this.generation++
    this.#byPath.clear()
    this.#byKind.clear()
    this.#byVersion.clear()
    const all = [...this.#builtIns, ...[...this.#custom.values()].flat()]
    for (const definition of all) {
      const { group, version, plural } = definition.type
      this.#byVersion.set(`${group}/${version}/${plural}`, definition)
    }
    this.#served = all.filter((definition) => definition.isServed !== false)
    for (const definition of this.#served) {
      const { group, version, plural, kind } = definition.type
      const path = `${group}/${version}/${plural}`
      if (!this.#byPath.has(path)) this.#byPath.set(path, definition)
      const byKind = `${joinApiVersion(group, version)}/${kind}`
      if (!this.#byKind.has(byKind)) this.#byKind.set(byKind, definition)
    }
  }
}
