import { z } from 'zod'
import type { AuditRule } from '../http/route-policy.ts'
import { queryBoolean } from './query.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['repositories']
const filter = z.looseObject({
  hostNamePattern: z.string().max(253).optional(),
  certType: z.enum(['ssh', 'https', 'tls', '*', '']).optional(),
  certSubType: z.string().max(100).optional(),
})

/** Host keys and certificates by which hosts of repositories are known. They are no secrets. */
export function certificateRoutes(http: Http, context: RouteContext): void {
  const { trusted } = context.parts.credentials

  http.get(
    '/api/v1/certificates',
    {
      config: { policy: { who: 'user', permission: 'certificates:get' } },
      schema: { tags, summary: 'List host keys and certificates of repositories', querystring: filter },
    },
    async (request) => ({ metadata: {}, items: trusted.list(request.query) }),
  )

  http.post(
    '/api/v1/certificates',
    {
      config: { policy: { who: 'user', permission: 'certificates:create', audit: about('certificate.create') } },
      schema: {
        tags,
        summary: 'Let hosts be known by their keys (`ssh`) or by whoever signs for them (`https`)',
        querystring: z.looseObject({ upsert: queryBoolean.optional() }),
        body: z.object({
          items: z
            .array(
              z.object({
                serverName: z.string().min(1).max(300),
                certType: z.enum(['ssh', 'https']),
                certSubType: z.string().max(100).default(''),
                certData: z.string().max(512 * 1024),
                certInfo: z.string().max(1000).default(''),
              }),
            )
            .min(1)
            .max(1000),
        }),
      },
    },
    async (request) => {
      request.auditDetail = { hosts: request.body.items.slice(0, 50).map(({ serverName, certType }) => `${certType} ${serverName}`) }
      return { metadata: {}, items: await trusted.add(request.body.items, { upsert: request.query.upsert ?? false }) }
    },
  )

  http.delete(
    '/api/v1/certificates',
    {
      config: { policy: { who: 'user', permission: 'certificates:delete', audit: about('certificate.delete') } },
      schema: {
        tags,
        summary: 'Forget host keys and certificates of the hosts that a pattern names',
        querystring: filter.extend({ hostNamePattern: z.string().min(1).max(253) }),
      },
    },
    async (request) => ({ metadata: {}, items: await trusted.remove(request.query) }),
  )
}

function about(action: string): AuditRule {
  return {
    action,
    object(request) {
      const { hostNamePattern } = (request.query ?? {}) as { hostNamePattern?: unknown }
      return `certificates/${typeof hostNamePattern === 'string' ? hostNamePattern : ''}`.slice(0, 600)
    },
  }
}
