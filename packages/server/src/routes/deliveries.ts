import type { DeliveryWatchEvent } from '@plimsoll/api'
import type { DeliveryActor } from '@plimsoll/delivery'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission, Principal } from '../auth/principal.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import { byName, queryBoolean, queryInteger, queryTime } from './query.ts'
import { type Http, streamNewest, type RouteContext } from './route-context.ts'

const tags = ['deliveries']
const text = z.string().max(2000)
const name = z.string().min(1).max(253)
const limit = queryInteger.optional()

/** Deliveries, releases, and who deployed what. What may be done to a release is decided where it is done; here, who may try. */
export function deliveryRoutes(http: Http, context: RouteContext): void {
  const { deliveries } = context.parts
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission } })
  const mayChange = (permission: Permission, action: string): { policy: RoutePolicy } => ({
    policy: {
      who: 'user',
      permission,
      audit: {
        action,
        object: (request) => `deliveries/${((request.params ?? {}) as { name?: string }).name ?? sentName(request)}`.slice(0, 600),
      },
    },
  })
  /** What was decided about, for the record: the stage and the release that were named. */
  const actor = (request: FastifyRequest, detail: Record<string, unknown>): DeliveryActor => {
    request.auditDetail = detail
    return actorOf(request.principal)
  }

  http.get('/api/v1/deliveries', { config: may('deliveries:get'), schema: { tags, summary: 'All deliveries' } }, async () => {
    await deliveries.looked()
    return { items: deliveries.list() }
  })

  http.post(
    '/api/v1/deliveries',
    {
      config: mayChange('deliveries:create', 'delivery.create'),
      schema: {
        tags,
        summary: 'Create a delivery, or with `upsert` change it',
        querystring: z.object({ upsert: queryBoolean.optional() }),
        body: z.looseObject({}),
      },
    },
    async (request) => deliveries.create(request.body, { upsert: request.query.upsert ?? false }),
  )

  http.get(
    '/api/v1/stream/deliveries',
    {
      config: { policy: { who: 'user', permission: 'deliveries:get', stream: true } },
      schema: {
        tags,
        summary: 'Every change of a delivery: ADDED, MODIFIED, DELETED',
        description: 'Begins with those that there are. A slow reader gets the newest state of each.',
        querystring: z.object({ name: name.optional() }),
      },
    },
    (request, reply) =>
      streamNewest(context, request, reply, (put) => {
        const tell = (event: DeliveryWatchEvent): void => {
          const { name } = event.delivery
          if (request.query.name === undefined || name === request.query.name) put(name, event)
        }
        const unsubscribe = deliveries.subscribe(tell)
        for (const delivery of deliveries.list()) tell({ type: 'ADDED', delivery })
        return unsubscribe
      }),
  )

  http.get(
    '/api/v1/deliveries/:name',
    { config: may('deliveries:get'), schema: { tags, summary: 'One delivery: its stages, what waits and for what', params: byName } },
    async (request) => {
      await deliveries.looked(request.params.name)
      return deliveries.get(request.params.name)
    },
  )

  http.delete(
    '/api/v1/deliveries/:name',
    {
      config: mayChange('deliveries:update', 'delivery.delete'),
      schema: { tags, summary: 'Delete it; what happened stays on record', params: byName },
    },
    async (request) => {
      await deliveries.delete(request.params.name)
      return {}
    },
  )

  http.post(
    '/api/v1/deliveries/:name/approve',
    {
      config: mayChange('deliveries:approve', 'delivery.approve'),
      schema: {
        tags,
        summary: 'Approve one release for one stage',
        params: byName,
        body: z.object({ stage: name, release: name, comment: text.optional() }),
      },
    },
    async (request) => {
      const { stage, release, comment } = request.body
      const by = actor(request, { stage, release })
      return deliveries.approve(request.params.name, stage, { release, ...(comment !== undefined && { comment }) }, by)
    },
  )

  http.post(
    '/api/v1/deliveries/:name/unapprove',
    {
      config: mayChange('deliveries:approve', 'delivery.unapprove'),
      schema: { tags, summary: "Take one's own approval back", params: byName, body: z.object({ stage: name, release: name }) },
    },
    async (request) => {
      const { stage, release } = request.body
      return deliveries.unapprove(request.params.name, stage, release, actor(request, { stage, release }))
    },
  )

  http.post(
    '/api/v1/deliveries/:name/promote',
    {
      config: mayChange('deliveries:promote', 'delivery.promote'),
      schema: {
        tags,
        summary: 'Promote by hand, once everything else is met',
        params: byName,
        body: z.object({ stage: name, release: name.optional() }),
      },
    },
    async (request) => {
      const { stage, release } = request.body
      const by = actor(request, { stage, release })
      return deliveries.promote(request.params.name, stage, { ...(release !== undefined && { release }) }, by)
    },
  )

  http.post(
    '/api/v1/deliveries/:name/revert',
    {
      config: mayChange('deliveries:promote', 'delivery.revert'),
      schema: {
        tags,
        summary: 'Bring one stage back to an earlier release, by one commit',
        params: byName,
        body: z.object({ stage: name, release: name, why: text }),
      },
    },
    async (request) => {
      const { stage, release, why } = request.body
      return deliveries.revert(request.params.name, stage, { release, why }, actor(request, { stage, release, why }))
    },
  )

  http.post(
    '/api/v1/deliveries/:name/override',
    {
      config: mayChange('deliveries:promote', 'delivery.override'),
      schema: {
        tags,
        summary: 'Let a release go on although a step or a condition says no; on record',
        params: byName,
        body: z.object({ stage: name, release: name, requirement: name, why: text }),
      },
    },
    async (request) => {
      const { stage, release, requirement, why } = request.body
      return deliveries.override(
        request.params.name,
        stage,
        { release, requirement, why },
        actor(request, { stage, release, requirement, why }),
      )
    },
  )

  http.post(
    '/api/v1/deliveries/:name/hold',
    {
      config: mayChange('deliveries:promote', 'delivery.hold'),
      schema: { tags, summary: 'Promote nothing until it is resumed', params: byName, body: z.object({ why: text }) },
    },
    async (request) => deliveries.hold(request.params.name, request.body.why, actor(request, { why: request.body.why })),
  )

  http.post(
    '/api/v1/deliveries/:name/resume',
    { config: mayChange('deliveries:promote', 'delivery.resume'), schema: { tags, summary: 'Promote again', params: byName } },
    async (request) => deliveries.resume(request.params.name, actor(request, {})),
  )

  http.get(
    '/api/v1/releases',
    {
      config: may('releases:get'),
      schema: { tags, summary: 'Releases, newest first', querystring: z.object({ delivery: name.optional(), limit, before: limit }) },
    },
    async ({ query }) => ({
      items: await deliveries.releases({
        ...(query.delivery !== undefined && { delivery: query.delivery }),
        ...(query.limit !== undefined && { limit: query.limit }),
        ...(query.before !== undefined && { before: query.before }),
      }),
    }),
  )

  http.get(
    '/api/v1/releases/:name',
    { config: may('releases:get'), schema: { tags, summary: 'One release: where it is or was, who approved it', params: byName } },
    async (request) => deliveries.release(request.params.name),
  )

  http.get(
    '/api/v1/deployments',
    {
      config: may('releases:get'),
      schema: {
        tags,
        summary: 'Who deployed what, when, from which pull request, with which verdict; newest first, for all time',
        querystring: z.object({
          delivery: name.optional(),
          stage: name.optional(),
          application: name.optional(),
          repository: z.string().max(2000).optional(),
          pullRequest: limit,
          model: z.string().max(100).optional(),
          release: name.optional(),
          since: queryTime.optional(),
          until: queryTime.optional(),
          limit,
          before: name.optional(),
        }),
      },
    },
    async ({ query: { since, until, ...query } }) => ({
      items: await deliveries.deployments({
        ...(Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as object),
        ...(since !== undefined && { since: new Date(since).toISOString() }),
        ...(until !== undefined && { until: new Date(until).toISOString() }),
      }),
    }),
  )
}

/** Groups are the account's of this moment. Whoever has taken another's place acts as that one, and the audit names both, as it does for every route. */
function actorOf(principal: Principal | undefined): DeliveryActor {
  if (principal === undefined) throw new Error('a policy let somebody in without a principal')
  const { username, groups, displayName, email } = principal
  return { name: username, groups, ...(displayName !== undefined && { displayName }), ...(email !== undefined && { email }) }
}

function sentName(request: FastifyRequest): string {
  const { metadata } = (request.body ?? {}) as { metadata?: { name?: unknown } }
  return typeof metadata?.name === 'string' ? metadata.name : ''
}
