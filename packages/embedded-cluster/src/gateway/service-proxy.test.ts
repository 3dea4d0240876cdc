import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClusterCache, type ClusterCache } from '@plimsoll/kube'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createApiServer, type ApiServer } from '../api-server/index.ts'
import { createServiceProxy, type ServiceProxy } from './service-proxy.ts'

let dataDir: string
let api: ApiServer
let cache: ClusterCache
let proxy: ServiceProxy
let workload: Server

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-proxy-'))
  api = await createApiServer({ dataDir })
  cache = createClusterCache(api.client)
  await cache.start()
  workload = createServer((socket) => socket.pipe(socket))
  await new Promise<void>((resolve) => workload.listen(0, '127.0.0.1', resolve))
  await create('v1', 'Service', 'echo', {
    spec: { selector: { app: 'echo' }, ports: [{ port: 7, targetPort: 7000 }] },
  })
  await create('v1', 'Pod', 'echo-0', { spec: { nodeName: 'here', containers: [{ name: 'main', image: 'x' }] } })
  const targetRef = { kind: 'Pod', name: 'echo-0', namespace: 'default' }
  const slice = {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.2'], conditions: { ready: true }, targetRef }],
    ports: [{ name: '', port: 7000, protocol: 'TCP' }],
  }
  await create('discovery.k8s.io/v1', 'EndpointSlice', 'echo-x', slice, { 'kubernetes.io/service-name': 'echo' })
  proxy = newProxy()
  await proxy.start()
})

afterEach(async () => {
  await proxy.stop()
  workload.close()
  await cache.stop()
  await api.close()
  rmSync(dataDir, { recursive: true, force: true })
})

function newProxy(): ServiceProxy {
  const ports = { addressOf: () => ({ host: '127.0.0.1', port: (workload.address() as AddressInfo).port }) }
  return createServiceProxy({ cache, ports, file: join(dataDir, 'service-ports.json'), log: pino({ level: 'silent' }) })
}

async function create(apiVersion: string, kind: string, name: string, fields: object, labels: Record<string, string> = {}): Promise<void> {
  const type = await api.client.typeOf(apiVersion, kind)
  if (!type) throw new Error(`no ${kind}`)
  cache.observe(await api.client.create(type, { apiVersion, kind, metadata: { name, namespace: 'default', labels }, ...fields }))
}

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(text))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

it('a Service is reached over TCP, at the same port after a restart', async () => {
  const before = await proxy.addressOf('default', 'echo', 7)
  expect(await ask(before?.port ?? 0, 'hello')).toBe('hello')
  await proxy.stop()

  proxy = newProxy()
  await proxy.start()

  expect(await ask(before?.port ?? 0, 'again')).toBe('again')
  expect(await proxy.addressOf('default', 'echo', 7)).toEqual(before)
})

it('what does not exist has no address', async () => {
  expect(await proxy.addressOf('default', 'nobody', 7)).toBeUndefined()
})
