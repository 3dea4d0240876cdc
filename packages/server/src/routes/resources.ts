import { ApplicationTree, PlimsollError, type ResourceDiff } from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import type { ApplicationRef } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { maskManifest, maskText } from '../http/mask-manifests.ts'
import type { AuditRule, RoutePolicy } from '../http/route-policy.ts'
import { appNamespace, byName, queryBoolean, resourceQuery } from './query.ts'
import { auditedApplication, find, type Http, type RouteContext } from './route-context.ts'

const tags = ['resources']
const patchTypes: Record<string, 'json' | 'merge' | 'strategic'> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  json: 'json',
  merge: 'merge',
  strategic: 'strategic',
}

/** What an Application manages, and what comes of it. */
export function resourceRoutes(http: Http, context: RouteContext): void {
  const { applications, namespace } = context.parts
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, action: fineAction(permission), audit: auditResource(namespace, action) },
  })

  /** A policy may speak of namespaces: where none is asked for, the object's own is asked about. */
  async function exactKey(request: FastifyRequest, ref: ApplicationRef): Promise<ObjectKey> {
    const query = request.query as z.infer<typeof resourceQuery>
    const key = keyOf(query)
    if (key.namespace !== '') return key
    const found = (await applications.resource(ref, key)) as KubeObject | undefined
    const namespace = found?.metadata?.namespace ?? ''
    const { policy } = request.routeOptions.config
    if (policy?.who === 'user') context.access.check(request, { ...policy, action: () => fineActionOf(policy, { ...query, namespace }) })
    return { ...key, namespace }
  }

  http.get(
    '/api/v1/applications/:name/resource-tree',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'The tree of resources',
        params: byName,
        querystring: z.looseObject(appNamespace),
        response: { 200: ApplicationTree },
      },
    },
    async (request) => applications.tree(find(context, request).ref),
  )

  http.get(
    '/api/v1/applications/:name/managed-resources',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'What Git holds next to what the cluster holds',
        params: byName,
        querystring: z.object({
          ...appNamespace,
          namespace: z.string().optional(),
          name: z.string().optional(),
          version: z.string().optional(),
          group: z.string().optional(),
          kind: z.string().optional(),
        }),
      },
    },
    async (request) => {
      const { name, namespace: inNamespace, group, kind } = request.query
      const all = await applications.managedResources(find(context, request).ref)
      const items = all.filter(
        (one) =>
          !one.hook &&
          (!name || one.name === name) &&
          (!inNamespace || (one.namespace ?? '') === inNamespace) &&
          (!group || (one.group ?? '') === group) &&
          (!kind || one.kind === kind),
      )
      return { items: items.map(maskDiff) }
    },
  )

  http.get(
    '/api/v1/applications/:name/resource',
    {
      config: may('applications:get'),
      schema: { tags, summary: 'One live object', params: byName, querystring: resourceQuery },
    },
    async (request) => {
      const object = await applications.resource(find(context, request).ref, keyOf(request.query))
      return { manifest: JSON.stringify(maskManifest(object)) }
    },
  )

  http.post(
    '/api/v1/applications/:name/resource',
    {
      config: mayChange('applications:update', 'resource.patch'),
      schema: {
        tags,
        summary: 'Patch one live object',
        params: byName,
        querystring: resourceQuery.extend({ patchType: z.string() }),
        // grpc-gateway maps the body to the field `patch`: a JSON text that holds the patch.
        body: z.union([z.string(), z.looseObject({}), z.array(z.unknown())]),
      },
    },
    async (request) => {
      const type = Object.hasOwn(patchTypes, request.query.patchType) ? patchTypes[request.query.patchType] : undefined
      if (!type) throw new PlimsollError('invalid-request', `patchType: can be ${Object.keys(patchTypes).slice(0, 3).join(', ')}.`)
      const patch = typeof request.body === 'string' ? request.body : JSON.stringify(request.body)
      const { ref } = find(context, request)
      const object: KubeObject = await applications.patchResource(ref, await exactKey(request, ref), patch, type)
      return { manifest: JSON.stringify(maskManifest(object)) }
    },
  )

  http.delete(
    '/api/v1/applications/:name/resource',
    {
      config: mayChange('applications:delete', 'resource.delete'),
      schema: {
        tags,
        summary: 'Delete one live object',
        params: byName,
        querystring: resourceQuery.extend({ force: queryBoolean.optional(), orphan: queryBoolean.optional() }),
      },
    },
    async (request) => {
      const { force, orphan } = request.query
      const { ref } = find(context, request)
      await applications.deleteResource(ref, await exactKey(request, ref), { ...(force && { force }), ...(orphan && { orphan }) })
      return {}
    },
  )

  http.get(
    '/api/v1/applications/:name/events',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Events about the application, or about one of its resources',
        params: byName,
        querystring: z.object({
          ...appNamespace,
          resourceNamespace: z.string().optional(),
          resourceName: z.string().optional(),
          resourceUID: z.string().optional(),
        }),
      },
    },
    async (request) => {
      const { resourceNamespace, resourceName, resourceUID } = request.query
      const { ref } = find(context, request)
      const isAboutResource = Boolean(resourceName || resourceUID)
      const items = await applications.events(
        ref,
        isAboutResource
          ? {
              ...(resourceUID && { uid: resourceUID }),
              ...(resourceName && { name: resourceName }),
              ...(resourceNamespace && { namespace: resourceNamespace }),
            }
          : undefined,
      )
      return { metadata: {}, items }
    },
  )
}

/** `update/GROUP/KIND/NAMESPACE/NAME` (argo-cd docs/operator-manual/rbac.md, fine-grained permissions): the right to the Application is not enough. */
function fineAction(permission: Permission): (request: FastifyRequest) => string {
  return (request) => fineActionOf({ permission }, request.query as z.infer<typeof resourceQuery>)
}

function fineActionOf(policy: { permission: Permission }, query: Partial<z.infer<typeof resourceQuery>>): string {
  const [, action = ''] = policy.permission.split(':')
  return [action, query.group ?? '', query.kind ?? '', query.namespace ?? '', query.resourceName ?? ''].join('/')
}

export function keyOf(query: z.infer<typeof resourceQuery>): ObjectKey {
  return { group: query.group ?? '', kind: query.kind, namespace: query.namespace ?? '', name: query.resourceName }
}

function maskDiff(diff: ResourceDiff): ResourceDiff {
  if (diff.kind !== 'Secret' || (diff.group ?? '') !== '') return diff
  const masked: ResourceDiff = { ...diff }
  for (const field of ['targetState', 'liveState', 'normalizedLiveState', 'predictedLiveState'] as const) {
    if (masked[field]) masked[field] = maskText(masked[field])
  }
  return masked
}

function auditResource(namespace: string, action: string): AuditRule {
  return {
    action,
    object(request) {
      const query = (request.query ?? {}) as Partial<z.infer<typeof resourceQuery>>
      request.auditDetail = {
        ...request.auditDetail,
        resource: [query.group, query.kind, query.namespace, query.resourceName].map((part) => String(part ?? '').slice(0, 253)).join('/'),
      }
      return auditedApplication(request, namespace)
    },
  }
}
