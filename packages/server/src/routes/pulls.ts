import type { Check, CheckAnnotation, CheckSource, WorkflowRun } from '@plimsoll/api'
import type { ForgeEvent, NewComment, NewPullRequest, PullRequestChange } from '@plimsoll/forge'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { checkSetter } from '../check-names.ts'
import { aboutRepository, forgeActorIn } from './repository-policy.ts'
import { queryInteger } from './query.ts'
import { repositoryParams } from './repositories.ts'
import { tellNews } from './news-stream.ts'
import { type Http, openStream, type RouteContext } from './route-context.ts'

const tags = ['pull requests']
const text = z.string().max(65_536)
const commitHash = z.string().regex(/^[0-9a-f]{40}$/, 'is no commit of 40 hex digits')
const byNumber = repositoryParams.extend({ number: queryInteger.refine((number) => number > 0, 'counts from 1') })
const byId = byNumber.extend({ id: z.string().min(1).max(200) })
const byCommit = repositoryParams.extend({ commit: commitHash })
const newComment = z.object({
  body: text,
  path: z.string().min(1).max(4096).optional(),
  line: z.number().int().min(1).max(10_000_000).optional(),
  side: z.enum(['old', 'new']).optional(),
  inReplyTo: z.string().max(200).optional(),
})
const annotation = z.object({
  path: z.string().max(4096),
  line: z.number().int().min(0),
  column: z.number().int().min(0).optional(),
  level: z.enum(['notice', 'warning', 'failure']),
  message: z.string().max(10_000),
  title: z.string().max(1000).optional(),
})

const states = z.enum(['open', 'closed', 'merged', 'all'])
const ofEverything = { ...aboutRepository('pullrequests:get'), repository: repositoryAsked, object: 'each' as const }

/** Pull requests, with everything that belongs to one. What is left out of a body is left as it is. */
export function pullRoutes(http: Http, context: RouteContext): void {
  const { forge } = context.parts

  http.get(
    '/api/v1/pulls',
    {
      config: { policy: ofEverything },
      schema: {
        tags,
        summary: 'List pull requests of all repositories, the newest change first: the open ones, unless told otherwise',
        description:
          '`next` of an answer is `after` of the question for the next page. `unreachable` names connected repositories that gave no answer, `cut` those of which only the newest 200 are looked through.',
        querystring: z.object({
          repository: z.string().min(1).max(256).optional(),
          state: states.optional(),
          author: z.string().max(256).optional(),
          reviewer: z.string().max(256).optional(),
          limit: queryInteger.optional(),
          after: z.string().max(2000).optional(),
        }),
      },
    },
    async (request) => {
      const actor = forgeActorIn(context, request)
      return forge.listAll({ ...present(request.query), canRead: (repository) => actor.canRead(repository) })
    },
  )

  http.get(
    '/api/v1/repositories/:name/pulls',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: {
        tags,
        summary: 'List pull requests, newest first: the open ones, unless told otherwise',
        params: repositoryParams,
        querystring: z.object({
          state: states.optional(),
          author: z.string().max(256).optional(),
          reviewer: z.string().max(256).optional(),
          limit: queryInteger.optional(),
          before: queryInteger.optional(),
        }),
      },
    },
    async (request) => ({ items: await forge.list(request.params.name, present(request.query)) }),
  )

  http.post(
    '/api/v1/repositories/:name/pulls',
    {
      config: { policy: aboutRepository('pullrequests:create', 'pullrequest.create') },
      schema: {
        tags,
        summary: 'Open a pull request from a branch',
        params: repositoryParams,
        body: z.object({
          title: z.string().max(256),
          body: text.default(''),
          head: z.string().min(1).max(255),
          base: z.string().min(1).max(255),
          isDraft: z.boolean().optional(),
        }),
      },
    },
    async (request) => {
      const made = await forge.open(request.params.name, present(request.body) as NewPullRequest, forgeActorIn(context, request))
      request.auditDetail = { number: made.number, head: made.head, base: made.base }
      return made
    },
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: { tags, summary: 'Get a pull request, with what its target demands', params: byNumber },
    },
    async (request) => forge.get(request.params.name, request.params.number),
  )

  http.patch(
    '/api/v1/repositories/:name/pulls/:number',
    {
      config: { policy: aboutRepository('pullrequests:update', 'pullrequest.update') },
      schema: {
        tags,
        summary: 'Change title, description, target, draft or state; another target voids every approval',
        params: byNumber,
        body: z.object({
          title: z.string().max(256).optional(),
          body: text.optional(),
          base: z.string().min(1).max(255).optional(),
          isDraft: z.boolean().optional(),
          state: z.enum(['open', 'closed']).optional(),
        }),
      },
    },
    async (request) => {
      const { name, number } = request.params
      const { body: _text, ...detail } = request.body
      request.auditDetail = detail
      return forge.update(name, number, present(request.body) as PullRequestChange, forgeActorIn(context, request))
    },
  )

  http.post(
    '/api/v1/repositories/:name/pulls/:number/merge',
    {
      config: { policy: aboutRepository('pullrequests:merge', 'pullrequest.merge') },
      schema: {
        tags,
        summary: 'Merge exactly this head; `conflict` when it has moved, `merge-blocked` with what is not met',
        params: byNumber,
        body: z.object({
          head: commitHash,
          base: commitHash.optional(),
          method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
          title: z.string().max(256).optional(),
          message: text.optional(),
        }),
      },
    },
    async (request) => {
      const { name, number } = request.params
      request.auditDetail = { head: request.body.head, method: request.body.method }
      const { head, method, ...rest } = request.body
      const merged = await forge.merge(name, number, { head, method, ...present(rest) }, forgeActorIn(context, request))
      request.auditDetail = { ...request.auditDetail, commit: merged.merged?.commit }
      return merged
    },
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number/files',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: { tags, summary: 'Files that it changes, with their lines', params: byNumber },
    },
    async (request) => forge.files(request.params.name, request.params.number),
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number/commits',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: { tags, summary: 'Its commits, oldest first', params: byNumber },
    },
    async (request) => ({ items: await forge.commits(request.params.name, request.params.number) }),
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number/comments',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: { tags, summary: 'The conversation, oldest first', params: byNumber },
    },
    async (request) => ({ items: await forge.comments(request.params.name, request.params.number) }),
  )

  http.post(
    '/api/v1/repositories/:name/pulls/:number/comments',
    {
      config: { policy: aboutRepository('pullrequests:update', 'pullrequest.comment', ['pull-requests', 'issues']) },
      schema: { tags, summary: 'Comment, also on a line', params: byNumber, body: newComment },
    },
    async (request) =>
      forge.comment(request.params.name, request.params.number, present(request.body) as NewComment, forgeActorIn(context, request)),
  )

  http.patch(
    '/api/v1/repositories/:name/pulls/:number/comments/:id',
    {
      config: { policy: aboutRepository('pullrequests:update', 'pullrequest.edit-comment', ['pull-requests', 'issues']) },
      schema: {
        tags,
        summary: "Change one's own comment, or resolve the thread of a line",
        params: byId,
        body: z.object({ body: text.optional(), isResolved: z.boolean().optional() }),
      },
    },
    async (request) => {
      const { name, number, id } = request.params
      return forge.editComment(name, number, id, present(request.body), forgeActorIn(context, request))
    },
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number/reviews',
    {
      config: { policy: aboutRepository('pullrequests:get') },
      schema: { tags, summary: 'Reviews, oldest first, also those that count no longer', params: byNumber },
    },
    async (request) => ({ items: await forge.reviews(request.params.name, request.params.number) }),
  )

  http.post(
    '/api/v1/repositories/:name/pulls/:number/reviews',
    {
      config: { policy: aboutRepository('pullrequests:review', 'pullrequest.review') },
      schema: {
        tags,
        summary: 'Approve, request changes or comment, for the head that was seen',
        params: byNumber,
        body: z.object({
          state: z.enum(['approved', 'changesRequested', 'commented']),
          body: text.default(''),
          head: commitHash,
          base: z.string().min(1).max(255).optional(),
          comments: z.array(newComment).max(200).optional(),
        }),
      },
    },
    async (request) => {
      const { name, number } = request.params
      const { comments, ...review } = request.body
      request.auditDetail = { state: review.state, head: review.head }
      const lines = comments?.map((comment) => present(comment) as NewComment)
      return forge.review(name, number, { ...present(review), ...(lines && { comments: lines }) }, forgeActorIn(context, request))
    },
  )

  http.post(
    '/api/v1/repositories/:name/pulls/:number/reviews/:id/dismiss',
    {
      config: { policy: aboutRepository('pullrequests:review', 'pullrequest.dismiss-review') },
      schema: { tags, summary: 'Dismiss a review, and say why', params: byId, body: z.object({ why: z.string().max(4096) }) },
    },
    async (request) => {
      const { name, number, id } = request.params
      request.auditDetail = { review: id, why: request.body.why }
      return forge.dismissReview(name, number, id, request.body.why, forgeActorIn(context, request))
    },
  )

  http.get(
    '/api/v1/repositories/:name/commits/:commit/checks',
    {
      config: { policy: aboutRepository('checks:get') },
      schema: { tags, summary: 'What is said about a commit', params: byCommit },
    },
    async (request) => ({ items: await forge.checks(request.params.name, request.params.commit) }),
  )

  http.post(
    '/api/v1/repositories/:name/commits/:commit/checks',
    {
      config: { policy: aboutRepository('checks:update', 'check.set') },
      schema: {
        tags,
        summary: 'Say something about a commit; of the same name the last one counts',
        params: byCommit,
        body: z.object({
          name: z.string().min(1).max(255),
          status: z.enum(['queued', 'inProgress', 'completed']),
          conclusion: z.enum(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timedOut', 'actionRequired']).optional(),
          title: z.string().max(1000).default(''),
          summary: z.string().max(262_144).optional(),
          detailsUrl: z
            .string()
            .max(2000)
            .regex(/^(https?:\/\/|\/)/, 'is no address of a page')
            .optional(),
          startedAt: z.iso.datetime({ offset: true }).optional(),
          completedAt: z.iso.datetime({ offset: true }).optional(),
          annotations: z.array(annotation).max(1000).optional(),
        }),
      },
    },
    async (request) => {
      const { name, commit } = request.params
      const { annotations, ...check } = request.body
      request.auditDetail = { check: check.name, status: check.status, conclusion: check.conclusion }
      if (request.principal) checkSetter({ name: check.name, commit }, request.principal, await forge.checks(name, commit))
      const runId = request.principal?.run?.about?.runId
      const run = runId === undefined ? undefined : await context.parts.runs.get(runId).catch(() => undefined)
      const all = {
        ...present(check),
        commit,
        // A step speaks for the file that it stands in.
        ...(runId !== undefined && { source: sourceOf(run) }),
        ...(annotations && { annotations: annotations.map((one) => present(one) as CheckAnnotation) }),
      }
      await forge.setCheck(name, all as Check)
      return all
    },
  )

  http.get(
    '/api/v1/stream/pulls',
    {
      config: { policy: { ...ofEverything, stream: true } },
      schema: {
        tags: ['streams'],
        summary: 'Says which pull request of any repository to look at again, and why',
        querystring: z.object({ repository: z.string().min(1).max(256).optional() }),
      },
    },
    async (request, reply) => {
      const { repository } = request.query
      const actor = forgeActorIn(context, request)
      const only = repository === undefined ? undefined : calledHere(repository)
      follow(request, reply, (event) => (only ?? event.repository) === event.repository && actor.canRead(event.repository))
    },
  )

  http.get(
    '/api/v1/stream/repositories/:name/pulls',
    {
      config: { policy: { ...aboutRepository('pullrequests:get'), stream: true } },
      schema: { tags: ['streams'], summary: 'Says which pull request to look at again, and why', params: repositoryParams },
    },
    async (request, reply) => {
      await forge.list(request.params.name, { limit: 1 })
      const called = calledHere(request.params.name)
      follow(request, reply, ({ repository }) => repository === called)
    },
  )

  http.get(
    '/api/v1/stream/repositories/:name/pulls/:number',
    {
      config: { policy: { ...aboutRepository('pullrequests:get'), stream: true } },
      schema: { tags: ['streams'], summary: 'Says when to look at a pull request again, and why', params: byNumber },
    },
    async (request, reply) => {
      const { name, number } = request.params
      await forge.get(name, number)
      const called = calledHere(name)
      follow(request, reply, (event) => event.repository === called && event.number === number)
    },
  )

  /** Of a repository elsewhere any spelling of its address does; events have one. */
  function calledHere(name: string): string {
    return forge.connected(name) ?? name
  }

  function follow(request: FastifyRequest, reply: FastifyReply, isWanted: (event: ForgeEvent) => boolean): void {
    tellNews<ForgeEvent>(
      openStream(context, request, reply),
      (tell) => forge.subscribe((event) => isWanted(event) && tell(event)),
      ({ repository, number, kind }) => `${repository} ${number} ${kind}`,
    )
  }
}

/** Of a request whose query has not been read yet: one name, or none. */
function repositoryAsked(request: FastifyRequest): string | undefined {
  const { repository } = request.query as { repository?: unknown }
  return typeof repository === 'string' ? repository : undefined
}

/** Fields that were given: a field that is there and undefined is none. */
function present<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function sourceOf(run: WorkflowRun | undefined): CheckSource {
  if (!run) return { workflow: '(unknown)', trust: 'outside' }
  return { workflow: run.workflow.path, event: run.event, trust: run.trust }
}
