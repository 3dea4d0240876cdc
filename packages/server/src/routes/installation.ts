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

/** What this installation is: version, settings, and what was done with it. */
export function installationRoutes(http: Http, context: RouteContext, facts: InstallationFacts): void {
  const { records } = context.parts

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
      appsInAnyNamespaceEnabled: context.parts.applications.hasOtherNamespaces(),
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
