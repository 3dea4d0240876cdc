import {
  isNotFound,
  KubeApiError,
  type CacheChange,
  type DeleteOptions,
  type KubeObject,
  type Patch,
  type ResourceType,
  type Subresource,
} from '@plimsoll/kube'
import type { ControllerContext } from '../context.ts'
import { isKind, type KnownKind, type NewObject } from '../kinds.ts'

const fieldManager = 'kube-controller-manager'

/**
 * Writes, and makes what was written visible to the next read: answers go into the cache at once, and what was deleted is
 * remembered by UID until the watch says so. This takes the place of the "expectations" of Kubernetes' own controllers.
 * All methods reject with `KubeApiError`.
 */
export class ObjectWriter {
  readonly #context: ControllerContext
  readonly #deletedUids = new Set<string>()
  #unsubscribe: () => void

  constructor(context: ControllerContext) {
    this.#context = context
    this.#unsubscribe = () => {}
  }

  start(): void {
    this.#unsubscribe = this.#context.cache.subscribe((change: CacheChange) => {
      if (change.current === undefined && change.previous?.metadata.uid !== undefined)
        this.#deletedUids.delete(change.previous.metadata.uid)
    })
  }

  stop(): void {
    this.#unsubscribe()
    this.#deletedUids.clear()
  }

  async create(kind: KnownKind, object: NewObject): Promise<KubeObject> {
    const type = await this.typeOf(kind.apiVersion, kind.kind)
    const created = await this.#context.client.create(type, { ...object, apiVersion: kind.apiVersion, kind: kind.kind }, { fieldManager })
    return this.#observe(created)
  }

  /** Creates, or answers undefined when the name is taken. */
  async createIfAbsent(kind: KnownKind, object: NewObject): Promise<KubeObject | undefined> {
    try {
      return await this.create(kind, object)
    } catch (error) {
      if (isAlreadyExists(error)) return undefined
      throw error
    }
  }

  /** PUT with the object's resource version as precondition. */
  async update(object: KubeObject): Promise<KubeObject> {
    const type = await this.typeOf(object.apiVersion, object.kind)
    return this.#observe(await this.#context.client.update(type, object, { fieldManager }))
  }

  /** Writes the status that was computed from `object`: refused with 409 when the object has changed since. */
  async updateStatus(object: KubeObject, status: object): Promise<KubeObject> {
    const type = await this.typeOf(object.apiVersion, object.kind)
    return this.#observe(await this.#context.client.update(type, { ...object, status }, { fieldManager, subresource: 'status' }))
  }

  async patch(object: KubeObject, patch: Patch, options: Subresource = {}): Promise<KubeObject> {
    const type = await this.typeOf(object.apiVersion, object.kind)
    const ref = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
    return this.#observe(await this.#context.client.patch(type, ref, patch, { fieldManager, ...options }))
  }

  /** A merge patch that is refused when the object was replaced by another one of the same name. */
  async merge(
    object: KubeObject,
    fields: Record<string, unknown>,
    options: Subresource & { sameVersion?: boolean } = {},
  ): Promise<KubeObject> {
    const { sameVersion, ...subresource } = options
    const metadata = {
      ...(fields['metadata'] as Record<string, unknown> | undefined),
      uid: object.metadata.uid,
      ...(sameVersion === true ? { resourceVersion: object.metadata.resourceVersion } : {}),
    }
    return this.patch(object, { type: 'merge', patch: { ...fields, metadata } }, subresource)
  }

  /** Deletes this very object; that it is gone already is no failure. Answers false then. */
  async delete(object: KubeObject, options: Pick<DeleteOptions, 'propagationPolicy' | 'gracePeriodSeconds'> = {}): Promise<boolean> {
    const type = await this.typeOf(object.apiVersion, object.kind)
    const { uid, name } = object.metadata
    try {
      const answer = await this.#context.client.delete(
        type,
        { namespace: object.metadata.namespace ?? '', name },
        { ...options, ...(uid === undefined ? {} : { preconditions: { uid } }) },
      )
      if (isObject(answer)) this.#observe(answer)
      else this.#forget(object)
      return true
    } catch (error) {
      if (!isNotFound(error) && !isUidConflict(error)) throw error
      this.#forget(object)
      return false
    }
  }

  /** Objects this owner has, without those that were deleted a moment ago. */
  ownedBy(uid: string | undefined, kind: KnownKind): KubeObject[] {
    if (uid === undefined) return []
    return this.#context.cache.ownedBy(uid).filter((object) => isKind(object, kind) && !this.isDeleted(object))
  }

  isDeleted(object: KubeObject): boolean {
    return object.metadata.uid !== undefined && this.#deletedUids.has(object.metadata.uid)
  }

  async typeOf(apiVersion: string, kind: string): Promise<ResourceType> {
    const type = this.#context.cache.typeOf(apiVersion, kind) ?? (await this.#context.client.typeOf(apiVersion, kind))
    if (type === undefined) throw new KubeApiError(404, 'NotFound', `The cluster does not serve ${kind} of ${apiVersion}`)
    return type
  }

  #observe(object: KubeObject): KubeObject {
    this.#context.cache.observe(object)
    return object
  }

  #forget(object: KubeObject): void {
    const { uid, namespace = '', name } = object.metadata
    const slash = object.apiVersion.indexOf('/')
    const cached = this.#context.cache.get({
      group: slash < 0 ? '' : object.apiVersion.slice(0, slash),
      kind: object.kind,
      namespace,
      name,
    })
    // Only while the cache still shows it: otherwise nobody would ever take the UID out again.
    if (uid !== undefined && cached?.metadata.uid === uid) this.#deletedUids.add(uid)
  }
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeApiError && error.code === 409 && error.reason === 'AlreadyExists'
}

/** The namespace is going away: nothing can be created in it any more, and that is not worth an event. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof KubeApiError &&
    error.code === 403 &&
    (error.message.includes('because it is being terminated') ||
      (error.status?.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating'))
  )
}

function isUidConflict(error: unknown): boolean {
  return error instanceof KubeApiError && error.code === 409 && error.reason === 'Conflict'
}

function isObject(answer: object): answer is KubeObject {
  return 'kind' in answer && answer.kind !== 'Status'
}
