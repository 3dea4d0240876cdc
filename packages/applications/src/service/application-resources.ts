import { type ApplicationTree, PlimsollError, type ResourceDiff } from '@plimsoll/api'
import { KubeApiError, type KubeObject, type ObjectKey, objectKey, type ResourceType } from '@plimsoll/kube'
import { specSources } from '../application-sources.ts'
import { resourceDiff } from '../comparison/resource-diff.ts'
import type { Application } from '@plimsoll/api'
import type { ApplicationRef, Applications, TargetCluster } from '../contract.ts'
import type { HealthSource } from '../health/health-source.ts'
import { listAt, textAt } from '../json.ts'
import { SecretMasker } from '../masking.ts'
import { forbidden } from '../reconcile/evaluate.ts'
import { type Evaluation, type ManagedResource, nothingKnown } from '../reconcile/evaluation.ts'
import { guardedObject, type ProjectGuard, refusalOfTarget, requirePermitted } from '../projects/project-guard.ts'
import { deleteLive } from '../sync/delete-live.ts'
import { descendantsOf, resourceTree } from '../tree/resource-tree.ts'
import { translated } from './application-writes.ts'
import { parsePatch } from './patch-text.ts'

/** What the resources of an application are reached through. */
export interface ResourceAccess {
  home: TargetCluster
  object(ref: ApplicationRef): KubeObject
  get(ref: ApplicationRef): Application
  /** Writes to it ask the project. */
  clusterFor(ref: ApplicationRef): TargetCluster
  guardOf(ref: ApplicationRef): ProjectGuard
  evaluationOf(ref: ApplicationRef): Evaluation | undefined
  /** What belongs to nobody in its namespace; undefined where its project does not ask. */
  orphansOf(ref: ApplicationRef, evaluation: Evaluation): KubeObject[] | undefined
  refresh(ref: ApplicationRef): Promise<unknown>
  /** Annotations whose values nobody shall see. */
  sensitiveAnnotations(): ReadonlySet<string>
  health: HealthSource
}

/** The objects of an application as the outside sees and changes them: its own, and what descends from them. Nothing else exists here. */
export class ApplicationResources {
  readonly #access: ResourceAccess

  constructor(access: ResourceAccess) {
    this.#access = access
  }

  async tree(ref: ApplicationRef): Promise<ApplicationTree> {
    const evaluation = await this.#evaluation(ref)
    const { resources } = evaluation
    const { cache } = this.#access.clusterFor(ref)
    const live = resources.map((resource) => resource.live).filter((object) => object !== undefined)
    const isPermitted = this.#permits(ref)
    await this.#access.health.assess(descendantsOf(live, cache, isPermitted))
    return resourceTree(resources, cache, this.#access.health, this.#access.orphansOf(ref, evaluation)?.filter(isPermitted), isPermitted)
  }

  async managedResources(ref: ApplicationRef): Promise<ResourceDiff[]> {
    return (await this.#evaluation(ref)).resources.map((resource) => resourceDiff(resource, this.#access.sensitiveAnnotations()))
  }

  async resource(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject> {
    return new SecretMasker(this.#access.sensitiveAnnotations()).mask(await this.belonging(ref, key))
  }

  async deleteResource(ref: ApplicationRef, key: ObjectKey, options: { force?: boolean; orphan?: boolean }): Promise<void> {
    const object = await this.belonging(ref, key)
    const cluster = this.#access.clusterFor(ref)
    if (!options.orphan && !options.force) {
      await deleteLive(cluster, key, object)
      return
    }
    const type = await this.#typeIn(cluster, object)
    await cluster.client.delete(type, namespaced(key), {
      propagationPolicy: options.orphan ? 'Orphan' : 'Background',
      ...(options.force && { gracePeriodSeconds: 0 }),
      ...(object.metadata.uid && { preconditions: { uid: object.metadata.uid } }),
    })
  }

  async patchResource(ref: ApplicationRef, key: ObjectKey, patch: string, type: 'json' | 'merge' | 'strategic'): Promise<KubeObject> {
    const object = await this.belonging(ref, key)
    const cluster = this.#access.clusterFor(ref)
    const parsed = parsePatch(patch)
    if (type === 'json' && !Array.isArray(parsed)) throw new PlimsollError('invalid-request', 'patch: a JSON patch is a list of operations')
    try {
      const written = await cluster.client.patch(
        await this.#typeIn(cluster, object),
        namespaced(key),
        Array.isArray(parsed)
          ? { type: 'json', patch: parsed }
          : { type: type === 'json' ? 'merge' : type, patch: parsed as Record<string, unknown> },
        { fieldManager: 'argocd-server' },
      )
      cluster.cache.observe(written)
      return new SecretMasker(this.#access.sensitiveAnnotations()).mask(written)
    } catch (error) {
      if (error instanceof KubeApiError && error.code < 500) throw new PlimsollError('cluster-refused', error.message, { cause: error })
      throw translated(error, key.name)
    }
  }

  async events(ref: ApplicationRef, of?: { uid?: string; namespace?: string; name?: string }): Promise<KubeObject[]> {
    const application = this.#access.object(ref)
    const isAboutResource = of?.uid !== undefined || of?.name !== undefined
    const cluster = isAboutResource ? this.#access.clusterFor(ref) : this.#access.home
    const namespace = isAboutResource ? of?.namespace : ref.namespace
    if (isAboutResource) await this.#ownsUid(ref, of)
    const uid = isAboutResource ? of?.uid : application.metadata.uid
    const name = isAboutResource ? of?.name : ref.name
    const type = await cluster.client.typeOf('v1', 'Event')
    if (!type) return []
    const selector = [uid ? `involvedObject.uid=${uid}` : '', name ? `involvedObject.name=${name}` : ''].filter(Boolean).join(',')
    const list = await cluster.client.list(type, { ...(namespace ? { namespace } : {}), fieldSelector: selector, limit: 500 })
    return list.items
  }

  async pods(ref: ApplicationRef, below?: ObjectKey): ReturnType<Applications['pods']> {
    const { cache } = this.#access.clusterFor(ref)
    const roots = below
      ? [await this.belonging(ref, below)]
      : (await this.#evaluation(ref)).resources.map((resource) => resource.live).filter((live) => live !== undefined)
    return descendantsOf(roots, cache, this.#permits(ref))
      .filter((object) => object.kind === 'Pod' && object.apiVersion === 'v1')
      .map((object) => ({
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
        containers: [...listAt(object, 'spec', 'initContainers'), ...listAt(object, 'spec', 'containers')].map(
          (container) => textAt(container, 'name') ?? '',
        ),
      }))
  }

  /** What the last look found; the first look is waited for. */
  async #evaluation(ref: ApplicationRef): Promise<Evaluation> {
    this.#access.object(ref)
    const refused = this.#access.guardOf(ref).conditions()
    if (refused.length > 0) return nothingKnown(specSources(this.#access.get(ref)), refused)
    const known = this.#access.evaluationOf(ref)
    if (known) return this.#withLive(ref, known)
    await this.#access.refresh(ref)
    const found = this.#access.evaluationOf(ref)
    if (!found)
      throw new PlimsollError(
        'invalid-application',
        `Application ${ref.name} cannot be compared: ${
          this.#access
            .get(ref)
            .status?.conditions?.map((item) => item.message)
            .join('; ') ?? 'its spec is not valid'
        }`,
      )
    return this.#withLive(ref, found)
  }

  /** What the project permits at this moment. */
  #permits(ref: ApplicationRef): (object: KubeObject) => boolean {
    const guard = this.#access.guardOf(ref)
    return (object) => guard.refusalOf(guardedObject(object)) === undefined
  }

  /** The cluster and the project move on between two looks: what is shown is what the one holds, and the other permits, now. */
  #withLive(ref: ApplicationRef, evaluation: Evaluation): Evaluation {
    const { cache } = this.#access.clusterFor(ref)
    const guard = this.#access.guardOf(ref)
    const resources = evaluation.resources.flatMap((resource): ManagedResource | ManagedResource[] => {
      const { key, target } = resource
      const refusal = target ? refusalOfTarget(guard, target) : guard.refusalOf({ ...key, isNamespaced: key.namespace !== '' })
      if (refusal !== undefined) return target ? forbidden(target) : []
      const live = cache.get(resource.key)
      return live === resource.live || (live && resource.live && resource.comparison)
        ? { ...resource, live: live ?? resource.live }
        : resource
    })
    return { ...evaluation, resources }
  }

  /** A live object that is managed by the application or descends from one that is, or an orphan that it sees. Anything else does not exist here. */
  async belonging(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject> {
    requirePermitted(this.#access.guardOf(ref))
    const cluster = this.#access.clusterFor(ref)
    const evaluation = await this.#evaluation(ref)
    const live = evaluation.resources.map((resource) => cluster.cache.get(resource.key)).filter((object) => object !== undefined)
    // What its project lets it see of what belongs to nobody, it may look at and take away.
    const roots = [...live, ...(this.#access.orphansOf(ref, evaluation) ?? [])]
    const found = descendantsOf(roots, cluster.cache, this.#permits(ref)).find((object) => {
      const own = objectKey(object)
      return (
        own.kind === key.kind &&
        own.group === key.group &&
        own.name === key.name &&
        (own.namespace === key.namespace || key.namespace === '')
      )
    })
    if (!found) throw new PlimsollError('not-found', `${key.kind} ${key.name} is not part of application ${ref.name}.`)
    return found
  }

  async #ownsUid(ref: ApplicationRef, of: { uid?: string; name?: string } | undefined): Promise<void> {
    const cluster = this.#access.clusterFor(ref)
    const { resources } = await this.#evaluation(ref)
    const live = resources.map((resource) => cluster.cache.get(resource.key)).filter((object) => object !== undefined)
    const isPart = descendantsOf(live, cluster.cache, this.#permits(ref)).some(
      (object) => (of?.uid !== undefined && object.metadata.uid === of.uid) || (of?.uid === undefined && object.metadata.name === of?.name),
    )
    if (!isPart) throw new PlimsollError('not-found', `The object is not part of application ${ref.name}.`)
  }

  async #typeIn(cluster: TargetCluster, object: KubeObject): Promise<ResourceType> {
    const type = cluster.cache.typeOf(object.apiVersion, object.kind) ?? (await cluster.client.typeOf(object.apiVersion, object.kind))
    if (!type) throw new PlimsollError('cluster-refused', `Cluster ${cluster.name} does not serve ${object.apiVersion} ${object.kind}.`)
    return type
  }
}

function namespaced(key: ObjectKey): { name: string; namespace?: string } {
  return { name: key.name, ...(key.namespace !== '' && { namespace: key.namespace }) }
}
