import { Application, ApplicationSet, ApplicationSetTree, type ApplicationSetWatchEvent, PlimsollError } from '@plimsoll/api'
import type { SetRef } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { objectOfSet } from '../http/object-access.ts'
import type { AuditRule, RoutePolicy } from '../http/route-policy.ts'
import { byName, queryBoolean, queryStrings } from './query.ts'
import { actorOf, type Http, streamNewest, type RouteContext } from './route-context.ts'

const tags = ['application sets']
const empty = z.object({})
const inNamespace = z.object({ appsetNamespace: z.string().max(253).optional() })
const DeletionConfirmation = z.object({
  /** What would be deleted, as the set's status names it. */
  digest: z.string().min(1).max(200),
})

/** ApplicationSets: paths, parameters and answers as Argo CD's `server/applicationset/applicationset.proto` has them, and the confirmation of deletions. */
export function applicationSetRoutes(http: Http, context: RouteContext): void {
  const { applicationSets, namespace } = context.parts
  const { access } = context
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string, object?: AuditRule['object']): { policy: RoutePolicy } => ({
    policy: {
      who: 'user',
      permission,
      // Of one that is sent, the handler asks.
      ...(object && { object: 'each' as const }),
      audit: { action, object: object ?? ((request) => named(request.params, request.query)) },
    },
  })
  const named = (params: unknown, query: unknown): string => {
    const { name = '' } = (params ?? {}) as { name?: string }
    const { appsetNamespace } = (query ?? {}) as { appsetNamespace?: string }
    return `applicationsets/${appsetNamespace || namespace}/${name}`.slice(0, 600)
  }
  const sent = ({ body }: { body: unknown }): string => {
    const { metadata } = (body ?? {}) as { metadata?: { name?: unknown } }
    return `applicationsets/${namespace}/${typeof metadata?.name === 'string' ? metadata.name : ''}`.slice(0, 600)
  }
  const refOf = (request: { params: { name: string }; query: { appsetNamespace?: string | undefined } }): SetRef => ({
    name: request.params.name,
    namespace: request.query.appsetNamespace || namespace,
  })

  /** One that is there is changed: that needs the right where it is, and where it would be. */
  function requireSet(request: FastifyRequest, set: ApplicationSet, upsert: boolean): void {
    access.require(request, 'applicationsets:create', objectOfSet(set))
    const there = applicationSets.list().find(({ metadata }) => metadata.name === set.metadata.name)
    if (!upsert || !there) return
    access.require(request, 'applicationsets:update', objectOfSet(there))
    access.require(request, 'applicationsets:update', objectOfSet(set))
  }

  http.get(
    '/api/v1/applicationsets',
    {
      config: { policy: { who: 'user', permission: 'applicationsets:get', object: 'each' } },
      schema: {
        tags,
        summary: 'List application sets',
        querystring: inNamespace.extend({
          selector: z.string().max(4096).optional(),
          projects: queryStrings.optional(),
          project: queryStrings.optional(),
        }),
        response: { 200: z.object({ metadata: z.object({}), items: z.array(ApplicationSet) }) },
      },
    },
    async (request) => {
      const { query } = request
      const projects = [...(query.projects ?? []), ...(query.project ?? [])]
      const items = applicationSets.list({
        ...(query.selector && { selector: query.selector }),
        ...(query.appsetNamespace && { namespace: query.appsetNamespace }),
        ...(projects.length > 0 && { projects }),
      })
      return { metadata: {}, items: items.filter((set) => access.permits(request, 'applicationsets:get', objectOfSet(set))) }
    },
  )

  http.post(
    '/api/v1/applicationsets',
    {
      config: mayChange('applicationsets:create', 'applicationset.create', sent),
      schema: {
        tags,
        summary: 'Create an application set; with `dryRun` only say what it would make',
        querystring: z.object({ upsert: queryBoolean.optional(), dryRun: queryBoolean.optional() }),
        body: ApplicationSet,
        response: { 200: ApplicationSet },
      },
    },
    async (request) => {
      const { upsert = false, dryRun = false } = request.query
      requirePlainProject(request.body)
      requireSet(request, request.body, upsert)
      request.auditDetail = { upsert, dryRun }
      return applicationSets.create(request.body, { upsert, dryRun })
    },
  )

  http.post(
    '/api/v1/applicationsets/generate',
    {
      config: mayChange('applicationsets:create', 'applicationset.generate', ({ body }) =>
        sent({ body: ((body ?? {}) as { applicationSet?: unknown }).applicationSet }),
      ),
      schema: {
        tags,
        summary: 'What a set would make now; nothing is written',
        body: z.looseObject({ applicationSet: ApplicationSet }),
        response: { 200: z.object({ applications: z.array(Application) }) },
      },
    },
    async (request) => {
      requirePlainProject(request.body.applicationSet)
      requireSet(request, request.body.applicationSet, false)
      return { applications: await applicationSets.generate(request.body.applicationSet) }
    },
  )

  http.get(
    '/api/v1/applicationsets/:name',
    {
      config: may('applicationsets:get'),
      schema: { tags, summary: 'Get an application set', params: byName, querystring: inNamespace, response: { 200: ApplicationSet } },
    },
    async (request) => applicationSets.get(refOf(request)),
  )

  http.delete(
    '/api/v1/applicationsets/:name',
    {
      config: mayChange('applicationsets:delete', 'applicationset.delete'),
      schema: {
        tags,
        summary: 'Delete an application set, and its applications as its policy says',
        params: byName,
        querystring: inNamespace,
        response: { 200: empty },
      },
    },
    async (request) => {
      await applicationSets.delete(refOf(request))
      return {}
    },
  )

  http.get(
    '/api/v1/applicationsets/:name/resource-tree',
    {
      config: may('applicationsets:get'),
      schema: {
        tags,
        summary: 'The applications of a set',
        params: byName,
        querystring: inNamespace,
        response: { 200: ApplicationSetTree },
      },
    },
    async (request) => applicationSets.tree(refOf(request)),
  )

  http.get(
    '/api/v1/applicationsets/:name/events',
    {
      config: may('applicationsets:get'),
      schema: { tags, summary: 'Events about a set', params: byName, querystring: inNamespace },
    },
    async (request) => ({ metadata: {}, items: await applicationSets.events(refOf(request)) }),
  )

  http.post(
    '/api/v1/applicationsets/:name/confirm-deletion',
    {
      config: mayChange('applicationsets:delete', 'applicationset.confirm-deletion'),
      schema: {
        tags,
        summary: 'Let a deletion of applications go on that waits for it: exactly the one of `digest`',
        params: byName,
        querystring: inNamespace,
        body: DeletionConfirmation,
        response: { 200: ApplicationSet },
      },
    },
    async (request) => {
      const { digest } = request.body
      const ref = refOf(request)
      const pending = applicationSets.get(ref).status?.pendingDeletion
      request.auditDetail = { digest, applications: pending?.applications.slice(0, 50) ?? [], count: pending?.applications.length ?? 0 }
      return applicationSets.confirmDeletion(ref, digest, actorOf(request))
    },
  )

  http.post(
    '/api/v1/applicationsets/:name/refresh',
    {
      config: mayChange('applicationsets:update', 'applicationset.refresh'),
      schema: {
        tags,
        summary: 'Ask every generator again, now',
        params: byName,
        querystring: inNamespace,
        body: z.looseObject({}).nullish(),
        response: { 200: ApplicationSet },
      },
    },
    async (request) => applicationSets.refresh(refOf(request)),
  )

  http.get(
    '/api/v1/stream/applicationsets',
    {
      config: { policy: { who: 'user', permission: 'applicationsets:get', stream: true, object: 'each' } },
      schema: {
        tags,
        summary: 'Every change of a set: ADDED, MODIFIED, DELETED',
        description: 'Begins with those that there are. A slow reader gets the newest state of each.',
        querystring: z.object({ name: z.string().max(253).optional() }),
      },
    },
    (request, reply) =>
      streamNewest(context, request, reply, (put) => {
        const tell = (event: ApplicationSetWatchEvent): void => {
          const { name } = event.applicationSet.metadata
          if (request.query.name !== undefined && name !== request.query.name) return
          if (access.permits(request, 'applicationsets:get', objectOfSet(event.applicationSet))) put(name, event)
        }
        const unsubscribe = applicationSets.subscribe(tell)
        for (const applicationSet of applicationSets.list()) tell({ type: 'ADDED', applicationSet })
        return unsubscribe
      }),
  )
}

/** Whoever asks here is judged by the project that the set names (argo-cd `server/applicationset/applicationset.go`, validateAppSet). */
function requirePlainProject({ spec }: ApplicationSet): void {
  const project = (spec.template.spec as { project?: unknown } | null | undefined)?.project
  if (typeof project === 'string' && project.includes('{{')) {
    throw new PlimsollError('invalid-application-set', 'spec.template.spec.project: a templated project is not taken by the API.', {
      remedy: 'Name the project, or apply the set by kubectl or from Git.',
    })
  }
}
