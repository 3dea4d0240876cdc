import { annotations, type Application } from '@plimsoll/api'
import { isNotFound, type KubeClient, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { homeNamespace } from './clusters.ts'
import { type Controller, controllersIn } from './controllers.ts'
import { skipReconcile } from './plain-object.ts'

/** Argo CD as it is while an application changes hands. */
export interface ArgocdSide {
  client: KubeClient
  namespace: string
  type: ResourceType | undefined
  controllers: Controller[]
}

export async function argocdSide(client: KubeClient, namespace: string): Promise<ArgocdSide> {
  const type = await client.typeOf('argoproj.io/v1alpha1', 'Application')
  return { client, namespace, type, controllers: await controllersIn(client, namespace) }
}

/** Where Plimsoll's own namespace has it, in Argo CD's; otherwise in the same. */
export async function theirApplication(
  { client, namespace, type }: ArgocdSide,
  { metadata }: Application,
): Promise<KubeObject | undefined> {
  const within = metadata.namespace === undefined || metadata.namespace === homeNamespace ? namespace : metadata.namespace
  return type && (await client.get(type, { name: metadata.name, namespace: within }))
}

/** Both control planes work on one object: there is one cluster. */
export function isOurs(theirs: KubeObject, ours: Application): boolean {
  return theirs.metadata.uid !== undefined && theirs.metadata.uid === ours.metadata.uid
}

/** Whichever of the two it is of. */
export function isSyncing(object: KubeObject | Application): boolean {
  const { operation, status } = object as Pick<Application, 'operation' | 'status'>
  const phase = status?.operationState?.phase
  return operation !== undefined || phase === 'Running' || phase === 'Terminating'
}

/** Why Argo CD would not leave an application alone; undefined when it does, or can be told to. */
export function notLeftAlone(theirs: KubeObject, ours: Application, { controllers }: ArgocdSide): string | undefined {
  const atWork = controllers.filter(({ replicas }) => replicas > 0)
  if (atWork.length === 0) return undefined
  if (isOurs(theirs, ours))
    return `Argo CD is at work on this very object (${atWork.map(({ object }) => object.metadata.name).join(', ')}): --stop-argocd scales it down`
  if (isSyncing(theirs)) return 'a sync is under way in Argo CD: wait until it has ended'
  const isGenerated = theirs.metadata.ownerReferences?.some(({ kind }) => kind === 'ApplicationSet') === true
  if (isGenerated && atWork.some(({ part }) => part === 'applicationset-controller'))
    return `its ApplicationSet would take back the annotation ${skipReconcile}: scale argocd-applicationset-controller to 0, or stop both with --stop-argocd`
  return undefined
}

/** From now on Argo CD neither compares nor syncs it (argo-cd `controller/appcontroller.go`, canProcessApp). */
export async function leaveToUs(side: ArgocdSide, theirs: KubeObject, at: string): Promise<void> {
  if (theirs.metadata.annotations?.[skipReconcile] === 'true') return
  await patchNotes(side, theirs, { [skipReconcile]: 'true', [annotations.handedOver]: at })
}

/** Argo CD works on it again, unless somebody else has told it not to. */
export async function takeBack(side: ArgocdSide, theirs: KubeObject): Promise<void> {
  if (theirs.metadata.annotations?.[annotations.handedOver] === undefined) return
  await patchNotes(side, theirs, { [skipReconcile]: null, [annotations.handedOver]: null })
}

async function patchNotes({ client, type }: ArgocdSide, { metadata }: KubeObject, notes: Record<string, string | null>): Promise<void> {
  if (!type) return
  try {
    const patch = { metadata: { annotations: notes } }
    const { name, namespace = '' } = metadata
    await client.patch(type, { name, namespace }, { type: 'merge', patch }, { fieldManager: 'plimsoll-migrate' })
  } catch (error) {
    // One that is gone is left alone by itself.
    if (!isNotFound(error)) throw error
  }
}
