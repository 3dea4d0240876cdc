import { PlimsollError } from '@plimsoll/api'
import type { Clock } from '@plimsoll/kube'
import type { Log } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import type { TargetCluster } from './contract.ts'

export interface KnownCapabilities {
  kubeVersion: string
  apiVersions: string[]
}

/** A definition is served a moment after it is there, and many come together. */
const delayMs = 1000

/** What charts are told of the cluster that they are for (`.Capabilities`). */
export class Capabilities {
  readonly #clock: Clock
  readonly #log: Log
  readonly #known = new Map<string, KnownCapabilities>()
  readonly #timers = new Map<string, { cancel(): void }>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Throws `cluster-unreachable` while they are not known: a chart would be rendered to something else. */
  of(cluster: TargetCluster): KnownCapabilities {
    const known = this.#known.get(cluster.server)
    if (!known) throw unreadCluster(cluster)
    return known
  }

  has({ server }: TargetCluster): boolean {
    return this.#known.has(server)
  }

  /** Asks the cluster. Resolves to whether they are others than before. */
  async read(cluster: TargetCluster): Promise<boolean> {
    const found = await readCapabilities(cluster.client)
    if (isDeepEqual(found, this.#known.get(cluster.server))) return false
    this.#known.set(cluster.server, found)
    return true
  }

  /** Soon, once for all that asks for it until then. */
  readSoon(cluster: TargetCluster, onOthers: () => void): void {
    this.#timers.get(cluster.server)?.cancel()
    const timer = this.#clock.setTimeout(() => {
      this.read(cluster).then(
        (isOther) => isOther && onOthers(),
        (error: unknown) => this.#log.warn({ cluster: cluster.server, error: String(error) }, 'the kinds of the cluster could not be read'),
      )
    }, delayMs)
    this.#timers.set(cluster.server, timer)
  }

  forget({ server }: TargetCluster): void {
    this.#known.delete(server)
    this.#timers.get(server)?.cancel()
    this.#timers.delete(server)
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
  }
}

/** Why nothing can be said about what is in a cluster now, with since when; undefined when it can. */
export function awayFailure(cluster: TargetCluster): PlimsollError | undefined {
  const problem = cluster.problem?.()
  if (problem) {
    return new PlimsollError(
      'cluster-unreachable',
      `Cluster ${cluster.name} cannot be used since ${timeText(problem.since)}: ${problem.message}`,
    )
  }
  return cluster.cache.isSynced ? undefined : unreadCluster(cluster)
}

/** RFC 3339, to the second. */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}

function unreadCluster({ name, server }: TargetCluster): PlimsollError {
  return new PlimsollError('cluster-unreachable', `Cluster ${name} (${server}) has not been read yet.`)
}

/** As Argo CD tells them to helm: each version of a group, and each kind in it (argo-cd `util/argo/argo.go`, APIResourcesToStrings). */
async function readCapabilities(client: TargetCluster['client']): Promise<KnownCapabilities> {
  const [{ gitVersion }, types] = await Promise.all([client.version(), client.types({ refresh: true })])
  const apiVersions = new Set<string>()
  for (const { group, version, kind } of types) {
    const groupVersion = group === '' ? version : `${group}/${version}`
    apiVersions.add(groupVersion).add(`${groupVersion}/${kind}`)
  }
  return { kubeVersion: gitVersion, apiVersions: [...apiVersions].toSorted() }
}
