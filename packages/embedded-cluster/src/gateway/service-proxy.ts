import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { ClusterCache } from '@plimsoll/kube'
import type { Logger } from 'pino'
import type { ClusterPart, PortResolver } from '../contract.ts'
import { createServiceEndpoints, type Endpoint, type ServiceEndpoints } from './service-endpoints.ts'

export interface ServiceProxyOptions {
  cache: ClusterCache
  ports: PortResolver
  /** Remembers which port belongs to which Service: processes that outlive us have been told. */
  file: string
  host?: string
  log: Logger
}

export interface ServiceProxy extends ClusterPart {
  /** A TCP port of this machine that leads to a ready endpoint of a Service's port, opened when it is first asked for. */
  addressOf(namespace: string, service: string, port: number): Promise<{ host: string; port: number } | undefined>
}

/** More Services than this in use at once would be a listener each for little. */
const mostListeners = 500
const connectTimeoutMs = 5000

/**
 * What kube-proxy is to a cluster's address: any protocol over TCP, from one process of this machine to another. A container learns the
 * addresses from NAME_SERVICE_HOST and NAME_SERVICE_PORT.
 */
export function createServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  const { cache, file, log } = options
  const host = options.host ?? '127.0.0.1'
  const listeners = new Map<string, Promise<Server | undefined>>()
  const kept = new Map<string, number>()
  const sockets = new Set<Socket>()
  let endpoints: ServiceEndpoints | undefined
  let unsubscribe = () => {}
  let turn = 0

  const keyOf = (namespace: string, service: string, port: number) => `${namespace}/${service}:${port}`
  const exists = (namespace: string, service: string) => cache.get({ group: '', kind: 'Service', namespace, name: service }) !== undefined

  function open(namespace: string, service: string, port: number): Promise<Server | undefined> {
    const key = keyOf(namespace, service, port)
    const known = listeners.get(key)
    if (known) return known
    const opening = (async () => {
      const handler = (socket: Socket) => pass(socket, namespace, service, port)
      const server = (await listen(handler, host, kept.get(key) ?? 0)) ?? (await listen(handler, host, 0))
      const at = server?.address()
      if (at && typeof at === 'object' && kept.get(key) !== at.port) {
        kept.set(key, at.port)
        save()
      }
      return server
    })()
    listeners.set(key, opening)
    return opening
  }

  function pass(client: Socket, namespace: string, service: string, port: number): void {
    sockets.add(client)
    client.once('close', () => sockets.delete(client))
    client.on('error', () => client.destroy())
    const found = endpoints?.find(namespace, service, String(port))
    const candidates = found && 'endpoints' in found ? found.endpoints : []
    const first = turn++
    const tryNext = (index: number) => {
      const endpoint: Endpoint | undefined = candidates[(first + index) % candidates.length]
      if (endpoint === undefined || index >= candidates.length || client.destroyed) return client.destroy()
      const server = connect({ host: endpoint.host, port: endpoint.port, allowHalfOpen: true })
      server.setTimeout(connectTimeoutMs, () => server.destroy(new Error('no connection in time')))
      const refused = () => tryNext(index + 1)
      server.once('error', refused)
      server.once('connect', () => {
        server.removeListener('error', refused)
        server.setTimeout(0)
        server.on('error', () => client.destroy())
        server.once('close', () => client.destroy())
        client.once('close', () => server.destroy())
        server.pipe(client)
        client.pipe(server)
      })
    }
    tryNext(0)
  }

  function save(): void {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.new`, JSON.stringify([...kept]), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    } catch (error) {
      log.warn({ err: error }, 'ports of Services could not be written down')
    }
  }

  async function close(key: string): Promise<void> {
    const server = await listeners.get(key)
    listeners.delete(key)
    server?.close()
  }

  return {
    name: 'service-proxy',

    async addressOf(namespace, service, port) {
      if (endpoints === undefined || !exists(namespace, service)) return undefined
      if (listeners.size >= mostListeners && !listeners.has(keyOf(namespace, service, port))) return undefined
      const at = (await open(namespace, service, port))?.address()
      return at && typeof at === 'object' ? { host, port: at.port } : undefined
    },

    async start() {
      endpoints = createServiceEndpoints(cache, options.ports)
      for (const [key, port] of read(file)) kept.set(key, port)
      unsubscribe = cache.subscribe(({ key, current }) => {
        if (key.group !== '' || key.kind !== 'Service' || current) return
        const prefix = `${key.namespace}/${key.name}:`
        for (const known of listeners.keys()) if (known.startsWith(prefix)) void close(known)
        for (const known of kept.keys()) if (known.startsWith(prefix)) kept.delete(known)
      })
      for (const key of kept.keys()) {
        const match = /^([^/]*)\/(.*):(\d+)$/.exec(key)
        const [, namespace = '', service = '', port = ''] = match ?? []
        if (exists(namespace, service)) await open(namespace, service, Number(port))
      }
    },

    async stop() {
      unsubscribe()
      for (const socket of sockets) socket.destroy()
      await Promise.all([...listeners.keys()].map(close))
      endpoints?.stop()
      endpoints = undefined
    },
  }
}

function listen(handler: (socket: Socket) => void, host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true }, handler)
    server.once('error', () => resolve(undefined))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      server.on('error', () => {})
      resolve(server)
    })
  })
}

function read(file: string): [string, number][] {
  try {
    const entries = JSON.parse(readFileSync(file, 'utf8')) as [string, number][]
    return entries.filter(([key, port]) => typeof key === 'string' && Number.isInteger(port))
  } catch {
    return []
  }
}
