import { createHmac } from 'node:crypto'
import type { KubeObject } from '@plimsoll/kube'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoles } from '@plimsoll/api'
import { isAllowed } from '../auth/principal.ts'
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

/** `own`: the account that asks, where an account is named. */
function addressOf(route: DeclaredRoute, own = 'demo'): string {
  const url = route.url.startsWith('/api/v1/account/') ? route.url.replace(':name', own) : route.url
  return (
    server.url +
    url
      .replace('/git/*', '/git/demo.git/info/refs')
      .replace(/:(name|podName|revision|resource|action|project|id)/g, 'demo')
      .replace('*', 'demo')
  )
}

async function ask(route: DeclaredRoute, headers: Record<string, string>, own?: string): Promise<number> {
  const hasBody = !['GET', 'HEAD'].includes(route.method)
  const response = await fetch(addressOf(route, own), {
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

function isForGit({ policy }: DeclaredRoute): boolean {
  return policy.who === 'user' && policy.scheme === 'git'
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
    expect(() => app.get('/new', { config: { policy: { who: 'user', permission: 'applications:get' } } }, async () => 'x')).toThrow(
      "is about something that policies speak of one by one: declare in its policy what, or 'each'",
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
    'is in no list': () => forge({ role: undefined }),
    'says what it may': () => forge({ sub: 'maintainer', role: 'maintainer' }),
    'names an account that is not there': () => forge({ sub: 'constructor', role: undefined }),
    'is of a session that nobody began': () => forge({ kind: 'session', role: undefined, ses: 'guessed' }),
    'plays somebody, unasked': () => forge({ kind: 'session', role: undefined, ses: 'guessed', act: { sub: 'admin', ses: 'guessed' } }),
    'is of a run without a repository': () => forge({ kind: 'run', role: undefined, run: { permissions: { contents: 'write' } } }),
    'is a password for git': () => `Basic ${Buffer.from('admin:nonsense').toString('base64')}`,
  })) {
    it(`refuses a token that ${what}`, async () => {
      expect(await exceptions(async () => ({ authorization: await make() }), 401)).toEqual([])
    })
  }

  it('refuses a token that was revoked', async () => {
    const { token, facts } = await server.tokens.issue({ username: 'admin', kind: 'api', ttlMs: 60_000 })
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

  it.each(accountRoles)('lets %s in where the table of permissions says so, and nowhere else', async (role) => {
    const found: string[] = []
    for (const route of guarded) {
      const { policy } = route
      if (policy.who !== 'user') continue
      const status = await ask(route, server.bearer(role), role)
      const isIn = ![401, 403].includes(status)
      if (isIn !== isAllowed(role, policy.permission) || (!isIn && status !== 403)) found.push(`${route.method} ${route.url}: ${status}`)
    }

    expect(found).toEqual([])
  })

  it('lets somebody who may only look change nothing', async () => {
    server.applications.calls.length = 0
    const changing = guarded.filter((route) => route.policy.who === 'user' && !/:(get|self)$/.test(route.policy.permission))
    const statuses = await Promise.all(
      changing.map(async (route) => `${route.method} ${route.url}: ${await ask(route, server.bearer('readonly'))}`),
    )

    expect(changing.length).toBeGreaterThan(12)
    expect(statuses.filter((status) => !status.endsWith(': 403'))).toEqual([])
    expect(server.applications.calls).toEqual([])
  })

  it('lets a run in only where it is about its repository, and never to approve, merge or deploy', async () => {
    const everything = Object.fromEntries(
      ['contents', 'pull-requests', 'checks', 'statuses', 'issues', 'actions'].map((name) => [name, 'write']),
    )
    const headers = (repository: string) => ({
      authorization: `Bearer ${server.tokens.issueRun({ repository, permissions: everything as Record<string, 'write'> }, 60_000).token}`,
    })
    const forbidden = guarded.filter(
      (route) =>
        route.policy.who === 'user' &&
        (!route.policy.repository ||
          !/^(repositories:(get|update)|pullrequests:(get|create|update)|checks:.*|gates:(get|create)|models:get)$/.test(
            route.policy.permission,
          )),
    )

    const own = await Promise.all(forbidden.map(async (route) => `${route.method} ${route.url}: ${await ask(route, headers('demo'))}`))
    const other = await Promise.all(guarded.map(async (route) => `${route.method} ${route.url}: ${await ask(route, headers('other'))}`))

    expect(forbidden.length).toBeGreaterThan(25)
    expect(own.filter((status) => !status.endsWith(': 403'))).toEqual([])
    expect(other.filter((status) => !status.endsWith(': 403'))).toEqual([])
  })

  it.each(['gone', 'disabled'])('refuses the token of an account that is %s, from then on', async (how) => {
    await server.tokens.accounts.create({ name: how, role: 'admin' })
    const { token } = await server.tokens.issue({ username: how, kind: 'api', ttlMs: 60_000 })
    const session = await server.tokens.issue({ username: how, kind: 'session', ttlMs: 60_000 })
    if (how === 'gone') await server.tokens.accounts.delete(how)
    else await server.tokens.accounts.update(how, { enabled: false })

    expect(await exceptions(() => ({ authorization: `Bearer ${token}` }), 401)).toEqual([])
    expect(await exceptions(() => ({ authorization: `Bearer ${session.token}` }), 401)).toEqual([])
  })

  it('that changes something refuses a cookie that a page of another origin sent along', async () => {
    const changing = guarded.filter((route) => route.method !== 'GET' && !isForGit(route))
    const { token } = await server.tokens.issue({ username: 'admin', kind: 'session', ttlMs: 60_000 })
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

  it('for git, and for data under DVC, takes no cookie at all', async () => {
    const { token } = await server.tokens.issue({ username: 'admin', kind: 'session', ttlMs: 60_000 })
    const own = { cookie: `plimsoll.token=${token}`, origin: server.url, 'sec-fetch-site': 'same-origin' }
    const statuses = await Promise.all(
      guarded.filter(isForGit).map(async (route) => `${route.method} ${route.url}: ${await ask(route, own)}`),
    )

    expect(statuses.length).toBeGreaterThan(1)
    expect(statuses.filter((status) => !status.endsWith(': 401'))).toEqual([])
  })

  it('that streams refuses such a cookie as well', async () => {
    const streams = guarded.filter((route) => route.policy.who === 'user' && route.policy.stream)
    const { token } = await server.tokens.issue({ username: 'admin', kind: 'session', ttlMs: 60_000 })
    const statuses = await Promise.all(
      streams.map((route) => ask(route, { cookie: `plimsoll.token=${token}`, 'sec-fetch-site': 'same-site' })),
    )

    expect(statuses).toEqual(streams.map(() => 403))
    expect(streams.length).toBeGreaterThan(3)
  })

  describe('that is asked with the token of a project', () => {
    const secretName = 'hidden-in-other'
    let authorization: string

    beforeAll(async () => {
      server.cluster.put({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name: 'shop', namespace: 'argocd' },
        spec: {
          roles: [
            {
              name: 'everything',
              policies: ['applications', 'applicationsets', 'logs', 'exec', 'repositories', 'clusters'].map(
                (resource) => `p, proj:shop:everything, ${resource}, *, shop/*, allow`,
              ),
            },
            {
              name: 'editor',
              policies: ['get', 'update'].map((action) => `p, proj:shop:editor, applications, ${action}, shop/*, allow`),
            },
          ],
        },
      } as unknown as KubeObject)
      server.cluster.put({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name: 'other', namespace: 'argocd' },
        spec: { description: secretName },
      } as unknown as KubeObject)
      server.applications.put('own', {
        spec: { project: 'shop', destination: {}, source: { repoURL: 'https://git.example/a', path: '.' } },
      })
      server.applications.put('theirs', {
        metadata: { name: 'theirs', namespace: 'argocd', labels: { marked: secretName } },
        spec: { project: 'other', destination: {}, source: { repoURL: 'https://git.example/a', path: '.' } },
      })
      server.applications.nodes = [{ kind: 'ConfigMap', name: secretName }]
      server.applications.logChunks = [`2026-01-01T00:00:00Z ${secretName}\n`]
      authorization = await made()
    })

    async function made(role = 'everything'): Promise<string> {
      const response = await fetch(`${server.url}/api/v1/projects/shop/roles/${role}/token`, {
        method: 'POST',
        headers: { ...server.bearer(), 'content-type': 'application/json' },
        body: '{}',
      })
      return `Bearer ${((await response.json()) as { token: string }).token}`
    }

    /** What it answers, as far as it comes within a moment: streams do not end. */
    async function told(
      route: DeclaredRoute,
      name: string,
      headers: Record<string, string> = { authorization },
    ): Promise<{ status: number; text: string }> {
      const hasBody = !['GET', 'HEAD'].includes(route.method)
      // Of a list, a namespace would be a filter that leaves nothing.
      const query = route.url.includes(':name') ? '?resourceName=x&kind=ConfigMap&namespace=n&patchType=merge&marks=true' : '?marks=true'
      const address = `${server.url}${route.url
        .replace(':project', 'other')
        .replace('/git/*', '/git/demo.git/info/refs')
        .replace(/:(podName)/, 'p')
        .replace(/:(number)/, '1')
        .replaceAll(/:(name|revision|resource|action|id|role|iat)/g, name)
        .replace('*', name)}${query}`
      const own = { metadata: { name }, spec: { project: 'other', destination: {}, source: { repoURL: 'https://x', path: '.' } } }
      const response = await fetch(address, {
        method: route.method,
        headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
        ...(hasBody && {
          body: JSON.stringify({ ...own, application: own, project: own, patch: '{}', patchType: 'merge', action: 'restart' }),
        }),
        redirect: 'manual',
      })
      let text = ''
      const reader = response.body?.getReader()
      const deadline = Date.now() + 300
      while (reader && Date.now() < deadline) {
        const read = await Promise.race([reader.read(), new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 150))])
        if (!read || read.done) break
        text += Buffer.from(read.value).toString()
      }
      await reader?.cancel().catch(() => undefined)
      return { status: response.status, text }
    }

    it('tells nothing of another project, and does nothing there, whichever it is', async () => {
      server.applications.calls.length = 0
      const leaks: string[] = []
      for (const route of guarded) {
        const { status, text } = await told(route, 'theirs')
        if (text.includes(secretName) || (status < 400 && text.includes('theirs')))
          leaks.push(`${route.method} ${route.url}: ${status} ${text.slice(0, 200)}`)
      }

      expect(leaks).toEqual([])
      expect(server.applications.calls).toEqual([])
    })

    it('is a walk that would find it: it does for an administrator', async () => {
      const found: string[] = []
      for (const route of guarded.filter(({ method }) => method === 'GET'))
        if ((await told(route, 'theirs', server.bearer())).text.includes(secretName)) found.push(route.url)

      expect(found).toEqual(
        expect.arrayContaining([
          '/api/v1/applications',
          '/api/v1/applications/:name',
          '/api/v1/applications/:name/logs',
          '/api/v1/applications/:name/resource-tree',
          '/api/v1/projects',
          '/api/v1/projects/:project',
          '/api/v1/stream/applications',
          '/api/v1/stream/applications/:name/resource-tree',
        ]),
      )
    })

    it('answers of an application of another project as of one that is not there', async () => {
      const named = guarded.filter(({ url }) => /\/(applications|applicationsets)\/:name/.test(url))
      const different: string[] = []
      for (const route of named) {
        const [theirs, none] = [await told(route, 'theirs'), await told(route, 'nobody')]
        const same = (text: string): string => text.replaceAll(/theirs|nobody/g, 'NAME').replace(/"requestId":"[^"]*"/, '')
        if (theirs.status !== none.status || same(theirs.text) !== same(none.text))
          different.push(`${route.method} ${route.url}: ${theirs.status} ${none.status} ${theirs.text} ${none.text}`)
        if (![400, 403, 404].includes(theirs.status)) different.push(`${route.method} ${route.url}: ${theirs.status}`)
      }

      expect(named.length).toBeGreaterThan(20)
      expect(different).toEqual([])
    })

    it('lets it see and change what is its own', async () => {
      const list = (await (await fetch(`${server.url}/api/v1/applications`, { headers: { authorization } })).json()) as {
        items: { metadata: { name: string } }[]
      }
      const projects = (await (await fetch(`${server.url}/api/v1/projects`, { headers: { authorization } })).json()) as typeof list
      const sync = await fetch(`${server.url}/api/v1/applications/own/sync`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: '{}',
      })

      expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['own'])
      expect(projects.items.map(({ metadata }) => metadata.name)).toEqual(['shop'])
      expect(sync.status).toBe(200)
    })

    it('does not let it take an application from, or into, another project', async () => {
      const moved = { metadata: { name: 'own' }, spec: { project: 'other', destination: {}, source: { repoURL: 'https://x', path: '.' } } }
      const send = (method: string, path: string, body: object): Promise<Response> =>
        fetch(server.url + path, { method, headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) })
      const answers = [
        await send('POST', '/api/v1/applications', moved),
        await send('POST', '/api/v1/applications?upsert=true', { ...moved, metadata: { name: 'theirs' } }),
        await send('PUT', '/api/v1/applications/own', moved),
        await send('PUT', '/api/v1/applications/own/spec', moved.spec),
        await send('PATCH', '/api/v1/applications/own', { patch: '{"spec":{"project":"other"}}', patchType: 'merge' }),
        await send('POST', '/api/v1/plan', { application: moved }),
        await send('POST', '/api/v1/render', { application: moved }),
      ]

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
    })

    it('lets whoever may only change an application neither sync it nor touch its objects, by a patch or otherwise', async () => {
      const headers = { authorization: await made('editor'), 'content-type': 'application/json' }
      const send = async (method: string, path: string, body?: object): Promise<number> =>
        (await fetch(`${server.url}/api/v1/applications/own${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) }))
          .status
      const patch = (change: object): Promise<number> => send('PATCH', '', { patch: JSON.stringify(change), patchType: 'merge' })
      const object = '?resourceName=x&kind=ConfigMap&namespace=n&version=v1&patchType=merge'

      expect(await patch({ metadata: { labels: { a: 'b' } } })).toBe(200)
      expect(await patch({ operation: { sync: {} } })).toBe(403)
      expect(await patch({ status: { operationState: { phase: 'Running' } } })).toBe(403)
      expect(await send('POST', '/sync', {})).toBe(403)
      expect(await send('POST', `/resource${object}`, {})).toBe(403)
      expect(await send('DELETE', `/resource${object}`)).toBe(403)
      expect(await send('POST', '/resource/actions/v2', { resourceName: 'x', kind: 'Deployment', group: 'apps', action: 'restart' })).toBe(
        403,
      )
      expect(await send('DELETE', '')).toBe(403)
    })

    it('is told that an application is gone when it has come into another project, and nothing of it there', async () => {
      const stream = await fetch(`${server.url}/api/v1/stream/applications`, { headers: { authorization } })
      const reader = stream.body?.getReader()
      let text = ''
      const until = async (wanted: RegExp): Promise<void> => {
        while (!wanted.test(text)) {
          const read = await reader?.read()
          if (!read || read.done) throw new Error(text)
          text += Buffer.from(read.value).toString()
        }
      }
      await until(/"ADDED".*"own"/)
      const spec = { destination: {}, source: { repoURL: `https://git.example/${secretName}`, path: '.' } }
      server.applications.put('own', { spec: { ...spec, project: 'other' } })
      await until(/"DELETED".*"own"/)
      server.applications.put('own', {
        spec: { destination: {}, source: { repoURL: 'https://git.example/b', path: '.' }, project: 'shop' },
      })
      await until(/git\.example\/b/)
      await reader?.cancel()

      expect(text).not.toContain(secretName)
    })

    it('ends at once, streams too, when it is deleted, and when its role goes', async () => {
      const other = await made()
      const stream = await fetch(`${server.url}/api/v1/stream/applications`, { headers: { authorization: other } })
      const project = server.cluster.get('AppProject', 'shop') as unknown as {
        status: { jwtTokensByRole: Record<string, { items: { id: string; iat: number }[] }> }
      }
      const [newest] = project.status.jwtTokensByRole['everything']?.items ?? []
      expect((await fetch(`${server.url}/api/v1/applications`, { headers: { authorization: other } })).status).toBe(200)

      await fetch(`${server.url}/api/v1/projects/shop/roles/everything/token/${newest?.iat}?id=${newest?.id}`, {
        method: 'DELETE',
        headers: server.bearer(),
      })
      expect((await fetch(`${server.url}/api/v1/applications`, { headers: { authorization: other } })).status).toBe(401)
      expect(await stream.text()).toContain('not valid any more')

      const before = server.cluster.get('AppProject', 'shop') as KubeObject
      server.cluster.put({ ...before, spec: { roles: [] } } as unknown as KubeObject)
      expect((await fetch(`${server.url}/api/v1/applications`, { headers: { authorization } })).status).toBe(401)
      server.cluster.put(before)
    })
  })
})
