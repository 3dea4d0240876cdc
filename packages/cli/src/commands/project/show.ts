import type { AppProject } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { field, table } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { readProject } from './project-change.ts'

export function addList(project: Command): void {
  const command = project.command('list').description('list projects').option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', '', 'name', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: AppProject[] }>('/api/v1/projects')
      if (output === 'name') for (const { metadata } of items) print(metadata.name)
      else if (!printStructured(items, output)) print(projectTable(items))
    })
  })
}

export function addGet(project: Command): void {
  const command = project.command('get <PROJECT>').description('show a project').option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', '', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const found = await readProject(client, name)
      if (!printStructured(found, output)) print(described(found))
    })
  })
}

function projectTable(projects: readonly AppProject[]): string {
  const headers =
    'NAME DESCRIPTION DESTINATIONS SOURCES CLUSTER-RESOURCE-WHITELIST NAMESPACE-RESOURCE-BLACKLIST SIGNATURE-KEYS ORPHANED-RESOURCES'.split(
      ' ',
    )
  const rows = projects.map(({ metadata, spec }) => [
    metadata.name,
    spec.description,
    counted((spec.destinations ?? []).map(destination), 'destinations'),
    counted(spec.sourceRepos ?? [], 'repos'),
    counted((spec.clusterResourceWhitelist ?? []).map(kind), 'resources'),
    counted((spec.namespaceResourceBlacklist ?? []).map(kind), 'resources'),
    counted(keysOf(spec), 'key(s)'),
    orphaned(spec),
  ])
  return table(headers, rows)
}

/** `<none>`, the one, or how many. */
function counted(texts: readonly string[], what: string): string {
  const [first, ...rest] = texts
  if (first === undefined) return '<none>'
  return rest.length === 0 ? first : `${texts.length} ${what}`
}

function described({ metadata, spec, status }: AppProject): string {
  const list = (name: string, values: readonly string[], none = '<none>'): string[] =>
    values.length === 0 ? [field(name, none)] : values.map((value, index) => field(index === 0 ? name : '', value))
  const kinds = (values: Parameters<typeof kind>[0][] | null | undefined): string[] => (values ?? []).map(kind)
  const tokens = Object.values(status?.jwtTokensByRole ?? {}).reduce((sum, { items }) => sum + (items?.length ?? 0), 0)
  return [
    field('Name:', metadata.name),
    field('Description:', spec.description),
    ...list('Destinations:', (spec.destinations ?? []).map(destination)),
    ...list('Repositories:', spec.sourceRepos ?? []),
    ...list('Source Namespaces:', spec.sourceNamespaces ?? []),
    ...list('Allowed Cluster:', kinds(spec.clusterResourceWhitelist)),
    ...list('Denied Cluster:', kinds(spec.clusterResourceBlacklist)),
    ...list('Allowed Namespaced:', kinds(spec.namespaceResourceWhitelist), spec.namespaceResourceWhitelist ? '<none>' : '<all>'),
    ...list('Denied Namespaced:', kinds(spec.namespaceResourceBlacklist)),
    ...list('Signature keys:', keysOf(spec)),
    ...list(
      'Roles:',
      (spec.roles ?? []).map((role) => role.name),
    ),
    field('Tokens:', String(tokens)),
    field('Orphaned Resources:', orphaned(spec)),
  ].join('\n')
}

function destination({ server, name, namespace = '' }: NonNullable<AppProject['spec']['destinations']>[number]): string {
  return `${server || name || ''},${namespace}`
}

function kind(one: { group: string; kind: string; name?: string | undefined }): string {
  return `${one.group}/${one.kind}${one.name ? `/${one.name}` : ''}`
}

function keysOf(spec: AppProject['spec']): string[] {
  const keys = spec['signatureKeys']
  return Array.isArray(keys) ? keys.map((key: { keyID?: string }) => key.keyID ?? '') : []
}

function orphaned({ orphanedResources }: AppProject['spec']): string {
  return orphanedResources ? `enabled (warn=${orphanedResources.warn !== false})` : 'disabled'
}
