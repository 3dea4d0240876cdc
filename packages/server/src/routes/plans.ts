import { Application, type ApplicationPlan } from '@plimsoll/api'
import type { PlanOptions } from '@plimsoll/applications'
import { z } from 'zod'
import { maskText } from '../http/mask-manifests.ts'
import { objectOf } from '../http/object-access.ts'
import { appNamespace, bodyInteger, byName } from './query.ts'
import { LocalFiles, localSourceOf, longestLocalBody } from './local-files.ts'
import { revisionsAt } from './revisions-at.ts'
import { auditApplication, find, type Http, type RouteContext, sentApplication } from './route-context.ts'
import { shownTo, withoutIdentity } from './shown-identity.ts'

const tags = ['applications']
const AskedPlan = z.looseObject({
  revision: z.string().max(1024).nullish(),
  revisions: z.array(z.string().max(1024)).max(100).nullish(),
  sourcePositions: z.array(bodyInteger).max(100).nullish(),
  prune: z.boolean().nullish(),
  local: LocalFiles.nullish(),
})

/** What a sync would do, without touching the cluster. */
export function planRoutes(http: Http, context: RouteContext): void {
  const { applications, namespace } = context.parts

  http.post(
    '/api/v1/applications/:name/plan',
    {
      bodyLimit: longestLocalBody,
      config: { policy: { who: 'user', permission: 'applications:get', audit: auditApplication(namespace, 'application.plan') } },
      schema: {
        tags,
        summary: 'What a sync would create, change and prune, in its order, at any revision or from files. Secrets are masked',
        params: byName,
        querystring: z.object(appNamespace),
        body: AskedPlan.nullish(),
      },
    },
    async (request) => {
      const { application } = find(context, request)
      const asked = request.body ?? {}
      const isOwnContent = !asked.local && !asked.revision && !asked.revisions?.length
      return planned(isOwnContent ? application : shownTo(context, request, application), asked)
    },
  )

  http.post(
    '/api/v1/plan',
    {
      bodyLimit: longestLocalBody,
      config: {
        policy: {
          who: 'user',
          permission: 'applications:create',
          object: 'each',
          audit: {
            action: 'application.plan',
            object: ({ body }) => sentApplication(namespace, (body as { application?: unknown } | null)?.application),
          },
        },
      },
      schema: {
        tags,
        summary: 'What creating an Application would do to its cluster. Secrets are masked',
        body: AskedPlan.extend({ application: Application }),
      },
    },
    async (request) => {
      context.access.require(request, 'applications:create', objectOf(request.body.application, namespace))
      return planned(withoutIdentity(request.body.application), request.body)
    },
  )

  http.get(
    '/api/v1/repositories/:name/pulls/:number/plan',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'pullrequests:get',
          repository: (request) => (request.params as { name?: string }).name,
        },
      },
      schema: {
        tags: ['pull requests'],
        summary: 'What merging it would do to every application that it touches. Secrets are masked',
        params: z.object({ name: z.string().max(200), number: z.coerce.number().int().positive() }),
      },
    },
    async (request) => context.parts.pullPlans.of(request.params.name, request.params.number),
  )

  async function planned(application: Application, asked: z.infer<typeof AskedPlan>): Promise<ApplicationPlan> {
    const revisions = revisionsAt(application, asked.revisions, asked.sourcePositions) ?? (asked.revision ? [asked.revision] : [])
    const options: PlanOptions = {
      revisions,
      ...(asked.local && { local: localSourceOf(asked.local) }),
      ...(typeof asked.prune === 'boolean' && { prune: asked.prune }),
    }
    return maskPlan(await applications.plan(application, options))
  }
}

/** The last look before it leaves. */
export function maskPlan(plan: ApplicationPlan): ApplicationPlan {
  return {
    ...plan,
    changes: plan.changes.map((change) => ({
      ...change,
      ...(change.live !== undefined && { live: maskText(change.live) }),
      ...(change.target !== undefined && { target: maskText(change.target) }),
    })),
  }
}
