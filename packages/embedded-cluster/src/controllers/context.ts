import type { ClusterCache, Clock, KubeClient } from '@plimsoll/kube'
import type { Logger } from 'pino'

/** What every controller works with. Nothing else reaches the outside. */
export interface ControllerContext {
  client: KubeClient
  cache: ClusterCache
  clock: Clock
  log: Logger
  /** Where the gateway listens; undefined until it does. */
  gatewayAddress(): { host: string; port: number } | undefined
  /** The one node pods run on. */
  nodeName: string
  /** The cluster's own directory; volumes are made below it. */
  dataDir?: string
  /** PEM of the cluster's certificate authority, for `kube-root-ca.crt`. */
  certificateAuthority?: string
}
