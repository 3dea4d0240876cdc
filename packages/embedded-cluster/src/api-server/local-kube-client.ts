import {
  type ApplyOptions,
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type KubeObject,
  type KubeStatus,
  type ListOptions,
  type LogOptions,
  type NamespacedName,
  type Patch,
  type ResourceType,
  type Subresource,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '@plimsoll/kube'
import type { Store } from '../storage/index.ts'
import type { NodeAgent } from '../contract.ts'
import { failure, notFound, tooOld, unknownPath } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { listObjects } from './list-objects.ts'
import { apiVersionOf, type ObjectVerbs } from './object-verbs.ts'
import type { ResourceTable } from './resource-table.ts'
import { cloneTree } from './tree.ts'
import { serverVersion } from './version.ts'
import { watchObjects, type WatchItem } from './watch-objects.ts'
import type { WriteRequest } from './write-request.ts'

export interface LocalKubeClientOptions {
  store: Store
  verbs: ObjectVerbs
  table: ResourceTable
  /** Manager of the fields where the caller names none. */
  defaultManager: string
  node: () => NodeAgent | undefined
}

/** Events that a watch may be behind; then it ends with 410 and its reader lists again. */
const maxBacklog = 10_000

/**
 * The API without a network between, for the cluster's own controllers. The same verbs as over HTTP.
 * Objects that it answers are the store's own, frozen: clone before changing. Objects that are handed in are copied.
 */
export class LocalKubeClient implements KubeClient {
  readonly #options: LocalKubeClientOptions

  constructor(options: LocalKubeClientOptions) {
    this.#options = options
  }

  types(): Promise<ResourceType[]> {
    return Promise.resolve(this.#options.table.types())
  }

  typeOf(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    return Promise.resolve(this.#options.table.findKind(apiVersion, kind)?.type)
  }

  version(): Promise<{ major: string; minor: string; gitVersion: string }> {
    return Promise.resolve(serverVersion)
  }

  async get(type: ResourceType, ref: NamespacedName): Promise<KubeObject | undefined> {
    const definition = this.#definition(type)
    const stored = this.#options.verbs.get(definition, ref.namespace ?? '', ref.name)
    return stored && this.#options.verbs.atVersion(definition, stored.object)
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<KubeList> {
    const definition = this.#definition(type)
    const result = listObjects(this.#options.store, definition, this.#options.verbs.select(definition, options), options)
    const metadata: KubeList['metadata'] = { resourceVersion: String(result.revision) }
    if (result.continue !== undefined) metadata.continue = result.continue
    if (result.remaining !== undefined) metadata.remainingItemCount = result.remaining
    return {
      apiVersion: apiVersionOf(definition),
      kind: definition.listKind,
      metadata,
      items: result.items.map((stored) => this.#options.verbs.atVersion(definition, stored.object)),
    }
  }

  async *watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent> {
    const definition = this.#definition(type)
    const { store, verbs } = this.#options
    const { signal } = options
    const isAborted = (): boolean => options.signal?.aborted === true
    if (isAborted()) return
    const backlog: WatchItem[] = []
    let overflow = false
    let wake = (): void => undefined
    const running = watchObjects(
      store,
      definition,
      this.#options.verbs.select(definition, options),
      {
        ...(options.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion }),
        allowBookmarks: options.allowBookmarks === true,
      },
      {
        send(item) {
          backlog.push(item)
          wake()
          return backlog.length <= maxBacklog + store.count(resourceKey(definition))
        },
      },
      () => {
        overflow = true
        wake()
      },
    )
    const abort = (): void => wake()
    const stopFollowing = this.#options.table.onChange(() => wake())
    signal?.addEventListener('abort', abort)
    try {
      while (!isAborted()) {
        const items = backlog.splice(0)
        for (const item of items) {
          if (item.type === 'BOOKMARK') yield { type: 'BOOKMARK', resourceVersion: String(item.revision) }
          else yield { type: item.type, object: verbs.atVersion(definition, item.stored.object) }
          if (isAborted()) return
        }
        if (overflow) throw tooOld(running.revision(), store.oldestRevision(resourceKey(definition)))
        if (backlog.length > 0) continue
        if (this.#definitionIfServed(type) === undefined) return
        await new Promise<void>((resolve) => {
          wake = resolve
          if (backlog.length > 0 || isAborted()) resolve()
        })
      }
    } finally {
      running.stop()
      stopFollowing()
      signal?.removeEventListener('abort', abort)
    }
  }

  async create(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const request = this.#write(type, { namespace: object.metadata.namespace ?? '', name: '' }, '', options)
    return (await this.#options.verbs.create(request, cloneTree(object))).object
  }

  async update(type: ResourceType, object: KubeObject, options: WriteOptions & Subresource = {}): Promise<KubeObject> {
    const request = this.#write(type, object.metadata, options.subresource ?? '', options)
    return (await this.#options.verbs.update(request, cloneTree(object))).object
  }

  async patch(type: ResourceType, ref: NamespacedName, patch: Patch, options: WriteOptions & Subresource = {}): Promise<KubeObject> {
    const request = this.#write(type, ref, options.subresource ?? '', options)
    return (await this.#options.verbs.patch(request, patch)).object
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const request = this.#write(type, object.metadata, options.subresource ?? '', options)
    return (await this.#options.verbs.patch(request, { type: 'apply', object: cloneTree(object), force: options.force === true })).object
  }

  async delete(type: ResourceType, ref: NamespacedName, options: DeleteOptions = {}): Promise<KubeObject | KubeStatus> {
    const request = this.#write(type, ref, '', options)
    const result = await this.#options.verbs.delete(request, options)
    return 'object' in result ? result.object : result
  }

  async *logs(ref: NamespacedName, options: LogOptions): AsyncIterable<string> {
    const pods = this.#options.table.findKind('v1', 'Pod')
    const node = this.#options.node()
    if (pods === undefined || node === undefined) throw failure(503, 'ServiceUnavailable', 'the node does not answer')
    const pod = this.#options.verbs.get(pods, ref.namespace ?? '', ref.name)
    if (pod === undefined) throw notFound(pods, ref.name)
    const decoder = new TextDecoder()
    for await (const chunk of await node.logs(pod.object, options)) yield decoder.decode(chunk, { stream: true })
  }

  #definitionIfServed(type: ResourceType): KindDefinition | undefined {
    return this.#options.table.find(type.group, type.version, type.plural)
  }

  #definition(type: ResourceType): KindDefinition {
    const definition = this.#definitionIfServed(type)
    if (definition === undefined) throw unknownPath()
    return definition
  }

  #write(type: ResourceType, ref: NamespacedName, subresource: string, options: WriteOptions): WriteRequest {
    const definition = this.#definition(type)
    return {
      definition,
      namespace: definition.type.namespaced ? (ref.namespace ?? '') : '',
      name: ref.name,
      subresource,
      manager: options.fieldManager ?? this.#options.defaultManager,
      dryRun: options.dryRun === true,
      fieldValidation: options.fieldValidation ?? 'Warn',
      warnings: [],
    }
  }
}

function resourceKey(definition: KindDefinition): string {
  return `${definition.type.group}/${definition.type.plural}`
}
