import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createClusterCache,
  systemClock,
  type ClusterCache,
  type Clock,
  type KubeClient,
  type KubeObject,
  type ResourceType,
} from '@plimsoll/kube'
import { load, loadAll } from 'js-yaml'
import { pino } from 'pino'
import { createApiServer, type ApiServer } from '../../api-server/create-api-server.ts'
import { createKindRegistry } from '../../kinds/create-kind-registry.ts'
import type { ClusterPart } from '../../contract.ts'
import { createControllers } from '../index.ts'
import { startFakeKubelet, type FakeKubelet } from './fake-kubelet.ts'

/** The real API server, store and controllers in a directory of their own, with a node that pretends. */
export class ClusterForTests {
  readonly dataDir: string
  readonly api: ApiServer
  readonly cache: ClusterCache
  readonly kubelet: FakeKubelet
  #parts: ClusterPart[] = []

  private constructor(dataDir: string, api: ApiServer, cache: ClusterCache, kubelet: FakeKubelet) {
    this.dataDir = dataDir
    this.api = api
    this.cache = cache
    this.kubelet = kubelet
  }

  static async start(options: { clock?: Clock; withoutControllers?: boolean } = {}): Promise<ClusterForTests> {
    const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-controllers-'))
    const api = await createApiServer({
      dataDir,
      kinds: createKindRegistry(),
    })
    const cache = createClusterCache(api.client, { isExcluded: (type) => type.kind === 'Event' || type.kind === 'Lease' })
    await cache.start()
    const kubelet = await startFakeKubelet(api.client, cache, 'here')
    const cluster = new ClusterForTests(dataDir, api, cache, kubelet)
    if (options.withoutControllers !== true) await cluster.startControllers(options)
    return cluster
  }

  /** `wrap` stands between the controllers and the API. */
  async startControllers(options: { clock?: Clock; cache?: ClusterCache; wrap?: (client: KubeClient) => KubeClient } = {}): Promise<void> {
    this.#parts = createControllers({
      client: options.wrap?.(this.api.client) ?? this.api.client,
      cache: options.cache ?? this.cache,
      clock: options.clock ?? systemClock,
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
      gatewayAddress: () => ({ host: '127.0.0.1', port: 8080 }),
      nodeName: 'here',
      dataDir: this.dataDir,
      certificateAuthority: 'a certificate',
    })
    for (const part of this.#parts) await part.start()
  }

  async stopControllers(): Promise<void> {
    for (const part of this.#parts.splice(0).toReversed()) await part.stop()
  }

  async stop(): Promise<void> {
    this.kubelet.stop()
    await this.stopControllers()
    await this.cache.stop()
    await this.api.close()
    await rm(this.dataDir, { recursive: true })
  }

  async typeOf(apiVersion: string, kind: string): Promise<ResourceType> {
    const type = await this.api.client.typeOf(apiVersion, kind)
    if (type === undefined) throw new Error(`${kind} is not served`)
    return type
  }

  /** Creates the documents of a YAML text, in `default` unless they say otherwise. */
  async create(yaml: string): Promise<KubeObject[]> {
    const created: KubeObject[] = []
    for (const document of loadAll(yaml) as KubeObject[]) {
      const type = await this.typeOf(document.apiVersion, document.kind)
      if (type.namespaced) document.metadata.namespace ??= 'default'
      created.push(await this.api.client.create(type, document))
    }
    return created
  }

  async get<T extends KubeObject = KubeObject>(
    apiVersion: string,
    kind: string,
    name: string,
    namespace = 'default',
  ): Promise<T | undefined> {
    const type = await this.typeOf(apiVersion, kind)
    return (await this.api.client.get(type, { name, namespace: type.namespaced ? namespace : '' })) as T | undefined
  }

  async list<T extends KubeObject = KubeObject>(apiVersion: string, kind: string, namespace = 'default'): Promise<T[]> {
    const type = await this.typeOf(apiVersion, kind)
    return (await this.api.client.list(type, type.namespaced ? { namespace } : {})).items as T[]
  }

  async merge(apiVersion: string, kind: string, name: string, yaml: string, namespace = 'default'): Promise<KubeObject> {
    const type = await this.typeOf(apiVersion, kind)
    const patch = load(yaml) as Record<string, unknown>
    return this.api.client.patch(type, { name, namespace: type.namespaced ? namespace : '' }, { type: 'merge', patch })
  }

  async delete(
    apiVersion: string,
    kind: string,
    name: string,
    propagationPolicy?: 'Background' | 'Foreground' | 'Orphan',
    namespace = 'default',
  ): Promise<void> {
    const type = await this.typeOf(apiVersion, kind)
    const ref = { name, namespace: type.namespaced ? namespace : '' }
    await this.api.client.delete(type, ref, propagationPolicy === undefined ? {} : { propagationPolicy })
  }
}
