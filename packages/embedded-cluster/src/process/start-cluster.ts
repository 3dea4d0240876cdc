import { join } from 'node:path'
import { createClusterCache, systemClock } from '@plimsoll/kube'
import type { Logger } from 'pino'
import { createApiServer } from '../api-server/index.ts'
import type { ClusterPart } from '../contract.ts'
import { createControllers } from '../controllers/index.ts'
import { createGateway, createServiceProxy, type ServiceProxy } from '../gateway/index.ts'
import { createKubelet } from '../kubelet/index.ts'
import { publishApiService } from './api-service.ts'
import { type KeptPorts, readKeptPorts, writeKeptPorts } from './cluster-record.ts'

export interface ClusterSettings {
  dataDir: string
  apiPort: number
  gatewayPort: number
  allowedHostPaths: string[]
}

export interface RunningCluster {
  kubeconfig: string
  apiUrl: string
  gatewayUrl: string
  /** Ends every container, then the API. */
  stop(): Promise<void>
}

const nodeName = 'plimsoll'
/** Written all the time and read by nobody in here. */
const uncachedKinds = new Set(['/Event', 'events.k8s.io/Event', 'coordination.k8s.io/Lease'])

/** Composition: API server, controllers, kubelet and gateway in one process. */
export async function startCluster(settings: ClusterSettings, log: Logger): Promise<RunningCluster> {
  const { dataDir } = settings
  const api = await createApiServer({
    dataDir,
    onBroken: (error) => {
      // Nothing can be made durable any more: to go on would be to lie.
      log.fatal({ code: error.code }, error.message)
      process.exit(1)
    },
    onProblem: (error) => log.error({ part: 'api-server', err: error }, 'something in the background failed'),
  })
  const kept = await readKeptPorts(dataDir)
  const client = api.clientFor('plimsoll-cluster')
  const cache = createClusterCache(client, { isExcluded: (type) => uncachedKinds.has(`${type.group}/${type.kind}`) })
  await cache.start()

  let apiPort = 0
  const kubelet = createKubelet({
    client: api.clientFor('kubelet'),
    cache,
    log: log.child({ part: 'kubelet' }),
    dataDir,
    nodeName,
    allowedHostPaths: settings.allowedHostPaths,
    // The API is no Service with endpoints here: it listens on this machine itself.
    serviceAddress: (namespace, name, port) =>
      namespace === 'default' && name === 'kubernetes' ? { host: '127.0.0.1', port: apiPort } : proxy.addressOf(namespace, name, port),
    serviceAccountToken: (pod, audience, seconds) => {
      const account = pod.spec.serviceAccountName ?? 'default'
      return Promise.resolve(api.serviceAccountToken(pod, account, audience, seconds))
    },
  })
  const proxy: ServiceProxy = createServiceProxy({
    cache,
    ports: kubelet,
    file: join(dataDir, 'service-ports.json'),
    log: log.child({ part: 'service-proxy' }),
  })
  const gateway = createGateway({
    cache,
    ports: kubelet,
    port: settings.gatewayPort || kept.gatewayPort || 0,
    log: log.child({ part: 'gateway' }),
  })
  const controllers = createControllers({
    client: api.clientFor('kube-controller-manager'),
    cache,
    clock: systemClock,
    log: log.child({ part: 'controllers' }),
    gatewayAddress: () => gateway.address(),
    nodeName,
    dataDir,
    certificateAuthority: api.ca,
  })
  // The proxy before the kubelet, which tells containers where Services are.
  const parts: ClusterPart[] = [proxy, kubelet, ...controllers]
  api.setNode(kubelet)
  api.setNotReady('the controllers are starting')
  const listening = await api.listen({ port: settings.apiPort || kept.apiPort || 0 })
  apiPort = listening.port
  await publishApiService(api.clientFor('kube-apiserver'), apiPort).catch((error: unknown) => {
    // Somebody may have taken its address. Nothing needs it but who looks for it.
    log.warn({ err: error }, 'the Service of the API could not be written')
  })
  await gateway.start()
  const ports: KeptPorts = { apiPort: listening.port, gatewayPort: gateway.address()?.port ?? 0 }
  await writeKeptPorts(dataDir, ports)
  for (const part of parts) await part.start()
  parts.unshift(gateway)
  api.setNotReady(undefined)

  return {
    kubeconfig: listening.kubeconfig,
    apiUrl: listening.url,
    gatewayUrl: `http://127.0.0.1:${ports.gatewayPort}`,
    async stop() {
      api.setNotReady('the cluster is being stopped')
      for (const part of parts.reverse()) {
        await part.stop().catch((error: unknown) => log.error({ part: part.name, err: error }, 'a part did not stop'))
      }
      await cache.stop()
      await api.close()
    },
  }
}
