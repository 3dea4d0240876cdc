import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { KubeObject } from '@plimsoll/kube'
import type { NodeAgent } from '../contract.ts'
import type { Store } from '../storage/index.ts'
import { badRequest, failure, notFound } from './api-failure.ts'
import type { ResourceCall } from './http-api.ts'
import { valueAt } from './tree.ts'

export interface ProxyContext {
  store: Store
  node: NodeAgent | undefined
  random?: () => number
}

interface Target {
  pod: KubeObject
  port: number
}

/** RFC 9110, 7.6.1: about one connection, not about the message. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * `pods/proxy` and `services/proxy`: a request to what runs in a pod, by way of the API (kubernetes `pkg/registry/core/{pod,service}`,
 * ResourceLocation). Who is calling stays here: a workload sees no token. Rejects with what is to be answered.
 */
export async function answerProxy(call: ResourceCall, context: ProxyContext): Promise<void> {
  const { request, response, path } = call
  if (context.node === undefined) throw failure(503, 'ServiceUnavailable', 'the node does not answer')
  const [, name = '', port = ''] = /^(?:http:|:)?([^:]+):?([^:]*)$/.exec(path.name ?? '') ?? []
  if (name === '') throw badRequest(`invalid ${path.plural === 'pods' ? 'pod' : 'service'} request ${JSON.stringify(path.name)}`)
  const target = path.plural === 'pods' ? podTarget(call, context, name, port) : serviceTarget(call, context, name, port)
  const location = /\/proxy(\/[^?]*)?(\?.*)?$/.exec((request.url ?? '').slice((request.url ?? '').indexOf(`/${path.plural}/`)))
  const socket = await context.node.connect(target.pod, target.port).catch((error: unknown) => {
    throw unreachable(error)
  })
  const answer = await forward(request, socket, target, `${location?.[1] ?? '/'}${location?.[2] ?? ''}`)
  response.once('close', () => socket.destroy())
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, keptHeaders(answer))
  answer.once('error', () => response.destroy())
  answer.pipe(response)
}

function podTarget(call: ResourceCall, { store }: ProxyContext, name: string, port: string): Target {
  const pod = store.get('/pods', call.path.namespace ?? '', name)?.object
  if (pod === undefined) throw notFound(call.definition, name)
  return { pod, port: numberOf(port === '' ? firstPortOf(pod) : port) }
}

function serviceTarget(call: ResourceCall, { store, random = Math.random }: ProxyContext, name: string, port: string): Target {
  const namespace = call.path.namespace ?? ''
  const service = store.get('/services', namespace, name)?.object
  if (service === undefined) throw notFound(call.definition, name)
  const ports = (valueAt(service, ['spec', 'ports']) ?? []) as { name?: string; port: number }[]
  const wanted = port === '' ? (ports.find((it) => !it.name) ?? ports[0]) : ports.find((it) => it.name === port || String(it.port) === port)
  if (wanted === undefined)
    throw failure(503, 'ServiceUnavailable', `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`)
  const targets: Target[] = []
  for (const { object } of store.list('discovery.k8s.io/endpointslices', namespace)) {
    if (object.metadata.labels?.['kubernetes.io/service-name'] !== name) continue
    const slice = object as EndpointSlice
    const number = slice.ports?.find((it) => (it.name ?? '') === (wanted.name ?? ''))?.port
    for (const { conditions, targetRef } of number === undefined ? [] : (slice.endpoints ?? [])) {
      if (conditions?.ready === false || targetRef?.kind !== 'Pod') continue
      const pod = store.get('/pods', namespace, targetRef.name ?? '')?.object
      if (pod !== undefined && number !== undefined) targets.push({ pod, port: number })
    }
  }
  const target = targets[Math.floor(random() * targets.length)]
  if (target === undefined) throw failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`)
  return target
}

interface EndpointSlice extends KubeObject {
  ports?: { name?: string; port?: number }[]
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { kind?: string; name?: string } }[]
}

function firstPortOf(pod: KubeObject): string {
  const containers = (valueAt(pod, ['spec', 'containers']) ?? []) as { ports?: { containerPort: number }[] }[]
  return String(containers.find(({ ports }) => ports?.length)?.ports?.[0]?.containerPort ?? 80)
}

function numberOf(port: string): number {
  const number = Number(port)
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535) throw badRequest(`invalid port ${JSON.stringify(port)}`)
  return number
}

function forward(request: IncomingMessage, socket: Duplex, { pod, port }: Target, path: string): Promise<IncomingMessage> {
  const ip = valueAt(pod, ['status', 'podIP'])
  const headers = { ...keptHeaders(request), host: `${typeof ip === 'string' ? ip : pod.metadata.name}:${port}` }
  delete (headers as Record<string, unknown>)['authorization']
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ createConnection: () => socket, method: request.method, path, headers, setHost: false })
    asked.once('error', (error) => reject(unreachable(error)))
    asked.once('response', resolve)
    request.once('error', () => asked.destroy())
    request.pipe(asked)
  })
}

function keptHeaders(message: IncomingMessage): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(message.headers)) if (value !== undefined && !hopByHop.has(name)) kept[name] = value
  return kept
}

function unreachable(error: unknown): Error {
  return failure(503, 'ServiceUnavailable', `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`)
}
