import { setTimeout as sleep } from 'node:timers/promises'
import type { Application, ApplicationSet } from '@plimsoll/api'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { ApiFailure, type ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { applicationTable } from '../../output/application.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { addSwitch } from '../arguments.ts'
import { readSource } from '../read-source.ts'
import { withClient } from '../with-client.ts'
import { addNamespaceOption, setPath } from './set-argument.ts'
import { printSet } from './show.ts'

const pollMs = 500

interface CreateOptions {
  output: string
  upsert?: boolean
  dryRun?: boolean
  wait?: boolean
  appsetNamespace?: string
}

export function addCreate(appset: Command): void {
  const command = appset
    .command('create <FILES...>')
    .description('create application sets from files or URLs; - for standard input')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  addSwitch(command, '--upsert', 'change one of that name that is there already')
  addSwitch(command, '--dry-run', 'only say what it would make')
  addSwitch(command, '--wait', 'until its applications are as it wants them')
  addNamespaceOption(command).action(async (files: string[], options: CreateOptions) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const sets = await setsIn(files, options.appsetNamespace)
    await withClient(command, async (client) => {
      for (const set of sets) await create(client, set, options)
    })
  })
}

async function create(client: ApiClient, set: ApplicationSet, options: CreateOptions): Promise<void> {
  const { name } = set.metadata
  const existing = await find(client, set)
  const query = { upsert: options.upsert ?? false, dryRun: options.dryRun ?? false }
  const created = await client.send<ApplicationSet>('POST', '/api/v1/applicationsets', { query, body: set })
  const isSame = existing !== undefined && JSON.stringify(existing.spec) === JSON.stringify(created.spec)
  const what = existing === undefined ? 'created' : isSame ? 'unchanged' : 'updated'
  note(`ApplicationSet '${name}' ${what}${options.dryRun ? ' (dry-run)' : ''}`)
  if (!printStructured(created, options.output)) {
    printSet(created)
    if (options.dryRun) for (const resource of created.status?.resources ?? []) print(`would make application '${resource.name}'`)
  }
  if (!options.wait || options.dryRun) return
  await untilUpToDate(client, created)
  note(`ApplicationSet '${name}' resources are up to date`)
}

async function find(client: ApiClient, { metadata }: ApplicationSet): Promise<ApplicationSet | undefined> {
  const argument = { name: metadata.name, appsetNamespace: metadata.namespace }
  try {
    return await client.get<ApplicationSet>(setPath(argument), { appsetNamespace: metadata.namespace })
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined
    throw error
  }
}

/** What its status says at first may be about the spec before this one: it is looked at after a moment. */
async function untilUpToDate(client: ApiClient, set: ApplicationSet): Promise<void> {
  for (;;) {
    await sleep(pollMs)
    const now = await find(client, set)
    if (now === undefined)
      throw new CommandFailure(`ApplicationSet '${set.metadata.name}' was deleted before its resources were up to date.`)
    if (now.status?.conditions?.find(({ type }) => type === 'ResourcesUpToDate')?.status === 'True') return
  }
}

export function addGenerate(appset: Command): void {
  const command = appset
    .command('generate <FILE>')
    .description('show what an application set in a file or URL would make; nothing is written')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  addNamespaceOption(command).action(async (file: string, options: { output: string; appsetNamespace?: string }) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const [set, ...others] = await setsIn([file], options.appsetNamespace)
    if (set === undefined || others.length > 0) throw new CommandFailure(`${file} must hold one ApplicationSet.`)
    await withClient(command, async (client) => {
      const { applications } = await client.send<{ applications: Application[] }>('POST', '/api/v1/applicationsets/generate', {
        body: { applicationSet: set },
      })
      if (!printStructured(applications, options.output)) print(applicationTable(applications, options.output === 'wide'))
    })
  })
}

/** Every ApplicationSet of the files. A namespace in a file goes before the flag. */
async function setsIn(files: readonly string[], namespace: string | undefined): Promise<ApplicationSet[]> {
  const sets: ApplicationSet[] = []
  for (const file of files) {
    for (const document of parseAllDocuments(await readSource(file), { version: '1.1', merge: true })) {
      const [fault] = document.errors
      if (fault !== undefined) throw new CommandFailure(`${file}: ${fault.message.split('\n')[0] ?? ''}`)
      const value: unknown = document.toJS({ maxAliasCount: 100 })
      if (value === null || value === undefined) continue
      if (!isSet(value)) {
        throw new CommandFailure(`${file} holds something that is not an ApplicationSet.`, {
          remedy: 'It needs apiVersion argoproj.io/v1alpha1, kind ApplicationSet, metadata.name and spec.',
        })
      }
      sets.push(namespace !== undefined && !value.metadata.namespace ? { ...value, metadata: { ...value.metadata, namespace } } : value)
    }
  }
  if (sets.length === 0) throw new CommandFailure(`${files.join(', ')} hold no ApplicationSet.`)
  return sets
}

function isSet(value: unknown): value is ApplicationSet {
  if (typeof value !== 'object' || value === null) return false
  const { kind, metadata, spec } = value as { kind?: unknown; metadata?: { name?: unknown }; spec?: unknown }
  return kind === 'ApplicationSet' && typeof metadata?.name === 'string' && typeof spec === 'object' && spec !== null
}
