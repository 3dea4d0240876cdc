import { annotations, type Application, type ApplicationCondition, type ApplicationWatchEvent, PlimsollError } from '@plimsoll/api'
import {
  type CacheChange,
  done,
  type KubeObject,
  type LabelMatcher,
  type ObjectKey,
  objectKey,
  type Outcome,
  parseLabelSelector,
  SelectorError,
} from '@plimsoll/kube'
import {
  applicationApiVersion,
  applicationKey,
  applicationOf,
  destinationOf,
  parseRefKey,
  refKey,
  refOf,
  specProblem,
} from './application-object.ts'
import { FollowedClusters } from './clusters/followed-clusters.ts'
import { specSources } from './application-sources.ts'
import type { Actor, ApplicationRef, Applications, ApplicationsContext, Judge, PlanOptions, TargetCluster } from './contract.ts'
import { dependentsOf, type Fleet, readinessOf } from './dependencies/readiness.ts'
import { Waiting } from './dependencies/waiting.ts'
import { ownersOf } from './tree/resource-tree.ts'
import { RewrittenHistories } from './rewritten/rewritten-histories.ts'
import { createEventRecorder } from './events.ts'
import { HomeApplications } from './home-applications.ts'
import { isDeepEqual, listAt, textAt } from './json.ts'
import { createJqThread } from './ignore/jq-thread.ts'
import { createHealthSource, type HealthSource } from './health/health-source.ts'
import { orphansOf } from './projects/orphaned-resources.ts'
import { guardedCluster } from './projects/guarded-cluster.ts'
import { hasGlobalProjects, projectOf } from './projects/project.ts'
import { type ProjectGuard, projectGuard } from './projects/project-guard.ts'
import { isScoping } from './projects/project-scoped.ts'
import { shownWindows, windowsOf } from './projects/sync-windows.ts'
import { createReconciler, isStale } from './reconcile/application-reconciler.ts'
import { Lanes } from './reconcile/lanes.ts'
import { HealingBudget } from './reconcile/automated-sync.ts'
import type { Reconciling } from './reconcile/reconciling.ts'
import { createActionSource } from './actions/action-source.ts'
import { ApplicationActions } from './service/application-actions.ts'
import { ApplicationIndex } from './service/application-index.ts'
import { planOf } from './service/application-plan.ts'
import { plansOfChange } from './service/plans-of-change.ts'
import { ApplicationRenderings } from './service/application-renderings.ts'
import { ApplicationResources } from './service/application-resources.ts'
import { ApplicationWrites, refuseLocalSync } from './service/application-writes.ts'
import { parsePatch } from './service/patch-text.ts'
import { createScriptThread } from './scripts/script-thread.ts'
import { OperatorSettings } from './settings/operator-settings.ts'
import { keepManifests } from './sync/local-manifests.ts'

/** Several changes of pods in a row are one look. */
const childDelayMs = 25
const relookMs = 10 * 60_000
const applicationGroup = 'argoproj.io'

export function createApplications(context: ApplicationsContext): Applications {
  return new ApplicationsService(context)
}

class ApplicationsService implements Applications {
  readonly #context: ApplicationsContext
  readonly #home: HomeApplications
  readonly #reconciling: Reconciling
  readonly #writes: ApplicationWrites
  readonly #index: ApplicationIndex
  readonly #queue: Lanes
  readonly #clusters: FollowedClusters
  readonly #reconciler
  readonly #resources: ApplicationResources
  readonly #actions: ApplicationActions
  readonly #renderings: ApplicationRenderings
  readonly #listeners = new Set<(event: ApplicationWatchEvent) => void>()
  readonly #treeListeners = new Map<string, Set<() => void>>()
  readonly #notices = new Map<string, readonly ApplicationCondition[]>()
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #counts = { renders: 0, comparisons: 0, syncs: 0 }
  readonly #stops: (() => void)[] = []
  readonly #settings: OperatorSettings
  readonly #jq = createJqThread()
  readonly #scripts = createScriptThread()
  readonly #waitingForOthers = new Waiting()
  /** The keys of those that depend on others: few of very many. */
  readonly #dependents = new Set<string>()
  readonly #fleet: Fleet = {
    get: (ref) => this.#atHome(ref),
    all: () => this.#home.all().map(applicationOf),
    dependents: () => [...this.#dependents].map((key) => this.#atHome(parseRefKey(key))).filter((one) => one !== undefined),
    isDue: (key) => this.#queue.isDue(key),
  }
  readonly #rewritten: RewrittenHistories
  readonly #health: HealthSource

  constructor(context: ApplicationsContext) {
    this.#context = context
    this.#rewritten = new RewrittenHistories(context.repositories)
    this.#home = new HomeApplications({
      cache: context.home.cache,
      namespace: context.namespace,
      namespaces: context.applicationNamespaces,
    })
    this.#writes = new ApplicationWrites({ ...context, applications: this.#home })
    this.#index = new ApplicationIndex(context.namespace)
    this.#settings = new OperatorSettings(context.home.cache, context.namespace, (problem) =>
      context.log.warn({ problem }, 'a setting cannot be read, and is left out'),
    )
    this.#health = createHealthSource({
      settings: () => this.#settings.scripts(),
      sensitiveAnnotations: () => this.#settings.diff().sensitiveAnnotations,
      scripts: this.#scripts,
    })
    this.#queue = new Lanes({
      clock: context.clock,
      concurrency: context.concurrency,
      laneOf: (key) => this.#serverOf(key),
      reconcile: (key) => this.#reconcile(key),
      onOutcome: (key, outcome) => this.#onOutcome(key, outcome),
    })
    this.#clusters = new FollowedClusters({
      clusters: context.clusters,
      clock: context.clock,
      log: context.log,
      onChange: (cluster, change) => this.#onChange(cluster, change),
      onOther: (cluster) => this.#lookAtCluster(cluster.server),
      onNames: () => {
        for (const object of this.#home.all()) if (destinationOf(object).name) this.#queue.add(refKey(refOf(object)))
      },
      onGone: (cluster) => {
        this.#queue.drop(cluster.server)
        // Also those that waited there for their first look.
        this.#lookAtCluster('')
      },
    })
    this.#reconciling = {
      ...context,
      applications: this.#home,
      events: createEventRecorder({
        client: context.home.client,
        clock: context.clock,
        log: context.log,
        isBusy: () => this.#queue.waiting + this.#queue.running > 0,
      }),
      capabilitiesOf: (cluster) => this.#clusters.capabilities.of(cluster),
      diffSettings: () => this.#settings.diff(),
      signingKeys: () => this.#settings.signingKeys(),
      jq: this.#jq,
      health: this.#health,
      readinessOf: (application) => readinessOf(application, this.#fleet),
      dependentsOf: (application) => dependentsOf(application, this.#fleet),
      rollBack: async ({ metadata, spec }, id) => {
        const ref = { name: metadata.name, namespace: metadata.namespace ?? '' }
        const prune = spec.syncPolicy?.automated?.prune === true
        this.#written(await this.#writes.rollback(ref, { id, prune }, { username: 'automatic rollback', origin: 'controller' }))
      },
      noticesOf: async (application, key) => [...(this.#notices.get(key) ?? []), ...(await this.#rewritten.conditionsOf(application))],
      count: (what) => {
        this.#counts[what]++
      },
    }
    this.#renderings = new ApplicationRenderings(this.#reconciling)
    this.#resources = new ApplicationResources({
      home: context.home,
      object: (ref) => this.#object(ref),
      get: (ref) => this.get(ref),
      clusterFor: (ref) => this.#guardedCluster(ref),
      guardOf: (ref) => this.#guardOf(ref),
      evaluationOf: (ref) => this.#reconciler.stateOf(ref)?.evaluation,
      orphansOf: (ref, { resources }) => {
        const application = this.get(ref)
        const { cache } = this.clusterFor(ref)
        const { project } = projectOf(context.home.cache, context.namespace, application)
        return orphansOf({ project, application, cache, managed: resources, isKnown: (instance) => this.#index.knows(instance) })
      },
      refresh: (ref) => this.refresh(ref, 'normal'),
      sensitiveAnnotations: () => this.#settings.diff().sensitiveAnnotations,
      health: this.#health,
    })
    this.#actions = new ApplicationActions({
      home: context.home,
      actions: createActionSource({ settings: () => this.#settings.scripts(), scripts: this.#scripts, now: () => context.clock.now() }),
      events: this.#reconciling.events,
      object: (ref) => this.#object(ref),
      clusterFor: (ref) => this.#guardedCluster(ref),
      belonging: (ref, key) => this.#resources.belonging(ref, key),
      sensitiveAnnotations: () => this.#settings.diff().sensitiveAnnotations,
    })
    this.#reconciler = createReconciler(this.#reconciling, new HealingBudget(), {
      onTargets: (key, ids) => this.#index.setTargets(key, ids),
      onOrphansWatched: (key, namespace) => this.#index.setWatched(key, namespace),
      onEvaluated: (key) => this.#notifyTree(key),
      onForgotten: (key) => {
        this.#waitingForOthers.set(key, [])
        this.#notifyTree(key)
      },
      onWaiting: (key, on) => this.#waitingForOthers.set(key, on),
      onSlowSource: (key, answered) => {
        const lookAgain = (): void => this.#queue.add(key)
        answered.then(lookAgain, lookAgain)
      },
    })
  }

  async start(): Promise<void> {
    const { repositories } = this.#context
    await this.#clusters.start()
    this.#stops.push(
      repositories.onRefsChanged((change) => {
        this.#rewritten.moved(change.repoURL, change.refs)
        const changed = repositories.normalize(change.repoURL)
        for (const object of this.#home.all()) {
          const isConcerned = specSources(applicationOf(object)).sources.some(({ repoURL }) => repositories.normalize(repoURL) === changed)
          if (isConcerned) this.#queue.add(refKey(refOf(object)), { priority: 'high' })
        }
      }),
    )
    this.#stops.push(
      repositories.onHistoryRewritten((change) => {
        this.#rewritten.add(change)
        void this.#tellRewritten(change.repoURL)
      }),
    )
    for (const object of this.#home.all()) {
      this.#index.add(refOf(object))
      this.#noteDependent(object)
      this.#queue.add(refKey(refOf(object)))
    }
    this.#queue.start()
  }

  #onOutcome(key: string, outcome: Outcome): void {
    for (const other of this.#waitingForOthers.waitingFor(key)) this.#queue.add(other)
    // Nothing depends on it while events come; it finds what an event has missed, and keeps repositories elsewhere polled.
    const isThere = this.#home.get(parseRefKey(key)) !== undefined
    if (outcome === done && isThere) this.#queue.add(key, { priority: 'low', afterMs: relookMs * (0.8 + 0.4 * Math.random()) })
    if ('failed' in outcome)
      this.#context.log.warn({ application: key, error: outcome.failed.message }, 'An application could not be reconciled')
  }

  /** The cluster that an Application is for, by address; '' where that is not known. */
  #serverOf(key: string): string {
    const object = this.#home.get(parseRefKey(key))
    return object ? (this.#context.clusters.resolve(destinationOf(object)).cluster?.server ?? '') : ''
  }

  #lookAtCluster(server: string): void {
    for (const object of this.#home.all()) {
      const key = refKey(refOf(object))
      if (this.#serverOf(key) === server) this.#queue.add(key)
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    this.#clusters.stop()
    this.#reconciling.events.stop()
    await this.#queue.stop()
    await this.#jq.close()
    await this.#scripts.close()
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
    const object = this.#home.get(parseRefKey(key))
    const isAsked = textAt(object, 'metadata', 'annotations', annotations.refresh) !== undefined
    if (isAsked && object?.metadata.deletionTimestamp === undefined) return
    for (const resolve of this.#waiting.get(key) ?? []) resolve()
    this.#waiting.delete(key)
  }

  #atHome(ref: ApplicationRef): Application | undefined {
    const object = this.#home.get(ref)
    return object && applicationOf(object)
  }

  #noteDependent(object: KubeObject): void {
    const key = refKey(refOf(object))
    if (listAt(object, 'spec', 'dependsOn').length > 0) this.#dependents.add(key)
    else this.#dependents.delete(key)
  }

  async #tellRewritten(repoURL: string): Promise<void> {
    const { repositories } = this.#context
    const rewritten = repositories.normalize(repoURL)
    for (const object of this.#home.all()) {
      const application = applicationOf(object)
      if (!specSources(application).sources.some((source) => repositories.normalize(source.repoURL) === rewritten)) continue
      for (const { message } of await this.#rewritten.conditionsOf(application))
        this.#reconciling.events.record(object, { reason: 'HistoryRewritten', message, isWarning: true })
      this.#queue.add(refKey(refOf(object)))
    }
  }

  #onChange(cluster: TargetCluster, change: CacheChange): void {
    const { server } = this.#context.home
    if (cluster.server === server) {
      if (change.key.kind === 'Application' && change.key.group === applicationGroup) this.#onApplicationChange(change)
      if (change.key.kind === 'AppProject' && change.key.group === applicationGroup) this.#onProjectChange(change)
      const scopes = change.key.namespace === this.#context.namespace && (isScoping(change.previous) || isScoping(change.current))
      if (this.#home.isSettings(change.key)) this.#onNamespacesChange()
      if (scopes || this.#settings.isAbout(change.key)) this.#onSettingsChange()
    }
    if (change.key.kind === 'CustomResourceDefinition') this.#onKindChange(cluster, change)
    const { direct, through } = this.#index.concerned(change, cluster.cache)
    // An object of the same name in another cluster is another object.
    const isThere = (key: string): boolean => this.#serverOf(key) === cluster.server
    for (const key of direct) if (isThere(key)) this.#queue.add(key, { priority: 'high' })
    for (const key of through) {
      if (!isThere(key)) continue
      this.#queue.add(key, { afterMs: childDelayMs })
      this.#notifyTree(key)
    }
  }

  /** What a project says holds for all of its applications from now on. */
  #onProjectChange({ key, previous, current }: CacheChange): void {
    const { home, namespace } = this.#context
    const isSame = isDeepEqual(previous?.['spec'], current?.['spec']) && isDeepEqual(previous?.metadata.labels, current?.metadata.labels)
    if (key.namespace !== namespace || isSame) return
    const concernsAll = hasGlobalProjects(home.cache, namespace)
    for (const object of this.#home.all()) {
      const project = textAt(object, 'spec', 'project') || 'default'
      if (concernsAll || project === key.name) this.#queue.add(refKey(refOf(object)))
    }
  }

  /** What is compared how may have changed for all. */
  #onSettingsChange(): void {
    for (const object of this.#home.all()) this.#queue.add(refKey(refOf(object)), { priority: 'low' })
  }

  /** A kind that was unknown may be known now, and one that was known may be gone. */
  #onKindChange({ server }: TargetCluster, { current, previous }: CacheChange): void {
    const gone = current ? undefined : previous
    const [group, kind] = [textAt(gone, 'spec', 'group'), textAt(gone, 'spec', 'names', 'kind')]
    for (const object of this.#home.all()) {
      const isWaiting = listAt(object, 'status', 'conditions').some((item) => textAt(item, 'type') === 'ComparisonError')
      const isBereft =
        kind !== undefined &&
        listAt(object, 'status', 'resources').some((item) => textAt(item, 'kind') === kind && (textAt(item, 'group') ?? '') === group)
      const key = refKey(refOf(object))
      if ((isWaiting || isBereft) && this.#serverOf(key) === server) this.#queue.add(key, { afterMs: 200 })
    }
  }

  #onApplicationChange(change: CacheChange): void {
    const object = change.current ?? change.previous
    if (!object || !this.#home.isEnabled(object.metadata.namespace ?? '')) return
    this.#tell(object, !change.current ? 'DELETED' : change.previous ? 'MODIFIED' : 'ADDED')
    if (this.#isWorthALook(change)) this.#queue.add(refKey(refOf(object)), { priority: 'high' })
  }

  #tell(object: KubeObject, type: ApplicationWatchEvent['type']): void {
    const ref = refOf(object)
    if (type !== 'DELETED') {
      this.#noteDependent(object)
      this.#index.add(ref)
    } else {
      this.#dependents.delete(refKey(ref))
      this.#index.remove(ref)
      this.#notices.delete(refKey(ref))
    }
    const event: ApplicationWatchEvent = { type, application: applicationOf(object) }
    for (const listener of this.#listeners) listener(event)
  }

  /** With a namespace that is enabled its Applications come, and with one that no longer is they go. */
  #onNamespacesChange(): void {
    const gone = this.#index.keys().filter((key) => this.#home.get(parseRefKey(key)) === undefined)
    const come = this.#home.all().filter((object) => !this.#index.has(refKey(refOf(object))))
    for (const key of gone) {
      const ref = parseRefKey(key)
      this.#tell(this.#context.home.cache.get(applicationKey(ref)) ?? nameOnly(ref), 'DELETED')
    }
    for (const object of come) this.#tell(object, 'ADDED')
    for (const key of [...gone, ...come.map((object) => refKey(refOf(object)))]) this.#queue.add(key, { priority: 'high' })
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
    return this.#home
      .all()
      .filter((object) => {
        if (filter.name !== undefined && object.metadata.name !== filter.name) return false
        if (filter.namespace !== undefined && object.metadata.namespace !== filter.namespace) return false
        if (selector && !selector.matches(object.metadata.labels)) return false
        if (filter.projects && filter.projects.length > 0 && !filter.projects.includes(textAt(object, 'spec', 'project') ?? 'default'))
          return false
        return (
          repo === undefined ||
          specSources(applicationOf(object)).sources.some(({ repoURL }) => this.#context.repositories.normalize(repoURL) === repo)
        )
      })
      .map(applicationOf)
      .toSorted(byName)
  }

  get(ref: ApplicationRef): Application {
    return applicationOf(this.#object(ref))
  }

  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async create(application: Application, options: Parameters<Applications['create']>[1]): Promise<Application> {
    return this.#written(await this.#writes.create(application, options))
  }

  async update(application: Application, options: Parameters<Applications['update']>[1]): Promise<Application> {
    return this.#written(await this.#writes.update(application, options))
  }

  async updateSpec(ref: ApplicationRef, spec: Application['spec'], options: Parameters<Applications['update']>[1]): Promise<Application> {
    return this.#written(await this.#writes.updateSpec(ref, spec, options))
  }

  async patch(ref: ApplicationRef, patch: string, type: 'json' | 'merge', { judge }: { judge?: Judge } = {}): Promise<Application> {
    const parsed = parsePatch(patch)
    if (type === 'json') {
      if (!Array.isArray(parsed)) throw new PlimsollError('invalid-request', 'patch: a JSON patch is a list of operations')
      return this.#written(await this.#writes.patch(ref, { type: 'json', patch: parsed }, judge))
    }
    return this.#written(await this.#writes.patch(ref, { type: 'merge', patch: parsed as Record<string, unknown> }, judge))
  }

  async delete(ref: ApplicationRef, options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' }): Promise<void> {
    await this.#writes.delete(ref, options)
  }

  isNamespaceEnabled(namespace: string): boolean {
    return this.#home.isEnabled(namespace)
  }

  hasOtherNamespaces(): boolean {
    return this.#home.hasOthers
  }

  notice(ref: ApplicationRef, conditions: readonly ApplicationCondition[]): void {
    const key = refKey(ref)
    const before = this.#notices.get(key) ?? []
    if (isDeepEqual(before, conditions)) return
    if (conditions.length > 0) this.#notices.set(key, conditions)
    else this.#notices.delete(key)
    this.#queue.add(key)
  }

  async sync(ref: ApplicationRef, sync: Parameters<Applications['sync']>[1], by: Actor): Promise<Application> {
    const { local, manifests, ...request } = sync
    if (!local && (manifests ?? []).length === 0) return this.#written(await this.#writes.sync(ref, request, by))
    const application = this.get(ref)
    refuseLocalSync(application, request)
    const texts = local ? await this.#renderings.localManifests(application, this.clusterFor(ref), local) : (manifests ?? [])
    const kept = await keepManifests(this.#context.records, texts)
    return this.#written(await this.#writes.sync(ref, { ...request, manifests: kept }, by))
  }

  async terminateOperation(ref: ApplicationRef): Promise<void> {
    this.#written(await this.#writes.terminate(ref))
  }

  syncWindows(ref: ApplicationRef): ReturnType<Applications['syncWindows']> {
    const { home, namespace, clock } = this.#context
    const application = this.get(ref)
    const { project, problem } = projectOf(home.cache, namespace, application)
    if (problem !== undefined)
      return { activeWindows: [], assignedWindows: [], canSync: false, canSyncAutomatically: false, message: `${problem} cannot be read` }
    return shownWindows(windowsOf(project, application), clock.now())
  }

  async confirmDeletion(ref: ApplicationRef): Promise<Application> {
    return this.#written(await this.#writes.confirmDeletion(ref))
  }

  async rollback(ref: ApplicationRef, options: { id?: number; prune?: boolean; dryRun?: boolean }, by: Actor): Promise<Application> {
    return this.#written(await this.#writes.rollback(ref, options, by))
  }

  async rotate(ref: ApplicationRef, by: Actor): Promise<Application> {
    return this.#written(await this.#writes.rotate(ref, by))
  }

  async resume(ref: ApplicationRef, _by: Actor): Promise<Application> {
    return this.#written(await this.#writes.resume(ref))
  }

  async refresh(ref: ApplicationRef, kind: 'normal' | 'hard'): Promise<Application> {
    const key = refKey(ref)
    this.#object(ref)
    this.#written(await this.#writes.askForRefresh(ref, kind))
    // Not before it is asked for: a look that ends meanwhile would be taken for the answer.
    const looked = new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(key)
      if (waiting) waiting.add(resolve)
      else this.#waiting.set(key, new Set([resolve]))
    })
    this.#queue.add(key, { priority: 'high' })
    await looked
    return this.get(ref)
  }

  tree(ref: ApplicationRef): ReturnType<Applications['tree']> {
    return this.#resources.tree(ref)
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

  managedResources(ref: ApplicationRef): ReturnType<Applications['managedResources']> {
    return this.#resources.managedResources(ref)
  }

  manifests(ref: ApplicationRef, revisions?: readonly string[]): ReturnType<Applications['manifests']> {
    return this.#renderings.manifests(this.get(ref), this.clusterFor(ref), revisions)
  }

  async render(
    application: Application,
    options: { revisions?: readonly string[]; withBinary?: boolean } = {},
  ): ReturnType<Applications['render']> {
    const judged = this.#judged(application)
    return this.#renderings.manifests(judged, this.#clusterOf(judged), options.revisions, options.withBinary ? 'compare' : undefined)
  }

  /** An Application that somebody has sent, with the namespace that it would have. */
  #judged(application: Application): Application {
    const problem = specProblem(application)
    if (problem !== undefined) throw new PlimsollError('invalid-application', problem)
    return {
      ...application,
      metadata: { ...application.metadata, namespace: application.metadata.namespace ?? this.#context.namespace },
    }
  }

  async plan(application: Application, options: PlanOptions = {}): ReturnType<Applications['plan']> {
    const judged = this.#judged(application)
    return (await planOf(this.#reconciling, judged, this.#clusterOf(judged), options)).plan
  }

  plansOfChange(change: Parameters<Applications['plansOfChange']>[0]): ReturnType<Applications['plansOfChange']> {
    return plansOfChange(this.#reconciling, this.list(), (application) => this.#clusterOf(application), change)
  }

  rendering(ref: ApplicationRef): ReturnType<Applications['rendering']> {
    return this.#renderings.rendering(this.get(ref), this.clusterFor(ref))
  }

  resource(ref: ApplicationRef, key: ObjectKey): Promise<KubeObject> {
    return this.#resources.resource(ref, key)
  }

  deleteResource(ref: ApplicationRef, key: ObjectKey, options: { force?: boolean; orphan?: boolean }): Promise<void> {
    return this.#resources.deleteResource(ref, key, options)
  }

  patchResource(ref: ApplicationRef, key: ObjectKey, patch: string, type: 'json' | 'merge' | 'strategic'): Promise<KubeObject> {
    return this.#resources.patchResource(ref, key, patch, type)
  }

  resourceActions(ref: ApplicationRef, key: ObjectKey): ReturnType<Applications['resourceActions']> {
    return this.#actions.list(ref, key)
  }

  runResourceAction(...[ref, key, action, by]: Parameters<Applications['runResourceAction']>): Promise<void> {
    return this.#actions.run(ref, key, action, by)
  }

  events(ref: ApplicationRef, of?: { uid?: string; namespace?: string; name?: string }): Promise<KubeObject[]> {
    return this.#resources.events(ref, of)
  }

  pods(ref: ApplicationRef, below?: ObjectKey): ReturnType<Applications['pods']> {
    return this.#resources.pods(ref, below)
  }

  permits(ref: ApplicationRef, key: ObjectKey): boolean {
    try {
      const { cache } = this.clusterFor(ref)
      const guard = this.#guardOf(ref)
      const object = cache.get(key)
      const keys = [key, ...(object ? ownersOf(object, cache).map((owner) => objectKey(owner)) : [])]
      return keys.every((one) => guard.refusalOf({ ...one, isNamespaced: one.namespace !== '' }) === undefined)
    } catch (error) {
      // There is no such application any more, or no such cluster.
      if (error instanceof PlimsollError) return false
      throw error
    }
  }

  clusterFor(ref: ApplicationRef): TargetCluster {
    return this.#clusterOf(this.get(ref))
  }

  #guardOf(ref: ApplicationRef): ProjectGuard {
    return projectGuard(this.#reconciling, this.get(ref), this.clusterFor(ref))
  }

  #guardedCluster(ref: ApplicationRef): TargetCluster {
    return guardedCluster(this.clusterFor(ref), this.#guardOf(ref))
  }

  #clusterOf({ metadata, spec: { destination } }: Application): TargetCluster {
    const found = this.#context.clusters.resolve(destination)
    if (!found.cluster) throw new PlimsollError('cluster-not-found', `Application ${metadata.name}: ${found.problem}.`)
    return found.cluster
  }

  stats(): ReturnType<Applications['stats']> {
    return { applications: this.#home.all().length, ...this.#counts, queued: this.#queue.waiting }
  }

  #object(ref: ApplicationRef): KubeObject {
    const object = this.#home.get(ref)
    if (!object) throw new PlimsollError('not-found', `Application ${ref.name} does not exist in namespace ${ref.namespace}.`)
    return object
  }

  #written(object: KubeObject): Application {
    this.#context.home.cache.observe(object)
    return applicationOf(object)
  }
}

function byName({ metadata: a }: Application, { metadata: b }: Application): number {
  const [first, second] = a.name === b.name ? [a.namespace ?? '', b.namespace ?? ''] : [a.name, b.name]
  return first < second ? -1 : first > second ? 1 : 0
}

function nameOnly({ name, namespace }: ApplicationRef): KubeObject {
  return { apiVersion: applicationApiVersion, kind: 'Application', metadata: { name, namespace }, spec: { destination: {} } }
}

function readSelector(text: string): LabelMatcher {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) throw new PlimsollError('invalid-request', `selector: ${error.message}`, { cause: error })
    throw error
  }
}
