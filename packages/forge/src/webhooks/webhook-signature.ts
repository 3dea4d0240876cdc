import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const webhookProviders = ['github', 'gitlab', 'gitea'] as const
export type WebhookProvider = (typeof webhookProviders)[number]

/** As Node.js has them: names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Gitea sends GitHub's headers as well; its own come first. */
export function webhookProvider(headers: WebhookHeaders): WebhookProvider | undefined {
  if (headers['x-gitea-signature'] !== undefined || headers['x-gitea-event'] !== undefined) return 'gitea'
  if (headers['x-gitlab-token'] !== undefined || headers['x-gitlab-event'] !== undefined) return 'gitlab'
  if (headers['x-hub-signature-256'] !== undefined) return 'github'
  return undefined
}

/**
 * Whether whoever sent these very bytes knows the secret: GitHub (`X-Hub-Signature-256`) and Gitea (`X-Gitea-Signature`) sign them with HMAC
 * SHA-256, GitLab (`X-Gitlab-Token`) sends the secret itself. Nobody knows an empty one.
 */
export function isSigned(provider: WebhookProvider, headers: WebhookHeaders, body: Buffer, secret: string): boolean {
  const given = headers[provider === 'github' ? 'x-hub-signature-256' : provider === 'gitea' ? 'x-gitea-signature' : 'x-gitlab-token']
  if (typeof given !== 'string' || secret === '') return false
  // Both sides are hashed, so that neither length nor content shows in the time.
  if (provider === 'gitlab') return isEqual(digest(secret, Buffer.from(given)), digest(secret, Buffer.from(secret)))
  const hex = digest(secret, body).toString('hex')
  return isEqual(Buffer.from(given), Buffer.from(provider === 'github' ? `sha256=${hex}` : hex))
}

/**
 * By what a delivery is known when it comes again; undefined for one that has no name. Headers are not signed: where the body is, the body is the
 * name, and another delivery id makes no other delivery of it. Who holds GitLab's secret can say anything new anyway, and its pushes of the same
 * two commits look alike: there the delivery's own name counts (`Idempotency-Key`; recursive hooks share their `X-Gitlab-Event-UUID`).
 */
export function deliveryName(provider: WebhookProvider, headers: WebhookHeaders, body: Buffer): string | undefined {
  const content = createHash('sha256').update(body).digest('base64url')
  if (provider !== 'gitlab') return `${provider}:${content}`
  const key = headers['idempotency-key'] ?? headers['webhook-id']
  const event = headers['x-gitlab-event-uuid']
  if (typeof key === 'string' && key !== '') return `gitlab:${short(key)}`
  return typeof event === 'string' && event !== '' ? `gitlab:${short(event)}:${content}` : undefined
}

function short(value: string): string {
  return value.length <= 100 ? value : createHash('sha256').update(value).digest('base64url')
}

function digest(secret: string, data: Buffer): Buffer {
  return createHmac('sha256', secret).update(data).digest()
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
