import { annotations, hookFinalizer, type SyncOperation } from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { syncPhases, type SyncPhase, waveOf } from '../target/hook.ts'
import type { HookTarget, Target } from '../target/target-object.ts'
import { trackingId } from '../tracking.ts'
import { compareOrder, kindRank } from './order.ts'
import { isChosen } from './sync-request.ts'
import { isOptionOn, runsHooks } from './sync-options.ts'
import { withDependencies } from './dependencies.ts'

/** One object in one phase of a sync. Exactly one of the three is there: what is applied, the hook that is run, what is pruned. */
export interface SyncTask {
  phase: SyncPhase
  wave: number
  key: ObjectKey
  resource?: ManagedResource & { target: Target }
  hook?: HookTask
  pruned?: ManagedResource & { live: KubeObject }
}

export interface HookTask {
  target: Target
  /** Which attempt of which operation it is for, and in which phase. Its object carries it, so that no attempt runs it twice. */
  run: string
}

/** What tasks are made of. */
export interface TaskSource {
  sync: SyncOperation
  resources: readonly ManagedResource[]
  hooks: readonly HookTarget[]
  instance: string
  /** Of the first source; it is part of the names that are made for hooks. */
  revision: string
  /** When the operation began, as its state has it. */
  startedAt: string
  /** Failed attempts before this one. */
  attempt: number
}

/** Everything that a sync does, in its order: phase, wave, kind, name (argo-cd docs/user-guide/sync-waves.md). */
export function tasksOf(source: TaskSource): SyncTask[] {
  const tasks: SyncTask[] = []
  for (const resource of source.resources) {
    const { key, target, live } = resource
    if (resource.isHook || !isChosen(key, source.sync.resources)) continue
    if (target && !target.isSkipped) tasks.push({ phase: 'Sync', wave: target.wave, key, resource: { ...resource, target } })
    else if (!target && live && (resource.requiresPruning || isGoing(resource)))
      tasks.push({ phase: 'Sync', wave: waveOf(live), key, pruned: { ...resource, live } })
  }
  reverseWavesOfPruned(tasks)
  if (runsHooks(source.sync)) tasks.push(...hookTasks(source))
  moveToLastWave(tasks, source.sync)
  return withDependencies(tasks.toSorted(compareTasks))
}

/** Pruned already, by this sync or another; it is waited for. */
function isGoing({ live, status }: ManagedResource): boolean {
  return live?.metadata.deletionTimestamp !== undefined && status === 'OutOfSync'
}

/** Phase, wave; in each wave what is pruned, by kinds the other way round; then kind and name. */
function compareTasks(a: SyncTask, b: SyncTask): number {
  const prunes = Number(b.pruned !== undefined) - Number(a.pruned !== undefined)
  return (
    syncPhases.indexOf(a.phase) - syncPhases.indexOf(b.phase) ||
    a.wave - b.wave ||
    prunes ||
    (a.pruned ? kindRank(b.key.kind) - kindRank(a.key.kind) : 0) ||
    compareOrder(a, b)
  )
}

/** What was made last goes first: the lowest wave among those that are pruned changes places with the highest, and so on inwards. */
function reverseWavesOfPruned(tasks: SyncTask[]): void {
  const pruned = tasks.filter((task) => task.pruned)
  const waves = [...new Set(pruned.map((task) => task.wave))].toSorted((a, b) => a - b)
  for (const task of pruned) task.wave = waves.at(-1 - waves.indexOf(task.wave)) ?? task.wave
}

/** `PruneLast=true`: after the last wave of everything else. */
function moveToLastWave(tasks: SyncTask[], { syncOptions }: SyncOperation): void {
  const last = Math.max(0, ...tasks.filter((task) => task.phase === 'Sync').map((task) => task.wave)) + 1
  for (const task of tasks) if (task.pruned && isOptionOn(syncOptions, 'PruneLast', task.pruned.live)) task.wave = last
}

function hookTasks(source: TaskSource): SyncTask[] {
  const names = new Set<string>()
  return source.hooks.flatMap((hook) =>
    hook.phases.map((phase): SyncTask => {
      const made = hookForRun(source, hook, phase, names)
      return { phase, wave: hook.wave, key: made.target.key, hook: made }
    }),
  )
}

/** A hook as it is made in one phase of one attempt. `names`: those that were given in this attempt already. */
export function hookForRun(
  source: Pick<TaskSource, 'instance' | 'revision' | 'startedAt' | 'attempt'>,
  hook: Target & { generateName?: string },
  phase: string,
  names: Set<string>,
): HookTask {
  const target = hook.key.name === '' ? named(hook, freeName(source, hook, phase, names)) : hook
  const run = `${operationOfRun(source.startedAt)}${source.attempt}/${phase}`
  return { target: forRun(target, source.instance, run), run }
}

/** Of the hooks of an operation, whichever attempt and phase. */
export function operationOfRun(startedAt: string): string {
  return `${startedAt}/`
}

const longestName = 63

/**
 * The name of a hook that has only `generateName`: revision, phase and time of the operation (argo-cd `gitops-engine/pkg/sync/sync_context.go`),
 * so that every look at the same operation finds the same object. An attempt that is made again, and a second hook of the name, get names of their own.
 */
function freeName(
  { revision, startedAt, attempt }: Pick<TaskSource, 'revision' | 'startedAt' | 'attempt'>,
  hook: Target & { generateName?: string },
  phase: string,
  taken: Set<string>,
): string {
  const short = revision.slice(0, revision.length >= 8 ? 7 : undefined).replaceAll(/[^A-Za-z0-9.]+/g, '-')
  const suffix = `${short}-${phase}-${Math.floor(Date.parse(startedAt) / 1000)}${attempt > 0 ? `-${attempt}` : ''}`.toLowerCase()
  for (let count = 1; ; count++) {
    const end = count > 1 ? `${suffix}-${count}` : suffix
    const name = `${(hook.generateName ?? '').slice(0, longestName - end.length)}${end}`.replace(/^[^a-z0-9]+/, '')
    const id = `${hook.key.group}/${hook.key.kind}/${hook.key.namespace}/${name}`
    if (taken.has(id)) continue
    taken.add(id)
    return name
  }
}

function named(hook: Target, name: string): Target {
  return { ...hook, key: { ...hook.key, name }, object: { ...hook.object, metadata: { ...hook.object.metadata, name } } }
}

function forRun(target: Target, instance: string, run: string): Target {
  const { metadata } = target.object
  const finalizers = metadata.finalizers ?? []
  return {
    ...target,
    object: {
      ...target.object,
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, [annotations.trackingId]: trackingId(instance, target.key), [annotations.hookRun]: run },
        finalizers: finalizers.includes(hookFinalizer) ? finalizers : [...finalizers, hookFinalizer],
      },
    },
  }
}
