import type { ResourceResult } from '@plimsoll/api'
import { keyString, splitApiVersion } from '@plimsoll/kube'
import type { SyncTask } from './sync-task.ts'

type Change = Pick<ResourceResult, 'status' | 'hookPhase' | 'message' | 'replaces'>

/**
 * What has become of each task of an attempt: what is on record in the operation's state, and what this look adds. A task without a `hookPhase` is
 * still to be done; `Running` is done and watched; the rest is its end (argo-cd `gitops-engine/pkg/sync/sync_task.go`).
 */
export class SyncResults {
  readonly #recorded: ReadonlyMap<string, ResourceResult>
  readonly #current: Map<string, ResourceResult>

  constructor(recorded: readonly ResourceResult[]) {
    this.#recorded = new Map(recorded.map((result) => [idOf(result, result.syncPhase), result]))
    this.#current = new Map(this.#recorded)
  }

  /** Nothing is on record: the attempt has not begun, as far as anybody knows. */
  get isFresh(): boolean {
    return this.#recorded.size === 0
  }

  of(task: SyncTask): ResourceResult | undefined {
    return this.#current.get(idOf(task.key, task.phase))
  }

  /** Whether what is known of a task now is on record already, so that it survives the end of this process. */
  isRecorded(task: SyncTask): boolean {
    const id = idOf(task.key, task.phase)
    const [recorded, current] = [this.#recorded.get(id), this.#current.get(id)]
    return recorded !== undefined && recorded.hookPhase === current?.hookPhase && recorded.replaces === current?.replaces
  }

  set(task: SyncTask, change: Change): void {
    const id = idOf(task.key, task.phase)
    const before = this.#current.get(id)
    const { group, kind, namespace, name } = task.key
    const object = (task.resource ?? task.hook)?.target.object ?? task.pruned?.live
    const result: ResourceResult = {
      group,
      version: splitApiVersion(object?.apiVersion ?? '').version,
      kind,
      namespace,
      name,
      ...(task.hook && { hookType: task.phase }),
      syncPhase: task.phase,
      ...before,
    }
    for (const [field, value] of Object.entries(change)) if (value !== undefined) Object.assign(result, { [field]: value })
    this.#current.set(id, result)
  }

  isPending(task: SyncTask): boolean {
    return this.of(task)?.hookPhase === undefined
  }

  isRunning(task: SyncTask): boolean {
    return this.of(task)?.hookPhase === 'Running'
  }

  isSucceeded(task: SyncTask): boolean {
    return this.of(task)?.hookPhase === 'Succeeded'
  }

  /** The cluster has not taken it, or it is not there. */
  isRefused(task: SyncTask): boolean {
    return this.of(task)?.status === 'SyncFailed'
  }

  isFailed(task: SyncTask): boolean {
    return !this.isPending(task) && !this.isRunning(task) && !this.isSucceeded(task)
  }

  /**
   * In the order of the tasks. What has a result and is a task no more comes first: it was done, and is gone, as what is pruned and hooks are.
   */
  list(tasks: readonly SyncTask[]): ResourceResult[] {
    const left = new Map(this.#current)
    const ordered = tasks.flatMap((task) => {
      const id = idOf(task.key, task.phase)
      const result = left.get(id)
      left.delete(id)
      return result ? [result] : []
    })
    return [...[...left.values()].map(withEnd), ...ordered]
  }
}

/** It was to be pruned, and it is gone. */
function withEnd(result: ResourceResult): ResourceResult {
  return result.hookPhase === undefined && result.status === undefined && result.replaces === undefined
    ? { ...result, status: 'Pruned', hookPhase: 'Succeeded', message: 'pruned' }
    : result
}

function idOf(key: { group: string; kind: string; namespace: string; name: string }, phase: string | undefined): string {
  return `${keyString(key)} ${phase ?? 'Sync'}`
}
