import { annotations, type OperationPhase, type ResourceResult, type SyncOperation } from '@plimsoll/api'
import {
  type Clock,
  isNotFound,
  KubeApiError,
  type KubeObject,
  keyString,
  type ObjectKey,
  type ResourceType,
  splitApiVersion,
} from '@plimsoll/kube'
import { formatPosition } from '../conditions.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import type { TargetCluster } from '../contract.ts'
import { healthOf } from '../health/health.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { hasOption, type Target } from '../target/target-object.ts'
import { applyTarget } from './apply-target.ts'
import { inSteps } from './order.ts'
import { hasSyncOption, isChosen, isValidated } from './sync-request.ts'

export interface SyncRun {
  cluster: TargetCluster
  sync: SyncOperation
  /** Everything that Git wants at the revision of this sync, and everything that is tracked. */
  resources: readonly ManagedResource[]
  destinationNamespace: string
  namespaceMetadata: { labels?: Record<string, string>; annotations?: Record<string, string> } | undefined
  clock: Clock
  /** An object seemed to differ, and an apply has not changed it: the server knows better. */
  onUnchanged(resource: ManagedResource): void
}

export interface SyncRunResult {
  /** `Running`: a wave waits for its objects to be healthy; look again when they change. */
  phase: OperationPhase
  message: string
  resources: ResourceResult[]
}

/**
 * One look at a sync: writes what is still to be written and says where it stands. Doing it again does nothing again: what is as Git wants it is
 * left alone, so a sync that was killed goes on where it was. Waves after the first wait until the ones before are healthy.
 */
export async function runSync(run: SyncRun): Promise<SyncRunResult> {
  const results = new Map<string, ResourceResult>()
  const chosen = run.resources.filter((resource) => isChosen(resource.key, run.sync.resources))
  const wanted = chosen.filter((resource) => resource.target !== undefined)
  const refused = refusalOf(run, wanted)
  if (refused.length > 0) {
    return { phase: 'Failed', message: `one or more objects failed to apply, reason: ${reasonsOf(refused)}`, resources: refused }
  }

  const namespaceFailure = await createNamespace(run)
  if (namespaceFailure) return { phase: 'Failed', message: namespaceFailure, resources: [] }

  const steps = inSteps(wanted.map((resource) => ({ ...resource, wave: resource.target?.wave ?? 0 })))
  const waves = new Set(steps.map((step) => step[0]?.wave))
  for (const [index, step] of steps.entries()) {
    const outcomes = await Promise.all(step.map((resource) => applyOne(run, resource)))
    for (const outcome of outcomes) results.set(resultKey(outcome), outcome)
    const isEndOfWave = steps[index + 1]?.[0]?.wave !== step[0]?.wave
    if (!isEndOfWave) continue
    const failed = [...results.values()].filter((result) => result.status === 'SyncFailed')
    if (failed.length > 0) {
      return {
        phase: 'Failed',
        message: `one or more objects failed to apply, reason: ${reasonsOf(failed)}`,
        resources: [...results.values()],
      }
    }
    if (waves.size > 1 && run.sync.dryRun !== true) {
      const waiting = waveState(run, wanted, step[0]?.wave ?? 0, results)
      if (waiting) return { ...waiting, resources: [...results.values()] }
    }
  }

  for (const step of inSteps(chosen.filter(isExtra).map((resource) => ({ ...resource, wave: 0 }))).toReversed()) {
    const outcomes = await Promise.all(step.map((resource) => pruneOne(run, resource)))
    for (const outcome of outcomes) results.set(resultKey(outcome), outcome)
  }
  const failed = [...results.values()].filter((result) => result.status === 'SyncFailed')
  if (failed.length > 0) {
    return {
      phase: 'Failed',
      message: `one or more objects failed to be pruned, reason: ${reasonsOf(failed)}`,
      resources: [...results.values()],
    }
  }
  return {
    phase: 'Succeeded',
    message: run.sync.dryRun ? 'successfully synced (dry run)' : 'successfully synced (all tasks run)',
    resources: [...results.values()],
  }
}

function isExtra(resource: ManagedResource): boolean {
  return resource.target === undefined && resource.requiresPruning
}

function resultKey(result: ResourceResult): string {
  return keyString(result)
}

function reasonsOf(results: readonly ResourceResult[]): string {
  return results.map((result) => result.message ?? '').join('; ')
}

/** What is sure to fail is refused before anything is written. */
function refusalOf(run: SyncRun, wanted: readonly ManagedResource[]): ResourceResult[] {
  const defined = new Set(
    wanted
      .filter((resource) => resource.key.kind === 'CustomResourceDefinition')
      .map((resource) => {
        const spec = resource.target?.object.spec as { group?: unknown; names?: { kind?: unknown } } | undefined
        return `${String(spec?.group)}/${String(spec?.names?.kind)}`
      }),
  )
  return wanted
    .filter(
      ({ target, key }) =>
        target &&
        !target.type &&
        !defined.has(`${key.group}/${key.kind}`) &&
        !hasSyncOption(run.sync.syncOptions, 'SkipDryRunOnMissingResource=true') &&
        !hasOption(target.object, annotations.syncOptions, 'SkipDryRunOnMissingResource=true'),
    )
    .map((resource) => resultOf(resource, 'SyncFailed', missingKindMessage(resource, run.cluster)))
}

function missingKindMessage({ target, key }: ManagedResource, cluster: TargetCluster): string {
  const where = target ? `${formatPosition(target.at)}: ` : ''
  const { group, version } = splitApiVersion(target?.object.apiVersion ?? '')
  return `${where}The Kubernetes API could not find version "${version}" of ${group === '' ? key.kind : `${group}/${key.kind}`} for requested resource ${key.namespace}/${key.name} in cluster ${cluster.name}`
}

async function applyOne(run: SyncRun, resource: ManagedResource & { target: Target | undefined }): Promise<ResourceResult> {
  const { target } = resource
  if (!target) return resultOf(resource, 'SyncFailed', 'It is not in Git.')
  const type = target.type ?? (await discoverType(run, target))
  if (!type) return resultOf(resource, 'SyncFailed', missingKindMessage(resource, run.cluster))
  const name = `${type.kind.toLowerCase()}${type.group ? `.${type.group}` : ''}/${target.key.name}`
  const live = run.cluster.cache.get(target.key)
  if (live && resource.live === live && resource.status === 'Synced' && isOwned(live))
    return resultOf(resource, 'Synced', `${name} unchanged`)
  try {
    const { outcome } = await applyTarget(run.cluster, target, type, {
      dryRun: run.sync.dryRun === true,
      isValidated: isValidated(target, run.sync.syncOptions),
    })
    if (outcome === 'unchanged') run.onUnchanged(resource)
    return resultOf(resource, 'Synced', `${name} ${outcome}${run.sync.dryRun ? ' (dry run)' : ''}`)
  } catch (error) {
    return resultOf(resource, 'SyncFailed', failureMessage(error, target))
  }
}

function isOwned(live: KubeObject): boolean {
  return live.metadata.managedFields?.some((entry) => entry.manager === fieldManager && entry.operation === 'Apply') ?? false
}

function failureMessage(error: unknown, target: Target): string {
  if (!(error instanceof Error)) throw error
  return `${formatPosition(target.at)}: ${error.message}`
}

const crdWaitMs = 10_000
const crdPollMs = 50

/** A kind whose definition was applied a moment ago is served shortly after. */
async function discoverType(run: SyncRun, target: Target): Promise<ResourceType | undefined> {
  const deadline = run.clock.now() + crdWaitMs
  for (;;) {
    const type = await run.cluster.client.typeOf(target.object.apiVersion, target.object.kind)
    if (type || run.sync.dryRun || run.clock.now() >= deadline) return type
    await new Promise<void>((resolve) => run.clock.setTimeout(resolve, crdPollMs))
    await run.cluster.client.types({ refresh: true })
  }
}

/** Undefined when the wave is healthy and the next one may begin. */
function waveState(
  run: SyncRun,
  wanted: readonly ManagedResource[],
  wave: number,
  results: Map<string, ResourceResult>,
): { phase: OperationPhase; message: string } | undefined {
  const waiting: string[] = []
  for (const resource of wanted) {
    if ((resource.target?.wave ?? 0) !== wave) continue
    const live = run.cluster.cache.get(resource.key)
    const health = live ? healthOf(live) : { status: 'Missing' as const }
    const result = results.get(keyString(resource.key))
    if (health?.status === 'Degraded') {
      const message = `${resource.key.kind} ${resource.key.name} is Degraded in wave ${wave}: ${health.message ?? ''}`
      if (result) results.set(keyString(resource.key), { ...result, hookPhase: 'Failed' })
      return { phase: 'Failed', message }
    }
    if (health && health.status !== 'Healthy' && health.status !== 'Suspended') {
      waiting.push(`${resource.key.group ? `${resource.key.group}/` : ''}${resource.key.kind}/${resource.key.name}`)
      if (result) results.set(keyString(resource.key), { ...result, hookPhase: 'Running' })
    }
  }
  if (waiting.length === 0) return undefined
  const more = waiting.length > 1 ? ` and ${waiting.length - 1} more resources` : ''
  return { phase: 'Running', message: `waiting for healthy state of ${waiting[0]}${more}` }
}

async function pruneOne(run: SyncRun, resource: ManagedResource): Promise<ResourceResult> {
  const { live, key } = resource
  if (!live) return resultOf(resource, 'Pruned', 'already gone')
  if (hasOption(live, annotations.syncOptions, 'Prune=false')) return resultOf(resource, 'PruneSkipped', 'ignored (no prune)')
  if (run.sync.prune !== true) return resultOf(resource, 'PruneSkipped', 'ignored (requires pruning)')
  if (run.sync.dryRun) return resultOf(resource, 'Pruned', 'pruned (dry run)')
  try {
    await deleteLive(run.cluster, key, live)
    return resultOf(resource, 'Pruned', 'pruned')
  } catch (error) {
    return resultOf(resource, 'SyncFailed', error instanceof Error ? error.message : String(error))
  }
}

/** Deletes exactly the object that was seen, not one that took its name since. */
export async function deleteLive(
  cluster: TargetCluster,
  key: ObjectKey,
  live: KubeObject,
  propagationPolicy: 'Foreground' | 'Background' = 'Foreground',
): Promise<void> {
  const type = cluster.cache.typeOf(live.apiVersion, live.kind) ?? (await cluster.client.typeOf(live.apiVersion, live.kind))
  if (!type) return
  try {
    await cluster.client.delete(
      type,
      { name: key.name, ...(key.namespace && { namespace: key.namespace }) },
      { propagationPolicy, ...(live.metadata.uid && { preconditions: { uid: live.metadata.uid } }) },
    )
  } catch (error) {
    // Gone already, or another object under its name: what was seen no longer exists.
    if (isNotFound(error) || (error instanceof KubeApiError && error.code === 409)) return
    throw error
  }
}

/** `CreateNamespace=true`: answers with a failure in words. A namespace that is there is only touched for its metadata. */
async function createNamespace(run: SyncRun): Promise<string | undefined> {
  const name = run.destinationNamespace
  if (!hasSyncOption(run.sync.syncOptions, 'CreateNamespace=true') || name === '') return undefined
  const isInGit = run.resources.some((resource) => resource.key.kind === 'Namespace' && resource.key.name === name && resource.target)
  const isThere = run.cluster.cache.get({ group: '', kind: 'Namespace', namespace: '', name }) !== undefined
  if (isInGit || (isThere && !run.namespaceMetadata)) return undefined
  try {
    const type = run.cluster.cache.typeOf('v1', 'Namespace') ?? (await run.cluster.client.typeOf('v1', 'Namespace'))
    if (!type) return `Cluster ${run.cluster.name} serves no namespaces.`
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        ...(run.namespaceMetadata?.labels && { labels: run.namespaceMetadata.labels }),
        ...(run.namespaceMetadata?.annotations && { annotations: run.namespaceMetadata.annotations }),
      },
    }
    const created = await run.cluster.client.apply(type, object, { fieldManager, force: true, ...(run.sync.dryRun && { dryRun: true }) })
    if (!run.sync.dryRun) run.cluster.cache.observe(created)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `Namespace ${name} could not be created: ${error.message}`
  }
}

function resultOf(resource: ManagedResource, status: NonNullable<ResourceResult['status']>, message: string): ResourceResult {
  const { group, kind, namespace, name } = resource.key
  const { version } = splitApiVersion(resource.target?.object.apiVersion ?? resource.live?.apiVersion ?? '')
  return {
    group,
    version,
    kind,
    namespace,
    name,
    status,
    message,
    hookPhase: status === 'SyncFailed' ? 'Failed' : 'Succeeded',
    syncPhase: 'Sync',
  }
}
