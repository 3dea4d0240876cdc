import type { ConfiguredRepository, RemoteConnection } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { columns, configuredRow } from './add.ts'
import { connectionsPath } from './connect.ts'

const path = '/api/v1/repositories'

interface Repository {
  name: string
  url: string
  defaultBranch?: string
}

export function addList(repo: Command): void {
  const command = repo
    .command('list')
    .description(
      'list repositories: those that live here, those whose pull requests are followed, and those that are kept with what lets us in',
    )
    .option('-o, --output <format>', 'wide, name, url, json, yaml', 'wide')
    .option('--refresh <how>', 'hard: ask those elsewhere now')
  command.action(async ({ output, refresh }: { output: string; refresh?: string }) => {
    requireOutput(output, ['wide', 'name', 'url', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const hosted = await client.get<{ items: Repository[] }>(path, { hosted: true })
      const connected = await client.get<{ items: RemoteConnection[] }>(connectionsPath)
      const kept = await client.get<{ items: ConfiguredRepository[] }>(path, {
        hosted: false,
        ...(refresh === 'hard' && { forceRefresh: true }),
      })
      // One elsewhere goes by its address.
      const elsewhere = connected.items.map((one) => ({ name: one.url, ...one }))
      const items: (Repository & Partial<RemoteConnection>)[] = [...hosted.items, ...elsewhere]
      if (printStructured([...items, ...kept.items.map((one) => ({ ...one, name: one.name || one.repo, url: one.repo }))], output)) return
      if (output === 'name' || output === 'url') {
        for (const one of items) print(one[output])
        for (const { repo: url, name } of kept.items) print(output === 'name' ? name || url : url)
        return
      }
      print(
        table(
          ['NAME', 'PROVIDER', 'DEFAULT BRANCH', 'URL', 'STATE'],
          items.map(({ name, provider, defaultBranch, url, state, failure }) => [
            name,
            provider ?? 'builtin',
            defaultBranch,
            url,
            failure ? `${state}: ${failure.message}` : state,
          ]),
        ),
      )
      if (kept.items.length > 0) print(`\n${table(columns, kept.items.map(configuredRow))}`)
    })
  })
}

export function addCreate(repo: Command): void {
  const command = repo.command('create <NAME>').description('make an empty repository')
  command.action(async (name: string) => {
    await withClient(command, async (client) => {
      const made = await client.send<Repository>('POST', path, { body: { name } })
      print(`repository '${made.name}' created: ${made.url}`)
    })
  })
}
