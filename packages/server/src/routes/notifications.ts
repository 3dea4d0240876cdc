import { destinationOf, NotificationTemplate, TriggerCondition } from '@plimsoll/notifications'
import { PlimsollError } from '@plimsoll/api'
import { z } from 'zod'
import type { RoutePolicy } from '../http/route-policy.ts'
import { byName } from './query.ts'
import { findAt, type Http, type RouteContext } from './route-context.ts'

const tags = ['notifications']
const named = z.object({ items: z.array(z.object({ name: z.string() })) })
const About = z.object({ application: z.string().min(1).max(253), appNamespace: z.string().max(253).optional() })
/** `slack:team-a`; `console:stdout`, as argocd has it, sends nothing and answers with what would be sent. */
const Sending = About.extend({ recipient: z.string().min(1).max(1000) })

/** Lists as Argo CD's `server/notification/notification.proto` has them; what `argocd admin notifications` does beside a cluster is asked of the server here. */
export function notificationRoutes(http: Http, context: RouteContext): void {
  const { notifications } = context.parts
  const config: { policy: RoutePolicy } = { policy: { who: 'user', permission: 'notifications:get' } }
  const mayTry = (action: string): { policy: RoutePolicy } => ({
    policy: {
      who: 'user',
      permission: 'notifications:send',
      audit: {
        action,
        object(request) {
          const { name = '' } = (request.params ?? {}) as { name?: string }
          return `notifications/${name}`.slice(0, 600)
        },
      },
    },
  })
  const findNamed = ({ application, appNamespace }: z.infer<typeof About>): ReturnType<typeof findAt> =>
    findAt(context, { name: application, namespace: appNamespace || context.parts.namespace }, undefined)
  const items = (names: readonly string[]): z.infer<typeof named> => ({ items: names.toSorted().map((name) => ({ name })) })

  http.get(
    '/api/v1/notifications/services',
    { config, schema: { tags, summary: 'Services that notifications are sent by', response: { 200: named } } },
    async () => items(notifications.services()),
  )
  http.get(
    '/api/v1/notifications/triggers',
    { config, schema: { tags, summary: 'Triggers of notifications', response: { 200: named } } },
    async () => items(Object.keys(notifications.triggers())),
  )
  http.get(
    '/api/v1/notifications/templates',
    { config, schema: { tags, summary: 'Templates of notifications', response: { 200: named } } },
    async () => items(Object.keys(notifications.templates())),
  )
  http.get(
    '/api/v1/notifications/triggers/:name',
    {
      config,
      schema: {
        tags,
        summary: 'One trigger: its conditions',
        params: byName,
        response: { 200: z.object({ name: z.string(), conditions: z.array(TriggerCondition) }) },
      },
    },
    async ({ params: { name } }) => ({ name, conditions: [...own(notifications.triggers(), name, 'trigger')] }),
  )
  http.get(
    '/api/v1/notifications/templates/:name',
    {
      config,
      schema: {
        tags,
        summary: 'One template',
        params: byName,
        response: { 200: z.object({ name: z.string(), template: NotificationTemplate }) },
      },
    },
    async ({ params: { name } }) => ({ name, template: own(notifications.templates(), name, 'template') }),
  )
  http.post(
    '/api/v1/notifications/triggers/:name/run',
    {
      config: mayTry('notifications.run-trigger'),
      schema: {
        tags,
        summary: 'How the conditions of a trigger stand for an application; nothing is sent',
        params: byName,
        body: About,
        response: {
          200: z.object({ conditions: z.array(z.object({ when: z.string(), triggered: z.boolean(), problem: z.string().optional() })) }),
        },
      },
    },
    async ({ params: { name }, body }) => {
      const verdicts = await notifications.runTrigger(name, findNamed(body).ref)
      return { conditions: verdicts.map(({ isTriggered, ...rest }) => ({ ...rest, triggered: isTriggered })) }
    },
  )
  http.post(
    '/api/v1/notifications/templates/:name/notify',
    {
      config: mayTry('notifications.notify'),
      schema: {
        tags,
        summary: 'Fill a template in for an application, and send it to a recipient; `console:stdout` answers with it instead',
        params: byName,
        body: Sending,
        response: { 200: z.object({ notification: NotificationTemplate.optional() }) },
      },
    },
    async (request) => {
      const { params, body } = request
      const { ref } = findNamed(body)
      const to = destinationOf(body.recipient)
      request.auditDetail = { application: body.application, service: to.service }
      if (to.service === 'console') return { notification: await notifications.preview(params.name, ref, to) }
      await notifications.notify(params.name, ref, to)
      return {}
    },
  )
}

function own<T>(all: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined
  if (found === undefined) throw new PlimsollError('not-found', `There is no ${what} '${name.slice(0, 80)}' of notifications.`)
  return found
}
