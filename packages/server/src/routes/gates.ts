import { type GateReport, PlimsollError } from '@plimsoll/api'
import { rulesFor } from '@plimsoll/forge'
import { type EvaluationDocument, reportMarkdown } from '@plimsoll/models'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Permission } from '../auth/principal.ts'
import { nameOf } from '../auth/principal.ts'
import { createUploadAllowance } from '../upload-allowance.ts'
import type { RoutePolicy } from '../http/route-policy.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['gates']
const megabyte = 1024 * 1024
/** A million rows have 20 MB; parsing more would hold up everybody else for too long. */
const longestEvaluation = 64 * megabyte
/** Several models, of the size that one may have. */
const mostOfAJob = 16 * 1024 * megabyte
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits')
const repository = z.string().max(200).optional()
const rows = 1_000_000

/** Rows of a column are looked at in one loop: a schema for each of a million values would hold up everybody else for seconds. */
function column(what: string, isValue: (value: unknown) => boolean, most = rows): z.ZodType<unknown> {
  return z.unknown().refine((values) => Array.isArray(values) && values.length <= most && values.every(isValue), {
    error: `is no list of at most ${most} ${what}`,
  })
}
const isShortText = (most: number) => (value: unknown) => typeof value === 'string' && value.length <= most
const isText = isShortText(10_000)
const isLabel = (value: unknown): boolean => value === null || typeof value === 'number' || typeof value === 'boolean' || isText(value)
/** What JSON cannot hold comes as text, or as null: the gate says what it thinks of it. */
const isShortScore = isShortText(20)
const isScore = (value: unknown): boolean => value === null || typeof value === 'number' || isShortScore(value)
const isScores = (value: unknown): boolean => Array.isArray(value) && value.length <= 1000 && value.every(isScore)

const label = z.union([z.string().max(10_000), z.number(), z.boolean()])
const labels = column('labels', isLabel)
const scores = column('numbers', isScore)

const Evaluation = z.object({
  modelDigest: digest,
  dataDigest: z.string().max(200).optional(),
  metrics: z.record(z.string().max(500), z.object({ value: z.unknown(), n: z.unknown().optional() })),
  predictions: z
    .object({
      rowIds: column('ids', isShortText(1000)),
      labels,
      positive: label.optional(),
      scores: scores.optional(),
      classes: labels.optional(),
      probabilities: column('lists of numbers', isScores).optional(),
      classNames: z.array(label).max(1000).optional(),
      values: scores.optional(),
      columns: z.record(z.string().max(500), labels).optional(),
    })
    .optional(),
  trainedOn: column('ids', isShortText(1000), 10 * rows).optional(),
})

const Model = z.object({
  digest,
  name: z.string().max(500).optional(),
  size: z.number().optional(),
  trainedBy: z.string().max(500).optional(),
  trainedAt: z.string().max(100).optional(),
  commit: z.string().max(100).optional(),
  trainingDataDigest: z.string().max(200).optional(),
  origin: z.string().max(2000).optional(),
  parameters: z.record(z.string().max(500), z.string().max(5000)).optional(),
})

const GateRun = z.object({
  /** The text of the ModelGate. For a pull request the target branch's counts, where it has one at `gatePath`. */
  gateText: z.string().max(megabyte),
  gatePath: z.string().max(1024).optional(),
  candidate: z.object({ model: Model, evaluation: Evaluation }),
  incumbent: Evaluation.optional(),
  repository,
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  pullRequest: z.number().int().positive().optional(),
  runId: z.string().max(200).optional(),
  reproduce: z.string().max(5000),
  warnings: z.array(z.string().max(2000)).max(100).optional(),
  changed: z.unknown().optional(),
})

/** Models, what gates say of them, and the reports. A run of a workflow uses these with its own token, for its own repository. */
export function gateRoutes(http: Http, context: RouteContext): void {
  const { models, gates, forge } = context.parts
  const allow = createUploadAllowance(mostOfAJob)
  const repositoryOf = (request: FastifyRequest): string | undefined => {
    const { repository: named } = (request.query ?? {}) as { repository?: unknown }
    return typeof named === 'string' ? named : undefined
  }
  const may = (permission: Permission): { policy: RoutePolicy } => ({ policy: { who: 'user', permission, repository: repositoryOf } })
  const mayChange = (permission: Permission, action: string, object: (request: FastifyRequest) => string): { policy: RoutePolicy } => ({
    policy: { who: 'user', permission, repository: repositoryOf, audit: { action, object } },
  })
  const by = (request: FastifyRequest): string => (request.principal ? nameOf(request.principal) : 'anonymous')

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null))
    scope.post(
      '/api/v1/models/files',
      {
        config: mayChange('gates:create', 'model.upload', () => 'models'),
        schema: {
          tags,
          summary: 'The content of one file of a model, as application/octet-stream',
          querystring: z.looseObject({ repository }),
        },
      },
      async ({ principal, raw }) => models.putFile(principal?.run === undefined ? raw : allow(principal.tokenId, raw)),
    )
  })

  http.post(
    '/api/v1/models/artifacts',
    {
      bodyLimit: 8 * megabyte,
      config: mayChange('gates:create', 'model.create', () => 'models'),
      schema: {
        tags,
        summary: 'A model of files that were uploaded: its digest is its name',
        querystring: z.looseObject({ repository }),
        body: z.object({
          kind: z.enum(['file', 'folder']),
          files: z.array(z.object({ path: z.string().max(1024), size: z.number(), digest })).max(10_000),
        }),
      },
    },
    async (request) => models.putArtifact(request.body.files, request.body.kind, by(request)),
  )

  http.get(
    '/api/v1/models/artifacts/:digest',
    {
      config: may('models:get'),
      schema: { tags, summary: 'A model, by digest', params: z.object({ digest }), querystring: z.looseObject({ repository }) },
    },
    async (request) => {
      const artifact = await models.artifact(request.params.digest)
      if (!artifact) throw new PlimsollError('not-found', `There is no model ${request.params.digest}.`)
      return artifact
    },
  )

  http.get(
    '/api/v1/models/artifacts/:digest/file',
    {
      config: may('models:get'),
      schema: {
        tags,
        summary: 'The content of one file of a model; of a model that is one file without a path',
        params: z.object({ digest }),
        querystring: z.looseObject({ repository, path: z.string().max(1024).optional() }),
      },
    },
    async (request, reply) => sendFile(reply, request.params.digest, request.query.path),
  )

  http.get(
    '/api/v1/repositories/:name/models/:digest/file',
    {
      config: { policy: { who: 'user', permission: 'models:get', repository: (request) => (request.params as { name?: string }).name } },
      schema: {
        tags,
        summary: 'The content of one file of a model, for pods that serve models of a repository',
        params: z.object({ name: z.string().max(200), digest }),
        querystring: z.looseObject({ path: z.string().max(1024).optional() }),
      },
    },
    async (request, reply) => sendFile(reply, request.params.digest, request.query.path),
  )

  http.get(
    '/api/v1/gates/baseline',
    {
      config: may('gates:get'),
      schema: {
        tags,
        summary: 'The model that an Application serves now, and what it showed on the given data',
        querystring: z.looseObject({ repository, application: z.string().max(253), dataDigest: z.string().max(200).optional() }),
      },
    },
    async (request) => models.incumbent(request.query.application, request.query.dataDigest),
  )

  http.post(
    '/api/v1/gates/runs',
    {
      bodyLimit: longestEvaluation,
      config: mayChange('gates:create', 'gate.run', (request) => `gates/${repositoryOf(request) ?? ''}`.slice(0, 600)),
      schema: {
        tags,
        summary: 'Judges a candidate against the model that serves, keeps the report, and tells the pull request',
        querystring: z.looseObject({ repository }),
        body: GateRun,
      },
    },
    async (request) => {
      const { body } = request
      if (body.repository !== repositoryOf(request))
        throw new PlimsollError('invalid-request', 'The repository in the query and the one in the body are not the same.')
      // A job speaks of what it is about, and of nothing else.
      const { commit, pullRequest, runId } = request.principal?.run?.about ?? (request.principal?.run ? {} : body)
      const judged = await gates.specification({ ...body, pullRequest, commit })
      return gates.run({
        gate: judged.gate,
        gateText: judged.text,
        candidate: { model: body.candidate.model, evaluation: body.candidate.evaluation as EvaluationDocument },
        ...(body.incumbent && { incumbent: body.incumbent as EvaluationDocument }),
        ...(body.repository !== undefined && { repository: body.repository }),
        ...(commit !== undefined && { commit }),
        ...(pullRequest !== undefined && { pullRequest }),
        ...(runId !== undefined && { runId }),
        by: by(request),
        reproduce: body.reproduce,
        warnings: [...judged.warnings, ...(body.warnings ?? [])],
      })
    },
  )

  http.get(
    '/api/v1/gates/reports',
    {
      config: may('gates:get'),
      schema: {
        tags,
        summary: 'What gates said, newest first',
        querystring: z.looseObject({
          repository,
          commit: z.string().max(100).optional(),
          pullRequest: z.coerce.number().int().optional(),
          model: z.string().max(100).optional(),
          gate: z.string().max(253).optional(),
          limit: z.coerce.number().int().min(1).max(200).optional(),
          before: z.string().max(100).optional(),
        }),
      },
    },
    async ({ query }) => ({
      items: await models.reports({
        ...(query.repository !== undefined && { repository: query.repository }),
        ...(query.commit !== undefined && { commit: query.commit }),
        ...(query.pullRequest !== undefined && { pullRequest: query.pullRequest }),
        ...(query.model !== undefined && { modelDigest: query.model }),
        ...(query.gate !== undefined && { gate: query.gate }),
        ...(query.limit !== undefined && { limit: query.limit }),
        ...(query.before !== undefined && { before: query.before }),
      }),
    }),
  )

  http.get(
    '/api/v1/gates/reports/:id',
    {
      config: may('gates:get'),
      schema: {
        tags,
        summary: 'One report; as Markdown with format=markdown',
        params: z.object({ id: z.string().max(100) }),
        querystring: z.looseObject({ repository, format: z.enum(['json', 'markdown']).optional() }),
      },
    },
    async (request, reply) => {
      const report = await find(request.params.id, request.principal?.run?.repository)
      return request.query.format === 'markdown' ? reply.type('text/markdown; charset=utf-8').send(reportMarkdown(report)) : report
    },
  )

  http.post(
    '/api/v1/gates/reports/:id/override',
    {
      config: mayChange('pullrequests:merge', 'gate.override', (request) =>
        `gates/reports/${(request.params as { id: string }).id}`.slice(0, 600),
      ),
      schema: {
        tags,
        summary: 'Lets a model through that the gate did not, or stops one that it did; the reason stays on record',
        params: z.object({ id: z.string().max(100) }),
        body: z.object({ verdict: z.enum(['pass', 'fail']), why: z.string().trim().min(3).max(2000) }),
      },
    },
    async (request) => {
      const report = await find(request.params.id)
      const { verdict, why } = request.body
      if (verdict === 'pass') await requireStranger(report, request)
      request.auditDetail = { verdict, why }
      return gates.override(request.params.id, { verdict, why, by: by(request), at: new Date().toISOString() })
    },
  )

  /** Whoever proposes a model does not let it through, as nobody approves their own work; to stop it is anybody's. */
  async function requireStranger({ repository, pullRequest, commit }: GateReport, { principal }: FastifyRequest): Promise<void> {
    if (repository === undefined || principal === undefined) return
    const pulls =
      pullRequest === undefined
        ? (await forge.list(repository, { state: 'open', limit: 200 })).filter(({ head }) => head.commit === commit)
        : [await forge.get(repository, pullRequest)]
    const email = principal.email?.toLowerCase()
    for (const { number, author, base } of pulls) {
      const rules = rulesFor(await forge.protections(repository), base.branch)
      if (rules?.allowSelfApproval === true) continue
      const isTheirs =
        author === principal.username ||
        (email !== undefined && (await forge.commits(repository, number)).some((one) => one.email.toLowerCase() === email))
      if (!isTheirs) continue
      throw new PlimsollError(
        'permission-denied',
        `${principal.username} has a part in pull request ${number} of '${repository}': nobody lets their own model through.`,
        { remedy: 'Ask somebody else to override it.' },
      )
    }
  }

  async function sendFile(reply: FastifyReply, model: string, path = ''): Promise<FastifyReply> {
    const file = await models.readFile(model, path)
    if (!file) throw new PlimsollError('not-found', `Model ${model} has no file '${path}'.`)
    return reply
      .type('application/octet-stream')
      .header('content-length', file.size)
      .header('content-disposition', 'attachment')
      .send(file.stream)
  }

  /** A run reads reports of its own repository: of others it is told what it is told of those that are not there. */
  async function find(id: string, repository?: string): Promise<GateReport> {
    const report = await models.report(id)
    if (!report || (repository !== undefined && report.repository !== repository))
      throw new PlimsollError('not-found', `There is no gate report '${id}'.`)
    return report
  }
}
