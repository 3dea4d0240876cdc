import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeClient } from '@plimsoll/kube'
import type { NodeAgent } from '../contract.ts'
import { Store, type StorageError } from '../storage/index.ts'
import type { KindRegistry } from './kind-registry.ts'
import { LocalKubeClient } from './local-kube-client.ts'
import { initialNamespaces } from './namespace-admission.ts'
import { ObjectVerbs } from './object-verbs.ts'
import { plainKinds } from './plain-kinds.ts'
import { ResourceTable } from './resource-table.ts'

export interface ApiServerOptions {
  /** The database, keys and certificates live here. Made when it is missing. */
  dataDir: string
  kinds?: KindRegistry
  /** Milliseconds since 1970. */
  now?: () => number
  /** The database can no longer be written. */
  onBroken?: (error: StorageError) => void
}

export interface ApiServer {
  /** In process, the same verbs as over HTTP. Objects it answers are frozen. */
  readonly client: KubeClient
  /** A client whose writes are filed under this field manager. */
  clientFor(fieldManager: string): KubeClient
  /** Who answers for logs, exec and port-forward; set once the kubelet runs. */
  setNode(node: NodeAgent): void
  close(): Promise<void>
}

/** Opens the store and the verbs over it. Rejects with `StorageError`. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const store = await Store.open({
    file: join(options.dataDir, 'cluster.db'),
    ...(options.onBroken === undefined ? {} : { onBroken: options.onBroken }),
  })
  const registry = options.kinds ?? plainKinds()
  const table = new ResourceTable(registry.builtIns())
  const verbs = new ObjectVerbs(store, table, options.now ?? Date.now)
  let node: NodeAgent | undefined
  const clientFor = (defaultManager: string): KubeClient => new LocalKubeClient({ store, verbs, table, defaultManager, node: () => node })
  const client = clientFor('plimsoll-cluster')
  await createInitialNamespaces(client, store)
  return {
    client,
    clientFor,
    setNode: (agent) => {
      node = agent
    },
    close: () => store.close(),
  }
}

async function createInitialNamespaces(client: KubeClient, store: Store): Promise<void> {
  const type = await client.typeOf('v1', 'Namespace')
  if (type === undefined) return
  await Promise.all(
    initialNamespaces
      .filter((name) => store.get('/namespaces', '', name) === undefined)
      .map((name) => client.create(type, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } })),
  )
}
