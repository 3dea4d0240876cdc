import { z } from 'zod'
import type { Application } from '@plimsoll/api'
import { toPlimsollError } from '../http/error-answer.ts'
import { objectOf } from '../http/object-access.ts'
import { fieldsOf } from '../http/field-selection.ts'
import type { ApplicationFeed } from './application-feed.ts'
import { readSelector } from './fleet-query.ts'
import { appNamespace, byName, queryBoolean, queryStrings } from './query.ts'
import { currentOf, find, type Http, openStream, type RouteContext } from './route-context.ts'

const tags = ['streams']
/** A tree is told anew at most so often: a rollout changes it many times a second. */
const treeEveryMs = 100

/** Streams: `data: {"result": …}` as server-sent events, or one JSON text a line. */
export function streamRoutes(http: Http, context: RouteContext, feed: ApplicationFeed): void {
  const { applications } = context.parts

  http.get(
    '/api/v1/stream/applications',
    {
      config: { policy: { who: 'user', permission: 'applications:get', stream: true, object: 'each' } },
      schema: {
        tags,
        summary: 'Every change of an application: ADDED, MODIFIED, DELETED',
        description:
          'Begins with all applications, unless `resourceVersion` is that of a list. A slow reader gets the newest state of each application, with `missed`, the number of changes that it was not told. With `marks=true` server-sent events carry two named events besides: `resync` before a beginning with all applications, `synced` after it.',
        querystring: z.looseObject({
          ...appNamespace,
          name: z.string().optional(),
          selector: z.string().max(4096).optional(),
          resourceVersion: z.string().max(200).optional(),
          projects: queryStrings.optional(),
          project: queryStrings.optional(),
          marks: queryBoolean.optional(),
        }),
      },
    },
    (request, reply) => {
      const { name, selector, appNamespace: namespace, resourceVersion } = request.query
      const projects = new Set([...(request.query.projects ?? []), ...(request.query.project ?? [])])
      // Refuses a selector that cannot be read, before the answer begins.
      const matcher = selector ? readSelector(selector) : undefined
      const isWanted = (application: Application): boolean => {
        const { metadata, spec } = application
        if (name && metadata.name !== name) return false
        // One is of the control plane's namespace unless something else is said; all are of all.
        const within = namespace || (name ? context.parts.namespace : undefined)
        if (within && metadata.namespace !== within) return false
        if (projects.size > 0 && !projects.has(spec.project || 'default')) return false
        if (!matcher) return true
        // What is just gone is told to everyone who may have seen it.
        const current = currentOf(context, { name: metadata.name, namespace: metadata.namespace ?? '' })
        return current === undefined || matcher.matches(current.metadata.labels)
      }
      feed.follow(openStream(context, request, reply), {
        since: resourceVersion,
        isWanted,
        isVisible: (application) => context.access.permits(request, 'applications:get', objectOf(application, context.parts.namespace)),
        fields: fieldsOf(request.url),
        hasMarks: request.query.marks ?? false,
      })
    },
  )

  http.get(
    '/api/v1/stream/applications/:name/resource-tree',
    {
      config: { policy: { who: 'user', permission: 'applications:get', stream: true } },
      schema: { tags, summary: 'The tree of resources, anew after each change', params: byName, querystring: z.looseObject(appNamespace) },
    },
    async (request, reply) => {
      const { ref } = find(context, request)
      let isDirty = true
      let wake: (() => void) | undefined
      const stream = openStream(context, request, reply)
      const unsubscribe = applications.subscribeTree(ref, () => {
        isDirty = true
        wake?.()
      })
      stream.onClosed(() => {
        unsubscribe()
        wake?.()
      })
      let before = ''
      while (!stream.isClosed) {
        if (!isDirty) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        isDirty = false
        try {
          const tree = JSON.stringify(await applications.tree(ref))
          if (tree !== before) stream.send(tree)
          before = tree
        } catch (error) {
          return stream.fail(toPlimsollError(error))
        }
        await stream.drained()
        await new Promise((resolve) => setTimeout(resolve, treeEveryMs))
      }
    },
  )
}
