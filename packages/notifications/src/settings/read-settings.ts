import { type LabelMatcher, parseLabelSelector } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { z } from 'zod'
import type { Destination } from '../contract.ts'
import { ExpressionError, type Node, parseExpression } from '../expression/index.ts'
import { SecretMask } from '../secret-mask.ts'
import { catalogTemplates, catalogTriggers } from './catalog.ts'
import {
  DefaultSubscription,
  EmailOptions,
  GitHubOptions,
  NotificationTemplate,
  SlackOptions,
  Trigger,
  type TriggerCondition,
  WebhookOptions,
} from './fields.ts'

export type ServiceSettings =
  | { type: 'slack'; options: SlackOptions }
  | { type: 'webhook'; options: WebhookOptions }
  | { type: 'email'; options: EmailOptions }
  | { type: 'github'; options: GitHubOptions }

/** Something that is named, or why it cannot be used. */
export type Read<T> = { value: T } | { problem: string }

export interface CompiledCondition extends TriggerCondition {
  whenTree: Read<Node>
  oncePerTree: Read<Node> | undefined
}

/** What the operator says about notifications, as read at one moment. */
export interface NotificationSettings {
  services: ReadonlyMap<string, Read<ServiceSettings>>
  triggers: ReadonlyMap<string, Read<readonly CompiledCondition[]>>
  templates: ReadonlyMap<string, Read<NotificationTemplate>>
  context: Readonly<Record<string, string>>
  secrets: Readonly<Record<string, string>>
  mask: SecretMask
  subscriptions: readonly { destinations: Destination[]; triggers: readonly string[]; selector: LabelMatcher }[]
  defaultTriggers: readonly string[]
  /** By the name of a service. */
  defaultTriggersOf: ReadonlyMap<string, readonly string[]>
  problems: readonly string[]
}

const serviceSchemas = { slack: SlackOptions, webhook: WebhookOptions, email: EmailOptions, github: GitHubOptions } as const
const names = z.array(z.string())
/** As GitOps tools know them; a ConfigMap has at most 1 MiB as it is. */
const maxText = 256 * 1024

/**
 * Argo CD's ConfigMap `argocd-notifications-cm` and Secret `argocd-notifications-secret` (notifications-engine `pkg/api/config.go`). One key that cannot be
 * read costs itself alone.
 */
export function readSettings(data: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>>): NotificationSettings {
  const problems: string[] = []
  const services = new Map<string, Read<ServiceSettings>>()
  const triggers = new Map(
    Object.entries(catalogTriggers).map(([name, one]) => [name, { value: one.map(compiled) }] as [string, Read<CompiledCondition[]>]),
  )
  const templates = new Map(
    Object.entries(catalogTemplates).map(([name, value]) => [name, { value }] as [string, Read<NotificationTemplate>]),
  )
  const defaultTriggersOf = new Map<string, readonly string[]>()

  function attempt<T>(key: string, read: (document: unknown) => T): Read<T> {
    try {
      const text = data[key] ?? ''
      if (text.length > maxText) throw new Error(`has more than ${maxText / 1024} KiB`)
      return { value: read(yaml.load(text, { schema: yaml.CORE_SCHEMA })) }
    } catch (error) {
      const problem = `${key}: ${problemOf(error)}`
      problems.push(problem)
      return { problem }
    }
  }

  for (const key of Object.keys(data).toSorted()) {
    const [kind = '', ...rest] = key.split('.')
    const name = rest.join('.')
    if (name === '') continue
    if (kind === 'template')
      templates.set(
        name,
        attempt(key, (document) => NotificationTemplate.parse(document ?? {})),
      )
    else if (kind === 'trigger')
      triggers.set(
        name,
        attempt(key, (document) => Trigger.parse(document ?? []).map(compiled)),
      )
    else if (kind === 'defaultTriggers') {
      const read = attempt(key, (document) => names.parse(document ?? []))
      if ('value' in read) defaultTriggersOf.set(name, read.value)
    } else if (kind === 'service')
      services.set(
        rest[1] ?? name,
        attempt(key, (document) => serviceOf(rest, document, secrets)),
      )
  }
  for (const [name, trigger] of triggers) {
    if (!('value' in trigger)) continue
    for (const { when, whenTree, oncePer, oncePerTree } of trigger.value) {
      if ('problem' in whenTree) problems.push(`trigger.${name}: when: ${when ?? ''}: ${whenTree.problem}`)
      if (oncePerTree && 'problem' in oncePerTree) problems.push(`trigger.${name}: oncePer: ${oncePer ?? ''}: ${oncePerTree.problem}`)
    }
  }
  const context = valueOr(attempt('context', contextOf), {})
  const subscriptions = valueOr(
    attempt('subscriptions', (document) =>
      z
        .array(DefaultSubscription)
        .parse(document ?? [])
        .map(subscriptionOf),
    ),
    [],
  )
  const mask = new SecretMask(Object.values(secrets))
  return {
    services,
    triggers,
    templates,
    context,
    secrets,
    mask,
    subscriptions,
    defaultTriggers: valueOr(
      attempt('defaultTriggers', (document) => names.parse(document ?? [])),
      [],
    ),
    defaultTriggersOf,
    problems: problems.map((problem) => mask.masked(problem)),
  }
}

function valueOr<T>(read: Read<T>, fallback: T): T {
  return 'value' in read ? read.value : fallback
}

function serviceOf([type = '', ...more]: readonly string[], document: unknown, secrets: Readonly<Record<string, string>>): ServiceSettings {
  if (more.length > 1) throw new Error('is neither service.TYPE nor service.TYPE.NAME')
  if (!Object.hasOwn(serviceSchemas, type)) {
    throw new Error(`there is no service '${type.slice(0, 40)}' here; there are ${Object.keys(serviceSchemas).join(', ')}`)
  }
  const known = type as keyof typeof serviceSchemas
  return { type: known, options: serviceSchemas[known].parse(withSecrets(document ?? {}, secrets)) } as ServiceSettings
}

/** `$name` in a text stands for what the Secret has under that name; what it has not stays as it is written. */
function withSecrets(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$([\w-]+)/g, (written, name: string) => (Object.hasOwn(secrets, name) ? (secrets[name] ?? '') : written))
  }
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecrets(item, secrets)]))
}

function contextOf(document: unknown): Record<string, string> {
  const read = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).parse(document ?? {})
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]))
}

function subscriptionOf({
  recipients,
  triggers,
  selector,
}: z.infer<typeof DefaultSubscription>): NotificationSettings['subscriptions'][number] {
  return { destinations: (recipients ?? []).map(destinationOf), triggers: triggers ?? [], selector: parseLabelSelector(selector ?? '') }
}

/** `slack:team-a`; a recipient may have colons of its own. */
export function destinationOf(text: string): Destination {
  const colon = text.indexOf(':')
  return colon < 0
    ? { service: text.trim(), recipient: '' }
    : { service: text.slice(0, colon).trim(), recipient: text.slice(colon + 1).trim() }
}

function compiled(condition: TriggerCondition): CompiledCondition {
  const { oncePer } = condition
  return {
    ...condition,
    whenTree: treeOf(condition.when === undefined || condition.when === '' ? 'false' : condition.when),
    oncePerTree: oncePer === undefined || oncePer === '' ? undefined : treeOf(oncePer),
  }
}

function treeOf(text: string): Read<Node> {
  try {
    return { value: parseExpression(text) }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return { problem: error.message }
  }
}

function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues
    const path = issue?.path.map(String).join('.') ?? ''
    return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'cannot be read'}`
  }
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
