import { applicationKeyOf, type FleetChoices, fleetLimits, type FleetPage } from '@plimsoll/api'
import { z } from 'zod'
import { rowOf } from '../fleet/fleet-entry.ts'
import { objectOf } from '../http/object-access.ts'
import type { ApplicationFeed } from './application-feed.ts'
import { tellWindow } from './fleet-window.ts'
import { fleetQuery, pageLimit, pagePosition, readFleetQuery, readPage } from './fleet-query.ts'
import { queryInteger, queryStrings } from './query.ts'
import { currentOf, type Http, openStream, type RouteContext } from './route-context.ts'

const tags = ['fleet']
const usualLimit = 50

/** Applications as rows of a list, by thousands: pages, counts, and a window that stays as it is now. */
export function fleetRoutes(http: Http, context: RouteContext, feed: ApplicationFeed): void {
  const policy = { who: 'user', permission: 'applications:get', object: 'each' } as const

  http.get(
    '/api/v1/fleet',
    {
      config: { policy },
      schema: {
        tags,
        summary: 'Applications as rows: a page of them, and how many there are of what',
        querystring: z.object({ ...fleetQuery, limit: pageLimit.optional(), continue: pagePosition.optional() }),
      },
    },
    async (request): Promise<FleetPage> => {
      const { limit = usualLimit, continue: position } = request.query
      const { entries, metadata, view } = readPage(context, readFleetQuery(context, request, request.query), limit, position)
      return { items: entries.map((entry) => rowOf(entry).row), metadata, counts: view.counts }
    },
  )

  http.get(
    '/api/v1/fleet/choices',
    {
      config: { policy },
      schema: { tags, summary: 'What applications can be filtered by: the most frequent values', querystring: z.object(fleetQuery) },
    },
    async (request): Promise<FleetChoices> => context.fleet.choices(readFleetQuery(context, request, request.query)),
  )

  http.get(
    '/api/v1/stream/fleet',
    {
      config: { policy: { ...policy, stream: true } },
      schema: {
        tags: ['streams'],
        summary: 'A part of a list of applications, as it is now: rows and counts, then what changes in them',
        description:
          'Each message is `{"result": {"window": …}}` with `counts`, `keys` (the order of the rows) and `rows`, each if it is another than before; four times a second at most. `follow=NAMESPACE/NAME` tells whole applications besides, as `/api/v1/stream/applications` with `marks=true` does.',
        querystring: z.object({
          ...fleetQuery,
          offset: queryInteger.optional(),
          limit: queryInteger.refine((limit) => limit <= fleetLimits.window, `is more than ${fleetLimits.window}`).optional(),
          follow: queryStrings
            .refine((keys) => keys.length <= fleetLimits.followed, `names more than ${fleetLimits.followed} applications`)
            .optional(),
        }),
      },
    },
    (request, reply) => {
      const { offset = 0, limit = usualLimit, follow = [] } = request.query
      // Refuses what cannot be read, before the answer begins.
      const query = readFleetQuery(context, request, request.query)
      const stream = openStream(context, request, reply)
      if (follow.length > 0) {
        const followed = new Set(follow)
        feed.follow(stream, {
          since: undefined,
          isWanted: (application) => followed.has(applicationKeyOf(application)),
          isVisible: (application) => context.access.permits(request, 'applications:get', objectOf(application, context.parts.namespace)),
          among: () => follow.flatMap((key) => currentOf(context, parseKey(key)) ?? []),
          fields: undefined,
          hasMarks: true,
        })
      }
      tellWindow(stream, context.fleet, { query, offset, limit })
    },
  )
}

function parseKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) }
}
