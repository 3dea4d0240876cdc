import {
  type Application,
  type ApplicationSet,
  type ApplicationSetTree,
  type ApplicationSetWatchEvent,
  PlimsollError,
  type ResourceNode,
  setAnnotations,
} from '@plimsoll/api'
import { type CacheChange, createWorkQueue, type KubeObject, parseLabelSelector, runReconciler, SelectorError } from '@plimsoll/kube'
import { refKey, refOf } from '../application-object.ts'
import type { Actor } from '../contract.ts'
import { createEventRecorder, type EventRecorder } from '../events.ts'
import { createJqThread } from '../ignore/jq-thread.ts'
import { textAt } from '../json.ts'
import type { ApplicationSets, ApplicationSetsContext, SetRef } from './contract.ts'
import { createForgeReader } from './forges/create-forge-reader.ts'
import type { GeneratorKind, Sources } from './generate/generator.ts'
import { generate } from './generate/generate.ts'
import { allGenerators, kindsIn } from './generate/transform.ts'
import { owningSet, setKey, setKind, setOfObject, setProblem } from './reconcile/set-object.ts'
import { createSetReconciler, type SetReconciler } from './reconcile/set-reconciler.ts'
import { resourcesOf } from './reconcile/set-status.ts'
import { checkedSet } from './set-fields.ts'
import { SetServiceWrites } from './set-service-writes.ts'
import { createGitSource } from './sources/git-source.ts'
import { createHomeSources } from './sources/home-sources.ts'
import { ownRepositories } from './sources/own-repositories.ts'
import { createOutside } from './sources/outside.ts'

/** Many Applications change together: their set looks once. */
const applicationDelayMs = 500
const clusterSecretLabel = 'argocd.argoproj.io/secret-type'

export function createApplicationSets(context: ApplicationSetsContext): ApplicationSets {
  return new ApplicationSetsService(context)
}

class ApplicationSetsService implements ApplicationSets {
  readonly #context: ApplicationSetsContext
  readonly #queue
  readonly #events: EventRecorder
  readonly #jq = createJqThread()
  readonly #reconciler: SetReconciler
  readonly #writes: SetServiceWrites
  readonly #listeners = new Set<(event: ApplicationSetWatchEvent) => void>()
  readonly #stops: (() => void)[] = []
  #running: { stop(): Promise<void> } | undefined

  constructor(context: ApplicationSetsContext) {
    this.#context = context
    const { home, clock, log } = context
    this.#queue = createWorkQueue({ clock, backOff: { baseMs: 1000, maxMs: 120_000 } })
    this.#events = createEventRecorder({ client: home.client, clock, log, isBusy: () => this.#queue.waiting + this.#queue.running > 0 })
    this.#writes = new SetServiceWrites(home)
    this.#reconciler = createSetReconciler({ ...context, events: this.#events, jq: this.#jq, sourcesFor: (set) => this.#sources(set) })
  }

  async start(): Promise<void> {
    const { home, repositories, clock, log, concurrency = 4 } = this.#context
    this.#stops.push(home.cache.subscribe((change) => this.#onChange(change)))
    this.#stops.push(repositories.onRefsChanged(({ repoURL, hosted }) => this.#onRefsChanged(repoURL, hosted !== undefined)))
    for (const object of this.#objects()) this.#queue.add(refKey(refOf(object)))
    this.#running = runReconciler({
      queue: this.#queue,
      reconcile: (key) => this.#reconciler.reconcile(key),
      clock,
      concurrency,
      onOutcome: (key, outcome) => {
        if ('failed' in outcome)
          log.warn({ applicationSet: key, error: outcome.failed.message }, 'An ApplicationSet could not be reconciled')
      },
    })
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    this.#events.stop()
    await this.#running?.stop()
    await this.#jq.close()
  }

  /** Doors for one look: what they have read once is the same for all of its generators. */
  #sources(set: ApplicationSet): Sources {
    const { home, namespace, templates, repositories, network, clock } = this.#context
    const ofHome = createHomeSources(home, namespace)
    // As Argo CD: what is given to the project of the template, unless that is found out only from what is read.
    const project = textAt(set.spec.template, 'spec', 'project')
    const outside = createOutside(network)
    return {
      ...ofHome,
      templates,
      git: createGitSource(project === undefined || project.includes('{{') ? repositories : repositories.forProject(project)),
      post: (call) => outside.post(call),
      forges: createForgeReader({
        secret: (name) => ofHome.secret(name),
        configMap: (name) => ofHome.configMap(name),
        ask: outside.ask,
        allowedProviders: this.#context.allowedProviders ?? [],
        isEnabled: this.#context.asksProviders ?? true,
        now: () => clock.now(),
        ownPullRequests: this.#context.pullRequests,
        ownRepositories: ({ allBranches }) => ownRepositories(repositories, allBranches),
      }),
    }
  }

  #objects(): KubeObject[] {
    return this.#context.home.cache.ofKind(setKind, this.#context.namespace)
  }

  #onChange(change: CacheChange): void {
    const { group, kind, namespace } = change.key
    if (namespace !== this.#context.namespace) return
    if (group === setKind.group && kind === setKind.kind) this.#onSetChange(change)
    if (group === setKind.group && kind === 'Application') this.#onApplicationChange(change)
    const isClusterSecret = [change.previous, change.current].some((object) => object?.metadata.labels?.[clusterSecretLabel] === 'cluster')
    if (group === '' && kind === 'Secret' && isClusterSecret) this.lookAgain(['clusters', 'clusterDecisionResource'])
    if (group === '' && kind === 'ConfigMap') this.#onConfigMapChange(change.key.name)
  }

  #onSetChange(change: CacheChange): void {
    const object = change.current ?? change.previous
    if (!object) return
    const type = !change.current ? 'DELETED' : change.previous ? 'MODIFIED' : 'ADDED'
    for (const listener of this.#listeners) listener({ type, applicationSet: setOfObject(object) })
    if (isWorthALook(change)) this.#queue.add(refKey(refOf(object)), { priority: 'high' })
  }

  #onApplicationChange({ previous, current }: CacheChange): void {
    const owners = new Set([previous, current].flatMap((object) => (object ? (owningSet(object)?.name ?? []) : [])))
    for (const name of owners) this.#queue.add(refKey({ name, namespace: this.#context.namespace }), { afterMs: applicationDelayMs })
  }

  #onConfigMapChange(name: string): void {
    this.#lookAgainWhere(({ plugin, clusterDecisionResource }) =>
      [plugin?.configMapRef?.name, clusterDecisionResource?.configMapRef].some(
        (one) => one !== undefined && (one === name || one.includes('{{')),
      ),
    )
  }

  #onRefsChanged(repoURL: string, isHosted: boolean): void {
    const { repositories } = this.#context
    const changed = repositories.normalize(repoURL)
    this.#lookAgainWhere(({ git, scmProvider }) => {
      if (isHosted && scmProvider?.plimsoll) return true
      return git ? git.repoURL.includes('{{') || repositories.normalize(git.repoURL) === changed : false
    })
  }

  #lookAgainWhere(isConcerned: (generator: ApplicationSet['spec']['generators'][number]) => boolean): void {
    for (const object of this.#objects()) {
      const set = setOfObject(object)
      if (setProblem(set) !== undefined || !allGenerators(set.spec.generators).some(isConcerned)) continue
      const key = refKey(refOf(object))
      this.#reconciler.wantFresh(key)
      this.#queue.add(key, { priority: 'high' })
    }
  }

  lookAgain(kinds: readonly GeneratorKind[]): void {
    this.#lookAgainWhere((generator) => kindsIn(generator).some((kind) => kinds.includes(kind)))
  }

  repositoryURLs(): string[] {
    const sets = this.#objects().map(setOfObject)
    const valid = sets.filter((set) => setProblem(set) === undefined)
    return [...new Set(valid.flatMap(({ spec }) => allGenerators(spec.generators).flatMap(({ git }) => git?.repoURL ?? [])))]
  }

  list({
    selector,
    projects = [],
    namespace,
  }: { selector?: string; projects?: readonly string[]; namespace?: string } = {}): ApplicationSet[] {
    const matcher = selector ? readSelector(selector) : undefined
    return this.#objects()
      .filter(
        ({ metadata }) => (namespace === undefined || metadata.namespace === namespace) && (matcher?.matches(metadata.labels) ?? true),
      )
      .filter((object) => projects.length === 0 || projects.includes(textAt(object, 'spec', 'template', 'spec', 'project') ?? 'default'))
      .map(setOfObject)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  get(ref: SetRef): ApplicationSet {
    return setOfObject(this.#object(ref))
  }

  subscribe(listener: (event: ApplicationSetWatchEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async create(set: ApplicationSet, { upsert = false, dryRun = false }: { upsert?: boolean; dryRun?: boolean }): Promise<ApplicationSet> {
    const checked = checkedSet(set, this.#context.namespace)
    if (!dryRun) return setOfObject(await this.#writes.create(checked, { upsert }))
    const made = await this.generate(checked)
    return { ...checked, status: resourcesOf(made as unknown as KubeObject[]) }
  }

  async delete(ref: SetRef): Promise<void> {
    this.#object(ref)
    await this.#writes.delete(ref)
  }

  async generate(set: ApplicationSet): Promise<Application[]> {
    const checked = checkedSet(set, this.#context.namespace)
    const generation = await generate(checked, this.#sources(checked))
    if (!generation.ok) throw generation.error
    return generation.applications
  }

  tree(ref: SetRef): ApplicationSetTree {
    const { metadata, status } = this.get(ref)
    const { name, namespace = '', uid } = metadata
    const parent = { group: setKind.group, version: 'v1alpha1', kind: setKind.kind, name, namespace, ...(uid !== undefined && { uid }) }
    const nodes = (status?.resources ?? []).map((resource): ResourceNode => {
      const { group, version, kind, name: application, health } = resource
      return {
        ...(group !== undefined && { group }),
        ...(version !== undefined && { version }),
        kind,
        namespace,
        name: application,
        parentRefs: [parent],
        ...(health && { health }),
      }
    })
    return { nodes }
  }

  async events(ref: SetRef): Promise<KubeObject[]> {
    const { metadata } = this.#object(ref)
    const { client } = this.#context.home
    const type = await client.typeOf('v1', 'Event')
    if (!type) return []
    const { items } = await client.list(type, { namespace: ref.namespace, fieldSelector: `involvedObject.uid=${metadata.uid ?? ''}` })
    return items
  }

  async confirmDeletion(ref: SetRef, digest: string, by: Actor): Promise<ApplicationSet> {
    const { pendingDeletion } = this.get(ref).status ?? {}
    if (pendingDeletion === undefined || pendingDeletion.isApproved) {
      throw new PlimsollError('invalid-request', `No deletion of applications of ${ref.name} waits.`, { remedy: 'Nothing is to be done.' })
    }
    if (pendingDeletion.digest !== digest) {
      throw new PlimsollError('conflict', `What would be deleted of ${ref.name} is not what ${digest.slice(0, 80)} stands for any more.`, {
        remedy: `Look at what would go now, and confirm ${pendingDeletion.digest}.`,
      })
    }
    const written = await this.#writes.annotate(ref, setAnnotations.deletionApproved, digest)
    this.#context.log.info(
      { applicationSet: refKey(ref), by: by.username, count: pendingDeletion.applications.length },
      'A deletion was confirmed',
    )
    return setOfObject(written)
  }

  async refresh(ref: SetRef): Promise<ApplicationSet> {
    this.#object(ref)
    return setOfObject(await this.#writes.annotate(ref, setAnnotations.refresh, 'true'))
  }

  #object(ref: SetRef): KubeObject {
    const object = ref.namespace === this.#context.namespace ? this.#context.home.cache.get(setKey(ref)) : undefined
    if (!object) throw new PlimsollError('not-found', `ApplicationSet ${ref.name} does not exist in namespace ${ref.namespace}.`)
    return object
  }
}

/** Our own writes of the status come back as changes, and are none that would have to be looked at. */
function isWorthALook({ previous, current }: CacheChange): boolean {
  if (!previous || !current || previous.metadata.uid !== current.metadata.uid) return true
  const relevant = ({ spec, metadata }: KubeObject): string =>
    JSON.stringify([spec, metadata.annotations, metadata.finalizers, metadata.deletionTimestamp])
  return relevant(previous) !== relevant(current)
}

function readSelector(text: string): ReturnType<typeof parseLabelSelector> {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) throw new PlimsollError('invalid-request', `selector: ${error.message}`, { cause: error })
    throw error
  }
}
