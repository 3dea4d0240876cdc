import { z } from 'zod'

/** base64 of PEM, as JSON of Go has bytes. */
const bytes = z.string().max(1024 * 1024)

/** How a cluster is reached and who we are there: the `config` of a cluster's Secret (argo-cd docs/operator-manual/declarative-setup.md, Clusters). */
export const ClusterConfig = z.looseObject({
  username: z.string().optional(),
  password: z.string().optional(),
  bearerToken: z.string().optional(),
  tlsClientConfig: z
    .looseObject({
      insecure: z.boolean().nullish(),
      serverName: z.string().nullish(),
      certData: bytes.nullish(),
      keyData: bytes.nullish(),
      caData: bytes.nullish(),
    })
    .nullish(),
  awsAuthConfig: z
    .looseObject({ clusterName: z.string().optional(), roleARN: z.string().optional(), profile: z.string().optional() })
    .nullish(),
  execProviderConfig: z
    .looseObject({
      command: z.string().max(4096).optional(),
      args: z.array(z.string().max(4096)).max(100).nullish(),
      env: z.record(z.string(), z.string()).nullish(),
      apiVersion: z.string().optional(),
      installHint: z.string().optional(),
      provideClusterInfo: z.boolean().optional(),
    })
    .nullish(),
  disableCompression: z.boolean().optional(),
  proxyUrl: z.string().optional(),
})
export type ClusterConfig = z.infer<typeof ClusterConfig>

const Texts = z.record(z.string(), z.string())

/** A cluster as somebody sends it (argo-cd `server/cluster/cluster.proto`). */
export const ClusterRequest = z.looseObject({
  server: z.string().max(2048).optional(),
  name: z.string().max(253).optional(),
  config: ClusterConfig.optional(),
  namespaces: z.array(z.string().max(63)).max(1000).nullish(),
  clusterResources: z.boolean().optional(),
  project: z.string().max(253).optional(),
  shard: z.union([z.number(), z.string()]).nullish(),
  labels: Texts.nullish(),
  annotations: Texts.nullish(),
})
export type ClusterRequest = z.infer<typeof ClusterRequest>

/** How a cluster, a repository or a registry answered when it was last asked (argo-cd `pkg/apis/application/v1alpha1`, ConnectionState). */
export interface ConnectionState {
  /** `Unknown`: not asked yet, or not read yet. */
  status: 'Successful' | 'Failed' | 'Unknown'
  message: string
  /** Since when a cluster is like that, when a repository was asked; RFC 3339. Absent when it never was. */
  attemptedAt?: string
}

/** A cluster as it is shown: without anything that lets somebody in. */
export interface Cluster {
  /** UID of its Secret. */
  id?: string
  server: string
  name: string
  namespaces?: string[]
  clusterResources?: boolean
  project?: string
  shard?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  refreshRequestedAt?: string
  config: {
    tlsClientConfig: { insecure: boolean; serverName?: string }
    awsAuthConfig?: { clusterName?: string; roleARN?: string; profile?: string }
    disableCompression?: boolean
    proxyUrl?: string
  }
  info: {
    connectionState: ConnectionState
    serverVersion?: string
    cacheInfo: { resourcesCount?: number; apisCount?: number; lastCacheSyncTime?: string }
    applicationsCount: number
    apiVersions?: string[]
    /** Kinds that cannot be read, which concern the applications that have some. Ours. */
    unreadableKinds?: { kind: string; group: string; message: string }[]
  }
  /** As in `info`, where older clients look. */
  connectionState: ConnectionState
  serverVersion?: string
}
