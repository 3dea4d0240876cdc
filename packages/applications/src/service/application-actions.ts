import { setTimeout } from 'node:timers/promises'
import { PlimsollError } from '@plimsoll/api'
import {
  createMergePatch,
  isConflict,
  isNotFound,
  KubeApiError,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from '@plimsoll/kube'
import { ActionError, type ImpactedResource, type ResourceAction } from '../actions/action.ts'
import type { ActionSource } from '../actions/action-source.ts'
import type { Actor, ApplicationRef, TargetCluster } from '../contract.ts'
import type { EventRecorder } from '../events.ts'
import { refusalWithoutSecrets, SecretMasker } from '../masking.ts'
import { translated } from './application-writes.ts'

/** What actions work with. */
export interface ActionAccess {
  home: TargetCluster
  actions: ActionSource
  events: EventRecorder
  object(ref: ApplicationRef): KubeObject
  clusterFor(ref: ApplicationRef): TargetCluster
  /** The live object, where it belongs to the application. Rejects with `not-found` for any other. */
  belonging(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject>
  /** Annotations whose values nobody shall see. */
  sensitiveAnnotations(): ReadonlySet<string>
}

const fieldManager = 'argocd-server'
/** Controllers write to an object many times while it settles. */
const attempts = 10
const pauseMs = 20

type Json = Parameters<typeof createMergePatch>[0]

/** Actions on the objects of an application, and on the Application itself: what can be done, and doing it. */
export class ApplicationActions {
  readonly #access: ActionAccess

  constructor(access: ActionAccess) {
    this.#access = access
  }

  async list(ref: ApplicationRef, key: ObjectKey): Promise<ResourceAction[]> {
    const { object } = await this.#found(ref, key)
    // What is told of an action is shown: it cannot tell what its script has not seen.
    return refused('', object, () => this.#access.actions.list(new SecretMasker(this.#access.sensitiveAnnotations()).mask(object)))
  }

  /** Made of the object as it is at that moment, and made again when somebody was quicker. */
  async run(
    ref: ApplicationRef,
    key: ObjectKey,
    action: { name: string; params: Readonly<Record<string, string>> },
    by: Actor,
  ): Promise<void> {
    const { object: known, cluster } = await this.#found(ref, key)
    for (let attempt = 1; ; attempt++) {
      const type = await typeIn(cluster, known)
      const object = await cluster.client.get(type, namespaced(objectKey(known)))
      if (!object || object.metadata.uid !== known.metadata.uid)
        throw new PlimsollError('not-found', `${key.kind} ${key.name} is not there any more.`)
      const impacted = await refused(action.name, object, () => this.#access.actions.run(object, action.name, action.params))
      const creations = await creationsIn(cluster, object, impacted)
      try {
        for (const { operation, resource } of impacted) if (operation === 'patch') await patch(cluster, type, object, resource)
      } catch (error) {
        if (!isConflict(error) || attempt === attempts)
          throw refusal(error, action.name, [object, ...impacted.map(({ resource }) => resource)])
        await setTimeout(attempt * pauseMs)
        continue
      }
      // Last, so that nothing is made twice when somebody was quicker.
      for (const { type: made, resource } of creations) {
        const created = cluster.client.create(made, resource, { fieldManager })
        cluster.cache.observe(await created.catch((error: unknown) => Promise.reject(refusal(error, action.name, [object, resource]))))
      }
      break
    }
    const what = [key.group, key.kind, key.namespace, key.name].filter((part) => part !== '').join('/')
    this.#access.events.record(this.#access.object(ref), {
      reason: 'ResourceActionRan',
      message: `${by.username} ran action ${action.name} on resource ${what}`,
    })
  }

  /** The Application itself is in the home cluster, under its own name; anything else where it deploys to. */
  async #found(ref: ApplicationRef, key: ObjectKey): Promise<{ object: KubeObject; cluster: TargetCluster }> {
    const isItself = key.group === 'argoproj.io' && key.kind === 'Application' && key.name === ref.name && isWithin(key, ref.namespace)
    if (isItself) return { object: this.#access.object(ref), cluster: this.#access.home }
    return { object: await this.#access.belonging(ref, key), cluster: this.#access.clusterFor(ref) }
  }
}

/** What is to be made. What an action may not do is refused before anything is written, and so is what the cluster would refuse. */
async function creationsIn(
  cluster: TargetCluster,
  object: KubeObject,
  impacted: readonly ImpactedResource[],
): Promise<{ type: ResourceType; resource: KubeObject }[]> {
  const creations: { type: ResourceType; resource: KubeObject }[] = []
  for (const { operation, resource } of impacted) {
    if (operation === 'patch') {
      if (isSameObject(resource, object)) continue
      throw new PlimsollError('invalid-request', `An action changes its own object, ${describe(object)}, and not ${describe(resource)}.`)
    }
    const type = await typeIn(cluster, resource)
    const namespace = resource.metadata.namespace ?? object.metadata.namespace
    if (!type.namespaced || namespace === undefined || namespace !== object.metadata.namespace) {
      throw new PlimsollError(
        'invalid-request',
        `An action makes objects in the namespace of its own, ${object.metadata.namespace ?? ''}, and ${describe(resource)} is not one of them.`,
      )
    }
    const placed = { ...resource, metadata: { ...resource.metadata, namespace } }
    try {
      await cluster.client.create(type, placed, { fieldManager, dryRun: true })
    } catch (error) {
      throw refusal(error, `${describe(placed)} cannot be made`, [placed, object])
    }
    creations.push({ type, resource: placed })
  }
  return creations
}

/** An API server may quote what it refuses. */
function refusal(error: unknown, what: string, objects: readonly KubeObject[]): unknown {
  if (!(error instanceof KubeApiError)) return translated(error, what)
  const told = new KubeApiError(error.code, error.reason, refusalWithoutSecrets(objects, error.message))
  const isFinal = told.code < 500 && told.code !== 429 && told.reason !== 'Conflict'
  return isFinal ? new PlimsollError('cluster-refused', `${what}: ${told.message}`, { cause: told }) : translated(told, what)
}

/** The status goes by its own way, where the kind has one (argo-cd `server/application/application.go`, patchResource, 3.x). */
async function patch(cluster: TargetCluster, type: ResourceType, before: KubeObject, after: KubeObject): Promise<void> {
  const { status, ...rest } = createMergePatch(before as unknown as Json, after as unknown as Json)
  if (status === undefined && Object.keys(rest).length === 0) return
  const name = namespaced(objectKey(before))
  const precondition = { resourceVersion: before.metadata.resourceVersion }
  let remaining: Record<string, unknown> = rest
  if (status !== undefined) {
    try {
      const written = await cluster.client.patch(
        type,
        name,
        { type: 'merge', patch: { metadata: precondition, status } },
        { fieldManager, subresource: 'status' },
      )
      cluster.cache.observe(written)
      if (Object.keys(rest).length === 0) return
      precondition.resourceVersion = written.metadata.resourceVersion
    } catch (error) {
      // Kinds whose status is a field like any other.
      if (!isNotFound(error)) throw error
      remaining = { ...rest, status }
    }
  }
  const metadata = { ...(remaining.metadata as object | undefined), ...precondition }
  cluster.cache.observe(await cluster.client.patch(type, name, { type: 'merge', patch: { ...remaining, metadata } }, { fieldManager }))
}

async function refused<T>(action: string, object: KubeObject, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    // Whatever a script says of a Secret may be what is in it.
    const isSecret = object.kind === 'Secret' && object.apiVersion === 'v1'
    const what = [describe(object), action].filter((part) => part !== '').join(': ')
    const message = isSecret ? `${what}: it has failed.` : `${what}: ${error.message}`
    throw new PlimsollError('invalid-request', message, {
      cause: isSecret ? undefined : error,
      remedy: 'Choose an action that is offered, or correct its script in ConfigMap argocd-cm.',
    })
  }
}

async function typeIn(cluster: TargetCluster, { apiVersion, kind }: KubeObject): Promise<ResourceType> {
  const type = cluster.cache.typeOf(apiVersion, kind) ?? (await cluster.client.typeOf(apiVersion, kind))
  if (!type) throw new PlimsollError('cluster-refused', `Cluster ${cluster.name} does not serve ${apiVersion} ${kind}.`)
  return type
}

function isSameObject(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [objectKey(one), objectKey(other)]
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name
}

function isWithin(key: ObjectKey, namespace: string): boolean {
  return key.namespace === '' || key.namespace === namespace
}

function describe({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}

function namespaced(key: ObjectKey): { name: string; namespace?: string } {
  return { name: key.name, ...(key.namespace !== '' && { namespace: key.namespace }) }
}
