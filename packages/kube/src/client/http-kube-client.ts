import { joinApiVersion, type KubeList, type KubeObject, type KubeStatus, type ResourceType } from '../object.ts'
import { type ClusterRequest, ClusterConnection, type ConnectionLimits } from './connection.ts'
import { DiscoveryCache } from './discovery.ts'
import {
  type ApplyOptions,
  type DeleteOptions,
  isNotFound,
  KubeApiError,
  type KubeClient,
  KubeConnectionError,
  type ListOptions,
  type LogOptions,
  type NamespacedName,
  type Patch,
  type RequestOptions,
  type Subresource,
  type WatchEvent,
  type WatchOptions,
  type WriteAs,
  type WriteOptions,
} from './kube-client.ts'
import { type ClusterAccess, type KubeconfigOptions, readKubeconfig } from './kubeconfig.ts'
import { readLines } from './line-reader.ts'
import { commandProtocols, followCommand, type RunningCommand } from './running-command.ts'

export interface KubeClientOptions extends KubeconfigOptions, Partial<ConnectionLimits> {
  /** For one answer. Default 30 s; a list has twice as long. Never for watches and followed logs. */
  timeoutMs?: number
}

/** A client for the cluster that a kubeconfig names. Rejects with `KubeConnectionError` when the kubeconfig cannot be used; the cluster itself is not asked yet. */
export async function createKubeClient(options: KubeClientOptions): Promise<HttpKubeClient> {
  return new HttpKubeClient(await readKubeconfig(options), options)
}

const contentTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML; the API server takes no other content type for server-side apply before 1.36.
  apply: 'application/apply-patch+yaml',
}

/** etcd holds 1.5 MiB an object; a line of a watch carries one. */
const maxWatchLineBytes = 32 * 1024 * 1024
/** A watch is asked to end after 5 to 10 minutes, as client-go does it, so that load spreads again over API servers. */
const watchSeconds = { least: 300, spread: 300 }
const watchGraceMs = 60_000

/** A Kubernetes API over HTTP/1.1: pooled connections for requests, one connection for each watch and log. */
export class HttpKubeClient implements KubeClient {
  readonly #connection: ClusterConnection
  readonly #discovery: DiscoveryCache
  readonly #timeoutMs: number

  constructor(access: ClusterAccess, options: Partial<ConnectionLimits> & { timeoutMs?: number } = {}) {
    const { timeoutMs, maxAnswerBytes, maxAttempts } = options
    this.#connection = new ClusterConnection(access, {
      ...(maxAnswerBytes !== undefined && { maxAnswerBytes }),
      ...(maxAttempts !== undefined && { maxAttempts }),
    })
    this.#timeoutMs = timeoutMs ?? 30_000
    this.#discovery = new DiscoveryCache((path, accept) =>
      this.#json<unknown>({ method: 'GET', path, repeatable: true, ...(accept && { accept }) }),
    )
  }

  /** The cluster's address. */
  get server(): string {
    return this.#connection.server
  }

  types(options?: { refresh?: boolean }): Promise<ResourceType[]> {
    return this.#discovery.types(options?.refresh)
  }

  typeOf(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    return this.#discovery.typeOf(apiVersion, kind)
  }

  version(): Promise<{ major: string; minor: string; gitVersion: string }> {
    return this.#json({ method: 'GET', path: '/version', repeatable: true })
  }

  /** Its version, and whether it lets us in: many a cluster tells its version to anybody. */
  async probe(): Promise<{ major: string; minor: string; gitVersion: string }> {
    const [version] = await Promise.all([this.version(), this.#json({ method: 'GET', path: '/api', repeatable: true })])
    return version
  }

  async get(type: ResourceType, ref: NamespacedName, options?: RequestOptions): Promise<KubeObject | undefined> {
    try {
      return await this.#json<KubeObject>({ method: 'GET', path: pathOf(type, ref), repeatable: true, ...sentWith(options) })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<KubeList> {
    const { signal, namespace, ...query } = options
    const list = await this.#json<KubeList>({
      method: 'GET',
      path: collectionOf(type, namespace),
      query,
      repeatable: true,
      timeoutMs: this.#timeoutMs * 2,
      ...(signal && { signal }),
    })
    // Items of a list carry neither apiVersion nor kind on the wire for built-in kinds.
    const apiVersion = joinApiVersion(type.group, type.version)
    const items = (list.items ?? []).map((item) => (item.kind ? item : { ...item, apiVersion, kind: type.kind }))
    return { ...list, metadata: list.metadata ?? {}, items }
  }

  async *watch(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { signal, namespace, allowBookmarks, ...query } = options
    const timeoutSeconds = Math.round(watchSeconds.least + Math.random() * watchSeconds.spread)
    let body: AsyncIterable<Uint8Array>
    try {
      body = await this.#connection.stream({
        method: 'GET',
        path: collectionOf(type, namespace),
        query: { ...query, watch: true, allowWatchBookmarks: allowBookmarks, timeoutSeconds },
        guardMs: timeoutSeconds * 1000 + watchGraceMs,
        ...(signal && { signal }),
      })
    } catch (error) {
      if (signal?.aborted) return
      throw error
    }
    for await (const line of readLines(body, { maxBytes: maxWatchLineBytes, keepPartial: true })) {
      if (line !== '') yield parseEvent(line, this.server)
    }
  }

  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    const path = collectionOf(type, namespaceOf(type, object.metadata))
    return this.#json({
      method: 'POST',
      path,
      query: writeQuery(options),
      body: JSON.stringify(object),
      repeatable: false,
      ...sentWith(options),
    })
  }

  update(type: ResourceType, object: KubeObject, options?: WriteOptions & Subresource): Promise<KubeObject> {
    return this.#json({
      method: 'PUT',
      path: pathOf(type, object.metadata, options?.subresource),
      query: writeQuery(options),
      body: JSON.stringify(object),
      // With a resourceVersion a repetition can only conflict.
      repeatable: false,
      ...sentWith(options),
    })
  }

  patch(type: ResourceType, ref: NamespacedName, patch: Patch, options?: WriteOptions & Subresource): Promise<KubeObject> {
    return this.#json({
      method: 'PATCH',
      path: pathOf(type, ref, options?.subresource),
      query: writeQuery(options),
      body: JSON.stringify(patch.patch),
      contentType: contentTypes[patch.type],
      repeatable: false,
      ...sentWith(options),
    })
  }

  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return this.#json({
      method: 'PATCH',
      path: pathOf(type, object.metadata, options.subresource),
      query: { ...writeQuery(options), force: options.force },
      body: JSON.stringify(object),
      contentType: contentTypes.apply,
      // Applying twice is applying once.
      repeatable: true,
      ...sentWith(options),
    })
  }

  delete(type: ResourceType, ref: NamespacedName, options: DeleteOptions = {}): Promise<KubeObject | KubeStatus> {
    const { signal: _signal, impersonate: _impersonate, dryRun, ...rest } = options
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...rest, ...(dryRun && { dryRun: ['All'] }) }
    return this.#json({
      method: 'DELETE',
      path: pathOf(type, ref),
      query: { dryRun: dryRun ? 'All' : undefined },
      body: JSON.stringify(body),
      repeatable: false,
      ...sentWith(options),
    })
  }

  async *logs(ref: NamespacedName, options: LogOptions): AsyncGenerator<string> {
    const { signal, ...query } = options
    const path = `/api/v1/namespaces/${encodeURIComponent(ref.namespace ?? 'default')}/pods/${encodeURIComponent(ref.name)}/log`
    let body: AsyncIterable<Uint8Array>
    try {
      body = await this.#connection.stream({ method: 'GET', path, query, accept: '*/*', ...(signal && { signal }) })
    } catch (error) {
      if (signal?.aborted) return
      throw error
    }
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      const text = decoder.decode(chunk, { stream: true })
      if (text !== '') yield text
    }
    const rest = decoder.decode()
    if (rest !== '') yield rest
  }

  /** Runs a command beside a container's own, with its input and output. Rejects when it could not be started. */
  async exec(ref: NamespacedName, options: { container: string; command: readonly string[] }): Promise<RunningCommand> {
    const { container, command } = options
    const path = `/api/v1/namespaces/${encodeURIComponent(ref.namespace ?? 'default')}/pods/${encodeURIComponent(ref.name)}/exec`
    const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' })
    for (const word of command) query.append('command', word)
    const socket = await this.#connection.socket({ path, query, protocols: commandProtocols })
    return followCommand(socket, `A command in container '${container}' of pod ${ref.namespace ?? 'default'}/${ref.name}`)
  }

  /** Ends every request and watch that is under way. */
  close(): Promise<void> {
    return this.#connection.close()
  }

  async #json<T>(request: ClusterRequest): Promise<T> {
    const { text, contentType } = await this.#connection.request({ timeoutMs: this.#timeoutMs, ...request })
    try {
      return JSON.parse(text) as T
    } catch {
      throw new KubeConnectionError(
        `${this.server}${request.path} answered with ${contentType || 'something'} that is no JSON: check that this address is a Kubernetes API and no proxy's page.`,
      )
    }
  }
}

function parseEvent(line: string, server: string): WatchEvent {
  let event: { type?: string; object?: KubeObject & { code?: number; reason?: string; message?: string } }
  try {
    event = JSON.parse(line) as typeof event
  } catch {
    throw new KubeConnectionError(`The cluster at ${server} broke a watch off in the middle of an event.`)
  }
  const { type, object } = event
  if (!object) throw new KubeConnectionError(`The cluster at ${server} sent a watch event without an object.`)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object }
    case 'BOOKMARK':
      return { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
    case 'ERROR': {
      const status = object as unknown as KubeStatus
      throw new KubeApiError(
        status.code ?? 500,
        status.reason ?? 'Unknown',
        `${status.message ?? 'The watch failed'} (the cluster at ${server})`,
        status,
      )
    }
    default:
      throw new KubeConnectionError(`The cluster at ${server} sent a watch event of the unknown type '${String(type).slice(0, 40)}'.`)
  }
}

/** The path of all objects of a type, in one namespace or in all. */
export function collectionOf(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${segment(type.version)}` : `/apis/${segment(type.group)}/${segment(type.version)}`
  return type.namespaced && namespace
    ? `${root}/namespaces/${segment(namespace)}/${segment(type.plural)}`
    : `${root}/${segment(type.plural)}`
}

export function pathOf(type: ResourceType, ref: NamespacedName, subresource?: string): string {
  const collection = collectionOf(type, namespaceOf(type, ref))
  return `${collection}/${segment(ref.name)}${subresource ? `/${segment(subresource)}` : ''}`
}

function namespaceOf(type: ResourceType, ref: { namespace?: string; name?: string }): string {
  if (!type.namespaced) return ''
  if (!ref.namespace) throw new KubeApiError(400, 'BadRequest', `${type.kind} '${ref.name ?? ''}' needs a namespace, and none is given.`)
  return ref.namespace
}

/** `.` and `..` would be resolved away on the wire; no API object can be named so (apimachinery validation/path). */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new KubeApiError(400, 'BadRequest', `'${text}' cannot be a name.`)
  return encodeURIComponent(text)
}

function writeQuery(options: WriteOptions | undefined): Record<string, string | undefined> {
  return {
    fieldManager: options?.fieldManager,
    fieldValidation: options?.fieldValidation,
    dryRun: options?.dryRun ? 'All' : undefined,
  }
}

function sentWith(options: (RequestOptions & WriteAs) | undefined): Pick<ClusterRequest, 'signal' | 'impersonate'> {
  return { ...(options?.signal && { signal: options.signal }), ...(options?.impersonate && { impersonate: options.impersonate }) }
}
