import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { type Application, type ApplicationWatchEvent, PlimsollError } from '@plimsoll/api'
import type { Applications, Log } from '@plimsoll/applications'
import { openRecords, type Records } from '@plimsoll/records'
import { ensureAdminPassword } from '../auth/admin-account.ts'
import { openLoginLimit } from '../auth/login-limit.ts'
import { createOneTimeCodes, type OneTimeCodes } from '../auth/one-time-codes.ts'
import { openTokens, type Tokens } from '../auth/tokens.ts'
import type { Parts } from '../options.ts'
import type { Http } from '../routes/route-context.ts'
import { createHttp } from './create-http.ts'
import { createOwnAddress } from './own-address.ts'

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
  /** An API token's header. */
  bearer(role?: 'admin' | 'readonly'): { authorization: string }
  close(): Promise<void>
}

export class ApplicationsForTests implements Partial<Applications> {
  readonly all = new Map<string, Application>()
  readonly calls: unknown[][] = []
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

  get(ref: { name: string }): Application {
    const application = this.all.get(ref.name)
    if (!application) throw new PlimsollError('not-found', `There is no application '${ref.name}' in namespace 'argocd'.`)
    return application
  }

  subscribe(listener: (event: ApplicationWatchEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  create = async (application: Application, options: object) =>
    this.#note('create', application, options, this.put(application.metadata.name, application))
  update = async (application: Application) => this.#note('update', application, {}, application)
  updateSpec = async (ref: { name: string }, spec: Application['spec']) => this.#note('updateSpec', ref, spec, { ...this.get(ref), spec })
  patch = async (ref: { name: string }, patch: string, type: string) => this.#note('patch', patch, type, this.get(ref))
  delete = async (ref: { name: string }, options: object) => this.#note('delete', ref, options, undefined)
  sync = async (ref: { name: string }, sync: object, by: object) => this.#note('sync', sync, by, this.get(ref))
  rollback = async (ref: { name: string }, options: object, by: object) => this.#note('rollback', options, by, this.get(ref))
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
  manifests = async () => ({ manifests: [JSON.stringify(this.secret)], revision: 'a'.repeat(40), sourceType: 'Directory' })
  resource = async () => this.secret as never
  patchResource = async (_ref: unknown, key: object, patch: string, type: string) =>
    this.#note('patchResource', key, [patch, type], this.secret as never)
  deleteResource = async (_ref: unknown, key: object, options: object) => this.#note('deleteResource', key, options, undefined)
  events = async () => []
  pods = async () => [{ namespace: 'default', name: 'p', containers: ['main'] }]
  stats = () => ({ applications: this.all.size, renders: 0, comparisons: 0, syncs: 0, queued: 0 })

  subscribeTree(_ref: unknown, listener: () => void): () => void {
    this.treeListeners.add(listener)
    return () => this.treeListeners.delete(listener)
  }

  clusterFor() {
    const chunks = this.logChunks
    return {
      client: {
        async *logs() {
          yield* chunks
        },
      },
    } as never
  }

  #note<T>(what: string, a: unknown, b: unknown, result: T): T {
    this.calls.push([what, a, b])
    return result
  }
}

export async function startServerForTests(options: { webRoot?: string; dataDir?: string } = {}): Promise<ServerForTests> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'plimsoll-server-'))
  const records = await openRecords({ dataDir })
  const password = (await ensureAdminPassword(records)) ?? ''
  const tokens = await openTokens(records)
  const codes = createOneTimeCodes()
  const limit = await openLoginLimit(records)
  const applications = new ApplicationsForTests()
  const logged: string[] = []
  const gitCalls: string[] = []
  const refreshed: string[] = []
  const note = (fields: object, message: string) =>
    void logged.push(`${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value))}`)
  const log: Log = { child: () => log, debug: note, info: note, warn: note, error: note }
  const repositories = {
    normalize: (url: string) => url.toLowerCase().replace(/\.git$/, ''),
    refresh: async (url: string) => void refreshed.push(url),
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
  const home = {
    server: 'https://kubernetes.default.svc',
    name: 'in-cluster',
    client: { version: async () => ({ major: '1', minor: '34', gitVersion: 'v1.34.0' }) },
    cache: { connectionProblem: () => undefined, problems: () => [], isSynced: true, types: () => [] },
  } as unknown as Parts['home']
  const parts: Parts = {
    applications: applications as unknown as Applications,
    repositories,
    records,
    home,
    log,
    namespace: 'argocd',
    notReady: () => undefined,
  }
  let url = ''
  let port = 0
  const own = createOwnAddress({ url: () => url, port: () => port, allowedHosts: ['plimsoll.example.com'] })
  const http = await createHttp({
    parts,
    tokens,
    codes,
    limit,
    own,
    log,
    webRoot: options.webRoot,
    facts: { version: '0.0.0-test', dataDir, demo: false },
  })
  await http.listen({ port: 0, host: '127.0.0.1' })
  port = (http.server.address() as AddressInfo).port
  url = `http://127.0.0.1:${port}`
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
    bearer: (role = 'admin') => ({
      authorization: `Bearer ${tokens.issue({ username: 'admin', role, kind: 'api', ttlMs: 60_000 }).token}`,
    }),
    async close() {
      await http.close()
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
