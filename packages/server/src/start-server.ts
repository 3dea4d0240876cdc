import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import {
  createApplications,
  createApplicationSets,
  createClusters,
  indexKeysOf,
  type Applications,
  type ApplicationSets,
  type TargetCluster,
  projectProblems,
} from '@plimsoll/applications'
import { createDeliveries, createHttpProbe, HostedGitWriter, RemoteGitWriter, type Deliveries } from '@plimsoll/delivery'
import { createBuiltinForge, createForges, type BuiltinForge } from '@plimsoll/forge'
import { createRepositories, type GitRepositories, type RefsChanged } from '@plimsoll/git'
import {
  type ClusterCacheOptions,
  createClusterCache,
  createKubeClient,
  maskCredentials,
  type KubeObject,
  type ResourceType,
  systemClock,
} from '@plimsoll/kube'
import type { AccessSource, NetworkPolicy } from '@plimsoll/network'
import { createModels, type Models } from '@plimsoll/models'
import { createNotifications } from '@plimsoll/notifications'
import { openRecords, type Records } from '@plimsoll/records'
import { createChartRegistry, createImageRegistry } from '@plimsoll/registry'
import { childPrograms, createRenderer, createTemplates } from '@plimsoll/render'
import type { Accounts } from './auth/accounts.ts'
import { ensureAdminPassword } from './auth/admin-account.ts'
import { openLoginLimit } from './auth/login-limit.ts'
import { createOneTimeCodes } from './auth/one-time-codes.ts'
import { settingNames } from './auth/settings.ts'
import { keepTokenFile } from './auth/token-file.ts'
import { openTokens } from './auth/tokens.ts'
import { createHttp } from './http/create-http.ts'
import { forgeActorOfAccount } from './auth/forge-actor.ts'
import { createOwnAddress } from './http/own-address.ts'
import { connectToOwn } from './http/own-connections.ts'
import { keepBlobsSwept } from './blob-sweeping.ts'
import { createClusterCommand } from './clusters/cluster-command.ts'
import { createCiEvents } from './ci-events.ts'
import { createCiRuns, type WorkflowRuns } from './ci-runs.ts'
import { openCiSettings } from './ci-settings.ts'
import { createCredentials, type Credentials } from './credentials/index.ts'
import { createDeliveryPorts } from './delivery-ports.ts'
import { createGateRuns } from './gate-runs.ts'
import { keepModelSecrets } from './model-secrets.ts'
import { createPullPlans } from './pull-plans.ts'
import { createRemoteFiles } from './remote-files.ts'
import { createRemoteForges } from './remote-forges.ts'
import { renderSecret } from './render-setup.ts'
import { endTokensOfGoneRoles } from './project-writes.ts'
import { installHome } from './install-home.ts'
import { openPullRequests } from './open-pull-requests.ts'
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
  readonly applicationSets: ApplicationSets
  readonly repositories: GitRepositories
  readonly forge: BuiltinForge
  readonly models: Models
  readonly deliveries: Deliveries
  readonly runs: WorkflowRuns
  readonly records: Records
  readonly accounts: Accounts
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
    let workflowRuns: WorkflowRuns | undefined
    let credentials: Credentials | undefined
    // Before the cluster is there nothing is given.
    const access: AccessSource = {
      keyOf: (repoURL, project) => credentials?.access.keyOf(repoURL, project) ?? '',
      of: async (repoURL, key) => (await credentials?.access.of(repoURL, key)) ?? {},
    }
    const policy: NetworkPolicy = { allowPrivateHosts: options.allowedGitHosts ?? false }
    const repositories = createRepositories({
      dataDir: join(dataDir, 'git'),
      hosting: { baseUrl: () => url, root: join(dataDir, 'repositories') },
      access,
      ...policy,
      log,
    })
    closers.push(() => repositories.close())
    const stopAuditing = repositories.onRefsChanged((change) => void writePush(records, change, log))
    closers.push(() => stopAuditing())
    const forge = await createBuiltinForge({
      repositories,
      records,
      people: { find: async (name) => forgeActorOfAccount(tokens.accounts, name) },
      workflowsAt: async (repository, commit) => {
        if (!workflowRuns) throw new Error('the server is still coming up')
        return workflowRuns.workflows(repository, commit)
      },
      clock: systemClock,
      newId: randomUUID,
      baseUrl: () => url,
      log,
    })
    closers.push(() => forge.close())
    const forges = createForges({ builtin: forge })
    const remoteForges = await createRemoteForges({
      records,
      forges,
      keyFile: join(dataDir, 'ci', 'secrets.key'),
      policy,
      serverUrl: () => url,
      now: Date.now,
      log,
    })
    closers.push(() => remoteForges.stop())
    const charts = createChartRegistry({ dataDir: join(dataDir, 'charts'), access, ...policy })
    const renderer = createRenderer({ secret: await renderSecret(records), plugins: options.plugins ?? [] })
    closers.push(() => renderer.close())
    // A jsonnet that is installed is used: it is given a copy of the files that it may import, and no others.
    const programs = childPrograms({ jsonnet: 'jsonnet', ...options.programs })

    const client = await createKubeClient({
      ...(options.kubeconfig !== undefined && { kubeconfigPath: options.kubeconfig }),
      ...(options.context !== undefined && { context: options.context }),
    })
    closers.push(() => client.close())
    const cacheOptions: ClusterCacheOptions = {
      isExcluded,
      indexKeysOf,
      keepsManagedFields,
      onListenerError: (error) => log.error({ err: error }, 'a change of the cluster could not be taken up'),
    }
    const cache = createClusterCache(client, cacheOptions)
    closers.push(() => cache.stop())
    const home: TargetCluster = { server: homeServer, name: 'in-cluster', client, cache }
    credentials = createCredentials({
      home,
      namespace,
      connections: remoteForges.connections,
      repositories,
      charts,
      policy,
      now: Date.now,
    })
    const clusterCommand = createClusterCommand({
      commands: options.clusterCommands ?? {},
      ...(options.clusterCommandVariables && { variables: options.clusterCommandVariables }),
    })
    const clusters = createClusters({
      home,
      namespace,
      cacheOptions,
      credentialCommand: clusterCommand,
      clock: systemClock,
      log,
    })
    closers.push(() => clusters.stop())
    const applications = createApplications({
      home,
      clusters,
      repositories,
      charts,
      renderer,
      remoteFile: createRemoteFiles(policy),
      programs,
      renderPolicy: {
        remoteBases: options.allowRemoteBases ?? true,
        jsonnet: (await programs.find('jsonnet')) !== undefined,
        binaries: ['helm3', 'helm4', 'kubectl', 'kustomize'].some((name) => Object.hasOwn(options.programs ?? {}, name)),
        plugins: ['*'],
        kustomizeBuildOptions: '--enable-helm',
      },
      records,
      namespace,
      applicationNamespaces: options.applicationNamespaces,
      clock: systemClock,
      log,
      concurrency: options.concurrency ?? 32,
    })

    const templates = createTemplates()
    closers.push(() => templates.close())
    const applicationSets = createApplicationSets({
      home,
      clusters,
      repositories,
      templates,
      namespace,
      clock: systemClock,
      log,
      network: policy,
      projectProblems: (application, cluster) =>
        projectProblems(
          { home, namespace, applications: { isEnabled: (one) => applications.isNamespaceEnabled(one) } },
          application,
          cluster,
        ),
      pullRequests: (repository) => openPullRequests(forge, repository),
      ...(options.allowedScmProviders && { allowedProviders: options.allowedScmProviders }),
      asksProviders: options.enableScmProviders ?? true,
    })
    const notifications = await createNotifications({
      home,
      applications,
      repositories,
      templates,
      records,
      network: { allowPrivateHosts: options.allowedGitHosts ?? false },
      consoleUrl: () => url,
      namespace,
      clock: systemClock,
      log,
    })

    const stopHearing = forge.subscribe(({ kind }) => {
      if (kind !== 'commented' && kind !== 'reviewed' && kind !== 'checked') applicationSets.lookAgain(['pullRequest'])
    })
    closers.push(() => stopHearing())

    const models = await createModels({
      records,
      applications,
      namespace,
      spoolDir: join(dataDir, 'incoming-models'),
      clock: systemClock,
      log,
    })
    const gates = createGateRuns({
      models,
      records,
      forge: forges,
      repositories,
      repositoryURL: (name) => forges.connected(name) ?? `${url}/git/${name}.git`,
      pageOf: (report) => `${url}/gates/${report.id}`,
      log,
    })

    const deliveries = createDeliveries({
      home,
      applications,
      repositories,
      git: new HostedGitWriter(
        repositories,
        systemClock,
        new RemoteGitWriter({
          dir: join(dataDir, 'git', 'writes'),
          policy,
          accessOf: async (repoURL) => {
            const normal = repositories.normalize(repoURL)
            return access.of(normal, access.keyOf(normal))
          },
          now: Date.now,
          written: (repoURL) => repositories.refresh(repoURL),
        }),
      ),
      records,
      ...createDeliveryPorts({ forge: forges, models, repositories, records, accounts: tokens.accounts, now: Date.now }),
      images: createImageRegistry({ access, ...policy }),
      http: createHttpProbe({
        gatewayUrl: () => options.gatewayUrl,
        policy,
      }),
      namespace,
      clock: systemClock,
      log,
    })

    const ciSettings = await openCiSettings(records, join(dataDir, 'ci', 'secrets.key'), Date.now)
    const serverUrl = (): string => url
    const runs = await createCiRuns({
      dataDir,
      records,
      repositories,
      forge,
      connected: (address) => forges.connected(address),
      tokens,
      settings: ciSettings,
      serverUrl,
      connect: () => connectToOwn(http.server),
      ...(options.clusterInfo?.kind === 'kubeconfig' && { cluster: client }),
      log,
      options: options.ci ?? {},
    })
    workflowRuns = runs
    const ciEvents = await createCiEvents({ runs, forge, repositories, records, serverUrl, now: Date.now, log })

    const pullPlans = createPullPlans({
      applications,
      forge: forges,
      records,
      repositories,
      pageOf: (repository, number) => `${url}/pulls/${encodeURIComponent(repository)}/${number}`,
      log,
    })
    closers.push(() => pullPlans.stop())

    let isReady = false
    let problem = 'Plimsoll is still reading the cluster.'
    const parts: Parts = {
      applications,
      applicationSets,
      notifications,
      repositories,
      forge: forges,
      remoteForges,
      credentials,
      models,
      gates,
      deliveries,
      pullPlans,
      runs,
      ciEvents,
      ciSettings,
      records,
      home,
      clusters,
      clusterCommand,
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
      // Steps in pods use it as ours.
      allowedHosts: [...(options.allowedHosts ?? []), ...(options.ci?.serverUrl === undefined ? [] : [new URL(options.ci.serverUrl).host])],
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
      demoActions: options.demoActions,
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

    await forge.start()
    await remoteForges.start()
    await runs.start()
    closers.push(() => runs.stop())
    ciEvents.start()
    closers.push(() => ciEvents.stop())
    gates.start()
    closers.push(() => gates.stop())
    closers.push(keepBlobsSwept(records, log))
    const ready = bringUp()
    closers.push(() => (isReady ? applications.stop() : undefined))
    closers.push(() => (isReady ? applicationSets.stop() : undefined))
    closers.push(() => (isReady ? notifications.stop() : undefined))
    closers.push(() => (isReady ? deliveries.stop() : undefined))
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
      applicationSets,
      repositories,
      forge,
      models,
      deliveries,
      runs,
      records,
      accounts: tokens.accounts,
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
          closers.push(endTokensOfGoneRoles(parts))
          clusters.start()
          await applications.start()
          await applicationSets.start()
          await notifications.start()
          await deliveries.start()
          const secrets = keepModelSecrets({
            deliveries,
            deliveryNames: () => cache.ofKind({ group: 'plimsoll.dev', kind: 'Delivery' }, namespace).map(({ metadata }) => metadata.name),
            applications,
            clusterOf: (server) => clusters.resolve({ server }).cluster,
            records,
            tokens,
            hostedName: async (repoURL) => {
              const wanted = repositories.normalize(repoURL)
              return (await repositories.hosted.list()).find((one) => repositories.normalize(one.url) === wanted)?.name
            },
            serverUrl,
            namespace,
            clock: systemClock,
            log,
          })
          closers.push(() => secrets.stop())
          pullPlans.start()
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
