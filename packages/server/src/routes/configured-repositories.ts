import { PlimsollError } from '@plimsoll/api'
import { isRepositoryName } from '@plimsoll/git'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { RepositorySecret } from '../credentials/index.ts'
import { objectOfRepository } from '../http/object-access.ts'
import { aboutRepository, keptFor, requireRepository } from './repository-policy.ts'
import { auditAddress, fieldsIn, repositoryFields, withoutSecrets } from './repository-fields.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['repositories']
const byAddress = z.object({ name: z.string().min(1).max(1000) })
const ofProject = z.looseObject({ appProject: z.string().max(253).optional() })
const mostApps = 1000
/** By which a folder is known to be a source of its own (argo-cd `util/app/discovery`). */
const markers = new Map([
  ['Chart.yaml', 'Helm'],
  ['kustomization.yaml', 'Kustomize'],
  ['kustomization.yml', 'Kustomize'],
  ['Kustomization', 'Kustomize'],
])

/** Repositories elsewhere that are kept as Argo CD keeps them, each in a Secret: Argo CD's routes, by address. Those that live here go by name. */
export function configuredRepositoryRoutes(http: Http, context: RouteContext): void {
  const { repositories } = context.parts
  const { store } = context.parts.credentials

  http.put(
    '/api/v1/repositories/:name',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repository.update', 'repositories', 'repo'),
        },
      },
      schema: {
        tags,
        summary: 'Replace what is kept of a repository elsewhere, once it has answered',
        params: byAddress,
        body: z.object({ ...repositoryFields, name: z.string().max(256).optional() }),
      },
    },
    async (request) => {
      const { fields } = requireKept(request, 'update', request.body.project ?? '')
      // What kind of a thing it is, and how it is called, stays where nothing else is said.
      const sent = { ...request.body, type: request.body.type || fields.type, name: request.body.name ?? fields.name }
      return store.show(await store.save(fieldsIn(fields.url, sent), { upsert: true }))
    },
  )

  http.delete(
    '/api/v1/repositories/:name',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repository.delete', 'repositories', 'repo'),
        },
      },
      schema: { tags, summary: 'Forget a repository elsewhere, and what lets us into it', params: byAddress, querystring: ofProject },
    },
    async (request) => {
      await store.remove(requireKept(request, 'delete', request.query.appProject))
      return {}
    },
  )

  http.post(
    '/api/v1/repositories/:name/validate',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:administer',
          object: 'each',
          audit: auditAddress('repository.validate', 'repositories', 'repo'),
        },
      },
      schema: {
        tags,
        summary: 'Try whether a repository answers with what is sent, and keep nothing',
        description: "Fields come in the body, or in the query as Argo CD's clients send them.",
        params: byAddress,
        querystring: z.looseObject({}),
        body: z.union([z.string().max(1000), z.object({ ...repositoryFields, name: z.string().max(256).optional() })]).optional(),
      },
    },
    async (request) => {
      const { name } = request.params
      const fields = fieldsIn(name, typeof request.body === 'object' ? request.body : fieldsInQuery(request.query))
      requireChange(request, 'create', fields)
      if (isRepositoryName(name) && (await repositories.hosted.has(name))) return {}
      await store.validate(fields)
      return {}
    },
  )

  http.get(
    '/api/v1/repositories/:name/refs',
    {
      config: { policy: { ...aboutRepository('repositories:get'), object: 'each' } },
      schema: { tags, summary: 'Branches and tags, by name', params: byAddress, querystring: ofProject },
    },
    async (request) => {
      const { url, project } = await readable(request)
      return repositories.forProject(project).refNames(url)
    },
  )

  http.get(
    '/api/v1/repositories/:name/apps',
    {
      config: { policy: { ...aboutRepository('repositories:get'), object: 'each' } },
      schema: {
        tags,
        summary: 'Folders with a chart or a kustomization',
        params: byAddress,
        querystring: ofProject.extend({ revision: z.string().max(255).optional() }),
      },
    },
    async (request) => {
      const { url, project } = await readable(request)
      const readers = repositories.forProject(project)
      const { commit } = await readers.resolve(url, request.query.revision ?? 'HEAD')
      const { entries } = await readers.tree(url, commit)
      const items = entries.flatMap(({ path }) => {
        const at = path.lastIndexOf('/')
        const type = markers.get(path.slice(at + 1))
        return type === undefined ? [] : [{ type, path: at < 0 ? '.' : path.slice(0, at) }]
      })
      return { items: items.slice(0, mostApps) }
    },
  )

  function requireChange(request: FastifyRequest, action: 'create' | 'update' | 'delete', fields: { url: string; project?: string }): void {
    context.access.require(request, `repositories:${action}`, objectOfRepository(fields))
    context.access.require(request, 'repositories:administer', objectOfRepository(fields))
  }

  function requireKept(request: FastifyRequest, action: 'update' | 'delete', project: string | undefined): RepositorySecret {
    const { name } = request.params as { name: string }
    const found = store.find(name, project)
    requireChange(request, action, found?.fields ?? { url: name, project: project ?? '' })
    if (!found) throw notKept(name)
    return found
  }

  /** What nobody has kept is not fetched for whoever may only look. */
  async function readable(request: FastifyRequest): Promise<{ url: string; project: string }> {
    const { name } = request.params as { name: string }
    if (isRepositoryName(name) && (await repositories.hosted.has(name))) {
      requireRepository(context, request, 'repositories:get')
      return { url: repositories.hosted.urlOf(name), project: '' }
    }
    const kept = keptFor(context, request, 'repositories:get')
    if (!kept) throw notKept(name)
    return { url: kept.fields.url, project: kept.fields.project }
  }
}

function notKept(address: string): PlimsollError {
  return new PlimsollError('not-found', `Repository '${withoutSecrets(address).slice(0, 200)}' is not kept here.`, {
    remedy: 'List those that are with `plimsoll repo list`.',
  })
}

function fieldsInQuery(query: Record<string, unknown>) {
  const texts = Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const { enableOci, insecureOciForceHttp, ...rest } = Object.fromEntries(texts)
  const parsed = z.object({ ...repositoryFields, name: z.string().max(256).optional() }).safeParse(
    Object.fromEntries(
      Object.entries({
        ...rest,
        ...(enableOci !== undefined && { enableOCI: enableOci }),
        ...(insecureOciForceHttp !== undefined && { insecureOCIForceHttp: insecureOciForceHttp }),
      }).map(([name, value]) => [
        name,
        /^(true|false)$/.test(value) && !/^(username|password|bearerToken)$/.test(name) ? value === 'true' : value,
      ]),
    ),
  )
  if (parsed.success) return parsed.data
  throw new PlimsollError('invalid-request', `${parsed.error.issues[0]?.path.join('.') ?? 'A field'} is not what it should be.`)
}
