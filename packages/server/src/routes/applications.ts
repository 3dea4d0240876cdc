import { Application, ApplicationSpec, PlimsollError } from '@plimsoll/api'
import type { ApplicationRef } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { askedApplication } from '../http/asked-application.ts'
import { objectOf } from '../http/object-access.ts'
import type { RoutePolicy, UserPolicy } from '../http/route-policy.ts'
import { fleetQuery, pageLimit, pagePosition, readFleetQuery, readPage } from './fleet-query.ts'
import { appNamespace, appNamespaceInBody, byName, queryBoolean, queryInteger, queryStrings, queryTime } from './query.ts'
import { auditApplication, auditedAt, find, findAt, type Http, type RouteContext, sentApplication } from './route-context.ts'

const tags = ['applications']
const empty = z.object({})
const refreshTimeoutMs = 60_000

/** Applications: paths, parameters and answers as Argo CD's `server/application/application.proto` has them. */
export function applicationRoutes(http: Http, context: RouteContext): void {
  const { applications, repositories, records, namespace } = context.parts
  const { access } = context
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: UserPolicy } => ({
    policy: { who: 'user', permission, audit: auditApplication(namespace, action) },
  })

  /** Of what is there at that moment: who changes it may do so there, and who moves it to another project may make it there. */
  function mayChangeTo(request: FastifyRequest): (before: Application, after: Application) => void {
    return (before, after) => {
      access.require(request, 'applications:update', objectOf(before, namespace))
      // Whoever writes an operation, or the state of one, syncs: with whatever it says.
      if (isOtherwise(before.operation, after.operation) || isOtherwise(before.status, after.status))
        for (const permission of ['applications:sync', 'applications:override'])
          access.require(request, permission, objectOf(before, namespace))
      if (objectOf(before, namespace) === objectOf(after, namespace)) return
      access.require(request, 'applications:create', objectOf(after, namespace))
      access.require(request, 'applications:update', objectOf(after, namespace))
    }
  }

  /** The Application that one is sent to replace: what is sent says where it lives. */
  function sentOver(request: FastifyRequest): ApplicationRef {
    const { metadata } = (request.body ?? {}) as { metadata?: { namespace?: unknown } }
    const asked = askedApplication(request, namespace)
    return typeof metadata?.namespace === 'string' && metadata.namespace !== '' ? { ...asked, namespace: metadata.namespace } : asked
  }

  http.get(
    '/api/v1/applications',
    {
      config: { policy: { who: 'user', permission: 'applications:get', object: 'each' } },
      schema: {
        tags,
        summary: 'List applications, all or page by page',
        description:
          'With `limit` in pages: `metadata.continue` names where the next one begins, `metadata.remainingItemCount` says how many come. By name, each application that is there all the while comes exactly once, whatever comes and goes in between.',
        querystring: z.object({
          ...fleetQuery,
          refresh: z.string().optional(),
          resourceVersion: z.string().optional(),
          limit: pageLimit.optional(),
          continue: pagePosition.optional(),
        }),
        response: {
          200: z.object({
            metadata: z.object({
              resourceVersion: z.string(),
              continue: z.string().optional(),
              remainingItemCount: z.number().optional(),
            }),
            items: z.array(Application),
          }),
        },
      },
    },
    async (request) => {
      const { limit, continue: position } = request.query
      const query = readFleetQuery(context, request, request.query)
      // Taken before the list: a change in between is told by the stream, not lost.
      const resourceVersion = context.streamPosition()
      const { entries, metadata } = readPage(context, query, limit ?? Number.POSITIVE_INFINITY, position)
      return { metadata: { resourceVersion, ...(limit !== undefined && metadata) }, items: entries.map((entry) => entry.application) }
    },
  )

  http.post(
    '/api/v1/applications',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'applications:create',
          object: 'each',
          audit: { action: 'application.create', object: ({ body }) => sentApplication(namespace, body) },
        },
      },
      schema: {
        tags,
        summary: 'Create an application',
        querystring: z.object({ upsert: queryBoolean.optional(), validate: queryBoolean.optional() }),
        body: Application,
        response: { 200: Application },
      },
    },
    async (request) => {
      const { upsert = false, validate = true } = request.query
      // An operation is asked for by its own route, which has its own permission; the status is ours alone.
      const { operation: _operation, status: _status, ...application } = request.body
      access.require(request, 'applications:create', objectOf(application as Application, namespace))
      return applications.create(application as Application, { upsert, validate, judge: mayChangeTo(request) })
    },
  )

  http.get(
    '/api/v1/applications/:name',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Get an application, after a fresh look if `refresh` is set',
        params: byName,
        querystring: z.object({
          ...appNamespace,
          refresh: z.string().optional(),
          project: queryStrings.optional(),
          projects: queryStrings.optional(),
        }),
        response: { 200: Application },
      },
    },
    async (request) => {
      const projects = [...(request.query.projects ?? []), ...(request.query.project ?? [])]
      if (projects.length > 1) throw new PlimsollError('invalid-request', 'project: one or none can be given here.')
      const { ref, application } = findAt(context, askedApplication(request, namespace), projects[0])
      const { refresh } = request.query
      if (refresh === undefined || refresh === '' || refresh === 'false') return application
      return within(refreshTimeoutMs, applications.refresh(ref, refresh === 'hard' ? 'hard' : 'normal'))
    },
  )

  http.put(
    '/api/v1/applications/:name',
    {
      config: {
        policy: {
          ...mayChange('applications:update', 'application.update').policy,
          object: (request) => access.objectAt(sentOver(request)),
          audit: { action: 'application.update', object: (request) => auditedAt(sentOver(request)) },
        },
      },
      schema: {
        tags,
        summary: 'Replace spec, labels, annotations and finalizers',
        params: byName,
        querystring: z.object({ ...appNamespace, validate: queryBoolean.optional() }),
        body: Application,
        response: { 200: Application },
      },
    },
    async (request) => {
      const { metadata } = request.body
      if (metadata.name !== request.params.name) {
        throw new PlimsollError('invalid-request', `metadata.name: is '${metadata.name}', but the path names '${request.params.name}'.`)
      }
      const { ref } = findAt(context, sentOver(request), request.query.project)
      const { operation: _operation, status: _status, ...application } = request.body
      return applications.update({ ...application, metadata: { ...metadata, namespace: ref.namespace } } as Application, {
        validate: request.query.validate ?? true,
        judge: mayChangeTo(request),
      })
    },
  )

  http.put(
    '/api/v1/applications/:name/spec',
    {
      config: mayChange('applications:update', 'application.update'),
      schema: {
        tags,
        summary: 'Replace the spec',
        params: byName,
        querystring: z.object({ ...appNamespace, validate: queryBoolean.optional() }),
        body: ApplicationSpec,
        response: { 200: ApplicationSpec },
      },
    },
    async (request) => {
      const { ref } = find(context, request)
      const updated = await applications.updateSpec(ref, request.body, {
        validate: request.query.validate ?? true,
        judge: mayChangeTo(request),
      })
      return updated.spec
    },
  )

  http.patch(
    '/api/v1/applications/:name',
    {
      config: { ...mayChange('applications:update', 'application.patch'), namesInBody: true },
      schema: {
        tags,
        summary: 'Patch an application',
        params: byName,
        querystring: z.object(appNamespace),
        body: z.looseObject({ patch: z.string(), patchType: z.string().optional(), ...appNamespaceInBody }),
        response: { 200: Application },
      },
    },
    async (request) => {
      const { patch, patchType = 'json' } = request.body
      if (patchType !== 'json' && patchType !== 'merge') {
        throw new PlimsollError('invalid-request', `patchType: is '${patchType}', and can be json or merge.`)
      }
      return applications.patch(find(context, request).ref, patch, patchType, {
        judge: mayChangeTo(request),
      })
    },
  )

  http.delete(
    '/api/v1/applications/:name',
    {
      config: mayChange('applications:delete', 'application.delete'),
      schema: {
        tags,
        summary: 'Delete an application, by default with what it manages',
        params: byName,
        querystring: z.object({ ...appNamespace, cascade: queryBoolean.optional(), propagationPolicy: z.string().optional() }),
        response: { 200: empty },
      },
    },
    async (request) => {
      const { cascade = true, propagationPolicy = '' } = request.query
      if (!cascade && propagationPolicy !== '') {
        throw new PlimsollError('invalid-request', 'propagationPolicy: can only be given with cascade.')
      }
      if (propagationPolicy !== '' && propagationPolicy !== 'foreground' && propagationPolicy !== 'background') {
        throw new PlimsollError('invalid-request', `propagationPolicy: is '${propagationPolicy}', and can be foreground or background.`)
      }
      const { ref } = find(context, request)
      request.auditDetail = { cascade }
      await applications.delete(ref, { cascade, ...(propagationPolicy !== '' && { propagationPolicy }) })
      return {}
    },
  )

  http.get(
    '/api/v1/applications/:name/revisions/:revision/metadata',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Who made a revision, when and why',
        params: byName.extend({ revision: z.string().min(1).max(256) }),
        querystring: z.looseObject({ ...appNamespace, sourceIndex: queryInteger.optional() }),
      },
    },
    async (request) => {
      const { application } = find(context, request)
      const { spec } = application
      const sources = spec.sources && spec.sources.length > 0 ? spec.sources : [spec.source]
      const { sourceIndex } = request.query
      const source = sourceIndex === undefined ? sources.find((one) => one && one.chart === undefined) : sources[sourceIndex]
      if (!source || source.chart !== undefined)
        throw new PlimsollError(
          'not-found',
          `Application '${request.params.name}' has no Git source there: a chart's version has no commit.`,
        )
      const readable = repositories.forProject(spec.project || 'default')
      const { commit } = await readable.resolve(source.repoURL, request.params.revision)
      const { author, email, date, message, tags: names } = await readable.commitMetadata(source.repoURL, commit)
      return { author: email ? `${author} <${email}>` : author, date, message, ...(names.length > 0 && { tags: names }) }
    },
  )

  http.get(
    '/api/v1/applications/:name/deployments',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'All finished operations, newest first, also of an application that is gone',
        params: byName,
        querystring: z.object({ ...appNamespace, limit: queryInteger.optional(), before: queryTime.optional() }),
      },
    },
    async (request) => {
      const { limit = 100, before, appNamespace: inNamespace } = request.query
      const items = await records.listDeployments({
        application: request.params.name,
        namespace: inNamespace || namespace,
        limit: Math.min(limit, 1000),
        ...(before !== undefined && { before }),
      })
      return {
        items: items.map((one) => ({
          ...one,
          startedAt: new Date(one.startedAt).toISOString(),
          finishedAt: new Date(one.finishedAt).toISOString(),
        })),
      }
    },
  )
}

/** What a replaced spec comes with is not taken: only a patch reaches further. */
function isOtherwise(before: unknown, after: unknown): boolean {
  return after !== undefined && JSON.stringify(before) !== JSON.stringify(after)
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PlimsollError('timeout', `The look at this application takes longer than ${ms / 1000} s; it goes on.`)),
      ms,
    )
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
