import type { Application, ApplicationSyncWindows, ApplicationTree } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { applicationSummary, operationSummary, parameterTable, resourceTable } from '../../output/application.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { drawTree } from '../../output/resource-tree.ts'
import { addSwitch, applicationPath, readApplicationName, readSeconds, type ApplicationArgument } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface GetOptions {
  output: string
  refresh?: boolean
  hardRefresh?: boolean
  showOperation?: boolean
  showParams?: boolean
  appNamespace?: string
}

export const stateFormats = ['wide', '', 'json', 'yaml', 'tree', 'tree=detailed'] as const

export function addGet(app: Command): void {
  const command = app
    .command('get <APPNAME>')
    .description('show an application')
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('--timeout <seconds>', 'kept for scripts; a look has a limit of its own', readSeconds)
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--refresh', 'look at Git and the cluster again first')
  addSwitch(command, '--hard-refresh', 'as --refresh, and render the manifests anew')
  addSwitch(command, '--show-operation', 'with the last operation')
  addSwitch(command, '--show-params', 'with the parameters that the application sets for its charts')
  command.action(async (name: string, options: GetOptions) => {
    requireOutput(options.output, stateFormats)
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const refresh = options.hardRefresh ? 'hard' : options.refresh ? 'normal' : undefined
      const application = await client.get<Application>(applicationPath(argument), { appNamespace: argument.appNamespace, refresh })
      await printState(client, argument, application, { output: options.output, operation: options.showOperation ?? false })
      if (options.showParams && ['wide', ''].includes(options.output)) print(`\n${parameterTable(application)}`)
    })
  })
}

/** `app get --refresh` under a name of its own. */
export function addRefresh(app: Command): void {
  const command = app
    .command('refresh <APPNAME>')
    .description('look at Git and the cluster again, and show the application')
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--hard', 'render the manifests anew')
  command.action(async (name: string, options: { output: string; hard?: boolean; appNamespace?: string }) => {
    requireOutput(options.output, stateFormats)
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const refresh = options.hard ? 'hard' : 'normal'
      const application = await client.get<Application>(applicationPath(argument), { appNamespace: argument.appNamespace, refresh })
      await printState(client, argument, application, { output: options.output, operation: false })
    })
  })
}

export async function printState(
  client: ApiClient,
  argument: ApplicationArgument,
  application: Application,
  options: { output: string; operation: boolean },
): Promise<void> {
  if (printStructured(application, options.output)) return
  const windows = await client.get<ApplicationSyncWindows>(applicationPath(argument, '/syncwindows'), {
    appNamespace: argument.appNamespace,
  })
  print(
    applicationSummary(
      application,
      `${client.connection.url}/applications/${application.metadata.namespace ?? 'argocd'}/${application.metadata.name}`,
      windows,
    ),
  )
  const operation = options.operation ? operationSummary(application) : ''
  if (operation !== '') print(`\n${operation}`)
  if (options.output.startsWith('tree')) {
    const tree = await client.get<ApplicationTree>(applicationPath(argument, '/resource-tree'), { appNamespace: argument.appNamespace })
    print(`\n${drawTree(application, tree)}`)
  } else if ((application.status?.resources ?? []).length > 0 || application.status?.operationState?.syncResult) {
    print(`\n${resourceTable(application)}`)
  }
}
