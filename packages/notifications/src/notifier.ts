import { done, type KubeObject, type Outcome } from '@plimsoll/kube'
import { Commits } from './commits.ts'
import type { Destination, NotificationsContext } from './contract.ts'
import { compose } from './message.ts'
import type { BackOff } from './sending/back-off.ts'
import { type Journal, keptOfApplication, type Told } from './sending/journal.ts'
import { SendError } from './services/contract.ts'
import type { Services } from './services/services.ts'
import type { NotificationSettings } from './settings/read-settings.ts'
import { subscriptionsOf } from './subscriptions.ts'
import { isFresh } from './sync-freshness.ts'
import { type ConditionResult, isAboutTime, runTrigger } from './triggers.ts'

/** As Argo CD looks again by the clock (argo-cd `notification_controller`, resyncPeriod). */
const againMs = 60_000
const maxNotice = 1000
export const notifiedAnnotation = 'notified.notifications.argoproj.io'

export interface NotifierContext extends NotificationsContext {
  journal: Journal
  backOff: BackOff
  services: Services
  settings(): NotificationSettings
  count: (what: 'sent' | 'failed') => void
}

interface Due {
  trigger: string
  condition: ConditionResult
  to: Destination
  item: string
}

/**
 * One look at one Application: which conditions hold, who is to be told and was not yet. It acts on what it reads: killed at any moment, the next look
 * finds what is left to do in the journal.
 */
export class Notifier {
  readonly #context: NotifierContext

  constructor(context: NotifierContext) {
    this.#context = context
  }

  async look(application: KubeObject, project: KubeObject | undefined): Promise<Outcome> {
    const { backOff, clock, journal, repositories } = this.#context
    const { metadata } = application
    const uid = metadata.uid ?? ''
    const settings = this.#context.settings()
    const subscribed = subscriptionsOf(settings, {
      labels: metadata.labels ?? {},
      annotations: [metadata.annotations ?? {}, project?.metadata.annotations ?? {}],
    })
    if (subscribed.byTrigger.size === 0 && subscribed.problems.length === 0) {
      this.#notice(application, settings, [])
      return done
    }
    if (!isFresh(application)) return done
    const commits = new Commits(repositories, application)
    const told = await journal.told(uid, metadata.annotations?.[notifiedAnnotation])
    const problems = [...subscribed.problems]
    const due: Due[] = []
    const over: string[] = []
    let isTimed = false
    for (const [trigger, destinations] of subscribed.byTrigger) {
      const found = settings.triggers.get(trigger)
      if (found === undefined || 'problem' in found) {
        problems.push(found?.problem ?? `it is subscribed to trigger '${trigger.slice(0, 80)}', which is not there`)
        continue
      }
      isTimed ||= found.value.some(isAboutTime)
      const results = await runTrigger(found.value, { app: application, project, settings, commits, now: () => clock.now() })
      for (const condition of results) {
        if (condition.isBroken) problems.push(`trigger ${trigger}: ${condition.problem ?? ''}`)
        for (const to of destinations) {
          const item = itemOf(trigger, condition, to)
          if (condition.isTriggered && !told.sent.has(item)) due.push({ trigger, condition, to, item })
          // What could not be told is not over.
          else if (!condition.isTriggered && condition.problem === undefined) over.push(item)
        }
      }
    }
    // What no longer holds is news again the next time, unless it is told once for each value of something.
    for (const item of over) {
      backOff.clear(keyOf(uid, item))
      if (told.sent.delete(item) || told.failed.has(item)) await journal.forget(uid, item)
    }
    const failed = await this.#sendAll(application, project, settings, commits, due, told)
    this.#notice(application, settings, [...problems, ...failed.map(({ message }) => message)])
    if (told.sent.size + told.failed.size > keptOfApplication) await journal.prune(uid)
    await this.#annotate(application, told)
    const waits = [...(isTimed ? [againMs] : []), ...failed.map(({ notBefore }) => Math.max(1, notBefore - clock.now()))]
    return waits.length === 0 ? done : { again: { afterMs: Math.min(...waits), reason: 'a message waits, or a condition is about time' } }
  }

  /** One destination after the other of one service, as Slack's threads need it; services side by side. */
  async #sendAll(
    application: KubeObject,
    project: KubeObject | undefined,
    settings: NotificationSettings,
    commits: Commits,
    due: readonly Due[],
    told: Told,
  ): Promise<{ message: string; notBefore: number }[]> {
    const { backOff, clock } = this.#context
    const uid = application.metadata.uid ?? ''
    const failures: { message: string; notBefore: number }[] = []
    const services = [...new Set(due.map(({ to }) => to.service))]
    await Promise.all(
      services.map(async (service) => {
        for (const one of due.filter(({ to }) => to.service === service)) {
          const key = keyOf(uid, one.item)
          const waiting = backOff.get(key)
          if (waiting === undefined || waiting.notBefore <= clock.now()) await this.#send(application, project, settings, commits, one)
          const failure = backOff.get(key)
          if (failure) failures.push(failure)
          else told.sent.set(one.item, Math.floor(clock.now() / 1000))
        }
      }),
    )
    return failures
  }

  async #send(
    application: KubeObject,
    project: KubeObject | undefined,
    settings: NotificationSettings,
    commits: Commits,
    { trigger, condition, to, item }: Due,
  ): Promise<void> {
    const { backOff, clock, count, journal, log, services, templates } = this.#context
    const { name, namespace = '', uid = '' } = application.metadata
    const about = { application: `${namespace}/${name}`, trigger, service: to.service, recipient: to.recipient }
    const key = keyOf(uid, item)
    let isBegun = false
    try {
      const send = await services.named(settings, to.service)
      const composed = await compose(templates, condition.templates, { app: application, project, settings, commits }, to)
      const id = await journal.begin(uid, item)
      if (id === undefined) {
        backOff.clear(key)
        return
      }
      isBegun = true
      await send({ ...to, ...composed, id })
      await journal.finish(uid, item)
      backOff.clear(key)
      count('sent')
      log.info(about, 'A notification was sent')
    } catch (error) {
      if (isBegun) await journal.fail(uid, item)
      const message = settings.mask.masked(error instanceof Error ? error.message : String(error))
      backOff.fail(
        key,
        `${trigger} to ${to.service}${to.recipient === '' ? '' : `:${to.recipient}`}: ${message}`,
        clock.now(),
        error instanceof SendError ? error.retryAfterMs : undefined,
      )
      count('failed')
      log.warn({ ...about, error: message.slice(0, 500) }, 'A notification could not be sent')
    }
  }

  #notice(application: KubeObject, settings: NotificationSettings, problems: readonly string[]): void {
    const { name, namespace = '' } = application.metadata
    const text = settings.mask.masked(problems.join('; ')).slice(0, maxNotice)
    this.#context.applications.notice({ name, namespace }, text === '' ? [] : [{ type: 'NotificationWarning', message: text }])
  }

  /** As Argo CD keeps it: so one can come from there and go back, and nobody is told anything twice. */
  async #annotate(application: KubeObject, told: Told): Promise<void> {
    const { home, log } = this.#context
    const { name, namespace = '', uid, annotations } = application.metadata
    const newest = [...told.sent].toSorted((a, b) => b[1] - a[1]).slice(0, keptOfApplication)
    const wanted = newest.length === 0 ? null : JSON.stringify(Object.fromEntries(newest.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))))
    if ((annotations?.[notifiedAnnotation] ?? null) === wanted) return
    try {
      const type = home.cache.typeOf(application.apiVersion, application.kind)
      if (!type) return
      const patch = { metadata: { ...(uid !== undefined && { uid }), annotations: { [notifiedAnnotation]: wanted } } }
      home.cache.observe(
        await home.client.patch(type, { name, namespace }, { type: 'merge', patch }, { fieldManager: 'argocd-notifications-controller' }),
      )
    } catch (error) {
      // The journal is what counts; the next look writes it.
      log.debug({ application: `${namespace}/${name}`, error: String(error) }, 'What was sent could not be written to the application')
    }
  }
}

/** As Argo CD calls what was sent (notifications-engine `pkg/controller/state.go`). */
function itemOf(trigger: string, { key, oncePer }: ConditionResult, { service, recipient }: Destination): string {
  return `${oncePer === '' ? '' : `${oncePer}:`}${trigger}:${key}:${service}:${recipient}`
}

function keyOf(uid: string, item: string): string {
  return `${uid} ${item}`
}
