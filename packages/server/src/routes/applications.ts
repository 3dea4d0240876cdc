import { Application, ApplicationSpec, ApplicationSource, PlimsollError, SyncOperation, SyncOperationResource } from '@plimsoll/api'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import { maskText } from '../http/mask-manifests.ts'
import { appNamespace, bodyInteger, byName, queryBoolean, queryInteger, queryStrings, queryTime } from './query.ts'
import { actorOf, auditApplication, find, type Http, type RouteContext } from './route-context.ts'

const tags = ['applications']
const empty = z.object({})
const refreshTimeoutMs = 60_000

const SyncRequest = z.looseObject({
  revision: z.string().max(1024).nullish(),
  dryRun: z.boolean().nullish(),
  prune: z.boolean().nullish(),
  strategy: SyncOperation.shape.syncStrategy,
  resources: z.array(SyncOperationResource).max(10_000).nullish(),
  manifests: z.array(z.string()).nullish(),
  infos: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  retryStrategy: z.looseObject({}).nullish(),
  syncOptions: z.looseObject({ items: z.array(z.string()).optional() }).nullish(),
  ...nullish(appNamespace),
})

const RollbackRequest = z.looseObject({
  id: bodyInteger.nullish(),
  dryRun: z.boolean().nullish(),
  prune: z.boolean().nullish(),
  ...nullish(appNamespace),
})

function nullish(shape: typeof appNamespace) {
  return { appNamespace: shape.appNamespace.nullable(), project: shape.project.nullable() }
}

/** Applications: paths, parameters and answers as Argo CD's `server/application/application.proto` has them. */
export function applicationRoutes(http: Http, context: RouteContext): void {
  const { applications, repositories, records, namespace, home } = context.parts
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, audit: auditApplication(namespace, action) },
  })

  http.get(
    '/api/v1/applications',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'List applications',
        querystring: z.object({
          name: z.string().optional(),
          refresh: z.string().optional(),
          projects: queryStrings.optional(),
          project: queryStrings.optional(),
          selector: z.string().max(4096).optional(),
          repo: z.string().max(4096).optional(),
          appNamespace: z.string().optional(),
          resourceVersion: z.string().optional(),
        }),
        response: { 200: z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(Application) }) },
      },
    },
    async (request) => {
      const { name, selector, repo, appNamespace: inNamespace } = request.query
      const projects = [...(request.query.projects ?? []), ...(request.query.project ?? [])]
      // Taken before the list: a change in between is told by the stream, not lost.
      const resourceVersion = context.streamPosition()
      const items = applications.list({
        ...(name && { name }),
        ...(selector && { selector }),
        ...(repo && { repo }),
        ...(inNamespace && { namespace: inNamespace }),
        ...(projects.length > 0 && { projects }),
      })
      return { metadata: { resourceVersion }, items: items.toSorted((a, b) => compare(a.metadata.name, b.metadata.name)) }
    },
  )

  http.post(
    '/api/v1/applications',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'applications:create',
          audit: {
            action: 'application.create',
            object(request) {
              const { metadata } = (request.body ?? {}) as { metadata?: { name?: unknown; namespace?: unknown } }
              return `applications/${textOr(metadata?.namespace, namespace)}/${textOr(metadata?.name, '')}`.slice(0, 600)
            },
          },
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
      return applications.create(application as Application, { upsert, validate })
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
      const { ref, application } = find(context, request.params.name, { appNamespace: request.query.appNamespace, project: projects[0] })
      const { refresh } = request.query
      if (refresh === undefined || refresh === '' || refresh === 'false') return application
      return within(refreshTimeoutMs, applications.refresh(ref, refresh === 'hard' ? 'hard' : 'normal'))
    },
  )

  http.put(
    '/api/v1/applications/:name',
    {
      config: mayChange('applications:update', 'application.update'),
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
      const { ref } = find(context, request.params.name, {
        ...request.query,
        appNamespace: metadata.namespace ?? request.query.appNamespace,
      })
      const { operation: _operation, status: _status, ...application } = request.body
      return applications.update({ ...application, metadata: { ...metadata, namespace: ref.namespace } } as Application, {
        validate: request.query.validate ?? true,
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
      const { ref } = find(context, request.params.name, request.query)
      const updated = await applications.updateSpec(ref, request.body, { validate: request.query.validate ?? true })
      return updated.spec
    },
  )

  http.patch(
    '/api/v1/applications/:name',
    {
      config: mayChange('applications:update', 'application.patch'),
      schema: {
        tags,
        summary: 'Patch an application',
        params: byName,
        querystring: z.object(appNamespace),
        body: z.looseObject({ patch: z.string(), patchType: z.string().optional(), ...nullish(appNamespace) }),
        response: { 200: Application },
      },
    },
    async (request) => {
      const { patch, patchType = 'json' } = request.body
      if (patchType !== 'json' && patchType !== 'merge') {
        throw new PlimsollError('invalid-request', `patchType: is '${patchType}', and can be json or merge.`)
      }
      return applications.patch(find(context, request.params.name, both(request)).ref, patch, patchType)
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
      const { ref } = find(context, request.params.name, request.query)
      request.auditDetail = { cascade }
      await applications.delete(ref, { cascade, ...(propagationPolicy !== '' && { propagationPolicy }) })
      return {}
    },
  )

  http.post(
    '/api/v1/applications/:name/sync',
    {
      config: mayChange('applications:sync', 'application.sync'),
      schema: {
        tags,
        summary: 'Ask for a sync',
        params: byName,
        querystring: z.object(appNamespace),
        body: SyncRequest.nullish(),
        response: { 200: Application },
      },
    },
    async (request) => {
      const body = request.body ?? {}
      if (body.manifests && body.manifests.length > 0) {
        throw new PlimsollError('invalid-request', 'manifests: a sync from local files is not supported.', {
          remedy: 'Push the change to Git, and sync.',
        })
      }
      const { ref, application } = find(context, request.params.name, both(request))
      const syncOptions = body.syncOptions?.items ?? application.spec.syncPolicy?.syncOptions
      const retry = body.retryStrategy ?? application.spec.syncPolicy?.retry
      request.auditDetail = {
        revision: body.revision ?? '',
        prune: body.prune ?? false,
        dryRun: body.dryRun ?? false,
        resources: body.resources?.length ?? 0,
      }
      return applications.sync(
        ref,
        {
          ...(body.revision && { revision: body.revision }),
          ...(body.prune && { prune: true }),
          ...(body.dryRun && { dryRun: true }),
          ...(body.strategy && { syncStrategy: body.strategy }),
          ...(body.resources && body.resources.length > 0 && { resources: body.resources }),
          ...(syncOptions && { syncOptions }),
          ...(body.infos && { infos: body.infos }),
          ...(retry && { retry }),
        },
        actorOf(request),
      )
    },
  )

  http.post(
    '/api/v1/applications/:name/rollback',
    {
      config: mayChange('applications:rollback', 'application.rollback'),
      schema: {
        tags,
        summary: 'Go back to an entry of the history; automated sync is then on hold',
        params: byName,
        querystring: z.object(appNamespace),
        body: RollbackRequest.nullish(),
        response: { 200: Application },
      },
    },
    async (request) => {
      const { id, prune, dryRun } = request.body ?? {}
      const { ref } = find(context, request.params.name, both(request))
      request.auditDetail = { id: id ?? null, prune: prune ?? false, dryRun: dryRun ?? false }
      // 0 is what protobuf makes of an id that is not given; with a history that begins there it is a real one.
      return applications.rollback(
        ref,
        { ...(id !== undefined && id !== null && { id }), ...(prune && { prune }), ...(dryRun && { dryRun }) },
        actorOf(request),
      )
    },
  )

  http.post(
    '/api/v1/applications/:name/resume',
    {
      config: mayChange('applications:sync', 'application.resume'),
      schema: {
        tags,
        summary: 'Let automated sync go on after a rollback',
        params: byName,
        querystring: z.object(appNamespace),
        body: z.looseObject({}).nullish(),
        response: { 200: Application },
      },
    },
    async (request) => applications.resume(find(context, request.params.name, request.query).ref, actorOf(request)),
  )

  http.delete(
    '/api/v1/applications/:name/operation',
    {
      config: mayChange('applications:sync', 'application.terminate-operation'),
      schema: { tags, summary: 'End the running operation', params: byName, querystring: z.object(appNamespace), response: { 200: empty } },
    },
    async (request) => {
      await applications.terminateOperation(find(context, request.params.name, request.query).ref)
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
        querystring: z.looseObject(appNamespace),
      },
    },
    async (request) => {
      const { application } = find(context, request.params.name, request.query)
      const source: ApplicationSource | undefined = application.spec.source ?? application.spec.sources?.[0]
      if (!source) throw new PlimsollError('not-found', `Application '${request.params.name}' has no source.`)
      const { commit } = await repositories.resolve(source.repoURL, request.params.revision)
      const { author, email, date, message, tags: names } = await repositories.commitMetadata(source.repoURL, commit)
      return { author: email ? `${author} <${email}>` : author, date, message, ...(names.length > 0 && { tags: names }) }
    },
  )

  http.get(
    '/api/v1/applications/:name/syncwindows',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Windows that a sync must fall into: none in this version',
        params: byName,
        querystring: z.object(appNamespace),
      },
    },
    async (request) => {
      find(context, request.params.name, request.query)
      return { activeWindows: [], assignedWindows: [], canSync: true }
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

  http.get(
    '/api/v1/applications/:name/manifests',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'What the source renders to',
        params: byName,
        querystring: z.looseObject({ ...appNamespace, revision: z.string().max(1024).optional() }),
      },
    },
    async (request) => {
      const { ref, application } = find(context, request.params.name, request.query)
      const rendered = await applications.manifests(ref, request.query.revision || undefined)
      return {
        manifests: rendered.manifests.map(maskText),
        namespace: application.spec.destination.namespace ?? '',
        server: application.spec.destination.server ?? home.server,
        revision: rendered.revision,
        sourceType: rendered.sourceType,
      }
    },
  )
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

/** The namespace may stand in the query or, as protobuf maps it, in the body. */
function both(request: {
  query: { appNamespace?: string | undefined; project?: string | undefined }
  body?: { appNamespace?: string | null; project?: string | null } | null | undefined
}) {
  return {
    appNamespace: request.query.appNamespace ?? request.body?.appNamespace ?? undefined,
    project: request.query.project ?? request.body?.project ?? undefined,
  }
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
