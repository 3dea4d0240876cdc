import { z } from 'zod'
import { nameOf, type Permission } from '../auth/principal.ts'
import type { UserPolicy } from '../http/route-policy.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['repositories']
const address = z.string().min(1).max(1000)
const byAddress = z.object({ name: address })

/** Repositories elsewhere whose pull requests are followed from here. A token goes in and is never shown again. */
export function remoteRepositoryRoutes(http: Http, context: RouteContext): void {
  const { remoteForges } = context.parts

  http.get(
    '/api/v1/remote-repositories',
    {
      config: { policy: { who: 'user', permission: 'repositories:get', whileNotReady: true, object: 'each' } },
      schema: { tags, summary: 'List the repositories elsewhere that are connected, with how they fare, without their tokens' },
    },
    async (request) => ({
      items: (await remoteForges.list()).filter(({ url }) => context.access.permits(request, 'repositories:get', url)),
    }),
  )

  http.post(
    '/api/v1/remote-repositories',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          whileNotReady: true,
          audit: { action: 'repository.connect', object: (request) => `repositories/${urlIn(request.body)}`.slice(0, 600) },
        },
      },
      schema: {
        tags,
        summary: 'Connect a repository elsewhere by a token, which is tried first; once more: another token',
        description:
          'The first time the answer holds `webhook`: where webhooks go, and the secret that they are signed with, shown this once.',
        body: z.object({
          url: address,
          provider: z.enum(['github', 'gitlab', 'gitea']).optional(),
          baseUrl: address.optional(),
          apiUrl: address.optional(),
          token: z.string().min(1).max(1000),
        }),
      },
    },
    async (request) => {
      const { url, provider, baseUrl, apiUrl } = request.body
      context.access.require(request, 'repositories:administer', url)
      request.auditDetail = {
        provider,
        ...(baseUrl !== undefined && { baseUrl: withoutSecrets(baseUrl) }),
        ...(apiUrl !== undefined && { apiUrl: withoutSecrets(apiUrl) }),
      }
      return remoteForges.connect(request.body, request.principal ? nameOf(request.principal) : '')
    },
  )

  http.delete(
    '/api/v1/remote-repositories/:name',
    {
      config: aboutOne('repositories:administer', 'repository.disconnect'),
      schema: { tags, summary: 'Forget a repository elsewhere, and its token', params: byAddress },
    },
    async (request) => {
      await remoteForges.disconnect(request.params.name)
      return {}
    },
  )

  http.post(
    '/api/v1/remote-repositories/:name/test',
    {
      config: aboutOne('repositories:update', 'repository.test-connection'),
      schema: { tags, summary: 'Ask there with the token that is kept, and look at everything again', params: byAddress },
    },
    (request) => remoteForges.test(request.params.name),
  )

  http.post(
    '/api/v1/remote-repositories/:name/webhook',
    {
      config: aboutOne('repositories:administer', 'repository.renew-webhook'),
      schema: { tags, summary: 'Make another secret for its webhooks, and show it this once', params: byAddress },
    },
    (request) => remoteForges.renewWebhook(request.params.name),
  )
}

function aboutOne(permission: Permission, action: string): { policy: UserPolicy } {
  return {
    policy: {
      who: 'user',
      permission,
      whileNotReady: true,
      audit: {
        action,
        object: (request) => `repositories/${withoutSecrets((request.params as { name?: string }).name ?? '')}`.slice(0, 600),
      },
    },
  }
}

/** Of a body that may be anything. */
function urlIn(body: unknown): string {
  const { url } = (body ?? {}) as { url?: unknown }
  return typeof url === 'string' ? withoutSecrets(url) : ''
}

/** Somebody may write a token into an address: it is written down nowhere. */
function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/\/\/.*@/s, '//')
}
