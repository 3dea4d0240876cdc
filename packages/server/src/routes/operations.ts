import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RoutePolicy } from '../http/route-policy.ts'
import type { Http, RouteContext } from './route-context.ts'

/** What whoever runs the server looks at: health, metrics, and the description of the API. */
export function operationsRoutes(http: Http, context: RouteContext): void {
  const { parts, streams } = context
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const duration = new Histogram({
    name: 'plimsoll_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  // By route, never by path: names are not for everyone, and have no end.
  http.addHook('onResponse', async (request, reply) => {
    duration.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
  })

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('plimsoll_applications', 'Applications that are known', () => parts.applications.stats().applications)
  gauge('plimsoll_renders_total', 'Sources rendered since the start', () => parts.applications.stats().renders)
  gauge('plimsoll_comparisons_total', 'Comparisons of target and live since the start', () => parts.applications.stats().comparisons)
  gauge('plimsoll_syncs_total', 'Operations since the start', () => parts.applications.stats().syncs)
  gauge('plimsoll_notifications_sent_total', 'Notifications sent since the start', () => parts.notifications.stats().sent)
  gauge('plimsoll_notifications_failed_total', 'Attempts at a notification that failed', () => parts.notifications.stats().failed)
  gauge('plimsoll_queued', 'Applications that wait to be looked at', () => parts.applications.stats().queued)
  gauge('plimsoll_open_streams', 'Streams that somebody follows', () => streams.size)
  gauge('plimsoll_cluster_synced', '1 when the home cluster has been read', () => (parts.home.cache.isSynced ? 1 : 0))
  gauge('plimsoll_cluster_unreadable_kinds', 'Kinds of the home cluster that cannot be read', () => parts.home.cache.problems().length)

  const open = (why: string): RoutePolicy => ({ who: 'anyone', why })

  http.route({
    method: ['GET', 'HEAD'],
    url: '/healthz',
    config: { policy: open('Probes carry no token.') },
    schema: { tags: ['operations'], summary: 'Whether the server runs; with `full=true` whether it has read its cluster' },

    handler: async (request, reply) => {
      const { full } = request.query as { full?: string }
      const problem = full === 'true' ? parts.notReady() : undefined
      reply.header('cache-control', 'no-store')
      return problem === undefined ? reply.type('text/plain').send('ok') : reply.code(503).type('text/plain').send('not ready')
    },
  })

  http.get(
    '/metrics',
    {
      config: { policy: open('Counts alone, no names; whoever scrapes carries no token.') },
      schema: { tags: ['operations'], summary: 'Metrics for Prometheus' },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )

  http.get(
    '/openapi.json',
    { config: { policy: open('The description of the API is the same for everyone.') }, schema: { hide: true } },
    async () => http.swagger(),
  )
}
