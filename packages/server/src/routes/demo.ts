import type { PullRequest } from '@plimsoll/api'
import { z } from 'zod'
import type { Http } from './route-context.ts'

/** What a demo does when it is asked to. What it is a demo of is not known here. */
export interface DemoActions {
  /** Somebody proposes a change: `improve` a better model, `regress` a worse one. */
  propose(proposal: 'improve' | 'regress'): Promise<PullRequest>
  /** Asks the model of each stage the same question. */
  ask(): Promise<unknown>
}

/** Without a demo they are not there. */
export function demoRoutes(http: Http, demo: DemoActions | undefined): void {
  if (!demo) return
  http.post(
    '/api/v1/demo/:proposal',
    {
      config: {
        policy: {
          who: 'user',
          permission: 'pullrequests:create',
          audit: { action: 'demo.propose', object: (request) => `demo/${(request.params as { proposal: string }).proposal}`.slice(0, 600) },
        },
      },
      schema: {
        tags: ['demo'],
        summary: 'In the demo: its author opens a pull request with a better model (improve), or with a worse one (regress)',
        params: z.object({ proposal: z.enum(['improve', 'regress']) }),
      },
    },
    async (request) => demo.propose(request.params.proposal),
  )

  http.get(
    '/api/v1/demo/ask',
    {
      // It speaks of the demo's own applications, in whatever project: it is for those who see all.
      config: { policy: { who: 'user', permission: 'applications:get', object: () => '*/*' } },
      schema: { tags: ['demo'], summary: 'In the demo: what the models that serve in each stage say of one payment' },
    },
    async () => demo.ask(),
  )
}
