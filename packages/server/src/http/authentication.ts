import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { isAllowed, type Principal } from '../auth/principal.ts'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'
import type { RoutePolicy } from './route-policy.ts'

export const cookieName = 'plimsoll.token'

/** Who sends this request, by header or cookie; undefined when it carries nothing that holds. */
export function authenticate(
  request: FastifyRequest,
  tokens: Tokens,
  policy: RoutePolicy,
): { principal: Principal; facts: TokenFacts } | undefined {
  const given = credentialOf(request, policy)
  const facts = given && tokens.verify(given.token)
  if (!given || !facts) return undefined
  return { principal: { username: facts.username, role: facts.role, tokenId: facts.id, via: given.via }, facts }
}

/** Throws `unauthenticated` or `permission-denied`. */
export function authorise(principal: Principal | undefined, policy: RoutePolicy): void {
  if (policy.who !== 'user') return
  if (!principal) throw new PlimsollError('unauthenticated', 'No valid token came with this request.')
  if (!isAllowed(principal.role, policy.permission)) {
    throw new PlimsollError('permission-denied', `${principal.username} may not ${policy.permission}.`)
  }
}

function credentialOf(request: FastifyRequest, policy: RoutePolicy): { token: string; via: Principal['via'] } | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization) ?? []
    if (scheme.toLowerCase() === 'bearer') return { token: value, via: 'bearer' }
    // Git knows only user names and passwords: any name, the token as password. Nowhere else, so that no browser remembers it.
    if (scheme.toLowerCase() === 'basic' && policy.who === 'user' && policy.scheme === 'git') {
      const text = Buffer.from(value, 'base64').toString('utf8')
      return { token: text.slice(text.indexOf(':') + 1), via: 'basic' }
    }
    return undefined
  }
  // Git has no cookies; a browser must not be led to act on a repository.
  if (policy.who === 'user' && policy.scheme === 'git') return undefined
  const token = cookieOf(request.headers.cookie)
  return token === undefined ? undefined : { token, via: 'cookie' }
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=')
    if (part.slice(0, equals).trim() === cookieName) return part.slice(equals + 1).trim()
  }
  return undefined
}

export function sessionCookie(token: string, maxAgeSeconds: number, isSecure: boolean): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`
}
