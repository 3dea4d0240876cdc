import type { Application, ResourceAction, ResourceDiff } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { addSwitch, type ApplicationArgument, applicationPath, collect, readApplicationName, readPairs } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface Filters {
  group?: string
  kind?: string
  namespace?: string
  resourceName?: string
  appNamespace?: string
}

/** One object that actions can be asked of. */
interface Actionable {
  group: string
  version: string
  kind: string
  namespace: string
  name: string
}

/** Requests under way at once: an application may have hundreds of objects. */
const together = 8

/** `plimsoll app actions …`, as `argocd app actions` has it. */
export function addActions(app: Command): void {
  const actions = app.command('actions').description('what can be done with the objects of an application')
  addListActions(actions)
  addRunAction(actions)
}

function addListActions(actions: Command): void {
  const command = withFilters(actions.command('list <APPNAME>').description('list what can be done'))
    .option('--kind <kind>', 'of objects of this kind')
    .option('-o, --out <format>', 'json, yaml', '')
  command.action(async (name: string, options: Filters & { out: string }) => {
    requireOutput(options.out, ['', 'json', 'yaml'])
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const objects = chosen(await actionableObjects(client, argument), options)
      const rows: { Group: string; Kind: string; Name: string; Action: string; Disabled: boolean }[] = []
      for (let at = 0; at < objects.length; at += together) {
        const found = await Promise.all(
          objects.slice(at, at + together).map(async (object) => {
            const answer = await client.get<{ actions?: ResourceAction[] }>(
              applicationPath(argument, '/resource/actions'),
              queryFor(argument, object),
            )
            return (answer.actions ?? []).map(({ name: action, disabled }) => ({
              Group: object.group,
              Kind: object.kind,
              Name: object.name,
              Action: action,
              Disabled: disabled === true,
            }))
          }),
        )
        rows.push(...found.flat())
      }
      if (printStructured(rows, options.out)) return
      const cells = rows.map((row) => [row.Group, row.Kind, row.Name, row.Action, String(row.Disabled)])
      print(table(['GROUP', 'KIND', 'NAME', 'ACTION', 'DISABLED'], cells))
    })
  })
}

function addRunAction(actions: Command): void {
  const command = withFilters(actions.command('run <APPNAME> <ACTION>').description('do something with objects of an application'))
    .requiredOption('--kind <kind>', 'of objects of this kind')
    .option('--param <name=value>', 'a parameter, such as replicas=3 for scale; can be repeated', collect)
  addSwitch(command, '--all', 'with every object that fits')
  command.action(async (name: string, action: string, options: Filters & { all?: boolean; param?: string[] }) => {
    const argument = readApplicationName(name, options.appNamespace)
    const params = Object.entries(readPairs(options.param, 'param')).map(([key, value]) => ({ name: key, value }))
    await withClient(command, async (client) => {
      const objects = chosen(await actionableObjects(client, argument), options)
      requireClear(objects, options)
      for (const object of objects) {
        await client.send('POST', applicationPath(argument, '/resource/actions/v2'), {
          body: {
            ...queryFor(argument, object),
            action,
            ...(params.length > 0 && { resourceActionParameters: params }),
          },
        })
        note(`${object.kind} ${object.name}: ${action}`)
      }
    })
  })
}

function withFilters(command: Command): Command {
  return command
    .option('--group <group>', 'of objects of this group; empty for the core group')
    .option('--namespace <namespace>', 'of objects in this namespace')
    .option('--resource-name <name>', 'of the object of this name')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
}

/** What the application manages and the cluster has, and the Application itself. */
async function actionableObjects(client: ApiClient, argument: ApplicationArgument): Promise<Actionable[]> {
  const { appNamespace } = argument
  const [managed, application] = await Promise.all([
    client.get<{ items: ResourceDiff[] | null }>(applicationPath(argument, '/managed-resources'), { appNamespace }),
    client.get<Application>(applicationPath(argument), { appNamespace }),
  ])
  const objects = (managed.items ?? []).flatMap(({ group = '', kind, namespace = '', name, liveState = '' }): Actionable[] => {
    const live = liveState === '' ? undefined : (JSON.parse(liveState) as { apiVersion?: string } | null)
    return live ? [{ group, version: live.apiVersion?.split('/').at(-1) ?? '', kind, namespace, name }] : []
  })
  const { name, namespace = '' } = application.metadata
  return [...objects, { group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', namespace, name }]
}

function chosen(objects: readonly Actionable[], { group, kind, namespace, resourceName }: Filters): Actionable[] {
  return objects.filter(
    (object) =>
      (group === undefined || object.group === group) &&
      (kind === undefined || object.kind === kind) &&
      (namespace === undefined || object.namespace === namespace) &&
      (resourceName === undefined || object.name === resourceName),
  )
}

/** An action is done with what was meant: with one object, unless it is said that it is for all. */
function requireClear(objects: readonly Actionable[], { all, kind }: Filters & { all?: boolean }): void {
  if (objects.length === 0) throw new CommandFailure(`No ${kind ?? 'object'} of the application fits.`)
  if (new Set(objects.map(({ group }) => group)).size > 1)
    throw new CommandFailure('Ambiguous resource group.', { remedy: 'Say it with --group.' })
  if (objects.length > 1 && !all) {
    throw new CommandFailure(
      `${objects.length} objects fit: ${objects
        .map(({ name }) => name)
        .slice(0, 10)
        .join(', ')}.`,
      {
        remedy: 'Choose one with --resource-name and --namespace, or use --all.',
      },
    )
  }
}

function queryFor({ appNamespace }: ApplicationArgument, object: Actionable): Record<string, string | undefined> {
  const { group, version, kind, namespace, name } = object
  return { appNamespace, group, version, kind, namespace, resourceName: name }
}
