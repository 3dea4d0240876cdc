import { isNotFound } from '@plimsoll/kube'
import { createNamespace } from './managed-namespace.ts'
import { definedKinds } from './preflight.ts'
import { isLeftAlone, prune } from './run-group.ts'
import { missingKindMessage, refusalOf, type SyncRun } from './sync-run-context.ts'
import { isOptionOn } from './sync-options.ts'
import type { SyncResults } from './sync-results.ts'
import type { SyncTask } from './sync-task.ts'
import { resourceName, writeTarget } from './write-target.ts'

/** Dry runs at the same time. */
const concurrency = 16

/** Everything that a sync would write, tried on the cluster and not kept. Undefined when all of it would go through; else what is wrong. */
export async function dryRunSync(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): Promise<string | undefined> {
  const failure = await createNamespace(run)
  if (failure !== undefined) return failure
  const coming = { kinds: definedKinds(tasks), namespaces: comingNamespaces(run, tasks) }
  for (let at = 0; at < tasks.length; at += concurrency)
    await Promise.all(
      tasks.slice(at, at + concurrency).map((task) => (task.pruned ? prune(run, task, results) : tryOut(run, task, coming, results))),
    )
  const failed = tasks.filter((task) => results.isRefused(task)).map((task) => results.of(task)?.message ?? '')
  return failed.length > 0 ? `one or more objects failed to apply (dry run), reason: ${[...new Set(failed)].join('; ')}` : undefined
}

interface Coming {
  kinds: ReadonlySet<string>
  namespaces: ReadonlySet<string>
}

async function tryOut(run: SyncRun, task: SyncTask, coming: Coming, results: SyncResults): Promise<void> {
  const { key } = task
  const target = (task.resource ?? task.hook)?.target
  if (!target) return
  // It needs what this very sync would make.
  const created = { status: 'Synced', hookPhase: 'Succeeded', message: `${resourceName(key, key)} created (dry run)` } as const
  const type = target.type ?? (await run.cluster.client.typeOf(target.object.apiVersion, target.object.kind))
  try {
    if (!type && coming.kinds.has(`${key.group}/${key.kind}`)) return results.set(task, created)
    if (!type) throw new Error(missingKindMessage(target, run.cluster))
    if (task.resource && isLeftAlone(run, task.resource, target))
      return results.set(task, { status: 'Synced', hookPhase: 'Succeeded', message: `${resourceName(type, key)} unchanged` })
    const written = await writeTarget(run, target, type)
    if (written.kind === 'done') results.set(task, { status: 'Synced', hookPhase: 'Succeeded', message: written.message })
  } catch (error) {
    if (isNotFound(error) && coming.namespaces.has(key.namespace)) return results.set(task, created)
    results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message: refusalOf(run, target, error) })
  }
}

function comingNamespaces(run: SyncRun, tasks: readonly SyncTask[]): Set<string> {
  const names = tasks.filter(({ key, pruned }) => !pruned && key.kind === 'Namespace' && key.group === '').map(({ key }) => key.name)
  return new Set(isOptionOn(run.sync.syncOptions, 'CreateNamespace') ? [...names, run.destinationNamespace] : names)
}
