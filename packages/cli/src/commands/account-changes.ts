import type { Account } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { usageFailure } from '../exit-code.ts'
import { print } from '../output/print.ts'
import { addSwitch, collect } from './arguments.ts'
import { readPassword } from './password.ts'
import { withClient } from './with-client.ts'

const roles = ['admin', 'maintainer', 'contributor', 'readonly', 'none']

interface Fields {
  role?: string
  group?: string[]
  email?: string
  displayName?: string
}

export function addAccountChanges(account: Command): void {
  const create = withFields(
    account.command('create <NAME>').description('make an account: of a person, or of a service, which has tokens only'),
  )
    .option('--password-stdin', 'read its password from standard input')
    .option('--service', 'a service instead of a person')
  create.action(async (name: string, options: Fields & { passwordStdin?: boolean; service?: boolean }) => {
    if (options.service && options.passwordStdin)
      throw usageFailure('A service has no password.', 'Make a token for it: `plimsoll account generate-token`.')
    const password = options.passwordStdin ? await readPassword() : undefined
    const body = { name, kind: options.service ? 'service' : 'person', ...fieldsOf(options), ...(password !== undefined && { password }) }
    await withClient(create, async (client) => {
      const made = await client.send<Account>('POST', '/api/v1/accounts', { body })
      print(`Account '${made.name}' created: ${made.kind}, ${made.role}`)
    })
  })

  const update = withFields(account.command('update <NAME>').description('change role, groups or names; what is not given stays'))
  addSwitch(update, '--enabled', 'whether it may be used; without, its tokens and sessions end at once')
  update.action(async (name: string, options: Fields & { enabled?: boolean }) => {
    const body = { ...fieldsOf(options), ...(options.enabled !== undefined && { enabled: options.enabled }) }
    if (Object.keys(body).length === 0) throw usageFailure('Nothing to change was given.', 'See `plimsoll account update --help`.')
    await withClient(update, async (client) => {
      const changed = await client.send<Account>('PUT', `/api/v1/accounts/${encodeURIComponent(name)}`, { body })
      print(`Account '${changed.name}' updated: ${changed.enabled ? changed.role : 'disabled'}`)
    })
  })

  const remove = account.command('delete <NAME>').description('delete an account; its tokens and sessions end at once')
  remove.action(async (name: string) => {
    await withClient(remove, async (client) => {
      await client.send('DELETE', `/api/v1/accounts/${encodeURIComponent(name)}`)
      print(`Account '${name}' deleted`)
    })
  })
}

function withFields(command: Command): Command {
  return command
    .addOption(new Option('--role <role>', 'what it may do').choices(roles))
    .option('--group <name>', "a group that it is in; can be repeated, and '' is none", collect)
    .option('--email <address>', 'of the commits that are made for it')
    .option('--display-name <text>', 'how it is shown, and called in commits')
}

function fieldsOf({ role, group, email, displayName }: Fields): Record<string, unknown> {
  return {
    ...(role !== undefined && { role }),
    ...(group !== undefined && { groups: group.filter((name) => name !== '') }),
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  }
}
