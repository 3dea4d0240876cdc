import { randomBytes } from 'node:crypto'
import { type ConnectedRepository, type NewWebhook, PlimsollError, type RemoteConnection, type RemoteProvider } from '@plimsoll/api'
import type { Log } from '@plimsoll/applications'
import {
  createGiteaForge,
  createGithubForge,
  createGitlabForge,
  type Forges,
  openSeenDeliveries,
  type RemoteForge,
  type RemoteForgeContext,
  type RemoteState,
  type SeenDeliveries,
  type WebhookHint,
} from '@plimsoll/forge'
import type { NetworkPolicy } from '@plimsoll/network'
import type { Records } from '@plimsoll/records'
import type { Connections } from './credentials/index.ts'
import { type KeptConnection, openRemoteConnections, type RemotePlace } from './remote-connections.ts'
import { checkAddress, placeIn } from './remote-place.ts'

export interface NewRemoteConnection {
  url: string
  /** May be left out for github.com and gitlab.com. */
  provider?: RemoteProvider | undefined
  baseUrl?: string | undefined
  apiUrl?: string | undefined
  token: string
}

export interface RemoteForges {
  readonly deliveries: SeenDeliveries
  /** The tokens, for Git itself: each for the address that is connected, and no other. */
  readonly connections: Connections
  list(): Promise<RemoteConnection[]>
  /** Looks with the token before anything is kept. Connected again, the new token counts, and the webhook stays as it is. */
  connect(connection: NewRemoteConnection, by: string): Promise<ConnectedRepository>
  /** Rejects with `not-found`. */
  disconnect(url: string): Promise<void>
  /** Asks there with the token that is kept, and looks at everything again. Rejects with what is wrong, and `not-found`. */
  test(url: string): Promise<RemoteConnection>
  /** Another secret for its webhooks; the one before counts no longer. It is shown this once. */
  renewWebhook(url: string): Promise<NewWebhook>
  /** By which its webhooks are known, with its address as it is called here. */
  webhookOf(url: string, provider: string): Promise<{ repository: string; secret: string } | undefined>
  /** That a webhook of a connected repository has come, whatever it is about. */
  heard(repository: string): void
  /**
   * Looks where a webhook says that there is something, if it is connected, and in `only` alone where it is given. Resolves at once. Returns how many
   * repositories it is about.
   */
  take(hint: WebhookHint, only?: string): number
  /** Connects what was connected before. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface RemoteForgesContext {
  records: Pick<Records, 'room'>
  forges: Forges
  /** The key that CI secrets are kept by. */
  keyFile: string
  policy: NetworkPolicy
  /** Where webhooks reach us: `http://127.0.0.1:7420`. */
  serverUrl(): string
  now: () => number
  log: Log
  pollEveryMs?: number
}

const creators = { github: createGithubForge, gitlab: createGitlabForge, gitea: createGiteaForge }
/** What a provider wants for a user name where the password is a token: GitHub of Apps, GitLab of OAuth; of others any does. */
const gitUsers = { github: 'x-access-token', gitlab: 'oauth2', gitea: 'plimsoll' }
const mostConnections = 500
/** That many come at once is written down once. */
const noteWebhookEveryMs = 10_000

export async function createRemoteForges(context: RemoteForgesContext): Promise<RemoteForges> {
  const { forges, policy, log, now } = context
  const deliveries = await openSeenDeliveries(context.records, { now })
  const connections = await openRemoteConnections(context.records, context.keyFile)
  /** Those that could not be taken up at the start. */
  const broken = new Map<string, NonNullable<RemoteState['failure']>>()
  const heardAt = new Map<string, number>()

  function forgeOf({ url, provider, baseUrl, apiUrl }: RemotePlace, token: string): RemoteForge {
    const options: RemoteForgeContext = {
      baseUrl,
      token,
      repositories: [url],
      policy,
      clock: { now },
      log,
      memory: connections.memory,
      ...(apiUrl !== undefined && { apiUrl }),
      ...(context.pollEveryMs !== undefined && { pollEveryMs: context.pollEveryMs }),
    }
    return creators[provider](options)
  }

  function shown({ connectedAt, webhookAt, ...kept }: KeptConnection): RemoteConnection {
    const { polledAt, failure = broken.get(kept.url) } = forges.stateOf(kept.url) ?? {}
    const heard = heardAt.get(kept.url) ?? webhookAt
    return {
      ...kept,
      connectedAt: timeOf(connectedAt),
      state: failure ? 'failing' : polledAt === undefined ? 'waiting' : 'working',
      ...(polledAt !== undefined && { lastPollAt: timeOf(polledAt) }),
      ...(heard !== undefined && { lastWebhookAt: timeOf(heard) }),
      ...(failure && {
        failure: {
          at: timeOf(failure.at),
          reason: failure.error.code,
          message: failure.error.message,
          remedy: failure.error.remedy,
        },
      }),
    }
  }

  /** As it is called here, whatever its spelling. */
  async function require(url: string): Promise<KeptConnection> {
    const found = await connections.find(forges.connected(url) ?? url)
    if (found) return found
    throw new PlimsollError('not-found', `Repository '${withoutSecrets(url)}' is not connected.`, {
      remedy: 'List those that are with `plimsoll repo list`.',
    })
  }

  async function makeWebhook(url: string): Promise<NewWebhook> {
    const secret = randomBytes(24).toString('base64url')
    await connections.setWebhookSecret(url, secret)
    return { url: `${context.serverUrl()}/api/webhook?repository=${encodeURIComponent(url)}`, secret }
  }

  function heard(repository: string): void {
    const at = now()
    if (at - (heardAt.get(repository) ?? 0) < noteWebhookEveryMs) return
    heardAt.set(repository, at)
    connections
      .noteWebhook(repository, at)
      .catch((error: unknown) => log.warn({ error: String(error), repository }, 'that a webhook has come could not be written down'))
  }

  /** Over the very scheme, host and port of the connection: another spelling may be one that is not encrypted. */
  function connectedAs(normal: string): string | undefined {
    const url = forges.connected(normal)
    return url !== undefined && URL.canParse(normal) && new URL(url).origin === new URL(normal).origin ? url : undefined
  }

  return {
    deliveries,

    connections: {
      has: (url) => connectedAs(url) !== undefined,
      async authorizationOf(url) {
        const found = await connections.find(connectedAs(url) ?? '')
        return found && { kind: 'basic', username: gitUsers[found.provider], password: await connections.token(found.url) }
      },
    },

    list: async () => (await connections.list()).map(shown),

    async connect(wanted, by) {
      if (!/^[\x21-\x7e]{8,1000}$/.test(wanted.token)) {
        throw new PlimsollError('invalid-request', 'A token is one word of 8 to 1,000 ASCII characters.', {
          remedy: 'Copy it once more, without spaces.',
        })
      }
      const place = { ...placeIn(wanted, policy), ...(wanted.apiUrl !== undefined && { apiUrl: checkAddress(wanted.apiUrl, policy) }) }
      const all = await connections.list()
      if (all.filter(({ url }) => url !== place.url).length >= mostConnections) {
        throw new PlimsollError('invalid-request', `${mostConnections} repositories are connected: more are not.`)
      }
      const forge = forgeOf(place, wanted.token)
      try {
        await forge.list(place.url, { state: 'all', limit: 1 })
      } catch (error) {
        await forge.close()
        throw error
      }
      const before = forges.connected(place.url) ?? place.url
      const secret = await connections.webhookSecret(before).catch(() => undefined)
      await connections.save({ ...place, connectedAt: now(), connectedBy: by }, wanted.token)
      // Under another spelling it would come back with the next start.
      if (before !== place.url) await connections.remove(before)
      if (secret !== undefined) await connections.setWebhookSecret(place.url, secret)
      const webhook = secret === undefined ? await makeWebhook(place.url) : undefined
      broken.delete(place.url)
      await forges.connect(place.url, forge)
      forge.start()
      return { ...shown(await require(place.url)), ...(webhook && { webhook }) }
    },

    async disconnect(url) {
      const { url: name } = await require(url)
      await connections.remove(name)
      broken.delete(name)
      heardAt.delete(name)
      await forges.disconnect(name)
    },

    async test(url) {
      const { url: name } = await require(url)
      const failure = broken.get(name)
      if (failure) throw failure.error
      try {
        await forges.list(name, { state: 'all', limit: 1 })
      } finally {
        // What the list of connections says is by the last look.
        await forges.look({ repository: name })
      }
      return shown(await require(name))
    },

    async renewWebhook(url) {
      return makeWebhook((await require(url)).url)
    },

    async webhookOf(url, provider) {
      const found = await connections.find(forges.connected(url) ?? url)
      if (found?.provider !== provider) return undefined
      const secret = await connections.webhookSecret(found.url)
      return secret === undefined ? undefined : { repository: found.url, secret }
    },

    heard,

    take({ addresses, number, commit }, only) {
      const named = new Set(addresses.flatMap((address) => forges.connected(address) ?? []))
      const wanted = [...named].filter((repository) => (only ?? repository) === repository)
      for (const repository of wanted) {
        heard(repository)
        forges
          .look({ repository, ...(number !== undefined && { number }), ...(commit !== undefined && { commit }) })
          .catch((error: unknown) =>
            log.warn({ error: String(error), repository }, 'a pull request that a webhook named could not be looked at'),
          )
      }
      return wanted.length
    },

    async start() {
      for (const connection of await connections.list()) {
        try {
          const forge = forgeOf(connection, await connections.token(connection.url))
          await forges.connect(connection.url, forge)
          forge.start()
        } catch (error) {
          // One that cannot be read holds up no other.
          log.error({ error: String(error), repository: connection.url }, 'a connected repository could not be taken up')
          broken.set(connection.url, {
            at: now(),
            error: new PlimsollError('internal', `The token of ${connection.url} cannot be read: ${String(error)}.`, {
              remedy: 'Put the right `ci/secrets.key` back into the data directory, or connect the repository again.',
            }),
          })
        }
      }
    },

    stop: () => forges.close(),
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

function withoutSecrets(url: string): string {
  return url
    .replace(/[?#].*$/s, '')
    .replace(/\/\/.*@/s, '//')
    .slice(0, 200)
}
