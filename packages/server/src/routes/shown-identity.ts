import type { Application } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { objectOf } from '../http/object-access.ts'
import type { RouteContext } from './route-context.ts'

/**
 * Random values (passwords, certificates) are made from the UID of an Application. Whoever could have content of their own rendered under it, with a
 * chart that shows what it draws, would be told them.
 */
export function withoutIdentity({ metadata: { uid: _uid, ...metadata }, ...application }: Application): Application {
  return { ...application, metadata }
}

/** An Application to be rendered from other content than it deploys: as itself only for those who may change it anyway. */
export function shownTo({ access, parts }: RouteContext, request: FastifyRequest, application: Application): Application {
  return access.permits(request, 'applications:update', objectOf(application, parts.namespace)) ? application : withoutIdentity(application)
}
