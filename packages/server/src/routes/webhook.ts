import { createHmac, timingSafeEqual } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { settingNames } from '../auth/settings.ts'
import type { Http, RouteContext } from './route-context.ts'

const longestBody = 1024 * 1024
export const webhookProviders = ['github', 'gitlab', 'gitea'] as const
export type WebhookProvider = (typeof webhookProviders)[number]

/**
 * A push elsewhere. Nothing of it is used, not even parsed, before its signature over the raw bytes has been proved; and then it is only a hint
 * to look at a repository that some application uses already. Whatever comes twice has one effect.
 */
export function webhookRoute(http: Http, context: RouteContext): void {
  const { parts } = context

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: longestBody }, (_request, body, done) => done(null, body))

    scope.post(
      '/api/webhook',
      {
        bodyLimit: longestBody,
        config: {
          policy: {
            who: 'signer',
            why: 'A Git server proves itself by a signature over the body.',
            audit: { action: 'webhook.receive', object: () => 'repositories' },
          },
        },
        schema: { tags: ['webhook'], summary: 'A push elsewhere: GitHub, GitLab or Gitea, signed' },
      },
      async (request) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const provider = providerOf(request)
        const secret = provider && (await parts.records.getSetting(settingNames.webhookSecret(provider)))
        request.auditDetail = { provider: provider ?? 'unknown' }
        if (!provider || !secret || !isSigned(provider, request, body, secret)) {
          throw new PlimsollError('unauthenticated', 'This webhook is not signed with a secret that is set here.', {
            remedy: 'Set the same secret here and in the Git server, and let it sign with it.',
          })
        }
        const named = new Set(addressesIn(body).map((address) => parts.repositories.normalize(address)))
        const known = new Set<string>()
        for (const application of parts.applications.list()) {
          const { source, sources = [] } = application.spec
          for (const one of [source, ...sources]) if (one && named.has(parts.repositories.normalize(one.repoURL))) known.add(one.repoURL)
        }
        request.auditDetail = { provider, repositories: known.size }
        for (const repoURL of known) {
          parts.repositories
            .refresh(repoURL)
            .catch((error: unknown) => parts.log.warn({ error: String(error) }, 'a repository that a webhook named could not be read'))
        }
        return {}
      },
    )
  })
}

/** Gitea sends GitHub's headers as well; its own come first. */
function providerOf(request: FastifyRequest): WebhookProvider | undefined {
  const { headers } = request
  if (headers['x-gitea-signature'] !== undefined || headers['x-gitea-event'] !== undefined) return 'gitea'
  if (headers['x-gitlab-token'] !== undefined || headers['x-gitlab-event'] !== undefined) return 'gitlab'
  if (headers['x-hub-signature-256'] !== undefined) return 'github'
  return undefined
}

function isSigned(provider: WebhookProvider, request: FastifyRequest, body: Buffer, secret: string): boolean {
  const given =
    request.headers[provider === 'github' ? 'x-hub-signature-256' : provider === 'gitea' ? 'x-gitea-signature' : 'x-gitlab-token']
  if (typeof given !== 'string') return false
  // GitLab sends the secret itself; both sides are hashed, so that neither length nor content shows in the time.
  if (provider === 'gitlab') return isEqual(digest(secret, Buffer.from(given)), digest(secret, Buffer.from(secret)))
  const hex = digest(secret, body).toString('hex')
  return isEqual(Buffer.from(given), Buffer.from(provider === 'github' ? `sha256=${hex}` : hex))
}

function digest(secret: string, data: Buffer): Buffer {
  return createHmac('sha256', secret).update(data).digest()
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Every address under which these services name the repository of a push. */
function addressesIn(body: Buffer): string[] {
  let payload: unknown
  try {
    payload = JSON.parse(body.toString('utf8'))
  } catch {
    throw new PlimsollError('invalid-request', 'The body of this webhook is no JSON.', {
      remedy: 'Let the Git server send application/json.',
    })
  }
  const { repository, project } = (payload ?? {}) as { repository?: unknown; project?: unknown }
  const fields = ['clone_url', 'ssh_url', 'html_url', 'git_url', 'git_http_url', 'git_ssh_url', 'web_url', 'http_url', 'url', 'homepage']
  return [repository, project].flatMap((one) => {
    if (typeof one !== 'object' || one === null) return []
    return fields
      .map((field) => (one as Record<string, unknown>)[field])
      .filter((value): value is string => typeof value === 'string' && value.length < 2048)
  })
}
