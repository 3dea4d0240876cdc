import { text } from 'node:stream/consumers'
import type { ConnectedRepository, NewWebhook, RemoteConnection } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { field } from '../../output/table.ts'
import { withClient } from '../with-client.ts'

export const connectionsPath = '/api/v1/remote-repositories'

interface ConnectOptions {
  provider?: string
  baseUrl?: string
  apiUrl?: string
  tokenStdin?: boolean
}

export function addConnect(repo: Command): void {
  const command = repo
    .command('connect <URL>')
    .description('follow the pull requests of a repository on GitHub, GitLab or Gitea, by a token from standard input')
    .addOption(
      new Option('--provider <name>', 'what runs there (default: known for github.com and gitlab.com)').choices([
        'github',
        'gitlab',
        'gitea',
      ]),
    )
    .option('--base-url <url>', 'of its pages, where it lives below a path')
    .option('--api-url <url>', 'of its API, where it is not where the provider keeps it')
    .option('--token-stdin', 'read the token from standard input')
  command.action(async (url: string, { provider, baseUrl, apiUrl, tokenStdin }: ConnectOptions) => {
    // An argument would stand in the history of the shell and in the list of processes.
    if (!tokenStdin) throw usageFailure('A token is needed.', 'Pass it with --token-stdin: plimsoll repo connect URL --token-stdin < FILE')
    const token = (await text(process.stdin)).trim()
    if (token === '') throw usageFailure('There is no token on standard input.')
    await withClient(command, async (client) => {
      const made = await client.send<ConnectedRepository>('POST', connectionsPath, { body: { url, provider, baseUrl, apiUrl, token } })
      print(`${made.url} is connected (${made.provider}). List its pull requests: plimsoll pr list --repo ${made.url}`)
      if (made.webhook) printWebhook(made.webhook)
    })
  })
}

export function addTest(repo: Command): void {
  const command = repo.command('test <URL>').description('ask a repository elsewhere with the token that is kept, and look at it again')
  command.action(async (url: string) => {
    await withClient(command, async (client) => {
      const found = await client.send<RemoteConnection>('POST', `${connectionsPath}/${encodeURIComponent(url)}/test`)
      print(`${found.url} answers (${found.provider}).`)
    })
  })
}

export function addWebhook(repo: Command): void {
  const command = repo
    .command('webhook <URL>')
    .description('make another secret for the webhooks of a repository elsewhere, and print it once; the one before counts no longer')
  command.action(async (url: string) => {
    await withClient(command, async (client) => {
      printWebhook(await client.send<NewWebhook>('POST', `${connectionsPath}/${encodeURIComponent(url)}/webhook`))
    })
  })
}

function printWebhook({ url, secret }: NewWebhook): void {
  print('A webhook makes it faster. Add it there; its secret is shown this once:')
  print(field('Payload URL:', url))
  print(field('Content type:', 'application/json'))
  print(field('Secret:', secret))
}

export function addDisconnect(repo: Command): void {
  const command = repo.command('disconnect <URL>').description('forget a repository elsewhere, and its token')
  command.action(async (url: string) => {
    await withClient(command, async (client) => {
      await client.send('DELETE', `${connectionsPath}/${encodeURIComponent(url)}`)
      print(`${url.replace(/\/\/[^/@]*@/, '//')} is no longer connected.`)
    })
  })
}
