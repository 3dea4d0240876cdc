import type { ForgeActor } from '@plimsoll/forge'
import type { FastifyRequest } from 'fastify'
import { forgeActorOf } from '../auth/forge-actor.ts'
import { isPermitted, type Permission } from '../auth/principal.ts'
import type { RepositorySecret } from '../credentials/index.ts'
import { objectOfRepository } from '../http/object-access.ts'
import type { AuditRule, UserPolicy } from '../http/route-policy.ts'
import type { RouteContext } from './route-context.ts'

/** Who asks, as pull requests see them. */
export function forgeActorIn(context: RouteContext, request: FastifyRequest): ForgeActor {
  const { principal } = request
  if (!principal) throw new Error('a policy let nobody in')
  // In pull requests policies take away, and give nothing: whose approval counts is told by roles alone.
  return forgeActorOf(
    principal,
    (permission, repository) => isPermitted(principal, permission, repository) && context.access.permitsIn(request, permission, repository),
  )
}

/** Of the repository in the path, which lives here. Throws `permission-denied`. */
export function requireRepository(context: RouteContext, request: FastifyRequest, permission: Permission): void {
  const { name = '' } = request.params as { name?: string }
  // What a run's token may is in itself, and was asked before.
  if (!request.principal?.run) context.access.require(request, permission, name)
}

/** The repository elsewhere in the path, where one is kept; `appProject` says whose. Throws `permission-denied`, whether it is there or not. */
export function keptFor(context: RouteContext, request: FastifyRequest, permission: Permission): RepositorySecret | undefined {
  const { name = '' } = request.params as { name?: string }
  const { appProject } = request.query as { appProject?: string }
  const kept = context.parts.credentials.store.find(name, appProject)
  context.access.require(request, permission, objectOfRepository(kept?.fields ?? { url: name }))
  return kept
}

/** A policy about the repository in the path. None of these looks at the cluster. */
export function aboutRepository(permission: UserPolicy['permission'], audit?: string, scopes?: UserPolicy['scopes']): UserPolicy {
  return {
    who: 'user',
    permission,
    repository: (request) => (request.params as { name?: string }).name,
    whileNotReady: true,
    ...(audit !== undefined && { audit: repositoryAudit(audit) }),
    ...(scopes && { scopes }),
  }
}

/** For the audit: `repositories/demo/pulls/3`. */
function repositoryAudit(action: string): AuditRule {
  return {
    action,
    object(request) {
      const { name = '', number, commit } = request.params as { name?: string; number?: string | number; commit?: string }
      const what = number === undefined ? (commit === undefined ? '' : `/commits/${commit}`) : `/pulls/${number}`
      return `repositories/${name}${what}`.slice(0, 600)
    },
  }
}
