import { createHash } from 'node:crypto'
import type { Application, OperationState, ResourceResult } from '@plimsoll/api'
import { FakeClock, type KubeObject } from '@plimsoll/kube'
import type { ReadableRepositories, Repositories } from '@plimsoll/git'
import type { Deployment, Records } from '@plimsoll/records'
import type { Renderer, SourceTree } from '@plimsoll/render'
import { loadAll } from 'js-yaml'
import { onlyCluster } from '../clusters/destination.ts'
import type { Applications, Log, TargetCluster } from '../contract.ts'
import { createApplications } from '../create-applications.ts'
import { FakeCluster } from './fake-cluster.ts'

const silent: Log = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }
const repoURL = 'https://git.example/shop.git'
const by = { username: 'ana', origin: 'test' }
const everything = {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
}

/** One application `shop` of namespace `shop`, its repository, its cluster and its records, in memory and on a clock that a test moves. */
export class World {
  readonly clock = new FakeClock()
  readonly cluster = new FakeCluster(this.clock)
  readonly deployments: Deployment[] = []
  readonly #revisions = new Map<string, string>()
  readonly #refs = new Set<() => void>()
  readonly #rewriting = new Set<Parameters<Repositories['onHistoryRewritten']>[0]>()
  #revision = ''
  #running: Applications | undefined
  /** What the repository says instead of an answer. */
  failure: Error | undefined

  constructor() {
    for (const name of ['argocd', 'shop']) this.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    this.setProject({})
  }

  /** What the project `default` says besides that it permits everything. */
  setProject(spec: Record<string, unknown>, name = 'default', metadata: Record<string, unknown> = {}): void {
    this.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name, namespace: 'argocd', ...metadata },
      spec: { ...everything, ...spec },
    })
  }

  /** A commit with these manifests, as YAML. Answers with its name. */
  commit(manifests: string): string {
    this.#revision = String(this.#revisions.size + 1)
      .padStart(8, '0')
      .padEnd(40, 'a')
    this.#revisions.set(this.#revision, manifests)
    for (const listener of this.#refs) listener()
    return this.#revision
  }

  /** As somebody who has forced a push: a commit that does not have the one before in its history. */
  rewrite(manifests: string): string {
    const from = this.#revision
    const to = this.commit(manifests)
    for (const listener of this.#rewriting) listener({ repoURL, branches: [{ ref: 'refs/heads/main', from, to }] })
    return to
  }

  /** A controller process, over the cluster or over what a test puts in front of it. */
  async start(cluster: TargetCluster = this.cluster): Promise<Applications> {
    const applications = createApplications({
      home: cluster,
      clusters: onlyCluster(cluster),
      repositories: this.#repositories(),
      charts: {
        resolve: () => Promise.reject(new Error('no charts')),
        archive: () => Promise.reject(new Error('no charts')),
        probe: () => Promise.reject(new Error('no charts')),
      },
      renderer: this.#renderer(),
      records: this.#records(),
      namespace: 'argocd',
      clock: this.clock,
      log: silent,
      concurrency: 2,
    })
    this.#running = applications
    await applications.start()
    return applications
  }

  get applications(): Applications {
    if (!this.#running) throw new Error('nothing was started')
    return this.#running
  }

  async create(
    policy: Application['spec']['syncPolicy'] = {},
    metadata: Partial<Application['metadata']> = {},
    spec: Partial<Application['spec']> = {},
  ): Promise<void> {
    await this.applications.create(
      {
        metadata: { name: 'shop', ...metadata },
        spec: { source: { repoURL, path: '.' }, destination: { name: 'in-cluster', namespace: 'shop' }, syncPolicy: policy, ...spec },
      },
      {},
    )
    await this.settle()
  }

  /** Asks for a sync and lets everything happen that happens at once. */
  async sync(sync: Parameters<Applications['sync']>[1] = {}): Promise<OperationState> {
    await this.applications.sync({ name: 'shop', namespace: 'argocd' }, sync, by)
    await this.settle()
    return this.operation
  }

  async terminate(): Promise<OperationState> {
    await this.applications.terminateOperation({ name: 'shop', namespace: 'argocd' })
    await this.settle()
    return this.operation
  }

  /** Long enough for what is due at once, shorter than any wait for a retry. */
  async settle(ms = 400): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) await this.clock.advance(20)
  }

  get object(): KubeObject {
    const found = this.cluster.get('Application', 'shop')
    if (!found) throw new Error('the application is gone')
    return found
  }

  get application(): Application {
    return this.object as unknown as Application
  }

  get operation(): OperationState {
    const state = this.application.status?.operationState
    if (!state) throw new Error('nothing was asked for')
    return state
  }

  /** `Job/migrate PreSync Succeeded`: what the operation says of each object. */
  get results(): string[] {
    return (this.operation.syncResult?.resources ?? []).map(textOf)
  }

  /** A Job that has come to its end. */
  finish(name: string, end: 'Complete' | 'Failed' = 'Complete'): Promise<void> {
    this.cluster.setStatus('Job', name, { conditions: [{ type: end, status: 'True', ...(end === 'Failed' && { message: 'it broke' }) }] })
    return this.settle()
  }

  #repositories(): Repositories {
    const commitOf = (revision: string): string => (this.#revisions.has(revision) ? revision : this.#revision)
    const readable: ReadableRepositories = {
      resolve: async (_url, revision) => {
        if (this.failure) throw this.failure
        return { commit: commitOf(revision) }
      },
      tree: async (_url, commit) => ({ commit, hash: commit, entries: [], read: async () => Buffer.alloc(0) }),
      folderHash: async (_url, commit) => commit,
      entry: async () => undefined,
      blob: async () => Buffer.alloc(0),
      changedPaths: async () => [],
      commitMetadata: async () => ({ author: '', email: '', date: '', message: '', tags: [] }),
      signedObject: async (_url, hash) => ({ kind: 'commit', hash, content: Buffer.alloc(0) }),
      refNames: async () => ({ branches: [], tags: [] }),
    }
    return {
      ...readable,
      anonymous: readable,
      forProject: () => readable,
      probe: async () => undefined,
      refresh: async () => undefined,
      onRefsChanged: (listener) => {
        const told = (): void => listener({ repoURL, refs: [{ ref: 'refs/heads/main' }] } as Parameters<typeof listener>[0])
        this.#refs.add(told)
        return () => this.#refs.delete(told)
      },
      onHistoryRewritten: (listener) => {
        this.#rewriting.add(listener)
        return () => this.#rewriting.delete(listener)
      },
      normalize: (url) => url,
    }
  }

  #renderer(): Renderer {
    return {
      render: async ({ environment, source, tree }) => {
        const revision = environment?.['ARGOCD_APP_REVISION'] ?? ''
        const text = revision === 'local' ? await filesIn(tree, source.path ?? '.') : this.#revisions.get(revision)
        const objects = loadAll(text ?? '').filter((one) => one !== null && one !== undefined) as KubeObject[]
        return {
          ok: true,
          manifests: objects.map((object, index) => ({ object, at: { file: 'shop.yaml', line: index + 1 } })),
          sourceType: 'Directory',
          cacheKey: revision,
          fromCache: false,
          durationMs: 0,
        }
      },
      close: async () => undefined,
    }
  }

  #records(): Records {
    const recordDeployment: Records['recordDeployment'] = async (deployment) => {
      if (this.deployments.some((one) => one.operationId === deployment.operationId)) return false
      this.deployments.push(deployment)
      return true
    }
    const blobs = new Map<string, Buffer>()
    return {
      recordDeployment,
      deployedManifests: async ({ application, namespace, revision }) =>
        this.deployments
          .filter((one) => one.application === application && one.namespace === namespace && one.revision === revision)
          .flatMap(({ manifests }) => (manifests === undefined ? [] : [manifests]))
          .toReversed(),
      putBlob: async (content: Buffer) => {
        const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
        blobs.set(digest, content)
        return digest
      },
      getBlob: async (digest: string) => blobs.get(digest),
    } as Partial<Records> as Records
  }
}

/** The YAML files of a folder, one after the other. */
async function filesIn(tree: SourceTree, folder: string): Promise<string> {
  const listed = await tree.list(folder === '.' ? '' : folder)
  const texts = await Promise.all(listed.map(async ({ hash }) => (await tree.read(hash, 1e6)).toString()))
  return texts.map((text) => `---\n${text}\n`).join('')
}

export function textOf({ kind, name, hookType, status, hookPhase }: ResourceResult): string {
  return [`${kind}/${name}`, hookType ?? '', hookType ? hookPhase : status].filter((part) => part !== '').join(' ')
}

/** A Job as a hook. */
export function job(name: string, annotations: Record<string, string> = {}, more = ''): string {
  return `---
apiVersion: batch/v1
kind: Job
metadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a${more} }] } } }
`
}

export function hook(name: string, phases: string, annotations: Record<string, string> = {}): string {
  return job(name, { 'argocd.argoproj.io/hook': phases, ...annotations })
}

export function configMap(name: string, annotations: Record<string, string> = {}, value = 'x'): string {
  return `---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }
data: { value: "${value}" }
`
}

export function deployment(name: string, annotations: Record<string, string> = {}, image = 'a'): string {
  return `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }
spec: { replicas: 1, selector: { matchLabels: { app: a } }, template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: ${image} }] } } }
`
}

export const healthy = { observedGeneration: 1000, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }
