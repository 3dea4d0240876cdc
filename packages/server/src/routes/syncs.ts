import { Application, RetryStrategy, SyncOperation, SyncOperationResource } from '@plimsoll/api'
import { qualifiedName, whyOf } from '@plimsoll/applications'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { objectOf } from '../http/object-access.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import { LocalFiles, localSourceOf, longestLocalBody } from './local-files.ts'
import { appNamespace, appNamespaceInBody, bodyInteger, byName } from './query.ts'
import { revisionsAt } from './revisions-at.ts'
import { actorOf, auditApplication, find, type Http, type RouteContext } from './route-context.ts'

const tags = ['applications']
const empty = z.object({})

/** Numbers of protobuf's JSON may be texts, and what is not set may be null. */
const RetryRequest = z.looseObject({
  limit: bodyInteger.nullish(),
  backoff: z.looseObject({ duration: z.string().nullish(), factor: bodyInteger.nullish(), maxDuration: z.string().nullish() }).nullish(),
  refresh: z.boolean().nullish(),
})

const SyncRequest = z.looseObject({
  revision: z.string().max(1024).nullish(),
  /** One for each source of `spec.sources`, or for those that `sourcePositions` names. */
  revisions: z.array(z.string().max(1024)).max(100).nullish(),
  /** Places in `spec.sources`, from 1. */
  sourcePositions: z.array(bodyInteger).max(100).nullish(),
  dryRun: z.boolean().nullish(),
  prune: z.boolean().nullish(),
  strategy: SyncOperation.shape.syncStrategy,
  resources: z.array(SyncOperationResource).max(10_000).nullish(),
  /** JSON or YAML texts, or a repository's files, that are applied instead of what Git holds. */
  manifests: z.array(z.string()).max(10_000).nullish(),
  local: LocalFiles.nullish(),
  infos: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  retryStrategy: RetryRequest.nullish(),
  syncOptions: z.looseObject({ items: z.array(z.string()).optional() }).nullish(),
  ...appNamespaceInBody,
})

const RollbackRequest = z.looseObject({
  id: bodyInteger.nullish(),
  dryRun: z.boolean().nullish(),
  prune: z.boolean().nullish(),
  ...appNamespaceInBody,
})

/** What is done with an Application as a whole: synced, ended, gone back with. Paths and bodies as Argo CD's `server/application/application.proto` has them. */
export function syncRoutes(http: Http, context: RouteContext): void {
  const { applications, namespace } = context.parts
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, audit: auditApplication(namespace, action) },
  })

  http.post(
    '/api/v1/applications/:name/sync',
    {
      bodyLimit: longestLocalBody,
      config: { ...mayChange('applications:sync', 'application.sync'), namesInBody: true },
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
      const { ref, application } = find(context, request)
      if (body.local || body.manifests?.length) context.access.require(request, 'applications:override', objectOf(application, namespace))
      const syncOptions = body.syncOptions?.items ?? application.spec.syncPolicy?.syncOptions
      const revisions = revisionsAt(application, body.revisions, body.sourcePositions)
      const retry = body.retryStrategy ? retryOf(body.retryStrategy) : application.spec.syncPolicy?.retry
      request.auditDetail = {
        revision: revisions?.join(',') ?? body.revision ?? '',
        prune: body.prune ?? false,
        dryRun: body.dryRun ?? false,
        resources: body.resources?.length ?? 0,
        ...((body.local || body.manifests?.length) && { local: true }),
      }
      return applications.sync(
        ref,
        {
          ...(body.revision && { revision: body.revision }),
          ...(revisions && { revisions }),
          ...(body.prune && { prune: true }),
          ...(body.dryRun && { dryRun: true }),
          ...(body.strategy && { syncStrategy: body.strategy }),
          ...(body.resources && body.resources.length > 0 && { resources: body.resources }),
          ...(syncOptions && { syncOptions }),
          ...(body.infos && { infos: body.infos }),
          ...(retry && { retry }),
          ...(body.manifests && body.manifests.length > 0 && { manifests: body.manifests }),
          ...(body.local && { local: localSourceOf(body.local) }),
        },
        actorOf(request),
      )
    },
  )

  http.post(
    '/api/v1/applications/:name/rollback',
    {
      config: { ...mayChange('applications:rollback', 'application.rollback'), namesInBody: true },
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
      const { ref } = find(context, request)
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
    async (request) => applications.resume(find(context, request).ref, actorOf(request)),
  )

  http.delete(
    '/api/v1/applications/:name/operation',
    {
      config: mayChange('applications:sync', 'application.terminate-operation'),
      schema: { tags, summary: 'End the running operation', params: byName, querystring: z.object(appNamespace), response: { 200: empty } },
    },
    async (request) => {
      await applications.terminateOperation(find(context, request).ref)
      return {}
    },
  )

  http.post(
    '/api/v1/applications/:name/confirm-deletion',
    {
      config: mayChange('applications:update', 'application.confirm-deletion'),
      schema: {
        tags,
        summary: 'Say yes to the deletions that wait for it',
        params: byName,
        querystring: z.object(appNamespace),
        body: z.looseObject({}).nullish(),
        response: { 200: Application },
      },
    },
    async (request) => applications.confirmDeletion(find(context, request).ref),
  )

  http.get(
    '/api/v1/applications/:name/syncwindows',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Sync windows of its project that concern it, and whether it may be synced now',
        params: byName,
        querystring: z.object(appNamespace),
      },
    },
    async (request) => applications.syncWindows(find(context, request).ref),
  )

  http.get(
    '/api/v1/applications/:name/why',
    {
      config: may('applications:get'),
      schema: {
        tags,
        summary: 'Why it is in the state that it is in, in one sentence, with the evidence and what can be done',
        params: byName,
        querystring: z.object(appNamespace),
      },
    },
    async (request) => {
      const { ref, application } = find(context, request)
      return whyOf(application, qualifiedName(ref, namespace))
    },
  )
}

function retryOf({ backoff, ...strategy }: z.infer<typeof RetryRequest>): RetryStrategy {
  return RetryStrategy.parse({ ...withoutNulls(strategy), ...(backoff && { backoff: withoutNulls(backoff) }) })
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}
