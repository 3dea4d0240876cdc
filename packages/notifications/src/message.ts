import type { KubeObject } from '@plimsoll/kube'
import type { Templates } from '@plimsoll/render'
import type { Commits } from './commits.ts'
import type { Destination } from './contract.ts'
import { NotificationTemplate } from './settings/fields.ts'
import type { NotificationSettings } from './settings/read-settings.ts'

/** What templates of a message are filled in from. */
export interface MessageSubject {
  app: KubeObject
  project: KubeObject | undefined
  settings: NotificationSettings
  commits: Commits
}

/** What is wrong with a template, as a message to whoever wrote it. */
export class TemplateProblem extends Error {
  override readonly name = 'TemplateProblem'
}

const maxRounds = 5

export interface Composed {
  content: NotificationTemplate
  about: { repoURL: string; revision: string }
}

/**
 * What templates make for one destination, one laid over the other. Only the parts that its service sends are filled in: a mistake in what is for e-mail
 * keeps nobody from a message in Slack. Throws `TemplateProblem`.
 */
export async function compose(templates: Templates, names: readonly string[], subject: MessageSubject, to: Destination): Promise<Composed> {
  const { settings } = subject
  const found = settings.services.get(to.service)
  const type = found && 'value' in found ? found.value.type : undefined
  const parts = names.map((name) => {
    const template = settings.templates.get(name)
    if (template === undefined) throw new TemplateProblem(`there is no template '${name}'`)
    if ('problem' in template) throw new TemplateProblem(template.problem)
    return partFor(template.value, type, to.service)
  })
  const parameters = {
    app: subject.app,
    appProject: subject.project ?? {},
    context: new Map(Object.entries(settings.context)),
    secrets: new Map(Object.entries(settings.secrets)),
    serviceType: to.service,
    recipient: to.recipient,
  }
  for (let round = 0; ; round += 1) {
    const [filling] = await templates.fill({ template: parts, parameters: [parameters], dialect: 'go', commits: subject.commits.known })
    if (filling !== undefined && 'value' in filling) {
      const made = filling.value as NotificationTemplate[]
      return { content: NotificationTemplate.parse(made.reduce(laidOver, {})), about: aboutOf(subject.app) }
    }
    if (filling?.commits === undefined || round >= maxRounds)
      throw new TemplateProblem(`template ${names.join(', ')}: ${filling?.problem ?? ''}`)
    await subject.commits.learn(filling.commits)
  }
}

/** The first source that is in Git, and the commit of it that was synced. */
function aboutOf({ spec, status }: KubeObject): Composed['about'] {
  const { source, sources } = (spec ?? {}) as { source?: Source; sources?: Source[] }
  const { operationState } = (status ?? {}) as { operationState?: { syncResult?: { revision?: string; revisions?: string[] } } }
  const { revision = '', revisions } = operationState?.syncResult ?? {}
  const all = sources && sources.length > 0 ? sources : [source ?? {}]
  const index = Math.max(
    0,
    all.findIndex(({ chart }) => chart === undefined),
  )
  return { repoURL: String(all[index]?.repoURL ?? ''), revision: String(revisions?.[index] ?? revision) }
}

interface Source {
  repoURL?: string
  chart?: string
}

function partFor(template: NotificationTemplate, type: string | undefined, service: string): NotificationTemplate {
  const { message, slack, email, webhook, github } = template
  return {
    ...(message !== undefined && { message }),
    ...(type === 'slack' && slack && { slack }),
    ...(type === 'email' && email && { email }),
    ...(type === 'github' && github && { github }),
    ...(type === 'webhook' && webhook && Object.hasOwn(webhook, service) && { webhook: { [service]: webhook[service] ?? {} } }),
    // Of no service: all of it, for who wants to see it.
    ...(type === undefined && template),
  }
}

/** Of two templates the later one's fields count, where they hold anything. */
function laidOver(under: NotificationTemplate, over: NotificationTemplate): NotificationTemplate {
  return merged(under, over, 0) as NotificationTemplate
}

function merged(under: unknown, over: unknown, depth: number): unknown {
  if (over === '' || over === undefined) return under
  if (depth > 4 || !isMapping(under) || !isMapping(over)) return over
  return Object.fromEntries(
    [...new Set([...Object.keys(under), ...Object.keys(over)])].map((key) => [key, merged(under[key], over[key], depth + 1)]),
  )
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
