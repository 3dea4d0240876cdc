import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Role } from './principal.ts'
import { readJson, settingNames, type Settings } from './settings.ts'

const issuer = 'plimsoll'
const audience = 'plimsoll-api'
const header = encode({ alg: 'HS256', typ: 'JWT' })
/** Another process (the command line) may revoke as well; open streams have to end within 5 s. */
const rereadMs = 1500
const longestToken = 4096

export interface TokenFacts {
  id: string
  username: string
  role: Role
  /** A session is ended by a new password; an API token only by being revoked. */
  kind: 'session' | 'api'
  issuedAt: number
  expiresAt: number
}

/** Signed tokens (RFC 7519, HS256) with expiry, audience and revocation. */
export interface Tokens {
  issue(options: { username: string; role: Role; kind: TokenFacts['kind']; ttlMs: number }): { token: string; facts: TokenFacts }
  /** Undefined for a token that is not ours, not meant for us, expired or revoked. */
  verify(token: string): TokenFacts | undefined
  /** Whether a token that was verified before still holds. */
  holds(facts: TokenFacts): boolean
  /** Durable when it resolves. */
  revoke(facts: Pick<TokenFacts, 'id' | 'expiresAt'>): Promise<void>
  close(): void
}

export async function openTokens(settings: Settings, now: () => number = Date.now): Promise<Tokens> {
  const key = await readKey(settings)
  let revoked = new Map<string, number>()
  let sessionsNotBefore = 0
  await reread()
  const timer = setInterval(() => void reread().catch(() => undefined), rereadMs)
  timer.unref()

  async function reread(): Promise<void> {
    const [list, notBefore] = await Promise.all([
      readJson<Record<string, number>>(settings, settingNames.revokedTokens, {}),
      settings.getSetting(settingNames.sessionsNotBefore),
    ])
    // Only ever more: a revocation that is under way here is not in the records yet.
    for (const [id, expiresAt] of Object.entries(list)) revoked.set(id, expiresAt)
    sessionsNotBefore = Math.max(sessionsNotBefore, Number(notBefore ?? 0))
  }

  function holds(facts: TokenFacts): boolean {
    if (facts.expiresAt <= now() || revoked.has(facts.id)) return false
    return facts.kind !== 'session' || facts.issuedAt >= sessionsNotBefore
  }

  return {
    issue({ username, role, kind, ttlMs }) {
      const issuedAt = now()
      const facts: TokenFacts = { id: randomUUID(), username, role, kind, issuedAt, expiresAt: issuedAt + ttlMs }
      // Seconds with a fraction, as RFC 7519 allows: a new password ends sessions that are younger than a second, too.
      const claims = {
        iss: issuer,
        aud: audience,
        sub: username,
        role,
        kind,
        jti: facts.id,
        iat: issuedAt / 1000,
        exp: facts.expiresAt / 1000,
      }
      const signed = `${header}.${encode(claims)}`
      return { token: `${signed}.${sign(key, signed)}`, facts }
    },
    verify(token) {
      const facts = decode(token, key)
      return facts && holds(facts) ? facts : undefined
    },
    holds,
    async revoke({ id, expiresAt }) {
      await reread()
      const current = [...revoked].filter(([, until]) => until > now())
      revoked = new Map([...current, [id, expiresAt]])
      await settings.setSetting(settingNames.revokedTokens, JSON.stringify(Object.fromEntries(revoked)))
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

function decode(token: string, key: Buffer): TokenFacts | undefined {
  if (token.length > longestToken) return undefined
  const [head, payload, signature, ...rest] = token.split('.')
  // The algorithm is ours to choose, never the token's: a header that is not ours, byte for byte, is no token of ours.
  if (head !== header || payload === undefined || signature === undefined || rest.length > 0) return undefined
  const expected = Buffer.from(sign(key, `${head}.${payload}`))
  const given = Buffer.from(signature)
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>
    const { iss, aud, sub, role, kind, jti, iat, exp } = claims
    if (iss !== issuer || aud !== audience || typeof sub !== 'string' || typeof jti !== 'string') return undefined
    if (typeof iat !== 'number' || typeof exp !== 'number') return undefined
    if ((role !== 'admin' && role !== 'readonly') || (kind !== 'session' && kind !== 'api')) return undefined
    return { id: jti, username: sub, role, kind, issuedAt: Math.round(iat * 1000), expiresAt: Math.round(exp * 1000) }
  } catch {
    return undefined
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
