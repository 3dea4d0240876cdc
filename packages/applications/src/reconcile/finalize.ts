import { type Application, postDeleteFinalizer, preDeleteFinalizer, resourcesFinalizer } from '@plimsoll/api'
import { done, type KubeObject, objectKey, type Outcome } from '@plimsoll/kube'
import { applicationApiVersion, qualifiedName, refKey, refOf } from '../application-object.ts'
import { awayFailure } from '../clusters/capabilities.ts'
import { condition, describeKey, withTimes } from '../conditions.ts'
import type { TargetCluster } from '../contract.ts'
import { guardedCluster } from '../projects/guarded-cluster.ts'
import { guardedObject, projectGuard } from '../projects/project-guard.ts'
import { deleteLive } from '../sync/delete-live.ts'
import { isHeldByUs, releaseHook } from '../sync/hook-object.ts'
import { inSteps } from '../sync/order.ts'
import { syncOption } from '../sync/sync-options.ts'
import { waveOf } from '../target/hook.ts'
import { hasOption } from '../target/target-object.ts'
import { instanceIndexKey, instanceName } from '../tracking.ts'
import { cleanUpDeletionHooks, type Deletion, type HookFailures, isOfDeletion, runDeletionHooks } from './deletion-hooks.ts'
import type { Reconciling } from './reconciling.ts'
import { isDeletionConfirmed } from './run-operation.ts'

/** How soon a cluster that is away is tried again; its coming back is told before. */
const unreachableMs = 30_000
/** Of those that go first each change is told; this is for a change that was missed. */
const dependentPollMs = 30_000
/** Within which those that are deleted together are marked; times of Kubernetes have no fractions of seconds. */
const togetherMs = 3000

/** What stands in the way of a step, and when to look again; undefined when it is through. */
type Step = (deletion: Deletion) => Promise<string | undefined>

/**
 * An Application that is being deleted, one finalizer after the other: its `PreDelete` hooks, what it manages, its `PostDelete` hooks, and what those
 * have left (argo-cd `controller/appcontroller.go`, finalizeApplicationDeletion, 3.x). A step that cannot be taken is told, and taken later.
 */
export async function finalize(
  context: Reconciling,
  object: KubeObject,
  application: Application,
  failures: HookFailures,
): Promise<Outcome> {
  const finalizers = object.metadata.finalizers ?? []
  const steps: [isConcerned: (name: string) => boolean, Step][] = [
    [(name) => name === preDeleteFinalizer, (deletion) => runDeletionHooks(deletion, 'PreDelete')],
    [isCascade, deleteManaged],
    [(name) => name === postDeleteFinalizer, (deletion) => runDeletionHooks(deletion, 'PostDelete')],
    [(name) => name === `${preDeleteFinalizer}/cleanup`, (deletion) => cleanUpDeletionHooks(deletion, 'PreDelete')],
    [(name) => name === `${postDeleteFinalizer}/cleanup`, (deletion) => cleanUpDeletionHooks(deletion, 'PostDelete')],
  ]
  const next = steps.find(([isConcerned]) => finalizers.some(isConcerned))
  if (!next) return done

  const waits = waitsForDependents(context, application)
  if (waits) {
    await tell(context, object, application, 'DependencyWarning', waits.message)
    return { again: { afterMs: waits.afterMs, reason: waits.message } }
  }
  const found = context.clusters.resolve(application.spec.destination)
  const isOurs = (name: string): boolean => steps.some(([isConcerned]) => isConcerned(name))
  if (!found.cluster) {
    // A cluster that nobody knows any more holds nothing that could be deleted from here.
    if (found.isGone) return letGo(context, object, isOurs, leftBehind(application, found.problem))
    await reportDeletionError(context, object, application, new Error(`${found.problem}. Correct its destination to have it deleted.`))
    return { again: { afterMs: unreachableMs, reason: found.problem } }
  }
  const { cluster } = found
  const away = awayFailure(cluster)
  if (away) {
    const way = `It is deleted when the cluster answers, or when that is removed (\`plimsoll cluster rm ${cluster.server}\`): what it has there is left then.`
    if (cluster.problem?.()) await reportDeletionError(context, object, application, new Error(`${away.message}. ${way}`))
    return { again: { afterMs: cluster.problem?.() ? unreachableMs : 1000, reason: away.message } }
  }
  const instance = instanceName(refOf(object), context.namespace)
  const guard = projectGuard(context, application, cluster)
  const deletion: Deletion = {
    context,
    application,
    cluster: guardedCluster(cluster, guard),
    guard,
    instance,
    at: object.metadata.deletionTimestamp ?? '',
    failures,
  }
  const [isConcerned, step] = next
  try {
    const unusable = guard.unusable()
    // Nobody can tell what may be deleted.
    if (unusable !== undefined) throw new Error(`${unusable}. Make the project what it should be, or delete without --cascade.`)
    const reason = await step(deletion)
    // Each change of what is waited for comes back as a change of the cluster and leads here again.
    if (reason !== undefined) return { again: { afterMs: 5000, reason } }
  } catch (error) {
    await reportDeletionError(context, object, application, error)
    return { failed: error instanceof Error ? error : new Error(String(error)) }
  }
  return letGo(context, object, isConcerned)
}

/**
 * What depends on it and goes as well goes first. When several are deleted together, with their ApplicationSet or their parent, they are marked one after
 * the other: whoever stays after a moment is not among them.
 */
function waitsForDependents(context: Reconciling, application: Application): { message: string; afterMs: number } | undefined {
  const { leaving, staying } = context.dependentsOf(application)
  const [first] = leaving
  if (first) {
    const more = leaving.length > 1 ? ` and ${leaving.length - 1} more` : ''
    const message = `Its deletion waits: application ${first.metadata.name}${more}, which depends on it, is being deleted first.`
    return { message, afterMs: dependentPollMs }
  }
  const sinceMs = context.clock.now() - Date.parse(application.metadata.deletionTimestamp ?? '')
  if (staying === 0 || !(sinceMs < togetherMs)) return undefined
  return { message: 'Its deletion waits a moment for those that depend on it.', afterMs: togetherMs - Math.max(0, sinceMs) }
}

function isCascade(name: string): boolean {
  return name === resourcesFinalizer || name.startsWith(`${resourcesFinalizer}/`)
}

/** What an application has left in a cluster that is known no longer, in words. */
function leftBehind({ status }: Application, problem: string): string {
  const resources = status?.resources ?? []
  const shown = resources.slice(0, 10).map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`)
  const more = resources.length > shown.length ? ` and ${resources.length - shown.length} more` : ''
  const what = shown.length === 0 ? 'whatever it had there' : `${shown.join(', ')}${more}`
  return `The application is deleted, and where it was deployed to is not known any more (${problem}): left there: ${what}`
}

async function letGo(context: Reconciling, object: KubeObject, isConcerned: (name: string) => boolean, left?: string): Promise<Outcome> {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => !isConcerned(name))
  const type = await context.home.client.typeOf(applicationApiVersion, 'Application')
  if (!type) return { failed: new Error('Applications are not served.') }
  const { name, namespace = '', resourceVersion } = object.metadata
  const written = await context.home.client.patch(
    type,
    { name, namespace },
    { type: 'merge', patch: { metadata: { resourceVersion, finalizers } } },
  )
  if (finalizers.length === 0) {
    const message = left ?? 'The application and what it managed are deleted'
    context.events.record(object, { reason: 'ResourceDeleted', message, ...(left !== undefined && { isWarning: true }) })
    if (left !== undefined) context.log.warn({ application: refKey(refOf(object)), left }, 'An application was deleted without what it had')
    return done
  }
  context.home.cache.observe(written)
  return { again: { afterMs: 1, reason: 'the next step of its deletion' } }
}

/**
 * What it manages goes in the reverse of the order in which that was made: wave by wave, each when the one before is gone. What is marked `Delete=false`,
 * and what somebody owns, stays or goes with its owner. Definitions of kinds stay as well: with them would go every object of the kind, whoever made it.
 */
async function deleteManaged({ context, application, cluster, guard, instance, at }: Deletion): Promise<string | undefined> {
  const { syncPolicy } = application.spec
  const managed = cluster.cache
    .indexed(instanceIndexKey(instance))
    .filter((live) => isTakenAlong(live, application) && !isOfDeletion(live, at))
    // What the project does not permit stays (argo-cd `controller/appcontroller.go`, getPermittedAppLiveObjects, 3.x).
    .filter((live) => guard.refusalOf(guardedObject(live)) === undefined)
    .map((live) => ({ wave: waveOf(live), key: objectKey(live), live }))
  if (managed.length === 0) return undefined
  const isConfirmed = isDeletionConfirmed(application, at)
  const unconfirmed = isConfirmed
    ? undefined
    : managed.find(({ live }) => ['Delete', 'Prune'].some((option) => syncOption(syncPolicy?.syncOptions, option, live) === 'confirm'))
  if (unconfirmed) {
    throw new Error(
      `${describeKey(unconfirmed.key)} is deleted only when somebody confirms it. Run \`plimsoll app confirm-deletion ${qualifiedName(application.metadata, context.namespace)}\`.`,
    )
  }
  const propagationPolicy = isInBackground(application) ? 'Background' : 'Foreground'
  const last = Math.max(...managed.map(({ wave }) => wave))
  const group = managed.filter(({ wave }) => wave === last)
  for (const step of inSteps(group).toReversed())
    await Promise.all(step.map(({ key, live }) => deleteOne(cluster, key, live, propagationPolicy)))
  return `${managed.length} resources are being deleted`
}

function isInBackground({ metadata }: Application): boolean {
  return (metadata.finalizers ?? []).some((name) => isCascade(name) && name.endsWith('/background'))
}

async function deleteOne(
  cluster: TargetCluster,
  key: ReturnType<typeof objectKey>,
  live: KubeObject,
  propagationPolicy: 'Background' | 'Foreground',
): Promise<void> {
  // A sync that was broken off by the deletion may hold its hooks.
  if (isHeldByUs(live)) await releaseHook(cluster, key, live)
  if (live.metadata.deletionTimestamp === undefined) await deleteLive(cluster, key, live, { propagationPolicy })
}

function isTakenAlong(live: KubeObject, { metadata, spec }: Application): boolean {
  return (
    (live.metadata.ownerReferences ?? []).length === 0 &&
    live.kind !== 'CustomResourceDefinition' &&
    live.metadata.uid !== metadata.uid &&
    syncOption(spec.syncPolicy?.syncOptions, 'Delete', live) !== 'false' &&
    !hasOption(live, 'helm.sh/resource-policy', 'keep')
  )
}

function reportDeletionError(context: Reconciling, object: KubeObject, application: Application, error: unknown): Promise<void> {
  return tell(context, object, application, 'DeletionError', error instanceof Error ? error.message : String(error))
}

/** The newest word of its deletion stands alone. */
async function tell(
  context: Reconciling,
  object: KubeObject,
  application: Application,
  kind: 'DeletionError' | 'DependencyWarning',
  text: string,
): Promise<void> {
  const previous = application.status?.conditions ?? []
  const now = new Date(context.clock.now()).toISOString()
  if (previous.some((item) => item.type === kind && item.message === text)) return
  const others = previous.filter(({ type }) => type !== 'DeletionError' && type !== 'DependencyWarning')
  const conditions = withTimes([...others, condition(kind, text)], previous, now)
  const type = await context.home.client.typeOf(applicationApiVersion, 'Application')
  if (!type) return
  const written = await context.home.client.patch(
    type,
    { name: object.metadata.name, namespace: object.metadata.namespace ?? '' },
    { type: 'merge', patch: { status: { conditions } } },
  )
  context.home.cache.observe(written)
}
