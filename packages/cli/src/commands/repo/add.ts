import type { ConfiguredRepository } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { addSwitch } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addCredentialOptions, type CredentialOptions, readCredentials } from './credential-options.ts'

const path = '/api/v1/repositories'

interface AddOptions extends CredentialOptions {
  name?: string
  project?: string
  insecureSkipServerVerification?: boolean
  insecureIgnoreHostKey?: boolean
  enableLfs?: boolean
  proxy?: string
  noProxy?: string
}

/** `argocd repo add`: kept in a Secret, once it has answered. */
export function addAdd(repo: Command): void {
  const command = addCredentialOptions(
    repo
      .command('add <REPOURL>')
      .description('connect a Git, Helm or OCI repository elsewhere, with what lets us in; it is tried first')
      .option('--name <name>', 'what it is called; a repository of the type helm needs one')
      .option('--project <name>', 'only Applications of this project read with it')
      .option('--proxy <url>', 'proxy to reach it by')
      // Not the other face of --proxy, as commander reads it.
      .addOption(Object.assign(new Option('--no-proxy <hosts>', 'hosts that are reached without it'), { negate: false })),
  )
  addSwitch(command, '--insecure-skip-server-verification', 'check neither certificate nor host key')
  addSwitch(command, '--insecure-ignore-host-key', 'do not check its host key')
  addSwitch(command, '--enable-lfs', 'kept with the repository; pointers stay pointers')
  command.action(async (url: string, options: AddOptions) => {
    const { name, project, proxy, noProxy, insecureSkipServerVerification, insecureIgnoreHostKey, enableLfs } = options
    const body = {
      ...(await readCredentials(options)),
      repo: url,
      name,
      project,
      proxy,
      noProxy,
      insecure: insecureSkipServerVerification,
      insecureIgnoreHostKey,
      enableLfs,
    }
    await withClient(command, async (client) => {
      const made = await client.send<{ repo: string }>('POST', path, { query: { upsert: options.upsert }, body })
      print(`Repository '${made.repo}' added`)
    })
  })
}

export function addRemove(repo: Command): void {
  const command = repo
    .command('rm <REPO...>')
    .description('forget repositories elsewhere, and what lets us into them')
    .option('--project <name>', 'project of the repository')
  addSwitch(command, '-y, --yes', 'kept for scripts written for argocd: nothing is asked')
  command.action(async (urls: string[], { project }: { project?: string }) => {
    await withClient(command, async (client) => {
      for (const url of urls) {
        await client.send('DELETE', `${path}/${encodeURIComponent(url)}`, { query: { appProject: project } })
        print(`Repository '${url.replace(/\/\/[^/@]*@/, '//')}' removed`)
      }
    })
  })
}

export function addGet(repo: Command): void {
  const command = repo
    .command('get <REPO>')
    .description('show a repository elsewhere: how it is reached, and how it answered')
    .option('--project <name>', 'project of the repository')
    .option('--refresh <how>', 'hard: ask it now')
    .option('-o, --output <format>', 'wide, url, json, yaml', 'wide')
  command.action(async (url: string, { project, refresh, output }: { project?: string; refresh?: string; output: string }) => {
    requireOutput(output, ['wide', 'url', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const query = { appProject: project, ...(refresh === 'hard' && { forceRefresh: true }) }
      const found = await client.get<ConfiguredRepository>(`${path}/${encodeURIComponent(url)}`, query)
      if (printStructured(found, output)) return
      print(output === 'url' ? found.repo : table(columns, [configuredRow(found)]))
    })
  })
}

/** As `argocd repo list` sets them. */
export const columns = ['TYPE', 'NAME', 'REPO', 'INSECURE', 'OCI', 'LFS', 'CREDS', 'STATUS', 'MESSAGE', 'PROJECT']

export function configuredRow(one: ConfiguredRepository): string[] {
  return [
    one.type,
    one.name ?? '',
    one.repo,
    String(one.insecure ?? false),
    String(one.enableOCI ?? false),
    String(one.enableLfs ?? false),
    one.inheritedCreds ? 'inherited' : String(one.method !== 'none' && one.method !== undefined),
    one.connectionState.status,
    one.connectionState.message,
    one.project ?? '',
  ]
}
