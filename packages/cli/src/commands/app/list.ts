import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import { applicationPages } from '../../client/application-pages.ts'
import { applicationTable, qualifiedName } from '../../output/application.ts'
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
  health?: string[]
  sync?: string[]
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
    .option('--health <status>', 'of a health status; can be repeated', collect)
    .option('--sync <status>', 'of a sync status; can be repeated', collect)
  command.action(async (options: ListOptions) => {
    requireOutput(options.output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { selector, project: projects, repo, appNamespace, cluster, path, health, sync } = options
      const query = { selector, projects, repo, appNamespace, cluster, path, health, sync }
      if (options.output === 'name') {
        for await (const page of applicationPages(client, query, true)) for (const application of page) print(qualifiedName(application))
        return
      }
      const items: Application[] = []
      for await (const page of applicationPages(client, query)) items.push(...page)
      if (!printStructured(items, options.output)) print(applicationTable(items, options.output === 'wide'))
    })
  })
}
