import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { createApplications, indexKeysOf, type Applications, type TargetCluster } from '@plimsoll/applications'
import { createRepositories, type GitRepositories, type RefsChanged } from '@plimsoll/git'
import { createClusterCache, createKubeClient, maskCredentials, type KubeObject, type ResourceType, systemClock } from '@plimsoll/kube'
import { openRecords, type Records } from '@plimsoll/records'
import { createRenderer } from '@plimsoll/render'
import { ensureAdminPassword } from './auth/admin-account.ts'
import { openLoginLimit } from './auth/login-limit.ts'
import { createOneTimeCodes } from './auth/one-time-codes.ts'
import { settingNames } from './auth/settings.ts'
import { keepTokenFile } from './auth/token-file.ts'
import { openTokens } from './auth/tokens.ts'
import { createHttp } from './http/create-http.ts'
import { createOwnAddress } from './http/own-address.ts'
import { installHome } from './install-home.ts'
import type { Parts, ServerOptions } from './options.ts'
import type { Http } from './routes/route-context.ts'
import { version } from './version.ts'

export interface RunningServer {
  /** `http://127.0.0.1:7420`, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly username: 'admin'
  /** The administrator's password, once: on the very first start. */
  readonly initialPassword: string | undefined
  /** A new link that signs in once, within 15 minutes. */
  readonly createSignInLink: () => string
  /** Bearer token for API and CLI, and password for git; the file is its owner's alone. */
  readonly localToken: string
  readonly tokenFile: string
  readonly applications: Applications
  readonly repositories: GitRepositories
  readonly records: Records
  readonly home: TargetCluster
  /** Resolves when the cluster has been read and every application is queued; never rejects. */
  readonly ready: Promise<void>
  readonly isReady: boolean
  close(): Promise<void>
}

const homeServer = 'https://kubernetes.default.svc'
/** High in number, short in life, and nothing that Git holds (Argo CD excludes the same by default: `resource.exclusions`, v3). */
const excluded = new Set([
  '/Event',
  'events.k8s.io/Event',
  'coordination.k8s.io/Lease',
  'authentication.k8s.io/*',
  'authorization.k8s.io/*',
])
const renewTokenEveryMs = 24 * 60 * 60_000

/**
 * Everything together, in one process. Rejects when something that is ours fails (the port is taken, the data directory cannot be written,
 * the kubeconfig cannot be read). A cluster that does not answer is waited for, meanwhile the server says so.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir, log, host = '127.0.0.1', namespace = 'argocd' } = options
  const closers: (() => Promise<void> | void)[] = []
  const stopping = new AbortController()
  async function close(): Promise<void> {
    stopping.abort()
    for (const one of closers.splice(0).toReversed()) {
      try {
        await one()
      } catch (error) {
        log.warn({ error: String(error) }, 'a part did not stop in order')
      }
    }
  }

  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const records = await openRecords({ dataDir })
    closers.push(() => records.close())
    const initialPassword = await ensureAdminPassword(records)
    const tokens = await openTokens(records)
    closers.push(() => tokens.close())
    const limit = await openLoginLimit(records)
    const codes = createOneTimeCodes()

    let url = ''
    let port = 0
    const repositories = createRepositories({
      dataDir: join(dataDir, 'git'),
      hosting: { baseUrl: () => url, root: join(dataDir, 'repositories') },
      ...(options.allowedGitHosts && { allowPrivateHosts: options.allowedGitHosts }),
      log,
    })
    closers.push(() => repositories.close())
    const stopAuditing = repositories.onRefsChanged((change) => void writePush(records, change, log))
    closers.push(() => stopAuditing())
    const renderer = createRenderer()
    closers.push(() => renderer.close())

    const client = await createKubeClient({
      ...(options.kubeconfig !== undefined && { kubeconfigPath: options.kubeconfig }),
      ...(options.context !== undefined && { context: options.context }),
    })
    closers.push(() => client.close())
    const cache = createClusterCache(client, {
      isExcluded,
      indexKeysOf,
      keepsManagedFields,
      onListenerError: (error) => log.error({ err: error }, 'a change of the cluster could not be taken up'),
    })
    closers.push(() => cache.stop())
    const home: TargetCluster = { server: homeServer, name: 'in-cluster', client, cache }
    const applications = createApplications({
      home,
      clusterOf: ({ server, name }) =>
        (name ? name === home.name : !server || server === home.server || server === client.server) ? home : undefined,
      repositories,
      renderer,
      records,
      namespace,
      clock: systemClock,
      log,
      concurrency: options.concurrency ?? 8,
    })

    let isReady = false
    let problem = 'Plimsoll is still reading the cluster.'
    const parts: Parts = {
      applications,
      repositories,
      records,
      home,
      log,
      namespace,
      notReady() {
        if (isReady) return undefined
        return cache.connectionProblem()?.message ?? problem
      },
    }
    const own = createOwnAddress({
      url: () => url,
      port: () => port,
      allowedHosts: options.allowedHosts ?? [],
      ...(options.externalUrl !== undefined && { externalUrl: options.externalUrl }),
    })
    const http = await createHttp({
      parts,
      tokens,
      codes,
      limit,
      own,
      log,
      webRoot: options.webRoot,
      facts: {
        version,
        dataDir,
        demo: options.demo,
        ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
        ...(options.gatewayUrl !== undefined && { gatewayUrl: options.gatewayUrl }),
        ...(options.clusterInfo && { clusterInfo: options.clusterInfo }),
      },
    })
    closers.push(() => http.close())
    port = await listen(http, records, host, options.port)
    url =
      options.externalUrl?.replace(/\/+$/, '') ??
      `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`

    const tokenFile = options.tokenFile ?? join(dataDir, 'token')
    let localToken = await keepTokenFile(tokenFile, tokens)
    const renewal = setInterval(() => {
      keepTokenFile(tokenFile, tokens).then(
        (token) => (localToken = token),
        (error: unknown) => log.error({ error: String(error) }, 'the token file could not be renewed'),
      )
    }, renewTokenEveryMs)
    renewal.unref()
    closers.push(() => clearInterval(renewal))

    const ready = bringUp()
    closers.push(() => (isReady ? applications.stop() : undefined))
    await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, options.readyTimeoutMs ?? 20_000).unref())])

    return {
      url,
      port,
      username: 'admin',
      initialPassword,
      createSignInLink: () => `${url}/login/once?code=${codes.create()}`,
      get localToken() {
        return localToken
      },
      tokenFile,
      applications,
      repositories,
      records,
      home,
      ready,
      get isReady() {
        return isReady
      },
      close,
    }

    /** Until it works, or the server is stopped: a cluster may come up later than we do. */
    async function bringUp(): Promise<void> {
      for (let attempt = 1; !stopping.signal.aborted; attempt++) {
        try {
          await installHome(client, { namespace, log, signal: stopping.signal })
          await cache.start()
          if (stopping.signal.aborted) return
          await applications.start()
          isReady = true
          return
        } catch (error) {
          if (stopping.signal.aborted) return
          problem = maskCredentials(error instanceof Error ? error.message : String(error))
          log.warn({ error: problem, attempt }, 'the home cluster could not be read yet')
          await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** Math.min(attempt, 6))))
        }
      }
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The port of an installation stays the same: repository addresses carry it. */
async function listen(http: Http, records: Records, host: string, wanted: number): Promise<number> {
  const kept = wanted === 0 ? Number((await records.getSetting(settingNames.port)) ?? 0) : wanted
  try {
    await http.listen({ port: kept, host })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${kept} of ${host} is in use. Stop what uses it, or start with another --port.`, { cause: error })
  }
  const { port } = http.server.address() as AddressInfo
  if (wanted === 0 && kept === 0) await records.setSetting(settingNames.port, String(port))
  return port
}

function isExcluded(type: ResourceType): boolean {
  return excluded.has(`${type.group}/${type.kind}`) || excluded.has(`${type.group}/*`)
}

/** Who owns which field matters for what is managed, or may come to be: not for what a controller made of it. */
function keepsManagedFields(object: KubeObject): boolean {
  return indexKeysOf(object).length > 0 || (object.metadata.ownerReferences?.length ?? 0) === 0
}

async function writePush(records: Records, change: RefsChanged, log: ServerOptions['log']): Promise<void> {
  if (change.pusher === undefined) return
  try {
    await records.appendAudit({
      actor: change.pusher,
      origin: 'git',
      action: 'git.push',
      object: `repositories/${change.repoURL}`.slice(0, 600),
      outcome: 'allowed',
      detail: { refs: change.refs.slice(0, 50) },
      at: change.at,
    })
  } catch (error) {
    log.error({ error: String(error) }, 'a push could not be written down')
  }
}
