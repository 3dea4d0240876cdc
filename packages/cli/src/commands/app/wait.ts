import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { applicationPages } from '../../client/application-pages.ts'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { qualifiedName } from '../../output/application.ts'
import { print, requireOutput } from '../../output/print.ts'
import { addSwitch, collect, readApplicationName, readSeconds } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { printState, stateFormats } from './get.ts'
import { readResourceSelectors } from './resource-selector.ts'
import { isGone, waitUntil, type WaitConditions } from './wait-until.ts'

interface WaitOptions extends WaitConditions {
  selector?: string
  resource?: string[]
  timeout: number
  output: string
  appNamespace?: string
}

export function addWait(app: Command): void {
  const command = app
    .command('wait [APPNAMES...]')
    .description('wait until applications are synced and healthy and nothing is under way')
    .option('-l, --selector <selector>', 'applications by label')
    .option('--resource <resource>', 'only resources GROUP:KIND:NAME, or all but !GROUP:KIND:NAME; can be repeated', collect)
    .option('--timeout <seconds>', 'give up after so many seconds; 0: never', readSeconds, 0)
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('-N, --app-namespace <namespace>', 'namespace of the applications')
  addSwitch(command, '--sync', 'wait until synced')
  addSwitch(command, '--health', 'wait until healthy')
  addSwitch(command, '--operation', 'wait until no operation is under way')
  addSwitch(command, '--suspended', 'wait until suspended')
  addSwitch(command, '--degraded', 'wait until degraded')
  addSwitch(command, '--delete', 'wait until deleted')
  command.action(async (names: string[], options: WaitOptions) => {
    requireOutput(options.output, stateFormats)
    if (names.length === 0 && options.selector === undefined) throw usageFailure('Name an application, or select some with -l.')
    const resources = readResourceSelectors(options.resource)
    await withClient(command, async (client) => {
      for (const name of await namesOf(client, names, options)) {
        const argument = readApplicationName(name, options.appNamespace)
        if (options.delete && (await isGone(client, argument))) {
          print(`Application '${name}' deleted`)
          continue
        }
        await requireApplication(client, argument)
        const application = await waitUntil(client, argument, {
          conditions: conditionsOf(options),
          timeoutSeconds: options.timeout,
          resources,
          progress: showsProgress(options.output),
        })
        if (application === undefined) print(`Application '${name}' deleted`)
        else await printState(client, argument, application, { output: options.output, operation: options.operation ?? false })
      }
    })
  })
}

/** A name that nobody has would be waited for until the time is up. */
export async function requireApplication(
  client: ApiClient,
  argument: { name: string; appNamespace: string | undefined },
): Promise<Application> {
  return client.get<Application>(`/api/v1/applications/${encodeURIComponent(argument.name)}`, { appNamespace: argument.appNamespace })
}

/** Names, or those that a selector or projects choose; none at all is a failure. */
export async function namesOf(
  client: ApiClient,
  names: readonly string[],
  by: { selector?: string; project?: string[]; appNamespace?: string },
): Promise<readonly string[]> {
  if (by.selector === undefined && (by.project ?? []).length === 0) return names
  const { selector, project: projects, appNamespace } = by
  const found: string[] = []
  for await (const page of applicationPages(client, { selector, projects, appNamespace }, true)) found.push(...page.map(qualifiedName))
  if (found.length === 0) throw new CommandFailure('No matching apps found for filter.', { remedy: 'See `plimsoll app list`.' })
  return [...names, ...found]
}

/** For people only: a program that reads the output, or no terminal at all, gets the result alone. */
export function showsProgress(output: string): boolean {
  return process.stderr.isTTY === true && !['json', 'yaml'].includes(output)
}

function conditionsOf({ sync, health, suspended, degraded, operation, delete: gone }: WaitOptions): WaitConditions {
  const given = { sync, health, suspended, degraded, operation, delete: gone }
  const chosen = Object.fromEntries(Object.entries(given).filter(([, isOn]) => isOn === true))
  return Object.keys(chosen).length > 0 ? chosen : { sync: true, health: true, operation: true }
}
