import { PlimsollError } from '@plimsoll/api'
import { deliveryName, isSigned, readWebhook, webhookProvider } from '@plimsoll/forge'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { settingNames } from '../auth/settings.ts'
import type { Http, RouteContext } from './route-context.ts'

export { webhookProviders, type WebhookProvider } from '@plimsoll/forge'

const longestBody = 1024 * 1024

/**
 * Something has happened elsewhere. Nothing of it is used, not even parsed, before its signature over the raw bytes has been proved; and then it
 * is only a hint to look at a repository that some application uses already, or that is connected. Whatever comes twice has one effect.
 */
export function webhookRoute(http: Http, context: RouteContext): void {
  const { parts } = context

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: longestBody }, (_request, body, done) => done(null, body))

    scope.withTypeProvider<ZodTypeProvider>().post(
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
        schema: {
          tags: ['webhook'],
          summary: 'A push, or news of a pull request elsewhere: GitHub, GitLab or Gitea, signed',
          description:
            'With `repository`, the address of one that is connected, it is known by the secret of that connection, and heard about that repository alone. Without, by the secret of its provider.',
          querystring: z.looseObject({ repository: z.string().min(1).max(1000).optional() }),
        },
      },
      async (request) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const provider = webhookProvider(request.headers)
        const { repository } = request.query
        const own = provider && repository !== undefined ? await parts.remoteForges.webhookOf(repository, provider) : undefined
        const common =
          provider && repository === undefined ? await parts.records.getSetting(settingNames.webhookSecret(provider)) : undefined
        const secret = own?.secret ?? common
        request.auditDetail = { provider: provider ?? 'unknown' }
        if (!provider || !secret || !isSigned(provider, request.headers, body, secret)) {
          throw new PlimsollError('unauthenticated', 'This webhook is not signed with a secret that is set here.', {
            remedy: 'Set the same secret here and in the Git server, and let it sign with it.',
          })
        }
        if (own) parts.remoteForges.heard(own.repository)
        const hint = readWebhook(provider, request.headers, body)
        if (!hint) {
          request.auditDetail = { provider, effect: 'none: an event that means nothing here' }
          return {}
        }
        const delivery = deliveryName(provider, request.headers, body)
        if (delivery !== undefined && !(await parts.remoteForges.deliveries.isFirst(delivery))) {
          request.auditDetail = { provider, event: hint.kind, effect: 'none: it came before' }
          return {}
        }
        const connected = parts.remoteForges.take(hint, own?.repository)
        const addresses = own ? hint.addresses.filter((one) => parts.forge.connected(one) === own.repository) : hint.addresses
        const known = hint.kind === 'push' ? usedBy(addresses) : new Set<string>()
        request.auditDetail = {
          provider,
          event: hint.kind,
          repositories: known.size,
          connected,
          ...(hint.number && { number: hint.number }),
        }
        // A plugin may know what has changed; what it knows is not ours to tell.
        parts.applicationSets.lookAgain(hint.kind === 'push' ? ['plugin'] : ['pullRequest', 'plugin'])
        for (const repoURL of known) {
          parts.repositories
            .refresh(repoURL)
            .catch((error: unknown) => parts.log.warn({ error: String(error) }, 'a repository that a webhook named could not be read'))
        }
        return {}
      },
    )
  })

  /** The repositories of applications and their sets, as these write them, that are among the addresses. */
  function usedBy(addresses: readonly string[]): Set<string> {
    const named = new Set(addresses.map((address) => parts.repositories.normalize(address)))
    const known = new Set<string>()
    for (const application of parts.applications.list()) {
      const { source, sources } = application.spec
      for (const one of [source, ...(sources ?? [])])
        if (one && named.has(parts.repositories.normalize(one.repoURL))) known.add(one.repoURL)
    }
    for (const repoURL of parts.applicationSets.repositoryURLs()) if (named.has(parts.repositories.normalize(repoURL))) known.add(repoURL)
    return known
  }
}
