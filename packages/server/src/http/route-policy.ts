import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Permission, Principal } from '../auth/principal.ts'

/** Who may use a route. Each route has one, or the server does not come up. */
export type RoutePolicy =
  /** Anyone: what it shows is no secret, or it is where one signs in. `why` is for the reader of the code. */
  | { who: 'anyone'; why: string; audit?: AuditRule }
  /** Proved by a signature over the body, in the handler. */
  | { who: 'signer'; why: string; audit?: AuditRule }
  /** Whoever is signed in and may do `permission`. */
  | { who: 'user'; permission: Permission; audit?: AuditRule; stream?: true; scheme?: 'git'; whileNotReady?: true }

/** A change is written down: under which name, and about what. */
export interface AuditRule {
  action: string
  object(request: FastifyRequest): string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: RoutePolicy
  }
  interface FastifyInstance {
    /** Every route there is, with its policy. */
    declaredRoutes: DeclaredRoute[]
  }
  interface FastifyRequest {
    principal: Principal | undefined
    /** Facts for the audit record that only the handler knows. */
    auditDetail: Record<string, unknown> | undefined
  }
}

export interface DeclaredRoute {
  method: string
  url: string
  policy: RoutePolicy
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Throws while routes are declared: for one without a policy, and for one that changes something and leaves no record. */
export function requirePolicies(app: FastifyInstance): DeclaredRoute[] {
  const declared: DeclaredRoute[] = []
  app.addHook('onRoute', (route) => {
    const policy = route.config?.policy
    const methods = [route.method].flat()
    if (!policy) throw new Error(`Route ${methods.join(',')} ${route.url} has no policy: declare who may use it in its config.`)
    const isChange = methods.some((method) => !safeMethods.has(method))
    if (isChange && policy.who === 'user' && !policy.audit && policy.scheme !== 'git') {
      throw new Error(`Route ${methods.join(',')} ${route.url} changes something: declare in its policy how that is written down.`)
    }
    for (const method of methods) declared.push({ method, url: route.url, policy })
  })
  return declared
}

export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method)
}
