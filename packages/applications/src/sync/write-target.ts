import type { SyncOperation } from '@plimsoll/api'
import { type Clock, isConflict, KubeApiError, type KubeObject, type ObjectKey, type ResourceType } from '@plimsoll/kube'
import { clientSideManagers, fieldManager } from '../comparison/field-ownership.ts'
import type { TargetCluster } from '../contract.ts'
import type { RespectedTarget } from '../ignore/respected-target.ts'
import type { Target } from '../target/target-object.ts'
import { type ApplyOptions, type ApplyResult, applyTarget, takeOver } from './apply-target.ts'
import { deleteLive } from './delete-live.ts'
import { isForced, isOptionOn, syncOption } from './sync-options.ts'

/** What every write of a sync works with. */
export interface WriteContext {
  cluster: TargetCluster
  sync: SyncOperation
  clock: Clock
  /** `argocd.argoproj.io/client-side-apply-migration-manager` of the Application. */
  migrationManager?: string | undefined
  /** `RespectIgnoreDifferences=true`: the target with what is ignored as the cluster has it; undefined: nothing is. Absent: Git's values are written. */
  respect?: ((target: Target, live: KubeObject) => Promise<RespectedTarget | undefined>) | undefined
}

export type Written =
  | { kind: 'done'; message: string; isUnchanged: boolean }
  /** It is made anew, in the place of the object with this uid or of none, which nobody could tell afterwards: that has to be on record first. */
  | { kind: 'announce'; uid: string; message: string }
  /** The object that is replaced is still there. */
  | { kind: 'going' }

/**
 * Brings one object to what Git says: by an apply, by `Replace=true` as a whole, by `Force=true` anew where it cannot be changed.
 * `replaces`: what was announced for it. Rejects with what the cluster says.
 */
export async function writeTarget(context: WriteContext, target: Target, type: ResourceType, replaces?: string): Promise<Written> {
  const { cluster, sync } = context
  const live = cluster.cache.get(target.key)
  const name = resourceName(type, target.key)
  const isReplaced = isOptionOn(sync.syncOptions, 'Replace', target.object, live)
  // With a namespace or a definition would go everything that is in it.
  const isRecreated = isForced(sync, target.object, live) && !isVital(target.key)
  const done = (outcome: string): Written => ({ kind: 'done', message: `${name} ${outcome}`, isUnchanged: outcome === 'unchanged' })
  if (sync.dryRun) return done(`${(await applyRespectfully(context, target, type, live)).outcome} (dry run)`)

  const announce = (uid = ''): Written => ({ kind: 'announce', uid, message: `${name} to be ${uid === '' ? 'created' : 'replaced'}` })
  const wasAnnounced = replaces !== undefined
  if (isRecreated && isReplaced && !wasAnnounced) return announce(live?.metadata.uid)
  if (live && wasAnnounced && replaces === live.metadata.uid) {
    const deleted = await deleteLive(cluster, target.key, live, { propagationPolicy: 'Background', gracePeriodSeconds: 0 })
    if (deleted === 'going') return { kind: 'going' }
    cluster.cache.observe(
      await cluster.client.apply(type, target.object, { fieldManager, fieldValidation: validation(context, target), force: true }),
    )
    return done('replaced')
  }
  if (live && isReplaced && !wasAnnounced) {
    await replaceWhole(context, target, type, live)
    return done('replaced')
  }
  try {
    const { outcome } = await applyRespectfully(context, target, type, live)
    return done(wasAnnounced ? (replaces === '' ? 'created' : 'replaced') : outcome)
  } catch (error) {
    if (!live || wasAnnounced || !isRecreated || !cannotBeChanged(error)) throw error
    if (!(await couldBeCreated(context, target, type))) throw error
    return announce(live.metadata.uid)
  }
}

export function resourceName(type: { kind: string; group: string }, key: ObjectKey): string {
  return `${type.kind.toLowerCase()}${type.group ? `.${type.group}` : ''}/${key.name}`
}

function validation({ sync }: WriteContext, target: Target): 'Strict' | 'Ignore' {
  return syncOption(sync.syncOptions, 'Validate', target.object) === 'false' ? 'Ignore' : 'Strict'
}

export function applyOptions({ sync, migrationManager }: Pick<WriteContext, 'sync' | 'migrationManager'>, target: Target): ApplyOptions {
  const { syncOptions } = sync
  const migrates = syncOption(syncOptions, 'ClientSideApplyMigration', target.object) !== 'false'
  return {
    dryRun: sync.dryRun === true,
    isValidated: syncOption(syncOptions, 'Validate', target.object) !== 'false',
    isClientSide: syncOption(syncOptions, 'ServerSideApply', target.object) === 'false',
    migratesFrom: !migrates ? [] : migrationManager ? [migrationManager, fieldManager] : clientSideManagers,
  }
}

/** What our manager has written to this object as the options want it: nothing is to be written for its own sake. */
export function isOwned(live: KubeObject, { isClientSide }: ApplyOptions): boolean {
  return (
    live.metadata.managedFields?.some((entry) => entry.manager === fieldManager && (isClientSide || entry.operation === 'Apply')) ?? false
  )
}

const attempts = 5

async function applyRespectfully(
  context: WriteContext,
  target: Target,
  type: ResourceType,
  seen: KubeObject | undefined,
): Promise<ApplyResult> {
  const { cluster } = context
  const options = applyOptions(context, target)
  let live = seen
  for (let attempt = 1; ; attempt++) {
    const respected = live && (await context.respect?.(target, live))
    try {
      return await applyTarget(cluster, target, type, { ...options, ...(respected && { respected }) })
    } catch (error) {
      if (!respected?.holds || !isConflict(error) || attempt >= attempts) throw error
      // Somebody was quicker: what is there now is respected.
      live = await cluster.client.get(type, refOf(target))
      if (live) cluster.cache.observe(live)
    }
  }
}

/** As `kubectl replace`: nothing stays that Git does not say. Ownership is then ours as after an apply. */
async function replaceWhole(context: WriteContext, target: Target, type: ResourceType, seen: KubeObject): Promise<void> {
  const { cluster } = context
  const fieldValidation = validation(context, target)
  let live: KubeObject | undefined = seen
  for (let attempt = 1; live; attempt++) {
    const { resourceVersion } = live.metadata
    const wanted = (await context.respect?.(target, live))?.merged ?? target.object
    const object = { ...wanted, metadata: { ...wanted.metadata, ...(resourceVersion && { resourceVersion }) } }
    try {
      const written = await cluster.client.update(type, object, { fieldManager, fieldValidation })
      cluster.cache.observe(written)
      await takeOver(cluster, target, type, written, [fieldManager])
      return
    } catch (error) {
      if (!isConflict(error) || attempt >= attempts) throw error
      live = await cluster.client.get(type, refOf(target))
    }
  }
  cluster.cache.observe(await cluster.client.create(type, target.object, { fieldManager, fieldValidation }))
}

function refOf({ key }: Target): { name: string; namespace?: string } {
  return { name: key.name, ...(key.namespace && { namespace: key.namespace }) }
}

function isVital({ group, kind }: ObjectKey): boolean {
  return (group === '' && kind === 'Namespace') || (group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition')
}

/** As `kubectl apply --force` has it: what is invalid only because it changes, or is in conflict. */
function cannotBeChanged(error: unknown): boolean {
  return error instanceof KubeApiError && (error.code === 422 || error.code === 409)
}

/** Nothing is deleted for the sake of what could not be made again. */
async function couldBeCreated(context: WriteContext, target: Target, type: ResourceType): Promise<boolean> {
  try {
    const fieldValidation = validation(context, target)
    await context.cluster.client.create(type, target.object, { fieldManager, fieldValidation, dryRun: true })
    return true
  } catch (error) {
    // It is there: that alone is against it.
    return error instanceof KubeApiError && error.code === 409
  }
}
