import { textAt } from '../json.ts'
import type { SyncTask } from './sync-task.ts'

type KeyOf = (task: SyncTask) => string | undefined

/**
 * A namespace before what is in it, and a definition before the objects of its kind, whatever wave and phase they name themselves: each moves to
 * the place of the first that needs it (argo-cd `gitops-engine/pkg/sync/sync_tasks.go`, adjustDeps). `tasks` are in order.
 */
export function withDependencies(tasks: readonly SyncTask[]): SyncTask[] {
  const byNamespace = moved(
    tasks,
    ({ key }) => (key.kind === 'Namespace' && key.group === '' ? key.name : undefined),
    ({ key }) => (key.namespace === '' ? undefined : key.namespace),
  )
  return moved(byNamespace, definedKind, ({ key }) => `${key.group}/${key.kind}`)
}

function definedKind({ key, resource }: SyncTask): string | undefined {
  const object = resource?.target.object
  if (key.kind !== 'CustomResourceDefinition' || !object) return undefined
  return `${textAt(object, 'spec', 'group') ?? ''}/${textAt(object, 'spec', 'names', 'kind') ?? ''}`
}

function moved(tasks: readonly SyncTask[], provides: KeyOf, needs: KeyOf): SyncTask[] {
  const providers = new Map<string, SyncTask>()
  for (const task of tasks) {
    const key = task.resource && provides(task)
    if (key !== undefined && !providers.has(key)) providers.set(key, task)
  }
  if (providers.size === 0) return [...tasks]
  const result: SyncTask[] = []
  const placed = new Set<SyncTask>()
  for (const task of tasks) {
    if (placed.has(task)) continue
    const key = task.pruned || provides(task) !== undefined ? undefined : needs(task)
    const provider = key === undefined ? undefined : providers.get(key)
    if (provider && !placed.has(provider)) {
      placed.add(provider)
      result.push(Object.assign(provider, { phase: task.phase, wave: task.wave }))
    }
    placed.add(task)
    result.push(task)
  }
  return result
}
