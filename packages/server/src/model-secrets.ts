import { PlimsollError } from '@plimsoll/api'
import type { Applications, Log, TargetCluster } from '@plimsoll/applications'
import type { Deliveries } from '@plimsoll/delivery'
import type { Clock, KubeClient, KubeObject, ResourceType } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import type { Tokens } from './auth/tokens.ts'
import { modelSecretOf, sharedModelSecret } from './model-secret-name.ts'

export interface ModelSecretsContext {
  deliveries: Pick<Deliveries, 'list' | 'subscribe'>
  /** All that are there. Of one that has not been looked at yet, or cannot be read, it is not known what it wants. */
  deliveryNames(): string[]
  applications: Pick<Applications, 'get' | 'clusterFor' | 'subscribe'>
  /** By its server. Undefined: not known any more. */
  clusterOf(server: string): Pick<TargetCluster, 'client'> | undefined
  records: Pick<Records, 'room'>
  tokens: Pick<Tokens, 'issueRun' | 'verify' | 'revoke'>
  /** Of a hosted repository, by its address. */
  hostedName(repoURL: string): Promise<string | undefined>
  serverUrl(): string
  namespace: string
  clock: Clock
  log: Log
}

interface Place {
  server: string
  client: KubeClient
  namespace: string
  /** What goes there, each with the first of its deliveries, in their order. */
  repositories: Map<string, string>
}

interface Wanted extends Omit<Place, 'repositories'> {
  name: string
  repository: string
  delivery: string
}

/** A token that was given out, and whose Secret holds it or did so. */
interface Issued extends Record<string, string | number> {
  id: string
  server: string
  namespace: string
  name: string
  repository: string
  delivery: string
  /** 0: revoked; its Secret may still be there. */
  expires_at: number
}

const hour = 60 * 60_000
/** Pods read it when they start; one that is new is there long before, and one that is replaced stays good for as long as this says. */
const tokenMs = 24 * hour
const renewedBefore = 12 * hour
const settleMs = 200
const relookMs = hour
const missingMs = 1000
const failedMs = 10_000
const expiryAnnotation = 'plimsoll.dev/token-expires'
const idAnnotation = 'plimsoll.dev/token-id'
const managerName = 'plimsoll-models'
const migrations = [
  [
    `CREATE TABLE podmodels_token (
      id TEXT PRIMARY KEY,
      server TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      repository TEXT NOT NULL,
      delivery TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
  ],
]

export interface ModelSecrets {
  /** Resolves when no look is under way. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/**
 * What pods read models with: address and token, in a Secret of each namespace that a Delivery with a gate deploys to, one for each repository.
 * A token is good for reading models of that repository and nothing else, for a day, renewed in time; when no delivery takes the repository there
 * any more it is revoked, and its Secret goes. Level-based: it looks at deliveries, namespaces and tokens as they are, at the start, after each
 * change and every hour. A token is on record before anybody has it.
 */
export function keepModelSecrets(context: ModelSecretsContext): ModelSecrets {
  const { clock, log, tokens } = context
  const tables = context.records.room('podmodels', migrations)
  // Whoever looks at them is told.
  tables.catch(() => undefined)
  let pending: { at: number; timer: { cancel(): void } } | undefined
  let running = Promise.resolve()
  let isStopped = false

  function lookSoon(afterMs = settleMs): void {
    const at = clock.now() + afterMs
    if (isStopped || (pending && pending.at <= at)) return
    pending?.timer.cancel()
    const timer = clock.setTimeout(() => {
      pending = undefined
      running = running.then(look).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'Secrets for reading models could not be kept')
        lookSoon(failedMs)
      })
    }, afterMs)
    pending = { at, timer }
  }

  async function look(): Promise<void> {
    if (isStopped) return
    const issued = await (await tables).query<Issued>('SELECT * FROM podmodels_token ORDER BY expires_at DESC, id')
    const { places, isWaiting, isKnown } = await placesNow()
    let again = isWaiting ? missingMs : relookMs
    /** One namespace that cannot be written holds up no other. */
    const attempt = async (what: Pick<Wanted, 'namespace' | 'repository'>, act: () => Promise<boolean>): Promise<void> => {
      try {
        if (!(await act())) again = Math.min(again, missingMs)
      } catch (error) {
        const { namespace, repository } = what
        log.warn({ error: String(error), namespace, repository }, 'a Secret for reading models could not be kept')
        again = Math.min(again, failedMs)
      }
    }
    const wanted: Wanted[] = []
    for (const place of places) {
      const { repositories, ...at } = place
      for (const [repository, delivery] of repositories) wanted.push({ ...at, name: modelSecretOf(repository), repository, delivery })
      await attempt({ namespace: at.namespace, repository: sharedModelSecret }, async () => {
        const repository = await holderOf(place, issued)
        wanted.push({ ...at, name: sharedModelSecret, repository, delivery: repositories.get(repository) ?? '' })
        return true
      })
    }
    for (const one of wanted) await attempt(one, () => keep(one, issued))
    for (const one of issued) {
      const isWanted = wanted.some(
        ({ server, namespace, name, repository }) =>
          server === one.server && namespace === one.namespace && name === one.name && repository === one.repository,
      )
      if (isWanted || !isKnown(one.delivery)) await attempt(one, () => dropPast(one))
      else await attempt(one, () => end(one))
    }
    lookSoon(again)
  }

  async function placesNow(): Promise<{ places: Place[]; isWaiting: boolean; isKnown: (delivery: string) => boolean }> {
    const places = new Map<string, Place>()
    const there = new Set(context.deliveryNames())
    const looked = context.deliveries.list()
    const read = new Set(looked.filter(({ phase }) => phase !== 'Invalid').map(({ name }) => name))
    let isWaiting = false
    for (const { name: delivery, gate, source, stages } of looked) {
      const repository = gate === undefined ? undefined : await context.hostedName(source.repoURL)
      if (repository === undefined) continue
      for (const { application } of stages) {
        const at = placeOf(application)
        if (at === 'missing') isWaiting = true
        if (at === 'missing' || at === undefined) continue
        const key = `${at.server}\n${at.namespace}`
        const place = places.get(key) ?? { ...at, repositories: new Map() }
        if (!place.repositories.has(repository)) place.repositories.set(repository, delivery)
        places.set(key, place)
      }
    }
    return { places: [...places.values()], isWaiting, isKnown: (delivery) => read.has(delivery) || !there.has(delivery) }
  }

  /** Undefined for an Application that names no namespace. */
  function placeOf(name: string): Omit<Place, 'repositories'> | 'missing' | undefined {
    const ref = { name, namespace: context.namespace }
    try {
      const { namespace } = context.applications.get(ref).spec.destination
      if (!namespace) return undefined
      const { server, client } = context.applications.clusterFor(ref)
      return { server, client, namespace }
    } catch (error) {
      if (error instanceof PlimsollError && (error.code === 'not-found' || error.code === 'cluster-not-found')) return 'missing'
      throw error
    }
  }

  /** Whose the shared name is: whoever has it keeps it, so that running manifests mean what they meant. */
  async function holderOf({ server, client, namespace, repositories }: Place, issued: readonly Issued[]): Promise<string> {
    const all = [...repositories.keys()]
    const [first = ''] = all
    if (all.length === 1) return first
    const held = issued.find(
      (one) =>
        one.server === server &&
        one.namespace === namespace &&
        one.name === sharedModelSecret &&
        one.expires_at > 0 &&
        repositories.has(one.repository),
    )
    if (held) return held.repository
    // Of a version that kept no record of its tokens.
    const found = dataOf(await client.get(await kindOf(client, 'Secret'), { name: sharedModelSecret, namespace })).url
    return all.find((one) => urlOf(one) === found) ?? first
  }

  /** False while the namespace is not there. */
  async function keep(wanted: Wanted, issued: readonly Issued[]): Promise<boolean> {
    const { server, client, namespace, name, repository, delivery } = wanted
    const [secrets, namespaces] = await Promise.all([kindOf(client, 'Secret'), kindOf(client, 'Namespace')])
    if (!(await client.get(namespaces, { name: namespace }))) return false
    const url = urlOf(repository)
    const found = await client.get(secrets, { name, namespace })
    const held = dataOf(found)
    const before = held.token === undefined ? undefined : tokens.verify(held.token)
    const isOurs = issued.some(({ id, repository: whose }) => id === before?.id && whose === repository)
    if (before && isOurs && held.url === url && before.expiresAt - renewedBefore > clock.now()) return true
    const { token, facts } = tokens.issueRun({ repository, permissions: { models: 'read' } }, tokenMs)
    await (
      await tables
    ).run(
      'INSERT INTO podmodels_token (id, server, namespace, name, repository, delivery, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [facts.id, server, namespace, name, repository, delivery, facts.expiresAt],
    )
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/managed-by': 'plimsoll' },
        annotations: { [expiryAnnotation]: new Date(facts.expiresAt).toISOString(), [idAnnotation]: facts.id },
      },
      type: 'Opaque',
      data: { url: Buffer.from(url).toString('base64'), token: Buffer.from(token).toString('base64') },
    }
    await client.apply(secrets, secret, { fieldManager: managerName, force: true })
    // Those of before were good for a year.
    if (before?.kind === 'run' && before.expiresAt > facts.expiresAt) await tokens.revoke(before)
    log.info({ namespace, repository, secret: name }, 'gave pods what they read models with')
    return true
  }

  async function dropPast({ id, expires_at: expiresAt }: Issued): Promise<boolean> {
    if (expiresAt <= clock.now()) await (await tables).run('DELETE FROM podmodels_token WHERE id = $1', [id])
    return true
  }

  /** The token first: it is what matters, and its Secret may be out of reach. */
  async function end({ id, server, namespace, name, repository, expires_at: expiresAt }: Issued): Promise<boolean> {
    if (expiresAt > 0) {
      if (expiresAt > clock.now()) await tokens.revoke({ id, expiresAt })
      await (await tables).run('UPDATE podmodels_token SET expires_at = 0 WHERE id = $1', [id])
    }
    const client = context.clusterOf(server)?.client
    if (client) {
      const secrets = await kindOf(client, 'Secret')
      const found = await client.get(secrets, { name, namespace })
      if (found?.metadata.annotations?.[idAnnotation] === id) {
        const { resourceVersion } = found.metadata
        await client.delete(secrets, { name, namespace }, { ...(resourceVersion !== undefined && { preconditions: { resourceVersion } }) })
      }
    }
    await (await tables).run('DELETE FROM podmodels_token WHERE id = $1', [id])
    log.info({ namespace, repository, secret: name }, 'took away what pods read models with')
    return true
  }

  function urlOf(repository: string): string {
    return `${context.serverUrl()}/api/v1/repositories/${encodeURIComponent(repository)}/models`
  }

  const stops = [context.deliveries.subscribe(() => lookSoon()), context.applications.subscribe(() => lookSoon())]
  lookSoon()
  return {
    idle: () => running,
    async stop() {
      isStopped = true
      for (const stop of stops) stop()
      pending?.timer.cancel()
      await running
    },
  }
}

async function kindOf(client: KubeClient, kind: 'Secret' | 'Namespace'): Promise<ResourceType> {
  const type = await client.typeOf('v1', kind)
  if (!type) throw new Error(`the cluster does not say that it has ${kind}s`)
  return type
}

function dataOf(secret: KubeObject | undefined): { url: string | undefined; token: string | undefined } {
  const { data = {} } = (secret ?? {}) as { data?: Record<string, unknown> }
  const textOf = (key: string): string | undefined => {
    const value = data[key]
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : undefined
  }
  return { url: textOf('url'), token: textOf('token') }
}
