import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import type { Permission } from '../auth/principal.ts'
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
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:get',
          repository: repositoryOf,
          scheme: 'git',
          whileNotReady: true,
        },
      },
      schema: { hide: true },
      async handler(request, reply) {
        const { principal } = request
        if (!principal) throw new Error('a policy let nobody in')
        const may = (permission: Permission) => (name: string) => context.access.permitsIn(request, permission, name)
        reply.hijack()
        await context.parts.repositories.handle(request.raw, reply.raw, {
          username: principal.username,
          canRead: may('repositories:get'),
          canCreate: may('repositories:create'),
          groups: principal.groups,
          canPropose: may('pullrequests:create'),
          canWrite: may('repositories:update'),
        })
      },
    })
  })
}

/**
 * Repositories elsewhere that are connected, for the checkouts of trusted runs: the server fetches with the token that it keeps, and no step ever
 * holds it. The run's own repository is named first: that is what its token is good for.
 */
export function connectedGitRoutes(http: Http, context: RouteContext): void {
  const { forge, repositories } = context.parts
  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({
      method: ['GET', 'POST'],
      url: '/git-connected/:name/*',
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:get',
          repository: (request) => (request.params as { name?: string }).name,
          scheme: 'git',
          whileNotReady: true,
        },
      },
      schema: { hide: true },
      async handler(request, reply) {
        const { '*': path = '' } = request.params as { '*'?: string }
        const address = /^(.+?)(?:\.git)?\/(?:info\/refs|git-upload-pack|git-receive-pack)$/.exec(path)?.[1]
        const repoURL = address === undefined ? undefined : forge.connected(address)
        if (repoURL === undefined || request.principal?.run?.readsConnected !== true) {
          throw new PlimsollError('not-found', 'There is no such repository, or it is not for whoever asks.')
        }
        reply.hijack()
        await repositories.handleMirror(request.raw, reply.raw, repoURL)
      },
    })
  })
}

/** `team/demo` of `team/demo.git/info/refs`; `.git` may be missing. Whoever answers reads the name anew, and asks again. */
function repositoryOf(request: FastifyRequest): string | undefined {
  const { '*': path = '' } = request.params as { '*'?: string }
  return /^(.+?)(?:\.git)?\/(?:info\/refs|git-upload-pack|git-receive-pack)$/.exec(path)?.[1]
}
