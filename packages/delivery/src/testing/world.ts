import type { Application, ApplicationWatchEvent, DeliveryView } from '@plimsoll/api'
import { PlimsollError } from '@plimsoll/api'
import type { Log } from '@plimsoll/applications'
import { type CacheChange, FakeClock, type KubeClient, type KubeObject } from '@plimsoll/kube'
import type { Deliveries, DeliveriesContext, OpenedPullRequest, ReleaseFact } from '../contract.ts'
import { createDeliveries } from '../create-deliveries.ts'
import { MemoryGit } from './memory-git.ts'
import { memoryRecords } from './memory-tables.ts'

export const repo = 'https://git.example.org/fraud.git'
export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
export const stageFile = (model: string): string =>
  `# kept\nconfigMapGenerator:\n  - name: model\n    literals:\n      - MODEL=${model} # pinned\n`
export const silentLog: Log = { child: () => silentLog, debug() {}, info() {}, warn() {}, error() {} }

export const modelField = { file: 'kustomization.yaml', configMap: { name: 'model', key: 'MODEL' }, value: 'model.digest' }

export function delivery(spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'plimsoll.dev/v1alpha1',
    kind: 'Delivery',
    metadata: { name: 'fraud', namespace: 'argocd', uid: 'u', generation: 1 },
    spec: {
      source: { repoURL: repo, branch: 'main' },
      fields: [modelField],
      stages: [
        { name: 'staging', application: 'fraud-staging', soak: '10m' },
        { name: 'production', application: 'fraud-production', approvals: { required: 1, groups: ['leads'] } },
      ],
      ...spec,
    },
  }
}

/** Everything around deliveries, in memory, on a clock that a test moves. */
export class World {
  readonly clock = new FakeClock()
  readonly git = new MemoryGit()
  readonly records = memoryRecords()
  readonly facts = new Map<string, ReleaseFact | { pending: string }>()
  readonly accounts = new Map<string, { groups: readonly string[]; canApprove: boolean }>()
  readonly applications = new Map<string, Application>()
  readonly pulls: (OpenedPullRequest & { head: string; base: string })[] = []
  readonly objects = new Map<string, KubeObject>()
  tags: string[] = []
  answer: { status: number; body: string } | undefined = { status: 200, body: 'ok' }
  readonly #changes = new Set<(change: CacheChange) => void>()
  readonly #events = new Set<(event: ApplicationWatchEvent) => void>()

  constructor(object: KubeObject = delivery(), targetRevisions: Record<string, string> = {}) {
    this.objects.set(object.metadata.name, object)
    for (const name of ['staging', 'production']) {
      this.applications.set(`fraud-${name}`, {
        metadata: { name: `fraud-${name}`, namespace: 'argocd' },
        spec: {
          source: { repoURL: repo, path: name, targetRevision: targetRevisions[name] ?? 'main' },
          destination: { namespace: name },
          syncPolicy: { automated: {} },
        },
        status: { sync: { status: 'Synced' }, health: { status: 'Healthy' } },
      })
    }
    this.git.push(
      repo,
      'main',
      { 'staging/kustomization.yaml': stageFile(digest('0')), 'production/kustomization.yaml': stageFile(digest('0')) },
      'Begin',
    )
  }

  /** A merge to main, and what is known about it. */
  merge(title: string, fact: Partial<ReleaseFact> = {}, files: Record<string, string> = { 'train.py': title }): string {
    const commit = this.git.push(repo, 'main', files, title, fact.author ?? 'mira')
    this.facts.set(commit, { author: 'mira', title, reviewers: [], ...fact })
    return commit
  }

  model(stage: string): string | undefined {
    return /MODEL=(\S+)/.exec(this.git.text(repo, 'refs/heads/main', `${stage}/kustomization.yaml`) ?? '')?.[1]
  }

  change(name: string, change: (application: Application) => Application): void {
    const before = this.applications.get(name)
    if (before === undefined) throw new Error(`no application ${name}`)
    const application = change(before)
    this.applications.set(name, application)
    for (const listener of this.#events) listener({ type: 'MODIFIED', application } as ApplicationWatchEvent)
  }

  setHealth(name: string, status: 'Healthy' | 'Degraded' | 'Progressing'): void {
    this.change(name, (application) => ({ ...application, status: { ...application.status, health: { status } } }))
  }

  setSpec(object: KubeObject): void {
    const previous = this.objects.get(object.metadata.name)
    const current = { ...object, metadata: { ...object.metadata, generation: (previous?.metadata.generation ?? 0) + 1 } }
    this.objects.set(object.metadata.name, current)
    const key = { group: 'plimsoll.dev', kind: 'Delivery', namespace: 'argocd', name: object.metadata.name }
    for (const listener of this.#changes) listener({ key, previous, current })
  }

  context(): DeliveriesContext {
    const client = { typeOf: async () => undefined } as unknown as KubeClient
    const cache = {
      get: ({ kind, name }: { kind: string; name: string }) => (kind === 'Delivery' ? this.objects.get(name) : undefined),
      ofKind: () => [...this.objects.values()],
      subscribe: (listener: (change: CacheChange) => void) => {
        this.#changes.add(listener)
        return () => this.#changes.delete(listener)
      },
    } as unknown as DeliveriesContext['home']['cache']
    const get = ({ name }: { name: string }): Application => {
      const found = this.applications.get(name)
      if (found === undefined) throw new PlimsollError('not-found', `no application ${name}`)
      return found
    }
    return {
      home: { client, cache },
      applications: {
        get,
        refresh: async (ref) => get(ref),
        subscribe: (listener) => {
          this.#events.add(listener)
          return () => this.#events.delete(listener)
        },
        pods: async () => [],
        clusterFor: () => ({ server: '', name: '', client, cache }),
      },
      repositories: this.git.repositories,
      git: this.git,
      records: this.records,
      facts: { of: async (_repository, commit) => this.facts.get(commit) },
      people: { of: async (name) => this.accounts.get(name) },
      images: { tags: async () => this.tags, digest: async (_repository, tag) => digest(tag.slice(-1)) },
      http: { ask: async () => this.answer ?? Promise.reject(new Error('connection refused')) },
      pullRequests: {
        open: async ({ repoURL, head, base }) => {
          const found = this.pulls.find((one) => one.head === head)
          if (found) return found
          const opened = { repository: repoURL, number: this.pulls.length + 1, state: 'open' as const, head, base }
          this.pulls.push(opened)
          return opened
        },
        close: async (_repoURL, number) => {
          const pull = this.pulls.find((one) => one.number === number)
          if (pull) pull.state = 'closed'
        },
        get: async (_repoURL, number) => this.pulls.find((one) => one.number === number) ?? Promise.reject(new Error('no pull request')),
      },
      namespace: 'argocd',
      clock: this.clock,
      log: silentLog,
    }
  }

  async start(context: DeliveriesContext = this.context()): Promise<Deliveries> {
    const deliveries = createDeliveries(context)
    await deliveries.start()
    return deliveries
  }

  /** Time goes on, in pieces, so that what falls due in it is done in it. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function stageOf(view: DeliveryView, name: string) {
  const stage = view.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(`no stage ${name}`)
  return stage
}
