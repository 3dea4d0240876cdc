import { PlimsollError } from '@plimsoll/api'
import { isRepositoryName } from '@plimsoll/git'
import { z } from 'zod'
import { objectOfRepository } from '../http/object-access.ts'
import { fieldsIn, repositoryFields, withoutSecrets } from './repository-fields.ts'
import type { RepositorySecret } from '../credentials/index.ts'
import { aboutRepository, forgeActorIn, keptFor, requireRepository } from './repository-policy.ts'
import { queryBoolean, queryInteger } from './query.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['repositories']
export const repositoryParams = z.object({ name: z.string().min(1).max(256) })
const revision = z.string().max(255).optional()
const path = z.string().max(4096).optional()
const mostEntries = 2000
const mostRefs = 1000
/** What a page can show of one file. */
const mostText = 1024 * 1024

const protection = z.object({
  pattern: z.string().max(255),
  requiredChecks: z.array(z.string().max(255)).max(100).default([]),
  requiredApprovals: z.number().int().min(0).max(20).default(0),
  codeOwners: z.boolean().default(false),
  allowSelfApproval: z.boolean().default(false),
  linearHistory: z.boolean().default(false),
  upToDate: z.boolean().default(false),
  mayPush: z.array(z.string().max(255)).max(100).default([]),
})

/** Repositories that live here: what is in them, and what their branches demand. Names with a slash come URL-encoded. */
export function repositoryRoutes(http: Http, context: RouteContext): void {
  const { repositories, forge } = context.parts
  const { hosted, history } = repositories
  const { store } = context.parts.credentials

  http.get(
    '/api/v1/repositories',
    {
      config: { policy: { who: 'user', permission: 'repositories:get', whileNotReady: true, object: 'each' } },
      schema: {
        tags,
        summary: 'List repositories: those that live here, by `name` and `url`, and those elsewhere that are kept, by `repo`',
        querystring: z.looseObject({ hosted: queryBoolean.optional(), forceRefresh: queryBoolean.optional() }),
      },
    },
    async (request) => {
      const items: object[] = []
      if (request.query.hosted !== false) {
        const seen = (await hosted.list()).filter(({ name }) => context.access.permits(request, 'repositories:get', name))
        for (const repository of seen.slice(0, mostRefs)) {
          const connectionState = { status: 'Successful', message: '' }
          const defaultBranch = await history.defaultBranch(repository.name)
          items.push({ ...repository, defaultBranch, repo: repository.url, type: 'git', connectionState })
        }
      }
      if (request.query.hosted !== true) {
        const isSeen = ({ fields }: RepositorySecret) => context.access.permits(request, 'repositories:get', objectOfRepository(fields))
        items.push(...(await store.list({ isFresh: request.query.forceRefresh ?? false, isSeen })))
      }
      return { metadata: {}, items }
    },
  )

  http.post(
    '/api/v1/repositories',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'repositories:create',
          object: 'each',
          whileNotReady: true,
          audit: {
            action: 'repository.create',
            object: (request) => `repositories/${nameIn(request.body)}`.slice(0, 600),
          },
        },
      },
      schema: {
        tags,
        summary: 'Make an empty repository here by `name`; or keep one elsewhere by `repo`, once it has answered',
        description: 'The second needs `repositories:administer`. With `upsert` what is kept is changed.',
        querystring: z.looseObject({ upsert: queryBoolean.optional() }),
        body: z.union([
          z.object({ ...repositoryFields, repo: z.string().min(1).max(1000), name: z.string().max(256).optional() }),
          z.object({ name: z.string().min(1).max(256) }),
        ]),
      },
    },
    async (request) => {
      const { body, query } = request
      if (!('repo' in body)) {
        context.access.require(request, 'repositories:create', body.name)
        return hosted.create(body.name)
      }
      const object = objectOfRepository({ url: body.repo, project: body.project ?? '' })
      context.access.require(request, 'repositories:create', object)
      // Whether what is sent lets us in somewhere is known only by looking at it.
      context.access.require(request, 'repositories:administer', object)
      const { fields } = await store.save(fieldsIn(body.repo, body), { upsert: query.upsert ?? false })
      return { repo: fields.url, type: fields.type, ...(fields.name !== '' && { name: fields.name }) }
    },
  )

  http.get(
    '/api/v1/repositories/:name',
    {
      config: { policy: { ...aboutRepository('repositories:get'), object: 'each' } },
      schema: {
        tags,
        summary: 'Branches and tags of a repository that lives here, by name; how one elsewhere fares, by address',
        params: z.object({ name: z.string().min(1).max(1000) }),
        querystring: z.looseObject({ appProject: z.string().max(253).optional(), forceRefresh: queryBoolean.optional() }),
      },
    },
    async (request) => {
      const { name } = request.params
      if (!isRepositoryName(name) || !(await hosted.has(name))) {
        const kept = keptFor(context, request, 'repositories:get')
        if (kept) return store.show(kept, { isFresh: request.query.forceRefresh ?? false })
      }
      requireRepository(context, request, 'repositories:get')
      const url = await addressOf(name)
      const refs = await history.refs(name)
      const protections = await forge.protections(name)
      const named = (prefix: string) =>
        [...refs]
          .filter(([ref]) => ref.startsWith(prefix))
          .slice(0, mostRefs)
          .map(([ref, commit]) => ({ name: ref.slice(prefix.length), commit }))
      return {
        name,
        url,
        defaultBranch: await history.defaultBranch(name),
        branches: named('refs/heads/'),
        tags: named('refs/tags/'),
        protections,
      }
    },
  )

  http.get(
    '/api/v1/repositories/:name/tree',
    {
      config: { policy: aboutRepository('repositories:get') },
      schema: {
        tags,
        summary: 'What a folder holds at a revision',
        params: repositoryParams,
        querystring: z.object({ revision, path }),
      },
    },
    async (request) => {
      const { name } = request.params
      const { revision: wanted = '', path: folder = '' } = request.query
      const url = await addressOf(name)
      const { commit } = await repositories.resolve(url, wanted)
      const { entries } = await repositories.tree(url, commit, folder)
      const found = new Map<string, { name: string; kind: string; size?: number }>()
      for (const entry of entries) {
        const [first = '', rest] = entry.path.split('/', 2)
        if (rest !== undefined) found.set(first, { name: first, kind: 'directory' })
        else found.set(first, { name: first, kind: entry.kind, size: entry.size })
      }
      const all = [...found.values()]
      return { commit, path: folder, entries: all.slice(0, mostEntries), isTruncated: all.length > mostEntries }
    },
  )

  http.get(
    '/api/v1/repositories/:name/file',
    {
      config: { policy: aboutRepository('repositories:get') },
      schema: {
        tags,
        summary: 'The text of a file at a revision; of one that is none, or too large, its size alone',
        params: repositoryParams,
        querystring: z.object({ revision, path: z.string().min(1).max(4096) }),
      },
    },
    async (request) => {
      const { name } = request.params
      const url = await addressOf(name)
      const { commit } = await repositories.resolve(url, request.query.revision ?? '')
      const entry = await repositories.entry(url, commit, request.query.path)
      if (entry === undefined || entry.kind === 'submodule') {
        throw new PlimsollError('path-not-found', `'${request.query.path.slice(0, 300)}' is no file of '${name}' at ${commit.slice(0, 7)}.`)
      }
      const { path: where, kind, size } = entry
      const facts = { commit, path: where, kind, size }
      if (size > mostText) return { ...facts, isTooLarge: true }
      const content = await repositories.blob(url, entry.hash, mostText)
      if (content.includes(0)) return { ...facts, isBinary: true }
      return { ...facts, text: content.toString('utf8') }
    },
  )

  http.get(
    '/api/v1/repositories/:name/commits',
    {
      config: { policy: aboutRepository('repositories:get') },
      schema: {
        tags,
        summary: 'Commits that lead to a revision, newest first',
        params: repositoryParams,
        querystring: z.object({ revision, path, limit: queryInteger.optional() }),
      },
    },
    async (request) => {
      const { name } = request.params
      const { commit } = await repositories.resolve(await addressOf(name), request.query.revision ?? '')
      const range = { to: commit, ...(request.query.path !== undefined && { path: request.query.path }) }
      return { items: await history.commits(name, range, Math.min(request.query.limit ?? 50, 500)) }
    },
  )

  http.get(
    '/api/v1/repositories/:name/compare',
    {
      config: { policy: aboutRepository('repositories:get') },
      schema: {
        tags,
        summary: 'What a pull request from one revision into another would show',
        params: repositoryParams,
        querystring: z.object({ base: z.string().min(1).max(255), head: z.string().min(1).max(255) }),
      },
    },
    async (request) => {
      const { name } = request.params
      const url = await addressOf(name)
      const { commit: base } = await repositories.resolve(url, request.query.base)
      const { commit: head } = await repositories.resolve(url, request.query.head)
      const mergeBase = await history.mergeBase(name, base, head)
      const [distance, trial, commits, difference] = await Promise.all([
        history.distance(name, base, head),
        history.tryMerge(name, base, head),
        history.commits(name, { from: base, to: head }, 250),
        history.difference(name, mergeBase ?? base, head),
      ])
      const conflicts = 'conflicts' in trial ? trial.conflicts : undefined
      return { base, head, mergeBase, ...distance, ...(conflicts && { conflicts }), commits: commits.toReversed(), ...difference }
    },
  )

  http.get(
    '/api/v1/repositories/:name/protections',
    {
      config: { policy: aboutRepository('repositories:get') },
      schema: { tags, summary: 'What its branches demand', params: repositoryParams },
    },
    async (request) => ({ items: await forge.protections(request.params.name) }),
  )

  http.put(
    '/api/v1/repositories/:name/protections',
    {
      config: { policy: aboutRepository('repositories:administer', 'repository.protect') },
      schema: {
        tags,
        summary: 'Set what its branches demand: all of it, in the place of what was',
        params: repositoryParams,
        body: z.object({ items: z.array(protection).max(100) }),
      },
    },
    async (request) => {
      const { name } = request.params
      request.auditDetail = { protections: request.body.items }
      await forge.setProtections(name, request.body.items, forgeActorIn(context, request))
      return { items: await forge.protections(name) }
    },
  )

  async function addressOf(name: string): Promise<string> {
    if (!isRepositoryName(name) || !(await hosted.has(name))) {
      throw new PlimsollError('not-found', `There is no repository '${withoutSecrets(name).slice(0, 200)}'.`, {
        remedy: 'List them with `plimsoll repo list`.',
      })
    }
    return hosted.urlOf(name)
  }
}

/** Of a body that may be anything: the refusal of one is written down too. */
function nameIn(body: unknown): string {
  const { name, repo } = (body ?? {}) as { name?: unknown; repo?: unknown }
  if (typeof repo === 'string') return withoutSecrets(repo)
  return typeof name === 'string' ? name : ''
}
