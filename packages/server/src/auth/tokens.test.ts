import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRecords, type Records } from '@plimsoll/records'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeAdminPassword } from './admin-account.ts'
import { gitIdentityOf } from './git-identity.ts'
import { issueRunToken } from './run-token.ts'
import { settingNames } from './settings.ts'
import { signClaims } from './token-claims.ts'
import { keepTokenFile } from './token-file.ts'
import { openTokens, type Tokens } from './tokens.ts'

const minute = 60_000
const day = 24 * 60 * minute

let dataDir: string
let records: Records
let tokens: Tokens
let now = Date.UTC(2026, 0, 1)
const clock = () => now

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-tokens-'))
  records = await openRecords({ dataDir })
  tokens = await openTokens(records, clock)
})

afterEach(async () => {
  tokens.close()
  await records.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function reopen(): Promise<void> {
  tokens.close()
  await records.close()
  records = await openRecords({ dataDir })
  tokens = await openTokens(records, clock)
}

describe('a token', () => {
  it('holds over a restart, and no longer than it says', async () => {
    const { token } = await tokens.issue({ username: 'admin', kind: 'api', ttlMs: minute })
    await reopen()
    expect(tokens.verify(token)?.username).toBe('admin')

    now += minute

    expect(tokens.verify(token)).toBeUndefined()
  })

  it('is for an account that is there', async () => {
    await expect(tokens.issue({ username: 'nobody', kind: 'api', ttlMs: minute })).rejects.toMatchObject({ code: 'not-found' })
    await tokens.accounts.create({ name: 'mina', enabled: false })
    await expect(tokens.issue({ username: 'mina', kind: 'session', ttlMs: minute })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('of a session does not come back when a disabled account is enabled again, and a listed one does', async () => {
    await tokens.accounts.create({ name: 'mina' })
    const session = await tokens.issue({ username: 'mina', kind: 'session', ttlMs: day })
    const listed = await tokens.issue({ username: 'mina', kind: 'api', ttlMs: day })
    await tokens.accounts.update('mina', { enabled: false })
    expect([tokens.verify(session.token), tokens.verify(listed.token)]).toEqual([undefined, undefined])

    await tokens.accounts.update('mina', { enabled: true })

    expect([tokens.verify(session.token), tokens.verify(listed.token)?.username]).toEqual([undefined, 'mina'])
  })

  it('is void as soon as another process has revoked it, or set the password of admin', async () => {
    const other = await openTokens(records, clock)
    const session = await tokens.issue({ username: 'admin', kind: 'session', ttlMs: day })
    await tokens.accounts.create({ name: 'mina' })
    const listed = await tokens.issue({ username: 'mina', kind: 'api', ttlMs: day, listedAs: 'laptop' })
    await other.accounts.refresh()
    await other.accounts.deleteToken('mina', 'laptop')
    now += 1
    await storeAdminPassword(records, 'a new password', clock)

    await tokens.accounts.refresh()
    const fresh = await openTokens(records, clock)

    expect(tokens.verify(listed.token)).toBeUndefined()
    expect(fresh.verify(session.token)).toBeUndefined()
    fresh.close()
    other.close()
  })

  it('from before there were accounts is still the administrator’s, and can be revoked', async () => {
    const key = Buffer.from((await records.getSetting(settingNames.tokenKey)) ?? '', 'base64')
    const { createHmac } = await import('node:crypto')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = {
      iss: 'plimsoll',
      aud: 'plimsoll-api',
      sub: 'admin',
      role: 'admin',
      kind: 'api',
      jti: 'old',
      iat: 1,
      exp: now / 1000 + 60,
    }
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
    const token = `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`

    const facts = tokens.verify(token)
    expect(facts?.username).toBe('admin')
    if (facts) await tokens.revoke(facts)

    expect(tokens.verify(token)).toBeUndefined()
  })

  it('that we signed for an account is in its list, or is none', async () => {
    const key = Buffer.from((await records.getSetting(settingNames.tokenKey)) ?? '', 'base64')
    const token = signClaims({ id: 'unlisted', username: 'admin', kind: 'api', issuedAt: now, expiresAt: now + day }, key)

    expect(tokens.verify(token)).toBeUndefined()
  })

  it('makes room for new ones when it has expired, and there are at most a hundred', async () => {
    for (let count = 0; count < 100; count++) await tokens.issue({ username: 'admin', kind: 'api', ttlMs: minute })
    await expect(tokens.issue({ username: 'admin', kind: 'api', ttlMs: minute })).rejects.toMatchObject({ code: 'invalid-request' })

    now += minute

    await tokens.issue({ username: 'admin', kind: 'api', ttlMs: minute })
    expect(tokens.accounts.get('admin')?.tokens?.length).toBe(1)
  })
})

describe("a run's token", () => {
  it('ends with its job, or with its time, and over a restart', async () => {
    const run = issueRunToken(tokens, { repository: 'shop', permissions: { contents: 'write' }, isOutside: false, ttlMs: minute })
    const second = issueRunToken(tokens, { repository: 'shop', permissions: {}, isOutside: false, ttlMs: 100 * day })
    expect(tokens.verify(run.token)).toMatchObject({ username: 'ci', run: { repository: 'shop', permissions: { contents: 'write' } } })

    await run.revoke()
    await reopen()

    expect(tokens.verify(run.token)).toBeUndefined()
    now += day
    expect(tokens.verify(second.token)).toBeUndefined()
  })

  it('of a run from outside reads at most', () => {
    const permissions = { contents: 'write', 'pull-requests': 'write', checks: 'read', issues: 'none', packages: 'write' } as const

    const { token } = issueRunToken(tokens, { repository: 'shop', permissions, isOutside: true })

    expect(tokens.verify(token)?.run?.permissions).toEqual({ contents: 'read', 'pull-requests': 'read', checks: 'read' })
  })
})

describe('the token file', () => {
  it('keeps its token while it holds for long, and is for its owner alone', async () => {
    const file = join(dataDir, 'token')
    const first = await keepTokenFile(file, tokens, clock)
    expect(await keepTokenFile(file, tokens, clock)).toBe(first)

    now += 40 * day
    const second = await keepTokenFile(file, tokens, clock)

    expect(second).not.toBe(first)
    expect(readFileSync(file, 'utf8').trim()).toBe(second)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect([first, second].map((token) => tokens.verify(token)?.username)).toEqual(['admin', 'admin'])
  })
})

describe('commits that are made for somebody', () => {
  it('have their names, and an address that leads nowhere when they have none', () => {
    expect(gitIdentityOf({ name: 'mina', displayName: 'Mina Park', email: 'mina@example.com' })).toEqual({
      name: 'Mina Park',
      email: 'mina@example.com',
    })
    expect(gitIdentityOf({ name: 'robot' })).toEqual({ name: 'robot', email: 'robot@plimsoll.localhost' })
  })
})
