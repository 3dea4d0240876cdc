import { PlimsollError, type RunNotice, type WorkflowRun } from '@plimsoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { newDispatchId } from '../ci-runs.ts'
import type { UserPolicy } from '../http/route-policy.ts'
import type { Permission } from '../auth/permissions.ts'
import { queryInteger } from './query.ts'
import { tellNews } from './news-stream.ts'
import { aboutRepository } from './repository-policy.ts'
import { repositoryParams } from './repositories.ts'
import { type Http, openStream, type RouteContext } from './route-context.ts'

const tags = ['runs']
const byRun = z.object({ id: z.string().regex(/^\d{1,20}$/, 'is no id of a run') })
const byJob = z.object({ id: z.string().regex(/^\d{1,20}-\d{1,6}-\d{1,6}$/, 'is no id of a job') })
const logEveryMs = 100
const linesAtOnce = 1000

/** Runs of workflows: what they are, their logs as they are written, and what people decide about them. */
export function runRoutes(http: Http, context: RouteContext): void {
  const { runs, ciEvents, repositories } = context.parts
  const see: { policy: UserPolicy } = { policy: { who: 'user', permission: 'runs:get', object: 'each', whileNotReady: true } }
  const follow: { policy: UserPolicy } = { policy: { ...see.policy, stream: true } }
  const change = (permission: Permission, action: string): { policy: UserPolicy } => ({
    policy: {
      who: 'user',
      permission,
      object: 'each',
      whileNotReady: true,
      audit: { action, object: (request) => `runs/${(request.params as { id?: string }).id ?? ''}`.slice(0, 600) },
    },
  })

  /** Policies speak of runs by their repository. What somebody may not see is not there. */
  async function aboutRun(request: FastifyRequest): Promise<void> {
    const [id = ''] = (request.params as { id: string }).id.split('-')
    const { policy } = request.routeOptions.config
    const { repository } = await runs.get(id)
    if (!context.access.permits(request, 'runs:get', repository)) throw new PlimsollError('not-found', `There is no run ${id}.`)
    if (policy?.who === 'user') context.access.require(request, policy.permission, repository)
  }

  http.get(
    '/api/v1/runs',
    {
      config: see,
      schema: {
        tags,
        summary: 'List runs, newest first',
        querystring: z.object({
          repository: z.string().max(256).optional(),
          workflow: z.string().max(1024).optional(),
          pullRequest: queryInteger.optional(),
          commit: z.string().max(64).optional(),
          state: z.enum(['queued', 'waiting', 'inProgress', 'completed']).optional(),
          limit: queryInteger.optional(),
          before: z.string().max(20).optional(),
        }),
      },
    },
    async (request) => ({
      items: (await runs.list(present(request.query))).filter(({ repository }) => context.access.permits(request, 'runs:get', repository)),
    }),
  )

  http.get(
    '/api/v1/runs/:id',
    { preHandler: aboutRun, config: see, schema: { tags, summary: 'Get a run with its jobs and steps', params: byRun } },
    (request) => runs.get(request.params.id),
  )

  http.post(
    '/api/v1/runs/:id/cancel',
    { preHandler: aboutRun, config: change('runs:update', 'run.cancel'), schema: { tags, summary: 'Cancel a run', params: byRun } },
    (request) => runs.cancel(request.params.id, who(request)),
  )

  http.post(
    '/api/v1/runs/:id/rerun',
    {
      preHandler: aboutRun,
      config: change('runs:update', 'run.rerun'),
      schema: {
        tags,
        summary: 'Run it again, as another attempt: all jobs, or those that have failed and what needs them',
        params: byRun,
        body: z.object({ failedOnly: z.boolean().optional() }).optional(),
      },
    },
    (request) => runs.rerun(request.params.id, { failedOnly: request.body?.failedOnly ?? false }, who(request)),
  )

  http.post(
    '/api/v1/runs/:id/decide',
    {
      preHandler: aboutRun,
      config: change('runs:approve', 'run.decide'),
      schema: {
        tags,
        summary: "Let an outside pull request's run go on, or a job that waits for its environment; or not",
        params: byRun,
        body: z.object({ jobId: z.string().max(64).optional(), isApproved: z.boolean(), comment: z.string().max(4000).optional() }),
      },
    },
    async (request) => {
      const { jobId, isApproved, comment } = request.body
      request.auditDetail = { isApproved, ...(jobId !== undefined && { jobId }) }
      const decision = { isApproved, ...(jobId !== undefined && { jobId }), ...(comment !== undefined && { comment }) }
      return runs.decide(request.params.id, decision, request.principal?.username ?? '')
    },
  )

  http.get(
    '/api/v1/runs/:id/artifacts',
    { preHandler: aboutRun, config: see, schema: { tags, summary: 'List the files that a run has left', params: byRun } },
    async (request) => ({ items: await runs.artifacts(request.params.id) }),
  )

  http.get(
    '/api/v1/runs/:id/artifacts/:artifact',
    {
      preHandler: aboutRun,
      config: see,
      schema: { tags, summary: 'Download them as a zip', params: byRun.extend({ artifact: z.string().min(1).max(256) }) },
    },
    async (request, reply) => {
      const { id, artifact } = request.params
      const { stream, size } = await runs.artifact(id, artifact)
      download(reply, 'application/zip', `${artifact}.zip`)
      if (size !== undefined) reply.header('content-length', size)
      return reply.send(stream)
    },
  )

  http.get(
    '/api/v1/stream/runs',
    {
      config: follow,
      schema: {
        tags: ['streams'],
        summary: 'Says which run to look at again',
        querystring: z.object({
          repository: z.string().max(256).optional(),
          workflow: z.string().max(1024).optional(),
          pullRequest: queryInteger.optional(),
        }),
      },
    },
    (request, reply) => {
      const { repository, workflow, pullRequest } = request.query
      tellNews<RunNotice>(
        openStream(context, request, reply),
        (tell) =>
          runs.subscribe((run) => {
            if (!context.access.permits(request, 'runs:get', run.repository)) return
            if (repository !== undefined && run.repository !== repository) return
            if (workflow !== undefined && run.workflow.path !== workflow) return
            if (pullRequest !== undefined && run.pullRequest !== pullRequest) return
            tell({ id: run.id, repository: run.repository, state: run.state, ...(run.conclusion && { conclusion: run.conclusion }) })
          }),
        ({ id }) => id,
      )
    },
  )

  http.get(
    '/api/v1/runs/:id/stream',
    { preHandler: aboutRun, config: follow, schema: { tags, summary: 'Follow a run: it as it is, and after each change', params: byRun } },
    async (request, reply) => {
      const { id } = request.params
      const first = await runs.get(id)
      const stream = openStream(context, request, reply)
      let newest: WorkflowRun | undefined = first
      let wake = (): void => undefined
      stream.onClosed(
        runs.subscribe((run) => {
          if (run.id !== id) return
          newest = run
          wake()
        }),
      )
      stream.onClosed(() => wake())
      while (!stream.isClosed) {
        if (newest !== undefined) {
          const told = newest
          newest = undefined
          stream.send(JSON.stringify(told))
          if (told.state === 'completed') return stream.end()
          await stream.drained()
          continue
        }
        await new Promise<void>((resolve) => {
          wake = resolve
          if (newest !== undefined || stream.isClosed) resolve()
        })
      }
    },
  )

  http.get(
    '/api/v1/jobs/:id/log',
    {
      preHandler: aboutRun,
      config: see,
      schema: {
        tags,
        summary: 'Lines of a log after one of them',
        params: byJob,
        querystring: z.object({ after: queryInteger.optional(), limit: queryInteger.optional() }),
      },
    },
    (request) => runs.log(request.params.id, present(request.query)),
  )

  http.get(
    '/api/v1/jobs/:id/log/raw',
    { preHandler: aboutRun, config: see, schema: { tags, summary: 'Download a log as text', params: byJob } },
    async (request, reply) => {
      const stream = await runs.rawLog(request.params.id)
      download(reply, 'text/plain; charset=utf-8', `${request.params.id}.log`)
      return reply.send(stream)
    },
  )

  http.get(
    '/api/v1/jobs/:id/log/stream',
    {
      preHandler: aboutRun,
      config: follow,
      schema: {
        tags,
        summary: 'Follow a log: messages of up to a thousand lines',
        params: byJob,
        querystring: z.object({ after: queryInteger.optional() }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await runs.log(id, { limit: 1 })
      const stream = openStream(context, request, reply)
      let after = request.query.after ?? 0
      let hasNews = true
      let wake = (): void => undefined
      stream.onClosed(
        runs.subscribeLog(id, () => {
          hasNews = true
          wake()
        }),
      )
      stream.onClosed(() => wake())
      while (!stream.isClosed) {
        hasNews = false
        const { lines, isComplete } = await runs.log(id, { after, limit: linesAtOnce })
        if (lines.length > 0) {
          after = lines.at(-1)?.n ?? after
          stream.send(JSON.stringify(lines))
          await stream.drained()
        }
        if (isComplete) return stream.end()
        if (lines.length === linesAtOnce || hasNews) continue
        await new Promise<void>((resolve) => {
          wake = resolve
          if (hasNews || stream.isClosed) resolve()
        })
        // What is written in quick succession is sent together.
        await new Promise((resolve) => setTimeout(resolve, logEveryMs))
      }
    },
  )

  http.get(
    '/api/v1/repositories/:name/workflows',
    {
      config: { policy: aboutRepository('runs:get') },
      schema: {
        tags,
        summary: 'Workflows of a repository at a revision, with what is wrong with them, and how they can be started by hand',
        params: repositoryParams,
        querystring: z.object({ ref: z.string().max(255).optional() }),
      },
    },
    async (request) => {
      const url = await urlOf(request.params.name)
      const { commit } = await repositories.resolve(url, request.query.ref ?? 'HEAD')
      return { commit, items: await runs.workflows(request.params.name, commit) }
    },
  )

  http.post(
    '/api/v1/repositories/:name/workflows/dispatch',
    {
      config: { policy: aboutRepository('runs:create', 'run.dispatch') },
      schema: {
        tags,
        summary: 'Start a workflow by hand',
        params: repositoryParams,
        body: z.object({
          workflow: z.string().min(1).max(1024),
          ref: z.string().max(255).default('HEAD'),
          inputs: z.record(z.string().max(255), z.union([z.string().max(65_535), z.number(), z.boolean()])).default({}),
        }),
      },
    },
    async (request) => {
      const { name } = request.params
      const { workflow, ref, inputs } = request.body
      await urlOf(name)
      const started = await ciEvents.dispatch(name, { workflow, ref, inputs, by: who(request), id: newDispatchId() })
      if (started.length === 0)
        throw new PlimsollError('not-found', `'${name}' has no workflow '${workflow}' at '${ref}' that can be started by hand.`, {
          remedy: 'Check its path, and that it has `workflow_dispatch` under `on`.',
        })
      request.auditDetail = { workflow, ref, runs: started.map((run) => run.id) }
      return { items: started }
    },
  )

  async function urlOf(name: string): Promise<string> {
    if (!(await repositories.hosted.has(name))) throw new PlimsollError('not-found', `There is no repository '${name}'.`)
    return repositories.hosted.urlOf(name)
  }
}

/** The account that it counts as: rules about who may decide are about accounts. The audit says who stands behind it. */
function who(request: FastifyRequest): string {
  return request.principal?.username ?? ''
}

/** Never shown by a browser as a page of ours. */
function download(reply: FastifyReply, type: string, name: string): void {
  reply.type(type)
  reply.header(
    'content-disposition',
    `attachment; filename="${name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(wellFormed(name))}`,
  )
  reply.header('content-security-policy', "sandbox; default-src 'none'")
  reply.header('cache-control', 'no-store')
}

/** What was not given is left out. */
function present<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** A lone half of a surrogate pair is no text that a header can carry. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}
