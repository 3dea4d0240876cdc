import yaml from 'js-yaml'
import { z } from 'zod'
import type { Destination } from './contract.ts'
import { destinationOf, type NotificationSettings } from './settings/read-settings.ts'

const prefix = 'notifications.argoproj.io/subscribe.'
const listAnnotation = 'notifications.argoproj.io/subscriptions'
/** Of Argo CD's notifications before 1.0. */
const oldAnnotation = 'recipients.argocd-notifications.argoproj.io'
const maxDestinations = 200

const Subscriptions = z.array(
  z.looseObject({
    trigger: z.array(z.string()).nullish(),
    destinations: z.array(z.looseObject({ service: z.string(), recipients: z.array(z.string()).nullish() })).nullish(),
  }),
)

export interface Subscribed {
  /** By trigger, each destination once. */
  byTrigger: ReadonlyMap<string, readonly Destination[]>
  problems: readonly string[]
}

/** Who is to be told about an object: by its own annotations, by those of its project, and by what the operator has subscribed for all. */
export function subscriptionsOf(
  settings: NotificationSettings,
  object: { labels: Readonly<Record<string, string>>; annotations: readonly Readonly<Record<string, string>>[] },
): Subscribed {
  const byTrigger = new Map<string, Destination[]>()
  const problems: string[] = []
  let count = 0

  function add(trigger: string, { service, recipient }: Destination): void {
    if (trigger === '') return
    const known = byTrigger.get(trigger) ?? []
    byTrigger.set(trigger, known)
    if (known.some((one) => one.service === service && one.recipient === recipient)) return
    count += 1
    if (count <= maxDestinations) known.push({ service, recipient })
    else if (count === maxDestinations + 1) problems.push(`there are more than ${maxDestinations} subscriptions; the others are left out`)
  }

  function subscribe(triggers: readonly string[], service: string, recipients: readonly string[]): void {
    const chosen = triggers.length > 0 ? triggers : (settings.defaultTriggersOf.get(service) ?? settings.defaultTriggers)
    for (const trigger of chosen) for (const recipient of recipients) add(trigger, { service, recipient })
  }

  for (const { destinations, triggers, selector } of settings.subscriptions) {
    if (!selector.matches(object.labels)) continue
    for (const trigger of triggers.length > 0 ? triggers : settings.defaultTriggers) for (const one of destinations) add(trigger, one)
  }
  for (const [name, text] of object.annotations.flatMap((annotations) => Object.entries(annotations))) {
    if (name.startsWith(prefix)) {
      const parts = name.slice(prefix.length).split('.')
      const [trigger, service] = parts.length === 1 ? [[], parts[0] ?? ''] : [[parts[0] ?? ''], parts[1] ?? '']
      subscribe(trigger, service, text === '' ? [''] : recipientsIn(text, ';'))
    } else if (name === listAnnotation || name.startsWith(`${listAnnotation}.`)) {
      try {
        for (const { trigger, destinations } of Subscriptions.parse(yaml.load(text, { schema: yaml.CORE_SCHEMA }) ?? []))
          for (const { service, recipients } of destinations ?? []) subscribe(trigger ?? [], service, recipients ?? [''])
      } catch {
        problems.push(
          `annotation ${name} is no list of subscriptions: each has a list 'trigger', and 'destinations' with 'service' and 'recipients'`,
        )
      }
    } else if (name === oldAnnotation || name.endsWith(`.${oldAnnotation}`)) {
      const trigger = name.slice(0, -oldAnnotation.length - 1)
      for (const { service, recipient } of recipientsIn(text, ',').map(destinationOf))
        subscribe(trigger === '' ? [] : [trigger], service, [recipient])
    }
  }
  return { byTrigger, problems }
}

function recipientsIn(text: string, separator: string): string[] {
  return text.split(separator).flatMap((one) => one.trim() || [])
}
