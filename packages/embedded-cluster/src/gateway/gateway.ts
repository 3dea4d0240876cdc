import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ClusterCache } from '@plimsoll/kube'
import type { Logger } from 'pino'
import type { ClusterPart, PortResolver } from '../contract.ts'
import { createAccessMetrics, type ServiceMetrics } from './access-metrics.ts'
import { sendAnswer } from './answer.ts'
import { forwardRequest } from './forward-request.ts'
import { forwardUpgrade, refuseUpgrade } from './forward-upgrade.ts'
import { isServedHere } from './ingress-class.ts'
import { buildRoutes, type IngressRoutes } from './ingress-routes.ts'
import { hostName, isLocalName, serviceHost } from './request-host.ts'
import { matchablePath } from './request-path.ts'
import { createServiceEndpoints, type Endpoint, type ServiceEndpoints } from './service-endpoints.ts'

export interface GatewayOptions {
  cache: ClusterCache
  ports: PortResolver
  /** 0: any free one. */
  port: number
  host?: string
  log: Logger
  /** Until a workload begins to answer. Default 60 s. */
  timeoutMs?: number
  /** Default 256 MiB. */
  mostBodyBytes?: number
}

export interface Gateway extends ClusterPart {
  /** Undefined until it listens. */
  address(): { host: string; port: number } | undefined
  metrics(): ServiceMetrics[]
}

interface Target {
  namespace: string
  service: string
  port: string | undefined
  note?: string
}

type Refusal = { status: 400 | 404; problem: string }

const ingressKind = { group: 'networking.k8s.io', kind: 'Ingress' }
const mostHeaderBytes = 32 * 1024
const mostListed = 200

/**
 * The way in: Services at `NAME.NAMESPACE.localhost`, Ingresses at their hosts, on one listener that is nobody else's origin.
 * `start` rejects when the port is taken.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { cache, log } = options
  const host = options.host ?? '127.0.0.1'
  const timeoutMs = options.timeoutMs ?? 60_000
  const mostBodyBytes = options.mostBodyBytes ?? 256 * 1024 * 1024
  const metrics = createAccessMetrics()
  const turns = new Map<string, number>()
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 1000, maxFreeSockets: 32, timeout: timeoutMs + 5000 })
  const upgraded = new Set<Duplex>()
  let server: Server | undefined
  let endpoints: ServiceEndpoints | undefined
  let routes: IngressRoutes | undefined
  let unsubscribe = () => {}

  function currentRoutes(): IngressRoutes {
    routes ??= buildRoutes(
      cache.ofKind(ingressKind).filter((ingress) => ingress.metadata.deletionTimestamp === undefined && isServedHere(ingress, cache)),
    )
    return routes
  }

  /** Ingress rules come first: somebody has written them down for this very host. */
  function targetOf(request: IncomingMessage): Target | Refusal | 'listing' {
    const name = hostName(request.headers.host)
    if (name === undefined) return { status: 400, problem: 'the Host header is not the name of a host' }
    const path = matchablePath(request.url ?? '')
    if (path === undefined) return { status: 400, problem: 'the path of the request cannot be understood' }
    const table = currentRoutes()
    const note = table.isTlsHost(name) ? { note: 'this host asks for TLS; the gateway serves it in plain' } : {}
    const found = isLocalName(name) ? undefined : table.find(name, path)
    if (found) return { namespace: found.namespace, service: found.service, port: found.port, ...note }
    const service = serviceHost(name)
    if (service && cache.get({ group: '', kind: 'Service', namespace: service.namespace, name: service.name })) {
      return { namespace: service.namespace, service: service.name, port: service.port }
    }
    const fallback = table.findWithoutHost(path)
    if (fallback) return { namespace: fallback.namespace, service: fallback.service, port: fallback.port, ...note }
    if (isLocalName(name)) return 'listing'
    if (table.hasHost(name)) return { status: 404, problem: `no path of the Ingresses for host "${name}" matches ${path}` }
    if (service)
      return {
        status: 404,
        problem: `there is no Service "${service.name}" in namespace "${service.namespace}", and no Ingress for host "${name}"`,
      }
    return { status: 404, problem: `no Ingress has a rule for host "${name}"; a Service is reached at NAME.NAMESPACE.localhost` }
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const begun = performance.now()
    request.on('error', () => response.destroy())
    response.on('error', () => request.destroy())
    const target = targetOf(request)
    if (target === 'listing') return sendListing(request, response)
    if ('status' in target) return sendAnswer(request, response, target.status, target.problem)
    const { namespace, service, port } = target
    const record = (status: number) => metrics.record(namespace, service, status, (performance.now() - begun) / 1000)
    const found = endpoints?.find(namespace, service, port)
    if (found === undefined || 'status' in found) {
      record(503)
      return sendAnswer(request, response, found?.status ?? 503, found?.problem ?? 'the gateway is stopping', { namespace, service })
    }
    const first = takeTurn(`${namespace}/${service}`)
    forwardRequest(request, response, {
      agent,
      timeoutMs,
      mostBodyBytes,
      onStatus: record,
      note: target.note,
      nextEndpoint(tried) {
        const now = endpoints?.find(namespace, service, port)
        const open = now && 'endpoints' in now ? now.endpoints.filter((it) => !tried.has(`${it.host}:${it.port}`)) : []
        return open[first % Math.max(open.length, 1)]
      },
    }).catch((error: unknown) => {
      log.error({ err: error, namespace, service }, 'request could not be forwarded')
      sendAnswer(request, response, 500, 'the gateway failed')
    })
  }

  function upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    client.on('error', () => client.destroy())
    if (Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined) {
      return refuseUpgrade(client, 400, 'a request that asks for an upgrade must not have a body')
    }
    const target = targetOf(request)
    if (target === 'listing') return refuseUpgrade(client, 404, 'nothing is served here')
    if ('status' in target) return refuseUpgrade(client, target.status, target.problem)
    const found = endpoints?.find(target.namespace, target.service, target.port)
    if (found === undefined || 'status' in found)
      return refuseUpgrade(client, found?.status ?? 503, found?.problem ?? 'the gateway is stopping')
    const endpoint: Endpoint | undefined = found.endpoints[takeTurn(`${target.namespace}/${target.service}`) % found.endpoints.length]
    if (endpoint === undefined) return refuseUpgrade(client, 503, 'no endpoint is ready')
    upgraded.add(client)
    client.once('close', () => upgraded.delete(client))
    const begun = performance.now()
    forwardUpgrade(request, client, head, endpoint, timeoutMs).then(
      (status) => metrics.record(target.namespace, target.service, status, (performance.now() - begun) / 1000),
      (error: unknown) => {
        log.error({ err: error }, 'connection could not be forwarded')
        client.destroy()
      },
    )
  }

  function takeTurn(key: string): number {
    const turn = turns.get(key) ?? 0
    turns.set(key, (turn + 1) % Number.MAX_SAFE_INTEGER)
    return turn
  }

  function sendListing(request: IncomingMessage, response: ServerResponse): void {
    const at = address()
    const port = at === undefined ? '' : `:${at.port}`
    const services = cache
      .ofKind({ group: '', kind: 'Service' })
      .slice(0, mostListed)
      .map(({ metadata }) => `http://${metadata.name}.${metadata.namespace ?? ''}.localhost${port}/`)
    const ingresses = currentRoutes()
      .all()
      .slice(0, mostListed)
      .map(
        ({ host: name, path, backend }) =>
          `http://${name || `${host}`}${port}${path} -> Service ${backend.namespace}/${backend.service} (Ingress ${backend.ingress})`,
      )
    const text = [
      'This is the gateway of the embedded cluster.',
      '',
      'Services:',
      ...services,
      '',
      'Ingresses:',
      ...(ingresses.length > 0 ? ingresses : ['none']),
    ].join('\n')
    sendAnswer(request, response, request.url === '/' ? 200 : 404, text, { services, ingresses })
  }

  function address(): { host: string; port: number } | undefined {
    const at = server?.listening ? server.address() : null
    return at !== null && typeof at === 'object' ? { host: at.address, port: at.port } : undefined
  }

  return {
    name: 'gateway',
    address,
    metrics: () => metrics.all(),

    async start() {
      endpoints = createServiceEndpoints(cache, options.ports)
      unsubscribe = cache.subscribe(({ key }) => {
        if (key.group === ingressKind.group && (key.kind === 'Ingress' || key.kind === 'IngressClass')) routes = undefined
        if (key.group === '' && key.kind === 'Service' && cache.get(key) === undefined) turns.delete(`${key.namespace}/${key.name}`)
      })
      const listening = createServer(
        { maxHeaderSize: mostHeaderBytes, headersTimeout: 30_000, requestTimeout: 0, keepAliveTimeout: 60_000, requireHostHeader: true },
        (request, response) => {
          try {
            handle(request, response)
          } catch (error) {
            log.error({ err: error }, 'request could not be handled')
            sendAnswer(request, response, 500, 'the gateway failed')
          }
        },
      )
      listening.on('upgrade', (request, client, head) => {
        try {
          upgrade(request, client, head)
        } catch (error) {
          log.error({ err: error }, 'connection could not be handled')
          client.destroy()
        }
      })
      listening.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        if (socket.writable && error.code !== 'ECONNRESET')
          refuseUpgrade(socket, error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400, 'the request cannot be understood')
        else socket.destroy()
      })
      server = listening
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(options.port, host, resolve)
      })
      listening.on('error', (error) => log.error({ err: error }, 'gateway listener failed'))
    },

    async stop() {
      unsubscribe()
      const closing = server
      if (closing) {
        const closed = new Promise<void>((resolve) => closing.close(() => resolve()))
        closing.closeAllConnections()
        for (const client of upgraded) client.destroy()
        await closed
      }
      agent.destroy()
      endpoints?.stop()
      server = undefined
    },
  }
}
