import { fetchOutside, type OutsideRequest } from '@plimsoll/network'
import { durationMs } from '../expression/index.ts'
import type { WebhookOptions } from '../settings/fields.ts'
import { excerpt, maxAnswerBytes, requestTimeoutMs, retryAfterMs, type Send, SendError, type ServiceContext } from './contract.ts'

const methods = new Set<string>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
/** A wait inside one attempt keeps its Application's other messages of this service waiting: longer ones are the back-off's. */
const longestWaitMs = 10_000

/** Any address, with what the template says for it (notifications-engine `pkg/services/webhook.go`). */
export function webhookService(options: WebhookOptions, context: ServiceContext): Send {
  const { retryMax = 3 } = options
  const waits = { least: waitMs(options.retryWaitMin, 1000), most: waitMs(options.retryWaitMax, 5000) }

  return async ({ service, content, id }) => {
    const own = content.webhook && Object.hasOwn(content.webhook, service) ? content.webhook[service] : undefined
    const method = (own?.method || 'GET').toUpperCase()
    if (!methods.has(method))
      throw new SendError(`webhook.${service}.method: '${method.slice(0, 20)}' is none of ${[...methods].join(', ')}`)
    const url = addressOf(options.url, own?.path ?? '')
    const request: OutsideRequest = {
      policy: context.policy,
      method: method as 'GET',
      headers: {
        'idempotency-key': id,
        ...Object.fromEntries((options.headers ?? []).map(({ name, value }) => [name.toLowerCase(), value])),
      },
      ...(options.basicAuth && { credentials: options.basicAuth }),
      body: own ? (own.body ?? '') : (content.message ?? ''),
      maxBytes: maxAnswerBytes,
      timeoutMs: requestTimeoutMs,
    }
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetchOutside(url, request)
      if (answer.status >= 200 && answer.status < 300) return
      const failure = new SendError(
        `${url.host} answers ${answer.status} to ${method}: ${excerpt(answer.body)}`,
        retryAfterMs(answer.headers['retry-after'], context.now()),
      )
      // As hashicorp/go-retryablehttp: what a second try can change. Connections that fail are the back-off's.
      const isWorthAnother = answer.status === 429 || (answer.status >= 500 && answer.status !== 501)
      if (!isWorthAnother || attempt >= retryMax || failure.retryAfterMs !== undefined) throw failure
      await new Promise((resolve) => setTimeout(resolve, Math.min(waits.least * 2 ** attempt, waits.most, longestWaitMs)))
    }
  }
}

function addressOf(base: string, path: string): URL {
  const text = path === '' ? base : `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  if (!URL.canParse(text)) throw new SendError('url of the webhook and path of the template make no address')
  const [url, own] = [new URL(text), URL.canParse(base) ? new URL(base) : undefined]
  // A path is filled in from an Application: it must not lead elsewhere (`@evil.example/`).
  if (url.origin !== own?.origin || url.username !== own.username) throw new SendError('path of the template leads to another host')
  return url
}

function waitMs(written: string | number | undefined, fallback: number): number {
  if (written === undefined) return fallback
  return typeof written === 'number' ? written / 1e6 : durationMs(written)
}
