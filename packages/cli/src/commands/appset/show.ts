import type { ApplicationSet } from '@plimsoll/api'
import type { Command } from 'commander'
import { pendingDeletionText, qualifiedSetName, setSummary, setTable } from '../../output/application-set.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { addSwitch, collect } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addNamespaceOption, readSetName, setPath } from './set-argument.ts'

interface ListOptions {
  output: string
  selector?: string
  project?: string[]
  appsetNamespace?: string
}

export function addList(appset: Command): void {
  const command = appset
    .command('list')
    .alias('ls')
    .description('list application sets')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
    .option('-l, --selector <selector>', 'by label: =, ==, !=, in, notin, exists')
    .option('-p, --project <name>', 'of a project; can be repeated', collect)
  addNamespaceOption(command).action(async ({ output, selector, project, appsetNamespace }: ListOptions) => {
    requireOutput(output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: ApplicationSet[] }>('/api/v1/applicationsets', {
        selector,
        projects: project,
        appsetNamespace,
      })
      if (printStructured(items, output)) return
      if (output === 'name') for (const set of items) print(qualifiedSetName(set))
      else print(setTable(items, output === 'wide'))
    })
  })
}

export function addGet(appset: Command): void {
  const command = appset
    .command('get <APPSETNAME>')
    .description('show an application set: its conditions, and what waits')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  addSwitch(command, '--show-params', 'Helm parameters of the template as well')
  addSwitch(command, '--refresh', 'ask every generator again first')
  addNamespaceOption(command).action(
    async (name: string, options: { output: string; showParams?: boolean; refresh?: boolean; appsetNamespace?: string }) => {
      requireOutput(options.output, ['wide', 'json', 'yaml', ''])
      const argument = readSetName(name, options.appsetNamespace)
      const query = { appsetNamespace: argument.appsetNamespace }
      await withClient(command, async (client) => {
        if (options.refresh) await client.send('POST', setPath(argument, '/refresh'), { query, body: {} })
        const set = await client.get<ApplicationSet>(setPath(argument), query)
        if (printStructured(set, options.output)) return
        printSet(set)
        if (options.showParams) print(`\n${table(['NAME', 'VALUE'], parametersOf(set))}`)
      })
    },
  )
}

export function printSet(set: ApplicationSet): void {
  print(setSummary(set))
  const pending = pendingDeletionText(set)
  if (pending !== undefined) print(`\n${pending}`)
}

function parametersOf({ spec }: ApplicationSet): string[][] {
  const { source } = (spec.template.spec ?? {}) as { source?: { helm?: { parameters?: { name?: string; value?: string }[] } } }
  return (source?.helm?.parameters ?? []).map(({ name = '', value = '' }) => [name, value])
}
