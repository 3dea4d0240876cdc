import type { Cluster } from '@plimsoll/api'
import { type ClusterState, refreshAnnotation } from '@plimsoll/applications'

/** A cluster as anybody may see it who may see clusters: of its credentials nothing, nor of how they are had (argo-cd `Cluster.Sanitized`). */
export function shownCluster(
  state: ClusterState,
  facts: { applicationsCount: number; serverVersion: string; withApis?: boolean },
): Cluster {
  const { entry, cluster, connectionState, lastSyncAt } = state
  const { tlsClientConfig, awsAuthConfig, disableCompression, proxyUrl } = entry.config
  const { [refreshAnnotation]: refreshRequestedAt, ...annotations } = entry.annotations
  const { cache } = cluster
  const unreadable = cache.problems()
  const serverVersion = facts.serverVersion || undefined
  return {
    ...(entry.id !== undefined && { id: entry.id }),
    server: entry.server,
    name: cluster.name,
    ...(entry.namespaces.length > 0 && { namespaces: [...entry.namespaces] }),
    ...(entry.clusterResources && { clusterResources: true }),
    ...(entry.project !== '' && { project: entry.project }),
    ...(entry.shard !== undefined && { shard: entry.shard }),
    ...(Object.keys(entry.labels).length > 0 && { labels: { ...entry.labels } }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(refreshRequestedAt !== undefined && { refreshRequestedAt }),
    config: {
      tlsClientConfig: {
        insecure: tlsClientConfig?.insecure === true,
        ...(tlsClientConfig?.serverName && { serverName: tlsClientConfig.serverName }),
      },
      ...(awsAuthConfig && { awsAuthConfig: namesOf(awsAuthConfig) }),
      ...(disableCompression && { disableCompression }),
      ...(proxyUrl && { proxyUrl: withoutUser(proxyUrl) }),
    },
    info: {
      connectionState,
      ...(serverVersion && { serverVersion }),
      cacheInfo: {
        resourcesCount: cache.size,
        apisCount: cache.types().length,
        ...(lastSyncAt && { lastCacheSyncTime: lastSyncAt.toISOString() }),
      },
      applicationsCount: facts.applicationsCount,
      ...(facts.withApis && { apiVersions: apiVersionsOf(state) }),
      ...(unreadable.length > 0 && {
        unreadableKinds: unreadable.slice(0, 100).map(({ type, message }) => ({ kind: type.kind, group: type.group, message })),
      }),
    },
    connectionState,
    ...(serverVersion && { serverVersion }),
  }
}

function namesOf({
  clusterName,
  roleARN,
  profile,
}: {
  clusterName?: string | undefined
  roleARN?: string | undefined
  profile?: string | undefined
}) {
  return { ...(clusterName && { clusterName }), ...(roleARN && { roleARN }), ...(profile && { profile }) }
}

function apiVersionsOf({ cluster }: ClusterState): string[] {
  const found = new Set<string>()
  for (const { group, version, kind } of cluster.cache.types()) {
    const groupVersion = group === '' ? version : `${group}/${version}`
    found.add(groupVersion).add(`${groupVersion}/${kind}`)
  }
  return [...found].toSorted()
}

/** An address may carry who logs in there. */
export function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
