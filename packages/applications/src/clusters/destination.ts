import type { ObjectKey } from '@plimsoll/kube'
import type { Clusters, Destination, TargetCluster } from './contract.ts'

/** What a destination leads to among these clusters, in Argo CD's words where to none (`util/argo/argo.go`, GetDestinationCluster). `isSure`: they are all there are. */
export function resolveAmong(
  clusters: readonly TargetCluster[],
  { server, name }: Parameters<Clusters['resolve']>[0],
  isSure: () => boolean,
): Destination {
  if (name && server) {
    return { problem: `application destination can't have both name and server defined: ${name} ${server}`, isGone: true }
  }
  if (name) {
    const named = clusters.filter((cluster) => cluster.name === name)
    const [cluster] = named
    if (!cluster) return { problem: `there are no clusters with this name: ${name}`, isGone: isSure() }
    if (named.length === 1) return { cluster }
    const servers = named.map((one) => one.server).toSorted()
    return { problem: `there are ${named.length} clusters with the same name: [${servers.join(' ')}]`, isGone: false }
  }
  if (!server) return { problem: 'Destination server missing from app spec', isGone: true }
  const wanted = server.replace(/\/+$/, '')
  const cluster = clusters.find((one) => one.server === wanted)
  if (cluster) return { cluster }
  return { problem: `error getting cluster by server "${server}": cluster "${server}" not found`, isGone: isSure() }
}

/** A single cluster, for tests and for where no other can be added. */
export function onlyCluster(home: TargetCluster): Clusters {
  const all = [home]
  return {
    home,
    all: () => all,
    resolve: (destination) => resolveAmong(all, destination, () => true),
    subscribe: () => () => undefined,
  }
}

/** Why an object is none of ours in a cluster of which only some namespaces are (gitops-engine `pkg/cache/cluster.go`, GetManagedLiveObjs). */
export function outOfScope(cluster: TargetCluster, key: ObjectKey, isNamespaced: boolean): string | undefined {
  const { namespaces = [], clusterResources = false } = cluster
  if (namespaces.length === 0) return undefined
  if (!isNamespaced)
    return clusterResources ? undefined : `Cluster level ${key.kind} "${key.name}" can not be managed when in namespaced mode`
  return namespaces.includes(key.namespace) ? undefined : `Namespace "${key.namespace}" for ${key.kind} "${key.name}" is not managed`
}
