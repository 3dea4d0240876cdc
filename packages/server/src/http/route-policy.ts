import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RunScope } from '../auth/permissions.ts'
import type { Permission, Principal } from '../auth/principal.ts'

/** Who may use a route. Each route has one, or the server does not come up. */
export type RoutePolicy =
  /** Anyone: what it shows is no secret, or it is where one signs in. `why` is for the reader of the code. */
  | { who: 'anyone'; why: string; audit?: AuditRule }
  /** Proved by a signature over the body, in the handler. */
  | { who: 'signer'; why: string; audit?: AuditRule }
  /** Whoever is signed in and may do `permission`. */
  | UserPolicy

export interface UserPolicy {
  who: 'user'
  permission: Permission
  audit?: AuditRule
  stream?: true
  scheme?: 'git'
  whileNotReady?: true
  /** The action as policies name it, where it is more than the permission's: `delete/apps/Deployment/shop/web`. */
  action?(request: FastifyRequest): string
  /**
   * What it is about, as policies name it: `PROJECT/NAME` of what is in a project. Default: `repository`, or the application or set in the address. `each`:
   * the handler asks for each object that it shows, or for the one in the body.
   */
  object?: 'each' | ((request: FastifyRequest) => string)
  /** The hosted repository that it is about, by name. Without it no run's token gets in. */
  repository?(request: FastifyRequest): string | undefined
  /** Of which a run's token must hold one, where they are others than the permission's own: `issues` for comments. */
  scopes?: readonly RunScope[]
}

/** A change is written down: under which name, and about what. */
export interface AuditRule {
  action: string
  object(request: FastifyRequest): string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: RoutePolicy
    /** `appNamespace` and `project` may stand in the body, as protobuf maps them. */
    namesInBody?: true
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
    if (
      policy.who === 'user' &&
      /^(applications|applicationsets|logs|projects|clusters|repositories):/.test(policy.permission) &&
      !policy.object &&
      !policy.repository &&
      !/:(name|project)\b/.test(route.url)
    ) {
      throw new Error(
        `Route ${methods.join(',')} ${route.url} is about something that policies speak of one by one: declare in its policy what, or 'each'.`,
      )
    }
    for (const method of methods) declared.push({ method, url: route.url, policy })
  })
  return declared
}

export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method)
}
