import type { Applications, Log, TargetCluster } from '@plimsoll/applications'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'

export interface ServerOptions {
  /** Everything that this installation keeps. Made when it is missing. */
  dataDir: string
  /** 0: a free one, chosen once and kept in the records, because repository addresses carry it. */
  port: number
  /** Default `127.0.0.1`. */
  host?: string
  /** Home cluster and first target. Absent: as kubectl finds it. */
  kubeconfig?: string
  context?: string
  /** Where Services and Ingresses of the embedded cluster are reached, for links in the console. */
  gatewayUrl?: string
  demo: boolean
  log: Log
  /** Directory of the built console. Absent: no console. */
  webRoot?: string
  /** What the home cluster is, in words, for the console: `embedded`, `kubeconfig`. */
  clusterInfo?: { kind: 'embedded' | 'kubeconfig'; description?: string }
  /** Further values of the Host header that are ours, with port: `plimsoll.example.com`. */
  allowedHosts?: string[]
  /** Host names, addresses and CIDR ranges of this machine's network that repositories may be fetched from. Default none. */
  allowedGitHosts?: readonly string[]
  /** The address that others reach us at, when it is not `http://HOST:PORT`. */
  externalUrl?: string
  /** Default `DATADIR/token`. */
  tokenFile?: string
  /** Where Applications live. Default `argocd`. */
  namespace?: string
  /** Applications reconciled at the same time. Default 8. */
  concurrency?: number
  /** How long `startServer` waits for the cluster before it resolves all the same, and goes on trying. Default 20 s. */
  readyTimeoutMs?: number
}

/** What the routes work with. */
export interface Parts {
  applications: Applications
  repositories: Repositories & GitHost
  records: Records
  home: TargetCluster
  log: Log
  namespace: string
  /** Undefined once everything is read; until then why an answer would claim more than is known. */
  notReady(): string | undefined
}
