import { Application } from '@plimsoll/api'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { maskText } from '../http/mask-manifests.ts'
import { objectOf } from '../http/object-access.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import { appNamespace, bodyInteger, byName, queryStrings } from './query.ts'
import { revisionsAt } from './revisions-at.ts'
import { actorOf, auditApplication, find, type Http, type RouteContext, sentApplication } from './route-context.ts'
import { shownTo, withoutIdentity } from './shown-identity.ts'

const tags = ['applications']

const RenderOptions = z.looseObject({
  revision: z.string().max(1024).nullish(),
  revisions: z.array(z.string().max(1024)).max(100).nullish(),
  sourcePositions: z.array(bodyInteger).max(100).nullish(),
  withBinary: z.boolean().nullish(),
})

/** What the sources of an Application are rendered to, and from what. */
export function renderingRoutes(http: Http, context: RouteContext): void {
  const { applications, namespace, home } = context.parts
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, audit: auditApplication(namespace, action) },
  })

  http.post(
    '/api/v1/applications/:name/rotate',
    {
      config: mayChange('applications:sync', 'application.rotate'),
      schema: {
        tags,
        summary: "Make the random values of the application's charts (passwords, certificates) anew with the next sync",
        params: byName,
        querystring: z.object(appNamespace),
        body: z.looseObject({}).nullish(),
        response: { 200: Application },
      },
    },
    async (request) => applications.rotate(find(context, request).ref, actorOf(request)),
  )

  http.post(
    '/api/v1/applications/:name/render',
    {
      config: mayChange('applications:get', 'application.render'),
      schema: {
        tags,
        summary: 'What would be applied, of any revision; with the real tool too where that is enabled. Secrets are masked',
        params: byName,
        querystring: z.object(appNamespace),
        body: RenderOptions.nullish(),
      },
    },
    async (request) => renderedBy(shownTo(context, request, find(context, request).application), request.body ?? {}),
  )

  http.post(
    '/api/v1/render',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'applications:create',
          object: 'each',
          audit: {
            action: 'application.render',
            object: ({ body }) => sentApplication(namespace, (body as { application?: unknown } | null)?.application),
          },
        },
      },
      schema: {
        tags,
        summary: 'What would be applied for an Application that is not there. Secrets are masked',
        body: RenderOptions.extend({ application: Application }),
      },
    },
    async (request) => {
      context.access.require(request, 'applications:create', objectOf(request.body.application, namespace))
      return renderedBy(withoutIdentity(request.body.application), request.body)
    },
  )

  async function renderedBy(application: Application, options: z.infer<typeof RenderOptions>): Promise<object> {
    const asked = revisionsAt(application, options.revisions, options.sourcePositions) ?? (options.revision ? [options.revision] : [])
    const rendered = await applications.render(application, { revisions: asked, withBinary: options.withBinary === true })
    return { ...rendered, manifests: rendered.manifests.map(maskText) }
  }

  http.get(
    '/api/v1/applications/:name/rendering',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'How the sources are rendered: by what, from which parameters, how long it takes',
        params: byName,
        querystring: z.object(appNamespace),
      },
    },
    async (request) => ({ items: await applications.rendering(find(context, request).ref) }),
  )

  http.get(
    '/api/v1/applications/:name/manifests',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'What the source renders to',
        params: byName,
        querystring: z.looseObject({
          ...appNamespace,
          revision: z.string().max(1024).optional(),
          revisions: queryStrings.optional(),
          sourcePositions: queryStrings.optional(),
        }),
      },
    },
    async (request) => {
      const { ref, application } = find(context, request)
      const { revision, revisions, sourcePositions } = request.query
      const asked = revisionsAt(application, revisions, sourcePositions?.map(Number)) ?? (revision ? [revision] : undefined)
      const rendered = asked
        ? await applications.render(shownTo(context, request, application), { revisions: asked })
        : await applications.manifests(ref)
      return {
        manifests: rendered.manifests.map(maskText),
        namespace: application.spec.destination.namespace ?? '',
        server: application.spec.destination.server ?? home.server,
        revision: rendered.revisions[0] ?? '',
        sourceType: rendered.sourceTypes[0] ?? '',
        ...(application.spec.sources && { revisions: rendered.revisions, sourceTypes: rendered.sourceTypes }),
      }
    },
  )
}
