import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchOutside } from './fetch-outside.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(answer: RequestListener): Promise<{ url: URL; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), seen }
}

const open = { policy: { allowPrivateHosts: true }, maxBytes: 10_000 }

describe('what is dialled because somebody named it', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://169.254.169.254/',
    'http://10.1.2.3/',
    'http://[::ffff:192.168.0.1]/',
    'http://2130706433/',
  ])('%s is refused without being asked', async (url) => {
    const asked = fetchOutside(new URL(url), { ...open, policy: { allowPrivateHosts: false } })

    await expect(asked).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('inside this machine or its network'),
    })
  })

  it('a redirect to a private address is refused too', async () => {
    const inner = await serve((_request, response) => response.end('secret'))
    const outer = await serve((_request, response) =>
      response.writeHead(302, { location: inner.url.href.replace('127.0.0.1', '127.0.0.2') }).end(),
    )

    const asked = fetchOutside(outer.url, { ...open, policy: { allowPrivateHosts: ['127.0.0.1'] } })

    await expect(asked).rejects.toMatchObject({ code: 'repository-unreachable', message: expect.stringContaining('127.0.0.2') })
    expect(inner.seen).toEqual([])
  })

  it('credentials stay with the host that they are for', async () => {
    const other = await serve((_request, response) => response.end('there'))
    const first = await serve((_request, response) => response.writeHead(307, { location: other.url.href }).end())

    const answer = await fetchOutside(first.url, {
      ...open,
      credentials: { username: 'me', password: 'canary' },
      headers: { cookie: 'c', 'x-plain': 'kept' },
    })

    expect(answer.body.toString()).toBe('there')
    expect(first.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:canary').toString('base64')}`)
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(other.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(other.seen[0]?.headers['x-plain']).toBe('kept')
  })

  it('what changes something arrives with its body, also where its host has moved it', async () => {
    const bodies: string[] = []
    const server = await serve((request, response) => {
      if (request.url === '/') return void response.writeHead(307, { location: '/moved' }).end()
      request.on('data', (chunk: Buffer) => bodies.push(`${request.method} ${request.url} ${chunk.toString()}`))
      request.on('end', () => response.writeHead(201).end('made'))
    })

    const answer = await fetchOutside(server.url, {
      ...open,
      method: 'PUT',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })

    expect([answer.status, answer.body.toString()]).toEqual([201, 'made'])
    expect(bodies).toEqual(['PUT /moved {"a":1}'])
  })

  it.each([301, 302, 307, 308])('what changes something is not told to another host (%i)', async (status) => {
    const other = await serve((_request, response) => response.end('there'))
    const first = await serve((_request, response) => response.writeHead(status, { location: other.url.href }).end())

    const sent = fetchOutside(first.url, { ...open, method: 'POST', body: 'canary' })

    await expect(sent).rejects.toMatchObject({ message: expect.stringContaining('redirects a POST to another host') })
    expect(other.seen).toEqual([])
  })

  it('what was changed may say elsewhere what came of it, which is read without body or token', async () => {
    const other = await serve((_request, response) => response.end('there'))
    const first = await serve((_request, response) => response.writeHead(303, { location: other.url.href }).end())

    await fetchOutside(first.url, { ...open, method: 'POST', body: 'canary', headers: { 'private-token': 'canary' } })

    expect(other.seen[0]?.method).toBe('GET')
    expect(JSON.stringify(other.seen[0]?.headers)).not.toContain('canary')
  })

  it('an answer without end is broken off', async () => {
    const endless = await serve((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(4096))) if (response.destroyed) return
      }
      response.on('drain', more)
      more()
    })

    await expect(fetchOutside(endless.url, open)).rejects.toMatchObject({ code: 'manifest-too-large' })
  })

  it('who redirects for ever, or never answers, is given up', async () => {
    const circle = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
    const silent = await serve(() => undefined)

    await expect(fetchOutside(circle.url, open)).rejects.toMatchObject({ message: expect.stringContaining('again and again') })
    await expect(fetchOutside(silent.url, { ...open, timeoutMs: 200 })).rejects.toMatchObject({
      message: expect.stringContaining('did not answer within'),
    })
  })
})

describe('what the operator has given for an address', () => {
  /** Connects to whatever it is asked for. */
  async function startProxy(): Promise<{ url: string; asked: { to: string; authorization: string | undefined }[] }> {
    const asked: { to: string; authorization: string | undefined }[] = []
    const proxy = createServer()
    proxy.on('connect', (request, client) => {
      asked.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] })
      const [host = '', port = ''] = (request.url ?? '').split(':')
      const onward = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onward.pipe(client).pipe(onward)
      })
      onward.on('error', () => client.destroy())
      client.on('error', () => onward.destroy())
    })
    servers.push(proxy)
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked }
  }

  it('lets us in there, and goes nowhere else', async () => {
    const other = await serve((_request, response) => response.end('there'))
    const first = await serve((_request, response) => response.writeHead(302, { location: other.url.href }).end())

    await fetchOutside(first.url, { ...open, access: { authorization: { kind: 'bearer', token: 'canary' }, isInsecure: true } })

    expect(first.seen[0]?.headers.authorization).toBe('Bearer canary')
    expect(JSON.stringify(other.seen[0]?.headers)).not.toContain('canary')
  })

  it('is reached by the proxy, also after a redirect, with the password of the proxy for the proxy alone', async () => {
    const proxy = await startProxy()
    const other = await serve((_request, response) => response.end('there'))
    const first = await serve((_request, response) => response.writeHead(302, { location: other.url.href }).end())
    const access = { proxy: { url: proxy.url.replace('://', '://me:canary@'), noProxy: '' } }

    const answer = await fetchOutside(first.url, { ...open, access })

    expect(answer.body.toString()).toBe('there')
    expect(proxy.asked).toEqual(
      [first, other].map(({ url }) => ({ to: url.host, authorization: `Basic ${Buffer.from('me:canary').toString('base64')}` })),
    )
    expect(JSON.stringify([first, other].map(({ seen }) => seen[0]?.headers))).not.toContain('canary')
  })

  it.each([
    ['127.0.0.1', false],
    ['*', false],
    ['10.0.0.0/8,127.0.0.0/8', false],
    ['127.0.0.1:1', true],
    ['.0.0.1', false],
    ['0.0.2', true],
    ['', true],
  ])('with noProxy %j goes by the proxy: %s', async (noProxy, isByProxy) => {
    const proxy = await startProxy()
    const there = await serve((_request, response) => response.end('there'))

    await fetchOutside(there.url, { ...open, access: { proxy: { url: proxy.url, noProxy } } })

    expect(proxy.asked.length > 0).toBe(isByProxy)
  })

  it('is not asked by a proxy that is not allowed, or that is none', async () => {
    const there = await serve((_request, response) => response.end('there'))
    const policy = { allowPrivateHosts: ['127.0.0.1'] }

    for (const url of ['http://10.255.255.1:3128', 'socks5://127.0.0.1:1', 'canary nonsense']) {
      const refused = await fetchOutside(there.url, { ...open, policy, access: { proxy: { url, noProxy: '' } } }).catch(
        (error: unknown) => error,
      )
      expect(refused).toMatchObject({ code: 'repository-unreachable' })
      expect(String(refused)).not.toContain('canary')
    }
    expect(there.seen).toEqual([])
  })
})
