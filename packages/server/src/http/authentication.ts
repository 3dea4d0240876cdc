import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../auth/accounts.ts'
import { isPermitted, type Principal } from '../auth/principal.ts'
import type { Enforcer } from '../auth/rbac/enforcer.ts'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'
import type { RoutePolicy, UserPolicy } from './route-policy.ts'

export const cookieName = 'plimsoll.token'

/** Who sends this request, by header or cookie; undefined when it carries nothing that holds. */
export function authenticate(
  request: FastifyRequest,
  tokens: Tokens,
  policy: RoutePolicy,
): { principal: Principal; facts: TokenFacts } | undefined {
  const given = credentialOf(request, policy)
  const facts = given && tokens.verify(given.token)
  const principal = facts && principalOf(facts, tokens.accounts, given.via)
  return facts && principal ? { principal, facts } : undefined
}

/** Role, groups and names as the account has them now. */
function principalOf(facts: TokenFacts, accounts: Accounts, via: Principal['via']): Principal | undefined {
  const { username, id: tokenId, actor, run, kind } = facts
  // What a run may do is in its token; the role says only that there is no more.
  if (run) return { username, role: 'readonly', groups: [], tokenId, via, run }
  if (kind === 'project') return { username, role: 'none', groups: [], tokenId, via }
  const account = accounts.stored(username)
  if (!account) return undefined
  const { role, groups, displayName, email } = account
  return {
    username,
    role,
    groups,
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    tokenId,
    via,
    ...(actor && { actor: actor.username }),
  }
}

/** Throws `unauthenticated` or `permission-denied`. */
export function authorise(principal: Principal | undefined, policy: RoutePolicy, enforcer: Enforcer, request: FastifyRequest): void {
  if (policy.who !== 'user') return
  if (!principal) throw new PlimsollError('unauthenticated', 'No valid token came with this request.')
  const { permission } = policy
  const isIn =
    principal.run !== undefined || permission === 'people:switch'
      ? isPermitted(principal, permission, policy.repository?.(request), policy.scopes)
      : permitsSome(enforcer, principal, policy, request)
  if (!isIn) throw new PlimsollError('permission-denied', `${principal.username} may not ${permission}.`)
}

/** With what the request is about where its address tells, and otherwise with anything at all: before what it says is read. */
function permitsSome(enforcer: Enforcer, principal: Principal, policy: UserPolicy, request: FastifyRequest): boolean {
  const [resource = '', action = ''] = policy.permission.split(':')
  const { project, name } = (request.params ?? {}) as { project?: string; name?: string }
  // What belongs to a project is asked about later, object by object, and so is what a route has several of.
  const isLater = ['applications', 'applicationsets', 'logs', 'clusters'].includes(resource)
  const named = resource === 'projects' ? project : (policy.repository?.(request) ?? name ?? '')
  const object = isLater || policy.object === 'each' ? undefined : (policy.object?.(request) ?? named)
  const asked = policy.action?.(request) ?? action
  return enforcer.permits(principal, resource, asked, object)
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
