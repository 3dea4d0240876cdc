import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo, Socket } from 'node:net'
import type { KubeObject, ResourceType } from '../object.ts'

/**
 * A small Kubernetes API over real HTTP whose faults a test decides: enough of list, watch, get, create, apply and delete, with one
 * resource version for all kinds. Only tests use it.
 */
export class ApiForTests {
  types: ResourceType[] = []
  aggregated = true
  resourceVersion = 100
  readonly requests: { method: string; url: string; body: string; headers: IncomingMessage['headers'] }[] = []
  readonly objects = new Map<string, KubeObject>()
  readonly history: { plural: string; type: string; object: KubeObject; version: number }[] = []
  /** Watches from before this version get 410. */
  oldestKept = 0
  /** Answers before anything else when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse, body: string) => boolean = () => false
  readonly #watches = new Set<{ plural: string; response: ServerResponse }>()
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  async start(port = 0): Promise<void> {
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (chunk: string) => (body += chunk))
      request.on('end', () => {
        this.requests.push({ method: request.method ?? '', url: request.url ?? '', body, headers: request.headers })
        if (!this.intercept(request, response, body)) this.#answer(request, response, body)
      })
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => this.#server?.listen(port, '127.0.0.1', resolve))
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo | undefined)?.port ?? 0
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** A kubeconfig for this server in a directory of its own. */
  kubeconfig(context = 'test'): string {
    const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-kube-')), 'config')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': context,
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${this.port}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
    }
    writeFileSync(file, JSON.stringify(config))
    return file
  }

  put(plural: string, object: KubeObject): KubeObject {
    const key = `${plural}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = this.objects.get(key)
    const uid = before?.metadata.uid ?? object.metadata.uid ?? `uid-${key}-${this.resourceVersion}`
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(++this.resourceVersion) } }
    this.objects.set(key, stored)
    this.#tell(plural, before ? 'MODIFIED' : 'ADDED', stored)
    return stored
  }

  delete(plural: string, namespace: string, name: string): void {
    const key = `${plural}/${namespace}/${name}`
    const before = this.objects.get(key)
    if (!before) return
    this.objects.delete(key)
    this.#tell(plural, 'DELETED', { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.resourceVersion) } })
  }

  /** Ends all watches of a kind: orderly, by cutting the connection, or in the middle of a line. */
  endWatches(plural: string, how: 'close' | 'cut' | 'mid-line' | 'expired'): void {
    for (const watch of this.#watches) {
      if (watch.plural !== plural) continue
      this.#watches.delete(watch)
      if (how === 'close') watch.response.end()
      else if (how === 'cut') watch.response.destroy()
      else if (how === 'mid-line') watch.response.write('{"type":"MODIFIED","object":{"apiVer', () => watch.response.destroy())
      else watch.response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`)
    }
  }

  watching(plural: string): number {
    return [...this.#watches].filter((watch) => watch.plural === plural).length
  }

  bookmark(plural: string): void {
    for (const watch of this.#watches) {
      if (watch.plural === plural) {
        watch.response.write(
          `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.resourceVersion) } } })}\n`,
        )
      }
    }
  }

  #tell(plural: string, type: string, object: KubeObject): void {
    const version = Number(object.metadata.resourceVersion)
    this.history.push({ plural, type, object, version })
    for (const watch of this.#watches) if (watch.plural === plural) watch.response.write(`${JSON.stringify({ type, object })}\n`)
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url ?? '/', 'http://test')
    if (url.pathname === '/version') return json(response, 200, { major: '1', minor: '34', gitVersion: 'v1.34.0' })
    if (url.pathname === '/api' || url.pathname === '/apis') return this.#discovery(url.pathname, response)
    const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
    const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3)
    const group = parts[0] === 'api' ? '' : (parts[1] ?? '')
    const namespace = rest[0] === 'namespaces' && rest.length > 2 ? (rest[1] ?? '') : ''
    const [plural = '', name = ''] = namespace === '' ? rest : rest.slice(2)
    const type = this.types.find((one) => one.plural === plural && one.group === group)
    if (plural === '') return this.#legacyResources(group, parts.at(-1) ?? '', response)
    if (!type) return json(response, 404, failure(404, 'NotFound', 'the server could not find the requested resource'))
    const key = `${plural}/${namespace}/${name}`
    switch (request.method) {
      case 'GET':
        if (name === '')
          return url.searchParams.get('watch') === 'true' ? this.#watch(plural, url, response) : this.#list(type, namespace, url, response)
        break
      case 'POST':
        return json(response, 201, this.put(plural, JSON.parse(body) as KubeObject))
      case 'PATCH':
        return json(response, 200, this.put(plural, JSON.parse(body) as KubeObject))
      case 'DELETE':
        if (!this.objects.has(key)) break
        this.delete(plural, namespace, name)
        return json(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' })
    }
    const object = this.objects.get(key)
    if (!object) return json(response, 404, failure(404, 'NotFound', `${plural} "${name}" not found`))
    json(response, 200, object)
  }

  #list(type: ResourceType, namespace: string, url: URL, response: ServerResponse): void {
    const all = [...this.objects]
      .filter(([key]) => key.startsWith(`${type.plural}/${namespace === '' ? '' : `${namespace}/`}`))
      .map(([, object]) => object)
    const limit = Number(url.searchParams.get('limit') ?? 0) || all.length
    const from = Number(url.searchParams.get('continue') ?? 0)
    const next = from + limit < all.length ? String(from + limit) : undefined
    json(response, 200, {
      kind: `${type.kind}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: String(this.resourceVersion), ...(next && { continue: next }) },
      items: all.slice(from, from + limit),
    })
  }

  #watch(plural: string, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion') ?? 0)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < this.oldestKept) return void response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`)
    for (const event of this.history) {
      if (event.plural === plural && event.version > from) response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`)
    }
    const watch = { plural, response }
    this.#watches.add(watch)
    response.on('close', () => this.#watches.delete(watch))
  }

  #discovery(path: string, response: ServerResponse): void {
    const groups = [...new Set(this.types.map((type) => type.group))].filter((group) => (path === '/api' ? group === '' : group !== ''))
    if (!this.aggregated) {
      if (path === '/api') return json(response, 200, { kind: 'APIVersions', versions: ['v1'] })
      return json(response, 200, {
        kind: 'APIGroupList',
        groups: groups.map((name) => {
          const versions = this.#versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }))
          return { name, versions, preferredVersion: versions[0] }
        }),
      })
    }
    json(response, 200, {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: groups.map((name) => ({
        metadata: { name },
        versions: this.#versionsOf(name).map((version) => ({
          version,
          freshness: 'Current',
          resources: this.types
            .filter((type) => type.group === name && type.version === version)
            .map((type) => ({
              resource: type.plural,
              responseKind: { group: '', version: '', kind: type.kind },
              scope: type.namespaced ? 'Namespaced' : 'Cluster',
              verbs: type.verbs,
              subresources: type.subresources.map((subresource) => ({ subresource, verbs: ['get'] })),
            })),
        })),
      })),
    })
  }

  #versionsOf(group: string): string[] {
    return [...new Set(this.types.filter((type) => type.group === group).map((type) => type.version))]
  }

  #legacyResources(group: string, version: string, response: ServerResponse): void {
    const types = this.types.filter((type) => type.group === group && type.version === version)
    json(response, 200, {
      kind: 'APIResourceList',
      resources: types.flatMap((type) => [
        { name: type.plural, kind: type.kind, namespaced: type.namespaced, verbs: type.verbs },
        ...type.subresources.map((one) => ({
          name: `${type.plural}/${one}`,
          kind: type.kind,
          namespaced: type.namespaced,
          verbs: ['get'],
        })),
      ]),
    })
  }
}

export const expired = failure(410, 'Expired', 'too old resource version')

export function failure(code: number, reason: string, message: string) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message }
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export function typeForTests(kind: string, options: Partial<ResourceType> = {}): ResourceType {
  return {
    group: '',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: true,
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: [],
    ...options,
  }
}

export function objectForTests(
  kind: string,
  name: string,
  rest: Record<string, unknown> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return { apiVersion: 'v1', kind, ...rest, metadata: { name, namespace: 'default', ...metadata } }
}

/** Waits until something is true; a test fails by its own time-out when it never is. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
