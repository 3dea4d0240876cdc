import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import type { ApiClient } from '../../client/api-client.ts'
import { collect, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface Condition {
  when?: string
  send?: string[]
}
type Template = Record<string, unknown> & { message?: string }

const formats = ['wide', 'name', 'json', 'yaml', '']
const base = '/api/v1/notifications'

/** `plimsoll admin notifications …`: verbs, flags and columns as `argocd admin notifications` has them. The server is asked, and not the cluster. */
export function addNotifications(admin: Command): void {
  const notifications = admin.command('notifications').description('triggers and templates of notifications, and trying them out')
  const template = notifications.command('template').description('what is sent')
  addTemplateGet(template)
  addTemplateNotify(template)
  const trigger = notifications.command('trigger').description('when something is sent')
  addTriggerGet(trigger)
  addTriggerRun(trigger)
}

function addTemplateGet(template: Command): void {
  const command = template
    .command('get [NAME]')
    .description('show templates, or one')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async (name: string | undefined, { output }: { output: string }) => {
    requireOutput(output, formats)
    await withClient(command, async (client) => {
      const names = await namesOf(client, 'templates', name)
      if (output === 'name') return names.forEach((one) => print(one))
      const items = await all(names, async (one) => (await client.get<{ template: Template }>(path('templates', one))).template)
      if (printStructured(items, output)) return
      print(
        table(
          ['NAME', 'PREVIEW'],
          Object.entries(items).map(([one, item]) => [one, previewOf(item)]),
        ),
      )
    })
  })
}

function addTemplateNotify(template: Command): void {
  const command = template
    .command('notify <NAME> <APPNAME>')
    .description('fill a template in for an application and print it, or send it to recipients')
    .option('--recipient <recipient>', 'such as slack:my-channel; can be repeated (default: console:stdout)', collect)
  command.action(async (name: string, application: string, { recipient }: { recipient?: string[] }) => {
    await withClient(command, async (client) => {
      for (const to of recipient ?? ['console:stdout']) {
        const body = { ...aboutOf(application), recipient: to }
        const { notification } = await client.send<{ notification?: Template }>('POST', path('templates', name, '/notify'), { body })
        if (notification !== undefined) printStructured(notification, 'yaml')
        else print(`Sent to ${to}`)
      }
    })
  })
}

function addTriggerGet(trigger: Command): void {
  const command = trigger
    .command('get [NAME]')
    .description('show triggers, or one')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async (name: string | undefined, { output }: { output: string }) => {
    requireOutput(output, formats)
    await withClient(command, async (client) => {
      const names = await namesOf(client, 'triggers', name)
      if (output === 'name') return names.forEach((one) => print(one))
      const items = await all(names, async (one) => (await client.get<{ conditions: Condition[] }>(path('triggers', one))).conditions)
      if (printStructured(items, output)) return
      const rows = Object.entries(items).flatMap(([one, conditions]) =>
        conditions.map(({ when = '', send = [] }, index) => [index === 0 ? one : '', send.join(', '), when]),
      )
      print(table(['NAME', 'TEMPLATE', 'CONDITION'], rows))
    })
  })
}

function addTriggerRun(trigger: Command): void {
  const command = trigger
    .command('run <NAME> <APPNAME>')
    .description('say how the conditions of a trigger stand for an application; nothing is sent')
  command.action(async (name: string, application: string) => {
    await withClient(command, async (client) => {
      const { conditions } = await client.send<{ conditions: { when: string; triggered: boolean; problem?: string }[] }>(
        'POST',
        path('triggers', name, '/run'),
        { body: aboutOf(application) },
      )
      print(
        table(
          ['CONDITION', 'RESULT'],
          conditions.map(({ when, triggered, problem }) => [when, problem === undefined ? String(triggered) : `false (${problem})`]),
        ),
      )
    })
  })
}

function path(kind: 'templates' | 'triggers', name: string, below = ''): string {
  return `${base}/${kind}/${encodeURIComponent(name)}${below}`
}

async function namesOf(client: ApiClient, kind: 'templates' | 'triggers', name: string | undefined): Promise<string[]> {
  if (name !== undefined) return [name]
  return (await client.get<{ items: { name: string }[] }>(`${base}/${kind}`)).items.map((item) => item.name)
}

async function all<T>(names: readonly string[], read: (name: string) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)))
}

/** As argocd shows a template: its message, or all of it, one line of at most a hundred characters. */
function previewOf({ message, ...rest }: Template): string {
  const line = (message === undefined || message === '' ? JSON.stringify(rest) : message).split('\n', 1)[0] ?? ''
  return line.length > 100 ? `${line.slice(0, 99)}...` : line
}

function aboutOf(called: string): { application: string; appNamespace?: string } {
  const { name, appNamespace } = readApplicationName(called)
  return { application: name, ...(appNamespace !== undefined && { appNamespace }) }
}
