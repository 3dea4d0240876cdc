import { type LogEntry, PlimsollError } from '@plimsoll/api'
import type { LogOptions } from '@plimsoll/kube'
import { z } from 'zod'
import { toPlimsollError } from '../http/error-answer.ts'
import { appNamespace, byName, queryBoolean, queryInteger } from './query.ts'
import { find, type Http, openStream, type RouteContext } from './route-context.ts'

/** As Argo CD's `server.maxPodLogsToRender`. */
const mostPods = 10
const longestLine = 256 * 1024

const logsQuery = z.looseObject({
  ...appNamespace,
  namespace: z.string().optional(),
  podName: z.string().optional(),
  container: z.string().optional(),
  sinceSeconds: queryInteger.optional(),
  sinceTime: z.string().optional(),
  'sinceTime.seconds': queryInteger.optional(),
  tailLines: queryInteger.optional(),
  follow: queryBoolean.optional(),
  untilTime: z.string().optional(),
  filter: z.string().max(1024).optional(),
  matchCase: queryBoolean.optional(),
  kind: z.string().optional(),
  group: z.string().optional(),
  resourceName: z.string().optional(),
  previous: queryBoolean.optional(),
})

interface Pod {
  namespace: string
  name: string
  containers: string[]
}

/** Logs of the pods of an application, or below one of its resources, as a stream of lines. */
export function logRoutes(http: Http, context: RouteContext): void {
  const { applications } = context.parts

  for (const url of ['/api/v1/applications/:name/pods/:podName/logs', '/api/v1/applications/:name/logs'] as const) {
    http.get(
      url,
      {
        config: { policy: { who: 'user', permission: 'logs:get', stream: true } },
        schema: {
          tags: ['logs'],
          summary: url.includes('podName') ? 'The log of one pod' : 'The logs of all pods below a resource',
          params: url.includes('podName') ? byName.extend({ podName: z.string() }) : byName,
          querystring: logsQuery,
        },
      },
      async (request, reply) => {
        const query = request.query
        const podName = (request.params as { podName?: string }).podName ?? query.podName
        const { ref } = find(context, request)
        const untilMs = query.untilTime ? timeOf('untilTime', query.untilTime) : undefined
        const options = logOptions(query)
        const pods = await podsOf(ref, podName, query)
        if (pods.length > mostPods) {
          throw new PlimsollError('invalid-request', `These are the logs of ${pods.length} pods; at most ${mostPods} are shown together.`, {
            remedy: 'Name a pod, or a resource with fewer pods.',
          })
        }
        const { client } = applications.clusterFor(ref)
        const isPermitted = ({ namespace, name }: Pod) => applications.permits(ref, { group: '', kind: 'Pod', namespace, name })
        const stream = openStream(context, request, reply, () => pods.every(isPermitted))
        const isWanted = lineFilter(query.filter, query.matchCase ?? false)

        const read = (pod: Pod): AsyncGenerator<Line> => {
          const container = query.container || pod.containers[0]
          return readLog(pod, client.logs(pod, { ...options, ...(container && { container }), signal: stream.signal }))
        }
        const lines = query.follow ? asTheyCome(pods.map(read)) : byTime(pods.map(read))
        try {
          for await (const line of lines) {
            if (stream.isClosed) return
            if (!isWanted(line.content)) continue
            const isPast = untilMs !== undefined && line.at > untilMs
            stream.send(JSON.stringify(entryOf(line, isPast)))
            if (isPast) return stream.end()
            await stream.drained()
          }
          const now = new Date().toISOString()
          stream.send(JSON.stringify(entryOf({ content: '', podName: '', time: now, at: 0 }, true)))
          stream.end()
        } catch (error) {
          stream.fail(toPlimsollError(error))
        }
      },
    )
  }

  async function podsOf(
    ref: { name: string; namespace: string },
    podName: string | undefined,
    query: z.infer<typeof logsQuery>,
  ): Promise<Pod[]> {
    const { kind, group, resourceName, namespace } = query
    const below =
      !podName && resourceName && kind ? { group: group ?? '', kind, namespace: namespace ?? '', name: resourceName } : undefined
    const pods = await applications.pods(ref, below)
    if (podName) {
      const found = pods.filter((pod) => pod.name === podName && (!namespace || pod.namespace === namespace))
      if (found.length === 0) throw new PlimsollError('not-found', `Application '${ref.name}' has no pod '${podName}'.`)
      return found
    }
    return pods.filter((pod) => !namespace || below !== undefined || pod.namespace === namespace)
  }
}

interface Line {
  content: string
  podName: string
  /** RFC 3339, with nanoseconds where the cluster has them. */
  time: string
  at: number
}

/** Lines of one pod. Why there is no log is a line as well, as in Argo CD: whoever waits for it wants to see it there. */
async function* readLog(pod: Pod, chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = ''
  try {
    for await (const chunk of chunks) {
      rest += chunk
      let end = rest.indexOf('\n')
      while (end >= 0) {
        yield lineOf(pod.name, rest.slice(0, end))
        rest = rest.slice(end + 1)
        end = rest.indexOf('\n')
      }
      while (rest.length > longestLine) {
        yield lineOf(pod.name, rest.slice(0, longestLine))
        rest = rest.slice(longestLine)
      }
    }
    if (rest !== '') yield lineOf(pod.name, rest)
  } catch (error) {
    const now = new Date()
    yield { content: toPlimsollError(error).message, podName: pod.name, time: now.toISOString(), at: now.getTime() }
  }
}

function lineOf(podName: string, text: string): Line {
  const space = text.indexOf(' ')
  const time = space < 0 ? text : text.slice(0, space)
  const at = /^\d{4}-\d\d-\d\dT/.test(time) ? Date.parse(time) : NaN
  if (Number.isNaN(at)) return { content: text, podName, time: '', at: 0 }
  return { content: space < 0 ? '' : text.slice(space + 1), podName, time, at }
}

function entryOf(line: Line, last: boolean): LogEntry {
  return {
    content: line.content,
    timeStamp: line.time === '' ? '' : line.time.replace(/\.\d+/, ''),
    timeStampStr: line.time,
    podName: line.podName,
    last,
  }
}

/** Ended logs, merged: the oldest of the first lines comes next. */
async function* byTime(logs: AsyncGenerator<Line>[]): AsyncGenerator<Line> {
  const heads = await Promise.all(logs.map(async (log) => ({ log, head: await log.next() })))
  try {
    for (;;) {
      let oldest: (typeof heads)[number] | undefined
      for (const one of heads) {
        if (one.head.done) continue
        if (!oldest || oldest.head.done || one.head.value.at < oldest.head.value.at) oldest = one
      }
      if (!oldest || oldest.head.done) return
      yield oldest.head.value
      oldest.head = await oldest.log.next()
    }
  } finally {
    await Promise.allSettled(logs.map((log) => log.return(undefined)))
  }
}

/** Logs that go on: each line when it comes. A log is read on only after its line was taken, so nothing piles up here. */
async function* asTheyCome(logs: AsyncGenerator<Line>[]): AsyncGenerator<Line> {
  const next = new Map(logs.map((log, at) => [at, log.next().then((head) => ({ at, head }))]))
  try {
    while (next.size > 0) {
      const { at, head } = await Promise.race(next.values())
      if (head.done) {
        next.delete(at)
        continue
      }
      yield head.value
      const log = logs[at]
      if (log)
        next.set(
          at,
          log.next().then((following) => ({ at, head: following })),
        )
    }
  } finally {
    for (const log of logs) void log.return(undefined).catch(() => undefined)
  }
}

/** `text` keeps lines that have it, `!text` those that have it not; letter case counts only with `matchCase`. */
function lineFilter(filter: string | undefined, matchCase: boolean): (line: string) => boolean {
  if (!filter) return () => true
  const isInverse = filter.startsWith('!')
  const literal = matchCase ? filter : filter.toLowerCase()
  const wanted = isInverse ? literal.slice(1) : literal
  return (line) => (matchCase ? line : line.toLowerCase()).includes(wanted) !== isInverse
}

function logOptions(query: z.infer<typeof logsQuery>): LogOptions {
  const sinceSeconds = query.sinceSeconds
  const epoch = query['sinceTime.seconds']
  const sinceTime = query.sinceTime
    ? new Date(timeOf('sinceTime', query.sinceTime)).toISOString()
    : epoch
      ? new Date(epoch * 1000).toISOString()
      : undefined
  return {
    timestamps: true,
    ...(query.follow && { follow: true }),
    ...(query.previous && { previous: true }),
    ...(query.tailLines && { tailLines: query.tailLines }),
    // The API takes one of the two.
    ...(sinceSeconds ? { sinceSeconds } : sinceTime && { sinceTime }),
  }
}

function timeOf(name: string, text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new PlimsollError('invalid-request', `${name}: is no time of the form 2026-01-31T12:00:00Z.`)
  return at
}
