import type { ApplicationTree, ResourceDiff } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput, toYaml } from '../../output/print.ts'
import { drawTree } from '../../output/resource-tree.ts'
import { table } from '../../output/table.ts'
import { addSwitch, applicationPath, collect, collectCounts, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { requireApplication } from './wait.ts'

export function addResources(app: Command): void {
  const command = app
    .command('resources <APPNAME>')
    .description('list what an application manages')
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('--project <name>', 'kept for scripts')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--orphaned', 'only what belongs to no application')
  command.action(async (name: string, options: { output: string; orphaned?: boolean; appNamespace?: string }) => {
    requireOutput(options.output, ['wide', '', 'tree', 'tree=detailed', 'json', 'yaml'])
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const tree = await client.get<ApplicationTree>(applicationPath(argument, '/resource-tree'), { appNamespace: argument.appNamespace })
      if (printStructured(tree, options.output)) return
      if (options.output.startsWith('tree')) {
        print(drawTree(await requireApplication(client, argument), tree))
        return
      }
      const rows = (nodes: ApplicationTree['nodes'], orphaned: string): (string | undefined)[][] =>
        (nodes ?? []).map((node) => [node.group, node.kind, node.namespace, node.name, orphaned])
      const roots = (tree.nodes ?? []).filter((node) => (node.parentRefs ?? []).length === 0)
      print(
        table(
          ['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'ORPHANED'],
          [...(options.orphaned ? [] : rows(roots, 'No')), ...rows(tree.orphanedNodes, 'Yes')],
        ),
      )
    })
  })
}

interface ManifestsOptions {
  source: string
  revision?: string
  revisions?: string[]
  sourcePositions?: number[]
  output: string
  appNamespace?: string
}

export function addManifests(app: Command): void {
  const command = app
    .command('manifests <APPNAME>')
    .description('print the manifests of an application; the values of Secrets are masked')
    .option('--source <source>', 'git: what it should be, live: what it is', 'git')
    .option('--revision <revision>', 'of another revision than the one that is followed')
    .option('--revisions <revision>', 'of one of several sources; can be repeated, with as many --source-positions', collect)
    .option('--source-positions <place>', 'which source each of --revisions is for, from 1; can be repeated', collectCounts)
    .option('-o, --output <format>', 'yaml, json', 'yaml')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: ManifestsOptions) => {
    requireOutput(options.output, ['yaml', 'json'])
    if (!['git', 'live'].includes(options.source)) throw usageFailure(`Unknown source type '${options.source}'`, 'Use git or live.')
    if (options.source === 'live' && options.revision !== undefined) throw usageFailure('What is live has no revision.')
    const argument = readApplicationName(name, options.appNamespace)
    const { appNamespace } = argument
    await withClient(command, async (client) => {
      let texts: string[]
      if (options.source === 'git') {
        const answer = await client.get<{ manifests: string[] | null }>(applicationPath(argument, '/manifests'), {
          appNamespace,
          revision: options.revision,
          revisions: options.revisions,
          sourcePositions: options.sourcePositions?.map(String),
        })
        texts = answer.manifests ?? []
      } else {
        const answer = await client.get<{ items: ResourceDiff[] | null }>(applicationPath(argument, '/managed-resources'), { appNamespace })
        texts = (answer.items ?? []).map((item) => item.liveState ?? '').filter((text) => text !== '' && text !== 'null')
      }
      const objects = texts.map((text) => JSON.parse(text) as unknown)
      if (options.output === 'json') print(JSON.stringify(objects, null, 2))
      else for (const object of objects) print(`---\n${toYaml(object).trimEnd()}`)
    })
  })
}
