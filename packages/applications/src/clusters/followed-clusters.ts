import type { CacheChange, Clock } from '@plimsoll/kube'
import type { Log } from '../contract.ts'
import { Capabilities } from './capabilities.ts'
import type { Clusters, TargetCluster } from './contract.ts'

export interface FollowedClustersOptions {
  clusters: Clusters
  clock: Clock
  log: Log
  onChange(cluster: TargetCluster, change: CacheChange): void
  /** Its applications are to be looked at: it has come, has been read, is away, is back, or serves other kinds. */
  onOther(cluster: TargetCluster): void
  onGone(cluster: TargetCluster): void
  /** What a name leads to may be something else now. */
  onNames(): void
}

/** How soon it is noticed that a cluster answers again, or no longer. */
const watchEveryMs = 1000

/** The clusters that there are, each followed by itself: its changes, its capabilities, whether it can be used. */
export class FollowedClusters {
  readonly capabilities: Capabilities
  readonly #options: FollowedClustersOptions
  readonly #followed = new Map<TargetCluster, { stop: () => void; state: string; isReading: boolean }>()
  #stop: (() => void) | undefined
  #timer: { cancel(): void } | undefined

  constructor(options: FollowedClustersOptions) {
    this.#options = options
    this.capabilities = new Capabilities(options.clock, options.log)
  }

  /** Waits for the home cluster alone. */
  async start(): Promise<void> {
    const { clusters } = this.#options
    await this.capabilities.read(clusters.home)
    for (const cluster of clusters.all()) this.#follow(cluster)
    this.#stop = clusters.subscribe(({ type, cluster }) => {
      if (type === 'added') {
        this.#follow(cluster)
        this.#options.onOther(cluster)
      } else if (type === 'removed') this.#leave(cluster)
      this.#options.onNames()
    })
    this.#check()
  }

  stop(): void {
    this.#stop?.()
    this.#timer?.cancel()
    for (const { stop } of this.#followed.values()) stop()
    this.#followed.clear()
    this.capabilities.stop()
  }

  #follow(cluster: TargetCluster): void {
    const stop = cluster.cache.subscribe((change) => {
      if (change.key.kind === 'CustomResourceDefinition') this.capabilities.readSoon(cluster, () => this.#options.onOther(cluster))
      this.#options.onChange(cluster, change)
    })
    this.#followed.set(cluster, { stop, state: stateOf(cluster), isReading: false })
  }

  #leave(cluster: TargetCluster): void {
    this.#followed.get(cluster)?.stop()
    this.#followed.delete(cluster)
    this.capabilities.forget(cluster)
    this.#options.onGone(cluster)
  }

  /** Back-off grows while a cluster is away; once it answers again, nobody waits for what is left of it. */
  #check(): void {
    for (const [cluster, followed] of this.#followed) {
      const before = followed.state
      followed.state = stateOf(cluster)
      // A kind that cannot be read any more is noticed by who needs it; an application that is not there yet is not woken for that.
      if (before !== followed.state && (followed.state !== 'kinds' || before !== 'well')) this.#options.onOther(cluster)
      if (!followed.state.startsWith('away') && !this.capabilities.has(cluster) && !followed.isReading) void this.#learn(cluster, followed)
    }
    this.#timer = this.#options.clock.setTimeout(() => this.#check(), watchEveryMs)
  }

  async #learn(cluster: TargetCluster, followed: { isReading: boolean }): Promise<void> {
    followed.isReading = true
    try {
      await this.capabilities.read(cluster)
      if (this.#followed.has(cluster)) this.#options.onOther(cluster)
      else this.capabilities.forget(cluster)
    } catch (error) {
      this.#options.log.debug({ cluster: cluster.server, error: String(error) }, 'the kinds of the cluster could not be read')
    } finally {
      followed.isReading = false
    }
  }
}

/** `away`: nothing can be said about it, with why; `kinds`: nothing about some kinds. */
function stateOf(cluster: TargetCluster): string {
  const { cache } = cluster
  const problem = cluster.problem?.() ?? cache.connectionProblem()
  if (problem || !cache.isSynced) return `away ${problem?.message ?? ''}`
  return cache.problems().length > 0 ? 'kinds' : 'well'
}
