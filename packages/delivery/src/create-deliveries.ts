import {
  Delivery,
  deliveryProblems,
  type DeliveryView,
  type DeliveryWatchEvent,
  type DeploymentQuery,
  PlimsollError,
  type PromotionView,
} from '@plimsoll/api'
import { createWorkQueue, done, isConflict, isNotFound, type KubeObject, type Outcome, runReconciler } from '@plimsoll/kube'
import { specProblems } from './conditions/spec-problems.ts'
import type { Deliveries, DeliveriesContext } from './contract.ts'
import { Decisions } from './decisions.ts'
import { ImagePolicies } from './images/image-policies.ts'
import { type Look, type LookContext, lookAt } from './look.ts'
import { publishRelease, publishStatus } from './publish.ts'
import { DeliveryRecords } from './records/delivery-records.ts'
import type { ReleaseRecord } from './records/rows.ts'
import { approvalViews, invalidView, promotionView, releaseView, viewOf } from './view.ts'

const group = 'plimsoll.dev'
const apiVersion = 'plimsoll.dev/v1alpha1'
/** Many changes in a row are one look. */
const changeDelayMs = 20
/** How long somebody who asks waits for the first look. */
const firstLookMs = 10_000

/** Deliveries of one home cluster. The tables are made when it starts. */
export function createDeliveries(context: DeliveriesContext): Deliveries {
  return new DeliveriesService(context)
}

class DeliveriesService implements Deliveries {
  readonly #context: DeliveriesContext
  readonly #queue
  readonly #images
  readonly #decisions
  readonly #views = new Map<string, DeliveryView>()
  readonly #looks = new Map<string, Look>()
  readonly #refreshedAt = new Map<string, number>()
  readonly #listeners = new Set<(event: DeliveryWatchEvent) => void>()
  readonly #waiting = new Map<string, Set<(error?: Error) => void>>()
  readonly #stops: (() => void)[] = []
  #running: { stop(): Promise<void> } | undefined
  #records: DeliveryRecords | undefined
  #opening: Promise<DeliveryRecords> | undefined
  #version = 0

  constructor(context: DeliveriesContext) {
    this.#context = context
    this.#queue = createWorkQueue({ clock: context.clock, backOff: { baseMs: 1000, maxMs: 60_000 } })
    this.#images = new ImagePolicies(context.images, context.clock)
    this.#decisions = new Decisions({
      store: () => this.#store(),
      stage: (name, stage) => this.#stage(name, stage),
      require: (name) => {
        if (this.#object(name) === undefined) throw noSuchDelivery(name)
      },
      refresh: (name) => this.refresh(name),
      clock: context.clock,
    })
  }

  async start(): Promise<void> {
    const { home, repositories, applications, clock, concurrency = 4, namespace } = this.#context
    await this.#store()
    this.#stops.push(
      home.cache.subscribe(({ key, current }) => {
        if (key.group !== group || key.kind !== 'Delivery' || key.namespace !== namespace) return
        if (current === undefined) this.#forget(key.name)
        // Its own status is no news.
        else if (this.#views.get(key.name) === undefined || this.#generationOf(key.name) !== current.metadata.generation)
          this.#queue.add(key.name, { priority: 'high' })
      }),
      repositories.onRefsChanged(({ repoURL }) => {
        const changed = repositories.normalize(repoURL)
        for (const object of this.#objects()) {
          const isConcerned =
            repositoriesOf(object).some((one) => repositories.normalize(one) === changed) || this.#looksInto(object, changed)
          if (isConcerned) this.#queue.add(object.metadata.name, { priority: 'high' })
        }
      }),
      applications.subscribe(({ application }) => {
        const { name, namespace: at } = application.metadata
        if (at !== namespace) return
        for (const object of this.#objects())
          if (applicationsOf(object).includes(name)) this.#queue.add(object.metadata.name, { priority: 'high', afterMs: changeDelayMs })
      }),
    )
    for (const object of this.#objects()) this.#queue.add(object.metadata.name)
    this.#running = runReconciler({
      queue: this.#queue,
      reconcile: (name) => this.#reconcile(name),
      clock,
      concurrency,
      onOutcome: (name, outcome) => {
        if ('failed' in outcome)
          this.#context.log.warn({ delivery: name, error: outcome.failed.message }, 'a delivery could not be looked at')
        for (const settle of this.#waiting.get(name) ?? []) settle('failed' in outcome ? outcome.failed : undefined)
        this.#waiting.delete(name)
      },
    })
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.#running?.stop()
    for (const settles of this.#waiting.values())
      for (const settle of settles) settle(new PlimsollError('timeout', 'Plimsoll is being stopped.'))
    this.#waiting.clear()
  }

  list(): DeliveryView[] {
    return this.#objects()
      .map(({ metadata }) => this.#views.get(metadata.name))
      .filter((view) => view !== undefined)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  get(name: string): DeliveryView {
    const view = this.#views.get(name)
    if (this.#object(name) === undefined) throw noSuchDelivery(name)
    if (view === undefined) throw new PlimsollError('timeout', `Delivery '${name}' has not been looked at yet.`)
    return view
  }

  async looked(name?: string): Promise<void> {
    const waiting = this.#objects()
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined && !this.#views.has(metadata.name))
      .filter(({ metadata }) => name === undefined || metadata.name === name)
      .map(({ metadata }) => this.refresh(metadata.name))
    if (waiting.length === 0) return
    await new Promise<void>((resolve) => {
      const timer = this.#context.clock.setTimeout(resolve, firstLookMs)
      void Promise.allSettled(waiting).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  subscribe(listener: (event: DeliveryWatchEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async refresh(name: string): Promise<DeliveryView> {
    if (this.#object(name) === undefined) throw noSuchDelivery(name)
    await new Promise<void>((resolve, reject) => {
      const waiting = this.#waiting.get(name) ?? new Set()
      this.#waiting.set(
        name,
        waiting.add((error) => (error ? reject(error) : resolve())),
      )
      this.#queue.add(name, { priority: 'high' })
    })
    return this.get(name)
  }

  async create(sent: unknown, { upsert = false }: { upsert?: boolean }): Promise<DeliveryView> {
    const problems = problemsOf(sent)
    if (problems.length > 0) throw new PlimsollError('invalid-request', `The delivery cannot be kept: ${problems.join('; ')}.`)
    const delivery = Delivery.parse(sent)
    const { client, cache } = this.#context.home
    const { namespace } = this.#context
    if ((delivery.metadata.namespace ?? namespace) !== namespace)
      throw new PlimsollError(
        'invalid-request',
        `metadata.namespace must be '${namespace}' (found '${delivery.metadata.namespace ?? ''}').`,
      )
    const type = await client.typeOf(apiVersion, 'Delivery')
    if (type === undefined) throw new PlimsollError('cluster-unreachable', 'The cluster does not serve Deliveries yet.')
    const { name, labels, annotations } = delivery.metadata
    const object: KubeObject = {
      apiVersion,
      kind: 'Delivery',
      metadata: { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) },
      spec: delivery.spec,
    }
    try {
      cache.observe(await client.create(type, object))
    } catch (error) {
      if (!isConflict(error)) throw error
      if (!upsert) throw new PlimsollError('already-exists', `There is a delivery '${name}' already.`, { cause: error })
      const present = await client.get(type, { namespace, name })
      if (present === undefined) throw error
      cache.observe(
        await client.update(type, { ...present, metadata: { ...present.metadata, ...(labels && { labels }) }, spec: delivery.spec }),
      )
    }
    return this.refresh(name)
  }

  async delete(name: string): Promise<void> {
    const { client, cache } = this.#context.home
    const type = await client.typeOf(apiVersion, 'Delivery')
    if (type === undefined) throw noSuchDelivery(name)
    try {
      const { namespace } = this.#context
      cache.observeDeletion({ group, kind: 'Delivery', namespace, name }, await client.delete(type, { namespace, name }))
    } catch (error) {
      throw isNotFound(error) ? noSuchDelivery(name) : error
    }
  }

  approve(...decision: Parameters<Deliveries['approve']>): Promise<DeliveryView> {
    return this.#decisions.approve(...decision)
  }

  unapprove(...decision: Parameters<Deliveries['unapprove']>): Promise<DeliveryView> {
    return this.#decisions.unapprove(...decision)
  }

  promote(...decision: Parameters<Deliveries['promote']>): Promise<DeliveryView> {
    return this.#decisions.promote(...decision)
  }

  revert(...decision: Parameters<Deliveries['revert']>): Promise<DeliveryView> {
    return this.#decisions.revert(...decision)
  }

  override(...decision: Parameters<Deliveries['override']>): Promise<DeliveryView> {
    return this.#decisions.override(...decision)
  }

  hold(...decision: Parameters<Deliveries['hold']>): Promise<DeliveryView> {
    return this.#decisions.hold(...decision)
  }

  resume(...decision: Parameters<Deliveries['resume']>): Promise<DeliveryView> {
    return this.#decisions.resume(...decision)
  }

  async releases(filter: { delivery?: string; limit?: number; before?: number } = {}) {
    return (await (await this.#store()).releases(filter)).map(releaseView)
  }

  async release(name: string) {
    const store = await this.#store()
    const release = await store.release(name)
    if (release === undefined) throw new PlimsollError('not-found', `There is no release '${name.slice(0, 200)}'.`)
    const approvals = approvalViews(release, await store.approvals(release.delivery, name))
    const promotions = await this.deployments({ release: name, limit: 1000 })
    const stages = new Map(
      promotions.toReversed().map((one) => [one.stage, { stage: one.stage, phase: one.phase, since: one.startedAt, text: one.text }]),
    )
    return { ...releaseView(release), stages: [...stages.values()], approvals, promotions }
  }

  async deployments(query: DeploymentQuery = {}): Promise<PromotionView[]> {
    const store = await this.#store()
    const sinceMs = timeOf(query.since, 'since')
    const untilMs = timeOf(query.until, 'until')
    const placements = await store.query({ ...query, ...(sinceMs !== undefined && { sinceMs }), ...(untilMs !== undefined && { untilMs }) })
    const releases = new Map<string, ReleaseRecord>()
    const views: PromotionView[] = []
    for (const placement of placements) {
      const release = releases.get(placement.release) ?? (await store.release(placement.release))
      if (release === undefined) continue
      releases.set(placement.release, release)
      const last = this.#looks.get(placement.delivery)?.picture.stages.at(-1)?.stage.name
      views.push(promotionView(placement, release, placement.stage === last))
    }
    return views
  }

  async isPinOnly(repoURL: string, commit: string): Promise<boolean> {
    const { repositories } = this.#context
    const own = await (await this.#store()).byCommit(commit)
    return own !== undefined && repositories.normalize(own.repoURL) === repositories.normalize(repoURL)
  }

  async #reconcile(name: string): Promise<Outcome> {
    const object = this.#object(name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return done
    const { clock } = this.#context
    const problems = problemsOf(object)
    if (problems.length > 0) {
      await this.#show(object, invalidView(object, problems, clock.now()))
      return { stalled: new Error(problems.join('; ')) }
    }
    const delivery = Delivery.parse(object)
    const context = await this.#lookContext()
    const look = await lookAt(context, delivery)
    this.#looks.set(name, look)
    await this.#show(object, viewOf(look))
    const [newest] = look.picture.releases
    if (newest) await publishRelease(this.#context, newest, object)
    const [problem] = look.problems.values()
    if (problem !== undefined) return { failed: problem }
    return { again: { afterMs: look.againMs, reason: 'time goes on' } }
  }

  async #lookContext(): Promise<LookContext> {
    return {
      ...this.#context,
      store: await this.#store(),
      refreshedAt: this.#refreshedAt,
      imagesOf: (delivery) => this.#images.of(delivery),
      otherStage: (delivery, stage) => {
        const found = this.#views.get(delivery)?.stages.find((one) => one.name === stage)
        return found && { phase: found.phase, ...(found.release && { release: found.release.name }) }
      },
    }
  }

  /** The view, to whoever listens, and the status, to whoever reads the object. */
  async #show(object: KubeObject, view: Omit<DeliveryView, 'version'>): Promise<void> {
    const { name } = object.metadata
    const before = this.#views.get(name)
    const conditions = view.conditions.map((condition) => {
      const old = before?.conditions.find(({ type }) => type === condition.type)
      return old?.status === condition.status ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition
    })
    const after: DeliveryView = { ...view, conditions, version: before?.version ?? 0 }
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return
    after.version = ++this.#version
    this.#views.set(name, after)
    for (const listener of this.#listeners) listener({ type: before === undefined ? 'ADDED' : 'MODIFIED', delivery: after })
    if (before?.phase !== after.phase || before.text !== after.text) {
      for (const other of this.#objects()) if (waitsFor(other, name)) this.#queue.add(other.metadata.name)
    }
    await publishStatus(this.#context, object, after)
  }

  #forget(name: string): void {
    const view = this.#views.get(name)
    this.#views.delete(name)
    this.#looks.delete(name)
    this.#queue.remove(name)
    if (view !== undefined) for (const listener of this.#listeners) listener({ type: 'DELETED', delivery: view })
  }

  /** What a stage is like now, read anew: what somebody decides is decided about that. */
  async #stage(name: string, stage: string) {
    await this.refresh(name)
    const look = this.#looks.get(name)
    if (look === undefined) throw new PlimsollError('invalid-request', `Delivery '${name}' cannot be kept: ${this.get(name).text}.`)
    const at = look.picture.stages.find((one) => one.stage.name === stage)
    if (at === undefined) {
      const stages = look.picture.stages.map((one) => one.stage.name).join(', ')
      throw new PlimsollError('not-found', `Delivery '${name}' has no stage '${stage.slice(0, 80)}' (its stages: ${stages}).`)
    }
    return { at, picture: look.picture, look }
  }

  #store(): Promise<DeliveryRecords> {
    if (this.#records) return Promise.resolve(this.#records)
    this.#opening ??= DeliveryRecords.open(this.#context.records).then((records) => (this.#records = records))
    this.#opening.catch(() => (this.#opening = undefined))
    return this.#opening
  }

  #objects(): KubeObject[] {
    return this.#context.home.cache.ofKind({ group, kind: 'Delivery' }, this.#context.namespace)
  }

  #object(name: string): KubeObject | undefined {
    return this.#context.home.cache.get({ group, kind: 'Delivery', namespace: this.#context.namespace, name })
  }

  #generationOf(name: string): number | undefined {
    return this.#looks.get(name)?.picture.delivery.metadata.generation
  }

  /** Environments are where Applications say, not in the delivery itself. */
  #looksInto(object: KubeObject, repository: string): boolean {
    const stages = this.#looks.get(object.metadata.name)?.picture.stages ?? []
    return stages.some(({ application }) => {
      const sources = application?.spec.sources ?? (application?.spec.source ? [application.spec.source] : [])
      return sources.some(({ repoURL }) => this.#context.repositories.normalize(repoURL) === repository)
    })
  }
}

function repositoriesOf(object: KubeObject): string[] {
  const { source } = (object['spec'] ?? {}) as { source?: { repoURL?: unknown } }
  return typeof source?.repoURL === 'string' ? [source.repoURL] : []
}

function applicationsOf(object: KubeObject): string[] {
  const { stages } = (object['spec'] ?? {}) as { stages?: unknown }
  return Array.isArray(stages)
    ? stages.flatMap((one: { application?: unknown } | null) => (typeof one?.application === 'string' ? [one.application] : []))
    : []
}

function waitsFor(object: KubeObject, delivery: string): boolean {
  return object.metadata.name !== delivery && JSON.stringify(object['spec'] ?? null).includes(JSON.stringify(delivery))
}

function problemsOf(object: unknown): string[] {
  const problems = deliveryProblems(object)
  return problems.length > 0 ? problems : specProblems(Delivery.parse(object).spec)
}

function noSuchDelivery(name: string): PlimsollError {
  return new PlimsollError('not-found', `There is no delivery '${name.slice(0, 200)}'.`)
}

function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new PlimsollError('invalid-request', `${name} '${text.slice(0, 60)}' is no time of the form 2026-01-31T12:00:00Z.`)
  return at
}
