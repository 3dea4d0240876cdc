import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import { applicationTable, qualifiedName, sourceOf } from '../../output/application.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { collect } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface ListOptions {
  output: string
  selector?: string
  project?: string[]
  repo?: string
  appNamespace?: string
  cluster?: string
  path?: string
}

export function addList(app: Command): void {
  const command = app
    .command('list')
    .alias('ls')
    .description('list applications')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
    .option('-l, --selector <selector>', 'by label: =, ==, !=, in, notin, exists')
    .option('-p, --project <name>', 'of a project; can be repeated', collect)
    .option('-r, --repo <url>', 'of a repository')
    .option('-N, --app-namespace <namespace>', 'in a namespace')
    .option('-c, --cluster <cluster>', 'deployed to a cluster, by name or address')
    .option('-P, --path <path>', 'of a path')
  command.action(async (options: ListOptions) => {
    requireOutput(options.output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { selector, project, repo, appNamespace } = options
      const list = await client.get<{ items: Application[] | null }>('/api/v1/applications', {
        selector,
        projects: project,
        repo,
        appNamespace,
      })
      const items = (list.items ?? []).filter((application) => isWanted(application, options))
      if (printStructured(items, options.output)) return
      if (options.output === 'name') for (const application of items) print(qualifiedName(application))
      else print(applicationTable(items, options.output === 'wide'))
    })
  })
}

function isWanted(application: Application, { cluster, path }: ListOptions): boolean {
  const { server, name } = application.spec.destination
  if (cluster !== undefined && cluster !== server && cluster !== name) return false
  return path === undefined || sourceOf(application).path === path
}
