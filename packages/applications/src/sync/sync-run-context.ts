import type { ManagedNamespaceMetadata, OperationPhase, ResourceResult } from '@plimsoll/api'
import { type KubeObject, type ResourceType, splitApiVersion } from '@plimsoll/kube'
import { formatPosition } from '../conditions.ts'
import type { TargetCluster } from '../contract.ts'
import type { HealthSource } from '../health/health-source.ts'
import { refusalWithoutSecrets } from '../masking.ts'
import type { GuardedObject } from '../projects/project-guard.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import type { Target } from '../target/target-object.ts'
import type { SyncTask, TaskSource } from './sync-task.ts'
import type { WriteContext } from './write-target.ts'

/** One look at a sync. `resources`: everything that Git wants at the revision of this sync, and everything that is tracked. */
export interface SyncRun extends TaskSource, WriteContext {
  /** Results of this attempt that are on record already. */
  recorded: readonly ResourceResult[]
  /** Deletions that need a confirmation have it, given since the operation began. */
  isDeletionConfirmed: boolean
  destinationNamespace: string
  namespaceMetadata: ManagedNamespaceMetadata | undefined
  /** UIDs of objects that this look has deleted and that the cache may still show. */
  gone: Set<string>
  health: HealthSource
  /** Why the project does not let this object be written or deleted, as it is now. */
  refusalOf(object: GuardedObject): string | undefined
  /** Another application that an object belongs to, if that one exists. */
  ownerOf(live: KubeObject): string | undefined
  /** An object seemed to differ, and an apply has not changed it: the server knows better. */
  onUnchanged(resource: ManagedResource): void
}

export interface SyncRunResult {
  /** `Running`: something is waited for; look again when it changes. */
  phase: OperationPhase
  message: string
  resources: ResourceResult[]
  /** This has to be on record, and then the next step is taken at once. */
  isToBeRecorded?: boolean
}

/** What the cluster has for a task now. Kinds that the cache leaves out, and those that have come during this sync, are asked for. */
export async function liveOf(run: SyncRun, { key, ...task }: SyncTask): Promise<KubeObject | undefined> {
  const { cache, client } = run.cluster
  if (cache.follows(key)) return cache.get(key)
  const target = (task.resource ?? task.hook)?.target
  const type = target && (target.type ?? (await client.typeOf(target.object.apiVersion, target.object.kind)))
  return type && client.get(type, { name: key.name, ...(key.namespace && { namespace: key.namespace }) })
}

/** What the API server has against an object. It may quote what it refuses. */
export function refusalOf({ cluster }: SyncRun, target: Target, error: unknown): string {
  if (!(error instanceof Error)) throw error
  const live = cluster.cache.get(target.key)
  return `${formatPosition(target.at)}: ${refusalWithoutSecrets(live ? [target.object, live] : [target.object], error.message)}`
}

const crdWaitMs = 10_000
const crdPollMs = 50

/** A kind whose definition was applied a moment ago is served shortly after. */
export async function discoverType(run: SyncRun, target: Target): Promise<ResourceType | undefined> {
  const { client } = run.cluster
  const deadline = run.clock.now() + crdWaitMs
  for (;;) {
    const type = await client.typeOf(target.object.apiVersion, target.object.kind)
    if (type || run.sync.dryRun || run.clock.now() >= deadline) return type
    await new Promise<void>((resolve) => run.clock.setTimeout(resolve, crdPollMs))
    await client.types({ refresh: true })
  }
}

export function missingKindMessage({ at, object, key }: Target, cluster: TargetCluster): string {
  const { group, version } = splitApiVersion(object.apiVersion)
  const kind = group === '' ? key.kind : `${group}/${key.kind}`
  return `${formatPosition(at)}: The Kubernetes API could not find version "${version}" of ${kind} for requested resource ${key.namespace}/${key.name} in cluster ${cluster.name}`
}
