import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Applications, createApplications, indexKeysOf, type Log, onlyCluster } from '@plimsoll/applications'
import type { ReadableRepositories, Repositories } from '@plimsoll/git'
import { type ClusterCache, createClusterCache, type KubeClient, type KubeObject, systemClock } from '@plimsoll/kube'
import { openRecords, type Records } from '@plimsoll/records'
import type { Renderer } from '@plimsoll/render'
import { createApiServer } from '../../packages/embedded-cluster/dist/api-server/index.js'
import { installHome } from '../../packages/server/dist/install-home.js'
import { type Fault, mortal } from '../harness/mortal-client.ts'
import { eventually } from '../harness/run.ts'

/**
 * A real API server and real records in this process; the reconciler's client dies at its n-th call, before the call has its effect or after it,
 * and never answers again, as a killed process's would. A new reconciler starts on what is there. For every n the end is the same.
 */
const commit = 'c'.repeat(40)
const silent: Log = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }
const options = { namespace: 'argocd', log: silent, signal: new AbortController().signal }

let dataDir: string
let api: Awaited<ReturnType<typeof createApiServer>>
let records: Records

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-faults-'))
  api = await createApiServer({ dataDir })
  records = await openRecords({ dataDir: join(dataDir, 'records') })
  await installHome(api.client, options)
})
afterAll(async () => {
  await records?.close()
  await api?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const reader: ReadableRepositories = {
  resolve: async () => ({ commit }),
  tree: async () => ({ commit, hash: 't', entries: [], read: async () => Buffer.alloc(0) }),
  folderHash: async () => 't',
  entry: async () => undefined,
  blob: async () => Buffer.alloc(0),
  changedPaths: async () => [],
  commitMetadata: async () => ({ author: '', email: '', date: '', message: '', tags: [] }),
  signedObject: async (_url, hash) => ({ kind: 'commit', hash, content: Buffer.alloc(0) }),
  refNames: async () => ({ branches: [], tags: [] }),
}
const repositories: Repositories = {
  ...reader,
  anonymous: reader,
  forProject: () => reader,
  probe: async () => undefined,
  refresh: async () => undefined,
  onRefsChanged: () => () => undefined,
  onHistoryRewritten: () => () => undefined,
  normalize: (url) => url,
}

/** Three objects in three steps: a namespace that `CreateNamespace` makes, a ConfigMap, a Service. */
function rendererFor(name: string): Renderer {
  const objects: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: 'wanted' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], selector: { app: name } } },
  ]
  return {
    render: async () => ({
      ok: true,
      manifests: objects.map((object, index) => ({ object, at: { file: `${index}.yaml`, line: 1 } })),
      sourceType: 'Directory',
      cacheKey: name,
      fromCache: false,
      durationMs: 0,
    }),
    close: async () => undefined,
  }
}

async function startOn(client: KubeClient, name: string): Promise<{ applications: Applications; cache: ClusterCache }> {
  const cache = createClusterCache(api.client, { indexKeysOf, isExcluded: (type) => type.kind === 'Event' })
  await cache.start()
  const home = { server: 'https://kubernetes.default.svc', name: 'in-cluster', client, cache }
  const applications = createApplications({
    home,
    clusters: onlyCluster(home),
    repositories,
    charts: {
      resolve: () => expect.fail('no charts here'),
      archive: () => expect.fail('no charts here'),
      probe: () => expect.fail('no charts here'),
    },
    renderer: rendererFor(name),
    records,
    namespace: 'argocd',
    clock: systemClock,
    log: silent,
    concurrency: 4,
  })
  await applications.start()
  return { applications, cache }
}

function application(name: string): Parameters<Applications['create']>[0] {
  return {
    metadata: { name },
    spec: {
      source: { repoURL: 'https://git.example/a.git', path: '.' },
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    },
  }
}

/** Everything that must be the same however often somebody died on the way. */
async function endState(name: string): Promise<unknown> {
  const app = await eventually(
    `${name} is at its end`,
    async () => {
      const type = await api.client.typeOf('argoproj.io/v1alpha1', 'Application')
      const object = type && (await api.client.get(type, { namespace: 'argocd', name }))
      const status = object?.status as { sync?: { status?: string }; operationState?: { phase?: string } } | undefined
      return status?.sync?.status === 'Synced' && status.operationState?.phase === 'Succeeded' && object?.operation === undefined
        ? object
        : undefined
    },
    10_000,
  )
  const status = app.status as { history?: unknown[]; operationState?: { syncResult?: { resources?: { kind: string; status: string }[] } } }
  const objects: unknown[] = []
  for (const kind of ['ConfigMap', 'Service']) {
    const type = await api.client.typeOf('v1', kind)
    const object = type && (await api.client.get(type, { namespace: name, name }))
    objects.push({ kind: object?.kind, data: object?.data, managers: object?.metadata.managedFields?.map((entry) => entry.manager) })
  }
  const deployments = await records.listDeployments({ application: name })
  return {
    history: status.history?.length,
    resources: status.operationState?.syncResult?.resources?.map((resource) => `${resource.kind} ${resource.status}`),
    objects,
    deployments: deployments.map((deployment) => [deployment.revision, deployment.phase]),
  }
}

async function runWith(name: string, fault: Fault): Promise<{ end: unknown; calls: number }> {
  const doomed = mortal(api.client, fault)
  const first = await startOn(doomed.client, name)
  // Asked for by somebody else than the one who dies, through the same API.
  const type = await api.client.typeOf('argoproj.io/v1alpha1', 'Application')
  if (!type) throw new Error('Applications are not served')
  const { metadata, ...rest } = application(name)
  await api.client.create(type, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    ...rest,
    metadata: { ...metadata, namespace: 'argocd' },
  })
  if (fault.call === 0) {
    const end = await endState(name)
    await first.applications.stop()
    await first.cache.stop()
    return { end, calls: doomed.calls() }
  }
  await doomed.died
  // What a kill leaves behind of a process: nothing. It cannot even stop in order.
  void first.applications.stop()
  await first.cache.stop()
  const second = await startOn(api.client, name)
  const end = await endState(name)
  await second.applications.stop()
  await second.cache.stop()
  return { end, calls: doomed.calls() }
}

describe('a sync whose process is killed', () => {
  it('at any of its calls, before or after the effect, ends as if nothing had happened', { timeout: 120_000 }, async () => {
    const plain = await runWith('plain', { call: 0, when: 'before' })
    const expected = JSON.stringify(plain.end).replaceAll('plain', 'NAME')
    // Fewer calls than these would mean that nothing was done.
    expect(plain.calls).toBeGreaterThanOrEqual(5)
    // Events are written after the fact and are no part of the operation: the last two calls are theirs.
    for (let call = 1; call <= plain.calls - 2; call++) {
      for (const when of ['before', 'after'] as const) {
        const name = `at-${call}-${when}`
        const { end } = await runWith(name, { call, when })
        expect(JSON.stringify(end).replaceAll(name, 'NAME'), `killed ${when} call ${call}`).toBe(expected)
      }
    }
  })
})
