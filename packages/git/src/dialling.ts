import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import {
  type Access,
  allowedAddresses,
  allowedBehindProxy,
  type Authorization,
  authorizationHeader,
  type NetworkPolicy,
  proxyFor,
} from '@plimsoll/network'
import { parseRepositoryURL } from './repository-url.ts'

/** What `git` needs to reach one address, and nothing else. Secrets are in the environment, or in files of mode 0600 that `end` removes. */
export interface Dialling {
  /** Without user and password where it is dialled over HTTP. */
  url: string
  /** For GIT_ALLOW_PROTOCOL. */
  protocols: string
  config: string[]
  env: Record<string, string>
  end: () => Promise<void>
}

export interface DiallingContext {
  policy: NetworkPolicy
  /** Keys and certificates lie below it, each for as long as one `git` runs. */
  scratchDir: string
}

/** Checks where an address leads, and pins the connection to that. Rejects with `PlimsollError`. */
export async function prepareDialling(url: string, access: Access, context: DiallingContext): Promise<Dialling> {
  const address = parseRepositoryURL(url, { baseUrl: '', allowFileUrls: false })
  if (address.kind !== 'remote') throw new PlimsollError('invalid-request', 'A path on this machine is not dialled.')
  const files = new HandedFiles(context.scratchDir)
  try {
    const dialling =
      address.protocol === 'ssh'
        ? await overSsh(url, address, access, context.policy, files)
        : await overHttp(new URL(address.dial), access, context.policy, files)
    return { ...dialling, end: () => files.remove() }
  } catch (error) {
    await files.remove()
    throw error
  }
}

async function overHttp(target: URL, access: Access, policy: NetworkPolicy, files: HandedFiles): Promise<Omit<Dialling, 'end'>> {
  // What stands in the address is meant for this address.
  const authorization: Authorization | undefined =
    target.username === ''
      ? access.authorization
      : { kind: 'basic', username: decodeURIComponent(target.username), password: decodeURIComponent(target.password) }
  target.username = ''
  target.password = ''
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const proxy = proxyFor(target, access.proxy)
  const addresses = proxy ? await allowedBehindProxy(host, policy) : await allowedAddresses(host, policy)
  const config = [
    'protocol.http.allow=always',
    'protocol.https.allow=always',
    // Redirects are followed by us, one by one, each host checked.
    'http.followRedirects=false',
    'http.lowSpeedLimit=1000',
    'http.lowSpeedTime=30',
  ]
  // The name may have another address by the time git asks: git is told the ones that were checked (git 2.37).
  const dialled = proxy ?? target
  const dialledHost = dialled.hostname.replace(/^\[|\]$/g, '')
  const checked = proxy ? await allowedAddresses(dialledHost, policy) : addresses
  if (isIP(dialledHost) === 0 && checked.length > 0) {
    const port = dialled.port || defaultPort(dialled.protocol)
    config.push(`http.curloptResolve=${dialledHost}:${port}:${checked.map((one) => (isIP(one) === 6 ? `[${one}]` : one)).join(',')}`)
  }
  const secrets: [string, string][] = []
  const env: Record<string, string> = {}
  if (authorization) secrets.push([`http.${target.origin}/.extraHeader`, `Authorization: ${authorizationHeader(authorization)}`])
  if (access.proxy) {
    // An empty one is none, whatever the environment says.
    secrets.push(['http.proxy', proxy?.href ?? ''])
    Object.assign(env, { NO_PROXY: '', no_proxy: '' })
    if (proxy?.protocol === 'https:') {
      const authority = access.authorityOf?.(dialledHost)
      if (authority !== undefined) env['GIT_PROXY_SSL_CAINFO'] = await files.write('proxy-authority.pem', authority)
    }
  }
  const authority = access.authorityOf?.(host)
  if (authority !== undefined) env['GIT_SSL_CAINFO'] = await files.write('authority.pem', authority)
  if (access.isInsecure) env['GIT_SSL_NO_VERIFY'] = 'true'
  if (access.clientCertificate) {
    env['GIT_SSL_CERT'] = await files.write('certificate.pem', access.clientCertificate.certificate)
    env['GIT_SSL_KEY'] = await files.write('certificate.key', access.clientCertificate.key)
  }
  // By environment: arguments are visible to every user of the machine.
  env['GIT_CONFIG_COUNT'] = String(secrets.length)
  for (const [index, [key, value]] of secrets.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return { url: target.href, protocols: 'http:https', config, env }
}

/** No forwarding, no question, no command of a configuration's. */
const sshOptions = ['BatchMode=yes', 'ConnectTimeout=15', 'ClearAllForwardings=yes', 'PermitLocalCommand=no']

async function overSsh(
  url: string,
  { host, port }: { host: string; port: string },
  access: Access,
  policy: NetworkPolicy,
  files: HandedFiles,
): Promise<Omit<Dialling, 'end'>> {
  const addresses = await allowedAddresses(host, policy)
  const options = [...sshOptions]
  const words = ['ssh']
  const isPlain = /^[A-Za-z0-9._:-]+$/.test(host)
  if (isIP(host) === 0 && addresses[0] !== undefined && isPlain) {
    // Its key is the one that is known for the name, although the connection goes to the address that was checked.
    options.push(`HostName=${addresses[0]}`, `HostKeyAlias=${port === '22' ? host : `[${host}]:${port}`}`)
  }
  if (access.isInsecure) options.push('StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null')
  else {
    options.push('StrictHostKeyChecking=yes')
    const known = access.knownHosts === undefined ? undefined : await files.write('known_hosts', access.knownHosts)
    // With a key of the operator's the operator's hosts count, and no others; else those of the user who runs Plimsoll as well.
    if (access.sshPrivateKey !== undefined)
      options.push(`UserKnownHostsFile=${known === undefined ? '/dev/null' : inSshConfig(known)}`, 'GlobalKnownHostsFile=/dev/null')
    else if (known !== undefined) options.push(`UserKnownHostsFile=~/.ssh/known_hosts ~/.ssh/known_hosts2 ${inSshConfig(known)}`)
  }
  if (access.sshPrivateKey !== undefined) {
    const key = await files.write('identity', access.sshPrivateKey.replace(/\r\n?/g, '\n').replace(/\n*$/, '\n'))
    words.push('-F', '/dev/null')
    options.push('IdentitiesOnly=yes', 'IdentityAgent=none', `IdentityFile=${inSshConfig(key)}`, 'PreferredAuthentications=publickey')
  }
  for (const option of options) words.push('-o', inShell(option))
  return { url, protocols: 'ssh', config: ['protocol.ssh.allow=always'], env: { GIT_SSH_COMMAND: words.join(' ') } }
}

/** ssh reads a value word by word, and expands `%`. */
function inSshConfig(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}

function inShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : protocol === 'http:' ? '80' : '1080'
}

/** Files that one `git` is handed, in a directory that nobody else may enter. */
class HandedFiles {
  readonly #parent: string
  #dir: Promise<string> | undefined

  constructor(parent: string) {
    this.#parent = parent
  }

  async write(name: string, content: string): Promise<string> {
    this.#dir ??= mkdir(this.#parent, { recursive: true, mode: 0o700 }).then(() => mkdtemp(join(this.#parent, 'run-')))
    const path = join(await this.#dir, name)
    await writeFile(path, content, { mode: 0o600, flag: 'wx' })
    return path
  }

  async remove(): Promise<void> {
    const dir = await this.#dir?.catch(() => undefined)
    if (dir !== undefined) await rm(dir, { recursive: true, force: true })
  }
}
