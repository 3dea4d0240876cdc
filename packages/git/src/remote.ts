import { isIP } from 'node:net'
import { PlimsollError } from '@plimsoll/api'
import { firstLine, GitFailure, runGit } from './git-command.ts'
import { allowedAddresses, type NetworkPolicy } from './network-policy.ts'
import { findRedirect } from './redirect.ts'
import { parseRemoteRefs, type RefSet } from './refs.ts'
import { maskCredentials, type RepositoryAddress } from './repository-url.ts'

export type DialledAddress = Exclude<RepositoryAddress, { kind: 'hosted' }>

export interface RemoteLimits {
  listTimeoutMs: number
  fetchTimeoutMs: number
}

/** The other end of a mirror. Every word to it goes through here: addresses are checked and pinned, redirects looked at, secrets kept out of sight. */
export class Remote {
  readonly #address: DialledAddress
  readonly #policy: NetworkPolicy
  readonly #limits: RemoteLimits
  /** Where the repository has moved to, as far as a redirect told. */
  #movedTo: string | undefined

  constructor(address: DialledAddress, policy: NetworkPolicy, limits: RemoteLimits) {
    this.#address = address
    this.#policy = policy
    this.#limits = limits
  }

  async listRefs(signal?: AbortSignal): Promise<RefSet & { head: string | undefined }> {
    const output = await this.#run(
      (url) => ['ls-remote', '--symref', '--end-of-options', url, 'HEAD', 'refs/heads/*', 'refs/tags/*'],
      this.#limits.listTimeoutMs,
      signal,
    )
    return parseRemoteRefs(output.toString())
  }

  /** What one ref outside of branches and tags points at. */
  async listRef(ref: string, signal?: AbortSignal): Promise<string | undefined> {
    const output = await this.#run((url) => ['ls-remote', '--end-of-options', url, ref], this.#limits.listTimeoutMs, signal)
    return parseRemoteRefs(output.toString()).refs.get(ref)
  }

  async fetch(gitDir: string, refspecs: string[], options: { prune: boolean }, signal?: AbortSignal): Promise<void> {
    const flags = ['--quiet', '--no-tags', '--force', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-gc']
    if (options.prune) flags.push('--prune')
    await this.#run(
      (url) => ['--git-dir', gitDir, 'fetch', ...flags, '--end-of-options', url, ...refspecs],
      this.#limits.fetchTimeoutMs,
      signal,
    )
  }

  async #run(args: (url: string) => string[], timeoutMs: number, signal: AbortSignal | undefined): Promise<Buffer> {
    try {
      return await this.#attempt(this.#movedTo ?? this.#address.dial, args, timeoutMs, signal)
    } catch (error) {
      if (!(error instanceof GitFailure) || !isRedirect(error) || this.#address.kind !== 'remote') throw this.#translate(error)
    }
    try {
      this.#movedTo = await findRedirect(this.#address.dial, this.#policy)
      return await this.#attempt(this.#movedTo, args, timeoutMs, signal)
    } catch (error) {
      this.#movedTo = undefined
      throw this.#translate(error)
    }
  }

  async #attempt(url: string, args: (url: string) => string[], timeoutMs: number, signal: AbortSignal | undefined): Promise<Buffer> {
    if (this.#address.kind === 'file') {
      return runGit(args(url), { protocols: 'file', config: ['protocol.file.allow=always'], timeoutMs, ...(signal && { signal }) })
    }
    if (this.#address.protocol === 'ssh') {
      await allowedAddresses(this.#address.host, this.#policy)
      return runGit(args(url), { protocols: 'ssh', config: ['protocol.ssh.allow=always'], timeoutMs, ...(signal && { signal }) })
    }
    const target = new URL(url)
    const secret = target.username === '' ? undefined : `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`
    target.username = ''
    target.password = ''
    const host = target.hostname.replace(/^\[|\]$/g, '')
    const addresses = await allowedAddresses(host, this.#policy)
    const config = [
      'protocol.http.allow=always',
      'protocol.https.allow=always',
      // Redirects are followed by us, one by one, each host checked.
      'http.followRedirects=false',
      'http.lowSpeedLimit=1000',
      'http.lowSpeedTime=30',
    ]
    // The name may have another address by the time git asks: git is told the ones that were checked (git 2.37).
    if (isIP(host) === 0 && addresses.length > 0) {
      const port = target.port || (target.protocol === 'https:' ? '443' : '80')
      config.push(
        `http.curloptResolve=${host}:${port}:${addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address)).join(',')}`,
      )
    }
    return runGit(args(target.href), {
      protocols: 'http:https',
      config,
      timeoutMs,
      ...(secret !== undefined && { env: authorization(secret) }),
      ...(signal && { signal }),
    })
  }

  #translate(error: unknown): unknown {
    if (!(error instanceof GitFailure)) return error
    const said = error.reason === 'exit' ? firstLine(error.stderr) : error.message
    return new PlimsollError('repository-unreachable', `Repository '${this.#address.normal}' cannot be read: ${maskCredentials(said)}`, {
      ...remedyFor(said),
      cause: error,
    })
  }
}

/** By environment: arguments are visible to every user of the machine. */
function authorization(secret: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(secret).toString('base64')}`,
  }
}

function isRedirect(failure: GitFailure): boolean {
  return /returned error: 30\d|redirect/i.test(failure.stderr)
}

function remedyFor(said: string): { remedy?: string } {
  if (/could not read (Username|Password)|Authentication failed|error: 40[134]|Permission denied|not found/i.test(said)) {
    return { remedy: 'Check that the repository exists, and that it may be read without signing in or that the URL carries credentials.' }
  }
  if (/Host key verification failed/i.test(said)) return { remedy: 'Add the host to known_hosts of the user that runs Plimsoll.' }
  return {}
}
