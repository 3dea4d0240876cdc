import { createHmac } from 'node:crypto'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingNames } from '../auth/settings.ts'
import { type DeclaredRoute, requirePolicies } from './route-policy.ts'
import { type ServerForTests, startServerForTests } from './server-for-tests.ts'

let server: ServerForTests
let guarded: DeclaredRoute[]

beforeAll(async () => {
  server = await startServerForTests()
  server.applications.put('demo')
  // All of them, also those that somebody adds later.
  guarded = server.http.declaredRoutes.filter((route) => route.policy.who === 'user')
})

afterAll(() => server.close())

function addressOf(route: DeclaredRoute): string {
  return server.url + route.url.replace(/:(name|podName|revision|resource|action|project|id)/g, 'demo').replace('*', 'demo')
}

async function ask(route: DeclaredRoute, headers: Record<string, string>): Promise<number> {
  const hasBody = !['GET', 'HEAD'].includes(route.method)
  const response = await fetch(addressOf(route), {
    method: route.method,
    headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: '{}' }),
    redirect: 'manual',
  })
  await response.body?.cancel()
  return response.status
}

/** What each guarded route answers, as one readable list of those that answer otherwise. */
async function exceptions(headers: () => Record<string, string> | Promise<Record<string, string>>, expected: number): Promise<string[]> {
  const found: string[] = []
  for (const route of guarded) {
    const status = await ask(route, await headers())
    if (status !== expected) found.push(`${route.method} ${route.url}: ${status}`)
  }
  return found
}

async function forge(claims: Record<string, unknown>, options: { alg?: string; key?: string } = {}): Promise<string> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const key = Buffer.from(options.key ?? (await server.records.getSetting(settingNames.tokenKey)) ?? '', 'base64')
  const now = Date.now() / 1000
  const all = {
    iss: 'plimsoll',
    aud: 'plimsoll-api',
    sub: 'admin',
    role: 'admin',
    kind: 'api',
    jti: 'forged',
    iat: now,
    exp: now + 60,
    ...claims,
  }
  const signed = `${encode({ alg: options.alg ?? 'HS256', typ: 'JWT' })}.${encode(all)}`
  const signature = options.alg === 'none' ? '' : createHmac('sha256', key).update(signed).digest('base64url')
  return `Bearer ${signed}.${signature}`
}

describe('a route', () => {
  it('without a policy, or that leaves no record of a change, does not come up', () => {
    const app = fastify()
    requirePolicies(app)

    expect(() => app.get('/new', async () => 'x')).toThrow('Route GET /new has no policy')
    expect(() => app.post('/new', { config: { policy: { who: 'user', permission: 'applications:get' } } }, async () => 'x')).toThrow(
      'declare in its policy how that is written down',
    )
  })

  it('says why when it lets anyone in', () => {
    const open = server.http.declaredRoutes.filter((route) => route.policy.who !== 'user')

    expect(open.every((route) => route.policy.who !== 'user' && route.policy.why.length > 20)).toBe(true)
    expect(open.map((route) => `${route.method} ${route.url}`).toSorted()).toEqual([
      'DELETE /api/v1/session',
      'GET /*',
      'GET /api/v1/session/userinfo',
      'GET /api/v1/settings',
      'GET /api/version',
      'GET /healthz',
      'GET /login/once',
      'GET /metrics',
      'GET /openapi.json',
      'HEAD /*',
      'HEAD /healthz',
      'POST /api/v1/session',
      'POST /api/webhook',
    ])
  })
})

describe('every other route', () => {
  it('lets nobody in without a token', async () => {
    expect(guarded.length).toBeGreaterThan(25)
    expect(await exceptions(() => ({}), 401)).toEqual([])
  })

  it('takes a token that is really ours', async () => {
    const ours = await forge({})

    expect(
      await ask(
        { method: 'GET', url: '/api/v1/applications', policy: { who: 'user', permission: 'applications:get' } },
        { authorization: ours },
      ),
    ).toBe(200)
  })

  for (const [what, make] of Object.entries<() => Promise<string> | string>({
    'is no token': () => 'Bearer nonsense',
    'is signed with nothing': () => forge({}, { alg: 'none' }),
    'is signed with another key': () => forge({}, { key: 'AAAA' }),
    'names another algorithm': () => forge({}, { alg: 'HS512' }),
    'has expired': () => forge({ exp: Date.now() / 1000 - 1 }),
    'never expires': () => forge({ exp: undefined }),
    'is meant for somebody else': () => forge({ aud: 'other' }),
    'comes from somebody else': () => forge({ iss: 'other' }),
    'has no id to be revoked by': () => forge({ jti: undefined }),
    'is a password for git': () => `Basic ${Buffer.from('admin:nonsense').toString('base64')}`,
  })) {
    it(`refuses a token that ${what}`, async () => {
      expect(await exceptions(async () => ({ authorization: await make() }), 401)).toEqual([])
    })
  }

  it('refuses a token that was revoked', async () => {
    const { token, facts } = server.tokens.issue({ username: 'admin', role: 'admin', kind: 'api', ttlMs: 60_000 })
    await server.tokens.revoke(facts)

    expect(await exceptions(() => ({ authorization: `Bearer ${token}` }), 401)).toEqual([])
  })

  it('refuses a request that came by a name that is not ours', async () => {
    const { request } = await import('node:http')
    const statuses = await Promise.all(
      guarded.map(
        (route) =>
          new Promise<string>((resolve, reject) => {
            const sent = request(
              addressOf(route),
              { method: route.method, headers: { ...server.bearer(), host: 'rebound.example.com' } },
              (response) => {
                response.resume()
                resolve(`${route.method} ${route.url}: ${response.statusCode}`)
              },
            )
            sent.on('error', reject)
            sent.end()
          }),
      ),
    )

    expect(statuses.filter((status) => !status.endsWith(': 403'))).toEqual([])
  })

  it('lets somebody who may only look change nothing', async () => {
    const changing = guarded.filter((route) => route.policy.who === 'user' && !route.policy.permission.endsWith(':get'))
    const statuses = await Promise.all(
      changing.map(async (route) => `${route.method} ${route.url}: ${await ask(route, server.bearer('readonly'))}`),
    )

    expect(changing.length).toBeGreaterThan(8)
    expect(statuses.filter((status) => !status.endsWith(': 403'))).toEqual([])
    expect(server.applications.calls).toEqual([])
  })

  it('that changes something refuses a cookie that a page of another origin sent along', async () => {
    const changing = guarded.filter((route) => route.method !== 'GET' && !route.url.startsWith('/git'))
    const { token } = server.tokens.issue({ username: 'admin', role: 'admin', kind: 'session', ttlMs: 60_000 })
    const port = Number(new URL(server.url).port)
    const attempts: Record<string, string>[] = [
      { origin: 'https://evil.example.com' },
      { origin: `http://127.0.0.1:${port + 1}` },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      {},
    ]
    const found: string[] = []
    for (const route of changing) {
      for (const headers of attempts) {
        const status = await ask(route, { cookie: `plimsoll.token=${token}`, ...headers })
        if (status !== 403) found.push(`${route.method} ${route.url} ${JSON.stringify(headers)}: ${status}`)
      }
    }

    expect(found).toEqual([])
    expect(server.applications.calls).toEqual([])
  })

  it('that streams refuses such a cookie as well', async () => {
    const streams = guarded.filter((route) => route.policy.who === 'user' && route.policy.stream)
    const { token } = server.tokens.issue({ username: 'admin', role: 'admin', kind: 'session', ttlMs: 60_000 })
    const statuses = await Promise.all(
      streams.map((route) => ask(route, { cookie: `plimsoll.token=${token}`, 'sec-fetch-site': 'same-site' })),
    )

    expect(statuses).toEqual(streams.map(() => 403))
    expect(streams.length).toBe(4)
  })
})
