import { type Application, type ApplicationSet, PlimsollError } from '@plimsoll/api'
import { type ApplicationRef, qualifiedName } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import { isPermitted, type Permission, type Principal } from '../auth/principal.ts'
import type { Enforcer } from '../auth/rbac/enforcer.ts'
import type { Parts } from '../options.ts'
import { askedApplication } from './asked-application.ts'
import type { RoutePolicy } from './route-policy.ts'

/** As policies name it (argo-cd docs/operator-manual/rbac.md): with its namespace where that is not the control plane's. */
export function objectOf({ metadata, spec }: Pick<Application, 'metadata' | 'spec'>, namespace: string): string {
  return `${spec.project || 'default'}/${qualifiedName(metadata, namespace)}`
}

export function objectOfSet({ metadata, spec }: ApplicationSet): string {
  const project = (spec as { template?: { spec?: { project?: unknown } } }).template?.spec?.project
  return `${typeof project === 'string' && project !== '' ? project : 'default'}/${metadata.name}`
}

/** As policies name a repository elsewhere that is kept here (argo-cd `server/repository/repository.go`, createRBACObject, 3.x). */
export function objectOfRepository({ url, project = '' }: { url: string; project?: string }): string {
  return project === '' ? url : `${project}/${url}`
}

/** What somebody may, asked for each object. */
export interface Access {
  permits(request: FastifyRequest, permission: string, object: string): boolean
  /** Of a repository that lives here, by name: also for a run's token, by what it was given. */
  permitsIn(request: FastifyRequest, permission: Permission, repository: string): boolean
  /** Throws `permission-denied`. */
  require(request: FastifyRequest, permission: string, object: string): void
  /** As policies name the Application that is there. */
  objectAt(ref: ApplicationRef): string
  /** By the policy of the route, before its handler: what is in another project, and what is not there, are answered alike. */
  check(request: FastifyRequest, policy: RoutePolicy): void
  /** The same, as an answer: an object may have come into another project since. */
  allows(request: FastifyRequest, policy: RoutePolicy): boolean
  /** Another text whenever what the caller may could be another; the same for callers who may the same. */
  digest(request: FastifyRequest): string
}

export function createAccess(enforcer: Enforcer, parts: Pick<Parts, 'applications' | 'applicationSets' | 'namespace'>): Access {
  const { namespace } = parts

  function permits({ principal }: FastifyRequest, permission: string, object: string): boolean {
    if (!principal || principal.run !== undefined) return false
    const [resource = '', ...action] = permission.split(':')
    return enforcer.permits(principal, resource, action.join(':'), object)
  }

  /** Of what is not there nobody knows the project: whoever may see those of all is told. */
  function objectNamed(request: FastifyRequest, resource: string): string | undefined {
    const { name, project } = (request.params ?? {}) as { name?: string; project?: string }
    if (resource === 'projects') return project
    if (name === undefined) return undefined
    if (resource !== 'applicationsets') return objectAt(askedApplication(request, namespace))
    const query = { ...(request.body as object | null | undefined), ...(request.query as object) } as { appsetNamespace?: string }
    return objectFound(name, () => objectOfSet(parts.applicationSets.get({ name, namespace: query.appsetNamespace || namespace })))
  }

  function objectAt(ref: ApplicationRef): string {
    return objectFound(qualifiedName(ref, namespace), () => objectOf(parts.applications.get(ref), namespace))
  }

  function objectFound(called: string, find: () => string): string {
    try {
      return find()
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      return `*/${called}`
    }
  }

  const access: Access = {
    permits,
    permitsIn(request, permission, repository) {
      const { principal } = request
      return principal?.run ? isPermitted(principal, permission, repository) : permits(request, permission, repository)
    },
    objectAt,
    require(request, permission, object) {
      if (!permits(request, permission, object))
        throw new PlimsollError('permission-denied', `${nameOf(request.principal)} may not ${permission}, ${shown(object)}.`)
    },
    check(request, policy) {
      const { principal } = request
      if (policy.who !== 'user' || policy.object === 'each' || !principal || principal.run !== undefined) return
      const [resource = '', ...rest] = policy.permission.split(':')
      if (!['applications', 'applicationsets', 'logs', 'projects'].includes(resource)) return
      const object = policy.object?.(request) ?? objectNamed(request, resource)
      if (object === undefined) throw new Error(`nobody knows what ${request.method} ${request.routeOptions.url ?? ''} is about`)
      const action = policy.action?.(request) ?? rest.join(':')
      if (enforcer.permits(principal, resource, action, object)) return
      const { name = '', project } = (request.params ?? {}) as { name?: string; project?: string }
      const seen = resource === 'logs' ? 'applications' : resource
      if (enforcer.permits(principal, seen, 'get', object))
        throw new PlimsollError('permission-denied', `${principal.username} may not ${resource}:${action}, ${object.slice(0, 300)}.`)
      const what =
        seen === 'projects'
          ? `project '${project ?? ''}'`
          : seen === 'applicationsets'
            ? `application set '${name}'`
            : `application '${name}'`
      throw new PlimsollError('not-found', `There is no ${what.slice(0, 300)} that ${principal.username} may see.`)
    },
    allows(request, policy) {
      try {
        access.check(request, policy)
        return true
      } catch (error) {
        if (error instanceof PlimsollError) return false
        throw error
      }
    },
    digest({ principal }) {
      if (!principal || principal.run !== undefined) return 'nothing'
      return JSON.stringify([enforcer.digest(), principal.username, principal.role, principal.groups])
    },
  }
  return access
}

/** Somebody may have written a password into an address. */
function shown(object: string): string {
  return object
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/]*@/, '//')
    .slice(0, 300)
}

function nameOf(principal: Principal | undefined): string {
  return principal?.username ?? 'nobody'
}
