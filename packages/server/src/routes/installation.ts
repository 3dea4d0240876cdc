import { PlimsollError } from '@plimsoll/api'
import { z } from 'zod'
import type { RoutePolicy } from '../http/route-policy.ts'
import { queryInteger } from './query.ts'
import type { Http, RouteContext } from './route-context.ts'

export interface InstallationFacts {
  version: string
  demo: boolean
  dataDir: string
  kubeconfig?: string
  gatewayUrl?: string
  clusterInfo?: { kind: 'embedded' | 'kubeconfig'; description?: string }
}

const defaultProject = {
  metadata: { name: 'default' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
  status: {},
}

/** What this installation is: version, settings, clusters, projects, and what was done with it. */
export function installationRoutes(http: Http, context: RouteContext, facts: InstallationFacts): void {
  const { applications, records, home } = context.parts

  const version = {
    config: { policy: { who: 'anyone', why: 'Clients ask for it before they sign in, as with Argo CD.' } satisfies RoutePolicy },
    schema: { tags: ['installation'], summary: 'Version of this server' },
  }
  http.get('/api/version', version, async () => ({
    Version: `v${facts.version}+plimsoll`,
    GoVersion: '',
    Compiler: '',
    Platform: `${process.platform}/${process.arch}`,
    Product: 'Plimsoll',
  }))

  http.get(
    '/api/v1/settings',
    {
      config: { policy: { who: 'anyone', why: 'The sign-in page needs it; what is not for strangers is left out for them.' } },
      schema: { tags: ['installation'], summary: 'Settings that clients need' },
    },
    async (request) => ({
      url: context.own.url(),
      appLabelKey: 'app.kubernetes.io/instance',
      trackingMethod: 'annotation',
      controllerNamespace: context.parts.namespace,
      resourceOverrides: {},
      statusBadgeEnabled: false,
      userLoginsDisabled: false,
      execEnabled: false,
      appsInAnyNamespaceEnabled: false,
      version: facts.version,
      ...(request.principal && {
        gitUrl: `${context.own.url()}/git`,
        kubeconfigPath: facts.kubeconfig ?? '',
        dataDir: facts.dataDir,
        demo: facts.demo,
        gatewayUrl: facts.gatewayUrl ?? '',
        cluster: facts.clusterInfo ?? { kind: 'kubeconfig' },
      }),
    }),
  )

  async function homeCluster() {
    const problem = home.cache.connectionProblem()
    const unreadable = home.cache.problems()
    const serverVersion = await home.client.version().then(
      (found) => `${found.major}.${found.minor}`,
      () => '',
    )
    const message =
      problem?.message ?? (unreadable.length > 0 ? `${unreadable.length} kinds cannot be read: ${unreadable[0]?.message ?? ''}` : '')
    const status = problem ? 'Failed' : serverVersion === '' ? 'Failed' : home.cache.isSynced ? 'Successful' : 'Unknown'
    const count = applications.list().filter((one) => isHome(one.spec.destination)).length
    return {
      server: home.server,
      name: home.name,
      serverVersion,
      connectionState: { status, message, attemptedAt: new Date().toISOString() },
      info: {
        serverVersion,
        applicationsCount: count,
        connectionState: { status, message },
        cacheInfo: { apisCount: home.cache.types().length },
      },
      config: { tlsClientConfig: { insecure: false } },
    }
  }

  function isHome({ server, name }: { server?: string | undefined; name?: string | undefined }): boolean {
    return name ? name === home.name : server === home.server || !server
  }

  http.get(
    '/api/v1/clusters',
    {
      config: { policy: { who: 'user', permission: 'clusters:get', whileNotReady: true } },
      schema: {
        tags: ['installation'],
        summary: 'Clusters that applications can be deployed to',
        querystring: z.looseObject({ server: z.string().optional(), name: z.string().optional() }),
      },
    },
    async (request) => {
      const { server, name } = request.query
      const items = [await homeCluster()]
      return { metadata: {}, items: items.filter((one) => (!server || one.server === server) && (!name || one.name === name)) }
    },
  )

  http.get(
    '/api/v1/clusters/:id',
    {
      config: { policy: { who: 'user', permission: 'clusters:get', whileNotReady: true } },
      schema: {
        tags: ['installation'],
        summary: 'One cluster, by address or, with `id.type=name`, by name',
        params: z.object({ id: z.string() }),
        querystring: z.looseObject({ 'id.type': z.string().optional() }),
      },
    },
    async (request) => {
      const wanted = request.params.id
      if (wanted !== (request.query['id.type'] === 'name' ? home.name : home.server))
        throw new PlimsollError('not-found', `There is no cluster '${wanted}'.`)
      return homeCluster()
    },
  )

  http.get(
    '/api/v1/projects',
    {
      config: { policy: { who: 'user', permission: 'projects:get' } },
      schema: { tags: ['installation'], summary: 'Projects: one, that allows everything, in this version' },
    },
    async () => ({
      metadata: {},
      items: [{ ...defaultProject, metadata: { ...defaultProject.metadata, namespace: context.parts.namespace } }],
    }),
  )

  http.get(
    '/api/v1/projects/:project',
    {
      config: { policy: { who: 'user', permission: 'projects:get' } },
      schema: { tags: ['installation'], summary: 'One project', params: z.object({ project: z.string() }) },
    },
    async (request) => {
      if (request.params.project !== 'default') throw new PlimsollError('not-found', `There is no project '${request.params.project}'.`)
      return { ...defaultProject, metadata: { ...defaultProject.metadata, namespace: context.parts.namespace } }
    },
  )

  http.get(
    '/api/v1/audit',
    {
      config: { policy: { who: 'user', permission: 'audit:get', whileNotReady: true } },
      schema: {
        tags: ['installation'],
        summary: 'Who did what, when and from where; newest first',
        querystring: z.object({ application: z.string().optional(), before: queryInteger.optional(), limit: queryInteger.optional() }),
      },
    },
    async (request) => {
      const { application, before, limit = 100 } = request.query
      const items = await records.listAudit({
        limit: Math.min(limit, 1000),
        ...(before !== undefined && { before }),
        ...(application && { application: auditName(application) }),
      })
      return { items: items.map((one) => ({ ...one, at: new Date(one.at).toISOString() })) }
    },
  )

  function auditName(application: string): string {
    if (application.startsWith('applications/')) return application
    return `applications/${application.includes('/') ? application : `${context.parts.namespace}/${application}`}`
  }
}
