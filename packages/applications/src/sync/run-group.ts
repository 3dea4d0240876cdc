import { annotations } from '@plimsoll/api'
import { KubeApiError, type KubeObject, type ResourceType } from '@plimsoll/kube'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import { deletePoliciesOf } from '../target/hook.ts'
import type { Target } from '../target/target-object.ts'
import { deleteLive } from './delete-live.ts'
import { releaseHook } from './hook-object.ts'
import { inSteps } from './order.ts'
import { discoverType, liveOf, missingKindMessage, refusalOf, type SyncRun } from './sync-run-context.ts'
import { isOptionOn, isForced, prunePropagation, syncOption } from './sync-options.ts'
import type { SyncResults } from './sync-results.ts'
import type { HookTask, SyncTask } from './sync-task.ts'
import { applyOptions, isOwned, resourceName, writeTarget } from './write-target.ts'

/** `record`: what is in the results has to be on record before anything else is done. `waits`: for what has to go, or for a confirmation. */
export type GroupOutcome = { kind: 'done' } | { kind: 'record' } | { kind: 'waits'; message: string }

/**
 * Does what one wave of one phase has to do: prunes first, makes room for hooks, then writes kind by kind. What fails is in the results; the rest
 * of the wave is done all the same.
 */
export async function runGroup(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): Promise<GroupOutcome> {
  const prunes = tasks.filter((task) => task.pruned)
  const unconfirmed = run.isDeletionConfirmed ? [] : prunes.filter((task) => mustBeConfirmed(run, task))
  if (unconfirmed.length > 0) return waiting('pruning confirmation of', unconfirmed, 'resources')
  if (announcePrunes(run, prunes, results)) return { kind: 'record' }
  for (const step of inSteps(prunes).toReversed()) await Promise.all(step.map((task) => prune(run, task, results)))
  if (prunes.some((task) => results.isFailed(task))) return { kind: 'done' }

  const hooks = tasks.filter((task) => task.hook)
  const inTheWay = await Promise.all(hooks.map(async (task) => ((await makeRoom(run, task, results)) === 'going' ? [task] : [])))
  if (hooks.some((task) => results.isFailed(task))) return { kind: 'done' }
  if (inTheWay.flat().length > 0) return waiting('deletion of hook', inTheWay.flat(), 'hooks')

  const writes = tasks.filter((task) => !task.pruned && results.isPending(task))
  let announced = 0
  const going: SyncTask[] = []
  for (const step of inSteps(writes)) {
    const outcomes = await Promise.all(step.map((task) => write(run, task, results)))
    announced += outcomes.filter((outcome) => outcome === 'announced').length
    going.push(...step.filter((_, index) => outcomes[index] === 'going'))
  }
  if (announced > 0) return { kind: 'record' }
  return going.length > 0 ? waiting('deletion of', going, 'resources') : { kind: 'done' }
}

/** As Argo CD says it (argo-cd `gitops-engine/pkg/sync/sync_context.go`, setRunningPhase). */
export function waiting(what: string, tasks: readonly SyncTask[], others: 'resources' | 'hooks'): { kind: 'waits'; message: string } {
  const [first] = tasks
  const name = first ? `${first.key.group ? `${first.key.group}/` : ''}${first.key.kind}/${first.key.name}` : ''
  return { kind: 'waits', message: `waiting for ${what} ${name}${tasks.length > 1 ? ` and ${tasks.length - 1} more ${others}` : ''}` }
}

function mustBeConfirmed({ sync }: SyncRun, { pruned }: SyncTask): boolean {
  return sync.prune === true && syncOption(sync.syncOptions, 'Prune', pruned?.live) === 'confirm'
}

/** Why something that Git has dropped stays. */
export function reasonToKeep({ sync }: SyncRun, { pruned }: SyncTask): string | undefined {
  if (sync.prune !== true) return 'ignored (requires pruning)'
  return syncOption(sync.syncOptions, 'Prune', pruned?.live) === 'false' ? 'ignored (no prune)' : undefined
}

/** What is gone cannot be told from what never was: it is on record before it goes. */
function announcePrunes(run: SyncRun, prunes: readonly SyncTask[], results: SyncResults): boolean {
  const unknown = prunes.filter(
    (task) => reasonToKeep(run, task) === undefined && results.of(task) === undefined && !task.pruned?.live.metadata.deletionTimestamp,
  )
  for (const task of unknown) results.set(task, { message: 'to be pruned' })
  return unknown.length > 0
}

export async function prune(run: SyncRun, task: SyncTask, results: SyncResults): Promise<void> {
  const live = task.pruned?.live
  const why = reasonToKeep(run, task)
  if (!live || why !== undefined) return results.set(task, { status: 'PruneSkipped', hookPhase: 'Succeeded', message: why ?? '' })
  if (run.sync.dryRun) return results.set(task, { status: 'Pruned', hookPhase: 'Succeeded', message: 'pruned (dry run)' })
  try {
    const isGoing = live.metadata.deletionTimestamp !== undefined
    const deleted = isGoing
      ? 'going'
      : await deleteLive(run.cluster, task.key, live, { propagationPolicy: prunePropagation(run.sync.syncOptions) })
    if (deleted === 'gone') run.gone.add(live.metadata.uid ?? '')
    results.set(task, { status: 'Pruned', hookPhase: 'Succeeded', message: 'pruned' })
  } catch (error) {
    results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message: messageOf(error) })
  }
}

/**
 * An object of an earlier run goes before the hook's own is made (`BeforeHookCreation`); without that policy it is only no longer held.
 * One that carries this run is the hook's own, made by an attempt that was killed.
 */
async function makeRoom(run: SyncRun, task: SyncTask, results: SyncResults): Promise<'going' | undefined> {
  const { hook } = task
  if (!hook || !results.isPending(task)) return undefined
  try {
    const live = await liveOf(run, task)
    if (!live || isOfRun(live, hook) || run.gone.has(live.metadata.uid ?? '')) return undefined
    const owner = run.ownerOf(live)
    if (owner !== undefined) {
      const why = `${task.key.kind} ${task.key.name} is part of application ${owner}. Give the hook a name of its own.`
      results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message: why })
      return undefined
    }
    await releaseHook(run.cluster, task.key, live)
    const isGoing = live.metadata.deletionTimestamp !== undefined
    if (!isGoing && !deletePoliciesOf(hook.target.object).has('BeforeHookCreation')) return undefined
    const deleted = isGoing ? 'going' : await deleteLive(run.cluster, task.key, live)
    if (deleted === 'gone') run.gone.add(live.metadata.uid ?? '')
    return deleted === 'going' ? 'going' : undefined
  } catch (error) {
    results.set(task, { status: 'SyncFailed', hookPhase: 'Error', message: `failed to delete resource: ${messageOf(error)}` })
    return undefined
  }
}

async function write(run: SyncRun, task: SyncTask, results: SyncResults): Promise<'going' | 'announced' | undefined> {
  const target = (task.resource ?? task.hook)?.target
  if (!target) return undefined
  try {
    const type = target.type ?? (await discoverType(run, target))
    if (!type) throw new Error(missingKindMessage(target, run.cluster))
    const begun = { status: 'Synced', hookPhase: 'Running' } as const
    if (task.hook) {
      const started = await startHook(run, task, task.hook, type)
      if (started === 'created') results.set(task, { ...begun, message: `${resourceName(type, task.key)} created` })
      if (started !== 'kept') return started === 'going' ? 'going' : undefined
    }
    if (task.resource && isLeftAlone(run, task.resource, target)) {
      results.set(task, { ...begun, message: `${resourceName(type, task.key)} unchanged` })
      return undefined
    }
    const written = await writeTarget(run, target, type, results.of(task)?.replaces)
    if (written.kind === 'going') return 'going'
    if (written.kind === 'announce') {
      results.set(task, { replaces: written.uid, message: written.message })
      return 'announced'
    }
    if (written.isUnchanged && task.resource) run.onUnchanged(task.resource)
    const leftover = task.hook ? ' (left from an earlier sync: its delete policy keeps it)' : ''
    results.set(task, { ...begun, message: written.message + leftover })
  } catch (error) {
    results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message: refusalOf(run, target, error) })
  }
  return undefined
}

/** `created`: the hook's own object is there, made now or by an attempt that was killed. `kept`: another is in its place, and stays. */
async function startHook(run: SyncRun, task: SyncTask, hook: HookTask, type: ResourceType): Promise<'created' | 'kept' | 'going'> {
  const live = await liveOf(run, task)
  if (live && !run.gone.has(live.metadata.uid ?? '')) return isOfRun(live, hook) ? 'created' : 'kept'
  const fieldValidation = applyOptions(run, hook.target).isValidated ? 'Strict' : 'Ignore'
  try {
    run.cluster.cache.observe(await run.cluster.client.create(type, hook.target.object, { fieldManager, fieldValidation }))
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== 409) throw error
    const ref = { name: task.key.name, ...(task.key.namespace && { namespace: task.key.namespace }) }
    const there = await run.cluster.client.get(type, ref)
    if (!there) throw error
    run.cluster.cache.observe(there)
    // Else the request of a process that was killed has come through after all.
    if (!isOfRun(there, hook)) return 'going'
  }
  return 'created'
}

/** What shows no difference and is ours is not written again, unless it is to be made anew each time. */
export function isLeftAlone(run: SyncRun, resource: ManagedResource, target: Target): boolean {
  const live = run.cluster.cache.get(target.key)
  if (!live || live !== resource.live || resource.status !== 'Synced') return false
  const isRecreated = isForced(run.sync, target.object, live) && isOptionOn(run.sync.syncOptions, 'Replace', target.object, live)
  return !isRecreated && isOwned(live, applyOptions(run, target))
}

export function isOfRun(live: KubeObject, hook: HookTask): boolean {
  return live.metadata.annotations?.[annotations.hookRun] === hook.run
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  return error.message
}
