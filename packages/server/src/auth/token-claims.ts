import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RunLimits } from './principal.ts'
import { projectOfSubject } from './rbac/project-policy.ts'

const issuer = 'plimsoll'
const audience = 'plimsoll-api'
const header = encode({ alg: 'HS256', typ: 'JWT' })
const longestToken = 8192

/** What is signed in a token. What its holder may do is not: that is looked up at each use. */
export interface TokenClaims {
  id: string
  username: string
  /** A session is ended by a new password; an API token by being deleted; a run's by the end of its job; a project's (`proj:PROJECT:ROLE`) with its entry, or its role. */
  kind: 'session' | 'api' | 'run' | 'project'
  issuedAt: number
  expiresAt: number
  /** Of a session: the account's session key then. */
  sessionKey?: string
  /** Whose session it really is, in the demo (`act`, RFC 8693, 4.1). */
  actor?: { username: string; sessionKey: string }
  run?: RunLimits
  /** From before there were accounts: the administrator's, and in no list. */
  isUnlisted?: true
}

export function signClaims(claims: TokenClaims, key: Buffer): string {
  const { id, username, kind, issuedAt, expiresAt, sessionKey, actor, run } = claims
  const signed = `${header}.${encode({
    iss: issuer,
    aud: audience,
    sub: username,
    kind,
    jti: id,
    // Seconds with a fraction, as RFC 7519 allows: a new password ends sessions that are younger than a second, too.
    iat: issuedAt / 1000,
    exp: expiresAt / 1000,
    ...(sessionKey !== undefined && { ses: sessionKey }),
    ...(actor && { act: { sub: actor.username, ses: actor.sessionKey } }),
    ...(run && { run }),
  })}`
  return `${signed}.${sign(key, signed)}`
}

/** Undefined for what we did not sign, or what is not meant for us. */
export function readClaims(token: string, key: Buffer): TokenClaims | undefined {
  if (token.length > longestToken) return undefined
  const [head, payload, signature, ...rest] = token.split('.')
  // The algorithm is ours to choose, never the token's: a header that is not ours, byte for byte, is no token of ours.
  if (head !== header || payload === undefined || signature === undefined || rest.length > 0) return undefined
  const expected = Buffer.from(sign(key, `${head}.${payload}`))
  const given = Buffer.from(signature)
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined
  try {
    return fromPayload(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>)
  } catch {
    return undefined
  }
}

function fromPayload({ iss, aud, sub, role, kind, jti, iat, exp, ses, act, run }: Record<string, unknown>): TokenClaims | undefined {
  if (iss !== issuer || aud !== audience || typeof sub !== 'string' || typeof jti !== 'string') return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined
  const claims = { id: jti, username: sub, issuedAt: Math.round(iat * 1000), expiresAt: Math.round(exp * 1000) }
  if (kind === 'run') return isRun(run) ? { ...claims, kind, run } : undefined
  if (run !== undefined) return undefined
  if (kind === 'project') return projectOfSubject(sub) ? { ...claims, kind } : undefined
  if (kind === 'api')
    return role === undefined ? { ...claims, kind } : isFormer(sub, role) ? { ...claims, kind, isUnlisted: true } : undefined
  if (kind !== 'session' || typeof ses !== 'string') return undefined
  if (act === undefined) return { ...claims, kind, sessionKey: ses }
  const actor = act as { sub?: unknown; ses?: unknown } | null
  if (typeof actor?.sub !== 'string' || typeof actor.ses !== 'string') return undefined
  return { ...claims, kind, sessionKey: ses, actor: { username: actor.sub, sessionKey: actor.ses } }
}

function isFormer(username: string, role: unknown): boolean {
  return username === 'admin' && role === 'admin'
}

function isRun(run: unknown): run is RunLimits {
  const { repository, permissions } = (run ?? {}) as Partial<Record<keyof RunLimits, unknown>>
  return typeof repository === 'string' && typeof permissions === 'object' && permissions !== null
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
