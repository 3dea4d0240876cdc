import type { Account } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { readSessions, writeSessions } from '../client/session-file.ts'
import { field, table } from '../output/table.ts'
import { note, print, printStructured, requireOutput } from '../output/print.ts'
import { defaultDataDir, readReadyFile } from '../server/data-dir.ts'
import { addAccountChanges } from './account-changes.ts'
import { addAccountTokens } from './account-tokens.ts'
import { askPassword } from './password.ts'
import { withClient } from './with-client.ts'

export interface UserInfo {
  loggedIn?: boolean
  username?: string
  iss?: string
  groups?: string[]
  role?: string
  actor?: string
}

type ShownAccount = Account & { capabilities?: string[] }

/** `plimsoll account …`: verbs and flags as `argocd account` has them, and those for what is a configuration file there. */
export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('who one is, what one may do, and who else there is')
  addList(account)
  addGet(account)
  addUserInfo(account)
  addCanI(account)
  addUpdatePassword(account)
  addAccountTokens(account)
  addAccountChanges(account)
  addSwitchTo(account)
}

/** Where one account is: `/api/v1/account/mina`. */
export function accountPath(name: string, below = ''): string {
  return `/api/v1/account/${encodeURIComponent(name)}${below}`
}

function addList(account: Command): void {
  const command = account
    .command('list')
    .alias('ls')
    .description('list accounts')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: ShownAccount[] }>('/api/v1/account')
      if (printStructured(items, output)) return
      if (output === 'name') for (const { name } of items) print(name)
      else print(table(['NAME', 'ENABLED', 'CAPABILITIES', 'ROLE', 'GROUPS'], items.map(rowOf)))
    })
  })
}

function rowOf({ name, enabled, capabilities, role, groups }: ShownAccount): string[] {
  return [name, String(enabled), (capabilities ?? []).join(', '), role, groups.join(', ')]
}

function addGet(account: Command): void {
  const command = account
    .command('get')
    .description('show an account, with its tokens by id')
    .option('-a, --account <name>', 'whose; one’s own when it is not given')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async (options: { account?: string; output: string }) => {
    requireOutput(options.output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const name = options.account ?? (await client.get<UserInfo>('/api/v1/session/userinfo')).username ?? ''
      const shown = await client.get<ShownAccount>(accountPath(name))
      if (printStructured(shown, options.output)) return
      if (options.output === 'name') return print(shown.name)
      print(field('Name:', shown.name))
      if (shown.displayName) print(field('Display Name:', shown.displayName))
      if (shown.email) print(field('Email:', shown.email))
      print(field('Kind:', shown.kind))
      print(field('Role:', shown.role))
      print(field('Groups:', shown.groups.join(', ')))
      print(field('Enabled:', String(shown.enabled)))
      print(field('Capabilities:', (shown.capabilities ?? []).join(', ')))
      // They are their owner's to see, and an administrator's.
      if (!shown.tokens) return
      print('\nTokens:')
      const rows = shown.tokens.map((one) => [one.id, one.label, one.issuedAt, one.expiresAt, one.lastUsedAt ?? 'never'])
      print(rows.length === 0 ? 'NONE' : table(['ID', 'LABEL', 'ISSUED AT', 'EXPIRING AT', 'LAST USED'], rows))
    })
  })
}

function addUserInfo(account: Command): void {
  const command = account.command('get-user-info').alias('info').description('who one is').option('-o, --output <format>', 'json, yaml', '')
  command.action(async (options: { output: string }) => {
    requireOutput(options.output, ['', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const user = await client.get<UserInfo>('/api/v1/session/userinfo')
      if (printStructured(user, options.output)) return
      print(`Logged In: ${user.loggedIn ?? false}`)
      if (!user.loggedIn) return
      print(
        `Username: ${user.username ?? ''}\nIssuer: ${user.iss ?? ''}\nGroups: ${(user.groups ?? []).join(',')}\nRole: ${user.role ?? ''}`,
      )
      if (user.actor) print(`Played by: ${user.actor}`)
    })
  })
}

function addCanI(account: Command): void {
  const command = account.command('can-i <ACTION> <RESOURCE> [OBJECT]').description('whether one may: `can-i sync applications`')
  command.action(async (action: string, resource: string, object = '*') => {
    await withClient(command, async (client) => {
      const path = [resource, action, object].map(encodeURIComponent).join('/')
      print((await client.get<{ value: string }>(`/api/v1/account/can-i/${path}`)).value)
    })
  })
}

function addUpdatePassword(account: Command): void {
  const command = account
    .command('update-password')
    .description('set a new password; every session of the account ends')
    .option('--account <name>', 'whose; one’s own when it is not given')
    .option('--current-password <password>', 'one’s own, the one that holds now; it is asked for when it is not given')
    .option('--new-password <password>', 'the one that shall hold; it is asked for when it is not given')
  command.action(async (options: { account?: string; currentPassword?: string; newPassword?: string }) => {
    const currentPassword = options.currentPassword ?? (await askPassword('Your own current password: '))
    const newPassword = options.newPassword ?? (await askPassword('New password: '))
    await withClient(command, async (client) => {
      const name = options.account
      await client.send('PUT', '/api/v1/account/password', { body: { currentPassword, newPassword, ...(name !== undefined && { name }) } })
      print('Password updated')
    })
  })
}

function addSwitchTo(account: Command): void {
  const command = account.command('switch <NAME>').description('in the demo: go on as another account, or as oneself again')
  command.addOption(new Option('-o, --output <format>', 'json, yaml').default(''))
  command.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const answer = await client.send<{ token: string; account: string; actor?: string }>('POST', '/api/v1/people/switch', {
        body: { account: name },
      })
      const { url } = client.connection
      const { servers } = await readSessions()
      const others = Object.fromEntries(Object.entries(servers).filter(([address]) => address !== url))
      // Back to oneself on the machine itself: the token in its file holds longer than any session.
      const isHome = answer.actor === undefined && readReadyFile(defaultDataDir())?.url === url
      if (isHome) await writeSessions({ servers: others })
      else await writeSessions({ current: url, servers: { ...others, [url]: { token: answer.token, username: name } } })
      if (process.env['PLIMSOLL_AUTH_TOKEN']) note('PLIMSOLL_AUTH_TOKEN is set, and its account goes on being the one that commands use.')
      if (printStructured({ account: answer.account, actor: answer.actor }, output)) return
      print(answer.actor === undefined ? `You are '${name}' again` : `You are '${name}', played by '${answer.actor}'`)
    })
  })
}
