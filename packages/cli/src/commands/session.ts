import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ApiClient } from '../client/api-client.ts'
import { findConnection, serverURL, type GlobalOptions } from '../client/connection.ts'
import { readSessions, writeSessions } from '../client/session-file.ts'
import { CommandFailure, usageFailure } from '../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../output/print.ts'
import { addAccountCommands, type UserInfo } from './account.ts'
import { addSwitch } from './arguments.ts'
import { askPassword, readPassword } from './password.ts'
import { withClient } from './with-client.ts'

interface LoginOptions extends GlobalOptions {
  username?: string
  password?: string
  passwordStdin?: boolean
  token?: string
  sso?: boolean
}

export function addSessionCommands(program: Command): void {
  addLogin(program)
  addLogout(program)
  addAccountCommands(program)
  addVersion(program)
}

function addLogin(program: Command): void {
  const command = program
    .command('login [SERVER]')
    .description('sign in to a server; the token is kept for this user alone')
    .option('--username <name>', 'account', 'admin')
    .option('--password <password>', 'its password; it is asked for when it is not given')
    .option('--password-stdin', 'read the password from standard input')
    .option('--token <token>', 'keep this API token instead of signing in')
  addSwitch(command, '--sso', 'not in this version')
  addSwitch(command, '--skip-test-tls', 'kept for scripts')
  command.action(async (server: string | undefined, _options: LoginOptions) => {
    const options = command.optsWithGlobals<LoginOptions>()
    if (options.sso) throw usageFailure('Signing in with SSO is not in this version.', 'Use --username and --password, or --token.')
    const url = server === undefined ? (await findConnection(options)).url : serverURL(server, options.plaintext ?? false)
    const connection = { url, insecure: options.insecure ?? false, from: 'SERVER' }
    const token = options.token ?? (await signIn(new ApiClient({ ...connection, token: undefined }), options))
    const client = new ApiClient({ ...connection, token })
    try {
      const user = await client.get<UserInfo>('/api/v1/session/userinfo')
      if (!user.loggedIn)
        throw new CommandFailure('The token is not valid here.', { remedy: 'Make a new one, or sign in with a password.' })
      const sessions = await readSessions()
      const username = user.username ?? ''
      await writeSessions({ current: url, servers: { ...sessions.servers, [url]: { token, username } } })
      print(`'${username}' logged in successfully\nContext '${url}' updated`)
    } finally {
      await client.close()
    }
  })
}

async function signIn(client: ApiClient, options: LoginOptions): Promise<string> {
  try {
    const { username = 'admin' } = options
    const password = options.password ?? (options.passwordStdin ? await readPassword() : await askPassword())
    const { token } = await client.send<{ token: string }>('POST', '/api/v1/session', { body: { username, password } })
    return token
  } finally {
    await client.close()
  }
}

function addLogout(program: Command): void {
  const command = program.command('logout [SERVER]').description('sign out: the token is ended and forgotten')
  command.action(async (server: string | undefined) => {
    const options = command.optsWithGlobals<GlobalOptions>()
    const sessions = await readSessions()
    const url = server === undefined ? sessions.current : serverURL(server, options.plaintext ?? false)
    const kept = url === undefined ? undefined : sessions.servers[url]
    if (url === undefined || kept === undefined)
      throw new CommandFailure(url === undefined ? 'Nobody is signed in.' : `Nobody is signed in to ${url}.`)
    const client = new ApiClient({ url, token: kept.token, insecure: options.insecure ?? false, from: '`plimsoll login`' })
    try {
      await client.send('DELETE', '/api/v1/session')
    } catch (error) {
      note(`The server was not told: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      await client.close()
    }
    const servers = Object.fromEntries(Object.entries(sessions.servers).filter(([name]) => name !== url))
    await writeSessions({ ...(sessions.current !== undefined && sessions.current !== url && { current: sessions.current }), servers })
    print(`Logged out from '${url}'`)
  })
}

function addVersion(program: Command): void {
  const command = program
    .command('version')
    .description('versions of this command and of the server')
    .option('-o, --output <format>', 'wide, short, json, yaml', 'wide')
  addSwitch(command, '--client', 'of this command only')
  addSwitch(command, '--short', 'the number only')
  command.action(async (options: { output: string; client?: boolean; short?: boolean }) => {
    requireOutput(options.output, ['wide', 'short', 'json', 'yaml', ''])
    const versions: { client: { Version: string }; server?: { Version?: string } } = { client: { Version: ownVersion() } }
    if (!options.client) versions.server = await withClient(command, (client) => client.get<{ Version?: string }>('/api/version'))
    if (printStructured(versions, options.output)) return
    print(`plimsoll: ${versions.client.Version}`)
    if (versions.server) print(`plimsoll-server: ${versions.server.Version ?? ''}`)
  })
}

export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return `v${version}`
}
