import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { Access, AccessSource, NetworkPolicy } from '@plimsoll/network'
import type { GitHost, HistoryRewritten, PushRules, ReadableRepositories, RefsChanged, Repositories } from './contract.ts'
import type { DiallingContext } from './dialling.ts'
import { createGitHistory } from './history/git-history.ts'
import { HostedOnDisk } from './hosted-repositories.ts'
import { Mirror } from './mirror.ts'
import { ObjectPool } from './object-pool.ts'
import { ObjectStore } from './object-store.ts'
import { Remote, type RemoteLimits } from './remote.ts'
import { createReader, type OpenRepository } from './repository-reader.ts'
import { hostedURL, maskCredentials, parseRepositoryURL, type RepositoryAddress } from './repository-url.ts'
import { answerGit, answerReader, type SmartHttpContext } from './smart-http.ts'
import { silentLog, systemClock, type Clock, type Log } from './time-and-log.ts'
import { TreeWalk } from './tree-walk.ts'
import { Turnstile } from './turnstile.ts'

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
  /** How repositories elsewhere are reached: credentials where their addresses hold none, certificates, proxies. */
  access?: AccessSource
  /** `file://` and absolute paths; off by default, since they read whatever this process may read. */
  allowFileUrls?: boolean
  limits?: Partial<RemoteLimits & { maxPushBytes: number; cacheBytes: number; maxProcesses: number }>
  clock?: Clock
  log?: Log
}

/** Everything there is of Git. `close` ends every process that was started. */
export type GitRepositories = Repositories & GitHost & { close(): Promise<void> }

export function createRepositories(options: RepositoriesOptions): GitRepositories {
  const { clock = systemClock, log = silentLog, hosting, limits = {} } = options
  const policy: NetworkPolicy = { allowPrivateHosts: options.allowPrivateHosts ?? false }
  const remoteLimits: RemoteLimits = { listTimeoutMs: limits.listTimeoutMs ?? 20_000, fetchTimeoutMs: limits.fetchTimeoutMs ?? 10 * 60_000 }
  const dialling: DiallingContext = { policy, scratchDir: join(options.dataDir, 'handed-over') }
  const pool = new ObjectPool({ maxProcesses: limits.maxProcesses ?? 32, idleMs: 60_000 })
  const store = new ObjectStore(pool, limits.cacheBytes ?? 64 * 1024 * 1024)
  const walk = new TreeWalk(store)
  const network = new Turnstile(8)
  const mirrors = new Map<string, Mirror>()
  const listeners = new Set<(change: RefsChanged) => void>()
  const rewritingListeners = new Set<(change: HistoryRewritten) => void>()
  const answering = new Turnstile(16)
  mkdirSync(hosting.root, { recursive: true })
  const spoolDir = join(options.dataDir, 'incoming-pushes')
  // Left by a process that was killed while somebody pushed.
  const spoolIsClean = rm(spoolDir, { recursive: true, force: true })
  spoolIsClean.catch(() => undefined)
  // Likewise: keys are there for as long as one `git` runs.
  rmSync(dialling.scratchDir, { recursive: true, force: true })

  const hosted = new HostedOnDisk({
    root: hosting.root,
    baseUrl: hosting.baseUrl,
    pool,
    store,
    walk,
    clock,
    log,
    changed: (name, change) => announce({ repoURL: hostedURL(hosting.baseUrl(), name), hosted: name, at: clock.now(), ...change }),
    rewritten: (name, branches) => announceRewritten({ repoURL: hostedURL(hosting.baseUrl(), name), branches }),
  })

  let rules: PushRules | undefined

  function readerOf(how: (repoURL: string) => Promise<OpenRepository>): ReadableRepositories {
    return createReader({ store, walk, open: how, normalize })
  }

  return {
    hosted,
    history: createGitHistory({ hosted, store, walk }),

    setPushRules(given) {
      rules = given
    },

    ...readerOf(open),
    anonymous: readerOf((repoURL) => openAs(repoURL, () => '')),

    forProject: (project) => readerOf((repoURL) => openAs(repoURL, (normal) => options.access?.keyOf(normal, project) ?? '')),

    async probe(repoURL, access, signal) {
      const where = address(repoURL)
      if (where.kind !== 'hosted') await new Remote(where, dialling, remoteLimits, async () => access).listRefs(signal)
      else if (!(await hosted.has(where.name))) throw noSuchHere(where)
    },

    async refresh(repoURL) {
      const { normal } = address(repoURL)
      // Of one repository there may be several: each project reads with what it is given.
      const known = [...mirrors.values()].filter((mirror) => mirror.normal === normal)
      if (known.length === 0) known.push(...[(await open(repoURL)).mirror].filter((mirror) => mirror !== undefined))
      const looks = await Promise.allSettled(known.map((mirror) => mirror.look()))
      const failed = looks.find((look) => look.status === 'rejected')
      if (failed && looks.every((look) => look.status === 'rejected')) throw failed.reason
    },

    onRefsChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    onHistoryRewritten(listener) {
      rewritingListeners.add(listener)
      return () => rewritingListeners.delete(listener)
    },

    normalize,

    handle: (request, response, principal) => answerGit(request, response, principal, httpContext()),

    handleMirror: (request, response, repoURL) =>
      answerReader(request, response, httpContext(), async ({ isFresh }) => {
        const repository = await open(repoURL)
        if (isFresh) await repository.freshen(0)
        return repository.gitDir
      }),

    async close() {
      await Promise.all([...mirrors.values()].map((mirror) => mirror.close()))
      pool.close()
    },
  }

  function httpContext(): SmartHttpContext {
    return {
      hosted,
      log,
      places: answering,
      spoolDir,
      maxPushBytes: limits.maxPushBytes ?? 512 * 1024 * 1024,
      timeoutMs: 10 * 60_000,
      rules,
    }
  }

  function normalize(repoURL: string): string {
    try {
      return address(repoURL).normal
    } catch {
      return maskCredentials(repoURL)
    }
  }

  function address(repoURL: string): RepositoryAddress {
    return parseRepositoryURL(repoURL, { baseUrl: hosting.baseUrl(), allowFileUrls: options.allowFileUrls ?? false })
  }

  function open(repoURL: string): Promise<OpenRepository> {
    return openAs(repoURL, (normal) => options.access?.keyOf(normal) ?? '')
  }

  async function openAs(repoURL: string, accessKeyOf: (normal: string) => string): Promise<OpenRepository> {
    const where = address(repoURL)
    if (where.kind === 'hosted') {
      const { name } = where
      if (!hosted.isOpen(name) && !(await hosted.has(name))) {
        throw noSuchHere(where)
      }
      return {
        normal: where.normal,
        gitDir: hosted.gitDirOf(name),
        freshen: () => Promise.resolve(),
        refs: () => hosted.refs(name),
        head: () => 'HEAD',
      }
    }
    // What lets us in is part of the key: what one may read with it, another may not without it. What stands in the address goes first.
    const own = where.kind === 'remote' && where.protocol !== 'ssh' ? userinfo(where.dial) : ''
    const given = where.kind === 'remote' && (own === ':' || own === '') ? accessKeyOf(where.normal) : ''
    const key = `${where.normal} ${given === '' ? own : `with ${given}`}`
    const accessOf = async (): Promise<Access> => (await options.access?.of(where.normal, given)) ?? {}
    let mirror = mirrors.get(key)
    if (mirror === undefined) {
      const folder = `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.git`
      mirror = new Mirror(join(options.dataDir, 'mirrors', folder), where.normal, new Remote(where, dialling, remoteLimits, accessOf), {
        clock,
        log,
        network,
        pollIntervalMs: options.pollIntervalMs ?? 60_000,
        random: Math.random,
        changed: ({ refs }) => announce({ repoURL: where.normal, refs, at: clock.now() }),
        rewritten: (branches) => announceRewritten({ repoURL: where.normal, branches }),
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

  function announce(change: RefsChanged): void {
    tell(listeners, change)
  }

  function announceRewritten(change: HistoryRewritten): void {
    for (const { ref, from, to } of change.branches)
      log.warn({ repository: change.repoURL, ref, from, to }, 'the history of a branch was rewritten')
    tell(rewritingListeners, change)
  }

  function tell<T extends { repoURL: string }>(told: ReadonlySet<(change: T) => void>, change: T): void {
    for (const listener of told) {
      try {
        listener(change)
      } catch (error) {
        log.error({ err: error, repository: change.repoURL }, 'a listener for changed refs failed')
      }
    }
  }
}

function noSuchHere({ name, normal }: { name: string; normal: string }): PlimsollError {
  return new PlimsollError('repository-unreachable', `There is no repository '${name}' here.`, {
    remedy: `Push to ${normal} to make it, or correct repoURL.`,
  })
}

function userinfo(url: string): string {
  const { username, password } = new URL(url)
  return `${username}:${password}`
}
