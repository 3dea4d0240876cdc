import { type Cluster, ClusterRequest, PlimsollError } from '@plimsoll/api'
import type { ClusterEntry, ClusterState } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ClusterStore } from '../clusters/cluster-store.ts'
import { shownCluster, withoutUser } from '../clusters/cluster-view.ts'
import type { AuditRule } from '../http/route-policy.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['clusters']
const byId = z.object({ id: z.string().min(1).max(2100) })
const idQuery = z.looseObject({ 'id.type': z.enum(['server', 'url', 'url_escaped', 'name', 'name_escaped', '']).optional() })
const fields = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : [value].flat().flatMap((one) => one.split(','))))
/** A cluster that does not say its version is not waited for long. */
const versionTimeoutMs = 3000

/** Clusters: paths and answers as Argo CD's `server/cluster/cluster.proto` has them. */
export function clusterRoutes(http: Http, context: RouteContext): void {
  const { applications, clusters, home, namespace, clusterCommand } = context.parts
  const store = new ClusterStore({ home, clusters, namespace, ...(clusterCommand && { credentialCommand: clusterCommand }) })

  /** Whoever may not see it is told that it is not there; whoever may, and may not do this, is told that. */
  function found(request: FastifyRequest, permission: string): ClusterEntry {
    const { id } = request.params as { id: string }
    const entry = store.find(id, (request.query as { 'id.type'?: string })['id.type'])
    if (!context.access.permits(request, 'clusters:get', objectOf(entry)))
      throw new PlimsollError('not-found', `There is no cluster '${withoutUser(id).slice(0, 300)}'.`)
    context.access.require(request, permission, objectOf(entry))
    return entry
  }

  async function shown(state: ClusterState, counts: ReadonlyMap<string, number>, withApis = false): Promise<Cluster> {
    const facts = { applicationsCount: counts.get(state.entry.server) ?? 0, withApis }
    if (state.entry.server !== home.server) return shownCluster(state, { ...facts, serverVersion: state.serverVersion })
    const { serverVersion, problem } = await askHome()
    const { connectionState } = state
    const isSilent = problem !== undefined && connectionState.status !== 'Failed'
    const told = isSilent ? { ...connectionState, status: 'Failed' as const, message: problem } : connectionState
    return shownCluster({ ...state, connectionState: told }, { ...facts, serverVersion })
  }

  /** Nobody else asks it now and then: all that is read here comes from it. */
  async function askHome(): Promise<{ serverVersion: string; problem?: string }> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<{ serverVersion: string; problem: string }>((resolve) => {
      timer = setTimeout(
        () => resolve({ serverVersion: '', problem: `It has not answered within ${versionTimeoutMs / 1000} s.` }),
        versionTimeoutMs,
      )
    })
    const asked = home.client.version().then(
      ({ major, minor }) => ({ serverVersion: `${major}.${minor}` }),
      (error: unknown) => ({ serverVersion: '', problem: error instanceof Error ? error.message : String(error) }),
    )
    return Promise.race([asked, late]).finally(() => clearTimeout(timer))
  }

  /** By the address that each destination leads to. */
  function applicationCounts(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { spec } of applications.list()) {
      const server = clusters.resolve(spec.destination).cluster?.server
      if (server !== undefined) counts.set(server, (counts.get(server) ?? 0) + 1)
    }
    return counts
  }

  async function answer(server: string): Promise<Cluster> {
    const entry = store.find(server, undefined)
    const state = clusters.states().find((one) => one.entry.server === entry.server)
    if (!state) throw new Error(`cluster ${entry.server} is not there`)
    return shown(state, applicationCounts(), true)
  }

  http.get(
    '/api/v1/clusters',
    {
      config: { policy: { who: 'user', permission: 'clusters:get', whileNotReady: true, object: 'each' } },
      schema: {
        tags,
        summary: 'Clusters that applications can be deployed to',
        querystring: z.looseObject({
          server: z.string().optional(),
          name: z.string().optional(),
          'id.value': z.string().optional(),
          ...idQuery.shape,
        }),
      },
    },
    async (request) => {
      const { server, name, 'id.value': id, 'id.type': type } = request.query
      const counts = applicationCounts()
      const seen = clusters.states().filter(({ entry }) => context.access.permits(request, 'clusters:get', objectOf(entry)))
      const all = await Promise.all(seen.map((state) => shown(state, counts)))
      const byName = type === 'name' || type === 'name_escaped'
      const items = all.filter(
        (one) => (!server || one.server === server) && (!name || one.name === name) && (!id || (byName ? one.name : one.server) === id),
      )
      return { metadata: {}, items: items.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) }
    },
  )

  http.get(
    '/api/v1/clusters/:id',
    {
      config: { policy: { who: 'user', permission: 'clusters:get', whileNotReady: true, object: 'each' } },
      schema: { tags, summary: 'One cluster, by address or, with `id.type=name`, by name', params: byId, querystring: idQuery },
    },
    async (request) => answer(found(request, 'clusters:get').server),
  )

  http.post(
    '/api/v1/clusters',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'clusters:create',
          object: 'each',
          audit: { action: 'cluster.create', object: ({ body }) => audited((body as { server?: unknown } | undefined)?.server) },
        },
      },
      schema: {
        tags,
        summary: 'Add a cluster; it is asked before it is kept',
        querystring: z.looseObject({ upsert: z.enum(['true', 'false', '']).optional() }),
        body: ClusterRequest,
      },
    },
    async (request) => {
      const { server = '', project = '' } = request.body
      context.access.require(request, 'clusters:create', objectOf({ server, project }))
      return answer((await store.create(request.body, { upsert: request.query.upsert === 'true' })).server)
    },
  )

  http.put(
    '/api/v1/clusters/:id',
    {
      config: { policy: { who: 'user', permission: 'clusters:update', object: 'each', audit: auditById('cluster.update') } },
      schema: {
        tags,
        summary: 'Change a cluster, or the fields that `updatedFields` names',
        params: byId,
        querystring: idQuery.extend({ updatedFields: fields }),
        body: ClusterRequest,
      },
    },
    async (request) => {
      const known = found(request, 'clusters:update')
      const { server, project = known.project } = request.body
      context.access.require(request, 'clusters:update', objectOf({ server: server || known.server, project }))
      return answer((await store.update(known, request.body, request.query.updatedFields)).server)
    },
  )

  http.delete(
    '/api/v1/clusters/:id',
    {
      config: { policy: { who: 'user', permission: 'clusters:delete', object: 'each', audit: auditById('cluster.delete') } },
      schema: { tags, summary: 'Forget a cluster; what runs there stays', params: byId, querystring: idQuery },
    },
    async (request) => {
      await store.delete(found(request, 'clusters:delete'))
      return {}
    },
  )

  http.post(
    '/api/v1/clusters/:id/rotate-auth',
    {
      config: { policy: { who: 'user', permission: 'clusters:update', object: 'each', audit: auditById('cluster.rotate-auth') } },
      schema: { tags, summary: 'Another token for its service account; the old one ends', params: byId, querystring: idQuery },
    },
    async (request) => {
      await store.rotateAuth(found(request, 'clusters:update'))
      return {}
    },
  )

  http.post(
    '/api/v1/clusters/:id/invalidate-cache',
    {
      config: { policy: { who: 'user', permission: 'clusters:update', object: 'each', audit: auditById('cluster.invalidate-cache') } },
      schema: { tags, summary: 'Read everything in it anew', params: byId, querystring: idQuery },
    },
    async (request) => answer((await store.invalidateCache(found(request, 'clusters:update'))).server),
  )
}

/** As policies name it (argo-cd `server/rbacpolicy`, CreateClusterRBACObject). */
function objectOf({ server, project }: { server: string; project: string }): string {
  return project === '' ? server : `${project}/${server}`
}

function auditById(action: string): AuditRule {
  return { action, object: ({ params }) => audited((params as { id?: unknown }).id) }
}

function audited(id: unknown): string {
  return `clusters/${typeof id === 'string' ? withoutUser(id) : ''}`.slice(0, 600)
}
