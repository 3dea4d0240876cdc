import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DvcRemote } from '@plimsoll/models'
import { findConnection, type GlobalOptions } from '../../client/connection.ts'
import { CommandFailure } from '../../exit-code.ts'
import { folderRemote } from './folder-remote.ts'
import { webRemote } from './web-remote.ts'

/** Where DVC keeps content: a web server, or a folder. */
export interface DataRemote {
  readonly name: string
  /** False when there is nothing of that name. */
  fetch(path: string, target: string): Promise<boolean>
  has(path: string): Promise<boolean>
  store(path: string, source: string): Promise<void>
}

/** Answers with the remote of a name, opened once; without a name the one that the command line or DVC's configuration says. */
export function remotesOf(root: string, wanted: string | undefined, options: GlobalOptions): (name?: string) => Promise<DataRemote> {
  const opened = new Map<string | undefined, Promise<DataRemote>>()
  return (name) => {
    const key = wanted ?? name
    const known = opened.get(key) ?? openRemote(root, key, options)
    opened.set(key, known)
    return known
  }
}

async function openRemote(root: string, wanted: string | undefined, options: GlobalOptions): Promise<DataRemote> {
  const { readDvcRemote } = await import('@plimsoll/models')
  const texts = await Promise.all(configFiles(root).map((file) => readFile(file, 'utf8').catch(() => '')))
  const remote = readDvcRemote(texts, wanted)
  const url = remote?.settings.get('url')
  if (!remote || url === undefined) {
    throw new CommandFailure(
      wanted === undefined
        ? 'No remote is set in .dvc/config, or several and none is the usual one.'
        : `.dvc/config has no remote '${wanted}'.`,
      { remedy: 'Set one with `dvc remote add -d NAME URL`.' },
    )
  }
  if (/^https?:\/\//i.test(url)) {
    const address = new URL(url)
    const { username, password } = address
    address.username = address.password = ''
    const headers =
      username === ''
        ? await credentialsFor(remote, address, options)
        : { authorization: basic(decodeURIComponent(username), decodeURIComponent(password)) }
    return webRemote(remote, address.href.replace(/\/+$/, ''), headers)
  }
  if (url.startsWith('file://')) return folderRemote(remote.name, fileURLToPath(url))
  if (/^\w[\w+.-]*:\/\//.test(url)) {
    throw new CommandFailure(`Remote '${remote.name}' is at ${url.split('://')[0]}://, which only DVC itself can read.`, {
      remedy: 'Install DVC, and run `dvc pull` or `dvc push`.',
    })
  }
  const path = url.startsWith('~/') ? join(homedir(), url.slice(2)) : url
  return folderRemote(remote.name, isAbsolute(path) ? path : resolve(root, '.dvc', path))
}

/** As DVC 3.67 looks for them (`dvc/dirs.py`, platformdirs): later ones count over earlier ones. */
function configFiles(root: string): string[] {
  const {
    DVC_SYSTEM_CONFIG_DIR: system = process.platform === 'darwin' ? '/Library/Application Support/dvc' : '/etc/xdg/dvc',
    DVC_GLOBAL_CONFIG_DIR: global = process.platform === 'darwin'
      ? join(homedir(), 'Library', 'Application Support', 'dvc')
      : join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'dvc'),
  } = process.env
  return [join(system, 'config'), join(global, 'config'), join(root, '.dvc', 'config'), join(root, '.dvc', 'config.local')]
}

/** What DVC itself would send; our own server wants our token, and nobody else gets it. */
async function credentialsFor({ name, settings }: DvcRemote, url: URL, options: GlobalOptions): Promise<Record<string, string>> {
  const [auth, user, password, header] = ['auth', 'user', 'password', 'custom_auth_header'].map((setting) => settings.get(setting))
  if (auth?.toLowerCase() === 'basic' && user !== undefined && password !== undefined) return { authorization: basic(user, password) }
  if (auth?.toLowerCase() === 'custom' && header !== undefined && password !== undefined) return { [header.toLowerCase()]: password }
  const connection = await findConnection(options).catch(() => undefined)
  if (connection?.token !== undefined && new URL(connection.url).origin === url.origin)
    return { authorization: `Bearer ${connection.token}` }
  if (auth !== undefined) {
    throw new CommandFailure(`Remote '${name}' asks for auth = ${auth}, and .dvc/config.local does not say as whom.`, {
      remedy: `Run \`dvc remote modify --local ${name} user NAME\` and \`dvc remote modify --local ${name} password PASSWORD\`.`,
    })
  }
  return {}
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
