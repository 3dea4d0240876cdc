import { randomUUID } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { ApplicationRef } from '@plimsoll/applications'
import { type CacheChange, createWorkQueue, done, type KubeObject, type Outcome, runReconciler } from '@plimsoll/kube'
import { Commits } from './commits.ts'
import type { ConditionVerdict, Destination, Notifications, NotificationsContext } from './contract.ts'
import { compose, type Composed, TemplateProblem } from './message.ts'
import { Notifier } from './notifier.ts'
import { projectName } from './project-name.ts'
import { BackOff } from './sending/back-off.ts'
import { Journal } from './sending/journal.ts'
import { SendError } from './services/contract.ts'
import { Services } from './services/services.ts'
import type { NotificationTemplate, TriggerCondition } from './settings/fields.ts'
import { SettingsSource } from './settings/settings-source.ts'
import { runTrigger } from './triggers.ts'

/** They mostly wait for an answer from elsewhere. */
const concurrency = 8
const stopWaitMs = 5000
const group = 'argoproj.io'
/** Says in which namespaces there may be Applications. */
const namespacesSetting = 'argocd-cmd-params-cm'

export async function createNotifications(context: NotificationsContext): Promise<Notifications> {
  const journal = await Journal.open(context.records, randomUUID(), () => context.clock.now())
  return new NotificationsService(context, journal)
}

class NotificationsService implements Notifications {
  readonly #context: NotificationsContext
  readonly #journal: Journal
  readonly #settings: SettingsSource
  readonly #services: Services
  readonly #backOff = new BackOff()
  readonly #notifier: Notifier
  readonly #queue
  readonly #counts = { sent: 0, failed: 0 }
  readonly #stops: (() => void)[] = []
  #running: { stop(): Promise<void> } | undefined

  constructor(context: NotificationsContext, journal: Journal) {
    const { home, namespace, consoleUrl, clock, network } = context
    this.#context = context
    this.#journal = journal
    this.#settings = new SettingsSource(home.cache, namespace, consoleUrl)
    this.#services = new Services({ policy: network, now: () => clock.now(), journal })
    this.#queue = createWorkQueue({ clock, backOff: { baseMs: 1000, maxMs: 120_000 } })
    this.#notifier = new Notifier({
      ...context,
      journal,
      backOff: this.#backOff,
      services: this.#services,
      settings: () => this.#settings.current(),
      count: (what) => {
        this.#counts[what] += 1
      },
    })
  }

  async start(): Promise<void> {
    const { clock, home, log } = this.#context
    this.#stops.push(home.cache.subscribe((change) => this.#onChange(change)))
    this.#warn()
    if (home.cache.isSynced && home.cache.follows({ group, kind: 'Application' })) {
      const there = new Set(this.#applications().map(({ metadata }) => metadata.uid))
      for (const uid of await this.#journal.applications()) if (!there.has(uid)) await this.#journal.forgetApplication(uid)
    }
    this.#lookAtAll()
    this.#running = runReconciler({
      queue: this.#queue,
      reconcile: (key) => this.#look(key),
      clock,
      concurrency,
      onOutcome: (key, outcome) => {
        if ('failed' in outcome)
          log.warn(
            { application: key, error: this.#settings.current().mask.masked(outcome.failed.message) },
            'Notifications of an application could not be looked at',
          )
      },
    })
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    // A service that does not answer holds nobody up: its message is sent again after the next start, as after a crash.
    let timer: { cancel(): void } | undefined
    const late = new Promise<void>((resolve) => {
      timer = this.#context.clock.setTimeout(resolve, stopWaitMs)
    })
    await Promise.race([this.#running?.stop(), late]).finally(() => timer?.cancel())
  }

  async #look(key: string): Promise<Outcome> {
    const [namespace = '', name = ''] = key.split('/')
    const application = this.#application({ namespace, name })
    return application === undefined ? done : this.#notifier.look(application, this.#projectOf(application))
  }

  #applications(): KubeObject[] {
    const { home, applications } = this.#context
    return home.cache
      .ofKind({ group, kind: 'Application' })
      .filter(({ metadata }) => applications.isNamespaceEnabled(metadata.namespace ?? ''))
  }

  #application({ name, namespace }: ApplicationRef): KubeObject | undefined {
    const { home, applications } = this.#context
    return applications.isNamespaceEnabled(namespace) ? home.cache.get({ group, kind: 'Application', namespace, name }) : undefined
  }

  #projectOf(application: KubeObject): KubeObject | undefined {
    return this.#context.home.cache.get({ group, kind: 'AppProject', namespace: this.#context.namespace, name: projectName(application) })
  }

  #lookAtAll(): void {
    for (const application of this.#applications()) this.#queue.add(keyOf(application))
  }

  #onChange({ key, previous, current }: CacheChange): void {
    if (this.#settings.isAbout(key)) {
      this.#warn()
      this.#backOff.hurry()
      this.#lookAtAll()
    }
    if (key.group === '' && key.kind === 'ConfigMap' && key.name === namespacesSetting && key.namespace === this.#context.namespace)
      this.#lookAtAll()
    if (key.group !== group) return
    if (key.kind === 'Application') {
      const uid = previous?.metadata.uid
      if (uid !== undefined && uid !== current?.metadata.uid) {
        this.#backOff.clearAll(`${uid} `)
        // What is left over goes with the next start.
        this.#journal.forgetApplication(uid).catch(() => undefined)
      }
      if (current && this.#context.applications.isNamespaceEnabled(key.namespace)) this.#queue.add(keyOf(current))
    } else if (key.kind === 'AppProject' && key.namespace === this.#context.namespace) {
      for (const application of this.#applications()) if (projectName(application) === key.name) this.#queue.add(keyOf(application))
    }
  }

  #warn(): void {
    for (const problem of this.#settings.current().problems)
      this.#context.log.warn({ problem }, 'a setting of notifications cannot be used, and is left out')
  }

  services(): string[] {
    return [...this.#settings.current().services.keys()].toSorted()
  }

  triggers(): Record<string, readonly TriggerCondition[]> {
    return Object.fromEntries(
      [...this.#settings.current().triggers].flatMap(([name, read]) =>
        'value' in read ? [[name, read.value.map(({ whenTree: _when, oncePerTree: _once, ...condition }) => condition)]] : [],
      ),
    )
  }

  templates(): Record<string, NotificationTemplate> {
    const { mask, templates } = this.#settings.current()
    const read = [...templates].flatMap(([name, one]) => ('value' in one ? [[name, one.value] as const] : []))
    return mask.maskedTexts(Object.fromEntries(read)) as Record<string, NotificationTemplate>
  }

  problems(): readonly string[] {
    return this.#settings.current().problems
  }

  async runTrigger(trigger: string, ref: ApplicationRef): Promise<ConditionVerdict[]> {
    const settings = this.#settings.current()
    const found = settings.triggers.get(trigger)
    if (found === undefined) throw missing('trigger', trigger, [...settings.triggers.keys()])
    if ('problem' in found) throw new PlimsollError('invalid-request', found.problem)
    const app = this.#require(ref)
    const results = await runTrigger(found.value, {
      app,
      project: this.#projectOf(app),
      settings,
      commits: new Commits(this.#context.repositories, app),
      now: () => this.#context.clock.now(),
    })
    return results.map(({ isTriggered, problem }, index) => ({
      when: found.value[index]?.when ?? '',
      isTriggered,
      ...(problem !== undefined && { problem: settings.mask.masked(problem) }),
    }))
  }

  async preview(template: string, ref: ApplicationRef, to: Destination): Promise<NotificationTemplate> {
    const { content } = await this.#compose(template, ref, to)
    return this.#settings.current().mask.maskedTexts(content) as NotificationTemplate
  }

  async notify(template: string, ref: ApplicationRef, to: Destination): Promise<void> {
    const settings = this.#settings.current()
    try {
      const send = await this.#services.named(settings, to.service)
      await send({ ...to, ...(await this.#compose(template, ref, to)), id: randomUUID() })
      this.#counts.sent += 1
    } catch (error) {
      this.#counts.failed += 1
      if (!(error instanceof SendError) && !(error instanceof PlimsollError)) throw error
      if (error instanceof PlimsollError && error.code === 'not-found') throw error
      throw new PlimsollError('invalid-request', `${to.service}: ${settings.mask.masked(error.message)}`)
    }
  }

  async #compose(template: string, ref: ApplicationRef, to: Destination): Promise<Composed> {
    const settings = this.#settings.current()
    if (!settings.templates.has(template)) throw missing('template', template, [...settings.templates.keys()])
    const app = this.#require(ref)
    const commits = new Commits(this.#context.repositories, app)
    try {
      return await compose(this.#context.templates, [template], { app, project: this.#projectOf(app), settings, commits }, to)
    } catch (error) {
      if (error instanceof TemplateProblem) throw new PlimsollError('invalid-request', settings.mask.masked(error.message))
      throw error
    }
  }

  #require(ref: ApplicationRef): KubeObject {
    const application = this.#application(ref)
    if (application === undefined)
      throw new PlimsollError(
        'not-found',
        `There is no application '${ref.name.slice(0, 80)}' in namespace '${ref.namespace.slice(0, 80)}'.`,
      )
    return application
  }

  stats(): { sent: number; failed: number } {
    return { ...this.#counts }
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function missing(what: string, name: string, known: readonly string[]): PlimsollError {
  return new PlimsollError('not-found', `There is no ${what} '${name.slice(0, 80)}' of notifications.`, {
    remedy: `There are ${known.toSorted().join(', ')}.`,
  })
}
