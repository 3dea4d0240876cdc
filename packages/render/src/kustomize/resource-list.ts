import { RenderError } from '../engine/tree.ts'
import { requireTextKey } from './created-key.ts'
import { emptyObject, isObject, scalarText, type JsonObject } from './json.ts'
import { describeId, idKey, isSameId, type ResourceId } from './resource-id.ts'
import type { Resource } from './resource.ts'
import { originAnnotation } from './origin-annotation.ts'
import { compileSelector, type Selector } from './selector.ts'

/** Resources in the order in which they were loaded; no two of them have the same current id. kustomize's ResMap. */
export class ResourceList implements Iterable<Resource> {
  #items: Resource[] = []

  static of(resources: Iterable<Resource>): ResourceList {
    const list = new ResourceList()
    list.appendAll(resources)
    return list
  }

  [Symbol.iterator](): Iterator<Resource> {
    return this.#items[Symbol.iterator]()
  }

  get size(): number {
    return this.#items.length
  }

  get items(): readonly Resource[] {
    return this.#items
  }

  append(resource: Resource): void {
    const id = resource.currentId
    if (this.#items.some((item) => isSameId(item.currentId, id))) throw alreadyRegistered(id)
    this.#items.push(resource)
  }

  appendAll(resources: Iterable<Resource>): void {
    const keys = new Set(this.#items.map((item) => idKey(item.currentId)))
    for (const resource of resources) {
      const id = resource.currentId
      const key = idKey(id)
      if (keys.has(key)) throw alreadyRegistered(id)
      keys.add(key)
      this.#items.push(resource)
    }
  }

  /** Takes the place of everything, without a look at ids. */
  reset(resources: Iterable<Resource>): void {
    this.#items = [...resources]
  }

  /** Brings together what resources have in common with themselves. To be called after each step. */
  settle(): void {
    for (const item of this.#items) item.settle()
  }

  /** Nothing of it is left empty, as after a filter of the real tool. */
  dropEmpty(): void {
    this.#items = this.#items.filter((item) => !item.isEmpty)
  }

  remove(resource: Resource): void {
    this.#items = this.#items.filter((item) => item !== resource)
  }

  /** `resource` takes the place of `old`. */
  replace(old: Resource, resource: Resource): void {
    const index = this.#items.indexOf(old)
    if (index !== -1) this.#items[index] = resource
  }

  byCurrentId(id: ResourceId): Resource[] {
    return this.#items.filter((item) => isSameId(item.currentId, id))
  }

  /** By the current id or one that it had before. */
  byAnyId(matches: (id: ResourceId) => boolean): Resource[] {
    return this.#items.filter((item) => !item.isEmpty && (item.previousIds.some((id) => matches(id)) || matches(item.currentId)))
  }

  /** The one resource of the id that it has or had. Throws kustomize's error for none and for several. */
  byId(id: ResourceId): Resource {
    const found = this.byAnyId((candidate) => isSameId(id, candidate))
    if (found.length === 1 && found[0] !== undefined) return found[0]
    const what = found.length === 0 ? 'no matches for Id' : 'multiple matches for Id'
    throw new RenderError(`${what} ${describeId(id)}; failed to find unique target for patch ${describeId(id)}`)
  }

  /** Those that a target of `patches` or `replacements` selects, in their order. */
  select(selector: Selector): Resource[] {
    return this.#items.filter(compileSelector(selector))
  }

  /** Takes what a generator made: new, or merged into or instead of what is there, as its behaviour says. */
  absorb(resources: Iterable<Resource>): void {
    for (const resource of resources) this.#absorbOne(resource)
  }

  #absorbOne(resource: Resource): void {
    const id = resource.currentId
    const [old, ...others] = this.byAnyId((candidate) => isSameId(id, candidate))
    if (old === undefined) {
      if (resource.behavior === 'merge' || resource.behavior === 'replace') {
        throw new RenderError(`id ${goId(id)} does not exist; cannot merge or replace`)
      }
      this.append(resource)
      return
    }
    if (others.length > 0) {
      throw new RenderError(
        `found multiple objects ${[old, ...others].map((one) => describeId(one.currentId)).join(' ')} that could accept merge of ${describeId(id)}`,
      )
    }
    if (resource.behavior !== 'merge' && resource.behavior !== 'replace') {
      throw new RenderError(`id ${goId(id)} exists; behavior must be merge or replace`)
    }
    const behavior = resource.behavior
    const origin = old.annotations.get(originAnnotation)
    takeMetadata(resource, old)
    if (behavior === 'merge') {
      if (origin !== undefined) resource.setAnnotations(new Map([...resource.annotations, [originAnnotation, origin]]))
      mergeData(resource, old, 'data')
      mergeData(resource, old, 'binaryData')
    }
    this.replace(old, resource)
  }
}

/** Labels and annotations of both, those of `resource` winning; name, namespace and state of `old`. */
export function takeMetadata(resource: Resource, old: Resource): void {
  resource.setLabels(new Map([...old.labels, ...resource.labels]))
  resource.setAnnotations(new Map([...old.annotations, ...resource.annotations]))
  const needsHash = resource.needsHash && old.needsHash
  resource.setName(old.name)
  resource.setNamespace(old.namespace)
  resource.takeStateOf(old)
  resource.varNames = [...old.varNames]
  resource.needsHash = needsHash
}

function mergeData(resource: Resource, old: Resource, field: 'data' | 'binaryData'): void {
  const merged: JsonObject = emptyObject()
  for (const { object } of [old, resource]) {
    const data = object[field]
    if (isObject(data)) for (const key of Object.keys(data)) merged[key] = scalarText(data[key])
    for (const key of Object.keys(merged)) requireTextKey(key)
  }
  if (Object.keys(merged).length === 0) delete resource.object[field]
  else resource.object[field] = merged
}

function alreadyRegistered(id: ResourceId): RenderError {
  return new RenderError(`may not add resource with an already registered id: ${describeId(id)}`, {
    remedy: 'Two resources have the same kind, name and namespace: rename or remove one of them.',
  })
}

/** An id as Go's `%#v` writes it, which these messages of kustomize show. */
function goId(id: ResourceId): string {
  const text = (value: string) => JSON.stringify(value)
  return `resid.ResId{Gvk:resid.Gvk{Group:${text(id.group)}, Version:${text(id.version)}, Kind:${text(id.kind)}, isClusterScoped:${id.clusterScoped}}, Name:${text(id.name)}, Namespace:${text(id.namespace)}}`
}
