import { annotations } from '@plimsoll/api'
import type { KubeClient, KubeObject, ResourceType } from '@plimsoll/kube'
import { isMap } from './argo-object.ts'

/** What of Argo CD writes Applications, and what they deploy, or tells people of them: never while Plimsoll does. */
export interface Controller {
  type: ResourceType
  object: KubeObject
  part: (typeof parts)[number]
  /** As many as are wanted or still there, whichever is more. */
  replicas: number
}

const parts = ['application-controller', 'applicationset-controller', 'notifications-controller'] as const
const nameLabel = 'app.kubernetes.io/name'
const pollMs = 500

/** Argo CD's controllers in a namespace, by label or name, whatever runs them. Rejects when that cannot be told. */
export async function controllersIn(client: KubeClient, namespace: string): Promise<Controller[]> {
  const found: Controller[] = []
  for (const kind of ['StatefulSet', 'Deployment']) {
    const type = await client.typeOf('apps/v1', kind)
    if (!type) continue
    for (const item of (await client.list(type, { namespace })).items) {
      const object = { ...item, apiVersion: 'apps/v1', kind }
      const part = parts.find((one) => [object.metadata.labels?.[nameLabel], object.metadata.name].includes(`argocd-${one}`))
      if (part) found.push({ type, object, part, replicas: replicasOf(object) })
    }
  }
  return found
}

function replicasOf(object: KubeObject): number {
  const there = isMap(object['status']) ? object['status']['replicas'] : undefined
  return Math.max(wantedReplicas(object), typeof there === 'number' ? there : 0)
}

/** Absent means one (Kubernetes API, DeploymentSpec and StatefulSetSpec). */
function wantedReplicas({ spec }: KubeObject): number {
  const wanted = isMap(spec) ? spec['replicas'] : undefined
  return typeof wanted === 'number' ? wanted : 1
}

/** What stops them by hand. */
export function stopCommands(controllers: readonly Controller[], namespace: string): string {
  return controllers
    .map(({ type, object }) => `kubectl -n ${namespace} scale ${type.singular || type.plural}/${object.metadata.name} --replicas=0`)
    .join(' && ')
}

/** Takes their replicas away, writes down how many there were, and waits until the last one has gone. */
export async function stopControllers(client: KubeClient, namespace: string, timeoutMs: number): Promise<Controller[]> {
  for (const { type, object, replicas } of await controllersIn(client, namespace)) {
    // Those that are going already were stopped before.
    if (replicas === 0 || wantedReplicas(object) === 0) continue
    const patch = { metadata: { annotations: { [annotations.replicasBefore]: String(wantedReplicas(object)) } }, spec: { replicas: 0 } }
    await client.patch(type, { name: object.metadata.name, namespace }, { type: 'merge', patch }, { fieldManager: 'plimsoll-migrate' })
  }
  for (const deadline = Date.now() + timeoutMs; ;) {
    const left = (await controllersIn(client, namespace)).filter(({ replicas }) => replicas > 0)
    if (left.length === 0 || Date.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** Gives them as many as they had; answers with those that were started. */
export async function startControllers(client: KubeClient, namespace: string): Promise<Controller[]> {
  const stopped = (await controllersIn(client, namespace)).filter(
    ({ object }) => object.metadata.annotations?.[annotations.replicasBefore] !== undefined,
  )
  for (const { type, object } of stopped) {
    const before = Number(object.metadata.annotations?.[annotations.replicasBefore])
    const patch = {
      metadata: { annotations: { [annotations.replicasBefore]: null } },
      spec: { replicas: Number.isInteger(before) && before > 0 ? before : 1 },
    }
    await client.patch(type, { name: object.metadata.name, namespace }, { type: 'merge', patch }, { fieldManager: 'plimsoll-migrate' })
  }
  return stopped
}
