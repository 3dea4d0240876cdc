import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '@plimsoll/api'
import { demoApprover, demoAuthor, ensureDemoPeople } from '../auth/demo-people.ts'
import { messagesOf, type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

let server: ServerForTests

beforeEach(async () => {
  server = await startServerForTests({ demo: true })
})

afterEach(() => server.close())

interface Answer<T = Record<string, unknown>> {
  status: number
  body: T & { message?: string; reason?: string }
  cookie: string
}

async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = server.bearer(),
): Promise<Answer<T>> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const cookie = /plimsoll\.token=([^;]*)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? ''
  return { status: response.status, body: (await response.json()) as Answer<T>['body'], cookie }
}

const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` })

async function signIn(username: string, password: string): Promise<Answer<{ token: string }>> {
  return call('POST', '/api/v1/session', { username, password }, {})
}

/** Held in an object, because a promise for a promise is the inner one. */
function endOf(response: Response): { ended: Promise<string> } {
  const read = async () => {
    for await (const message of messagesOf(response)) void message
    return 'ended'
  }
  return { ended: read() }
}

const mina = { name: 'mina', role: 'maintainer', groups: ['ml-engineers'], password: 'mina knows this one' }

describe('somebody with an account', () => {
  it('signs in, and is who the account says', async () => {
    await call('POST', '/api/v1/accounts', { ...mina, displayName: 'Mina Park', email: 'mina@example.com' })

    const { body } = await signIn('mina', mina.password)
    const info = await call('GET', '/api/v1/session/userinfo', undefined, bearer(body.token))

    expect(info.body).toEqual({
      loggedIn: true,
      username: 'mina',
      iss: 'plimsoll',
      groups: ['ml-engineers'],
      role: 'maintainer',
      displayName: 'Mina Park',
      email: 'mina@example.com',
    })
  })

  it('is answered as nobody is when the password is wrong, or the account is disabled, a service, or without a password', async () => {
    await call('POST', '/api/v1/accounts', mina)
    await call('POST', '/api/v1/accounts', { ...mina, name: 'off', enabled: false })
    await call('POST', '/api/v1/accounts', { name: 'robot', kind: 'service' })
    await call('POST', '/api/v1/accounts', { name: 'jonas' })
    const answers: unknown[] = []
    for (const [name, password] of [
      ['mina', 'wrong'],
      ['off', mina.password],
      ['robot', ''],
      ['jonas', ''],
      ['constructor', 'x'],
    ] as const) {
      const { status, body } = await signIn(name, password)
      answers.push([status, { ...body, requestId: '' }])
    }

    expect(answers).toEqual(answers.map(() => answers[0]))
    expect(answers[0]).toMatchObject([401, { reason: 'sign-in-refused' }])
  })

  it('has to wait after some wrong tries, from any address, and without holding up others', async () => {
    await call('POST', '/api/v1/accounts', mina)
    const statuses: number[] = []
    for (let round = 0; round < 7; round++) statuses.push((await signIn('mina', 'wrong')).status)

    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect((await signIn('mina', mina.password)).status).toBe(429)
  })

  it('sets a new password by the old one, which ends their sessions and nobody else’s', async () => {
    await call('POST', '/api/v1/accounts', mina)
    const { body } = await signIn('mina', mina.password)
    const own = bearer(body.token)
    const admin = await signIn('admin', server.password)

    expect((await call('PUT', '/api/v1/account/password', { currentPassword: 'wrong', newPassword: 'another one' }, own)).status).toBe(401)
    expect((await call('PUT', '/api/v1/account/password', { currentPassword: mina.password, newPassword: 'short' }, own)).status).toBe(400)
    expect(
      (await call('PUT', '/api/v1/account/password', { currentPassword: mina.password, newPassword: 'another one' }, own)).status,
    ).toBe(200)

    expect((await call('GET', '/api/v1/account', undefined, own)).status).toBe(401)
    expect((await call('GET', '/api/v1/account', undefined, bearer(admin.body.token))).status).toBe(200)
    expect((await signIn('mina', 'another one')).status).toBe(200)
  })

  it('sets no password of others, unless they administer accounts and prove it by their own', async () => {
    await call('POST', '/api/v1/accounts', mina)
    await call('POST', '/api/v1/accounts', { ...mina, name: 'jonas' })
    const own = bearer((await signIn('mina', mina.password)).body.token)
    const change = { name: 'jonas', currentPassword: mina.password, newPassword: 'taken over' }

    expect((await call('PUT', '/api/v1/account/password', change, own)).status).toBe(403)
    expect((await call('PUT', '/api/v1/account/password', { ...change, name: 'nobody' }, own)).status).toBe(403)
    expect((await call('PUT', '/api/v1/account/password', change)).status).toBe(401)
    expect((await call('PUT', '/api/v1/account/password', { ...change, currentPassword: server.password })).status).toBe(200)
    expect((await signIn('jonas', 'taken over')).status).toBe(200)
  })
})

describe('tokens', () => {
  it('are made, listed without what they are, seen in use, and deleted', async () => {
    await call('POST', '/api/v1/accounts', { name: 'robot', kind: 'service', role: 'maintainer' })
    const made = await call<{ token: string }>('POST', '/api/v1/account/robot/token', { id: 'ci', expiresIn: 3600, label: 'for CI' })
    const own = bearer(made.body.token)

    expect((await call('GET', '/api/v1/applications', undefined, own)).status).toBe(200)
    await server.tokens.accounts.refresh()
    const account = await call<Account>('GET', '/api/v1/account/robot')
    expect(account.body).toMatchObject({ name: 'robot', capabilities: ['apiKey'], tokens: [{ id: 'ci', label: 'for CI' }] })
    expect(account.body.tokens?.[0]?.lastUsedAt).toBeDefined()
    expect(JSON.stringify(account.body)).not.toContain(made.body.token.split('.')[1])

    expect((await call('DELETE', '/api/v1/account/robot/token/ci', undefined, own)).status).toBe(200)
    expect((await call('GET', '/api/v1/applications', undefined, own)).status).toBe(401)
    expect((await call('DELETE', '/api/v1/account/robot/token/ci')).status).toBe(404)
  })

  it('of a name that was used before do not come alive with it', async () => {
    await call('POST', '/api/v1/accounts', { name: 'robot', kind: 'service' })
    const first = await call<{ token: string }>('POST', '/api/v1/account/robot/token', { id: 'ci' })
    await call('DELETE', '/api/v1/account/robot/token/ci')
    await call('POST', '/api/v1/account/robot/token', { id: 'ci' })
    expect((await call('GET', '/api/v1/account', undefined, bearer(first.body.token))).status).toBe(401)

    const session = await server.tokens.issue({ username: 'robot', kind: 'session', ttlMs: 60_000 })
    await call('DELETE', '/api/v1/accounts/robot')
    await call('POST', '/api/v1/accounts', { name: 'robot' })
    expect((await call('GET', '/api/v1/account', undefined, bearer(session.token))).status).toBe(401)
  })

  it('always expire, and nobody has one for another account', async () => {
    const made = await call<{ expiresAt: string }>('POST', '/api/v1/account/readonly/token', { expiresIn: 0 }, server.bearer('readonly'))
    expect(Date.parse(made.body.expiresAt)).toBeLessThan(Date.now() + 91 * 24 * 60 * 60_000)

    expect((await call('POST', '/api/v1/account/admin/token', {}, server.bearer('maintainer'))).status).toBe(403)
    expect((await call('POST', '/api/v1/account/nobody/token', {}, server.bearer('maintainer'))).status).toBe(403)
    expect((await call('POST', '/api/v1/account/nobody/token', {})).status).toBe(404)
    expect((await call('POST', '/api/v1/account/admin/token', { expiresIn: 10 * 365 * 24 * 60 * 60 })).status).toBe(400)
    expect((await call('POST', '/api/v1/account/admin/token', { id: '../x' })).status).toBe(400)
  })

  it('are shown to their owner, and to whoever administers accounts', async () => {
    const tokensSeenBy = async (role: 'admin' | 'maintainer' | 'readonly') => {
      const one = await call<Account>('GET', '/api/v1/account/readonly', undefined, server.bearer(role))
      const all = await call<{ items: Account[] }>('GET', '/api/v1/account', undefined, server.bearer(role))
      return [one.body.tokens?.length, all.body.items.find(({ name }) => name === 'readonly')?.tokens?.length]
    }

    expect(await tokensSeenBy('admin')).toEqual([1, 1])
    expect(await tokensSeenBy('readonly')).toEqual([1, 1])
    expect(await tokensSeenBy('maintainer')).toEqual([undefined, undefined])
  })

  it('are the identity of a push, whatever user name comes with them', async () => {
    for (const name of ['maintainer', 'somebody-else']) {
      const token = server.bearer('maintainer').authorization.slice('Bearer '.length)
      await fetch(`${server.url}/git/demo.git/info/refs?service=git-receive-pack`, {
        headers: { authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}` },
      })
    }

    expect(server.gitCalls.map((line) => line.split(' ')[2])).toEqual(['maintainer', 'maintainer'])
  })
})

describe('changing accounts', () => {
  it('counts at the next request, without a new token', async () => {
    const asReader = server.bearer('readonly')
    expect((await call('DELETE', '/api/v1/applications/x', undefined, asReader)).status).toBe(403)

    await call('PUT', '/api/v1/accounts/readonly', { role: 'maintainer', groups: ['approvers'] })

    expect((await call('DELETE', '/api/v1/applications/x', undefined, asReader)).status).toBe(404)
    expect((await call('GET', '/api/v1/session/userinfo', undefined, asReader)).body).toMatchObject({ groups: ['approvers'] })
    expect((await call('GET', '/api/v1/account/can-i/applications/sync/x', undefined, asReader)).body).toEqual({ value: 'yes' })
    expect((await call('GET', '/api/v1/account/can-i/accounts/create/x', undefined, asReader)).body).toEqual({ value: 'no' })
    expect((await call('GET', '/api/v1/account/can-i/constructor/name/x', undefined, asReader)).body).toEqual({ value: 'no' })
  })

  it('ends open streams within five seconds, whatever has changed', async () => {
    const changes = [
      ['contributor', () => call('PUT', '/api/v1/accounts/contributor', { role: 'readonly' })],
      ['maintainer', () => call('PUT', '/api/v1/accounts/maintainer', { groups: ['x'] })],
      ['readonly', () => call('PUT', '/api/v1/accounts/readonly', { enabled: false })],
      ['robot', () => call('DELETE', '/api/v1/accounts/robot')],
    ] as const
    await call('POST', '/api/v1/accounts', { name: 'robot' })
    const { token } = await server.tokens.issue({ username: 'robot', kind: 'api', ttlMs: 60_000 })
    const ends = await Promise.all(
      changes.map(async ([name]) => {
        const headers = name === 'robot' ? bearer(token) : server.bearer(name)
        return endOf(await fetch(`${server.url}/api/v1/stream/applications`, { headers }))
      }),
    )

    for (const [, change] of changes) expect((await change()).status).toBe(200)
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 5000))

    expect(await Promise.all(ends.map(({ ended }) => Promise.race([ended, late])))).toEqual(changes.map(() => 'ended'))
  })

  it('leaves admin where it is, and gives nobody what they have not', async () => {
    expect((await call('DELETE', '/api/v1/accounts/admin')).status).toBe(400)
    expect((await call('PUT', '/api/v1/accounts/admin', { role: 'maintainer' })).status).toBe(400)
    expect((await call('PUT', '/api/v1/accounts/admin', { enabled: false })).status).toBe(400)
    expect((await call('PUT', '/api/v1/accounts/maintainer', { role: 'admin' }, server.bearer('maintainer'))).status).toBe(403)
    expect((await call('POST', '/api/v1/accounts', { name: 'mate', role: 'admin' }, server.bearer('maintainer'))).status).toBe(403)
    expect((await call('GET', '/api/v1/account/admin')).body).toMatchObject({ role: 'admin', enabled: true })
  })

  it('refuses names that are none, or that mean something else', async () => {
    const names = [
      'constructor',
      '__proto__',
      'x'.repeat(64),
      'x'.repeat(5000),
      'a\u0000b',
      'a\nb',
      'Admin',
      'a b',
      'a/b',
      '..',
      '-x',
      'ci',
      '',
      'mína',
    ]
    for (const name of names) {
      const { status, body } = await call('POST', '/api/v1/accounts', { name })

      expect([name, status, body.reason]).toEqual([name, 400, 'invalid-request'])
      expect(body.message?.length).toBeLessThan(300)
    }
  })

  it('refuses names, addresses, roles and groups that could pass for something else', async () => {
    const wrong = [
      { displayName: 'Mina <admin@example.com>' },
      { displayName: 'a\u202Eb' },
      { displayName: 'x'.repeat(5000) },
      { email: 'a@b@c' },
      { email: 'no address' },
      { email: '<a@b>' },
      { role: 'owner' },
      { role: 'constructor' },
      { groups: ['A'] },
      { groups: ['a\nb'] },
      { groups: Array.from({ length: 60 }, (_, at) => `g${at}`) },
      { password: 'short' },
      { kind: 'service', password: 'long enough' },
    ]
    for (const fields of wrong) {
      const { status } = await call('POST', '/api/v1/accounts', { name: 'mina', ...fields })

      expect([fields, status]).toEqual([fields, 400])
    }
    expect((await call('GET', '/api/v1/account/mina')).status).toBe(404)
  })

  it('lets no two have the same name or address', async () => {
    await call('POST', '/api/v1/accounts', { name: 'mina', email: 'mina@example.com' })

    expect((await call('POST', '/api/v1/accounts', { name: 'mina' })).body.reason).toBe('already-exists')
    expect((await call('POST', '/api/v1/accounts', { name: 'mina2', email: 'Mina@example.com' })).body.reason).toBe('already-exists')
    const both = await Promise.all([1, 2].map(() => call('POST', '/api/v1/accounts', { name: 'twin' })))
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  })

  it('is written down: who, what, and about whom; and never a password or a token', async () => {
    await call('POST', '/api/v1/accounts', mina)
    const made = await call<{ token: string }>('POST', '/api/v1/account/mina/token', {})
    await call('PUT', '/api/v1/accounts/mina', { role: 'readonly' })
    await call('POST', '/api/v1/accounts', { name: 'mate' }, server.bearer('maintainer'))
    await call('DELETE', '/api/v1/accounts/mina')

    const audit = await server.records.listAudit()
    expect(audit.slice(0, 5).map(({ actor, action, object, outcome }) => [actor, action, object, outcome])).toEqual([
      ['admin', 'account.delete', 'accounts/mina', 'allowed'],
      ['maintainer', 'account.create', 'accounts/', 'denied'],
      ['admin', 'account.update', 'accounts/mina', 'allowed'],
      ['admin', 'account.create-token', 'accounts/mina', 'allowed'],
      ['admin', 'account.create', 'accounts/mina', 'allowed'],
    ])
    expect(JSON.stringify(audit)).not.toContain(mina.password)
    expect(JSON.stringify(audit)).not.toContain(made.body.token)
  })
})

describe('playing another in the demo', () => {
  async function begin(): Promise<Record<string, string>> {
    await ensureDemoPeople(server.tokens.accounts)
    return bearer((await signIn('admin', server.password)).body.token)
  }

  it('takes one call there, one from there to the next, and one back; the audit says who it was', async () => {
    const admin = await begin()

    const asMina = await call<{ token: string }>('POST', '/api/v1/people/switch', { account: demoAuthor.name }, admin)
    const info = await call('GET', '/api/v1/session/userinfo', undefined, bearer(asMina.body.token))
    expect(info.body).toMatchObject({ username: 'mina', displayName: 'Mina Park', role: 'maintainer', actor: 'admin' })
    expect(asMina.cookie).toBe(asMina.body.token)
    expect((await call('POST', '/api/v1/accounts', { name: 'mate' }, bearer(asMina.body.token))).status).toBe(403)

    const asJonas = await call<{ token: string }>(
      'POST',
      '/api/v1/people/switch',
      { account: demoApprover.name },
      bearer(asMina.body.token),
    )
    const back = await call<{ token: string }>('POST', '/api/v1/people/switch', { account: 'admin' }, bearer(asJonas.body.token))
    const again = await call('GET', '/api/v1/session/userinfo', undefined, bearer(back.body.token))
    expect(again.body).toMatchObject({ username: 'admin', role: 'admin' })
    expect(again.body).not.toHaveProperty('actor')

    const actors = (await server.records.listAudit()).filter(({ outcome }) => outcome === 'allowed').map(({ actor }) => actor)
    expect(actors.slice(0, 3)).toEqual(['admin as jonas', 'admin as mina', 'admin'])
    expect((await call('GET', '/api/v1/account', undefined, bearer(asMina.body.token))).status).toBe(401)
  })

  it('is for those who began as admin, and ends with them', async () => {
    const admin = await begin()
    await server.tokens.accounts.setPassword('mina', mina.password)
    const mine = bearer((await signIn('mina', mina.password)).body.token)
    expect((await call('POST', '/api/v1/people/switch', { account: 'jonas' }, mine)).status).toBe(403)
    expect((await call('POST', '/api/v1/people/switch', { account: 'nobody' }, admin)).status).toBe(404)

    const asMina = bearer((await call<{ token: string }>('POST', '/api/v1/people/switch', { account: 'mina' }, admin)).body.token)
    expect((await call('GET', '/api/v1/account', undefined, asMina)).status).toBe(200)
    await server.tokens.accounts.setPassword('admin', 'a new one for admin')
    expect((await call('GET', '/api/v1/account', undefined, asMina)).status).toBe(401)
  })

  it('ends with the demo, on the same data', async () => {
    await server.close()
    const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-switched-'))
    server = await startServerForTests({ demo: true, dataDir })
    const session = (await server.tokens.issue({ username: 'admin', kind: 'session', ttlMs: 60_000 })).token
    const switched = await call<{ token: string }>('POST', '/api/v1/people/switch', { account: 'maintainer' }, bearer(session))
    expect(switched.status).toBe(200)
    await server.close()

    server = await startServerForTests({ dataDir })

    const { body } = await call('GET', '/api/v1/session/userinfo', undefined, bearer(switched.body.token))
    expect(body).toEqual({ loggedIn: false })
  })

  it('is not there without the demo', async () => {
    await server.close()
    server = await startServerForTests()

    expect((await call('POST', '/api/v1/people/switch', { account: 'maintainer' })).status).toBe(404)
  })

  it('has its people once, and leaves what was changed in them', async () => {
    await ensureDemoPeople(server.tokens.accounts)
    await call('PUT', '/api/v1/accounts/mina', { displayName: 'Somebody' })

    const { author, approver } = await ensureDemoPeople(server.tokens.accounts)

    expect([author.displayName, author.groups, approver.groups]).toEqual(['Somebody', ['ml-engineers'], ['approvers']])
  })
})
