import { type ApplicationSet, resourcesFinalizer } from '@plimsoll/api'
import { done, type KubeObject, type Outcome } from '@plimsoll/kube'
import { requireKnown } from '../sources/home-sources.ts'
import { divide, isRollingSync, stepsOf } from './rolling-sync.ts'
import { fieldManager, type SetContext, typeOfKind } from './set-context.ts'
import { applicationsOf } from './set-object.ts'
import { deleteApplications, disownApplications, problemText } from './set-writes.ts'

/** How often is looked whether Applications of a step are gone. */
const pollMs = 5000

/** Whether Applications that are no longer wanted may be deleted by the set. */
export function mayDelete({ spec }: ApplicationSet): boolean {
  const policy = spec.syncPolicy?.applicationsSync ?? 'sync'
  return policy === 'sync' || policy === 'create-delete'
}

export function mayUpdate({ spec }: ApplicationSet): boolean {
  const policy = spec.syncPolicy?.applicationsSync ?? 'sync'
  return policy === 'sync' || policy === 'create-update'
}

function isDeletedInReverse(set: ApplicationSet): boolean {
  return isRollingSync(set) && stepsOf(set).length > 0 && set.spec.strategy?.deletionOrder?.toLowerCase() === 'reverse'
}

/**
 * A set that its Applications must outlive, or that goes step by step, is held by a finalizer: without it the cluster would delete all that it owns the moment
 * it is gone. Returns the set as it is then.
 */
export async function ensureFinalizer({ home }: SetContext, object: KubeObject, set: ApplicationSet): Promise<KubeObject> {
  const isNeeded = !mayDelete(set) || isDeletedInReverse(set)
  const finalizers = object.metadata.finalizers ?? []
  if (!isNeeded || finalizers.includes(resourcesFinalizer)) return object
  const { name, namespace = '', resourceVersion } = object.metadata
  const patch = { metadata: { resourceVersion, finalizers: [...finalizers, resourcesFinalizer] } }
  const written = await home.client.patch(
    await typeOfKind(home, 'ApplicationSet'),
    { name, namespace },
    { type: 'merge', patch },
    { fieldManager },
  )
  home.cache.observe(written)
  return written
}

/** A set that is being deleted: its Applications are let go, or deleted from the last step to the first, and then the set is let go itself. */
export async function finalizeSet(context: SetContext, object: KubeObject, set: ApplicationSet): Promise<Outcome> {
  const { home } = context
  if (!(object.metadata.finalizers ?? []).includes(resourcesFinalizer)) return done
  requireKnown(home, { group: 'argoproj.io', kind: 'Application' })
  const applications = applicationsOf(object, home)
  if (!mayDelete(set)) await disownApplications(context, applications)
  else if (isDeletedInReverse(set)) {
    const last = lastStep(applications, set)
    if (last.length > 0) {
      const keepsResources = set.spec.syncPolicy?.preserveResourcesOnDeletion === true
      const waiting = last.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      const problems = await deleteApplications(context, object, waiting, { keepsResources })
      if (problems.size > 0) return { failed: new Error(problemText(problems)) }
      return { again: { afterMs: pollMs, reason: `${last.length} applications of a step are being deleted` } }
    }
  }
  const { name, namespace = '', resourceVersion } = object.metadata
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== resourcesFinalizer)
  const patch = { metadata: { resourceVersion, finalizers } }
  await home.client.patch(await typeOfKind(home, 'ApplicationSet'), { name, namespace }, { type: 'merge', patch }, { fieldManager })
  return done
}

/** Those of the last step that has any left; what belongs to no step goes with the set. */
function lastStep(applications: readonly KubeObject[], set: ApplicationSet): KubeObject[] {
  const { stepOf } = divide(
    applications.map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} })),
    stepsOf(set),
  )
  const last = Math.max(-1, ...applications.map(({ metadata }) => stepOf.get(metadata.name) ?? -1))
  return last < 0 ? [] : applications.filter(({ metadata }) => stepOf.get(metadata.name) === last)
}
