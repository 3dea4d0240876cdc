import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import { maskCredentials, prepareDialling } from '@plimsoll/git'
import type { Access, NetworkPolicy } from '@plimsoll/network'
import type { GitChange, GitWriter } from '../contract.ts'
import { GitRefusal, runGit } from './git-process.ts'

const askMs = 30_000
const transferMs = 5 * 60_000

export interface RemoteGitWriterOptions {
  /** What is prepared for a push lies below it, one bare repository for each. */
  dir: string
  policy: NetworkPolicy
  /** How an address is reached: who we are there, whom we believe. */
  accessOf?: (repoURL: string) => Promise<Access>
  now: () => number
  /** Called after a write, so that whoever reads the repository looks again. */
  written: (repoURL: string) => Promise<void>
}

/**
 * Writes to repositories elsewhere (GitHub, GitLab, Gitea, …) by Git itself: what is written is made in a bare repository of our own and pushed with
 * a lease on what was seen, so that a ref that has moved refuses it (git-push(1), `--force-with-lease`). Credentials are those of the address,
 * or of its connection.
 */
export class RemoteGitWriter implements GitWriter {
  readonly #options: RemoteGitWriterOptions
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: RemoteGitWriterOptions) {
    this.#options = options
    // Left by a process that was killed while it wrote.
    rmSync(scratchDirIn(options), { recursive: true, force: true })
  }

  async tip(repoURL: string, ref: string): Promise<string | undefined> {
    const output = await this.#remote(repoURL, (url) => ['ls-remote', '--end-of-options', url, ref], askMs)
    return output
      .toString()
      .split('\n')
      .map((line) => line.split('\t'))
      .find(([, name]) => name === ref)?.[0]
  }

  async defaultRef(repoURL: string): Promise<string | undefined> {
    const output = await this.#remote(repoURL, (url) => ['ls-remote', '--symref', '--end-of-options', url, 'HEAD'], askMs)
    return /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(output.toString())?.[1]
  }

  async commit({
    repoURL,
    ref,
    expected,
    files,
    message,
    author,
  }: GitChange & { files: ReadonlyMap<string, Buffer | null> }): Promise<string> {
    return this.#alone(repoURL, async (gitDir) => {
      await this.#fetch(repoURL, gitDir, [expected])
      const made = `refs/plimsoll/${randomUUID()}`
      const input = await this.#stream(gitDir, { ref: made, expected, files, message, author })
      await runGit(['--git-dir', gitDir, 'fast-import', '--quiet', '--done'], { input, timeoutMs: askMs })
      const commit = await this.#revParse(gitDir, made)
      await this.#push(repoURL, gitDir, ref, expected, commit)
      return commit
    })
  }

  async merge({ repoURL, ref, expected, other, message, author }: GitChange & { other: string }): Promise<string> {
    return this.#alone(repoURL, async (gitDir) => {
      await this.#fetch(repoURL, gitDir, [expected, other])
      if (await this.#isAncestor(gitDir, other, expected)) return expected
      const commit = (await this.#isAncestor(gitDir, expected, other))
        ? other
        : await this.#mergeCommit(gitDir, { expected, other, ref, message, author })
      await this.#push(repoURL, gitDir, ref, expected, commit)
      return commit
    })
  }

  async move({ repoURL, ref, expected, to }: { repoURL: string; ref: string; expected: string | undefined; to: string }): Promise<void> {
    await this.#alone(repoURL, async (gitDir) => {
      await this.#fetch(repoURL, gitDir, [to])
      await this.#push(repoURL, gitDir, ref, expected, to)
    })
  }

  async since(repoURL: string, from: string, to: string): Promise<{ commit: string; message: string }[]> {
    return this.#alone(repoURL, async (gitDir) => {
      await this.#fetch(repoURL, gitDir, [to])
      // A commit that is gone leads to nothing.
      const known = await this.#has(gitDir, from)
      if (!known) return []
      const output = await runGit(
        ['--git-dir', gitDir, 'log', '-n', '200', '--format=%H%x00%B%x01', '--end-of-options', `${from}..${to}`],
        { timeoutMs: askMs },
      )
      return output
        .toString()
        .split('\u0001')
        .map((entry) => entry.trimStart().split('\u0000'))
        .flatMap(([commit = '', message]) => (message === undefined ? [] : [{ commit, message }]))
    })
  }

  async isAncestor(repoURL: string, ancestor: string, descendant: string): Promise<boolean> {
    return this.#alone(repoURL, async (gitDir) => {
      await this.#fetch(repoURL, gitDir, [descendant])
      return (await this.#has(gitDir, ancestor)) && (await this.#isAncestor(gitDir, ancestor, descendant))
    })
  }

  async #mergeCommit(
    gitDir: string,
    { expected, other, ref, message, author }: Pick<GitChange, 'expected' | 'ref' | 'message' | 'author'> & { other: string },
  ): Promise<string> {
    let tree: string
    try {
      const output = await runGit(['--git-dir', gitDir, 'merge-tree', '--write-tree', '--name-only', '--no-messages', expected, other], {
        timeoutMs: transferMs,
      })
      tree = output.toString().split('\n')[0] ?? ''
    } catch (error) {
      if (!(error instanceof GitRefusal) || error.exitCode !== 1) throw error
      const files = error.output.trim().split('\n').slice(1, 11)
      throw new PlimsollError('merge-blocked', `${other.slice(0, 7)} does not merge into ${ref}: ${files.join(', ')}.`, {
        remedy: 'Merge it by hand and push: the delivery goes on from there.',
      })
    }
    const date = `${Math.floor(this.#options.now() / 1000)} +0000`
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
      GIT_COMMITTER_DATE: date,
    }
    const args = ['--git-dir', gitDir, 'commit-tree', '-p', expected, '-p', other, '-F', '-', tree]
    return (await runGit(args, { env, input: Buffer.from(message), timeoutMs: askMs })).toString().trim()
  }

  /** git-fast-import(1). */
  async #stream(
    gitDir: string,
    {
      ref,
      expected,
      files,
      message,
      author,
    }: Pick<GitChange, 'ref' | 'expected' | 'message' | 'author'> & { files: ReadonlyMap<string, Buffer | null> },
  ): Promise<Buffer> {
    const who = `${author.name.replace(/[<>\n]/g, '')} <${author.email.replace(/[<>\n]/g, '')}> ${Math.floor(this.#options.now() / 1000)} +0000`
    const text = Buffer.from(message)
    const parts: Buffer[] = [
      Buffer.from(`commit ${ref}\nauthor ${who}\ncommitter ${who}\ndata ${text.length}\n`),
      text,
      Buffer.from(`\nfrom ${expected}\n`),
    ]
    for (const [path, content] of files) {
      // oxlint-disable-next-line no-control-regex -- control characters are what is refused
      if (/[\u0000-\u001f"]/.test(path) || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase())))
        throw new PlimsollError('path-outside-repository', `'${path.slice(0, 200)}' is not a path inside a repository.`)
      if (content === null) {
        parts.push(Buffer.from(`D ${path}\n`))
        continue
      }
      const listed = (await runGit(['--git-dir', gitDir, 'ls-tree', expected, '--', path], { timeoutMs: askMs })).toString()
      const mode = listed.startsWith('100755') ? '100755' : '100644'
      parts.push(Buffer.from(`M ${mode} inline ${path}\ndata ${content.length}\n`), content, Buffer.from('\n'))
    }
    return Buffer.concat([...parts, Buffer.from('done\n')])
  }

  async #push(repoURL: string, gitDir: string, ref: string, expected: string | undefined, to: string): Promise<void> {
    try {
      await this.#remote(
        repoURL,
        (url) => [
          '--git-dir',
          gitDir,
          'push',
          '--quiet',
          '--porcelain',
          `--force-with-lease=${ref}:${expected ?? ''}`,
          '--end-of-options',
          url,
          `${to}:${ref}`,
        ],
        transferMs,
      )
    } catch (error) {
      const said = error instanceof PlimsollError && error.cause instanceof GitRefusal ? error.cause.output : ''
      if (/stale info|fetch first|non-fast-forward|already exists|cannot lock ref|reference already/i.test(said))
        throw new PlimsollError('conflict', `${ref} has moved meanwhile.`, {
          remedy: 'It is tried again from where it is now.',
          cause: error,
        })
      throw error
    }
    await this.#options.written(repoURL)
  }

  async #fetch(repoURL: string, gitDir: string, commits: readonly string[]): Promise<void> {
    const missing: string[] = []
    for (const commit of commits) if (!(await this.#has(gitDir, commit))) missing.push(commit)
    if (missing.length === 0) return
    const flags = ['--quiet', '--no-tags', '--force', '--no-write-fetch-head', '--no-recurse-submodules']
    const fetch = (refspecs: readonly string[]): Promise<Buffer> =>
      this.#remote(repoURL, (url) => ['--git-dir', gitDir, 'fetch', ...flags, '--end-of-options', url, ...refspecs], transferMs)
    await fetch(['+refs/heads/*:refs/remotes/heads/*'])
    for (const commit of missing) if (!(await this.#has(gitDir, commit))) await fetch([`+${commit}:refs/plimsoll/${commit}`])
  }

  async #has(gitDir: string, commit: string): Promise<boolean> {
    if (!/^[0-9a-f]{40}$/.test(commit)) return false
    return runGit(['--git-dir', gitDir, 'cat-file', '-e', `${commit}^{commit}`], { timeoutMs: askMs }).then(
      () => true,
      () => false,
    )
  }

  async #isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
    try {
      await runGit(['--git-dir', gitDir, 'merge-base', '--is-ancestor', ancestor, descendant], { timeoutMs: askMs })
      return true
    } catch (error) {
      if (error instanceof GitRefusal && error.exitCode === 1) return false
      throw error
    }
  }

  async #revParse(gitDir: string, ref: string): Promise<string> {
    return (
      (await runGit(['--git-dir', gitDir, 'rev-parse', '--verify', '--end-of-options', ref], { timeoutMs: askMs }))
        .toString()
        .trim()
        .split('\n')
        .at(-1) ?? ''
    )
  }

  async #remote(repoURL: string, args: (url: string) => string[], timeoutMs: number): Promise<Buffer> {
    const { policy, accessOf } = this.#options
    const access = (await accessOf?.(repoURL)) ?? {}
    if (access.sshPrivateKey === undefined && !/^https?:/i.test(repoURL)) {
      throw new PlimsollError(
        'invalid-request',
        `Nothing can be written to '${maskCredentials(repoURL).slice(0, 200)}': no key is given for it.`,
        {
          remedy:
            'Give it one (`plimsoll repo add URL --ssh-private-key-path FILE`), or use https://HOST/PATH as repoURL of the Application.',
        },
      )
    }
    const { url, config, protocols, env, end } = await prepareDialling(repoURL, access, { policy, scratchDir: scratchDirIn(this.#options) })
    try {
      return await runGit(args(url), { config, protocols, env, timeoutMs })
    } catch (error) {
      if (!(error instanceof GitRefusal)) throw error
      throw new PlimsollError('repository-unreachable', `${maskCredentials(url)} refuses, or does not answer: ${error.message}`, {
        remedy:
          'Check that the repository exists, and that the credentials in its address, or those that are given for it, may write to it.',
        cause: error,
      })
    } finally {
      await end()
    }
  }

  /** One at a time for each repository. */
  async #alone<T>(repoURL: string, work: (gitDir: string) => Promise<T>): Promise<T> {
    const gitDir = join(this.#options.dir, `${createHash('sha256').update(withoutUser(repoURL)).digest('hex').slice(0, 32)}.git`)
    const turn = (this.#turns.get(gitDir) ?? Promise.resolve()).then(async () => {
      const isThere = await stat(join(gitDir, 'HEAD')).then(
        () => true,
        () => false,
      )
      if (!isThere) {
        await mkdir(this.#options.dir, { recursive: true, mode: 0o700 })
        await runGit(['init', '--quiet', '--bare', '--template=', '--end-of-options', gitDir], { timeoutMs: askMs })
      }
      return work(gitDir)
    })
    const settled = turn.catch(() => undefined)
    this.#turns.set(gitDir, settled)
    void settled.then(() => {
      if (this.#turns.get(gitDir) === settled) this.#turns.delete(gitDir)
    })
    return turn
  }
}

function scratchDirIn({ dir }: RemoteGitWriterOptions): string {
  return join(dir, 'handed-over')
}

/** Over HTTP a user says who asks, and not what is asked for. */
function withoutUser(repoURL: string): string {
  if (!/^https?:/i.test(repoURL) || !URL.canParse(repoURL)) return repoURL
  const url = new URL(repoURL)
  url.username = ''
  url.password = ''
  return url.href
}
