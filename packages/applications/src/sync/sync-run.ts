import type { ResourceResult } from '@plimsoll/api'
import { isNotFound, type KubeObject } from '@plimsoll/kube'
import { deletePoliciesOf, type HookDeletePolicy } from '../target/hook.ts'
import { deleteLive } from './delete-live.ts'
import { dryRunSync } from './dry-run-sync.ts'
import { hookProgress, isHeldByUs, releaseHook } from './hook-object.ts'
import { createNamespace } from './managed-namespace.ts'
import { preflight, refuseForbidden, refuseUnknownKinds } from './preflight.ts'
import { isOfRun, runGroup, waiting } from './run-group.ts'
import { liveOf, type SyncRun, type SyncRunResult } from './sync-run-context.ts'
import { isOptionOn } from './sync-options.ts'
import { SyncResults } from './sync-results.ts'
import { type SyncTask, tasksOf } from './sync-task.ts'

/**
 * One look at a sync: does what can be done now, and says where it stands. What was done is on record, or can be seen in the cluster: objects that are
 * as Git wants them, hooks that carry this run. So a sync that was killed goes on where it was, and does nothing twice. Nobody waits in here: what
 * takes its time (a hook, the health of a wave, a deletion) ends the look, and its change begins the next one.
 */
export async function runSync(run: SyncRun): Promise<SyncRunResult> {
  const results = new SyncResults(run.recorded)
  const tasks = tasksOf(run)
  const say = (phase: SyncRunResult['phase'], message: string): SyncRunResult => ({ phase, message, resources: results.list(tasks) })
  const record = (): SyncRunResult => ({ ...say('Running', 'one or more tasks are running'), isToBeRecorded: true })

  const isForbidden = refuseForbidden(run, tasks, results)
  if (refuseUnknownKinds(run, tasks, results) || isForbidden)
    return say('Failed', `one or more synchronization tasks are not valid: ${reasonsOf(tasks, results)}`)
  if (run.sync.dryRun) {
    const failure = await dryRunSync(run, tasks, results)
    return failure === undefined ? say('Succeeded', 'successfully synced (dry run)') : say('Failed', failure)
  }
  const isMultiStep = new Set(tasks.map(({ phase, wave }) => `${phase} ${wave}`)).size > 1
  if (results.isFresh) {
    const failure = await createNamespace(run)
    if (failure !== undefined) return say('Failed', failure)
    if (await preflight(run, tasks, isMultiStep, results))
      return say('Failed', `one or more objects failed to apply (dry run), reason: ${reasonsOf(tasks, results)}`)
  }
  let hasWritten = false
  for (;;) {
    await observe(run, tasks, results)
    const running = tasks.filter((task) => (isMultiStep || task.hook) && results.isRunning(task))
    if (running.length > 0) return say('Running', waitingFor(running))
    const going = tasks.filter((task) => results.of(task)?.status === 'Pruned' && isStillThere(run, task))
    if (going.length > 0) return say('Running', waiting('deletion of', going, 'resources').message)

    // What is over is on record before its object may go: nobody could tell afterwards how it ended.
    const ended = tasks.filter((task) => task.hook && !results.isPending(task))
    if (ended.some((task) => !results.isRecorded(task))) return record()
    await Promise.all(ended.map((task) => release(run, task, results)))

    const onFailure = tasks.filter((task) => task.phase === 'SyncFail')
    const regular = tasks.filter((task) => task.phase !== 'SyncFail')
    if (regular.some((task) => results.isFailed(task))) {
      if (regular.some((task) => results.isFailed(task) && !results.isRecorded(task)) && onFailure.length > 0) return record()
      const what = hasWritten ? 'one or more objects failed to apply' : 'one or more synchronization tasks completed unsuccessfully'
      const outcome = await fail(run, what, { regular, onFailure }, results)
      if (outcome === 'record') return record()
      return say(outcome.phase, outcome.message)
    }
    const pending = regular.filter((task) => results.isPending(task) && !isLeftOut(run, task))
    const [first] = pending
    if (!first) {
      await deleteHooks(run, regular, 'HookSucceeded', results)
      return say('Succeeded', 'successfully synced (no more tasks)')
    }
    const group = pending.filter((task) => task.phase === first.phase && task.wave === first.wave)
    const outcome = await runGroup(run, group, results)
    hasWritten = true
    if (outcome.kind === 'record') return record()
    if (outcome.kind === 'waits') return say('Running', outcome.message)
    const isLast = group.length === pending.length && !group.some((task) => task.hook)
    if (isLast && !group.some((task) => results.isFailed(task))) {
      await settle(run, group, results)
      await deleteHooks(run, regular, 'HookSucceeded', results)
      return say('Succeeded', 'successfully synced (all tasks run)')
    }
  }
}

function reasonsOf(tasks: readonly SyncTask[], results: SyncResults): string {
  return [
    ...new Set(tasks.filter((task) => results.isRefused(task) || results.isFailed(task)).map((task) => reasonOf(task, results))),
  ].join('; ')
}

/** What could not be written says where it stands; what did not become well is named. */
function reasonOf(task: SyncTask, results: SyncResults): string {
  const message = results.of(task)?.message ?? ''
  if (results.isRefused(task)) return message
  return `${task.key.kind} ${task.key.name} ${task.hook ? 'failed' : 'is Degraded'}${message === '' ? '' : `: ${message}`}`
}

/** `ApplyOutOfSyncOnly=true` has nothing to do with what shows no difference, not even in its results. */
function isLeftOut(run: SyncRun, { resource }: SyncTask): boolean {
  return resource?.live !== undefined && resource.status === 'Synced' && isOptionOn(run.sync.syncOptions, 'ApplyOutOfSyncOnly')
}

function isStillThere(run: SyncRun, { key, pruned }: SyncTask): boolean {
  const live = run.cluster.cache.get(key)
  const uid = pruned?.live.metadata.uid
  return live !== undefined && live.metadata.uid === uid && !run.gone.has(uid ?? '')
}

function waitingFor(running: readonly SyncTask[]): string {
  const hooks = running.filter((task) => task.hook)
  const others = hooks.length === running.length ? 'hooks' : 'resources'
  const [what, first] = hooks.length > 0 ? (['completion of hook', hooks] as const) : (['healthy state of', running] as const)
  return waiting(what, [...first, ...running.filter((task) => !first.includes(task))], others).message
}

/** Looks at what was begun. What has no health is done when it is written. */
async function observe(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): Promise<void> {
  await Promise.all(
    tasks
      .filter((task) => results.isRunning(task))
      .map(async (task) => {
        const live = await liveOf(run, task)
        if (live) await run.health.assess([live])
        if (!live) {
          if (await isMissing(run, task)) results.set(task, missing(task))
        } else if (task.hook) {
          const { phase, message } = hookProgress(live, run.health)
          results.set(task, { hookPhase: phase, ...(message !== '' && { message }) })
        } else {
          const health = run.health.of(live)
          if (!health || health.status === 'Healthy') results.set(task, { hookPhase: 'Succeeded' })
          else if (health.status === 'Degraded')
            results.set(task, { hookPhase: 'Failed', ...(health.message && { message: health.message }) })
        }
      }),
  )
}

/** At the end nothing is waited for: what is well already is said to be. */
async function settle(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): Promise<void> {
  for (const task of tasks.filter((one) => results.isRunning(one))) {
    const live = run.cluster.cache.get(task.key)
    if (!live) continue
    await run.health.assess([live])
    const health = run.health.of(live)
    if (!health || health.status === 'Healthy') results.set(task, { hookPhase: 'Succeeded' })
  }
}

/** The cache may be behind; the cluster itself says so, or cannot be asked. */
async function isMissing(run: SyncRun, { key, resource, hook }: SyncTask): Promise<boolean> {
  const object = (resource ?? hook)?.target.object
  const type = object && (await run.cluster.client.typeOf(object.apiVersion, object.kind))
  if (!type) return true
  try {
    return (await run.cluster.client.get(type, { name: key.name, ...(key.namespace && { namespace: key.namespace }) })) === undefined
  } catch (error) {
    return isNotFound(error)
  }
}

function missing({ key }: SyncTask): Pick<ResourceResult, 'status' | 'hookPhase' | 'message'> {
  const name = `${key.group ? `${key.group}/` : ''}${key.kind}/${key.name}`
  return { status: 'SyncFailed', hookPhase: 'Error', message: `Resource ${name} is missing, it might have been deleted` }
}

/** The hook's own object, unless its delete policy has kept one of before in its place. */
async function hookObject(run: SyncRun, task: SyncTask): Promise<KubeObject | undefined> {
  const live = await liveOf(run, task)
  if (!live || run.gone.has(live.metadata.uid ?? '')) return undefined
  return task.hook && (isOfRun(live, task.hook) || !deletePoliciesOf(task.hook.target.object).has('BeforeHookCreation')) ? live : undefined
}

async function release(run: SyncRun, task: SyncTask, results: SyncResults): Promise<void> {
  try {
    const live = await hookObject(run, task)
    if (live && isHeldByUs(live)) await releaseHook(run.cluster, task.key, live)
  } catch (error) {
    results.set(task, {
      hookPhase: 'Error',
      message: `Failed to remove hook finalizer: ${error instanceof Error ? error.message : String(error)}`,
    })
  }
}

/** Objects of hooks that are over and have this policy. What happens to a hook's object is no reason for a sync to fail. */
async function deleteHooks(run: SyncRun, tasks: readonly SyncTask[], policy: HookDeletePolicy, results: SyncResults): Promise<void> {
  const concerned = tasks.filter(({ hook }) => hook && deletePoliciesOf(hook.target.object).has(policy))
  await Promise.all(
    concerned
      .filter((task) => !results.isPending(task))
      .map(async (task) => {
        const live = await hookObject(run, task)
        if (!live || live.metadata.deletionTimestamp !== undefined) return
        await deleteLive(run.cluster, task.key, live).catch((error: unknown) => {
          results.set(task, { message: `failed to delete resource: ${error instanceof Error ? error.message : String(error)}` })
        })
      }),
  )
}

/** Once it is sure that the sync fails: its `SyncFail` hooks, and its end when they are through. */
async function fail(
  run: SyncRun,
  what: string,
  { regular, onFailure }: { regular: readonly SyncTask[]; onFailure: readonly SyncTask[] },
  results: SyncResults,
): Promise<'record' | Pick<SyncRunResult, 'phase' | 'message'>> {
  const pending = onFailure.filter((task) => results.isPending(task))
  if (pending.length > 0) {
    const outcome = await runGroup(run, pending, results)
    if (outcome.kind === 'waits') return { phase: 'Running', message: outcome.message }
    await observe(run, pending, results)
    const running = pending.filter((task) => results.isRunning(task))
    return running.length > 0 ? { phase: 'Running', message: waitingFor(running) } : 'record'
  }
  const succeeded = onFailure.filter((task) => results.isSucceeded(task))
  const failed = onFailure.filter((task) => results.isFailed(task))
  await deleteHooks(run, [...regular, ...failed], 'HookFailed', results)
  await deleteHooks(run, succeeded, 'HookSucceeded', results)
  const message = `${what}, reason: ${reasonsOf(regular, results)}`
  return {
    phase: 'Failed',
    message: failed.length > 0 ? `${message}\none or more SyncFail hooks failed, reason: ${reasonsOf(failed, results)}` : message,
  }
}
