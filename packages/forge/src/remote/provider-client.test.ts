import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { actorForTests, type EmulatedForge, remoteProviders, startEmulatedForge } from '../testing/conformance-benches.ts'

let bench: EmulatedForge

afterEach(() => bench.close())

const ada = actorForTests('ada', true)

describe.each(remoteProviders)('requests to %s', (provider) => {
  async function start(): Promise<EmulatedForge> {
    bench = await startEmulatedForge(provider)
    return bench
  }
  async function openPulls(count: number): Promise<void> {
    const { repository } = bench.server
    for (let index = 1; index <= count; index++) {
      repository.commit(`branch-${index}`, `Change ${index}`)
      repository.open({ title: `Change ${index}`, body: '', head: `branch-${index}`, base: 'main', author: index % 2 ? 'ada' : 'eve' })
    }
  }

  it('follow all pages of a list, and no more of them than are wanted', async () => {
    const { forge, server } = await start()
    await openPulls(130)

    const all = await forge.list(server.address, { limit: 200 })
    const before = server.seen.length
    const few = await forge.list(server.address, { limit: 10 })
    const asked = server.seen.slice(before)
    const older = await forge.list(server.address, { limit: 3, before: 100 })
    const hers = await forge.list(server.address, { limit: 60, author: 'eve' })

    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 130 }, (_, index) => 130 - index))
    expect(few).toHaveLength(10)
    expect(asked.filter(({ line }) => /pulls|merge_requests/.test(line))).toHaveLength(1)
    expect(older.map(({ number }) => number)).toEqual([99, 98, 97])
    expect(hers).toHaveLength(60)
    expect(new Set(hers.map(({ author }) => author))).toEqual(new Set(['eve']))
  })

  it('find all comments and reviews, however many pages they have and however these are told', async () => {
    const { forge, server } = await start()
    await openPulls(1)
    const [pull] = server.repository.pulls
    if (!pull) throw new Error('none was opened')
    for (let index = 0; index < 120; index++) {
      server.repository.say(pull, 'eve', `Word ${index}`)
      server.repository.judge(pull, `reviewer-${index}`, 'approved', '')
    }

    const comments = await forge.comments(server.address, 1)
    const reviews = await forge.reviews(server.address, 1)

    expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 120 }, (_, index) => `Word ${index}`))
    expect(new Set(reviews.map(({ author }) => author)).size).toBe(120)
    expect(reviews).toHaveLength(120)
  })

  it('say that something has begun once, and what came of it always', async () => {
    const { forge, server } = await start()
    const commit = server.repository.branches.get('main') ?? ''
    const about = { name: 'test', commit }

    for (const status of ['queued', 'inProgress', 'inProgress', 'queued'] as const)
      await forge.setCheck(server.address, { ...about, status, title: status })
    for (const title of ['first', 'second'])
      await forge.setCheck(server.address, { ...about, status: 'completed', conclusion: 'success', title })

    expect(await forge.checks(server.address, commit)).toMatchObject([
      { ...about, status: 'completed', conclusion: 'success', title: 'second' },
    ])
  })

  it('never go where a next page says, only to the next page', async () => {
    const { forge, server } = await start()
    const elsewhere: string[] = []
    const other = createServer((request, response) => {
      elsewhere.push(String(request.headers.authorization))
      response.end('[]')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    server.fail({ body: [{}], headers: { link: `<http://127.0.0.1:${port}/steal?page=2>; rel="next"` } })

    await forge.list(server.address, { limit: 200 })
    await new Promise((resolve) => other.close(resolve))

    expect(elsewhere).toEqual([])
    expect(server.seen.some(({ line }) => line.includes('page=2'))).toBe(true)
  })

  it('keep their token from a host that they are redirected to, and change nothing there', async () => {
    const { forge, server } = await start()
    const headers: string[] = []
    const other = createServer((request, response) => {
      headers.push(`${request.method} ${JSON.stringify(request.headers)}`)
      response.end('[]')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    server.fail({ status: 302, headers: { location } }, { status: 307, headers: { location } })
    const commit = server.repository.branches.get('main') ?? ''

    await forge.list(server.address)
    const written = forge.setCheck(server.address, { name: 'x', commit, status: 'queued', title: '' })

    await expect(written).rejects.toMatchObject({ code: 'repository-unreachable' })
    await new Promise((resolve) => other.close(resolve))
    expect(headers).toHaveLength(1)
    expect(headers.join()).not.toContain(server.token)
  })

  it('that are too many wait a moment, or say until when', async () => {
    const { forge, server, slept } = await start()
    await openPulls(1)
    server.fail({ status: 429, headers: { 'retry-after': '2' } })

    const listed = await forge.list(server.address)
    server.fail({ status: 429, headers: { 'retry-after': '3600' }, body: { message: 'slow down' } })
    const refused = forge.list(server.address)
    await expect(refused).rejects.toMatchObject({
      code: 'too-many-attempts',
      message: expect.stringContaining('until 2026-06-01T01:00:02'),
    })
    const before = server.seen.length
    const again = forge.list(server.address)

    await expect(again).rejects.toMatchObject({ code: 'too-many-attempts' })
    expect(listed).toHaveLength(1)
    expect(slept).toEqual([2000])
    expect(server.seen).toHaveLength(before)
  })

  it.each([
    [401, {}, 'repository-unreachable', 'does not take the token'],
    [403, { message: 'Resource not accessible' }, 'permission-denied', 'Resource not accessible'],
    [404, { message: 'Not Found' }, 'not-found', 'Not Found'],
    [422, { message: 'Validation Failed', errors: [{ message: 'No commits' }] }, 'invalid-request', 'Validation Failed: No commits'],
    [500, 'boom', 'repository-unreachable', 'HTTP 500'],
    [200, undefined, 'repository-unreachable', 'no JSON'],
  ] as const)('that are answered with %i say what happened to which object', async (status, body, code, words) => {
    const { forge, server } = await start()
    server.fail(body === undefined ? { status, text: '<html>' } : { status, body })

    const asked = forge.list(server.address)

    await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
    await expect(asked).rejects.toMatchObject({ remedy: expect.stringMatching(/.{10}/) })
  })

  it('never show their token, not even where the server says it back', async () => {
    const { forge, server, logged } = await start()
    server.fail({ status: 422, body: { message: `bad ${server.token}` } }, { status: 403, body: { message: server.token } })

    const errors = await Promise.all([
      forge.list(server.address).catch((error: unknown) => error),
      forge.get(server.address, 1).catch((error: unknown) => error),
    ])
    await forge.look({ repository: server.address, number: 5 })

    const shown = errors.map((error) => `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`).join()
    expect(shown).toContain('***')
    expect(`${shown} ${logged.join()}`).not.toContain(server.token)
  })

  it('ask whether something is different before it is sent again', async () => {
    const { forge, server } = await start()
    await openPulls(1)

    await forge.commits(server.address, 1)
    const before = server.seen.length
    const again = await forge.commits(server.address, 1)
    server.repository.commit('branch-1', 'Newer')
    const changed = await forge.commits(server.address, 1)

    expect(server.seen.slice(before).every(({ headers }) => headers['if-none-match'] !== undefined)).toBe(true)
    expect([again.length, changed.length]).toEqual([1, 2])
  })

  it('for repositories of another host, or with paths that are none, are not made', async () => {
    const { forge, server } = await start()
    const wrong = [
      'https://evil.example/acme/shop',
      'demo',
      `${server.url}/acme/..`,
      `${server.url}/acme/shop?x=1`,
      'a/b%2f..',
      '-x/--y',
      `${server.url}.evil.example/a/b`,
    ]

    for (const repository of wrong) await expect(forge.list(repository), repository).rejects.toMatchObject({ code: 'not-found' })
    expect(server.seen).toEqual([])
  })

  it('are refused with what to do instead where the provider cannot', async () => {
    const { forge, server } = await start()
    await openPulls(1)
    const { head } = await forge.get(server.address, 1)
    const line = await forge.comment(server.address, 1, { body: 'Here', path: 'change-1.txt', line: 1 }, ada)

    const cannot = {
      github: () => [
        forge.update(server.address, 1, { isDraft: true }, ada),
        forge.editComment(server.address, 1, line.id, { isResolved: true }, ada),
      ],
      gitlab: () => [
        forge.merge(server.address, 1, { head: head.commit, method: 'rebase' }, ada),
        forge.review(server.address, 1, { state: 'changesRequested', body: 'No', head: head.commit }, ada),
      ],
      gitea: () => [
        forge.comment(server.address, 1, { body: 'Yes', inReplyTo: line.id }, ada),
        forge.editComment(server.address, 1, line.id, { isResolved: true }, ada),
      ],
    }[provider]()
    const refusals = await Promise.allSettled([forge.setProtections(server.address, [], ada), ...cannot])

    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        status: 'rejected',
        reason: { code: 'not-supported-by-provider', remedy: expect.stringMatching(/.{20}/) },
      })
    }
    expect((await forge.get(server.address, 1)).state).toBe('open')
  })

  it('read what the branches demand', async () => {
    const { forge, server } = await start()

    const [rule] = await forge.protections(server.address)

    expect(rule).toMatchObject({ pattern: 'main', allowSelfApproval: false, upToDate: true })
    expect(rule?.requiredApprovals).toBeGreaterThan(0)
    expect(rule?.mayPush).toHaveLength(provider === 'github' ? 2 : 1)
  })
})
