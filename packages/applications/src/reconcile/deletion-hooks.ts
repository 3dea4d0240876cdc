import { annotations, type Application, PlimsollError } from '@plimsoll/api'
import { type KubeObject, KubeApiError, objectKey } from '@plimsoll/kube'
import { specSources, targetRevisionsOf } from '../application-sources.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import { describeKey } from '../conditions.ts'
import type { TargetCluster } from '../contract.ts'
import { guardedObject, type ProjectGuard } from '../projects/project-guard.ts'
import { deleteLive } from '../sync/delete-live.ts'
import { hookProgress, isHeldByUs, releaseHook } from '../sync/hook-object.ts'
import { missingKindMessage } from '../sync/sync-run-context.ts'
import { hookForRun, operationOfRun } from '../sync/sync-task.ts'
import { deletePoliciesOf, type DeletionPhase, hasOwnDeletePolicy } from '../target/hook.ts'
import type { DeletionHook, Target } from '../target/target-object.ts'
import { instanceIndexKey, instanceOf } from '../tracking.ts'
import { desiredState } from './desired-state.ts'
import type { Reconciling } from './reconciling.ts'

/** One Application on its way out. */
export interface Deletion {
  context: Reconciling
  application: Application
  cluster: TargetCluster
  guard: ProjectGuard
  instance: string
  /** Its `deletionTimestamp`. */
  at: string
  failures: HookFailures
}

const firstPauseMs = 10_000
const longestPauseMs = 300_000

/** Which hooks have failed, since when, and how often each: so that one that fails at once is not made again at once. */
export class HookFailures {
  readonly #since = new Map<string, number>()
  readonly #counts = new Map<string, number>()

  /** Whether a hook's object that has failed has been left long enough to be made anew. */
  isDue(name: string, uid: string, now: number): boolean {
    const since = this.#since.get(uid) ?? now
    const count = this.#counts.get(name) ?? 0
    this.#since.set(uid, since)
    if (now - since < Math.min(longestPauseMs, firstPauseMs * 2 ** count)) return false
    this.#since.delete(uid)
    this.#counts.set(name, count + 1)
    return true
  }
}

/** Whether an object was made by a hook of this very deletion. */
export function isOfDeletion(live: KubeObject, at: string): boolean {
  const run = live.metadata.annotations?.[annotations.hookRun]
  return run !== undefined && run.startsWith(operationOfRun(at)) && /\/(PreDelete|PostDelete)$/.test(run)
}

/**
 * Runs the hooks of a phase as Git has them now, wave by wave. Answers with what is waited for, undefined when all are through. One that fails is
 * told, and after a while made anew as Git has it then: nothing goes on without it.
 */
export async function runDeletionHooks(deletion: Deletion, phase: DeletionPhase): Promise<string | undefined> {
  const hooks = await hooksOf(deletion, phase)
  for (const wave of [...new Set(hooks.map((hook) => hook.wave))].toSorted((a, b) => a - b)) {
    const names = new Set<string>()
    const states = await Promise.all(
      hooks
        .filter((hook) => hook.wave === wave)
        .map((hook) => {
          const source = { instance: deletion.instance, revision: '', startedAt: deletion.at, attempt: 0 }
          return begin(deletion, hookForRun(source, hook, phase, names))
        }),
    )
    const failed = states.filter(({ phase: reached }) => reached === 'Failed')
    const now = deletion.context.clock.now()
    for (const { name, live } of failed)
      if (live && deletion.failures.isDue(name, live.metadata.uid ?? '', now)) await remove(deletion.cluster, live)
    if (failed.length > 0) {
      const told = failed.map(({ name, message }) => (message === '' ? name : `${name}: ${message}`)).join('; ')
      throw new Error(`${phase} hooks failed: ${told}. Correct them in Git, or take the finalizer off to delete without them.`)
    }
    const [running] = states.filter(({ phase: reached }) => reached === 'Running')
    if (running) return `waiting for ${phase} hook ${running.name}`
  }
  return undefined
}

/** Objects of the hooks of a phase go as their policies say; without one they go, because nobody would come after them. */
export async function cleanUpDeletionHooks(
  { context: { health }, cluster, guard, instance, at }: Deletion,
  phase: DeletionPhase,
): Promise<string | undefined> {
  const objects = cluster.cache
    .indexed(instanceIndexKey(instance))
    .filter((live) => isOfDeletion(live, at) && runOf(live).endsWith(`/${phase}`) && guard.refusalOf(guardedObject(live)) === undefined)
  await health.assess(objects)
  const haveSucceeded = objects.every((live) => hookProgress(live, health).phase === 'Succeeded')
  const policy = haveSucceeded ? 'HookSucceeded' : 'HookFailed'
  const leaving = objects.filter((live) => !hasOwnDeletePolicy(live) || deletePoliciesOf(live).has(policy))
  for (const live of objects) if (isHeldByUs(live)) await releaseHook(cluster, objectKey(live), live)
  let going = 0
  for (const live of leaving)
    if (live.metadata.deletionTimestamp !== undefined || (await deleteLive(cluster, objectKey(live), live)) === 'going') going++
  return going > 0 ? `${going} ${phase} hooks are being deleted` : undefined
}

function runOf(live: KubeObject): string {
  return live.metadata.annotations?.[annotations.hookRun] ?? ''
}

async function hooksOf({ context, application, cluster, instance }: Deletion, phase: DeletionPhase): Promise<DeletionHook[]> {
  const set = specSources(application)
  try {
    const { deletionHooks } = await desiredState(
      context,
      { application, set, revisions: targetRevisionsOf(set), cluster, instance },
      undefined,
    )
    return deletionHooks.filter((hook) => hook.deletionPhases.includes(phase))
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    throw new Error(
      `Its ${phase} hooks cannot be read from Git: ${error.message} Make them readable, or take the finalizer off to delete without them.`,
      {
        cause: error,
      },
    )
  }
}

interface HookState {
  name: string
  phase: 'Running' | 'Succeeded' | 'Failed'
  message: string
  live?: KubeObject
}

async function begin({ context, cluster, guard, instance }: Deletion, hook: { target: Target; run: string }): Promise<HookState> {
  const { target, run } = hook
  const name = describeKey(target.key)
  const running = { name, phase: 'Running', message: '' } as const
  const type = target.type ?? (await cluster.client.typeOf(target.object.apiVersion, target.object.kind))
  if (!type) return { name, phase: 'Failed', message: missingKindMessage(target, cluster) }
  const refusal = guard.refusalOf({ ...target.key, isNamespaced: type.namespaced })
  if (refusal !== undefined) return { name, phase: 'Failed', message: refusal }
  const ref = { name: target.key.name, ...(target.key.namespace && { namespace: target.key.namespace }) }
  const live = cluster.cache.get(target.key) ?? (await cluster.client.get(type, ref))
  if (live && runOf(live) === run) {
    await context.health.assess([live])
    const progress = hookProgress(live, context.health)
    // One that failed is on its way out: it is told once.
    if (live.metadata.deletionTimestamp !== undefined && !isHeldByUs(live)) return running
    return { name, ...progress, live }
  }
  const owner = live && instanceOf(live)
  if (owner !== undefined && owner !== instance && context.applications.ofInstance(owner))
    return { name, phase: 'Failed', message: `it is part of application ${owner}` }
  if (live) {
    await remove(cluster, live)
    return running
  }
  try {
    cluster.cache.observe(await cluster.client.create(type, target.object, { fieldManager }))
  } catch (error) {
    // Somebody was quicker, a process that was killed perhaps: the next look sees it.
    if (!(error instanceof KubeApiError) || error.code !== 409) throw error
  }
  return running
}

async function remove(cluster: TargetCluster, live: KubeObject): Promise<void> {
  if (isHeldByUs(live)) await releaseHook(cluster, objectKey(live), live)
  if (live.metadata.deletionTimestamp === undefined) await deleteLive(cluster, objectKey(live), live)
}
