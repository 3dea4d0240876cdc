import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeClient, KubeObject } from '@plimsoll/kube'
import type { NodeAgent } from '../contract.ts'
import { createKindRegistry } from '../kinds/create-kind-registry.ts'
import { Store, type StorageError } from '../storage/index.ts'
import { Authentication } from './authentication.ts'
import { loadCertificates } from './certificates.ts'
import { CustomKinds } from './custom-kinds.ts'
import { HttpApi } from './http-api.ts'
import { HttpServer } from './http-server.ts'
import { fillTokenSecrets } from './token-secrets.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { OpenApiDocuments } from './openapi-documents.ts'
import { UpgradeCalls } from './streams/upgrade-calls.ts'
import { SpecialCalls } from './special-calls.ts'
import { unknownPath } from './api-failure.ts'
import type { KindRegistry } from './kind-registry.ts'
import { LocalKubeClient } from './local-kube-client.ts'
import { initialNamespaces } from './namespace-admission.ts'
import { ObjectVerbs } from './object-verbs.ts'
import { ResourceTable } from './resource-table.ts'

export interface ApiServerOptions {
  /** The database, keys and certificates live here. Made when it is missing. */
  dataDir: string
  kinds?: KindRegistry
  /** Milliseconds since 1970. */
  now?: () => number
  /** The database can no longer be written. */
  onBroken?: (error: StorageError) => void
  /** Something in the background failed. Nothing stops because of it. */
  onProblem?: (error: unknown) => void
}

export interface ApiServer {
  /** In process, the same verbs as over HTTP. Objects it answers are frozen. */
  readonly client: KubeClient
  /** A client whose writes are filed under this field manager. */
  clientFor(fieldManager: string): KubeClient
  /** Who answers for logs, exec and port-forward; set once the kubelet runs. */
  setNode(node: NodeAgent): void
  /** PEM of the certificate authority. */
  readonly ca: string
  /** A token for a pod's projected volume; undefined when its service account does not exist. */
  serviceAccountToken(pod: KubeObject, accountName: string, audience: string | undefined, seconds: number): string | undefined
  /** HTTPS on loopback. Port 0: any free one. Rejects when the port is taken. */
  listen(options: { port: number; host?: string }): Promise<ListeningApi>
  /** What `/readyz` answers until it is undefined. */
  setNotReady(why: string | undefined): void
  close(): Promise<void>
}

export interface ListeningApi {
  port: number
  /** `https://127.0.0.1:PORT`. */
  url: string
  /** Path of a kubeconfig that only the owner can read. */
  kubeconfig: string
  token: string
  /** PEM of the certificate authority. */
  ca: string
}

/** Opens the store and the verbs over it. Rejects with `StorageError`. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const store = await Store.open({
    file: join(options.dataDir, 'cluster.db'),
    ...(options.onBroken === undefined ? {} : { onBroken: options.onBroken }),
    ...(options.onProblem === undefined ? {} : { onProblem: options.onProblem }),
  })
  const now = options.now ?? Date.now
  const registry = options.kinds ?? createKindRegistry()
  const table = new ResourceTable(registry.builtIns())
  const verbs = new ObjectVerbs(store, table, now)
  let node: NodeAgent | undefined
  const clientFor = (defaultManager: string): KubeClient => new LocalKubeClient({ store, verbs, table, defaultManager, node: () => node })
  const client = clientFor('plimsoll-cluster')
  await createInitialNamespaces(client, store)
  const customKinds = new CustomKinds({ store, verbs, table, registry, now, onProblem: options.onProblem ?? (() => undefined) })
  customKinds.start()
  const stops = new Set<() => void>()
  let http: HttpServer | undefined
  let notReady: string | undefined

  const keys = join(options.dataDir, 'keys')
  const certificates = await loadCertificates(keys, now())
  const authentication = await Authentication.load(keys, {
    find: (plural, namespace, name) => store.get(`/${plural}`, namespace, name)?.object,
  })

  stops.add(
    fillTokenSecrets({
      store,
      client: clientFor('kube-controller-manager'),
      authentication,
      ca: certificates.ca,
      now,
      onProblem: options.onProblem ?? (() => undefined),
    }),
  )

  const upgrades = new UpgradeCalls({
    pods: () => table.find('', 'v1', 'pods'),
    podOf: (namespace, name) => store.get('/pods', namespace, name)?.object,
    node: () => node,
  })

  async function listen({ port, host = '127.0.0.1' }: { port: number; host?: string }): Promise<ListeningApi> {
    const special = new SpecialCalls({
      store,
      verbs,
      authentication,
      now,
      node: () => node,
      definitionOf: (plural) => {
        const definition = table.find('', 'v1', plural)
        if (definition === undefined) throw unknownPath()
        return definition
      },
    })
    const api = new HttpApi({
      store,
      verbs,
      table,
      now,
      special: (call) => special.handle(call),
      onStop: (stop) => {
        stops.add(stop)
        return () => stops.delete(stop)
      },
    })
    http = new HttpServer({
      certificates,
      authentication,
      api,
      table,
      openApi: new OpenApiDocuments(registry, table),
      now,
      notReady: () => notReady,
      onUpgrade: (request, socket, head) => upgrades.handle(request, socket, head),
    })
    const actualPort = await http.listen(port, host)
    const url = `https://${host}:${actualPort}`
    const kubeconfig = join(options.dataDir, 'kubeconfig')
    await writeKubeconfig(kubeconfig, { server: url, ca: certificates.ca, token: authentication.token })
    return { port: actualPort, url, kubeconfig, token: authentication.token, ca: certificates.ca }
  }

  return {
    client,
    clientFor,
    setNode: (agent) => {
      node = agent
    },
    ca: certificates.ca,
    serviceAccountToken: (pod, accountName, audience, seconds) => {
      const account = store.get('/serviceaccounts', pod.metadata.namespace ?? '', accountName)?.object
      if (account === undefined) return undefined
      return authentication.issue(account, { audiences: audience === undefined ? [] : [audience], seconds, boundTo: pod, now: now() }).token
    },
    listen,
    setNotReady: (why) => {
      notReady = why
    },
    close: async () => {
      for (const stop of stops) stop()
      customKinds.stop()
      upgrades.close()
      await http?.close()
      await store.close()
    },
  }
}

async function createInitialNamespaces(client: KubeClient, store: Store): Promise<void> {
  const type = await client.typeOf('v1', 'Namespace')
  if (type === undefined) return
  await Promise.all(
    initialNamespaces
      .filter((name) => store.get('/namespaces', '', name) === undefined)
      .map((name) =>
        client.create(type, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } }),
      ),
  )
}
