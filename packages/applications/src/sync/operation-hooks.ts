import { annotations, type ResourceResult } from '@plimsoll/api'
import { type KubeObject, keyString, objectKey, splitApiVersion } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import type { HealthSource } from '../health/health-source.ts'
import { deletePoliciesOf } from '../target/hook.ts'
import { instanceIndexKey } from '../tracking.ts'
import { deleteLive } from './delete-live.ts'
import { hookProgress, isHeldByUs, releaseHook } from './hook-object.ts'
import { operationOfRun } from './sync-task.ts'

/** An operation, as its hooks know it. */
export interface HookedOperation {
  cluster: TargetCluster
  instance: string
  startedAt: string
  health: HealthSource
}

/** Objects of an operation's hooks that are in the cluster, also of those that no record knows yet. */
function liveHooks({ cluster, instance, startedAt }: HookedOperation): KubeObject[] {
  const operation = operationOfRun(startedAt)
  return cluster.cache.indexed(instanceIndexKey(instance)).filter((live) => runOf(live)?.startsWith(operation) ?? false)
}

function runOf(live: KubeObject): string | undefined {
  return live.metadata.annotations?.[annotations.hookRun]
}

/** Whether a hook of the operation is at work: it is never broken off for the sake of something newer. */
export function hasRunningHook(operation: HookedOperation): boolean {
  return liveHooks(operation).some((live) => hookProgress(live, operation.health).phase === 'Running')
}

/** Lets go of what the operation's hooks have left, however it ended; each goes or stays by how it ended itself. */
export async function leaveHooks(operation: HookedOperation, { deletes }: { deletes: boolean }): Promise<void> {
  for (const live of liveHooks(operation)) {
    if (isHeldByUs(live)) await releaseHook(operation.cluster, objectKey(live), live)
    const policy = hookProgress(live, operation.health).phase === 'Succeeded' ? 'HookSucceeded' : 'HookFailed'
    if (deletes && deletePoliciesOf(live).has(policy)) await deleteLive(operation.cluster, objectKey(live), live)
  }
}

/** Of an application that is no more: nobody else would ever let go of them. */
export async function leaveAllHooks(cluster: TargetCluster, instance: string): Promise<void> {
  for (const live of cluster.cache.indexed(instanceIndexKey(instance)))
    if (isHeldByUs(live)) await releaseHook(cluster, objectKey(live), live)
}

/**
 * Ends what is under way: hooks that run are deleted, those that have ended meanwhile are told as they are. Answers with the results as they are then.
 * Rejects when the cluster does not let it.
 */
export async function terminateHooks(operation: HookedOperation, recorded: readonly ResourceResult[]): Promise<ResourceResult[]> {
  const ended = new Map<string, ResourceResult>()
  for (const live of liveHooks(operation)) {
    const key = objectKey(live)
    const { phase, message } = hookProgress(live, operation.health)
    const hookType = runOf(live)?.split('/').at(-1) ?? ''
    const { version } = splitApiVersion(live.apiVersion)
    if (isHeldByUs(live)) await releaseHook(operation.cluster, key, live)
    if (phase === 'Running' || deletePoliciesOf(live).has('HookFailed')) await deleteLive(operation.cluster, key, live)
    const end =
      phase === 'Running' ? ({ hookPhase: 'Failed', message: 'Terminated' } as const) : { hookPhase: phase, ...(message && { message }) }
    ended.set(idOf({ ...key, hookType }), { ...key, version, status: 'Synced', hookType, syncPhase: hookType, ...end })
  }
  const known = recorded.map((result): ResourceResult => {
    const end = ended.get(idOf(result))
    ended.delete(idOf(result))
    if (result.hookType === undefined || result.hookPhase !== 'Running') return result
    return end ? { ...result, hookPhase: end.hookPhase, message: end.message } : { ...result, hookPhase: 'Failed', message: 'Terminated' }
  })
  return [...known, ...ended.values()]
}

function idOf(result: { group: string; kind: string; namespace: string; name: string; hookType?: string | undefined }): string {
  return `${keyString(result)} ${result.hookType ?? ''}`
}
