import { PlimsollError } from '@plimsoll/api'
import { type Access, accessElsewhere } from '@plimsoll/network'
import { type DiallingContext, prepareDialling } from './dialling.ts'
import { firstLine, GitFailure, runGit } from './git-command.ts'
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
  readonly #context: DiallingContext
  readonly #limits: RemoteLimits
  readonly #access: () => Promise<Access>
  /** Where the repository has moved to, as far as a redirect told. */
  #movedTo: string | undefined

  /** `access` is asked at each use: it may be another one by then. */
  constructor(address: DialledAddress, context: DiallingContext, limits: RemoteLimits, access: () => Promise<Access>) {
    this.#address = address
    this.#context = context
    this.#limits = limits
    this.#access = access
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
      this.#movedTo = await findRedirect(this.#address.dial, this.#context.policy, await this.#access())
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
    const given = await this.#access()
    const access = this.#isOwn(url) ? given : accessElsewhere(given)
    const dialling = await prepareDialling(url, access, this.#context)
    try {
      const { protocols, config, env } = dialling
      return await runGit(args(dialling.url), { protocols, config, env, timeoutMs, ...(signal && { signal }) })
    } finally {
      await dialling.end()
    }
  }

  /** What lets us in goes to the address that it is given for: never to a host that a redirect names. */
  #isOwn(url: string): boolean {
    return url === this.#address.dial || (URL.canParse(url) && new URL(url).origin === new URL(this.#address.dial).origin)
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

function isRedirect(failure: GitFailure): boolean {
  return /returned error: 30\d|redirect/i.test(failure.stderr)
}

function remedyFor(said: string): { remedy?: string } {
  if (/could not read (Username|Password)|Authentication failed|error: 40[134]|Permission denied|not found/i.test(said)) {
    return {
      remedy:
        'Check that the repository exists, and that it may be read without signing in, or connect it with credentials: `plimsoll repo add URL`.',
    }
  }
  if (/Host key verification failed|host key is known|REMOTE HOST IDENTIFICATION/i.test(said)) {
    return { remedy: 'Let the host be known: `ssh-keyscan HOST | plimsoll cert add-ssh --batch`, once its key has been checked.' }
  }
  if (/certificate|SSL|TLS/i.test(said)) {
    return { remedy: 'Let its authority be known: `plimsoll cert add-tls HOST --from FILE`.' }
  }
  return {}
}
