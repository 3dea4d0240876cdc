import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueRunToken } from '../auth/run-token.ts'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

let server: ServerForTests
/** What the host of repositories was told about who asks. */
let told: { username: string; groups: readonly string[]; rights: Record<string, unknown> } | undefined

beforeAll(async () => {
  server = await startServerForTests()
  await server.tokens.accounts.update('maintainer', { groups: ['approvers'] })
  server.parts.repositories.handle = async (request, response, principal) => {
    request.resume()
    const ask = (name: string) => [
      principal.canRead(name),
      principal.canWrite(name),
      principal.canCreate(name),
      principal.canPropose?.(name),
    ]
    told = { username: principal.username, groups: principal.groups ?? [], rights: { shop: ask('team/shop'), other: ask('other') } }
    response.end()
  }
})

afterAll(() => server.close())

async function fetchRefs(token: string, repository = 'team/shop', user = 'x', ending = '.git'): Promise<number> {
  told = undefined
  const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
  const url = `${server.url}/git/${repository}${ending}/info/refs?service=git-upload-pack`
  return (await fetch(url, { headers: { authorization } })).status
}

function tokenOf(role: 'admin' | 'maintainer' | 'contributor' | 'readonly'): string {
  return server.bearer(role).authorization.slice('Bearer '.length)
}

describe('git over HTTP', () => {
  it.each([
    ['admin', [true, true, true, true]],
    ['maintainer', [true, true, true, true]],
    ['contributor', [true, false, false, true]],
    ['readonly', [true, false, false, false]],
  ] as const)('lets %s read, write, create and propose as its role says', async (role, rights) => {
    expect(await fetchRefs(tokenOf(role))).toBe(200)

    expect(told).toEqual({ username: role, groups: role === 'maintainer' ? ['approvers'] : [], rights: { shop: rights, other: rights } })
  })

  it('takes the role that the account has now', async () => {
    await server.tokens.accounts.create({ name: 'mina', role: 'maintainer' })
    const { token } = await server.tokens.issue({ username: 'mina', kind: 'api', ttlMs: 60_000 })
    await server.tokens.accounts.update('mina', { role: 'readonly' })

    await fetchRefs(token)

    expect(told?.rights['shop']).toEqual([true, false, false, false])
  })

  it('lets a run into its own repository, with what its job was given', async () => {
    const writer = issueRunToken(server.tokens, { repository: 'team/shop', permissions: { contents: 'write' }, isOutside: false })
    const outside = issueRunToken(server.tokens, { repository: 'team/shop', permissions: { contents: 'write' }, isOutside: true })
    const none = issueRunToken(server.tokens, { repository: 'team/shop', permissions: { checks: 'write' }, isOutside: false })
    const no = [false, false, false, false]

    expect(await fetchRefs(writer.token)).toBe(200)
    expect(told).toEqual({ username: 'ci', groups: [], rights: { shop: [true, true, false, false], other: no } })
    expect(await fetchRefs(outside.token)).toBe(200)
    expect(told?.rights).toEqual({ shop: [true, false, false, false], other: no })
    expect(await fetchRefs(writer.token, 'team/shop', 'x', '')).toBe(200)
    for (const repository of ['other', 'team/shop.git/../../other', 'team', 'team/shop2', 'x/team/shop'])
      expect([repository, await fetchRefs(writer.token, repository)]).toEqual([repository, 403])
    expect(await fetchRefs(none.token)).toBe(403)

    await writer.revoke()
    expect(await fetchRefs(writer.token)).toBe(401)
  })

  it('takes neither a password, nor a token in the place of the name', async () => {
    expect(await fetchRefs(server.password, 'team/shop', 'admin')).toBe(401)
    expect(await fetchRefs('', 'team/shop', tokenOf('admin'))).toBe(401)
  })
})
