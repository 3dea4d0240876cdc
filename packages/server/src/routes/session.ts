import { PlimsollError } from '@plimsoll/api'
import { z } from 'zod'
import { adminName } from '../auth/admin-account.ts'
import type { LoginLimit } from '../auth/login-limit.ts'
import type { OneTimeCodes } from '../auth/one-time-codes.ts'
import { longestPassword } from '../auth/passwords.ts'
import type { NewToken } from '../auth/tokens.ts'
import { sessionCookie } from '../http/authentication.ts'
import { accountRoutes } from './accounts.ts'
import type { Http, RouteContext } from './route-context.ts'
import { createSignIn } from './sign-in.ts'

const tags = ['session']
const sessionMs = 24 * 60 * 60_000

export interface SessionOptions {
  codes: OneTimeCodes
  limit: LoginLimit
  facts: { demo: boolean }
}

/** Signing in and out, who one is, and taking another's place in the demo. */
export function sessionRoutes(http: Http, context: RouteContext, options: SessionOptions): void {
  const { tokens } = context
  const signIn = createSignIn(tokens.accounts, options.limit)
  const session = { action: 'session.create', object: () => 'session' }

  async function startSession(username: string, more: Partial<NewToken> = {}): Promise<{ token: string; cookie: string }> {
    const { token, facts } = await tokens.issue({ username, kind: 'session', ttlMs: sessionMs, ...more })
    const seconds = Math.ceil((facts.expiresAt - facts.issuedAt) / 1000)
    return { token, cookie: sessionCookie(token, seconds, context.own.url().startsWith('https:')) }
  }

  accountRoutes(http, context, signIn)

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
      await signIn.check(request, reply, username, password, 'User name or password is wrong.')
      const { token, cookie } = await startSession(username)
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
    async ({ principal }) => {
      if (!principal) return { loggedIn: false }
      const { username, role, groups, displayName, email, actor } = principal
      return {
        loggedIn: true,
        username,
        iss: 'plimsoll',
        groups,
        role,
        ...(displayName !== undefined && { displayName }),
        ...(email !== undefined && { email }),
        ...(actor !== undefined && { actor }),
      }
    },
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
      const { cookie } = await startSession(adminName)
      request.auditDetail = { by: 'one-time link', username: adminName }
      return reply.header('set-cookie', cookie).redirect('/', 303)
    },
  )

  http.post(
    '/api/v1/people/switch',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'people:switch',
          audit: { action: 'session.switch', object: (request) => `accounts/${accountIn(request.body)}` },
        },
      },
      schema: {
        tags,
        summary: "In the demo: take an account's place, or one's own again",
        body: z.looseObject({ account: z.string().max(256) }),
        response: { 200: z.looseObject({ token: z.string() }) },
      },
    },
    async (request, reply) => {
      if (!options.facts.demo)
        throw new PlimsollError('not-found', 'Only the demo lets one person play another.', { remedy: 'Sign in as the other account.' })
      const before = context.factsOf(request)
      const real = before.actor?.username ?? before.username
      const { account } = request.body
      // A session lives no longer by being switched.
      const ttlMs = before.kind === 'session' ? Math.max(0, before.expiresAt - Date.now()) : sessionMs
      const { token, cookie } = await startSession(account, { ttlMs, ...(account !== real && { actor: real }) })
      if (before.kind === 'session') await tokens.revoke(before)
      reply.header('set-cookie', cookie)
      reply.header('cache-control', 'no-store')
      return { token, account, ...(account !== real && { actor: real }) }
    },
  )
}

function accountIn(body: unknown): string {
  const { account } = (body ?? {}) as { account?: unknown }
  return typeof account === 'string' ? account.slice(0, 64).replaceAll(/\p{C}/gu, '?') : ''
}
