import type { Clock, ClusterCacheOptions, KubeObject } from '@plimsoll/kube'
import type { Log } from '../contract.ts'
import { AddedCluster } from './added-cluster.ts'
import { isClusterSecret, readClusterSecret } from './cluster-secret.ts'
import { addressProblem, type CredentialCommand, settingsFrom } from './connection-settings.ts'
import type { ClusterChange, ClusterEntry, Clusters, ClusterState, Destination, TargetCluster } from './contract.ts'
import { resolveAmong } from './destination.ts'

export interface ClustersContext {
  home: TargetCluster
  /** Where the Secrets of clusters are; `argocd` by default. */
  namespace: string
  /** For the cache of each. */
  cacheOptions: ClusterCacheOptions
  /** Absent: no command is run. */
  credentialCommand?: CredentialCommand
  clock: Clock
  log: Log
}

export interface ClusterRegistry extends Clusters {
  /** Takes up the Secrets that there are, and follows them. The home cluster has been read before. Waits for no cluster. */
  start(): void
  stop(): Promise<void>
  states(): ClusterState[]
  /** Called after something about a cluster has changed that its state shows. Returns the way to stop. */
  onChanged(listener: () => void): () => void
}

const secretKind = { group: '', kind: 'Secret' }

/** The home cluster, and one for each Secret of the installation that says that it is one. They come and go with these. */
export function createClusters(context: ClustersContext): ClusterRegistry {
  const { home, namespace, log, clock } = context
  /** By the name of the Secret. */
  const added = new Map<string, AddedCluster>()
  const listeners = new Set<(change: ClusterChange) => void>()
  const changeListeners = new Set<() => void>()
  const stops: (() => void)[] = []
  let homeEntry: ClusterEntry | undefined
  let startedAt = new Date(clock.now())

  const homeCluster: TargetCluster = {
    server: home.server,
    client: home.client,
    cache: home.cache,
    get name() {
      return homeEntry?.name || home.name
    },
    get namespaces() {
      return homeEntry?.namespaces ?? []
    },
    get clusterResources() {
      return homeEntry?.clusterResources ?? false
    },
  }

  function tell(type: ClusterChange['type'], cluster: TargetCluster): void {
    for (const listener of listeners) listener({ type, cluster })
    changed()
  }

  function changed(): void {
    for (const listener of changeListeners) listener()
  }

  /** What the Secrets say is what there is. The first Secret, by name, has the address; another with the same one counts for nothing. */
  function takeUp(): void {
    const found = home.cache
      .ofKind(secretKind, namespace)
      .filter((secret) => isClusterSecret(secret) && secret.metadata.deletionTimestamp === undefined)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    const wanted = new Map<string, { secret: KubeObject; entry: ClusterEntry; problem: string | undefined }>()
    const taken = new Map<string, string>()
    let nextHome: ClusterEntry | undefined
    for (const secret of found) {
      const { entry, problem } = readClusterSecret(secret)
      const { name } = secret.metadata
      const first = taken.get(entry.server)
      if (first !== undefined) {
        log.warn({ secret: name, first, server: entry.server }, 'two Secrets are about the same cluster, and the first one counts')
        continue
      }
      taken.set(entry.server, name)
      if (entry.server === home.server) nextHome = entry
      else wanted.set(name, { secret, entry, problem: problem ?? addressProblem(entry.server, entry.config) })
    }
    const homeName = homeCluster.name
    homeEntry = nextHome
    if (homeCluster.name !== homeName) tell('renamed', homeCluster)
    for (const [name, cluster] of added) {
      const next = wanted.get(name)
      if (next && cluster.canBecome(next.entry)) continue
      added.delete(name)
      tell('removed', cluster)
      void cluster.stop().catch((error: unknown) => log.warn({ error: String(error) }, 'a cluster was not let go in order'))
    }
    for (const [name, { entry, problem }] of wanted) {
      const there = added.get(name)
      const before = there?.name
      if (there) there.become(entry, problem)
      else add(name, entry, problem)
      if (there && there.name !== before) tell('renamed', there)
    }
    changed()
  }

  function add(name: string, entry: ClusterEntry, problem: string | undefined): void {
    const cluster = new AddedCluster({
      entry,
      problem,
      secret: { namespace, name },
      settingsOf: ({ server, config }) => settingsFrom(server, config, context.credentialCommand),
      cacheOptions: context.cacheOptions,
      clock,
      log,
      onChanged: changed,
    })
    added.set(name, cluster)
    cluster.start()
    tell('added', cluster)
  }

  function all(): TargetCluster[] {
    return [...added.values(), homeCluster]
  }

  function resolve(destination: Parameters<Clusters['resolve']>[0]): Destination {
    const found = resolveAmong(all(), destination, isSure)
    // The address that its kubeconfig has leads home too.
    const { server, name } = destination
    const isHome = !found.cluster && !name && server !== undefined && server.replace(/\/+$/, '') === serverOf(home)
    return isHome ? { cluster: homeCluster } : found
  }

  /** Only who can read all Secrets knows that there is none. */
  function isSure(): boolean {
    const { cache } = home
    return (
      stops.length > 0 &&
      cache.isSynced &&
      cache.connectionProblem() === undefined &&
      !cache.problems().some(({ type }) => type.kind === 'Secret' && type.group === '')
    )
  }

  return {
    home: homeCluster,
    all,
    resolve,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onChanged(listener) {
      changeListeners.add(listener)
      return () => changeListeners.delete(listener)
    },
    start() {
      if (stops.length > 0) return
      startedAt = new Date(clock.now())
      stops.push(
        home.cache.subscribe(({ key, previous, current }) => {
          if (key.kind !== 'Secret' || key.group !== '' || key.namespace !== namespace) return
          if ((previous && isClusterSecret(previous)) || (current && isClusterSecret(current))) takeUp()
        }),
      )
      takeUp()
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      const all = [...added.values()]
      added.clear()
      await Promise.all(all.map((cluster) => cluster.stop()))
    },
    states: () => [...[...added.values()].map(stateOf), homeState()],
  }

  function homeState(): ClusterState {
    const { cache } = home
    const problem = cache.connectionProblem()
    const status = problem ? 'Failed' : cache.isSynced ? 'Successful' : 'Unknown'
    return {
      entry: homeEntry ?? emptyEntry(home),
      cluster: homeCluster,
      connectionState: { status, message: problem?.message ?? '', attemptedAt: (problem?.since ?? startedAt).toISOString() },
      serverVersion: '',
      lastSyncAt: cache.isSynced ? startedAt : undefined,
    }
  }
}

/** The address that it is really reached at, where its client knows. */
function serverOf({ client }: TargetCluster): string | undefined {
  return 'server' in client && typeof client.server === 'string' ? client.server : undefined
}

function stateOf(cluster: AddedCluster): ClusterState {
  return {
    entry: cluster.entry,
    cluster,
    connectionState: cluster.connectionState(),
    serverVersion: cluster.serverVersion,
    lastSyncAt: cluster.lastSyncAt,
  }
}

function emptyEntry({ server, name }: TargetCluster): ClusterEntry {
  return {
    server,
    name,
    namespaces: [],
    clusterResources: false,
    project: '',
    shard: undefined,
    labels: {},
    annotations: {},
    config: {},
  }
}
