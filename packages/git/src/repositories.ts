import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { CommitMetadata, GitHost, GitTree, RefsChanged, Repositories, ResolvedRevision } from './contract.ts'
import { HostedOnDisk } from './hosted-repositories.ts'
import { Mirror } from './mirror.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { ObjectPool } from './object-pool.ts'
import { ObjectStore, tooLarge } from './object-store.ts'
import { internalName, internalPrefix, tagNames, type RefSet } from './refs.ts'
import { Remote, type RemoteLimits } from './remote.ts'
import { hostedURL, maskCredentials, parseRepositoryURL, type RepositoryAddress } from './repository-url.ts'
import { parseRevision, type Revision } from './revision.ts'
import { answerGit } from './smart-http.ts'
import { silentLog, systemClock, type Clock, type Log } from './time-and-log.ts'
import { TreeWalk } from './tree-walk.ts'
import { Turnstile } from './turnstile.ts'
import { highestMatch } from './version-range.ts'

export interface RepositoriesOptions extends Partial<NetworkPolicy> {
  /** Mirrors of repositories elsewhere live below it. */
  dataDir: string
  hosting: {
    /** The server's address, `http://127.0.0.1:7420`; '' while it has none. */
    baseUrl: () => string
    /** Repositories that live here, as `NAME.git`. */
    root: string
  }
  /** How often a repository elsewhere is looked at, give or take a tenth. 60 s by default. */
  pollIntervalMs?: number
  /** `file://` and absolute paths; off by default, since they read whatever this process may read. */
  allowFileUrls?: boolean
  limits?: Partial<RemoteLimits & { maxPushBytes: number; cacheBytes: number; maxProcesses: number }>
  clock?: Clock
  log?: Log
}

/** Everything there is of Git. `close` ends every process that was started. */
export type GitRepositories = Repositories & GitHost & { close(): Promise<void> }

/** A repository, open: where its objects are, and how its refs are found out. */
interface OpenRepository {
  normal: string
  gitDir: string
  /** Sees to it that refs are as fresh as asked for. */
  freshen(maxAgeMs?: number): Promise<void>
  refs(): Promise<RefSet>
  /** Ref names that `HEAD` stands for, or `HEAD` itself. */
  head(): string
  mirror?: Mirror
}

export function createRepositories(options: RepositoriesOptions): GitRepositories {
  const { clock = systemClock, log = silentLog, hosting, limits = {} } = options
  const policy: NetworkPolicy = { allowPrivateHosts: options.allowPrivateHosts ?? false }
  const remoteLimits: RemoteLimits = { listTimeoutMs: limits.listTimeoutMs ?? 20_000, fetchTimeoutMs: limits.fetchTimeoutMs ?? 10 * 60_000 }
  const pool = new ObjectPool({ maxProcesses: limits.maxProcesses ?? 32, idleMs: 60_000 })
  const store = new ObjectStore(pool, limits.cacheBytes ?? 64 * 1024 * 1024)
  const walk = new TreeWalk(store)
  const network = new Turnstile(8)
  const mirrors = new Map<string, Mirror>()
  const listeners = new Set<(change: RefsChanged) => void>()
  const answering = new Turnstile(16)
  mkdirSync(hosting.root, { recursive: true })
  const spoolDir = join(options.dataDir, 'incoming-pushes')
  // Left by a process that was killed while somebody pushed.
  const spoolIsClean = rm(spoolDir, { recursive: true, force: true })
  spoolIsClean.catch(() => undefined)

  const hosted = new HostedOnDisk({
    root: hosting.root,
    baseUrl: hosting.baseUrl,
    pool,
    store,
    walk,
    clock,
    log,
    changed: (name, change) => announce({ repoURL: hostedURL(hosting.baseUrl(), name), at: clock.now(), ...change }),
  })

  return {
    hosted,

    async resolve(repoURL, revision, { maxAgeMs, signal } = {}) {
      signal?.throwIfAborted()
      const parsed = parseRevision(revision)
      if (parsed === undefined) {
        throw notFound(repoURL, revision, 'it is not the name of a branch, tag or commit, nor a version range')
      }
      const repository = await open(repoURL)
      if (parsed.form === 'commit') {
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        await repository.freshen(maxAgeMs)
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        // A commit that no branch leads to any more can often be had all the same.
        if (repository.mirror !== undefined) await repository.mirror.fetchExtra(parsed.hash).catch(() => undefined)
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        throw notFound(repoURL, revision, 'the repository has no such commit')
      }
      await repository.freshen(maxAgeMs)
      signal?.throwIfAborted()
      const found = await find(repository, parsed)
      if (found !== undefined) return found
      const why = parsed.form === 'range' ? 'no tag has a version in that range' : 'there is no such branch, tag or commit'
      throw notFound(repoURL, revision, parsed.form === 'head' ? 'the repository has no commits yet' : why)
    },

    async tree(repoURL, commit, path = '') {
      const { gitDir } = await open(repoURL)
      const { tree } = await store.commit(gitDir, requireHash(commit))
      const hash = await walk.folder(gitDir, tree, path)
      const entries = await walk.list(gitDir, hash)
      return {
        commit,
        hash,
        entries,
        async read(entry, maxBytes) {
          if (entry.kind === 'submodule')
            throw new PlimsollError('path-not-found', `'${entry.path}' is a submodule; it has no content here.`)
          if (entry.size > maxBytes) throw tooLarge(entry.size, maxBytes)
          return store.blob(gitDir, requireHash(entry.hash), maxBytes)
        },
      } satisfies GitTree
    },

    async changedPaths(repoURL, from, to) {
      const { gitDir } = await open(repoURL)
      try {
        const [before, after] = await Promise.all([store.commit(gitDir, requireHash(from)), store.commit(gitDir, requireHash(to))])
        return await walk.changed(gitDir, before.tree, after.tree)
      } catch (error) {
        if (error instanceof PlimsollError) return undefined
        throw error
      }
    },

    async commitMetadata(repoURL, commit) {
      const repository = await open(repoURL)
      const { author, email, date, message } = await store.commit(repository.gitDir, requireHash(commit))
      const { refs, peeled } = await repository.refs()
      const tags: string[] = []
      for (const [ref, hash] of refs) {
        if (ref.startsWith('refs/tags/') && (peeled.get(ref) ?? hash) === commit) tags.push(ref.slice('refs/tags/'.length))
      }
      return { author, email, date, message, tags } satisfies CommitMetadata
    },

    async refresh(repoURL) {
      const repository = await open(repoURL)
      await repository.mirror?.look()
    },

    onRefsChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    normalize(repoURL) {
      try {
        return address(repoURL).normal
      } catch {
        return maskCredentials(repoURL)
      }
    },

    handle: (request, response, principal) =>
      answerGit(request, response, principal, {
        hosted,
        log,
        places: answering,
        spoolDir,
        maxPushBytes: limits.maxPushBytes ?? 512 * 1024 * 1024,
        timeoutMs: 10 * 60_000,
      }),

    async close() {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.close()))
      pool.close()
    },
  }

  function address(repoURL: string): RepositoryAddress {
    return parseRepositoryURL(repoURL, { baseUrl: hosting.baseUrl(), allowFileUrls: options.allowFileUrls ?? false })
  }

  async function open(repoURL: string): Promise<OpenRepository> {
    const where = address(repoURL)
    if (where.kind === 'hosted') {
      const { name } = where
      if (!hosted.isOpen(name) && !(await hosted.has(name))) {
        throw new PlimsollError('repository-unreachable', `There is no repository '${name}' here.`, {
          remedy: `Push to ${where.normal} to make it, or correct repoURL.`,
        })
      }
      return {
        normal: where.normal,
        gitDir: hosted.gitDirOf(name),
        freshen: () => Promise.resolve(),
        refs: () => hosted.refs(name),
        head: () => 'HEAD',
      }
    }
    // Credentials are part of the key: what one may read with a token, another may not without it.
    const key = `${where.normal} ${where.kind === 'remote' && where.protocol !== 'ssh' ? userinfo(where.dial) : ''}`
    let mirror = mirrors.get(key)
    if (mirror === undefined) {
      const folder = `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.git`
      mirror = new Mirror(join(options.dataDir, 'mirrors', folder), where.normal, new Remote(where, policy, remoteLimits), {
        clock,
        log,
        network,
        pollIntervalMs: options.pollIntervalMs ?? 60_000,
        random: Math.random,
        changed: ({ refs }) => announce({ repoURL: where.normal, refs, at: clock.now() }),
      })
      mirrors.set(key, mirror)
    }
    await mirror.prepare()
    const made = mirror
    return {
      normal: where.normal,
      gitDir: made.gitDir,
      freshen: (maxAgeMs) => made.freshen(maxAgeMs),
      refs: () => Promise.resolve(made.refs),
      head: () => made.head ?? 'HEAD',
      mirror: made,
    }
  }

  /** The commit behind a revision, by what the refs say now. Branches go before tags, ranges before names, as in Argo CD. */
  async function find(repository: OpenRepository, revision: Revision): Promise<ResolvedRevision | undefined> {
    const { gitDir, mirror } = repository
    if (revision.form === 'head') return findRef(gitDir, repository.head())
    if (revision.form === 'ref') {
      if (revision.ref.startsWith(internalPrefix)) return undefined
      const found = await findRef(gitDir, revision.ref)
      if (found !== undefined || mirror === undefined) return found
      if ((await mirror.remoteRef(revision.ref)) === undefined) return undefined
      await mirror.fetchExtra(revision.ref)
      const commit = await store.resolveCommit(gitDir, internalName(revision.ref))
      return commit === undefined ? undefined : { commit, ref: revision.ref }
    }
    if (revision.form === 'commit') return undefined
    const range = revision.form === 'range' ? revision.range : revision.range ? revision.name : undefined
    if (range !== undefined) {
      const tag = highestMatch(range, tagNames(await repository.refs()))
      if (tag !== undefined) return findRef(gitDir, `refs/tags/${tag}`)
    }
    if (revision.form === 'range') return undefined
    const [branch, tag] = await Promise.all([findRef(gitDir, `refs/heads/${revision.name}`), findRef(gitDir, `refs/tags/${revision.name}`)])
    if (branch !== undefined || tag !== undefined) return branch ?? tag
    if (!revision.abbreviated) return undefined
    const commit = await store.resolveCommit(gitDir, revision.name)
    return commit?.startsWith(revision.name.toLowerCase()) ? { commit } : undefined
  }

  async function findRef(gitDir: string, ref: string): Promise<ResolvedRevision | undefined> {
    const commit = await store.resolveCommit(gitDir, ref)
    return commit === undefined ? undefined : { commit, ref }
  }

  function announce(change: RefsChanged): void {
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        log.error({ err: error, repository: change.repoURL }, 'a listener for changed refs failed')
      }
    }
  }

  function notFound(repoURL: string, revision: string, why: string): PlimsollError {
    return new PlimsollError(
      'revision-not-found',
      `Revision '${revision.slice(0, 255)}' of ${address(repoURL).normal} was not found: ${why}.`,
    )
  }
}

/** A hash from outside becomes a line for `git cat-file`: it must be nothing else. */
function requireHash(hash: string): string {
  if (/^[0-9a-f]{40}$/.test(hash)) return hash
  throw new PlimsollError('revision-not-found', `'${hash.slice(0, 80)}' is not the hash of a Git object.`)
}

function userinfo(url: string): string {
  const { username, password } = new URL(url)
  return `${username}:${password}`
}
