import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settingNames } from '../auth/settings.ts'
import { messagesOf, type ServerForTests, startServerForTests } from './server-for-tests.ts'

let server: ServerForTests

beforeEach(async () => {
  server = await startServerForTests()
})

afterEach(() => server.close())

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, {
    redirect: 'manual',
    ...init,
    headers: { ...server.bearer(), ...(init.headers as Record<string, string>) },
  })
}

function post(path: string, body: unknown, method = 'POST'): Promise<Response> {
  return call(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('signing in', () => {
  function signIn(password: string, username = 'admin'): Promise<Response> {
    return fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    })
  }

  it('gives a token that is good for the API, and a cookie that no script can read', async () => {
    const response = await signIn(server.password)
    const { token } = (await response.json()) as { token: string }
    const list = await fetch(`${server.url}/api/v1/applications`, { headers: { authorization: `Bearer ${token}` } })

    expect(list.status).toBe(200)
    expect(response.headers.get('set-cookie')).toMatch(/^plimsoll\.token=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=86400$/)
  })

  it('is refused alike for a wrong password and for a name that nobody has', async () => {
    const wrong = (await (await signIn('wrong')).json()) as { requestId: string }
    const unknown = (await (await signIn('wrong', 'nobody')).json()) as { requestId: string }

    expect({ ...wrong, requestId: '' }).toEqual({ ...unknown, requestId: '' })
    expect(wrong).toMatchObject({ reason: 'sign-in-refused' })
  })

  it('has to wait after some wrong tries, also after a restart, and also with the right password', async () => {
    const statuses: number[] = []
    for (let at = 0; at < 7; at++) statuses.push((await signIn('wrong')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])

    const blocked = await signIn(server.password)
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)

    const kept = await server.records.getSetting(settingNames.loginFailures)
    await server.close()
    server = await startServerForTests()
    await server.records.setSetting(settingNames.loginFailures, kept ?? '')
    const { openLoginLimit } = await import('../auth/login-limit.ts')
    expect(await (await openLoginLimit(server.records)).begin(['name admin'])).toBeGreaterThan(0)
  })

  it('lets no more through when all tries come at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await signIn('wrong')).status))

    expect(statuses.filter((status) => status === 401).length).toBe(5)
  })

  it('by the link works once', async () => {
    const code = server.codes.create()
    const first = await fetch(`${server.url}/login/once?code=${code}`, { redirect: 'manual' })
    const second = await fetch(`${server.url}/login/once?code=${code}`, { redirect: 'manual' })

    expect([first.status, first.headers.get('location')]).toEqual([303, '/'])
    expect(first.headers.get('set-cookie')).toContain('plimsoll.token=ey')
    expect(second.headers.get('set-cookie')).toBeNull()
    expect(second.headers.get('location')).toBe('/?reason=link-used')
  })

  it('out makes the token void', async () => {
    const { token } = (await (await signIn(server.password)).json()) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${server.url}/api/v1/session`, { method: 'DELETE', headers })

    expect((await fetch(`${server.url}/api/v1/applications`, { headers })).status).toBe(401)
    expect(await (await fetch(`${server.url}/api/v1/session/userinfo`, { headers })).json()).toEqual({ loggedIn: false })
  })

  it('is never stored in the clear', async () => {
    await signIn(server.password)
    const stored = await Promise.all(
      Object.values(settingNames).map((name) => server.records.getSetting(typeof name === 'string' ? name : name('github'))),
    )

    expect(stored.join(' ')).not.toContain(server.password)
    expect(JSON.stringify(await server.records.listAudit())).not.toContain(server.password)
  })

  it('ends with every session when the password is set anew', async () => {
    const { token } = (await (await signIn(server.password)).json()) as { token: string }
    const response = await post('/api/v1/account/password', { currentPassword: server.password, newPassword: 'a new one, longer' }, 'PUT')
    expect(response.status).toBe(200)

    const { openTokens } = await import('../auth/tokens.ts')
    const fresh = await openTokens(server.records)
    expect(fresh.verify(token)).toBeUndefined()
    fresh.close()
    expect((await signIn('a new one, longer')).status).toBe(200)
  })
})

describe('applications', () => {
  it('are listed, created, changed and deleted with the bodies and answers of Argo CD', async () => {
    const body = {
      metadata: { name: 'demo' },
      spec: { destination: {}, source: { repoURL: 'https://example.com/r' } },
      operation: { sync: {} },
      status: { health: {} },
    }

    const created = await post('/api/v1/applications?upsert=true&validate=false', body)
    const listed = await call('/api/v1/applications')
    const deleted = await call('/api/v1/applications/demo?cascade=false', { method: 'DELETE' })

    expect(created.status).toBe(200)
    expect(server.applications.calls[0]).toMatchObject(['create', { metadata: { name: 'demo' } }, { upsert: true, validate: false }])
    expect(server.applications.calls[0]?.[1]).not.toHaveProperty('operation')
    expect(server.applications.calls[0]?.[1]).not.toHaveProperty('status')
    expect(await listed.json()).toMatchObject({
      metadata: { resourceVersion: expect.any(String) },
      items: [{ metadata: { name: 'demo' } }],
    })
    expect(await deleted.json()).toEqual({})
    expect(server.applications.calls.at(-1)).toEqual(['delete', { name: 'demo', namespace: 'argocd' }, { cascade: false }])
  })

  it('keep fields that this version does not know', async () => {
    const response = await post('/api/v1/applications', {
      metadata: { name: 'demo' },
      spec: { destination: {}, future: { a: [1] } },
      later: true,
    })

    expect(await response.json()).toMatchObject({ spec: { future: { a: [1] } }, later: true })
  })

  it('are synced as the request says, by whoever asks', async () => {
    server.applications.put('demo', { spec: { destination: {}, syncPolicy: { syncOptions: ['CreateNamespace=true'] } } })

    await post('/api/v1/applications/demo/sync', {
      revision: 'main',
      prune: true,
      dryRun: false,
      strategy: { apply: { force: true } },
      resources: [{ kind: 'ConfigMap', name: 'a' }],
      name: 'demo',
    })

    expect(server.applications.calls.at(-1)).toEqual([
      'sync',
      {
        revision: 'main',
        prune: true,
        syncStrategy: { apply: { force: true } },
        resources: [{ kind: 'ConfigMap', name: 'a' }],
        syncOptions: ['CreateNamespace=true'],
      },
      { username: 'admin', origin: '127.0.0.1' },
    ])
  })

  it('are rolled back to an id that comes as a number or as a text, and without one', async () => {
    server.applications.put('demo')
    for (const body of [{ id: 3 }, { id: '3', prune: true }, {}]) await post('/api/v1/applications/demo/rollback', body)

    expect(server.applications.calls.map((one) => one[1])).toEqual([{ id: 3 }, { id: 3, prune: true }, {}])
  })

  it('that are in another project are answered like those that are not there', async () => {
    server.applications.put('demo')
    const other = (await (await call('/api/v1/applications/demo?project=secret')).json()) as Record<string, unknown>
    const none = (await (await call('/api/v1/applications/none')).json()) as { error: string }

    expect(other).toMatchObject({ reason: 'not-found', code: 5 })
    expect(String(other['error']).replace('demo', 'none')).toBe(none.error)
  })

  it('with names like parts of every object are ordinary ones', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'x'.repeat(500)]) {
      const response = await call(`/api/v1/applications/${name}`)
      expect([name.slice(0, 20), response.status]).toEqual([name.slice(0, 20), 404])
    }
  })
})

describe('bad input', () => {
  it('is refused with the field, the finding and the request id, and nothing else happens', async () => {
    const response = await post('/api/v1/applications', { metadata: {}, spec: { destination: {} } })

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      code: 3,
      reason: 'invalid-request',
      message: expect.stringContaining('metadata.name'),
      requestId: expect.any(String),
    })
    expect(server.applications.calls).toEqual([])
  })

  for (const [what, init, status] of [
    ['no JSON', { body: '{"a":', headers: { 'content-type': 'application/json' } }, 400],
    ['a form', { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 400],
    ['a key that would become a prototype', { body: '{"__proto__":{"x":1}}', headers: { 'content-type': 'application/json' } }, 400],
    ['5 MiB', { body: JSON.stringify('x'.repeat(5 * 1024 * 1024)), headers: { 'content-type': 'application/json' } }, 413],
  ] as const) {
    it(`that is ${what} is answered with ${status} and a reason`, async () => {
      const response = await call('/api/v1/applications', { method: 'POST', ...init })

      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ message: expect.any(String), remedy: expect.any(String) })
    })
  }

  it('to an unknown address is answered with 404', async () => {
    expect((await call('/api/v1/nothing')).status).toBe(404)
    expect((await post('/api/v1/nothing', {})).status).toBe(404)
  })

  it('that makes us fail shows nothing of why, except in the log', async () => {
    server.applications.put('demo')
    server.applications.tree = async () => {
      throw new Error('canary-in-the-stack')
    }
    const response = await call('/api/v1/applications/demo/resource-tree')
    const text = await response.text()

    expect(response.status).toBe(500)
    expect(text).not.toContain('canary')
    expect(server.logged.join(' ')).toContain('canary-in-the-stack')
    expect(server.logged.join(' ')).toContain((JSON.parse(text) as { requestId: string }).requestId)
  })
})

describe('secrets', () => {
  it('never leave in a manifest, whatever the parts below have missed', async () => {
    server.applications.put('demo')
    const value = Buffer.from('canary-value').toString('base64')
    const inner = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { password: value },
      stringData: { plain: 'canary-value' },
    }
    server.applications.secret = {
      ...inner,
      metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(inner) } },
    }
    const paths = ['managed-resources', 'manifests', 'resource?resourceName=s&kind=Secret&version=v1&namespace=default']

    const bodies = await Promise.all(paths.map(async (path) => (await call(`/api/v1/applications/demo/${path}`)).text()))
    const patched = await (
      await post('/api/v1/applications/demo/resource?resourceName=s&kind=Secret&version=v1&patchType=application/merge-patch%2Bjson', '{}')
    ).text()

    for (const body of [...bodies, patched]) {
      expect(body).toContain('password')
      expect(body).toContain('++++++++')
      expect(body).not.toContain(value)
      expect(body).not.toContain('canary-value')
    }
  })
})

describe('the audit', () => {
  it('has every change with who, what, when, from where and how it went', async () => {
    server.applications.put('demo')
    await post('/api/v1/applications/demo/sync', { prune: true })
    await call('/api/v1/applications/none/sync', { method: 'POST' })
    await fetch(`${server.url}/api/v1/applications/demo`, { method: 'DELETE' })
    await call('/api/v1/applications/demo')

    const { items } = (await (await call('/api/v1/audit')).json()) as { items: Record<string, unknown>[] }

    expect(items.map((one) => [one['actor'], one['action'], one['object'], one['outcome'], one['origin']])).toEqual([
      ['anonymous', 'application.delete', 'applications/argocd/demo', 'denied', '127.0.0.1'],
      ['admin', 'application.sync', 'applications/argocd/none', 'failed', '127.0.0.1'],
      ['admin', 'application.sync', 'applications/argocd/demo', 'allowed', '127.0.0.1'],
    ])
    expect(items[2]?.['detail']).toMatchObject({ prune: true, via: 'bearer' })
  })

  it('is there before the answer is', async () => {
    server.applications.put('demo')
    const order: string[] = []
    const append = server.records.appendAudit.bind(server.records)
    server.records.appendAudit = async (entry) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      await append(entry)
      order.push('written')
    }
    await post('/api/v1/applications/demo/sync', {})
    order.push('answered')

    expect(order).toEqual(['written', 'answered'])
  })
})

describe('a stream of applications', () => {
  it('begins with all of them and goes on with each change, as server-sent events', async () => {
    server.applications.put('a')
    const response = await call('/api/v1/stream/applications?marks=true', { headers: { accept: 'text/event-stream' } })
    const messages = messagesOf(response)
    const seen: string[] = []
    const read = async (count: number) => {
      while (seen.length < count) seen.push(String((await messages.next()).value))
    }
    await read(3)
    server.applications.put('b')
    server.applications.remove('a')
    await read(5)
    await messages.return(undefined)

    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(seen[0]).toBe('event: resync\ndata: {}')
    expect(seen[2]).toMatch(/^event: synced\ndata: /)
    expect(
      [1, 3, 4].map(
        (at) =>
          (JSON.parse(seen[at]?.replace('data: ', '') ?? '') as { result: { type: string; application: { metadata: { name: string } } } })
            .result,
      ),
    ).toMatchObject([
      { type: 'ADDED', application: { metadata: { name: 'a' } } },
      { type: 'ADDED', application: { metadata: { name: 'b' } } },
      { type: 'DELETED', application: { metadata: { name: 'a' } } },
    ])
    // Those that all readers share: of the changes, and of the lists.
    await until(() => server.applications.listeners.size === 2)
  })

  it('is one JSON text a line for clients that ask for nothing else', async () => {
    server.applications.put('a')
    const response = await call('/api/v1/stream/applications?name=a')
    const messages = messagesOf(response)
    const first = JSON.parse(String((await messages.next()).value)) as object
    await messages.return(undefined)

    expect(first).toMatchObject({ result: { type: 'ADDED', application: { metadata: { name: 'a' } } } })
  })

  it('goes on after a list with what happened in between, and only that', async () => {
    server.applications.put('a')
    server.applications.put('b')
    const { metadata } = (await (await call('/api/v1/applications')).json()) as { metadata: { resourceVersion: string } }
    server.applications.remove('a')
    const messages = messagesOf(await call(`/api/v1/stream/applications?resourceVersion=${metadata.resourceVersion}`))
    server.applications.put('c')
    const seen = [(await messages.next()).value, (await messages.next()).value].map((text) => JSON.parse(String(text)) as object)
    await messages.return(undefined)

    expect(seen).toMatchObject([
      { result: { type: 'DELETED', application: { metadata: { name: 'a' } } } },
      { result: { type: 'ADDED', application: { metadata: { name: 'c' } } } },
    ])
  })

  it('tells a slow reader the newest state of each application, and that it missed something', async () => {
    const padding = 'x'.repeat(20_000)
    const target = new URL(server.url)
    const socket = connect(Number(target.port), target.hostname)
    const authorization = server.bearer().authorization
    socket.write(`GET /api/v1/stream/applications HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: ${authorization}\r\n\r\n`)
    await new Promise((resolve) => socket.once('readable', resolve))
    // It reads nothing more, while much happens.
    for (let round = 0; round < 400; round++) {
      for (const name of ['a', 'b', 'c'])
        server.applications.put(name, { metadata: { name, namespace: 'argocd', annotations: { round: String(round), padding } } })
      if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (text += chunk))
    await until(() => (text.match(/"round":"399"/g) ?? []).length === 3)
    socket.destroy()

    const told = text.match(/"type":"(ADDED|MODIFIED)"/g)?.length ?? 0
    const missed = [...text.matchAll(/"missed":(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0)
    expect(told).toBeLessThan(1200)
    expect(told + missed).toBe(1200)
  })

  it('ends within five seconds after its token was revoked', async () => {
    const { token, facts } = await server.tokens.issue({ username: 'admin', kind: 'api', ttlMs: 60_000 })
    const response = await fetch(`${server.url}/api/v1/stream/applications`, { headers: { authorization: `Bearer ${token}` } })
    await server.tokens.revoke(facts)
    const seen: string[] = []
    for await (const message of messagesOf(response)) seen.push(message)

    expect(seen.at(-1)).toContain('"reason":"unauthenticated"')
  }, 5000)

  it('ends, to be opened again, when its token means something else by then: whoever reads it is not signed out', async () => {
    await server.tokens.accounts.create({ name: 'rita', role: 'readonly' })
    const { token } = await server.tokens.issue({ username: 'rita', kind: 'api', ttlMs: 60_000 })
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${server.url}/api/v1/stream/applications`, { headers })
    await server.tokens.accounts.update('rita', { role: 'maintainer' })

    expect((await response.text()).includes('"error"')).toBe(false)
    expect((await fetch(`${server.url}/api/v1/applications`, { headers })).status).toBe(200)
  }, 5000)
})

describe('a stream of a tree', () => {
  it('tells the tree anew when it has changed', async () => {
    server.applications.put('demo')
    server.applications.nodes = [{ kind: 'Pod', name: 'a' }]
    const messages = messagesOf(await call('/api/v1/stream/applications/demo/resource-tree'))
    const first = (await messages.next()).value
    for (const listener of server.applications.treeListeners) listener()
    server.applications.nodes = [{ kind: 'Pod', name: 'b' }]
    for (const listener of server.applications.treeListeners) listener()
    const second = (await messages.next()).value
    await messages.return(undefined)

    expect([first, second].map((text) => JSON.parse(String(text)) as object)).toEqual([
      { result: { nodes: [{ kind: 'Pod', name: 'a' }] } },
      { result: { nodes: [{ kind: 'Pod', name: 'b' }] } },
    ])
    await until(() => server.applications.treeListeners.size === 0)
  })

  it('of an application that is not there is a plain 404', async () => {
    expect((await call('/api/v1/stream/applications/none/resource-tree')).status).toBe(404)
  })
})

describe('a log', () => {
  it('comes line by line with its time and pod, and ends with an entry that says so', async () => {
    server.applications.put('demo')
    server.applications.logChunks = ['2026-01-01T00:00:00.123456789Z he', 'llo\n2026-01-01T00:00:01Z world\nno time\n']
    const seen: Record<string, unknown>[] = []
    for await (const message of messagesOf(await call('/api/v1/applications/demo/pods/p/logs')))
      seen.push((JSON.parse(message) as { result: Record<string, unknown> }).result)

    expect(seen).toMatchObject([
      { content: 'hello', podName: 'p', timeStamp: '2026-01-01T00:00:00Z', timeStampStr: '2026-01-01T00:00:00.123456789Z', last: false },
      { content: 'world', last: false },
      { content: 'no time', last: false },
      { content: '', last: true },
    ])
  })

  it('is filtered as asked', async () => {
    server.applications.put('demo')
    server.applications.logChunks = ['2026-01-01T00:00:00Z One\n2026-01-01T00:00:01Z two\n']
    const contents = async (query: string) => {
      const seen: string[] = []
      for await (const message of messagesOf(await call(`/api/v1/applications/demo/logs?${query}`)))
        seen.push((JSON.parse(message) as { result: { content: string } }).result.content)
      return seen.filter((content) => content !== '')
    }

    expect(await contents('filter=one')).toEqual(['One'])
    expect(await contents('filter=one&matchCase=true')).toEqual([])
    expect(await contents('filter=!one')).toEqual(['two'])
  })

  it('that is followed ends when the project takes the pod away', async () => {
    server.applications.put('demo')
    server.applications.logChunks = ['2026-01-01T00:00:00Z One\n']
    const seen: string[] = []
    for await (const message of messagesOf(await call('/api/v1/applications/demo/logs?follow=true'))) {
      seen.push(message)
      server.applications.arePodsPermitted = false
    }

    expect(seen).toEqual([expect.stringContaining('One')])
    server.applications.arePodsPermitted = true
  })

  it('of a pod that is not of the application is not found', async () => {
    server.applications.put('demo')

    expect((await call('/api/v1/applications/demo/pods/other/logs')).status).toBe(404)
  })
})

describe('webhooks', () => {
  const payload = JSON.stringify({ repository: { clone_url: 'https://example.com/R.git', html_url: 'http://169.254.169.254/latest' } })
  const sign = (body: string) => createHmac('sha256', 'hook-secret').update(body).digest('hex')

  async function deliver(headers: Record<string, string>, body = payload): Promise<number> {
    const response = await fetch(`${server.url}/api/webhook`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
    await response.text()
    return response.status
  }

  beforeEach(async () => {
    server.applications.put('demo')
    for (const provider of ['github', 'gitlab', 'gitea'])
      await server.records.setSetting(settingNames.webhookSecret(provider), 'hook-secret')
  })

  it('with a good signature make us look at the repositories that applications use, and at no other', async () => {
    const statuses = [
      await deliver({ 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${sign(payload)}` }),
      await deliver({ 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'hook-secret' }),
      await deliver({ 'x-gitea-event': 'push', 'x-gitea-signature': sign(payload), 'x-hub-signature-256': `sha256=${sign(payload)}` }),
    ]

    expect(statuses).toEqual([200, 200, 200])
    expect(server.refreshed).toEqual(Array(3).fill('https://example.com/r.git'))
  })

  it('with any other have no effect, and are answered alike', async () => {
    const statuses = [
      await deliver({}),
      await deliver({ 'x-github-event': 'push' }),
      await deliver({ 'x-hub-signature-256': `sha256=${sign(`${payload} `)}` }),
      await deliver({ 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
      await deliver({ 'x-hub-signature-256': 'sha256=' }),
      await deliver({ 'x-gitlab-token': 'hook-secre' }),
      await deliver({ 'x-gitea-signature': sign('') }),
      await deliver({ 'x-hub-signature-256': 'sha256=é' }).catch(() => 401),
      await deliver({ 'x-hub-signature-256': `sha256=${createHmac('sha256', '').update(payload).digest('hex')}` }),
    ]

    expect(statuses).toEqual(statuses.map(() => 401))
    expect(server.refreshed).toEqual([])
  })

  it('are refused as long as no secret is set, also with an empty one', async () => {
    await server.records.setSetting(settingNames.webhookSecret('github'), '')

    expect(await deliver({ 'x-hub-signature-256': `sha256=${createHmac('sha256', '').update(payload).digest('hex')}` })).toBe(401)
  })

  it('that are too large are not read to their end', async () => {
    expect(await deliver({ 'x-gitlab-token': 'hook-secret' }, 'x'.repeat(2 * 1024 * 1024))).toBe(413)
  })
})

describe('git over HTTP', () => {
  it('is handed on with its body unread, for the token as password of any user', async () => {
    const token = server.bearer().authorization.slice('Bearer '.length)
    const response = await fetch(`${server.url}/git/demo.git/git-receive-pack`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`anyone:${token}`).toString('base64')}`,
        'content-type': 'application/x-git-receive-pack-request',
      },
      body: Buffer.alloc(6 * 1024 * 1024),
    })

    expect(await response.text()).toBe('git')
    expect(server.gitCalls).toEqual([`POST /git/demo.git/git-receive-pack admin ${6 * 1024 * 1024}`])
  })

  it('asks for a password first, and takes no cookie', async () => {
    const { token } = await server.tokens.issue({ username: 'admin', kind: 'session', ttlMs: 60_000 })
    const bare = await fetch(`${server.url}/git/demo.git/info/refs?service=git-upload-pack`)
    const cookie = await fetch(`${server.url}/git/demo.git/info/refs?service=git-upload-pack`, {
      headers: { cookie: `plimsoll.token=${token}`, 'sec-fetch-site': 'same-origin' },
    })

    expect([bare.status, cookie.status]).toEqual([401, 401])
    expect(bare.headers.get('www-authenticate')).toContain('Basic realm="Plimsoll"')
    expect(server.gitCalls).toEqual([])
  })
})

describe('the console', () => {
  async function withConsole(): Promise<void> {
    const root = mkdtempSync(join(tmpdir(), 'plimsoll-web-'))
    const outside = mkdtempSync(join(tmpdir(), 'plimsoll-outside-'))
    writeFileSync(join(outside, 'canary.txt'), 'canary')
    mkdirSync(join(root, 'assets'))
    writeFileSync(join(root, 'index.html'), '<!doctype html><html><head><title>Plimsoll</title></head></html>')
    writeFileSync(join(root, 'assets', 'app-1a2b.js'), 'export {}')
    writeFileSync(join(root, '.env'), 'canary')
    symlinkSync(join(outside, 'canary.txt'), join(root, 'link.txt'))
    await server.close()
    server = await startServerForTests({ webRoot: root })
  }

  it('is one page for every address of its own, with a strict policy and a nonce', async () => {
    await withConsole()
    const [home, deep] = await Promise.all(
      ['/', '/applications/argocd/demo'].map((path) => fetch(server.url + path, { headers: { accept: 'text/html' } })),
    )
    const policy = home?.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]

    expect([home?.status, deep?.status]).toEqual([200, 200])
    expect(await home?.text()).toContain(`<meta name="csp-nonce" content="${nonce}">`)
    expect(home?.headers.get('cache-control')).toBe('no-cache')
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('gives files that never change for ever, and compressed where they are', async () => {
    await withConsole()
    const response = await fetch(`${server.url}/assets/app-1a2b.js`)

    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect((await fetch(`${server.url}/assets/missing.js`)).status).toBe(404)
  })

  it('gives nothing from outside of its folder', async () => {
    await withConsole()
    const target = new URL(server.url)
    const attempts = [
      '/link.txt',
      '/.env',
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/assets/..%5c..%5cx',
      '/%00',
      '/%ff',
      '//etc/passwd',
    ]
    const answers = await Promise.all(
      attempts.map(
        (path) =>
          new Promise<string>((resolve) => {
            let text = ''
            const socket = connect(Number(target.port), target.hostname)
            socket.on('data', (chunk) => (text += chunk.toString()))
            socket.on('close', () => resolve(text))
            socket.write(`GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\nConnection: close\r\n\r\n`)
          }),
      ),
    )

    for (const answer of answers) expect(answer).not.toMatch(/canary|root:/)
  })
})

describe('every answer', () => {
  it('forbids framing, sniffing and telling where one came from', async () => {
    for (const path of ['/', '/api/version', '/api/v1/applications', '/nothing/at/all', '/api/v1/stream/applications']) {
      const response = await call(path)
      expect([path, response.headers.get('x-content-type-options'), response.headers.get('referrer-policy')]).toEqual([
        path,
        'nosniff',
        'no-referrer',
      ])
      expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      await response.body?.cancel()
    }
  })
})

describe('whoever runs the server', () => {
  it('sees its health, metrics without names, and the description of every route', async () => {
    server.applications.put('a-secret-name')
    await call('/api/v1/applications/a-secret-name')
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as { openapi: string; paths: Record<string, object> }

    expect(await (await fetch(`${server.url}/healthz`)).text()).toBe('ok')
    expect(metrics).toContain('plimsoll_applications 1')
    expect(metrics).toContain('route="/api/v1/applications/:name"')
    expect(metrics).not.toContain('a-secret-name')
    expect(description.openapi).toBe('3.1.0')
    expect(Object.keys(description.paths)).toContain('/api/v1/applications/{name}/sync')
  })
})
