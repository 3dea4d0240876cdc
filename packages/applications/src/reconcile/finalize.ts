import { annotations, type Application, resourcesFinalizer } from '@plimsoll/api'
import { done, type KubeObject, objectKey, type Outcome } from '@plimsoll/kube'
import { applicationApiVersion, refOf } from '../application-object.ts'
import { condition, withTimes } from '../conditions.ts'
import { inSteps } from '../sync/order.ts'
import { deleteLive } from '../sync/sync-run.ts'
import { hasOption } from '../target/target-object.ts'
import { instanceIndexKey, instanceName } from '../tracking.ts'
import type { Reconciling } from './reconciling.ts'

/**
 * An Application that is being deleted: with its finalizer it takes along what it manages, in the reverse of the order in which that was made,
 * and is let go only when nothing is left. What is marked `Delete=false`, and what somebody owns, stays or goes with its owner. Definitions of kinds
 * stay as well: with them would go every object of the kind, whoever made it (argo-cd `controller/appcontroller.go`, shouldBeDeleted, 3.x).
 */
export async function finalize(context: Reconciling, object: KubeObject, application: Application): Promise<Outcome> {
  const finalizer = object.metadata.finalizers?.find((name) => name === resourcesFinalizer || name.startsWith(`${resourcesFinalizer}/`))
  if (!finalizer) return done

  const cluster = context.clusterOf(application.spec.destination)
  // A cluster that nobody knows any more holds nothing that could be deleted.
  if (cluster) {
    if (!cluster.cache.isSynced) return { again: { afterMs: 1000, reason: 'the cluster has not been read yet' } }
    const managed = cluster.cache
      .indexed(instanceIndexKey(instanceName(refOf(object), context.namespace)))
      .filter((live) => isTakenAlong(live, object))
    if (managed.length > 0) {
      const policy = finalizer.endsWith('/background') ? 'Background' : 'Foreground'
      const steps = inSteps(managed.map((live) => ({ wave: 0, key: objectKey(live), live }))).toReversed()
      try {
        for (const step of steps) {
          await Promise.all(
            step
              .filter(({ live }) => live.metadata.deletionTimestamp === undefined)
              .map(({ key, live }) => deleteLive(cluster, key, live, policy)),
          )
        }
      } catch (error) {
        await reportDeletionError(context, object, application, error)
        return { failed: error instanceof Error ? error : new Error(String(error)) }
      }
      // Each deletion comes back as a change of the cluster and leads here again.
      return { again: { afterMs: 5000, reason: `${managed.length} resources are being deleted` } }
    }
  }
  const type = await context.home.client.typeOf(applicationApiVersion, 'Application')
  if (!type) return { failed: new Error('Applications are not served.') }
  await context.home.client.patch(
    type,
    { name: object.metadata.name, namespace: object.metadata.namespace ?? '' },
    {
      type: 'merge',
      patch: {
        metadata: {
          resourceVersion: object.metadata.resourceVersion,
          finalizers: (object.metadata.finalizers ?? []).filter((name) => name !== finalizer),
        },
      },
    },
  )
  context.events.record(object, { reason: 'ResourceDeleted', message: 'The application and what it managed are deleted' })
  return done
}

function isTakenAlong(live: KubeObject, application: KubeObject): boolean {
  return (
    (live.metadata.ownerReferences ?? []).length === 0 &&
    live.kind !== 'CustomResourceDefinition' &&
    live.metadata.uid !== application.metadata.uid &&
    !hasOption(live, annotations.syncOptions, 'Delete=false') &&
    !hasOption(live, 'helm.sh/resource-policy', 'keep')
  )
}

async function reportDeletionError(context: Reconciling, object: KubeObject, application: Application, error: unknown): Promise<void> {
  const previous = application.status?.conditions ?? []
  const now = new Date(context.clock.now()).toISOString()
  const text = error instanceof Error ? error.message : String(error)
  const conditions = withTimes(
    [...previous.filter((item) => item.type !== 'DeletionError'), condition('DeletionError', text)],
    previous,
    now,
  )
  const type = await context.home.client.typeOf(applicationApiVersion, 'Application')
  if (!type) return
  const written = await context.home.client.patch(
    type,
    { name: object.metadata.name, namespace: object.metadata.namespace ?? '' },
    { type: 'merge', patch: { status: { conditions } } },
  )
  context.home.cache.observe(written)
}
