import type { ApplicationRef } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'

type Asking = Pick<FastifyRequest, 'params' | 'query' | 'body' | 'routeOptions'>

/**
 * The Application that a request is about: its name stands in the path, its namespace in the query or, where protobuf maps it there, in the body. Who
 * asks whether it may be done, who does it and who writes it down all ask here: they must mean the same one.
 */
export function askedApplication(request: Asking, controlPlaneNamespace: string): ApplicationRef {
  const { name } = (request.params ?? {}) as { name?: string }
  return { name: name ?? '', namespace: asked(request, 'appNamespace') ?? controlPlaneNamespace }
}

export function askedProject(request: Asking): string | undefined {
  return asked(request, 'project')
}

function asked({ query, body, routeOptions }: Asking, field: string): string | undefined {
  return textIn(query, field) ?? (routeOptions.config.namesInBody ? textIn(body, field) : undefined)
}

/** Before anything is checked: it may be whatever somebody has sent. */
function textIn(sent: unknown, field: string): string | undefined {
  if (typeof sent !== 'object' || sent === null || !Object.hasOwn(sent, field)) return undefined
  const value = (sent as Record<string, unknown>)[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}
