import { badRequest } from './api-failure.ts'
import { defaultAudience, type Authentication, type User } from './authentication.ts'
import type { KindDefinition } from './kind-registry.ts'
import { apiVersionOf } from './object-verbs.ts'
import { field, isRecord, valueAt } from './tree.ts'

/** RBAC objects are stored and served, but nothing asks them yet: the answer says so instead of pretending. */
const notEnforced = 'RBAC is not enforced by this cluster: every authenticated user may do everything'

/** Kinds that are questions: created, answered, never stored. Throws 400. */
export function answerReview(definition: KindDefinition, body: unknown, user: User, authentication: Authentication, now: number): unknown {
  if (!isRecord(body)) throw badRequest('the request body must be an object')
  const spec = isRecord(body['spec']) ? body['spec'] : {}
  const answer = (status: unknown, kept: unknown = spec): unknown => ({
    kind: definition.type.kind,
    apiVersion: apiVersionOf(definition),
    metadata: isRecord(body['metadata']) ? body['metadata'] : { creationTimestamp: null },
    spec: kept,
    status,
  })
  switch (definition.type.kind) {
    case 'SelfSubjectAccessReview':
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      if (spec['resourceAttributes'] === undefined && spec['nonResourceAttributes'] === undefined) {
        throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
      }
      return answer({ allowed: true, reason: notEnforced })
    case 'SelfSubjectRulesReview':
      return answer({
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      })
    case 'SelfSubjectReview':
      return answer({ userInfo: user }, undefined)
    case 'TokenReview': {
      const token = field(spec, 'token')
      const found = typeof token === 'string' ? authentication.userOf(token, now) : undefined
      const wanted = valueAt(spec, ['audiences'])
      const asked = Array.isArray(wanted) && wanted.length > 0 ? wanted.map(String) : [defaultAudience]
      const audiences = found?.audiences.filter((audience) => asked.includes(audience)) ?? []
      if (found === undefined) return answer({ user: {}, error: 'the token is not known to this cluster' }, { ...spec, token: '' })
      if (audiences.length === 0) return answer({ user: {}, error: 'the token is for other audiences' }, { ...spec, token: '' })
      return answer({ authenticated: true, user: found.user, audiences }, { ...spec, token: '' })
    }
    default:
      return undefined
  }
}
