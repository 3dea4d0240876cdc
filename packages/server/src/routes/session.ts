import { PlimsollError } from '@plimsoll/api'
import { z } from 'zod'
import { adminName, isAdminPassword, storeAdminPassword } from '../auth/admin-account.ts'
import type { LoginLimit } from '../auth/login-limit.ts'
import type { OneTimeCodes } from '../auth/one-time-codes.ts'
import { longestPassword } from '../auth/passwords.ts'
import { isAllowed, type Permission } from '../auth/principal.ts'
import { sessionCookie } from '../http/authentication.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['session']
const sessionMs = 24 * 60 * 60_000

/** Signing in and out, and who one is. */
export function sessionRoutes(http: Http, context: RouteContext, options: { codes: OneTimeCodes; limit: LoginLimit }): void {
  const { parts, tokens } = context
  const session = { action: 'session.create', object: () => 'session' }

  function startSession(username: string): { token: string; cookie: string } {
    const { token } = tokens.issue({ username, role: 'admin', kind: 'session', ttlMs: sessionMs })
    return { token, cookie: sessionCookie(token, sessionMs / 1000, context.own.url().startsWith('https:')) }
  }

  http.post(
    '/api/v1/session',
    {
      config: { policy: { who: 'anyone', why: 'This is where one signs in.', audit: session } },
      schema: {
        tags,
        summary: 'Sign in',
        body: z.looseObject({ username: z.string().max(256), password: z.string().max(longestPassword) }),
        response: { 200: z.object({ token: z.string() }) },
      },
    },
    async (request, reply) => {
      const { username, password } = request.body
      request.auditDetail = { username: username.slice(0, 64) }
      const keys = [`name ${username}`, `address ${request.ip}`]
      const waitMs = await options.limit.begin(keys)
      if (waitMs > 0) {
        const seconds = Math.ceil(waitMs / 1000)
        reply.header('retry-after', String(seconds))
        throw new PlimsollError('too-many-attempts', `Too many tries to sign in: the next one can be made in ${seconds} s.`)
      }
      if (!(await isAdminPassword(parts.records, username, password)))
        throw new PlimsollError('sign-in-refused', 'User name or password is wrong.')
      await options.limit.succeed(keys)
      const { token, cookie } = startSession(username)
      reply.header('set-cookie', cookie)
      reply.header('cache-control', 'no-store')
      return { token }
    },
  )

  http.delete(
    '/api/v1/session',
    {
      config: {
        policy: {
          who: 'anyone',
          why: 'Signing out needs nothing but the token that it ends.',
          audit: { action: 'session.delete', object: () => 'session' },
        },
      },
      schema: { tags, summary: 'Sign out: the token of the session is not valid any more' },
    },
    async (request, reply) => {
      // What is no session cannot be signed out of: the machine's own token stays, git and scripts live by it.
      if (request.principal && context.factsOf(request).kind === 'session') await tokens.revoke(context.factsOf(request))
      reply.header('set-cookie', sessionCookie('', 0, context.own.url().startsWith('https:')))
      return { token: '' }
    },
  )

  http.get(
    '/api/v1/session/userinfo',
    {
      config: { policy: { who: 'anyone', why: 'Says only whether one is signed in, and as whom.' } },
      schema: { tags, summary: 'Who one is' },
    },
    async (request) =>
      request.principal
        ? { loggedIn: true, username: request.principal.username, iss: 'plimsoll', groups: [request.principal.role] }
        : { loggedIn: false },
  )

  http.get(
    '/login/once',
    {
      config: {
        policy: {
          who: 'anyone',
          why: 'The code in the link is the proof; it holds once and not for long.',
          audit: { action: 'session.create', object: () => 'session' },
        },
      },
      schema: { hide: true, querystring: z.object({ code: z.string().max(200) }) },
    },
    async (request, reply) => {
      request.auditDetail = { by: 'one-time link' }
      reply.header('cache-control', 'no-store')
      if (!options.codes.redeem(request.query.code)) {
        request.auditDetail = { by: 'one-time link', refused: true }
        return reply.redirect('/?reason=link-used', 303)
      }
      const { cookie } = startSession(adminName)
      request.auditDetail = { by: 'one-time link', username: adminName }
      return reply.header('set-cookie', cookie).redirect('/', 303)
    },
  )

  http.get(
    '/api/v1/account/can-i/:resource/:action/*',
    {
      config: { policy: { who: 'user', permission: 'accounts:get' } },
      schema: {
        tags,
        summary: 'Whether one may do something',
        params: z.object({ resource: z.string(), action: z.string(), '*': z.string() }),
      },
    },
    async (request) => {
      const { resource, action } = request.params
      const role = request.principal?.role
      return { value: role !== undefined && isAllowed(role, `${resource}:${action}` as Permission) ? 'yes' : 'no' }
    },
  )

  http.put(
    '/api/v1/account/password',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'accounts:update',
          audit: { action: 'account.update-password', object: () => `accounts/${adminName}` },
        },
      },
      schema: {
        tags,
        summary: 'Set a new password; every session ends',
        body: z.looseObject({
          currentPassword: z.string().max(longestPassword),
          newPassword: z.string().max(longestPassword),
          name: z.string().max(256).optional(),
        }),
      },
    },
    async (request) => {
      const { currentPassword, newPassword, name = adminName } = request.body
      if (name !== adminName) throw new PlimsollError('not-found', `There is no account '${name}'.`)
      const keys = [`name ${adminName}`, `address ${request.ip}`]
      const waitMs = await options.limit.begin(keys)
      if (waitMs > 0)
        throw new PlimsollError('too-many-attempts', `Too many tries: the next one can be made in ${Math.ceil(waitMs / 1000)} s.`)
      if (!(await isAdminPassword(parts.records, adminName, currentPassword)))
        throw new PlimsollError('sign-in-refused', 'The current password is wrong.')
      await options.limit.succeed(keys)
      await storeAdminPassword(parts.records, newPassword)
      return {}
    },
  )
}
