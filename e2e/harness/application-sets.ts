import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ApplicationSets,
  type ApplicationSetsContext,
  createApplicationSets,
  indexKeysOf,
  type Log,
  onlyCluster,
} from '@plimsoll/applications'
import type { ApplicationSetStatus } from '@plimsoll/api'
import { type ClusterCache, createClusterCache, type KubeClient, type KubeObject, systemClock } from '@plimsoll/kube'
import { createTemplates, type Templates } from '@plimsoll/render'
import { load } from 'js-yaml'
import { createApiServer } from '../../packages/embedded-cluster/dist/api-server/index.js'
import { installHome } from '../../packages/server/dist/install-home.js'
import { eventually } from './run.ts'

const silent: Log = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }
const namespace = 'argocd'
export const repoURL = 'https://git.example.org/apps.git'

/** A real API server in this process, and a repository whose folders a test changes. Nothing else acts on what is there. */
export interface SetsWorld {
  client: KubeClient
  /** Folders of the repository; an error is what asking for them ends with. */
  git: { folders: string[] | Error; move(): void }
  /** Sets, above this client. */
  start(client?: KubeClient, over?: Partial<ApplicationSetsContext>): Promise<RunningSets>
  apply(yaml: string): Promise<KubeObject>
  change(kind: 'Application' | 'ApplicationSet', name: string, change: (object: KubeObject) => KubeObject): Promise<KubeObject>
  get(kind: 'Application' | 'ApplicationSet', name: string): Promise<KubeObject | undefined>
  delete(kind: 'Application' | 'ApplicationSet', name: string): Promise<void>
  /** Names of the Applications of a set, once they are these; fails with what they are. */
  untilNames(set: string, names: readonly string[]): Promise<KubeObject[]>
  untilStatus(set: string, what: string, isSo: (status: ApplicationSetStatus) => boolean): Promise<ApplicationSetStatus>
  /** Takes away every set and Application. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface RunningSets {
  sets: ApplicationSets
  cache: ClusterCache
  stop(): Promise<void>
}

export async function startSetsWorld(): Promise<SetsWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-sets-'))
  const api = await createApiServer({ dataDir })
  await installHome(api.client, { namespace, log: silent, signal: new AbortController().signal })
  const templates: Templates = createTemplates()
  const listeners = new Set<(change: never) => void>()
  const git: SetsWorld['git'] = {
    folders: [],
    move: () => {
      for (const listener of listeners) listener({ repoURL, refs: [], at: 0 } as never)
    },
  }
  const repositories: ApplicationSetsContext['repositories'] = {
    forProject: () => repositories,
    resolve: async () => ({ commit: 'c'.repeat(40) }),
    tree: async () => {
      if (git.folders instanceof Error) throw git.folders
      return { entries: git.folders.map((path) => ({ path: `${path}/a.yaml`, kind: 'file', hash: '', size: 0 })) }
    },
    onRefsChanged: (listener: (change: never) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    normalize: (url: string) => url,
  } as unknown as ApplicationSetsContext['repositories']

  async function typeOf(kind: string) {
    const type = await api.client.typeOf('argoproj.io/v1alpha1', kind)
    if (!type) throw new Error(`${kind} is not served`)
    return type
  }

  const world: SetsWorld = {
    client: api.client,
    git,
    async start(client = api.client, over = {}) {
      const cache = createClusterCache(api.client, { indexKeysOf, isExcluded: (type) => type.kind === 'Event' })
      await cache.start()
      const home = { server: 'https://kubernetes.default.svc', name: 'in-cluster', client, cache }
      const sets = createApplicationSets({
        home,
        clusters: onlyCluster(home),
        repositories,
        templates,
        namespace,
        clock: systemClock,
        log: silent,
        network: { allowPrivateHosts: false },
        ...over,
      })
      await sets.start()
      return {
        sets,
        cache,
        async stop() {
          await sets.stop()
          await cache.stop()
        },
      }
    },
    async apply(yaml) {
      const object = load(yaml) as Partial<KubeObject> & Pick<KubeObject, 'metadata'>
      const whole = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', ...object, metadata: { namespace, ...object.metadata } }
      return api.client.create(await typeOf(whole.kind), whole)
    },
    async change(kind, name, change) {
      return eventually(`${kind} ${name} is changed`, async () => {
        const object = await world.get(kind, name)
        if (!object) throw new Error(`${kind} ${name} is not there`)
        return api.client.update(await typeOf(kind), change(object))
      })
    },
    get: async (kind, name) => api.client.get(await typeOf(kind), { namespace, name }),
    async delete(kind, name) {
      await api.client.delete(await typeOf(kind), { namespace, name })
    },
    async untilNames(set, names) {
      let last: string[] = []
      return eventually(`applications of ${set} are ${names.join(', ')}`, async () => {
        const { items } = await api.client.list(await typeOf('Application'), { namespace })
        const own = items.filter((object) => object.metadata.ownerReferences?.some((owner) => owner.name === set))
        last = own.map((object) => object.metadata.name).toSorted()
        if (JSON.stringify(last) !== JSON.stringify(names.toSorted())) throw new Error(`they are ${last.join(', ')}`)
        return own
      })
    },
    async untilStatus(set, what, isSo) {
      return eventually(`${set}: ${what}`, async () => {
        const status = ((await world.get('ApplicationSet', set))?.status ?? {}) as ApplicationSetStatus
        if (!isSo(status)) throw new Error(JSON.stringify(status).slice(0, 2000))
        return status
      })
    },
    async clear() {
      for (const kind of ['ApplicationSet', 'Application']) {
        const type = await typeOf(kind)
        for (const { metadata } of (await api.client.list(type, { namespace })).items) {
          await api.client.patch(type, metadata, { type: 'merge', patch: { metadata: { finalizers: [] } } }).catch(() => undefined)
          await api.client.delete(type, metadata).catch(() => undefined)
        }
      }
    },
    async close() {
      await templates.close()
      await api.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return world
}

/** A set over the folders of the repository, with more in its spec as lines of YAML. */
export function folderSet(name: string, more = '', annotations = ''): string {
  return `
metadata: { name: ${name}${annotations && `, annotations: { ${annotations} }`} }
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators: [{ git: { repoURL: "${repoURL}", revision: HEAD, directories: [{ path: "*" }] } }]
  template:
    metadata: { name: '${name}-{{ .path.basename }}', labels: { from: ${name} } }
    spec:
      project: default
      source: { repoURL: "${repoURL}", path: '{{ .path.path }}', targetRevision: HEAD }
      destination: { server: https://kubernetes.default.svc, namespace: '{{ .path.basename }}' }
${more}`
}

export function conditionOf(status: ApplicationSetStatus, type: string): string {
  const condition = status.conditions?.find((one) => one.type === type)
  return condition === undefined ? 'none' : `${condition.status} ${condition.reason}`
}
