import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import type { Http, RouteContext } from './route-context.ts'

const place = z.object({
  repository: z.string().max(200),
  first: z.string().regex(/^[0-9a-f]{2}$/, 'two hex digits'),
  rest: z.string().regex(/^[0-9a-f]{30}(\.dir)?$/, 'thirty hex digits'),
})

/**
 * A remote of DVC (`url = http://…/dvc/REPOSITORY`) for each hosted repository: HEAD, GET, and POST or PUT of a file under the MD5 of its
 * content. DVC signs in with `auth = basic` as git does: any user, a token as password.
 */
export function dataRoutes(http: Http, context: RouteContext): void {
  const { models, repositories } = context.parts
  const policy = (permission: Permission): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, scheme: 'git', repository: repositoryOf },
  })

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))

    // DVC 2, and DVC 3 for what DVC 2 has added, keep content at the root of a remote.
    for (const [url, kind] of [
      ['/dvc/:repository/files/md5/:first/:rest', undefined],
      ['/dvc/:repository/:first/:rest', 'legacy'],
    ] as const) {
      scope.route({
        method: ['GET', 'HEAD'],
        url,
        config: policy('repositories:get'),
        schema: { hide: true, params: place },
        async handler(request, reply) {
          const { repository, first, rest } = place.parse(request.params)
          const found = await models.data(repository, first + rest, kind)
          if (!found) throw new PlimsollError('not-found', `Repository '${repository}' has no data ${first}${rest}.`)
          reply.type('application/octet-stream').header('content-length', found.size).header('content-disposition', 'attachment')
          return request.method === 'HEAD' ? reply.send() : reply.send(found.stream())
        },
      })

      scope.route({
        method: ['POST', 'PUT'],
        url,
        config: policy('repositories:update'),
        schema: { hide: true, params: place },
        async handler(request) {
          const { repository, first, rest } = place.parse(request.params)
          if (!(await repositories.hosted.has(repository))) throw new PlimsollError('not-found', `There is no repository '${repository}'.`)
          return models.putData(repository, first + rest, request.raw, kind)
        },
      })
    }
  })
}

function repositoryOf(request: FastifyRequest): string | undefined {
  const { repository } = request.params as { repository?: unknown }
  return typeof repository === 'string' ? repository : undefined
}
