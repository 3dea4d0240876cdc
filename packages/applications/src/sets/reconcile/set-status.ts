import type { ApplicationSetStatus, ResourceStatus } from '@plimsoll/api'
import { setAnnotations } from '@plimsoll/api'
import { createMergePatch, type KubeObject } from '@plimsoll/kube'
import { applicationOf } from '../../application-object.ts'
import { fieldManager, type SetContext, typeOfKind } from './set-context.ts'
import { setOfObject } from './set-object.ts'

/** More would make the object too large; the count goes on (argo-cd, `applicationset.status.max.resources.count`). */
const mostListed = 5000

export function resourcesOf(applications: readonly KubeObject[]): Pick<ApplicationSetStatus, 'resources' | 'resourcesCount'> {
  const resources = applications.slice(0, mostListed).map((object): ResourceStatus => {
    const { status } = applicationOf(object)
    return {
      group: 'argoproj.io',
      version: 'v1alpha1',
      kind: 'Application',
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
      ...(status?.sync && { status: status.sync.status }),
      ...(status?.health?.status && { health: { status: status.health.status } }),
    }
  })
  return { resources, resourcesCount: applications.length }
}

/**
 * Writes what changed of the status, under the precondition that nobody has changed the set since it was read. Rejects with the conflict; the next look
 * reads what is there then. Returns the set as it is now.
 */
export async function writeStatus({ home }: SetContext, object: KubeObject, status: ApplicationSetStatus): Promise<KubeObject> {
  const change = createMergePatch(setOfObject(object).status ?? {}, status)
  if (Object.keys(change).length === 0) return object
  const type = await typeOfKind(home, 'ApplicationSet')
  const { name, namespace = '', resourceVersion } = object.metadata
  const written = await home.client.patch(
    type,
    { name, namespace },
    { type: 'merge', patch: { metadata: { resourceVersion }, status: change } },
    { fieldManager, ...(type.subresources.includes('status') && { subresource: 'status' as const }) },
  )
  home.cache.observe(written)
  return written
}

/** Takes away what was asked for by an annotation and is answered now. */
export async function clearAnnotations(
  { home }: SetContext,
  object: KubeObject,
  { refresh, approval }: { refresh: boolean; approval: boolean },
): Promise<KubeObject> {
  const names = [...(refresh ? [setAnnotations.refresh] : []), ...(approval ? [setAnnotations.deletionApproved] : [])]
  const there = names.filter((name) => object.metadata.annotations?.[name] !== undefined)
  if (there.length === 0) return object
  const { name, namespace = '', resourceVersion } = object.metadata
  const patch = { metadata: { resourceVersion, annotations: Object.fromEntries(there.map((one) => [one, null])) } }
  const written = await home.client.patch(
    await typeOfKind(home, 'ApplicationSet'),
    { name, namespace },
    { type: 'merge', patch },
    { fieldManager },
  )
  home.cache.observe(written)
  return written
}
