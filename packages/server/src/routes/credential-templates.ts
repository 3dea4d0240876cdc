import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { queryBoolean } from './query.ts'
import { auditAddress, credentialFields, fieldsIn, withoutSecrets } from './repository-fields.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['repositories']
const byAddress = z.object({ name: z.string().min(1).max(1000) })

/** Credential templates: what lets us into all repositories whose addresses begin alike. */
export function credentialTemplateRoutes(http: Http, context: RouteContext): void {
  const { store } = context.parts.credentials

  http.get(
    '/api/v1/repocreds',
    {
      config: { policy: { who: 'user', permission: 'repositories:get', object: 'each' } },
      schema: { tags, summary: 'List credential templates, without what is secret' },
    },
    async (request) => ({
      metadata: {},
      items: store.templates(({ fields }) => context.access.permits(request, 'repositories:get', fields.url)),
    }),
  )

  http.post(
    '/api/v1/repocreds',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repocreds.create', 'repocreds', 'url'),
        },
      },
      schema: {
        tags,
        summary: 'Keep a credential template, or with `upsert` change it',
        body: z.object({ ...credentialFields, url: z.string().min(1).max(1000) }),
        querystring: z.looseObject({ upsert: queryBoolean.optional() }),
      },
    },
    async (request) => {
      requireChange(request, 'create', request.body.url)
      return store.saveTemplate(fieldsIn(request.body.url, request.body), { upsert: request.query.upsert ?? false })
    },
  )

  http.put(
    '/api/v1/repocreds/:name',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repocreds.update', 'repocreds', 'url'),
        },
      },
      schema: {
        tags,
        summary: 'Replace what a credential template holds',
        params: byAddress,
        body: z.object({ ...credentialFields, url: z.string().max(1000).optional() }),
      },
    },
    async (request) => {
      const { fields } = found(request.params.name)
      requireChange(request, 'update', fields.url)
      return store.saveTemplate(fieldsIn(fields.url, request.body), { upsert: true })
    },
  )

  http.delete(
    '/api/v1/repocreds/:name',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repocreds.delete', 'repocreds', 'url'),
        },
      },
      schema: { tags, summary: 'Forget a credential template', params: byAddress },
    },
    async (request) => {
      const template = found(request.params.name)
      requireChange(request, 'delete', template.fields.url)
      await store.remove(template)
      return {}
    },
  )

  function requireChange(request: FastifyRequest, action: 'create' | 'update' | 'delete', url: string): void {
    context.access.require(request, `repositories:${action}`, url)
    context.access.require(request, 'repositories:administer', url)
  }

  function found(url: string) {
    const template = store.findTemplate(url)
    if (template) return template
    throw new PlimsollError('not-found', `There is no credential template for '${withoutSecrets(url).slice(0, 200)}'.`, {
      remedy: 'List them with `plimsoll repocreds list`.',
    })
  }
}
