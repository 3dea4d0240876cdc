import { isAllowed } from '../auth/principal.ts'
import type { Http, RouteContext } from './route-context.ts'

/** Git's smart HTTP, handed on with its body unread. What was pushed is written down where refs move. */
export function gitRoutes(http: Http, context: RouteContext): void {
  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({
      method: ['GET', 'POST'],
      url: '/git/*',
      // Reading is what everyone who gets in may do; for writing the handler asks the principal.
      config: { policy: { who: 'user', permission: 'repositories:get', scheme: 'git', whileNotReady: true } },
      schema: { hide: true },
      async handler(request, reply) {
        const { principal } = request
        if (!principal) throw new Error('a policy let nobody in')
        reply.hijack()
        await context.parts.repositories.handle(request.raw, reply.raw, {
          username: principal.username,
          canRead: () => isAllowed(principal.role, 'repositories:get'),
          canCreate: () => isAllowed(principal.role, 'repositories:create'),
          canWrite: () => isAllowed(principal.role, 'repositories:update'),
        })
      },
    })
  })
}
