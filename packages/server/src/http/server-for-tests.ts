import { systemClock } from '@plimsoll/kube'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { type AccountRole, accountRoles, type Application, type ApplicationWatchEvent, PlimsollError } from '@plimsoll/api'
import { type Applications, createApplicationSets, createClusters, type Judge, type Log } from '@plimsoll/applications'
import { createDeliveries, type GitWriter } from '@plimsoll/delivery'
import { type BuiltinForge, createBuiltinForge, createForges } from '@plimsoll/forge'
import { createRepositories } from '@plimsoll/git'
import type { AccessSource } from '@plimsoll/network'
import { createModels } from '@plimsoll/models'
import { createNotifications } from '@plimsoll/notifications'
import { createPullPlans } from '../pull-plans.ts'
import { createCiEvents } from '../ci-events.ts'
import { type CiOptions, createCiRuns, type WorkflowRuns } from '../ci-runs.ts'
import { openCiSettings } from '../ci-settings.ts'
import { createCredentials, type Credentials } from '../credentials/index.ts'
import { createMemoryCluster, type MemoryCluster } from '../credentials/testing/memory-cluster.ts'
import { createGateRuns } from '../gate-runs.ts'
import { createRemoteForges } from '../remote-forges.ts'
import { openRecords, type Records } from '@plimsoll/records'
import { createChartRegistry } from '@plimsoll/registry'
import { createTemplates } from '@plimsoll/render'
import { ensureAdminPassword } from '../auth/admin-account.ts'
import { openLoginLimit } from '../auth/login-limit.ts'
import { createOneTimeCodes, type OneTimeCodes } from '../auth/one-time-codes.ts'
import { openTokens, type Tokens } from '../auth/tokens.ts'
import type { Parts } from '../options.ts'
import { forgeActorOfAccount } from '../auth/forge-actor.ts'
import type { Http } from '../routes/route-context.ts'
import { createHttp } from './create-http.ts'
import { createOwnAddress } from './own-address.ts'
import { connectToOwn } from './own-connections.ts'

/**
 * The whole HTTP side over a real socket and real records, above Applications that only remember. What Applications do is tried in their own
 * package, and all of it together from outside.
 */
export interface ServerForTests {
  url: string
  http: Http
  records: Records
  tokens: Tokens
  codes: OneTimeCodes
  password: string
  applications: ApplicationsForTests
  parts: Parts
  logged: string[]
  gitCalls: string[]
  refreshed: string[]
  /** What the home cluster holds. */
  cluster: MemoryCluster
  /** An API token's header: of `admin`, or of an account that is called as its role. */
  bearer(role?: AccountRole): { authorization: string }
  close(): Promise<void>
}

export class ApplicationsForTests implements Partial<Applications> {
  readonly all = new Map<string, Application>()
  readonly calls: unknown[][] = []
  /** Namespaces of the applications that were looked up. */
  readonly asked: (string | undefined)[] = []
  readonly listeners = new Set<(event: ApplicationWatchEvent) => void>()
  readonly treeListeners = new Set<() => void>()
  nodes: { kind: string; name: string }[] = []
  logChunks: string[] = []
  secret: Record<string, unknown> | undefined

  put(name: string, change: Partial<Application> = {}): Application {
    const before = this.all.get(name)
    const application: Application = {
      metadata: { name, namespace: 'argocd' },
      spec: { project: 'default', destination: { namespace: 'default' }, source: { repoURL: 'https://example.com/r.git', path: '.' } },
      ...before,
      ...change,
    }
    this.all.set(name, application)
    this.tell({ type: before ? 'MODIFIED' : 'ADDED', application })
    return application
  }

  remove(name: string): void {
    const application = this.get({ name })
    this.all.delete(name)
    this.tell({ type: 'DELETED', application })
  }

  tell(event: ApplicationWatchEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  list(filter: { name?: string; projects?: string[] } = {}): Application[] {
    return [...this.all.values()].filter(
      (one) =>
        (!filter.name || one.metadata.name === filter.name) && (!filter.projects || filter.projects.includes(one.spec.project ?? '')),
    )
  }

  get(ref: { name: string; namespace?: string }): Application {
    this.asked.push(ref.namespace)
    const application = this.all.get(ref.name)
    if (!application) throw new PlimsollError('not-found', `There is no application '${ref.name}' in namespace 'argocd'.`)
    return application
  }

  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  create = async (application: Application, { judge, ...options }: { judge?: Judge } & object) => {
    const there = this.all.get(application.metadata.name)
    if (there) judge?.(there, application)
    return this.#note('create', application, options, this.put(application.metadata.name, application))
  }
  update = async (application: Application, { judge }: { judge?: Judge } = {}) => {
    judge?.(this.get(application.metadata), application)
    return this.#note('update', application, {}, application)
  }
  updateSpec = async (ref: { name: string }, spec: Application['spec'], { judge }: { judge?: Judge } = {}) => {
    judge?.(this.get(ref), { ...this.get(ref), spec })
    return this.#note('updateSpec', ref, spec, { ...this.get(ref), spec })
  }
  patch = async (ref: { name: string }, patch: string, type: string, { judge }: { judge?: Judge } = {}) => {
    const before = this.get(ref)
    const change = (type === 'merge' ? JSON.parse(patch) : {}) as Partial<Application>
    judge?.(before, { ...before, ...change, metadata: before.metadata, spec: { ...before.spec, ...change.spec } })
    return this.#note('patch', patch, type, before)
  }
  delete = async (ref: { name: string }, options: object) => this.#note('delete', ref, options, undefined)
  sync = async (ref: { name: string }, sync: object, by: object) => this.#note('sync', sync, by, this.get(ref))
  rollback = async (ref: { name: string }, options: object, by: object) => this.#note('rollback', options, by, this.get(ref))
  confirmDeletion = async (ref: { name: string }) => this.#note('confirmDeletion', ref, {}, this.get(ref))
  syncWindows = () => ({ activeWindows: [], assignedWindows: [], canSync: true, canSyncAutomatically: true })
  resume = async (ref: { name: string }) => this.#note('resume', ref, {}, this.get(ref))
  refresh = async (ref: { name: string }, kind: string) => this.#note('refresh', ref, kind, this.get(ref))
  terminateOperation = async (ref: { name: string }) => this.#note('terminateOperation', ref, {}, undefined)
  tree = async () => ({ nodes: this.nodes })
  managedResources = async () => [
    {
      kind: 'Secret',
      group: '',
      namespace: 'default',
      name: 's',
      liveState: JSON.stringify(this.secret),
      targetState: JSON.stringify(this.secret),
    },
    { kind: 'ConfigMap', group: '', namespace: 'default', name: 'c', liveState: '{}' },
  ]
  manifests = async () => ({ manifests: [JSON.stringify(this.secret)], revisions: ['a'.repeat(40)], sourceTypes: ['Directory'] })
  render = () => this.manifests()
  rendering = async () => [{ source: { repoURL: 'https://git.example/a.git' }, revision: 'a'.repeat(40) }]
  rotate = async (ref: object) => this.#note('rotate', ref, [], [...this.all.values()][0] as never)
  resource = async () => this.secret as never
  patchResource = async (_ref: unknown, key: object, patch: string, type: string) =>
    this.#note('patchResource', key, [patch, type], this.secret as never)
  deleteResource = async (_ref: unknown, key: object, options: object) => this.#note('deleteResource', key, options, undefined)
  resourceActions = async () => [
    { name: 'restart' },
    { name: 'scale', disabled: true, displayName: 'Scale', params: [{ name: 'replicas', default: '1' }] },
  ]
  runResourceAction = async (_ref: unknown, key: object, action: object) => this.#note('runResourceAction', key, action, undefined)
  events = async () => []
  /** Whether the project lets an application have its pods. */
  arePodsPermitted = true
  permits = () => this.arePodsPermitted
  pods = async () => [{ namespace: 'default', name: 'p', containers: ['main'] }]
  hasOtherNamespaces = () => false
  stats = () => ({ applications: this.all.size, renders: 0, comparisons: 0, syncs: 0, queued: 0 })

  subscribeTree(_ref: unknown, listener: () => void): () => void {
    this.treeListeners.add(listener)
    return () => this.treeListeners.delete(listener)
  }

  clusterFor() {
    const chunks = this.logChunks
    return {
      client: {
        async *logs(_pod: unknown, { follow, signal }: { follow?: boolean; signal?: AbortSignal }) {
          yield* chunks
          if (follow) await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        },
      },
    } as never
  }

  #note<T>(what: string, a: unknown, b: unknown, result: T): T {
    this.calls.push([what, a, b])
    return result
  }
}

export async function startServerForTests(
  options: { webRoot?: string; dataDir?: string; demo?: boolean; git?: 'real'; ci?: CiOptions } = {},
): Promise<ServerForTests> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'plimsoll-server-'))
  const records = await openRecords({ dataDir })
  const password = (await ensureAdminPassword(records)) ?? ''
  const tokens = await openTokens(records)
  const bearers = new Map<AccountRole, string>()
  for (const role of accountRoles) {
    if (!tokens.accounts.get(role)) await tokens.accounts.create({ name: role, role })
    bearers.set(role, (await tokens.issue({ username: role, kind: 'api', ttlMs: 600_000 })).token)
  }
  const codes = createOneTimeCodes()
  const limit = await openLoginLimit(records)
  const applications = new ApplicationsForTests()
  const logged: string[] = []
  const gitCalls: string[] = []
  const refreshed: string[] = []
  const note = (fields: object, message: string) =>
    void logged.push(`${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value))}`)
  const log: Log = { child: () => log, debug: note, info: note, warn: note, error: note }
  let url = ''
  let port = 0
  let workflowRuns: WorkflowRuns | undefined
  let credentials: Credentials | undefined
  const access: AccessSource = {
    keyOf: (repoURL, project) => credentials?.access.keyOf(repoURL, project) ?? '',
    of: async (repoURL, key) => (await credentials?.access.of(repoURL, key)) ?? {},
  }
  const remembering = {
    normalize: (url: string) => url.toLowerCase().replace(/\.git$/, ''),
    refresh: async (url: string) => void refreshed.push(url),
    forProject: () => ({}),
    async handle(
      request: AsyncIterable<Buffer> & { method?: string; url?: string },
      response: { end(text: string): void },
      principal: { username: string },
    ) {
      let bytes = 0
      for await (const chunk of request) bytes += chunk.length
      gitCalls.push(`${request.method} ${request.url} ${principal.username} ${bytes}`)
      response.end('git')
    },
  } as unknown as Parts['repositories']
  const git =
    options.git === 'real'
      ? createRepositories({
          dataDir: join(dataDir, 'git'),
          hosting: { baseUrl: () => url, root: join(dataDir, 'repositories') },
          allowPrivateHosts: true,
          access,
        })
      : undefined
  const repositories = git ?? remembering
  const forge =
    git &&
    (await createBuiltinForge({
      repositories: git,
      records,
      people: { find: async (name) => forgeActorOfAccount(tokens.accounts, name) },
      workflowsAt: async (repository, commit) => (await workflowRuns?.workflows(repository, commit)) ?? [],
      clock: { now: Date.now },
      newId: randomUUID,
      baseUrl: () => url,
      log,
    }))
  // Where Git is not real there are no pull requests to ask for.
  const forges = createForges({ builtin: forge ?? ({} as BuiltinForge) })
  const remoteForges = await createRemoteForges({
    records,
    forges,
    keyFile: join(dataDir, 'ci', 'secrets.key'),
    policy: { allowPrivateHosts: true },
    serverUrl: () => url,
    now: Date.now,
    log,
  })
  const cluster = createMemoryCluster()
  const home = {
    server: 'https://kubernetes.default.svc',
    name: 'in-cluster',
    client: { ...cluster.home.client, version: async () => ({ major: '1', minor: '34', gitVersion: 'v1.34.0' }) },
    cache: {
      ...cluster.home.cache,
      connectionProblem: () => undefined,
      problems: () => [],
      isSynced: true,
      types: () => [],
      size: 0,
    },
  } as unknown as Parts['home']
  const charts = createChartRegistry({ dataDir: join(dataDir, 'charts'), access, allowPrivateHosts: true })
  credentials = createCredentials({
    home,
    namespace: 'argocd',
    connections: remoteForges.connections,
    repositories,
    charts,
    policy: { allowPrivateHosts: true },
    now: Date.now,
  })
  const clusters = createClusters({ home, namespace: 'argocd', cacheOptions: {}, clock: systemClock, log })
  const models = await createModels({
    records,
    applications: applications as unknown as Applications,
    namespace: 'argocd',
    spoolDir: join(dataDir, 'incoming-models'),
    clock: systemClock,
    log,
  })
  const settings = options.ci && (await openCiSettings(records, join(dataDir, 'ci', 'secrets.key'), Date.now))
  const runs =
    settings &&
    git &&
    forge &&
    (await createCiRuns({
      dataDir,
      records,
      repositories: git,
      forge,
      connected: (address) => forges.connected(address),
      tokens,
      settings,
      serverUrl: () => url,
      connect: () => connectToOwn(http.server),
      log,
      options: options.ci ?? {},
    }))
  workflowRuns = runs
  const ciEvents =
    runs && git && forge && (await createCiEvents({ runs, forge, repositories: git, records, serverUrl: () => url, now: Date.now, log }))
  const templates = createTemplates()
  const parts: Parts = {
    models,
    pullPlans: createPullPlans({
      applications: applications as unknown as Applications,
      forge: forges,
      records,
      repositories,
      pageOf: (repository, number) => `${url}/pulls/${repository}/${number}`,
      log,
    }),
    // Nothing is run unless a test is about that.
    runs: runs ?? ({} as Parts['runs']),
    ciEvents: ciEvents ?? ({} as Parts['ciEvents']),
    ciSettings: settings ?? ({} as Parts['ciSettings']),
    deliveries: createDeliveries({
      home,
      applications: applications as unknown as Applications,
      repositories,
      git: {} as GitWriter,
      records,
      facts: { of: async () => undefined },
      namespace: 'argocd',
      clock: systemClock,
      log,
    }),
    gates: createGateRuns({
      models,
      records,
      forge: forges,
      repositories,
      repositoryURL: (name) => forges.connected(name) ?? `${url}/git/${name}.git`,
      pageOf: ({ id }) => `${url}/gates/${id}`,
      log,
    }),
    applications: applications as unknown as Applications,
    applicationSets: createApplicationSets({
      home,
      clusters,
      repositories,
      templates,
      namespace: 'argocd',
      clock: systemClock,
      log,
      network: { allowPrivateHosts: true },
    }),
    notifications: await createNotifications({
      home,
      applications: applications as unknown as Applications,
      repositories,
      templates,
      records,
      network: { allowPrivateHosts: true },
      consoleUrl: () => url,
      namespace: 'argocd',
      clock: systemClock,
      log,
    }),
    repositories,
    forge: forges,
    remoteForges,
    credentials,
    records,
    home,
    clusters,
    log,
    namespace: 'argocd',
    notReady: () => undefined,
  }
  const own = createOwnAddress({ url: () => url, port: () => port, allowedHosts: ['plimsoll.example.com'] })
  const http = await createHttp({
    parts,
    tokens,
    codes,
    limit,
    own,
    log,
    webRoot: options.webRoot,
    facts: { version: '0.0.0-test', dataDir, demo: options.demo ?? false },
  })
  await http.listen({ port: 0, host: '127.0.0.1' })
  port = (http.server.address() as AddressInfo).port
  url = `http://127.0.0.1:${port}`
  await runs?.start()
  ciEvents?.start()
  return {
    url,
    http,
    records,
    tokens,
    codes,
    password,
    applications,
    parts,
    logged,
    gitCalls,
    refreshed,
    cluster,
    bearer: (role = 'admin') => ({ authorization: `Bearer ${bearers.get(role) ?? ''}` }),
    async close() {
      await ciEvents?.stop()
      await runs?.stop()
      await http.close()
      await templates.close()
      await remoteForges.stop()
      await forge?.close()
      await git?.close()
      tokens.close()
      await records.close()
    },
  }
}

/** The messages of a stream, as they come. */
export async function* messagesOf(response: Response): AsyncGenerator<string> {
  const separator = response.headers.get('content-type')?.includes('event-stream') ? '\n\n' : '\n'
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true })
    let end = rest.indexOf(separator)
    while (end >= 0) {
      yield rest.slice(0, end)
      rest = rest.slice(end + separator.length)
      end = rest.indexOf(separator)
    }
  }
}
