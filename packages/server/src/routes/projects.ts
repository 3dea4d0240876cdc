import { randomUUID } from 'node:crypto'
import { AppProject, PlimsollError, syncWindowAt, syncWindowProblem } from '@plimsoll/api'
import { globalProjectsOf, scopedToProject } from '@plimsoll/applications'
import type { KubeObject } from '@plimsoll/kube'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { projectSubject } from '../auth/rbac/project-policy.ts'
import type { AuditRule, UserPolicy } from '../http/route-policy.ts'
import { requireValidProject } from '../project-validation.ts'
import { createProjectWrites, noSuchProject } from '../project-writes.ts'
import { bodyInteger } from './query.ts'
import { judgeProjectChange } from './project-changes.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['projects']
const byProject = z.object({ project: z.string().min(1).max(253) })
const byRole = byProject.extend({ role: z.string().min(1).max(253) })
const day = 24 * 60 * 60
const defaultTokenSeconds = 90 * day
const longestTokenSeconds = 366 * day

/** Projects: paths and answers as Argo CD's `server/project/project.proto` has them. */
export function projectRoutes(http: Http, context: RouteContext): void {
  const { home, namespace, applications } = context.parts
  const writes = createProjectWrites(context.parts)
  const see: { policy: UserPolicy } = { policy: { who: 'user', permission: 'projects:get' } }
  const change = (action: string, more: Partial<UserPolicy> = {}): { policy: UserPolicy } => ({
    policy: { who: 'user', permission: 'projects:update', audit: aboutProject(action), ...more },
  })

  function object(name: string): KubeObject {
    const found = home.cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name })
    if (!found) throw noSuchProject(name)
    return found
  }

  http.get(
    '/api/v1/projects',
    {
      config: { policy: { ...see.policy, object: 'each' } },
      schema: { tags, summary: 'Projects', querystring: z.looseObject({ name: z.string().optional() }) },
    },
    async (request) => {
      const { name } = request.query
      const items = home.cache
        .ofKind({ group: 'argoproj.io', kind: 'AppProject' }, namespace)
        .filter(({ metadata }) => (!name || metadata.name === name) && context.access.permits(request, 'projects:get', metadata.name))
      return { metadata: {}, items: items.map(shown).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) }
    },
  )

  http.get('/api/v1/projects/:project', { config: see, schema: { tags, summary: 'One project', params: byProject } }, async (request) =>
    shown(object(request.params.project)),
  )

  http.get(
    '/api/v1/projects/:project/detailed',
    { config: see, schema: { tags, summary: 'A project, what its global projects add, and what is scoped to it', params: byProject } },
    async (request) => {
      const found = object(request.params.project)
      const { repositories, clusters } = scopedToProject(home.cache, namespace, request.params.project)
      return {
        project: shown(found),
        globalProjects: globals(found).map(shown),
        repositories: repositories.map((repo) => ({ repo, project: request.params.project })),
        clusters: clusters.map((one) => ({ ...one, project: request.params.project })),
      }
    },
  )

  http.get(
    '/api/v1/projects/:project/globalprojects',
    { config: see, schema: { tags, summary: 'Projects whose rules hold for this one as well', params: byProject } },
    async (request) => ({ items: globals(object(request.params.project)).map(shown) }),
  )

  function globals(found: KubeObject): KubeObject[] {
    const global = globalProjectsOf(home.cache, namespace, found)
    if ('problem' in global)
      throw new PlimsollError('invalid-request', global.problem, { remedy: 'Correct globalProjects in ConfigMap argocd-cm.' })
    return global.objects
  }

  http.get(
    '/api/v1/projects/:project/events',
    { config: see, schema: { tags, summary: 'Events about a project', params: byProject } },
    async (request) => {
      const { name, uid } = object(request.params.project).metadata
      const type = await home.client.typeOf('v1', 'Event')
      if (!type) return { metadata: {}, items: [] }
      const selector = [
        `involvedObject.name=${name}`,
        'involvedObject.kind=AppProject',
        ...(uid ? [`involvedObject.uid=${uid}`] : []),
      ].join(',')
      return { metadata: {}, items: (await home.client.list(type, { namespace, fieldSelector: selector, limit: 500 })).items }
    },
  )

  http.get(
    '/api/v1/projects/:project/syncwindows',
    { config: see, schema: { tags, summary: 'Sync windows of a project that are open now', params: byProject } },
    async (request) => {
      const read = AppProject.safeParse(object(request.params.project))
      const isOpen = (window: Parameters<typeof syncWindowAt>[0]): boolean =>
        syncWindowProblem(window) === undefined && syncWindowAt(window, Date.now()).isOpen
      return { windows: (read.data?.spec.syncWindows ?? []).filter(isOpen) }
    },
  )

  http.post(
    '/api/v1/projects',
    {
      config: change('project.create', { permission: 'projects:create', object: 'each' }),
      schema: { tags, summary: 'Create a project', body: z.looseObject({ project: AppProject, upsert: z.boolean().nullish() }) },
    },
    async (request) => {
      const { project, upsert } = request.body
      const { name } = project.metadata
      context.access.require(request, 'projects:create', name)
      requireValidProject(project)
      try {
        judgeProjectChange(context, request, undefined, project)
        return shown(await writes.create(project))
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== 'already-exists' || !upsert) throw error
        context.access.require(request, 'projects:update', name)
        return shown(await writes.update(project, (before) => judgeProjectChange(context, request, before, project)))
      }
    },
  )

  http.put(
    '/api/v1/projects/:project',
    {
      config: change('project.update'),
      schema: { tags, summary: 'Replace the spec of a project', params: byProject, body: z.looseObject({ project: AppProject }) },
    },
    async (request) => {
      const { project } = request.body
      if (project.metadata.name !== request.params.project)
        throw new PlimsollError(
          'invalid-request',
          `metadata.name: is '${project.metadata.name}', but the path names '${request.params.project}'.`,
        )
      requireValidProject(project)
      return shown(await writes.update(project, (before) => judgeProjectChange(context, request, before, project)))
    },
  )

  http.delete(
    '/api/v1/projects/:project',
    {
      config: change('project.delete', { permission: 'projects:delete' }),
      schema: { tags, summary: 'Delete a project that no application is of', params: byProject },
    },
    async (request) => {
      const { project } = request.params
      if (project === 'default') throw new PlimsollError('invalid-request', "name 'default' is reserved and cannot be deleted")
      object(project)
      const count = applications.list({ projects: [project] }).length
      if (count > 0) {
        throw new PlimsollError('invalid-request', `project is referenced by ${count} applications`, {
          remedy: `Move them to another project first: \`plimsoll app list --project ${project}\`.`,
        })
      }
      await writes.delete(project)
      return {}
    },
  )

  http.post(
    '/api/v1/projects/:project/roles/:role/token',
    {
      config: change('project.create-token'),
      schema: {
        tags,
        summary: 'Make a token of a role; it is shown this once',
        params: byRole,
        body: z
          .looseObject({
            /** Seconds. Argo CD's clients send 0 for one that never expires, of which we have none. */
            expiresIn: bodyInteger.pipe(z.number().int().min(0).max(longestTokenSeconds)).nullish(),
            id: z
              .string()
              .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'has letters, digits, dots, dashes and underscores')
              .or(z.literal(''))
              .nullish(),
          })
          .nullish(),
      },
    },
    async (request, reply) => {
      const { project, role } = request.params
      const { expiresIn, id } = request.body ?? {}
      const ttlMs = (expiresIn || defaultTokenSeconds) * 1000
      const { token, facts } = context.tokens.issueProject({ project, role, id: id || randomUUID(), ttlMs })
      // It is worth something only once the project lists it.
      await writes.addToken(project, role, { iat: facts.issuedAt / 1000, exp: facts.expiresAt / 1000, id: facts.id })
      request.auditDetail = { subject: projectSubject(project, role), id: facts.id, expiresAt: new Date(facts.expiresAt).toISOString() }
      reply.header('cache-control', 'no-store')
      return { token }
    },
  )

  http.delete(
    '/api/v1/projects/:project/roles/:role/token/:iat',
    {
      config: change('project.delete-token'),
      schema: {
        tags,
        summary: 'Delete a token of a role, by the time of its issue or, with `id`, by its id; it ends at once',
        params: byRole.extend({ iat: z.string().max(63) }),
        querystring: z.looseObject({ id: z.string().max(63).optional() }),
      },
    },
    async (request) => {
      const { project, role, iat } = request.params
      const { id } = request.query
      if (!id && !/^\d{1,15}$/.test(iat))
        throw new PlimsollError('invalid-request', `iat: is '${iat}', and is a number of seconds since 1970.`)
      request.auditDetail = { subject: projectSubject(project, role), ...(id ? { id } : { iat }) }
      await writes.deleteToken(project, role, id ? { id } : { iat: Number(iat) })
      return {}
    },
  )
}

function aboutProject(action: string): AuditRule {
  return {
    action,
    object({ params, body }: FastifyRequest) {
      const { project } = (params ?? {}) as { project?: string }
      const sent = (body as { project?: { metadata?: { name?: unknown } } } | null | undefined)?.project?.metadata?.name
      return `projects/${project ?? (typeof sent === 'string' ? sent : '')}`.slice(0, 600)
    },
  }
}

/** Who wrote which field is nobody's business here. */
function shown(object: KubeObject | AppProject): AppProject {
  const { managedFields: _fields, ...metadata } = object.metadata as KubeObject['metadata']
  return { status: {}, ...object, metadata } as unknown as AppProject
}
