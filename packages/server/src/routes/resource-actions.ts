import type { ApplicationRef } from '@plimsoll/applications'
import { ResourceAction } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { RoutePolicy } from '../http/route-policy.ts'
import { byName, resourceQuery } from './query.ts'
import { keyOf } from './resources.ts'
import { actorOf, auditedApplication, find, type Http, type RouteContext } from './route-context.ts'

const tags = ['resources']
const actionName = z.string().min(1).max(253)

/** As grpc-gateway takes it: everything in the body. */
const runBody = resourceQuery.extend({
  action: actionName,
  resourceActionParameters: z
    .array(z.object({ name: z.string().max(253), value: z.string().max(10_000).optional() }))
    .max(50)
    .nullish(),
})

/** What can be done with the objects of an Application (argo-cd `server/application/application.proto`, ListResourceActions and RunResourceAction). */
export function resourceActionRoutes(http: Http, context: RouteContext): void {
  const { applications, namespace } = context.parts

  http.get(
    '/api/v1/applications/:name/resource/actions',
    {
      config: { policy: { who: 'user', permission: 'applications:get' } },
      schema: {
        tags,
        summary: 'What can be done with an object',
        params: byName,
        querystring: resourceQuery,
        response: { 200: z.object({ actions: z.array(ResourceAction) }) },
      },
    },
    async (request) => {
      const { ref } = find(context, request)
      return { actions: await applications.resourceActions(ref, keyOf(request.query)) }
    },
  )

  http.post(
    '/api/v1/applications/:name/resource/actions',
    {
      config: { policy: policyOf(namespace) },
      schema: {
        tags,
        summary: 'Do something with an object, without parameters',
        params: byName,
        querystring: resourceQuery,
        // grpc-gateway maps the body to the field `action`: a JSON text.
        body: actionName,
      },
    },
    async (request) => {
      const { ref } = find(context, request)
      return run(ref, request, { ...request.query, action: request.body })
    },
  )

  http.post(
    '/api/v1/applications/:name/resource/actions/v2',
    {
      config: { policy: policyOf(namespace), namesInBody: true },
      schema: { tags, summary: 'Do something with an object', params: byName, body: runBody },
    },
    async (request) => {
      const { ref } = find(context, request)
      return run(ref, request, request.body)
    },
  )

  async function run(ref: ApplicationRef, request: FastifyRequest, asked: z.infer<typeof runBody>): Promise<object> {
    const params = Object.fromEntries((asked.resourceActionParameters ?? []).map(({ name, value = '' }) => [name, value]))
    await applications.runResourceAction(ref, keyOf(asked), { name: asked.action, params }, actorOf(request))
    return {}
  }
}

function policyOf(namespace: string): RoutePolicy {
  return {
    who: 'user',
    permission: 'applications:action',
    action: (request) => {
      // Before the body is read, any action.
      const { group, kind, action } = askedOf(request)
      return kind === undefined || action === undefined ? 'action/*' : ['action', group ?? '', kind, action].join('/')
    },
    audit: {
      action: 'resource.action',
      object(request) {
        const { group, kind, namespace: within, resourceName, action } = askedOf(request)
        // Whoever may not do it is refused before the body is read, which alone tells of what the second route is about.
        if (kind !== undefined) {
          const resource = [group, kind, within, resourceName].map((part) => String(part ?? '').slice(0, 253)).join('/')
          request.auditDetail = { ...request.auditDetail, resource, ...(action !== undefined && { action: String(action).slice(0, 253) }) }
        }
        return auditedApplication(request, namespace)
      },
    },
  }
}

/** Before anything is checked: the audit tells of refused requests, too. */
function askedOf({ body, query }: FastifyRequest): Partial<z.infer<typeof runBody>> {
  if (typeof body === 'string') return { ...(query as Partial<z.infer<typeof runBody>>), action: body }
  return (body ?? query ?? {}) as Partial<z.infer<typeof runBody>>
}
