import { annotations, type Application, type ApplicationWatchEvent, PlimsollError } from '@plimsoll/api'
import {
  type CacheChange,
  createWorkQueue,
  done,
  KubeApiError,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type Outcome,
  type LabelMatcher,
  parseLabelSelector,
  SelectorError,
  runReconciler,
  type ResourceType,
} from '@plimsoll/kube'
import { applicationKey, applicationOf, parseRefKey, refKey, refOf } from './application-object.ts'
import { resourceDiff } from './comparison/resource-diff.ts'
import type { Actor, ApplicationRef, Applications, ApplicationsContext, TargetCluster } from './contract.ts'
import { createEventRecorder } from './events.ts'
import { listAt, textAt } from './json.ts'
import { SecretMasker } from './masking.ts'
import { createReconciler, isStale } from './reconcile/application-reconciler.ts'
import { HealingBudget } from './reconcile/automated-sync.ts'
import { desiredState } from './reconcile/evaluate.ts'
import type { Evaluation, ManagedResource } from './reconcile/evaluation.ts'
import type { Reconciling } from './reconcile/reconciling.ts'
import { ApplicationIndex } from './service/application-index.ts'
import { ApplicationWrites, translated } from './service/application-writes.ts'
import { deleteLive } from './sync/sync-run.ts'
import { instanceName } from './tracking.ts'
import { descendantsOf, resourceTree } from './tree/resource-tree.ts'

/** Several changes of pods in a row are one look. */
const childDelayMs = 25
const relookMs = 10 * 60_000
/** How soon it is noticed that a cluster answers again. */
const recoveryMs = 1000
const applicationGroup = 'argoproj.io'

export function createApplications(context: ApplicationsContext): Applications {
  return new ApplicationsService(context)
}

class ApplicationsService implements Applications {
  readonly #context: ApplicationsContext
  readonly #reconciling: Reconciling
  readonly #writes: ApplicationWrites
  readonly #index: ApplicationIndex
  readonly #queue
  readonly #reconciler
  readonly #listeners = new Set<(event: ApplicationWatchEvent) => void>()
  readonly #treeListeners = new Map<string, Set<() => void>>()
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #counts = { renders: 0, comparisons: 0, syncs: 0 }
  readonly #stops: (() => void)[] = []
  #running: { stop(): Promise<void> } | undefined
  #capabilities: { kubeVersion: string; apiVersions: string[] } = { kubeVersion: '', apiVersions: [] }

  constructor(context: ApplicationsContext) {
    this.#context = context
    this.#writes = new ApplicationWrites(context)
    this.#index = new ApplicationIndex(context.namespace)
    this.#queue = createWorkQueue({ clock: context.clock, backOff: { baseMs: 1000, maxMs: 120_000 } })
    this.#reconciling = {
      ...context,
      events: createEventRecorder({
        client: context.home.client,
        clock: context.clock,
        log: context.log,
        isBusy: () => this.#queue.waiting + this.#queue.running > 0,
      }),
      capabilitiesOf: () => this.#capabilities,
      count: (what) => {
        this.#counts[what]++
      },
    }
    this.#reconciler = createReconciler(this.#reconciling, new HealingBudget(), {
      onTargets: (key, ids) => this.#index.setTargets(key, ids),
      onEvaluated: (key) => this.#notifyTree(key),
      onForgotten: (key) => this.#notifyTree(key),
      onSlowSource: (key, answered) => {
        const lookAgain = (): void => this.#queue.add(key)
        answered.then(lookAgain, lookAgain)
      },
    })
  }

  async start(): Promise<void> {
    const { home, repositories } = this.#context
    const version = await home.client.version()
    this.#capabilities = {
      kubeVersion: version.gitVersion,
      apiVersions: [...new Set((await home.client.types()).map((type) => (type.group ? `${type.group}/${type.version}` : type.version)))],
    }
    this.#stops.push(home.cache.subscribe((change) => this.#onChange(change)))
    this.#stops.push(
      repositories.onRefsChanged((change) => {
        const changed = repositories.normalize(change.repoURL)
        for (const object of this.#objects()) {
          const source = textAt(object, 'spec', 'source', 'repoURL')
          if (source !== undefined && repositories.normalize(source) === changed)
            this.#queue.add(refKey(refOf(object)), { priority: 'high' })
        }
      }),
    )
    for (const object of this.#objects()) {
      this.#index.add(refOf(object))
      this.#queue.add(refKey(refOf(object)))
    }
    this.#followRecovery()
    this.#running = runReconciler({
      queue: this.#queue,
      reconcile: (key) => this.#reconcile(key),
      clock: this.#context.clock,
      concurrency: this.#context.concurrency,
      onOutcome: (key, outcome) => {
        // Nothing depends on it while events come; it finds what an event has missed, and keeps repositories elsewhere polled.
        const isThere = this.#context.home.cache.get(applicationKey(parseRefKey(key))) !== undefined
        if (outcome === done && isThere) this.#queue.add(key, { priority: 'low', afterMs: relookMs * (0.8 + 0.4 * Math.random()) })
        if ('failed' in outcome)
          this.#context.log.warn({ application: key, error: outcome.failed.message }, 'An application could not be reconciled')
      },
    })
  }

  /** Back-off grows while a cluster is away; once it answers again, nobody waits for what is left of it. */
  #followRecovery(): void {
    const { cache } = this.#context.home
    let hadProblem = false
    let timer: { cancel(): void } | undefined
    const check = (): void => {
      const hasProblem = cache.problems().length > 0 || cache.connectionProblem() !== undefined
      if (hadProblem && !hasProblem) for (const object of this.#objects()) this.#queue.add(refKey(refOf(object)))
      hadProblem = hasProblem
      timer = this.#context.clock.setTimeout(check, recoveryMs)
    }
    check()
    this.#stops.push(() => timer?.cancel())
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    this.#reconciling.events.stop()
    await this.#running?.stop()
  }

  async #reconcile(key: string): Promise<Outcome> {
    try {
      return await this.#reconciler.reconcile(key)
    } catch (error) {
      // Somebody changed the Application in between: what there is now is looked at.
      if (isStale(error)) return { again: { afterMs: 5, reason: 'it was changed meanwhile' } }
      throw error
    } finally {
      this.#answerWaiting(key)
    }
  }

  /** Who asked for a refresh waits until a look has answered it. One that was under way already, or was given up, is not that look. */
  #answerWaiting(key: string): void {
    const object = this.#context.home.cache.get(applicationKey(parseRefKey(key)))
    const isAsked = textAt(object, 'metadata', 'annotations', annotations.refresh) !== undefined
    if (isAsked && object?.metadata.deletionTimestamp === undefined) return
    for (const resolve of this.#waiting.get(key) ?? []) resolve()
    this.#waiting.delete(key)
  }

  #objects(): KubeObject[] {
    return this.#context.home.cache.ofKind({ group: applicationGroup, kind: 'Application' }, this.#context.namespace)
  }

  #onChange(change: CacheChange): void {
    if (change.key.kind === 'Application' && change.key.group === applicationGroup) this.#onApplicationChange(change)
    if (change.key.kind === 'CustomResourceDefinition') this.#onKindChange(change)
    const { direct, through } = this.#index.concerned(change, this.#context.home.cache)
    for (const key of direct) this.#queue.add(key, { priority: 'high' })
    for (const key of through) {
      this.#queue.add(key, { afterMs: childDelayMs })
      this.#notifyTree(key)
    }
  }

  /** A kind that was unknown may be known now, and one that was known may be gone. */
  #onKindChange({ current, previous }: CacheChange): void {
    const gone = current ? undefined : previous
    const [group, kind] = [textAt(gone, 'spec', 'group'), textAt(gone, 'spec', 'names', 'kind')]
    for (const object of this.#objects()) {
      const isWaiting = listAt(object, 'status', 'conditions').some((item) => textAt(item, 'type') === 'ComparisonError')
      const isBereft =
        kind !== undefined &&
        listAt(object, 'status', 'resources').some((item) => textAt(item, 'kind') === kind && (textAt(item, 'group') ?? '') === group)
      if (isWaiting || isBereft) this.#queue.add(refKey(refOf(object)), { afterMs: 200 })
    }
  }

  #onApplicationChange(change: CacheChange): void {
    const object = change.current ?? change.previous
    // One in another namespace is nobody's here: whoever may write there may not deploy by that (argo-cd docs/operator-manual/app-any-namespace.md).
    if (!object || object.metadata.namespace !== this.#context.namespace) return
    const ref = refOf(object)
    if (change.current) this.#index.add(ref)
    else this.#index.remove(ref)
    const type = !change.current ? 'DELETED' : change.previous ? 'MODIFIED' : 'ADDED'
    const event: ApplicationWatchEvent = { type, application: applicationOf(object) }
    for (const listener of this.#listeners) listener(event)
    if (this.#isWorthALook(change)) this.#queue.add(refKey(ref), { priority: 'high' })
  }

  /** Our own writes of the status come back as changes, and are none that would have to be looked at. */
  #isWorthALook({ previous, current }: CacheChange): boolean {
    if (!previous || !current) return true
    if (previous.metadata.uid !== current.metadata.uid) return true
    if (previous.spec !== current.spec && JSON.stringify(previous.spec) !== JSON.stringify(current.spec)) return true
    if (JSON.stringify(previous.metadata.annotations) !== JSON.stringify(current.metadata.annotations)) return true
    if (previous.metadata.deletionTimestamp !== current.metadata.deletionTimestamp) return true
    if (JSON.stringify(previous.metadata.finalizers) !== JSON.stringify(current.metadata.finalizers)) return true
    if (JSON.stringify(previous.operation) !== JSON.stringify(current.operation)) return true
    return textAt(current, 'status', 'operationState', 'phase') === 'Terminating'
  }

  list(filter: Parameters<Applications['list']>[0] = {}): Application[] {
    const selector = filter.selector ? readSelector(filter.selector) : undefined
    const repo = filter.repo === undefined ? undefined : this.#context.repositories.normalize(filter.repo)
    return this.#objects()
      .filter((object) => {
        if (filter.name !== undefined && object.metadata.name !== filter.name) return false
        if (filter.namespace !== undefined && object.metadata.namespace !== filter.namespace) return false
        if (selector && !selector.matches(object.metadata.labels)) return false
        if (filter.projects && filter.projects.length > 0 && !filter.projects.includes(textAt(object, 'spec', 'project') ?? 'default'))
          return false
        return repo === undefined || this.#context.repositories.normalize(textAt(object, 'spec', 'source', 'repoURL') ?? '') === repo
      })
      .map(applicationOf)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0))
  }

  get(ref: ApplicationRef): Application {
    return applicationOf(this.#object(ref))
  }

  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async create(application: Application, options: { upsert?: boolean; validate?: boolean }): Promise<Application> {
    return this.#written(await this.#writes.create(application, options))
  }

  async update(application: Application, options: { validate?: boolean }): Promise<Application> {
    return this.#written(await this.#writes.update(application, options))
  }

  async updateSpec(ref: ApplicationRef, spec: Application['spec'], options: { validate?: boolean }): Promise<Application> {
    return this.#written(await this.#writes.updateSpec(ref, spec, options))
  }

  async patch(ref: ApplicationRef, patch: string, type: 'json' | 'merge'): Promise<Application> {
    const parsed = parsePatch(patch)
    if (type === 'json') {
      if (!Array.isArray(parsed)) throw new PlimsollError('invalid-request', 'patch: a JSON patch is a list of operations')
      return this.#written(await this.#writes.patch(ref, { type: 'json', patch: parsed }))
    }
    return this.#written(await this.#writes.patch(ref, { type: 'merge', patch: parsed as Record<string, unknown> }))
  }

  async delete(ref: ApplicationRef, options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' }): Promise<void> {
    await this.#writes.delete(ref, options)
  }

  async sync(ref: ApplicationRef, sync: Parameters<Applications['sync']>[1], by: Actor): Promise<Application> {
    return this.#written(await this.#writes.sync(ref, sync, by))
  }

  async terminateOperation(ref: ApplicationRef): Promise<void> {
    this.#written(await this.#writes.terminate(ref))
  }

  async rollback(ref: ApplicationRef, options: { id?: number; prune?: boolean; dryRun?: boolean }, by: Actor): Promise<Application> {
    return this.#written(await this.#writes.rollback(ref, options, by))
  }

  async resume(ref: ApplicationRef, _by: Actor): Promise<Application> {
    return this.#written(await this.#writes.resume(ref))
  }

  async refresh(ref: ApplicationRef, kind: 'normal' | 'hard'): Promise<Application> {
    const key = refKey(ref)
    this.#object(ref)
    const looked = new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(key)
      if (waiting) waiting.add(resolve)
      else this.#waiting.set(key, new Set([resolve]))
    })
    this.#written(await this.#writes.askForRefresh(ref, kind))
    this.#queue.add(key, { priority: 'high' })
    await looked
    return this.get(ref)
  }

  async tree(ref: ApplicationRef): ReturnType<Applications['tree']> {
    return resourceTree((await this.#evaluation(ref)).resources, this.clusterFor(ref).cache)
  }

  subscribeTree(ref: ApplicationRef, listener: () => void): () => void {
    const key = refKey(ref)
    const listeners = this.#treeListeners.get(key) ?? new Set()
    this.#treeListeners.set(key, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#treeListeners.delete(key)
    }
  }

  #notifyTree(key: string): void {
    for (const listener of this.#treeListeners.get(key) ?? []) listener()
  }

  async managedResources(ref: ApplicationRef): ReturnType<Applications['managedResources']> {
    return (await this.#evaluation(ref)).resources.map(resourceDiff)
  }

  async manifests(ref: ApplicationRef, revision?: string): ReturnType<Applications['manifests']> {
    const application = this.get(ref)
    const source = application.spec.source
    if (!source) throw new PlimsollError('invalid-application', `Application ${ref.name} has no source.`)
    const desired = await desiredState(
      this.#reconciling,
      {
        source,
        revision: revision || source.targetRevision || 'HEAD',
        cluster: this.clusterFor(ref),
        instance: instanceName(ref, this.#context.namespace),
        namespace: application.spec.destination.namespace ?? '',
        name: ref.name,
      },
      undefined,
    )
    const masker = new SecretMasker()
    return {
      manifests: desired.targets.map((target) => JSON.stringify(masker.mask(target.object))),
      revision: desired.revision,
      sourceType: desired.sourceType,
    }
  }

  async resource(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject> {
    return new SecretMasker().mask(await this.#belonging(ref, key))
  }

  async deleteResource(ref: ApplicationRef, key: ObjectKey, options: { force?: boolean; orphan?: boolean }): Promise<void> {
    const object = await this.#belonging(ref, key)
    const cluster = this.clusterFor(ref)
    if (!options.orphan && !options.force) return deleteLive(cluster, key, object)
    const type = await this.#typeIn(cluster, object)
    await cluster.client.delete(type, namespaced(key), {
      propagationPolicy: options.orphan ? 'Orphan' : 'Background',
      ...(options.force && { gracePeriodSeconds: 0 }),
      ...(object.metadata.uid && { preconditions: { uid: object.metadata.uid } }),
    })
  }

  async patchResource(ref: ApplicationRef, key: ObjectKey, patch: string, type: 'json' | 'merge' | 'strategic'): Promise<KubeObject> {
    const object = await this.#belonging(ref, key)
    const cluster = this.clusterFor(ref)
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
      return new SecretMasker().mask(written)
    } catch (error) {
      if (error instanceof KubeApiError && error.code < 500) throw new PlimsollError('cluster-refused', error.message, { cause: error })
      throw translated(error, key.name)
    }
  }

  async events(ref: ApplicationRef, of?: { uid?: string; namespace?: string; name?: string }): Promise<KubeObject[]> {
    const application = this.#object(ref)
    const isAboutResource = of?.uid !== undefined || of?.name !== undefined
    const cluster = isAboutResource ? this.clusterFor(ref) : this.#context.home
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
    const { cache } = this.clusterFor(ref)
    const roots = below
      ? [await this.#belonging(ref, below)]
      : (await this.#evaluation(ref)).resources.map((resource) => resource.live).filter((live) => live !== undefined)
    return descendantsOf(roots, cache)
      .filter((object) => object.kind === 'Pod' && object.apiVersion === 'v1')
      .map((object) => ({
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
        containers: [...listAt(object, 'spec', 'initContainers'), ...listAt(object, 'spec', 'containers')].map(
          (container) => textAt(container, 'name') ?? '',
        ),
      }))
  }

  clusterFor(ref: ApplicationRef): TargetCluster {
    const { destination } = this.get(ref).spec
    const cluster = this.#context.clusterOf(destination)
    if (!cluster)
      throw new PlimsollError(
        'cluster-not-found',
        `Application ${ref.name} names a cluster that is not known: ${destination.name ?? destination.server ?? ''}.`,
      )
    return cluster
  }

  stats(): ReturnType<Applications['stats']> {
    return { applications: this.#objects().length, ...this.#counts, queued: this.#queue.waiting }
  }

  #object(ref: ApplicationRef): KubeObject {
    const object = this.#context.home.cache.get(applicationKey(ref))
    if (!object) throw new PlimsollError('not-found', `Application ${ref.name} does not exist in namespace ${ref.namespace}.`)
    return object
  }

  #written(object: KubeObject): Application {
    this.#context.home.cache.observe(object)
    return applicationOf(object)
  }

  /** What the last look found; the first look is waited for. */
  async #evaluation(ref: ApplicationRef): Promise<Evaluation> {
    this.#object(ref)
    const known = this.#reconciler.stateOf(ref)?.evaluation
    if (known) return this.#withLive(ref, known)
    await this.refresh(ref, 'normal')
    const found = this.#reconciler.stateOf(ref)?.evaluation
    if (!found)
      throw new PlimsollError(
        'invalid-application',
        `Application ${ref.name} cannot be compared: ${
          this.get(ref)
            .status?.conditions?.map((item) => item.message)
            .join('; ') ?? 'its spec is not valid'
        }`,
      )
    return found
  }

  /** The cluster moves on between two looks: what is shown is what it holds now. */
  #withLive(ref: ApplicationRef, evaluation: Evaluation): Evaluation {
    const { cache } = this.clusterFor(ref)
    const resources = evaluation.resources.map((resource): ManagedResource => {
      const live = cache.get(resource.key)
      return live === resource.live || (live && resource.live && resource.comparison)
        ? { ...resource, live: live ?? resource.live }
        : resource
    })
    return { ...evaluation, resources }
  }

  /** A live object that is managed by the application or descends from one that is. Anything else does not exist here. */
  async #belonging(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject> {
    const cluster = this.clusterFor(ref)
    const { resources } = await this.#evaluation(ref)
    const found = descendantsOf(
      resources.map((resource) => cluster.cache.get(resource.key)).filter((live) => live !== undefined),
      cluster.cache,
    ).find((object) => {
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
    const cluster = this.clusterFor(ref)
    const { resources } = await this.#evaluation(ref)
    const live = resources.map((resource) => cluster.cache.get(resource.key)).filter((object) => object !== undefined)
    const isPart = descendantsOf(live, cluster.cache).some(
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

function readSelector(text: string): LabelMatcher {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) throw new PlimsollError('invalid-request', `selector: ${error.message}`, { cause: error })
    throw error
  }
}

function namespaced(key: ObjectKey): { name: string; namespace?: string } {
  return { name: key.name, ...(key.namespace !== '' && { namespace: key.namespace }) }
}

function parsePatch(text: string): (unknown[] & never[]) | Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new PlimsollError('invalid-request', `patch: is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
