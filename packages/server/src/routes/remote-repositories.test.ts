import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Comment, ConnectedRepository, NewWebhook, PullRequest, RemoteConnection } from '@plimsoll/api'
import type { ForgeEvent } from '@plimsoll/forge'
import { emulatedGitea, emulatedGithub, emulatedGitlab, recordedWebhooks, sign, startEmulatedServer } from '@plimsoll/forge/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { settingNames } from '../auth/settings.ts'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'
type EmulatedServer = Awaited<ReturnType<typeof startEmulatedServer>>

const providers = ['github', 'gitlab', 'gitea'] as const
const emulated = { github: emulatedGithub, gitlab: emulatedGitlab, gitea: emulatedGitea }
const secret = 'a-secret-of-some-length'

let dataDir: string
let server: ServerForTests
let remote: EmulatedServer

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-remote-'))
  server = await startServerForTests({ dataDir, git: 'real' })
  for (const provider of providers) await server.records.setSetting(settingNames.webhookSecret(provider), secret)
})

afterEach(async () => {
  await server.close()
  await remote.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  role?: 'maintainer',
): Promise<{ status: number; body: T; text: string }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...server.bearer(role), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as T, text }
}

let webhook: NewWebhook

async function connect(provider: (typeof providers)[number]): Promise<string> {
  remote = await startEmulatedServer(emulated[provider])
  const { status, body } = await ask<ConnectedRepository>('POST', '/api/v1/remote-repositories', {
    url: `${remote.address}.git`,
    provider,
    token: remote.token,
  })
  expect(status).toBe(200)
  webhook = body.webhook ?? { url: '', secret: '' }
  await settle()
  return `/api/v1/repositories/${encodeURIComponent(remote.address)}`
}

/** Until nothing is asked there any more. */
async function settle(): Promise<void> {
  for (let before = -1; before !== remote.seen.length;) {
    before = remote.seen.length
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}

async function deliver(one: { headers: Record<string, string>; body: string }, to = `${server.url}/api/webhook`): Promise<number> {
  const response = await fetch(to, { method: 'POST', ...one })
  await response.text()
  return response.status
}

function openThere(): number {
  remote.repository.commit('salt', 'Add salt')
  const made = remote.repository.open({ title: 'Salt', body: '', head: 'salt', base: 'main', author: 'zoe' })
  if (typeof made === 'string') throw new Error(made)
  return made.number
}

describe.each(providers)('a repository on %s', (provider) => {
  it('is connected by an administrator, and its pull requests go by its address', async () => {
    const path = await connect(provider)
    const number = openThere()

    const list = await ask<{ items: unknown[] }>('GET', '/api/v1/remote-repositories')
    const pulls = await ask<{ items: PullRequest[] }>('GET', `${path}/pulls`)
    const spelled = await ask<PullRequest>(
      'GET',
      `/api/v1/repositories/${encodeURIComponent(`${remote.address.replace('acme', 'ACME')}.git`)}/pulls/${number}`,
    )
    const said = await ask<Comment>('POST', `${path}/pulls/${number}/comments`, { body: 'Why?' })
    const head = pulls.body.items[0]?.head.commit ?? ''
    const review = await ask<{ state: string }>('POST', `${path}/pulls/${number}/reviews`, { state: 'approved', head })
    const stale = await ask<{ reason: string }>('POST', `${path}/pulls/${number}/merge`, { head: '0'.repeat(40) })
    const merged = await ask<PullRequest>('POST', `${path}/pulls/${number}/merge`, { head })

    const time = expect.stringMatching(/^\d{4}-/) as string
    expect(list.body.items).toEqual([
      {
        url: remote.address,
        provider,
        baseUrl: remote.url,
        connectedBy: 'admin',
        connectedAt: time,
        state: 'working',
        lastPollAt: time,
        hasWebhookSecret: true,
      },
    ])
    expect(pulls.body.items).toMatchObject([{ repository: remote.address, provider, number, title: 'Salt', author: 'zoe' }])
    expect(spelled.body.repository).toBe(remote.address)
    expect([said.body.body, review.body.state]).toEqual(['Why?', 'approved'])
    expect([stale.status, stale.body.reason, merged.status, merged.body.state]).toEqual([409, 'conflict', 200, 'merged'])
  })

  it('tells by signed webhooks what to look at, each of them once', async () => {
    await connect(provider)
    const events: ForgeEvent[] = []
    server.parts.forge.subscribe((event) => events.push(event))
    const number = openThere()
    const commit = remote.repository.branches.get('salt') ?? ''
    const recorded = recordedWebhooks(provider, { address: remote.address, number, commit })

    const news = sign(provider, recorded[1] ?? recorded[0]!, secret) // Each provider has several.
    const first = await deliver(news)
    await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toEqual(['opened']))
    await settle()
    const before = remote.seen.length
    const again = await deliver(news)
    await settle()
    const afterReplay = remote.seen.length
    const others = await Promise.all(recorded.slice(2).map((one) => deliver(sign(provider, one, secret))))
    await settle()

    expect([first, again, ...others]).toEqual([200, 200, ...others.map(() => 200)])
    expect(afterReplay).toBe(before)
    expect(remote.seen.length).toBeGreaterThan(before)
    expect(events).toEqual([expect.objectContaining({ kind: 'opened', repository: remote.address, number })])
  })

  it('is told of by webhooks that are signed with its own secret, and of nothing else', async () => {
    await connect(provider)
    const number = openThere()
    const about = { number, commit: remote.repository.branches.get('salt') ?? '' }
    const [push, news] = recordedWebhooks(provider, { ...about, address: remote.address })
    const [, elsewhere] = recordedWebhooks(provider, { ...about, address: 'https://elsewhere.example/a/b' })
    const take = vi.spyOn(server.parts.remoteForges, 'take')
    const url = `/api/v1/remote-repositories/${encodeURIComponent(remote.address)}`
    const listed = async () => (await ask<{ items: RemoteConnection[] }>('GET', '/api/v1/remote-repositories')).body.items[0]
    const before = await listed()

    const own = await deliver(sign(provider, news ?? push!, webhook.secret), webhook.url) // Each provider has several.
    const other = await deliver(sign(provider, elsewhere!, webhook.secret), webhook.url)
    const common = await deliver(sign(provider, push!, secret), webhook.url)
    const nowhere = await deliver(sign(provider, push!, webhook.secret))
    const unknown = await deliver(sign(provider, push!, webhook.secret), `${server.url}/api/webhook?repository=constructor`)
    const after = await listed()
    const again = await ask<ConnectedRepository>('POST', '/api/v1/remote-repositories', {
      url: remote.address,
      provider,
      token: remote.token,
    })
    const renewed = await ask<NewWebhook>('POST', `${url}/webhook`)
    const old = await deliver(sign(provider, push!, webhook.secret), webhook.url)
    const fresh = await deliver(sign(provider, push!, renewed.body.secret), renewed.body.url)

    expect(new URL(webhook.url).searchParams.get('repository')).toBe(remote.address)
    expect([own, other, common, nowhere, unknown, old, fresh]).toEqual([200, 200, 401, 401, 401, 401, 200])
    expect(take.mock.results.map(({ value }) => value as number)).toEqual([1, 0, 1])
    expect([before?.lastWebhookAt, after?.lastWebhookAt]).toEqual([undefined, expect.stringMatching(/^\d{4}-/)])
    expect([again.status, again.body.webhook]).toEqual([200, undefined])
  })

  it('says how it fares, why it fails and what to do, and is tried when somebody asks', async () => {
    await connect(provider)
    const path = `/api/v1/remote-repositories/${encodeURIComponent(`${remote.address}/`)}`
    const state = async () => (await ask<{ items: RemoteConnection[] }>('GET', '/api/v1/remote-repositories')).body.items[0]
    const fine = await ask<RemoteConnection>('POST', `${path}/test`, undefined, 'maintainer')
    const token = remote.token

    remote.token = 'another-token-now'
    const refused = await ask<{ message: string; remedy: string }>('POST', `${path}/test`, undefined, 'maintainer')
    const failing = await state()
    remote.token = token
    const well = await ask<RemoteConnection>('POST', `${path}/test`, undefined, 'maintainer')
    const renewed = await ask('POST', `${path}/webhook`, undefined, 'maintainer')
    const nowhere = await ask('POST', '/api/v1/remote-repositories/constructor/test')

    expect([fine.status, fine.body.state, refused.status, well.status, well.body.state]).toEqual([200, 'working', 502, 200, 'working'])
    expect(refused.body).toMatchObject({
      message: expect.stringContaining('does not take the token'),
      remedy: expect.stringContaining('token'),
    })
    expect(failing).toMatchObject({
      state: 'failing',
      lastPollAt: fine.body.lastPollAt,
      failure: { reason: 'repository-unreachable', message: refused.body.message, remedy: refused.body.remedy },
    })
    expect(well.body.failure).toBeUndefined()
    expect([renewed.status, nowhere.status]).toEqual([403, 404])
  })

  it('is not looked at for what is forged, oversized, unknown, or about another repository', async () => {
    await connect(provider)
    const number = openThere()
    const about = { address: remote.address, number, commit: 'c'.repeat(40) }
    const recorded = recordedWebhooks(provider, about)
    const before = remote.seen.length

    for (const one of recorded) {
      const good = sign(provider, one, secret)
      expect(await deliver(sign(provider, one, 'another-secret-of-some-length'))).toBe(401)
      if (provider !== 'gitlab') expect(await deliver({ ...good, body: good.body.replace('main', 'mein') })).toBe(401)
      const unknown = Object.fromEntries(
        Object.entries(one.headers).map(([name, value]) => [name, name.endsWith('event') ? 'no_such_event' : value]),
      )
      expect(await deliver(sign(provider, { ...one, headers: unknown }, secret))).toBe(200)
    }
    for (const one of recordedWebhooks(provider, { ...about, address: 'http://169.254.169.254/acme/shop' })) {
      expect(await deliver(sign(provider, one, secret))).toBe(200)
    }
    const large = { ...recorded[0]!, body: { filler: 'x'.repeat(2 * 1024 * 1024) } } // Each provider has several.
    expect(await deliver(sign(provider, large, secret)).catch(() => 413)).toBe(413)
    await settle()

    expect(remote.seen.slice(before).map(({ line }) => line)).toEqual([])
  })

  it('is still connected after a restart, and what happened meanwhile is told', async () => {
    await connect(provider)
    const number = openThere()
    await server.parts.forge.list(remote.address)
    await server.close()
    remote.repository.commit('salt', 'Add more')
    server = await startServerForTests({ dataDir, git: 'real' })
    const events: ForgeEvent[] = []
    server.parts.forge.subscribe((event) => events.push(event))

    await server.parts.remoteForges.start()

    await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'opened', repository: remote.address, number }]))
  })
})

it('a repository that is connected once more under another spelling is one', async () => {
  await connect('github')
  const spelled = remote.address.replace('acme', 'ACME')
  await ask('POST', '/api/v1/remote-repositories', { url: spelled, provider: 'github', baseUrl: remote.url, token: remote.token })
  const { body } = await ask<{ items: { url: string }[] }>('GET', '/api/v1/remote-repositories')

  expect(body.items.map(({ url }) => url)).toEqual([spelled])
})

describe('the token of a connected repository', () => {
  it('is nowhere to be seen: not in answers, errors, logs, the audit or the files', async () => {
    const path = await connect('github')
    remote.fail({ status: 422, body: { message: `no: ${remote.token}` } })

    const answers = [
      await ask('GET', `${path}/pulls`),
      await ask('GET', '/api/v1/remote-repositories'),
      await ask('POST', '/api/v1/remote-repositories', { url: `http://x:${remote.token}@127.0.0.1/a/b`, token: remote.token }),
      await ask('POST', '/api/v1/remote-repositories', {
        url: `http://127.0.0.1/a/b?t=${remote.token}`,
        provider: 'github',
        token: remote.token,
      }),
      await ask('POST', '/api/v1/remote-repositories', {
        url: remote.address,
        provider: 'github',
        baseUrl: `${remote.url}/?t=${remote.token}`,
        apiUrl: `http://a/b:${remote.token}@127.0.0.1/`,
        token: remote.token,
      }),
      await ask('DELETE', `/api/v1/remote-repositories/${encodeURIComponent(`http://x:${remote.token}@127.0.0.1/a/b`)}`),
    ]
    await ask('POST', `/api/v1/remote-repositories/${encodeURIComponent(remote.address)}/webhook`)
    const audit = JSON.stringify(await server.records.listAudit({ limit: 200 }))
    const files: string[] = []
    for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
      const content = entry.isFile() ? await readFile(join(entry.parentPath, entry.name)) : undefined
      if (content?.includes(remote.token) || content?.includes(webhook.secret)) files.push(entry.name)
    }

    expect(answers.map(({ text }) => text).join()).not.toContain(remote.token)
    expect(audit).toContain('repository.connect')
    expect(audit).toContain('repository.renew-webhook')
    expect(audit).not.toContain(remote.token)
    expect(answers.map(({ text }) => text).join()).not.toContain(webhook.secret)
    expect(server.logged.join()).not.toContain(remote.token)
    expect(files).toEqual([])
  })

  it('is tried before it is kept, and gone when the repository is', async () => {
    await connect('gitea')
    const url = remote.address

    const wrong = await ask<{ message: string }>('POST', '/api/v1/remote-repositories', { url, provider: 'gitea', token: 'wrong-token' })
    const kept = await ask<{ items: unknown[] }>('GET', '/api/v1/remote-repositories')
    const gone = await ask('DELETE', `/api/v1/remote-repositories/${encodeURIComponent(url)}`)
    const after = await ask<{ message: string }>('GET', `/api/v1/repositories/${encodeURIComponent(url)}/pulls`)
    const twice = await ask('DELETE', `/api/v1/remote-repositories/${encodeURIComponent(url)}`)

    expect([wrong.status, wrong.body.message]).toEqual([502, expect.stringContaining('does not take the token')])
    expect(kept.body.items).toHaveLength(1)
    expect([gone.status, after.status, after.body.message, twice.status]).toEqual([
      200,
      404,
      expect.stringContaining('is not connected'),
      404,
    ])
  })

  it('is an administrator’s to give', async () => {
    await connect('gitlab')

    const given = await ask(
      'POST',
      '/api/v1/remote-repositories',
      { url: remote.address, provider: 'gitlab', token: remote.token },
      'maintainer',
    )
    const taken = await ask('DELETE', `/api/v1/remote-repositories/${encodeURIComponent(remote.address)}`, undefined, 'maintainer')

    expect([given.status, taken.status]).toEqual([403, 403])
  })
})
