import type { ConnectionState } from '@plimsoll/api'
import {
  type ChangeableAccess,
  type Clock,
  type ClusterCache,
  type ClusterCacheOptions,
  type ClusterSettings,
  createClusterCache,
  createSettingsAccess,
  HttpKubeClient,
  KubeApiError,
} from '@plimsoll/kube'
import type { Log } from '../contract.ts'
import type { ClusterEntry, ClusterProblem, TargetCluster } from './contract.ts'
import { settingsDigest } from './cluster-secret.ts'

export interface AddedClusterOptions {
  entry: ClusterEntry
  /** Of what is written in its Secret. */
  problem: string | undefined
  secret: { namespace: string; name: string }
  settingsOf(entry: ClusterEntry): ClusterSettings
  cacheOptions: ClusterCacheOptions
  clock: Clock
  log: Log
  onChanged(): void
}

/** How often it is looked whether a cluster answers. */
const probeEveryMs = 10_000
/** A cluster that has failed once is asked again before anybody is told. */
const probeAgainMs = 1000
const probeTimeoutMs = 10_000
const failuresToTell = 2

/** A cluster with a connection, a cache and a health of its own: whatever it does, it does to nobody else. */
export class AddedCluster implements TargetCluster {
  readonly client: HttpKubeClient
  readonly cache: ClusterCache
  readonly #options: AddedClusterOptions
  readonly #access: ChangeableAccess
  readonly #stopping = new AbortController()
  #entry: ClusterEntry
  /** What its Secret says wrong. */
  #secretProblem: ClusterProblem | undefined
  #failure: ClusterProblem | undefined
  #failures = 0
  #round = 0
  #answeredAt: Date | undefined
  #stateSince: Date
  #serverVersion = ''
  #syncedAt: Date | undefined
  #timer: { cancel(): void } | undefined

  constructor(options: AddedClusterOptions) {
    const { entry, secret, clock } = options
    this.#options = options
    this.#entry = entry
    this.#stateSince = new Date(clock.now())
    this.#tellSecretProblem(options.problem)
    const origin = { name: `Secret ${secret.namespace}/${secret.name}`, place: 'that Secret' }
    this.#access = createSettingsAccess(entry.server, origin, options.settingsOf(entry))
    this.client = new HttpKubeClient(this.#access)
    this.cache = createClusterCache(this.client, {
      ...options.cacheOptions,
      ...(entry.namespaces.length > 0 && { namespaces: entry.namespaces, clusterResources: entry.clusterResources }),
    })
  }

  get server(): string {
    return this.#entry.server
  }

  get name(): string {
    return this.#entry.name || this.#entry.server
  }

  get entry(): ClusterEntry {
    return this.#entry
  }

  get namespaces(): readonly string[] {
    return this.#entry.namespaces
  }

  get clusterResources(): boolean {
    return this.#entry.clusterResources
  }

  get serverVersion(): string {
    return this.#serverVersion
  }

  get lastSyncAt(): Date | undefined {
    return this.#syncedAt
  }

  /** Nothing of it is waited for: a cluster that does not answer delays nobody. */
  start(): void {
    if (this.#secretProblem) return
    void this.cache.start().then(() => {
      if (this.#stopping.signal.aborted) return
      this.#syncedAt = new Date(this.#options.clock.now())
      this.#options.onChanged()
    })
    void this.#probe()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#timer?.cancel()
    // What waits for an answer ends with the connection.
    await this.client.close()
    await this.cache.stop()
  }

  problem(): ClusterProblem | undefined {
    return this.#secretProblem ?? this.#failure ?? (this.cache.isSynced ? undefined : this.cache.connectionProblem())
  }

  connectionState(): ConnectionState {
    const problem = this.problem()
    if (problem) return { status: 'Failed', message: problem.message, attemptedAt: problem.since.toISOString() }
    const isKnown = this.cache.isSynced && this.#answeredAt !== undefined
    return {
      status: isKnown ? 'Successful' : 'Unknown',
      message: isKnown ? '' : 'It is being read',
      attemptedAt: this.#stateSince.toISOString(),
    }
  }

  /** Whether another client and another cache are needed. Names, labels and credentials change in place. */
  canBecome(next: ClusterEntry): boolean {
    const { server, namespaces, clusterResources, config } = this.#entry
    return (
      next.server === server &&
      next.clusterResources === clusterResources &&
      next.namespaces.join(',') === namespaces.join(',') &&
      next.config.proxyUrl === config.proxyUrl &&
      next.annotations['argocd.argoproj.io/refresh'] === this.#entry.annotations['argocd.argoproj.io/refresh']
    )
  }

  become(next: ClusterEntry, problem: string | undefined): void {
    const isOtherAccess = settingsDigest(next.config) !== settingsDigest(this.#entry.config)
    const wasBroken = this.#secretProblem !== undefined
    this.#entry = next
    this.#tellSecretProblem(problem)
    if ((isOtherAccess || wasBroken) && problem === undefined) {
      this.#access.change(this.#options.settingsOf(next))
      this.#failures = failuresToTell - 1
      this.#timer?.cancel()
      if (wasBroken) this.start()
      else void this.#probe()
    }
    this.#options.onChanged()
  }

  #tellSecretProblem(problem: string | undefined): void {
    const { secret, clock } = this.#options
    const message = problem === undefined ? undefined : `Secret ${secret.namespace}/${secret.name} of cluster ${this.name}: ${problem}`
    if (message !== this.#secretProblem?.message)
      this.#secretProblem = message === undefined ? undefined : { message, since: new Date(clock.now()) }
  }

  async #probe(): Promise<void> {
    const { clock, log } = this.#options
    const round = ++this.#round
    const before = this.problem()?.message
    let failure: string | undefined
    try {
      const { major, minor } = await this.#withinTime(this.client.probe())
      if (typeof major !== 'string' || typeof minor !== 'string')
        throw new Error(`The cluster at ${this.server} answers /version with something that is no version.`)
      this.#serverVersion = `${major}.${minor}`
      this.#answeredAt = new Date(clock.now())
    } catch (error) {
      // Who has too much to do is there.
      const isBusy = error instanceof KubeApiError && error.code === 429 && this.#answeredAt !== undefined
      if (!isBusy) failure = error instanceof Error ? error.message : String(error)
    }
    // Another look has begun meanwhile, with other credentials.
    if (this.#stopping.signal.aborted || round !== this.#round) return
    this.#failures = failure === undefined ? 0 : this.#failures + 1
    if (failure === undefined) this.#failure = undefined
    else if (this.#failures >= failuresToTell) this.#failure = { message: failure, since: this.#failure?.since ?? new Date(clock.now()) }
    const after = this.problem()?.message
    if ((before === undefined) !== (after === undefined)) {
      this.#stateSince = new Date(clock.now())
      log.info(
        { cluster: this.server, ...(after !== undefined && { problem: after }) },
        after === undefined ? 'A cluster answers' : 'A cluster does not answer',
      )
    }
    if (before !== after) this.#options.onChanged()
    const waitMs = failure === undefined || this.#failures >= failuresToTell ? probeEveryMs : probeAgainMs
    this.#timer = clock.setTimeout(() => void this.#probe(), waitMs * (0.9 + Math.random() * 0.2))
  }

  async #withinTime<T>(promise: Promise<T>): Promise<T> {
    let timer: { cancel(): void } | undefined
    const late = new Promise<never>((_, reject) => {
      timer = this.#options.clock.setTimeout(
        () => reject(new Error(`The cluster at ${this.server} has not answered within ${probeTimeoutMs / 1000} s.`)),
        probeTimeoutMs,
      )
    })
    promise.catch(() => undefined)
    return Promise.race([promise, late]).finally(() => timer?.cancel())
  }
}
