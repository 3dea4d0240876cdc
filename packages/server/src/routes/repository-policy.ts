import type { ForgeActor } from '@plimsoll/forge'
import type { FastifyRequest } from 'fastify'
import { forgeActorOf } from '../auth/forge-actor.ts'
import type { AuditRule, UserPolicy } from '../http/route-policy.ts'

/** Who asks, as pull requests see them. */
export function forgeActorIn({ principal }: FastifyRequest): ForgeActor {
  if (!principal) throw new Error('a policy let nobody in')
  return forgeActorOf(principal)
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
