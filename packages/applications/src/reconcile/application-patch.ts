import { annotations, type ApplicationStatus, type Operation } from '@plimsoll/api'
import { createMergePatch, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { applicationApiVersion } from '../application-object.ts'
import type { Reconciling } from './reconciling.ts'

/**
 * Writes what changed of the status, under the precondition that nobody has changed the Application since it was read: a request that came
 * in the meantime must not be cleared unseen. Rejects with the conflict; the next look reads what is there then.
 */
export async function patchApplication(
  context: Reconciling,
  object: KubeObject,
  change: {
    operation?: Operation | null
    clearRefresh?: boolean
    finalizers?: readonly string[]
    annotations?: Readonly<Record<string, string>>
    status: [ApplicationStatus, ApplicationStatus]
  },
): Promise<KubeObject> {
  const [before, after] = change.status
  const status = createMergePatch(before, after)
  const clears = change.clearRefresh === true && object.metadata.annotations?.[annotations.refresh] !== undefined
  const isOperationChanged = change.operation !== undefined && !(change.operation === null && object.operation === undefined)
  if (Object.keys(status).length === 0 && !clears && !isOperationChanged && !change.finalizers && !change.annotations) return object
  const type = await applicationType(context)
  const written = await context.home.client.patch(
    type,
    { name: object.metadata.name, namespace: object.metadata.namespace ?? '' },
    {
      type: 'merge',
      patch: {
        metadata: {
          resourceVersion: object.metadata.resourceVersion,
          ...((clears || change.annotations) && { annotations: { ...change.annotations, ...(clears && { [annotations.refresh]: null }) } }),
          ...(change.finalizers && { finalizers: change.finalizers }),
        },
        ...(change.operation !== undefined && { operation: change.operation }),
        ...(Object.keys(status).length > 0 && { status }),
      },
    },
    { fieldManager: 'argocd-application-controller' },
  )
  context.home.cache.observe(written)
  return written
}

async function applicationType(context: Reconciling): Promise<ResourceType> {
  const type =
    context.home.cache.typeOf(applicationApiVersion, 'Application') ??
    (await context.home.client.typeOf(applicationApiVersion, 'Application'))
  if (!type) throw new Error(`Cluster ${context.home.name} does not serve ${applicationApiVersion} Application.`)
  return type
}
