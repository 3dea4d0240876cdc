import { randomBytes, randomUUID } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { Records } from '@plimsoll/records'
import type { StoredAccount } from './account-tables.ts'
import { type Accounts, openAccounts } from './accounts.ts'
import type { RunLimits } from './principal.ts'
import { readJson, settingNames, type Settings } from './settings.ts'
import { projectOfSubject, projectSubject } from './rbac/project-policy.ts'
import { readClaims, signClaims, type TokenClaims } from './token-claims.ts'

/** Another process (the command line) may revoke as well; open streams have to end within 5 s. */
const rereadMs = 1500
/** In the records, for runs: they act in a repository without an account. */
export const runName = 'ci'

/** A token that was proved, and what its account was allowed to do then. */
export interface TokenFacts extends TokenClaims {
  /** Role and groups, in one text: a stream that was opened with others ends. */
  rights: string
}

/** Signed tokens (RFC 7519, HS256) with expiry, audience and revocation. */
export interface Tokens {
  readonly accounts: Accounts
  /** Of an account that is there and enabled, else `not-found`. An API token is listed with its account before it is handed out. */
  issue(options: NewToken): Promise<{ token: string; facts: TokenFacts }>
  /** For one job of one repository. It can neither approve nor merge, and ends when it is revoked, or after `ttlMs`. */
  issueRun(limits: RunLimits, ttlMs: number): { token: string; facts: TokenFacts }
  /** For a role of a project. It holds as long as the project lists it. */
  issueProject(options: { project: string; role: string; id: string; ttlMs: number }): { token: string; facts: TokenFacts }
  /** Where the rights of tokens that have no account are, and what changes with all rights. */
  attach(rights: TokenRights): void
  /** Undefined for a token that is not ours, not meant for us, expired or revoked, or whose account is gone or disabled. */
  verify(token: string): TokenFacts | undefined
  /** Whether a token that was verified before means the same still, or something else by now (another role, another policy), or is over. */
  standing(facts: TokenFacts): 'same' | 'changed' | 'over'
  /** Durable when it resolves. */
  revoke(facts: Pick<TokenFacts, 'id' | 'expiresAt'>): Promise<void>
  close(): void
}

export interface TokenRights {
  /** Whether a project lists a token for a role that it has. */
  listsToken(project: string, role: string, token: { id: string; issuedAt: number }): boolean
  /** Another text whenever what somebody may could be another: streams end then. */
  policyDigest(): string
}

export interface NewToken {
  username: string
  kind: 'session' | 'api'
  ttlMs: number
  /** Of an API token: what its owner calls it. Default: one of its own. */
  listedAs?: string
  label?: string
  /** Of a session: the account whose session it really is. */
  actor?: string
}

export async function openTokens(records: Records, now: () => number = Date.now): Promise<Tokens> {
  const key = await readKey(records)
  const accounts = await openAccounts(records, now)
  let revoked = new Map<string, number>()
  let sessionsNotBefore = 0
  let attached: TokenRights | undefined
  await reread()
  const timer = setInterval(() => void Promise.all([reread(), accounts.refresh()]).catch(() => undefined), rereadMs)
  timer.unref()

  async function reread(): Promise<void> {
    const [list, notBefore] = await Promise.all([
      readJson<Record<string, number>>(records, settingNames.revokedTokens, {}),
      records.getSetting(settingNames.sessionsNotBefore),
    ])
    // Only ever more: a revocation that is under way here is not in the records yet.
    for (const [id, expiresAt] of Object.entries(list)) revoked.set(id, expiresAt)
    sessionsNotBefore = Math.max(sessionsNotBefore, Number(notBefore ?? 0))
  }

  function enabled(name: string): StoredAccount | undefined {
    const account = accounts.stored(name)
    return account?.enabled ? account : undefined
  }

  /** Undefined when it does not hold now. */
  function rightsOf(claims: TokenClaims): string | undefined {
    if (claims.expiresAt <= now() || revoked.has(claims.id)) return undefined
    if (claims.kind === 'run') return 'run'
    const policy = attached?.policyDigest() ?? ''
    if (claims.kind === 'project') {
      const of = projectOfSubject(claims.username)
      return of && attached?.listsToken(of.project, of.role, claims) ? JSON.stringify(['project', policy]) : undefined
    }
    const account = enabled(claims.username)
    if (!account) return undefined
    const rights = JSON.stringify([account.role, account.groups, policy])
    if (claims.kind === 'api') return claims.isUnlisted || accounts.ownerOf(claims.id) === claims.username ? rights : undefined
    if (claims.issuedAt < sessionsNotBefore || claims.sessionKey !== account.sessionKey) return undefined
    if (!claims.actor) return rights
    const actor = enabled(claims.actor.username)
    return actor?.role === 'admin' && actor.sessionKey === claims.actor.sessionKey ? rights : undefined
  }

  function account(name: string): StoredAccount {
    const found = enabled(name)
    if (!found) throw new PlimsollError('not-found', 'There is no account of that name, or it is disabled.')
    return found
  }

  return {
    accounts,
    async issue({ username, kind, ttlMs, listedAs, label, actor }) {
      const { sessionKey } = account(username)
      const issuedAt = now()
      const claims: TokenClaims = { id: randomUUID(), username, kind, issuedAt, expiresAt: issuedAt + ttlMs }
      if (kind === 'session') {
        claims.sessionKey = sessionKey
        if (actor !== undefined) claims.actor = { username: actor, sessionKey: account(actor).sessionKey }
      } else {
        await accounts.addToken(username, { jti: claims.id, id: listedAs ?? claims.id, label, issuedAt, expiresAt: claims.expiresAt })
      }
      return { token: signClaims(claims, key), facts: { ...claims, rights: rightsOf(claims) ?? '' } }
    },
    issueRun(run, ttlMs) {
      const issuedAt = now()
      const claims: TokenClaims = { id: randomUUID(), username: runName, kind: 'run', issuedAt, expiresAt: issuedAt + ttlMs, run }
      return { token: signClaims(claims, key), facts: { ...claims, rights: 'run' } }
    },
    issueProject({ project, role, id, ttlMs }) {
      // Whole seconds, as the project lists them.
      const issuedAt = Math.floor(now() / 1000) * 1000
      const claims: TokenClaims = { id, username: projectSubject(project, role), kind: 'project', issuedAt, expiresAt: issuedAt + ttlMs }
      return { token: signClaims(claims, key), facts: { ...claims, rights: '' } }
    },
    attach(rights) {
      attached = rights
    },
    verify(token) {
      const claims = readClaims(token, key)
      const rights = claims && rightsOf(claims)
      if (!claims || rights === undefined) return undefined
      if (claims.kind === 'api') accounts.noteUse(claims.id)
      return { ...claims, rights }
    },
    standing(facts) {
      const rights = rightsOf(facts)
      if (rights === undefined) return 'over'
      return rights === facts.rights ? 'same' : 'changed'
    },
    async revoke({ id, expiresAt }) {
      const owner = accounts.ownerOf(id)
      const listed = owner === undefined ? undefined : accounts.stored(owner)?.tokens.find(({ jti }) => jti === id)
      if (owner !== undefined && listed) return accounts.deleteToken(owner, listed.id)
      await reread()
      const current = [...revoked].filter(([, until]) => until > now())
      revoked = new Map([...current, [id, expiresAt]])
      await records.setSetting(settingNames.revokedTokens, JSON.stringify(Object.fromEntries(revoked)))
    },
    close: () => clearInterval(timer),
  }
}

async function readKey(settings: Settings): Promise<Buffer> {
  const kept = await settings.getSetting(settingNames.tokenKey)
  if (kept !== undefined) return Buffer.from(kept, 'base64')
  const made = randomBytes(32)
  await settings.setSetting(settingNames.tokenKey, made.toString('base64'))
  return made
}
