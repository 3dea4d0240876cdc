import type { Log } from '@plimsoll/applications'
import type { Records } from '@plimsoll/records'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nameOf } from '../auth/principal.ts'

/** Nobody fills the disk from outside: so many refusals of strangers are written down in a minute, the rest is counted in the log. */
const strangersAMinute = 60

/** Writes each change down before its answer goes out: who, what, when, from where, and whether it was let through. */
export function keepAuditTrail(app: FastifyInstance, records: Pick<Records, 'appendAudit'>, log: Log): void {
  let minute = 0
  let strangers = 0

  app.addHook('onSend', async (request, reply) => {
    const rule = request.routeOptions.config.policy?.audit
    if (rule) await write(request, reply, rule)
  })

  async function write(
    request: FastifyRequest,
    reply: FastifyReply,
    rule: { action: string; object(request: FastifyRequest): string },
  ): Promise<void> {
    const outcome = reply.statusCode < 400 ? 'allowed' : [401, 403, 429].includes(reply.statusCode) ? 'denied' : 'failed'
    if (outcome === 'denied' && !request.principal) {
      const now = Math.floor(Date.now() / 60_000)
      if (now !== minute) {
        minute = now
        strangers = 0
      }
      if (++strangers > strangersAMinute) return log.warn({ action: rule.action, from: request.ip }, 'refused')
    }
    try {
      await records.appendAudit({
        actor: request.principal ? nameOf(request.principal) : 'anonymous',
        origin: request.ip,
        action: rule.action,
        object: rule.object(request),
        outcome,
        at: Date.now(),
        detail: {
          status: reply.statusCode,
          requestId: request.id,
          ...(request.principal && { via: request.principal.via }),
          ...(request.principal?.run && { repository: request.principal.run.repository, run: request.principal.run.about?.runId }),
          ...request.auditDetail,
        },
      })
    } catch (error) {
      log.error({ error, action: rule.action, requestId: request.id }, 'a change could not be written down')
    }
  }
}
