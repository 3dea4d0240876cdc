import type { KubeObject } from '@plimsoll/kube'

/**
 * One object at one revision. Never changes: `object` is frozen all the way down, so that readers, watchers and history share it.
 */
export class StoredObject {
  /** `GROUP/PLURAL`, the same for all versions of a kind. */
  readonly resource: string
  /** '' for cluster scope. */
  readonly namespace: string
  readonly name: string
  readonly revision: number
  readonly object: KubeObject
  #text: string | undefined

  constructor(resource: string, object: KubeObject, revision: number, text?: string) {
    this.resource = resource
    this.namespace = object.metadata.namespace ?? ''
    this.name = object.metadata.name
    this.revision = revision
    this.object = object
    this.#text = text
  }

  /** As JSON at the stored version; made once. */
  get text(): string {
    this.#text ??= JSON.stringify(this.object)
    return this.#text
  }

  /** For objects nobody has asked for lately. */
  forgetText(): void {
    this.#text = undefined
  }
}

/** Key within a resource. Lists are in the order of these, as in a real cluster. */
export function objectPath(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** Freezes what is not frozen yet; a frozen sub-tree is frozen all the way down and is not walked again. */
export function freezeTree<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') freezeTree(item)
  } else {
    for (const key in value) {
      const field = value[key]
      if (typeof field === 'object') freezeTree(field)
    }
  }
  return Object.freeze(value)
}
