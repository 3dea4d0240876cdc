import { KubeApiError, type KubeObject, splitApiVersion, typeSchemaFor, validateValue } from '@plimsoll/kube'
import { fieldManager } from '../comparison/field-ownership.ts'
import { textAt } from '../json.ts'
import type { Target } from '../target/target-object.ts'
import { isRefusedMerge } from './apply-target.ts'
import { reasonToKeep } from './run-group.ts'
import { missingKindMessage, refusalOf, type SyncRun } from './sync-run-context.ts'
import { isForced, isOptionOn, syncOption } from './sync-options.ts'
import type { SyncResults } from './sync-results.ts'
import type { SyncTask } from './sync-task.ts'
import { applyOptions } from './write-target.ts'

/** Dry runs at the same time. */
const concurrency = 16

/** Kinds that no cluster knows yet, and that nothing in this sync defines. Their tasks get a result; nothing may be done. */
export function refuseUnknownKinds(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): boolean {
  const defined = definedKinds(tasks)
  const unknown = tasks.filter(({ key, resource, hook }) => {
    const target = (resource ?? hook)?.target
    return target && !target.type && !defined.has(`${key.group}/${key.kind}`) && !skipsDryRun(run, target)
  })
  for (const task of unknown) {
    const target = (task.resource ?? task.hook)?.target
    if (target) results.set(task, { status: 'SyncFailed', message: missingKindMessage(target, run.cluster) })
  }
  return unknown.length > 0
}

/**
 * What the project does not permit, whether it would be written, run as a hook or deleted; with it nothing else is done (argo-cd `controller/sync.go`,
 * validateSyncPermissions, 3.x). Asked at each look at a sync: the project may change while it runs.
 */
export function refuseForbidden(run: SyncRun, tasks: readonly SyncTask[], results: SyncResults): boolean {
  let isForbidden = false
  for (const task of tasks) {
    const target = (task.resource ?? task.hook)?.target
    const refusal = run.refusalOf({ ...task.key, isNamespaced: target?.type?.namespaced ?? task.key.namespace !== '' })
    if (refusal === undefined) continue
    results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message: refusal })
    isForbidden = true
  }
  return isForbidden
}

/**
 * Before anything is written, everything is tried (argo-cd docs/user-guide/sync-waves.md): what the cluster would refuse for what it says itself is
 * told now, and not when half of the rest is there. A sync of several steps asks for everything, and so does one that deletes anything; where all is
 * only written, in one go, what looks wrong is asked for. What may be right by the time it is written (a namespace, a quota, a webhook) is no reason, nor is what is only immutable.
 */
export async function preflight(run: SyncRun, tasks: readonly SyncTask[], isMultiStep: boolean, results: SyncResults): Promise<boolean> {
  const isWhole = isMultiStep || tasks.some((task) => deletes(run, task))
  const asked = tasks.filter(({ resource, hook }) => {
    const target = (resource ?? hook)?.target
    if (!target?.type || resource?.status === 'Synced') return false
    return isWhole || (applyOptions(run, target).isValidated && looksWrong(target.object))
  })
  let refused = 0
  for (let at = 0; at < asked.length; at += concurrency) {
    const answers = await Promise.all(asked.slice(at, at + concurrency).map((task) => tryOut(run, task)))
    for (const [index, message] of answers.entries()) {
      const task = asked[at + index]
      if (!task || message === undefined) continue
      results.set(task, { status: 'SyncFailed', hookPhase: 'Failed', message })
      refused++
    }
  }
  return refused > 0
}

function deletes(run: SyncRun, task: SyncTask): boolean {
  const { resource } = task
  if (task.pruned) return reasonToKeep(run, task) === undefined
  if (!resource) return true
  const objects = [resource.target.object, resource.live]
  return isForced(run.sync, ...objects) && isOptionOn(run.sync.syncOptions, 'Replace', ...objects)
}

/** Against the schema that we know. A cluster may know more: it has the last word. */
function looksWrong(object: KubeObject): boolean {
  const schema = typeSchemaFor({ ...splitApiVersion(object.apiVersion), kind: object.kind })
  return schema !== undefined && validateValue(object, schema, { allowDuplicates: true }).length > 0
}

async function tryOut(run: SyncRun, { resource, hook }: SyncTask): Promise<string | undefined> {
  const target = (resource ?? hook)?.target
  if (!target?.type) return undefined
  const { isValidated } = applyOptions(run, target)
  const fieldValidation = isValidated ? 'Strict' : 'Ignore'
  try {
    await run.cluster.client.apply(target.type, target.object, { fieldManager, fieldValidation, force: true, dryRun: true })
    return undefined
  } catch (error) {
    const live = run.cluster.cache.get(target.key)
    const isMadeAnew =
      hook !== undefined || isForced(run.sync, target.object, live) || isOptionOn(run.sync.syncOptions, 'Replace', target.object, live)
    const isOfNoUse = isRefusal(error, { isValidated, isMadeAnew: live !== undefined && isMadeAnew })
    return isOfNoUse ? refusalOf(run, target, error) : undefined
  }
}

const mayBeOtherwiseLater = /webhook|denied|dry ?run/i
/** A hook may have deleted the old object by then. */
const mayBeNewLater = /immutable|may not be changed|updates to .* are forbidden/i
/** Said of a new object, too. */
const isNeverRight = /Required value|Unsupported value/

/** Only what the object says itself counts. `isMadeAnew`: that it cannot be changed to this is no matter. */
function isRefusal(error: unknown, { isValidated, isMadeAnew }: { isValidated: boolean; isMadeAnew: boolean }): boolean {
  if (!(error instanceof KubeApiError) || mayBeOtherwiseLater.test(error.message)) return false
  if (mayBeNewLater.test(error.message) && !isNeverRight.test(error.message)) return false
  // What server-side apply alone cannot take goes another way; a field that does not exist does not.
  if (isRefusedMerge(error)) return isValidated && !/duplicate entries/.test(error.message)
  return error.code === 400 || (error.code === 422 && !isMadeAnew)
}

function skipsDryRun(run: SyncRun, target: Target): boolean {
  return syncOption(run.sync.syncOptions, 'SkipDryRunOnMissingResource', target.object) === 'true'
}

/** `GROUP/KIND` of what this sync defines. */
export function definedKinds(tasks: readonly SyncTask[]): Set<string> {
  return new Set(
    tasks
      .map(({ resource, hook }) => (resource ?? hook)?.target.object)
      .filter((object) => object?.kind === 'CustomResourceDefinition')
      .map((object) => `${textAt(object, 'spec', 'group') ?? ''}/${textAt(object, 'spec', 'names', 'kind') ?? ''}`),
  )
}
