import { type Account, accountRoles, PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { longestPassword } from '../auth/passwords.ts'
import { isAllowed, isPermitted, type Permission, type Principal, type Role } from '../auth/principal.ts'
import type { Http, RouteContext } from './route-context.ts'
import type { SignIn } from './sign-in.ts'

const tags = ['accounts']
const day = 24 * 60 * 60
const defaultTokenSeconds = 90 * day
const longestTokenSeconds = 366 * day
const nameParams = z.object({ name: z.string().max(256) })
const fields = {
  role: z.enum(accountRoles).optional(),
  groups: z.array(z.string().max(256)).max(200).optional(),
  displayName: z.string().max(1000).optional(),
  email: z.string().max(1000).optional(),
  enabled: z.boolean().optional(),
}

/** Accounts and their tokens: `/api/v1/account` as Argo CD has it, `/api/v1/accounts` for what its configuration file is there for. */
export function accountRoutes(http: Http, context: RouteContext, signIn: SignIn): void {
  const { accounts } = context.tokens

  http.get(
    '/api/v1/account',
    { config: { policy: { who: 'user', permission: 'accounts:get' } }, schema: { tags, summary: 'List accounts' } },
    async (request) => ({ items: accounts.list().map((account) => shown(account, whoOf(request))) }),
  )

  http.get(
    '/api/v1/account/:name',
    {
      config: { policy: { who: 'user', permission: 'accounts:get' } },
      schema: { tags, summary: 'Get an account, with its tokens by id', params: nameParams },
    },
    async (request) => shown(found(request.params.name), whoOf(request)),
  )

  http.get(
    '/api/v1/account/can-i/:resource/:action/*',
    {
      config: { policy: { who: 'user', permission: 'accounts:self' } },
      schema: {
        tags,
        summary: 'Whether one may do something',
        params: z.object({ resource: z.string(), action: z.string(), '*': z.string() }),
      },
    },
    async (request) => {
      const { resource, action, '*': object } = request.params
      const principal = whoOf(request)
      const may = principal.run
        ? isPermitted(principal, `${resource}:${action}` as Permission, object)
        : context.enforcer.permits(principal, resource, action, object)
      return { value: may ? 'yes' : 'no' }
    },
  )

  http.put(
    '/api/v1/account/password',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'accounts:self',
          audit: { action: 'account.update-password', object: (request) => objectOf(nameIn(request.body) || request.principal?.username) },
        },
      },
      schema: {
        tags,
        summary: 'Set a new password; every session of the account ends',
        body: z.looseObject({
          currentPassword: z.string().max(longestPassword),
          newPassword: z.string().max(longestPassword),
          name: z.string().max(256).optional(),
        }),
      },
    },
    async (request, reply) => {
      const by = whoOf(request)
      const { currentPassword, newPassword } = request.body
      const name = request.body.name || by.username
      checkOwnOrAdmin(context, request, name)
      // As in Argo CD: whoever changes it proves that it is them, by their own.
      await signIn.check(request, reply, by.username, currentPassword, 'The current password is wrong.')
      await accounts.setPassword(found(name).name, newPassword)
      return {}
    },
  )

  http.post(
    '/api/v1/account/:name/token',
    {
      config: { policy: { who: 'user', permission: 'accounts:self', audit: ofAccount('account.create-token') } },
      schema: {
        tags,
        summary: 'Make an API token; it is shown this once',
        params: nameParams,
        body: z.looseObject({
          id: z
            .string()
            .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'has letters, digits, dots, dashes and underscores')
            .or(z.literal(''))
            .optional(),
          /** Seconds; Argo CD's clients send 0 for one that never expires, of which we have none. */
          expiresIn: z.coerce.number().int().min(0).max(longestTokenSeconds).optional(),
          label: z
            .string()
            .max(200)
            .regex(/^\P{C}*$/u, 'has no control characters')
            .optional(),
        }),
        response: { 200: z.looseObject({ token: z.string() }) },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      checkOwnOrAdmin(context, request, name)
      const { id, expiresIn, label } = request.body
      const { token, facts } = await context.tokens.issue({
        username: found(name).name,
        kind: 'api',
        ttlMs: (expiresIn || defaultTokenSeconds) * 1000,
        ...(id && { listedAs: id }),
        ...(label && { label }),
      })
      request.auditDetail = { id: id || facts.id, expiresAt: new Date(facts.expiresAt).toISOString() }
      reply.header('cache-control', 'no-store')
      return { token, id: id || facts.id, expiresAt: new Date(facts.expiresAt).toISOString() }
    },
  )

  http.delete(
    '/api/v1/account/:name/token/:id',
    {
      config: { policy: { who: 'user', permission: 'accounts:self', audit: ofAccount('account.delete-token') } },
      schema: { tags, summary: 'Delete an API token; it ends at once', params: nameParams.extend({ id: z.string().max(256) }) },
    },
    async (request) => {
      const { name, id } = request.params
      checkOwnOrAdmin(context, request, name)
      request.auditDetail = { id: id.slice(0, 64) }
      await accounts.deleteToken(found(name).name, id)
      return {}
    },
  )

  http.post(
    '/api/v1/accounts',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'accounts:create',
          audit: { action: 'account.create', object: (request) => objectOf(nameIn(request.body)) },
        },
      },
      schema: {
        tags,
        summary: 'Create an account: of a person, or of a service, which has tokens only',
        body: z.looseObject({
          name: z.string().max(10_000),
          kind: z.enum(['person', 'service']).optional(),
          password: z.string().max(longestPassword).optional(),
          ...fields,
        }),
      },
    },
    async (request) => {
      const { name, kind, password, role, groups, displayName, email, enabled } = request.body
      checkGrant(whoOf(request), role)
      request.auditDetail = { role: role ?? 'readonly', ...(groups && { groups }) }
      return shown(await accounts.create(defined({ name, kind, password, role, groups, displayName, email, enabled })), whoOf(request))
    },
  )

  http.put(
    '/api/v1/accounts/:name',
    {
      config: { policy: { who: 'user', permission: 'accounts:update', audit: ofAccount('account.update') } },
      schema: {
        tags,
        summary: 'Change role, groups, names, or whether it is enabled; what is not named stays',
        params: nameParams,
        body: z.looseObject(fields),
      },
    },
    async (request) => {
      const { role, groups, displayName, email, enabled } = request.body
      const by = whoOf(request)
      const before = found(request.params.name)
      checkGrant(by, role)
      checkGrant(by, before.role)
      const change = defined({ role, groups, displayName, email, enabled })
      request.auditDetail = { change, before: { role: before.role, groups: before.groups, enabled: before.enabled } }
      return shown(await accounts.update(before.name, change), by)
    },
  )

  http.delete(
    '/api/v1/accounts/:name',
    {
      config: { policy: { who: 'user', permission: 'accounts:delete', audit: ofAccount('account.delete') } },
      schema: { tags, summary: 'Delete an account; its tokens and sessions end at once', params: nameParams },
    },
    async (request) => {
      const { name, role } = found(request.params.name)
      checkGrant(whoOf(request), role)
      await accounts.delete(name)
      return {}
    },
  )

  function found(name: string): Account {
    const account = accounts.get(name)
    if (!account)
      throw new PlimsollError('not-found', 'There is no account of that name.', { remedy: 'List them with `plimsoll account list`.' })
    return account
  }
}

function whoOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('a policy let nobody in')
  return request.principal
}

/** What is somebody else's needs the permission for accounts; the same answer whether there is such an account or not. */
function checkOwnOrAdmin({ access }: RouteContext, request: FastifyRequest, name: string): void {
  if (whoOf(request).username !== name) access.require(request, 'accounts:update', name)
}

/** From the most to the least: nobody gives, or takes, more than they have. */
function checkGrant(by: Principal, role: Role | undefined): void {
  if (role !== undefined && accountRoles.indexOf(role) < accountRoles.indexOf(by.role))
    throw new PlimsollError('permission-denied', `${by.username} is ${by.role}, and cannot decide about the role ${role}.`)
}

/** `capabilities` as Argo CD has it. Which tokens there are is for their owner, and for whoever may delete them. */
function shown(account: Account, by: Principal): Account & { capabilities: string[] } {
  const { tokens, ...others } = account
  const isTheirs = by.username === account.name || isAllowed(by.role, 'accounts:update')
  return {
    ...others,
    ...(isTheirs && tokens && { tokens }),
    capabilities: account.kind === 'person' ? ['login', 'apiKey'] : ['apiKey'],
  }
}

function ofAccount(action: string): { action: string; object(request: FastifyRequest): string } {
  return { action, object: (request) => objectOf((request.params as { name?: unknown }).name) }
}

function nameIn(body: unknown): unknown {
  return (body as { name?: unknown } | null | undefined)?.name
}

function objectOf(name: unknown): string {
  return `accounts/${typeof name === 'string' ? name.slice(0, 64).replaceAll(/\p{C}/gu, '?') : ''}`
}

/** Without what was not named, as `exactOptionalPropertyTypes` wants it. */
function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}
