import type { Command } from 'commander'
import { usageFailure } from '../exit-code.ts'
import { print } from '../output/print.ts'
import { accountPath, type UserInfo } from './account.ts'
import { withClient } from './with-client.ts'

export function addAccountTokens(account: Command): void {
  const generate = account
    .command('generate-token')
    .description('make an API token, and print it this once')
    .option('-a, --account <name>', 'whose; one’s own when it is not given')
    .option('-e, --expires-in <duration>', 'such as 12h or 30d; 90d when it is not given', readDuration)
    .option('--id <id>', 'what it is deleted by; one is made when it is not given')
    .option('--label <text>', 'what it is for')
  generate.action(async (options: { account?: string; expiresIn?: number; id?: string; label?: string }) => {
    await withClient(generate, async (client) => {
      const name = options.account ?? (await client.get<UserInfo>('/api/v1/session/userinfo')).username ?? ''
      const { id, expiresIn, label } = options
      const body = { ...(id !== undefined && { id }), ...(expiresIn !== undefined && { expiresIn }), ...(label !== undefined && { label }) }
      print((await client.send<{ token: string }>('POST', accountPath(name, '/token'), { body })).token)
    })
  })

  const remove = account
    .command('delete-token <ID>')
    .description('delete an API token; it ends at once')
    .option('-a, --account <name>', 'whose; one’s own when it is not given')
  remove.action(async (id: string, options: { account?: string }) => {
    await withClient(remove, async (client) => {
      const name = options.account ?? (await client.get<UserInfo>('/api/v1/session/userinfo')).username ?? ''
      await client.send('DELETE', accountPath(name, `/token/${encodeURIComponent(id)}`))
      print(`Token '${id}' of '${name}' deleted`)
    })
  })
}

const unitSeconds = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

/** Seconds of `1h30m`, as Go writes durations, with days besides. */
export function readDuration(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9})([smhd])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw usageFailure(`'${text}' is not a duration.`, 'Write it as 30m, 12h or 90d.')
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds.get(unit ?? '') ?? 0), 0)
}
