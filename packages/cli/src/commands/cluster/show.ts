import type { Cluster } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { field, table } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { clusterPath } from './cluster-argument.ts'

export function addList(cluster: Command): void {
  const command = cluster
    .command('list')
    .description('list clusters, each with whether it answers')
    .option('-o, --output <format>', 'wide, server, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', 'server', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: Cluster[] }>('/api/v1/clusters')
      if (printStructured(items, output)) return
      if (output === 'server') for (const { server } of items) print(server)
      else
        print(
          table(
            ['SERVER', 'NAME', 'VERSION', 'STATUS', 'MESSAGE', 'PROJECT'],
            items.map(({ server, name, namespaces, info, project }) => [
              namespaces ? `${server} (${namespaces.length} namespaces)` : server,
              name,
              info.serverVersion,
              info.connectionState.status,
              info.connectionState.message,
              project,
            ]),
          ),
        )
    })
  })
}

export function addGet(cluster: Command): void {
  const command = cluster
    .command('get <SERVER/NAME...>')
    .description('show clusters')
    .option('-o, --output <format>', 'yaml, json, wide, server', 'yaml')
  command.action(async (names: string[], { output }: { output: string }) => {
    requireOutput(output, ['wide', 'server', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const found = await Promise.all(names.map((name) => client.get<Cluster>(clusterPath(name))))
      if (printStructured(found.length === 1 ? found[0] : found, output)) return
      for (const one of found) print(output === 'server' ? one.server : details(one))
    })
  })
}

function details({ server, name, namespaces, clusterResources, project, labels, config, info }: Cluster): string {
  const { connectionState: state, cacheInfo } = info
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const lines = [
    field('Server URL:', server),
    field('Server Name:', name),
    field('Server Version:', info.serverVersion),
    field('Status:', state.message === '' ? state.status : `${state.status}: ${state.message}`),
    field('Since:', state.attemptedAt),
    field('Namespaces:', namespaces ? `${namespaces.join(', ')}${clusterResources ? ', and what is in none' : ''}` : 'all namespaces'),
    field('Applications:', String(info.applicationsCount)),
    field('Resources:', `${cacheInfo.resourcesCount ?? 0} of ${cacheInfo.apisCount ?? 0} kinds`),
    ...(pairs.length > 0 ? [field('Labels:', pairs.join(','))] : []),
    ...(project ? [field('Project:', project)] : []),
    field('Cert validation:', String(!config.tlsClientConfig.insecure)),
    field('Proxy:', config.proxyUrl ?? 'none'),
  ]
  const unreadable = (info.unreadableKinds ?? []).map(
    ({ group, kind, message }) => `  ${group === '' ? kind : `${kind}.${group}`}: ${message}`,
  )
  return [...lines, ...(unreadable.length > 0 ? ['Kinds that cannot be read:', ...unreadable] : [])].join('\n')
}
