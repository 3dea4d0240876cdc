import { type ClusterConfig, type ClusterRequest, PlimsollError } from '@plimsoll/api'
import {
  addressProblem,
  type ClusterEntry,
  type ClusterRegistry,
  clusterSecret,
  configProblem,
  type CredentialCommand,
  isClusterSecret,
  readClusterSecret,
  refreshAnnotation,
  secretNameFor,
  serverProblem,
  settingsFrom,
  type TargetCluster,
} from '@plimsoll/applications'
import { createSettingsAccess, HttpKubeClient, isConflict, KubeApiError, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { withoutUser } from './cluster-view.ts'
import { newServiceAccountToken } from './service-account-token.ts'

export interface ClusterStoreContext {
  home: TargetCluster
  clusters: ClusterRegistry
  namespace: string
  credentialCommand?: CredentialCommand
}

const fieldManager = 'argocd-server'
const answerTimeoutMs = 10_000
/** What one may change of a cluster by itself (argo-cd `server/cluster/cluster.go`, clusterFieldsByPath). */
const changeable = ['name', 'namespaces', 'config', 'shard', 'clusterResources', 'labels', 'annotations', 'project'] as const

/** The Secrets of clusters. What is written is tried before: credentials that do not let us in replace none that do. */
export class ClusterStore {
  readonly #context: ClusterStoreContext

  constructor(context: ClusterStoreContext) {
    this.#context = context
  }

  /** Without a Secret of its own only the home cluster is known. */
  find(id: string, type: string | undefined): ClusterEntry {
    const isName = type === 'name' || type === 'name_escaped'
    const wanted = type?.endsWith('_escaped') ? decoded(id) : id
    const all = this.#context.clusters.states()
    const found = all.find(({ cluster, entry }) => (isName ? cluster.name === wanted : entry.server === wanted.replace(/\/+$/, '')))
    if (!found) throw new PlimsollError('not-found', `There is no cluster '${withoutUser(wanted).slice(0, 300)}'.`)
    return { ...found.entry, name: found.cluster.name }
  }

  async create(request: ClusterRequest, { upsert }: { upsert: boolean }): Promise<ClusterEntry> {
    const entry = entryFrom(request)
    await this.#try(entry)
    const type = await this.#type()
    const before = await this.#secretOf(entry.server)
    if (!before)
      return this.#write(() => this.#context.home.client.create(type, clusterSecret(entry, this.#context.namespace), { fieldManager }))
    const existing = readClusterSecret(before).entry
    if (isSame(existing, entry)) return existing
    if (!upsert) {
      throw new PlimsollError('already-exists', `Cluster ${entry.server} exists with other settings.`, {
        remedy: 'Use upsert (`--upsert`) to change it.',
      })
    }
    return this.#replace(before, entry)
  }

  /** `fields`: only these are taken; none: all of it but credentials that are not sent. */
  async update(known: ClusterEntry, request: ClusterRequest, fields: readonly string[]): Promise<ClusterEntry> {
    const unknown = fields.find((field) => !(changeable as readonly string[]).includes(field))
    if (unknown !== undefined)
      throw new PlimsollError('invalid-request', `updatedFields: '${unknown.slice(0, 80)}' is none of ${changeable.join(', ')}.`)
    const sent = entryFrom({ ...request, server: known.server })
    const taken =
      fields.length > 0
        ? changeable.filter((field) => fields.includes(field))
        : changeable.filter((field) => field !== 'config' || request.config)
    const next: ClusterEntry = { ...known, ...Object.fromEntries(taken.map((field) => [field, sent[field]])) }
    if (taken.includes('config')) await this.#try(next)
    const before = await this.#secretOf(known.server)
    if (before) return this.#replace(before, next)
    const type = await this.#type()
    return this.#write(() => this.#context.home.client.create(type, clusterSecret(next, this.#context.namespace), { fieldManager }))
  }

  async delete({ server }: ClusterEntry): Promise<void> {
    const secret = await this.#secretOf(server)
    if (!secret)
      throw new PlimsollError(
        'invalid-request',
        `Cluster ${server} is where Plimsoll itself lives: it has no Secret, and cannot be removed.`,
      )
    const { name, uid } = secret.metadata
    const ref = { name, namespace: this.#context.namespace }
    const { client, cache } = this.#context.home
    const answer = await client.delete(await this.#type(), ref, { ...(uid && { preconditions: { uid } }) })
    cache.observeDeletion({ group: '', kind: 'Secret', ...ref }, answer)
  }

  /** Its cache is read anew: by the annotation that Argo CD has for it. */
  async invalidateCache(known: ClusterEntry): Promise<ClusterEntry> {
    const before = await this.#secretOf(known.server)
    if (!before)
      throw new PlimsollError('invalid-request', `Cluster ${known.server} has no Secret: its cache is the one that Plimsoll lives on.`)
    return this.#replace(before, { ...known, annotations: { ...known.annotations, [refreshAnnotation]: new Date().toISOString() } })
  }

  /** Another token for the service account behind the one that is used; the old one ends. */
  async rotateAuth(known: ClusterEntry): Promise<void> {
    const { bearerToken } = known.config
    const before = await this.#secretOf(known.server)
    if (!before || !bearerToken)
      throw new PlimsollError('invalid-request', `Cluster '${known.server}' does not use bearer token authentication.`)
    const client = this.#clientFor(known)
    try {
      const { token, finish } = await newServiceAccountToken(client, bearerToken)
      const { certData: _cert, keyData: _key, ...tls } = known.config.tlsClientConfig ?? {}
      const next = { ...known, config: { ...known.config, bearerToken: token, tlsClientConfig: tls } }
      await this.#try(next)
      await this.#replace(before, next)
      await finish()
    } catch (error) {
      throw asRefusal(error)
    } finally {
      await client.close()
    }
  }

  async #replace(before: KubeObject, entry: ClusterEntry): Promise<ClusterEntry> {
    const type = await this.#type()
    return this.#write(() =>
      this.#context.home.client.update(type, clusterSecret(entry, this.#context.namespace, before), { fieldManager }),
    )
  }

  async #write(write: () => Promise<KubeObject>): Promise<ClusterEntry> {
    try {
      const written = await write()
      this.#context.home.cache.observe(written)
      return readClusterSecret(written).entry
    } catch (error) {
      if (isConflict(error)) throw new PlimsollError('conflict', 'The Secret of the cluster was changed meanwhile.')
      throw asRefusal(error)
    }
  }

  /** As it is in the cluster now: what is cached may be a moment old. */
  async #secretOf(server: string): Promise<KubeObject | undefined> {
    const { home, namespace } = this.#context
    const cached = home.cache
      .ofKind({ group: '', kind: 'Secret' }, namespace)
      .filter((secret) => isClusterSecret(secret) && readClusterSecret(secret).entry.server === server)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))[0]
    return home.client.get(await this.#type(), { name: cached?.metadata.name ?? secretNameFor(server), namespace })
  }

  async #type(): Promise<ResourceType> {
    const type = await this.#context.home.client.typeOf('v1', 'Secret')
    if (!type) throw new PlimsollError('cluster-refused', `Cluster ${this.#context.home.name} does not serve Secrets.`)
    return type
  }

  #clientFor({ server, config }: { server: string; config: ClusterConfig }): HttpKubeClient {
    const origin = { name: 'what was sent', place: 'what is sent' }
    return new HttpKubeClient(createSettingsAccess(server, origin, settingsFrom(server, config, this.#context.credentialCommand)), {
      timeoutMs: answerTimeoutMs,
    })
  }

  async #try(entry: ClusterEntry): Promise<void> {
    if (entry.server === this.#context.home.server) return
    const problem = serverProblem(entry.server) ?? addressProblem(entry.server, entry.config) ?? configProblem(entry.config)
    if (problem !== undefined) throw new PlimsollError('invalid-request', `${problem}.`)
    const client = this.#clientFor(entry)
    try {
      await client.probe()
    } catch (error) {
      throw asRefusal(error)
    } finally {
      await client.close()
    }
  }
}

function asRefusal(error: unknown): unknown {
  if (error instanceof PlimsollError) return error
  if (error instanceof KubeApiError)
    return new PlimsollError('cluster-refused', error.message, { remedy: 'Give an account that it lets in.' })
  return new PlimsollError('cluster-unreachable', error instanceof Error ? error.message : String(error))
}

function entryFrom(request: ClusterRequest): ClusterEntry {
  const server = (request.server ?? '').replace(/\/+$/, '')
  const problem = serverProblem(server)
  if (problem !== undefined) throw new PlimsollError('invalid-request', `${problem}.`)
  const namespaces = (request.namespaces ?? []).filter((name) => name !== '')
  const bad = namespaces.find((name) => !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
  if (bad !== undefined) throw new PlimsollError('invalid-request', `namespaces: '${bad}' is no name of a namespace.`)
  const shard = request.shard === undefined || request.shard === null || request.shard === '' ? undefined : Number(request.shard)
  if (shard !== undefined && !Number.isInteger(shard)) throw new PlimsollError('invalid-request', 'shard: is no whole number.')
  return {
    server,
    name: request.name || server,
    namespaces,
    clusterResources: request.clusterResources === true,
    project: request.project ?? '',
    shard,
    labels: request.labels ?? {},
    annotations: request.annotations ?? {},
    config: request.config ?? {},
  }
}

function isSame(a: ClusterEntry, b: ClusterEntry): boolean {
  const essence = ({ id: _id, config, annotations: { [refreshAnnotation]: _at, ...annotations }, ...rest }: ClusterEntry): string =>
    JSON.stringify([
      sorted({ ...rest, annotations }),
      sorted({ ...config, tlsClientConfig: { insecure: false, ...config.tlsClientConfig } }),
    ])
  return essence(a) === essence(b)
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && inner !== '')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
