import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClusterCache, type ClusterCache, type KubeObject } from '@plimsoll/kube'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { createApiServer, type ApiServer } from '../api-server/index.ts'
import { createGateway, type Gateway } from './gateway.ts'

let dataDir: string
let api: ApiServer
let cache: ClusterCache
let gateway: Gateway
let real: Map<string, number>
let servers: Server[]

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-gateway-'))
  api = await createApiServer({ dataDir })
  cache = createClusterCache(api.client)
  await cache.start()
  real = new Map()
  servers = []
  const ports = {
    addressOf: ({ namespace = '', name }: { namespace?: string; name: string }, port: number) => {
      const found = real.get(`${namespace}/${name}:${port}`)
      return found === undefined ? undefined : { host: '127.0.0.1', port: found }
    },
  }
  gateway = createGateway({ cache, ports, port: 0, log: pino({ level: 'silent' }), timeoutMs: 1000, mostBodyBytes: 1000 })
  await gateway.start()
})

afterEach(async () => {
  await gateway.stop()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await cache.stop()
  await api.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function create(
  apiVersion: string,
  kind: string,
  name: string,
  fields: object,
  labels: Record<string, string> = {},
): Promise<KubeObject> {
  const type = await api.client.typeOf(apiVersion, kind)
  if (!type) throw new Error(`no ${kind}`)
  const object = await api.client.create(type, { apiVersion, kind, metadata: { name, namespace: 'default', labels }, ...fields })
  cache.observe(object)
  await until(
    () =>
      cache.get({ group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '', kind, namespace: 'default', name }) !==
      undefined,
  )
  return object
}

/** A Service with one pod per port of this machine. */
async function createService(name: string, realPorts: number[], ready = true): Promise<void> {
  await create('v1', 'Service', name, {
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  })
  const endpoints = []
  for (const [index, port] of realPorts.entries()) {
    const pod = `${name}-${index}`
    await create('v1', 'Pod', pod, { spec: { nodeName: 'here', containers: [{ name: 'main', image: 'x' }] } })
    real.set(`default/${pod}:8080`, port)
    endpoints.push({
      addresses: [`10.244.0.${index + 2}`],
      conditions: { ready },
      targetRef: { kind: 'Pod', name: pod, namespace: 'default' },
    })
  }
  await create(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    `${name}-slice`,
    { addressType: 'IPv4', endpoints, ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] },
    { 'kubernetes.io/service-name': name },
  )
}

const backend = (name: string) => ({ service: { name, port: { name: 'http' } } })
const ingress = (name: string, rules: object[], more: object = {}) =>
  create('networking.k8s.io/v1', 'Ingress', name, { spec: { rules, ...more } })

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

function get(
  host: string,
  path = '/',
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: gateway.address()?.port,
      path,
      method: options.method ?? 'GET',
      headers: { host, ...options.headers },
      agent: false,
    })
    request.on('error', reject)
    request.on('response', (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
      response.on('error', reject)
    })
    request.end(options.body)
  })
}

const says =
  (text: string): RequestListener =>
  (_request, response) =>
    response.end(text)

describe('a Service', () => {
  it('is reached by its name, in turn over its ready pods', async () => {
    await createService('web', [await listen(says('one')), await listen(says('two'))])

    const answers = [await get('web.default.localhost'), await get('web.default.localhost:7430'), await get('http.web.default.localhost')]

    expect(answers.map(({ body }) => body)).toEqual(['one', 'two', 'one'])
  })

  it('that does not exist, has no such port, or nobody ready, says which', async () => {
    await createService('idle', [await listen(says('never'))], false)

    const [none, port, idle] = [
      await get('none.default.localhost'),
      await get('grpc.idle.default.localhost'),
      await get('idle.default.localhost', '/', { headers: { accept: 'application/json' } }),
    ]

    expect(none).toMatchObject({
      status: 404,
      body: expect.stringContaining('there is no Service "none" in namespace "default"') as string,
    })
    expect(port.body).toContain('Service "default/idle" has no port "grpc" (it has http)')
    expect(idle.status).toBe(503)
    expect(JSON.parse(idle.body)).toMatchObject({
      error: 'Service "default/idle" has no ready endpoint for port http (of 1: 1 not ready)',
      service: 'idle',
    })
  })

  it('loses no request when one of its pods is gone already', async () => {
    const gone = await listen(says('never'))
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await createService('web', [gone, await listen(says('here'))])

    const answers = await Promise.all(
      [1, 2, 3, 4].map((index) => get('web.default.localhost', '/', index % 2 ? { method: 'POST', body: 'x' } : {})),
    )

    expect(answers.map(({ body }) => body)).toEqual(['here', 'here', 'here', 'here'])
  })

  it('repeats a GET that was broken off, and never a POST', async () => {
    let posts = 0
    const breaking = await listen((request) => {
      if (request.method === 'POST') posts++
      request.socket.destroy()
    })
    await createService('web', [breaking, await listen(says('here'))])

    const [first, , third] = [
      await get('web.default.localhost'),
      await get('web.default.localhost'),
      await get('web.default.localhost', '/', { method: 'POST', body: 'x' }),
    ]

    expect(first.body).toBe('here')
    expect(third.status).toBe(502)
    expect(posts).toBe(1)
  })

  it('gets no new request for a pod that is told to end', async () => {
    await createService('web', [await listen(says('ends')), await listen(says('stays'))])
    const type = await api.client.typeOf('v1', 'Pod')
    if (type) await api.client.delete(type, { namespace: 'default', name: 'web-0' }, { gracePeriodSeconds: 30 })
    await until(() => cache.get({ group: '', kind: 'Pod', namespace: 'default', name: 'web-0' })?.metadata.deletionTimestamp !== undefined)

    const answers = [await get('web.default.localhost'), await get('web.default.localhost')]

    expect(answers.map(({ body }) => body)).toEqual(['stays', 'stays'])
  })

  it('that does not answer in time is given up', async () => {
    await createService('slow', [await listen(() => {})])

    expect(await get('slow.default.localhost')).toMatchObject({ status: 504 })
  })

  it('is counted', async () => {
    await createService('web', [await listen(says('ok'))])
    await get('web.default.localhost')

    expect(gateway.metrics()).toMatchObject([{ namespace: 'default', service: 'web', requests: { '2xx': 1 }, count: 1 }])
  })
})

describe('an Ingress', () => {
  it('sends by host and path: the exact host first, then the longest path', async () => {
    for (const name of ['root', 'api', 'exact', 'wild']) await createService(name, [await listen(says(name))])
    const path = (value: string, pathType: string, name: string) => ({ path: value, pathType, backend: backend(name) })
    await ingress('one', [
      {
        host: 'shop.example.com',
        http: { paths: [path('/', 'Prefix', 'root'), path('/api', 'Prefix', 'api'), path('/api/exact', 'Exact', 'exact')] },
      },
    ])
    await ingress('two', [{ host: '*.example.com', http: { paths: [path('/', 'Prefix', 'wild')] } }])

    const bodies = await Promise.all(
      [
        ['shop.example.com', '/'],
        ['shop.example.com', '/api/x'],
        ['SHOP.example.com:80', '/api/exact'],
        ['other.example.com', '/'],
      ].map(async ([host = '', at = '']) => (await get(host, at)).body),
    )

    expect(bodies).toEqual(['root', 'api', 'exact', 'wild'])
    expect((await get('a.b.example.com')).status).toBe(404)
    expect((await get('example.com')).status).toBe(404)
  })

  it('without a host answers on the names of this machine; without one they list what there is', async () => {
    await createService('web', [await listen(says('web'))])
    expect((await get('127.0.0.1')).body).toContain('http://web.default.localhost')

    await ingress('any', [{ http: { paths: [{ path: '/web', pathType: 'Prefix', backend: backend('web') }] } }])
    await until(() => cache.get({ group: 'networking.k8s.io', kind: 'Ingress', namespace: 'default', name: 'any' }) !== undefined)

    expect((await get('127.0.0.1', '/web/x')).body).toBe('web')
    expect((await get('localhost', '/other')).status).toBe(404)
  })

  it('of another class is left to its own controller', async () => {
    await createService('web', [await listen(says('web'))])
    await ingress('theirs', [{ host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('web') }] } }], {
      ingressClassName: 'nginx',
    })

    expect((await get('a.example.com')).status).toBe(404)
  })
})

describe('the console and the workload', () => {
  it('never see what is the other one’s', async () => {
    let seen: IncomingHttpHeaders = {}
    const port = await listen((request, response) => {
      seen = request.headers
      response.setHeader('Set-Cookie', ['plimsoll.token=stolen; Path=/', 'own=1', '__Host-plimsoll.x=1'])
      response.setHeader('Clear-Site-Data', '"cookies"')
      response.end()
    })
    await createService('web', [port])
    const token = `x.${Buffer.from('{"iss":"plimsoll"}').toString('base64url')}.y`

    const answer = await get('web.default.localhost', '/', {
      headers: {
        cookie: 'a=1; plimsoll.token=secret; b=2',
        authorization: `Bearer ${token}`,
        'x-plimsoll-anything': '1',
        'x-forwarded-for': '6.6.6.6',
        connection: 'x-secret, close',
        'x-secret': '1',
        'x-own': 'kept',
      },
    })

    expect(seen.cookie).toBe('a=1; b=2')
    expect(seen).not.toHaveProperty('authorization')
    expect(seen).not.toHaveProperty('x-plimsoll-anything')
    expect(seen).not.toHaveProperty('x-secret')
    expect(seen).toMatchObject({
      'x-own': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'web.default.localhost',
      host: 'web.default.localhost',
    })
    expect(answer.headers['set-cookie']).toEqual(['own=1'])
    expect(answer.headers).not.toHaveProperty('clear-site-data')
  })

  it('a workload keeps its own credentials', async () => {
    const port = await listen((request, response) => response.end(request.headers.authorization))
    await createService('web', [port])

    expect((await get('web.default.localhost', '/', { headers: { authorization: 'Bearer own' } })).body).toBe('Bearer own')
  })
})

describe('bad requests', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(gateway.address()?.port ?? 0, '127.0.0.1', () => socket.write(text))
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString()))
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })

  it.each([
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: web.default.localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a path that leads nowhere', 'GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n'],
    ['an absolute target', 'GET http://evil/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('with %s get 400', async (_name, text) => {
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('with too large a header get 431', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('with too large a body get 413, whether they say so before or not', async () => {
    await createService('web', [await listen((request, response) => void request.on('end', () => response.end('read')).resume())])

    const [told, untold] = [
      await get('web.default.localhost', '/', { method: 'POST', body: 'x'.repeat(2000) }),
      await get('web.default.localhost', '/', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(2000) }),
    ]

    expect([told.status, untold.status]).toEqual([413, 413])
  })
})

it('bodies go through as streams, both ways', async () => {
  await createService('echo', [await listen((request, response) => void request.pipe(response))])

  expect(
    (await get('echo.default.localhost', '/', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'streamed' })).body,
  ).toBe('streamed')
})

it('WebSockets go through', async () => {
  const port = await listen(says('plain'))
  const sockets = new WebSocketServer({ noServer: true })
  servers[0]?.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) =>
      client.on('message', (data: Buffer) => client.send(`echo ${data.toString()}`)),
    ),
  )
  await createService('ws', [port])

  const client = new WebSocket(`ws://127.0.0.1:${gateway.address()?.port}/`, { headers: { host: 'ws.default.localhost' } })
  const answer = await new Promise((resolve, reject) => {
    client.on('open', () => client.send('hello'))
    client.on('message', (data: Buffer) => resolve(data.toString()))
    client.on('error', reject)
  })
  client.close()

  expect(answer).toBe('echo hello')
})
