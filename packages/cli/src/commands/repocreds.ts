import type { CredentialTemplate } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../output/print.ts'
import { table } from '../output/table.ts'
import { addSwitch } from './arguments.ts'
import { addCredentialOptions, type CredentialOptions, readCredentials } from './repo/credential-options.ts'
import { withClient } from './with-client.ts'

const path = '/api/v1/repocreds'

/** `plimsoll repocreds …`: credential templates, with verbs and flags as `argocd repocreds` has them. */
export function addCredentialTemplateCommands(program: Command): void {
  const repocreds = program
    .command('repocreds')
    .description('credential templates: what lets us into all repositories whose addresses begin alike')
  for (const add of [addAdd, addList, addRemove]) add(repocreds)
}

function addAdd(repocreds: Command): void {
  const command = addCredentialOptions(
    repocreds
      .command('add <REPOURL>')
      .description('keep what lets us into repositories whose addresses begin with this one')
      .option('--proxy-url <url>', 'proxy to reach them by'),
  )
  command.action(async (url: string, options: CredentialOptions & { proxyUrl?: string }) => {
    const body = { ...(await readCredentials(options)), url, proxy: options.proxyUrl }
    await withClient(command, async (client) => {
      const made = await client.send<CredentialTemplate>('POST', path, { query: { upsert: options.upsert }, body })
      print(`Repository credentials for '${made.url}' added`)
    })
  })
}

function addList(repocreds: Command): void {
  const command = repocreds
    .command('list')
    .description('list credential templates, without what is secret')
    .option('-o, --output <format>', 'wide, url, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', 'url', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: CredentialTemplate[] }>(path)
      if (printStructured(items, output)) return
      if (output === 'url') for (const { url } of items) print(url)
      else
        print(
          table(
            ['URL PATTERN', 'USERNAME', 'METHOD', 'PROBLEM'],
            items.map(({ url, username, method, problem }) => [url, username, method, problem]),
          ),
        )
    })
  })
}

function addRemove(repocreds: Command): void {
  const command = repocreds.command('rm <CREDSURL...>').description('forget credential templates')
  addSwitch(command, '-y, --yes', 'kept for scripts written for argocd: nothing is asked')
  command.action(async (urls: string[]) => {
    await withClient(command, async (client) => {
      for (const url of urls) {
        await client.send('DELETE', `${path}/${encodeURIComponent(url)}`)
        print(`Repository credentials for '${url.replace(/\/\/[^/@]*@/, '//')}' removed`)
      }
    })
  })
}
