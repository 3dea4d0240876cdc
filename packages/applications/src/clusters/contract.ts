import type { ClusterConfig, ConnectionState } from '@plimsoll/api'
import type { ClusterCache, KubeClient } from '@plimsoll/kube'

/** A cluster that applications are deployed to. */
export interface TargetCluster {
  /** `https://kubernetes.default.svc` and name `in-cluster` for the home cluster. */
  readonly server: string
  readonly name: string
  readonly client: KubeClient
  readonly cache: ClusterCache
  /** Only what is in these namespaces is ours there; absent: everything. */
  readonly namespaces?: readonly string[]
  /** With `namespaces`: what is in no namespace is ours too. */
  readonly clusterResources?: boolean
  /** Why nothing can be said about it at this moment. Absent: that is not known beyond what its cache says. */
  problem?(): ClusterProblem | undefined
}

export interface ClusterProblem {
  /** A sentence without its end: what it does, and where to look. */
  message: string
  since: Date
}

/** What a destination leads to. */
export type Destination =
  | { cluster: TargetCluster }
  /** In Argo CD's words. `isGone`: there is surely no such cluster, nor does it name one; false where that cannot be told now. */
  | { cluster?: undefined; problem: string; isGone: boolean }

/** The clusters that there are: the home cluster, and those that somebody has added. */
export interface Clusters {
  readonly home: TargetCluster
  all(): readonly TargetCluster[]
  resolve(destination: { server?: string | undefined; name?: string | undefined }): Destination
  /** Called when clusters come and go, and when one has another name. Returns the way to stop. */
  subscribe(listener: (change: ClusterChange) => void): () => void
}

export interface ClusterChange {
  type: 'added' | 'renamed' | 'removed'
  cluster: TargetCluster
}

/** What is written down about a cluster: all of it but its objects. */
export interface ClusterEntry {
  id?: string
  server: string
  name: string
  namespaces: readonly string[]
  clusterResources: boolean
  project: string
  shard: number | undefined
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  config: ClusterConfig
}

/** A cluster with what is known about it now. */
export interface ClusterState {
  entry: ClusterEntry
  cluster: TargetCluster
  connectionState: ConnectionState
  serverVersion: string
  lastSyncAt: Date | undefined
}
