import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Result {
  kind: string
  name: string
  status: string
  message: string
}
interface Seen {
  metadata: { annotations?: Record<string, string> }
  operation?: unknown
  status: {
    sync: { status: string; revision?: string }
    health: { status: string }
    conditions?: { type: string; message: string }[]
    resources: { kind: string; name: string; status: string; requiresPruning?: boolean; health?: { status: string } }[]
    history?: { id: number; revision: string }[]
    operationState?: {
      phase: string
      message: string
      retryCount?: number
      operation: { sync: { revision?: string; resources?: unknown[] }; initiatedBy?: { automated?: boolean; username?: string } }
      syncResult?: { revision: string; resources: Result[] }
    }
  }
}

const configMap = (name: string, value = 'x', annotations: Record<string, string> = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  annotations: ${JSON.stringify(annotations)}\ndata:\n  value: "${value}"\n`

let plimsoll: Plimsoll
let cluster: Cluster

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
})
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
})

const see = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
const refreshed = (name: string, kind = 'normal'): Promise<Seen> =>
  plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=${kind}`)
const value = async (namespace: string, name: string): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, name))?.data as Record<string, unknown> | undefined)?.value
const statusOf = (seen: Seen, name: string): string | undefined => seen.status.resources.find((resource) => resource.name === name)?.status

async function create(
  name: string,
  files: Record<string, string>,
  change: (spec: Record<string, Record<string, unknown>>) => void,
  automated = true,
): Promise<string> {
  const revision = await plimsoll.push(name, files)
  const manifest = applicationManifest(plimsoll, name, { automated })
  change(manifest.spec as Record<string, Record<string, unknown>>)
  await plimsoll.api('POST', '/api/v1/applications', manifest)
  return revision
}

/** Asks for a sync and waits for its end. */
async function sync(name: string, body: object = {}): Promise<Seen> {
  await plimsoll.api('POST', `/api/v1/applications/${name}/sync`, body)
  return untilOver(name)
}

function untilOver(name: string): Promise<Seen> {
  return eventually(`the operation of ${name} is over`, async () => {
    const seen = await see(name)
    return (
      seen.operation === undefined &&
      seen.status.operationState !== undefined &&
      !['Running', 'Terminating'].includes(seen.status.operationState.phase) &&
      seen
    )
  })
}

const nothing = (): void => undefined

describe('a sync by hand', () => {
  it.concurrent('waits to be asked, and then brings everything', async () => {
    const revision = await create('all', { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') }, nothing, false)
    const before = await refreshed('all')
    expect(before.status.sync).toMatchObject({ status: 'OutOfSync', revision })
    expect(before.status.health.status).toBe('Missing')
    expect(before.status.operationState).toBeUndefined()

    const after = await sync('all')

    expect(after.status.operationState).toMatchObject({
      phase: 'Succeeded',
      operation: { initiatedBy: { username: 'admin' } },
      syncResult: { revision },
    })
    expect(after.status.sync.status).toBe('Synced')
    expect(after.status.history?.map((entry) => [entry.id, entry.revision])).toEqual([[0, revision]])
    expect(await value('all', 'b')).toBe('x')
  })

  it.concurrent('of chosen resources brings those alone, and is no deployment of a revision', async () => {
    await create('chosen', { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') }, nothing, false)

    const after = await sync('chosen', { resources: [{ group: '', kind: 'ConfigMap', name: 'b' }] })

    expect(after.status.operationState?.syncResult?.resources.map((result) => result.name)).toEqual(['b'])
    expect(after.status.sync.status).toBe('OutOfSync')
    expect([statusOf(after, 'a'), statusOf(after, 'b')]).toEqual(['OutOfSync', 'Synced'])
    expect(await value('chosen', 'a')).toBeUndefined()
    expect(after.status.history).toBeUndefined()
  })

  it.concurrent('as a dry run changes nothing and says what it would do', async () => {
    await create('dry', { 'a.yaml': configMap('a') }, (spec) => delete spec.syncPolicy, false)
    await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: dry } }')

    const after = await sync('dry', { dryRun: true })

    expect(after.status.operationState).toMatchObject({
      phase: 'Succeeded',
      syncResult: { resources: [{ name: 'a', message: expect.stringMatching(/created \(dry run\)/) as string }] },
    })
    expect(await cluster.get('v1/ConfigMap', 'dry', 'a')).toBeUndefined()
    expect(after.status.sync.status).toBe('OutOfSync')
    expect(after.status.history).toBeUndefined()
    expect(await plimsoll.api('GET', '/api/v1/applications/dry/deployments')).toEqual({ items: [] })
  })

  it.concurrent('prunes only when it is told to, and never what says Prune=false', async () => {
    await create(
      'prune',
      {
        'a.yaml': configMap('a'),
        'b.yaml': configMap('b'),
        'c.yaml': configMap('c', 'x', { 'argocd.argoproj.io/sync-options': 'Prune=false' }),
      },
      nothing,
      false,
    )
    await sync('prune')
    await plimsoll.push('prune', { 'b.yaml': null, 'c.yaml': null })

    const unpruned = await sync('prune')
    expect(
      unpruned.status.operationState?.syncResult?.resources
        .filter((result) => result.status === 'PruneSkipped')
        .map((result) => result.name),
    ).toEqual(['b', 'c'])
    expect(unpruned.status.resources.find((resource) => resource.name === 'b')).toMatchObject({
      status: 'OutOfSync',
      requiresPruning: true,
    })
    expect(await value('prune', 'b')).toBe('x')

    const pruned = await sync('prune', { prune: true })
    expect(pruned.status.operationState?.syncResult?.resources).toContainEqual(expect.objectContaining({ name: 'b', status: 'Pruned' }))
    await eventually('b is gone', async () => (await value('prune', 'b')) === undefined)
    expect(await value('prune', 'c')).toBe('x')
    expect((await refreshed('prune')).status.sync.status).toBe('OutOfSync')
  })

  it.concurrent('of an older revision brings that one', async () => {
    const first = await create('older', { 'a.yaml': configMap('a', 'one') }, nothing, false)
    await plimsoll.push('older', { 'a.yaml': configMap('a', 'two') })
    await sync('older')

    const after = await sync('older', { revision: first })

    expect(after.status.operationState?.syncResult?.revision).toBe(first)
    expect(after.status.sync.status).toBe('OutOfSync')
    expect(await value('older', 'a')).toBe('one')
  })

  it.concurrent('is refused while another one runs, and one that runs can be ended', async () => {
    const stuck = `apiVersion: v1\nkind: Pod\nmetadata: { name: stuck, annotations: { argocd.argoproj.io/sync-wave: "-1" } }\nspec: { containers: [{ name: a, image: none, command: [sleep, "1000"], readinessProbe: { exec: { command: ["false"] } } }] }\n`
    await create('terminated', { 'stuck.yaml': stuck, 'a.yaml': configMap('a') }, nothing, false)
    await plimsoll.api('POST', '/api/v1/applications/terminated/sync', {})
    await eventually('it waits', async () =>
      (await see('terminated')).status.operationState?.message.startsWith('waiting for healthy state of Pod/stuck'),
    )

    await expect(plimsoll.api('POST', '/api/v1/applications/terminated/sync', {})).rejects.toThrow(
      /another operation is already in progress/i,
    )
    await plimsoll.api('DELETE', '/api/v1/applications/terminated/operation')

    const after = await untilOver('terminated')
    expect(after.status.operationState).toMatchObject({ phase: 'Failed', message: 'Operation terminated' })
    expect(await value('terminated', 'a')).toBeUndefined()
    await expect(plimsoll.api('DELETE', '/api/v1/applications/terminated/operation')).rejects.toThrow(/No operation is in progress/)
  })

  it.concurrent('can be asked for by kubectl, as Argo CD takes it', async () => {
    await create('by-kubectl', { 'a.yaml': configMap('a') }, nothing, false)

    await cluster.patch('argoproj.io/v1alpha1/Application', 'argocd', 'by-kubectl', {
      operation: { initiatedBy: { username: 'carol' }, sync: { syncOptions: ['CreateNamespace=true'] } },
    })

    const after = await untilOver('by-kubectl')
    expect(after.status.operationState).toMatchObject({ phase: 'Succeeded', operation: { initiatedBy: { username: 'carol' } } })
    expect(await value('by-kubectl', 'a')).toBe('x')
  })
})

describe('waves', () => {
  it.concurrent('come one after the other, each once the one before is healthy', async () => {
    const wave = (name: string, number: number): string => configMap(name, 'x', { 'argocd.argoproj.io/sync-wave': String(number) })
    const gate = (ready: string): string =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: gate }\nspec:\n  selector: { matchLabels: { app: gate } }\n  template:\n    metadata: { labels: { app: gate } }\n    spec: { containers: [{ name: a, image: none, command: [sleep, "1000"], readinessProbe: { periodSeconds: 1, exec: { command: [${ready}] } } }] }\n`
    await create(
      'waves',
      { 'early.yaml': wave('early', -5), 'gate.yaml': gate('test, -e, /tmp/plimsoll-never'), 'late.yaml': wave('late', 5) },
      nothing,
    )
    await eventually('it waits for the gate', async () =>
      (await see('waves')).status.operationState?.message.startsWith('waiting for healthy state of apps/Deployment/gate'),
    )
    expect([await value('waves', 'early'), await value('waves', 'late')]).toEqual(['x', undefined])

    const revision = await plimsoll.push('waves', { 'gate.yaml': gate('"true"') })

    await untilSynced(plimsoll, 'waves', { revision, health: 'Healthy' })
    expect(await value('waves', 'late')).toBe('x')
    expect((await see('waves')).status.operationState?.syncResult?.resources.map((result) => result.name)).toEqual([
      'early',
      'gate',
      'late',
    ])
  })
})

const refusedByCluster = 'apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec: { ports: [{ port: 99999 }] }\n'

describe('an automated sync', () => {
  it.concurrent('that fails is repeated with back-off, and a newer commit takes its place', async () => {
    await create('retried', { 'a.yaml': configMap('a', 'one'), 'bad.yaml': refusedByCluster }, ({ syncPolicy }) =>
      Object.assign(syncPolicy ?? {}, { retry: { limit: 10, backoff: { duration: '200ms', factor: 2, maxDuration: '60s' } } }),
    )
    const failing = await eventually('it is repeated twice', async () => {
      const seen = await see('retried')
      return (seen.status.operationState?.retryCount ?? 0) >= 2 && seen
    })
    expect(failing.status.operationState).toMatchObject({
      phase: 'Running',
      message: expect.stringMatching(/bad\.yaml.*Retrying attempt #\d+ at /) as string,
    })

    const revision = await plimsoll.push('retried', { 'a.yaml': configMap('a', 'two'), 'bad.yaml': null })

    await untilSynced(plimsoll, 'retried', { revision })
    expect(await value('retried', 'a')).toBe('two')
    const { items } = await plimsoll.api<{ items: { revision: string; phase: string }[] }>(
      'GET',
      '/api/v1/applications/retried/deployments',
    )
    expect(items.map((item) => item.phase)).toEqual(['Succeeded', 'Failed'])
  })

  it.concurrent('that fails gives way to a commit that goes back to what runs', async () => {
    await create('reverted', { 'a.yaml': configMap('a', 'one') }, ({ syncPolicy }) =>
      Object.assign(syncPolicy ?? {}, { retry: { limit: 100, backoff: { duration: '300ms', factor: 1 } } }),
    )
    await untilSynced(plimsoll, 'reverted')
    await plimsoll.push('reverted', { 'bad.yaml': refusedByCluster })
    await eventually('it is repeated', async () => ((await see('reverted')).status.operationState?.retryCount ?? 0) >= 1)

    const revision = await plimsoll.push('reverted', { 'bad.yaml': null })

    await untilSynced(plimsoll, 'reverted', { revision })
    expect((await untilOver('reverted')).status.operationState?.phase).toBe('Failed')
    expect((await see('reverted')).status.conditions ?? []).toEqual([])
  })

  it.concurrent('that has failed for good is not begun again until something changes', async () => {
    await create('given-up', { 'bad.yaml': refusedByCluster }, ({ syncPolicy }) => Object.assign(syncPolicy ?? {}, { retry: { limit: 0 } }))
    const over = await untilOver('given-up')
    const said = await eventually('it says so', async () =>
      (await refreshed('given-up')).status.conditions?.find((item) => item.type === 'SyncError'),
    )

    expect(said.message).toMatch(/^Failed last sync attempt to [0-9a-f]{40}: .*bad\.yaml/)
    await refreshed('given-up', 'hard')
    const { items } = await plimsoll.api<{ items: unknown[] }>('GET', '/api/v1/applications/given-up/deployments')
    expect(items).toHaveLength(1)
    expect(over.status.operationState?.phase).toBe('Failed')
  })

  it.concurrent('refuses to be asked for another revision, which it would leave at once', async () => {
    const first = await create('followed', { 'a.yaml': configMap('a') }, nothing)
    await untilSynced(plimsoll, 'followed')
    const revision = await plimsoll.push('followed', { 'a.yaml': configMap('a', 'two') })
    await untilSynced(plimsoll, 'followed', { revision })
    await untilOver('followed')

    await expect(plimsoll.api('POST', '/api/v1/applications/followed/sync', { revision: first })).rejects.toThrow(
      /answered 400.*auto-sync currently set to main/,
    )
    expect((await sync('followed', { revision: 'main' })).status.operationState?.phase).toBe('Succeeded')
  })

  it.concurrent('undoes edits and deletions, and what it put right is no difference', async () => {
    await create('healed', { 'a.yaml': configMap('a', 'one'), 'b.yaml': configMap('b', 'one') }, nothing)
    await untilSynced(plimsoll, 'healed')
    const { uid } = (await cluster.get('v1/ConfigMap', 'healed', 'a'))?.metadata ?? {}

    await cluster.patch('v1/ConfigMap', 'healed', 'a', { data: { value: 'edited', more: 'theirs' } })
    await cluster.remove('v1/ConfigMap', 'healed', 'b')

    await eventually('the edit is undone', async () => (await value('healed', 'a')) === 'one')
    await eventually('the deletion is undone', async () => (await value('healed', 'b')) === 'one')
    const repaired = await cluster.get('v1/ConfigMap', 'healed', 'a')
    expect(repaired?.metadata.uid).toBe(uid)
    expect(repaired?.data).toEqual({ value: 'one', more: 'theirs' })
    await untilSynced(plimsoll, 'healed')
    expect((await see('healed')).status.history).toHaveLength(1)
  })

  it.concurrent('without selfHeal shows an edit and leaves it, until the next commit', async () => {
    await create('unhealed', { 'a.yaml': configMap('a', 'one') }, ({ syncPolicy }) =>
      Object.assign(syncPolicy ?? {}, { automated: { prune: true } }),
    )
    await untilSynced(plimsoll, 'unhealed')

    await cluster.patch('v1/ConfigMap', 'unhealed', 'a', { data: { value: 'edited' } })
    await eventually('it shows', async () => (await see('unhealed')).status.sync.status === 'OutOfSync')
    await refreshed('unhealed', 'hard')
    expect(await value('unhealed', 'a')).toBe('edited')
    const { items } = await plimsoll.api<{ items: { differences: unknown[] }[] }>('GET', '/api/v1/applications/unhealed/managed-resources')
    expect(items[0]?.differences).toEqual([
      expect.objectContaining({ path: 'data.value', live: '"edited"', target: '"one"', manager: 'somebody' }),
    ])

    const revision = await plimsoll.push('unhealed', { 'a.yaml': configMap('a', 'two') })
    await untilSynced(plimsoll, 'unhealed', { revision })
    expect(await value('unhealed', 'a')).toBe('two')
  })

  it.concurrent('leaves what says Prune=false, and does not try for ever', async () => {
    await create(
      'kept',
      { 'a.yaml': configMap('a'), 'b.yaml': configMap('b', 'x', { 'argocd.argoproj.io/sync-options': 'Prune=false' }) },
      nothing,
    )
    await untilSynced(plimsoll, 'kept')
    const revision = await plimsoll.push('kept', { 'b.yaml': null })
    await eventually('it is compared', async () => {
      const { status, operation } = await see('kept')
      return (
        status.sync.revision === revision &&
        operation === undefined &&
        status.operationState?.syncResult?.revision === revision &&
        status.operationState.phase === 'Succeeded'
      )
    })

    for (let round = 0; round < 5; round++) await refreshed('kept', 'hard')

    const { items } = await plimsoll.api<{ items: unknown[] }>('GET', '/api/v1/applications/kept/deployments')
    expect(items).toHaveLength(2)
    expect((await see('kept')).status.sync.status).toBe('OutOfSync')
    expect(await value('kept', 'b')).toBe('x')
  })

  it.concurrent('does not fight another application for an object', async () => {
    await create('ours', { 'a.yaml': configMap('shared', 'ours') }, nothing)
    await untilSynced(plimsoll, 'ours')
    await create('theirs', { 'a.yaml': configMap('shared', 'theirs') }, ({ destination }) =>
      Object.assign(destination ?? {}, { namespace: 'ours' }),
    )
    await untilSynced(plimsoll, 'theirs')

    const seen = await eventually('the first sees it', async () => {
      const current = await see('ours')
      return current.status.conditions?.some((item) => item.type === 'SharedResourceWarning') && current
    })

    expect(seen.status.sync.status).toBe('OutOfSync')
    for (let round = 0; round < 3; round++) await Promise.all([refreshed('ours', 'hard'), refreshed('theirs', 'hard')])
    expect(await value('ours', 'shared')).toBe('theirs')
    for (const name of ['ours', 'theirs']) {
      expect((await plimsoll.api<{ items: unknown[] }>('GET', `/api/v1/applications/${name}/deployments`)).items).toHaveLength(1)
    }
  })
})

describe('a namespace', () => {
  it.concurrent('is made with the labels and annotations that the application gives it, and follows them', async () => {
    await create('made', { 'a.yaml': configMap('a') }, ({ syncPolicy }) =>
      Object.assign(syncPolicy ?? {}, { managedNamespaceMetadata: { labels: { team: 'risk' }, annotations: { note: 'ours' } } }),
    )
    await untilSynced(plimsoll, 'made')

    const { labels, annotations } = (await cluster.get('v1/Namespace', '', 'made'))?.metadata ?? {}

    expect(labels).toMatchObject({ team: 'risk' })
    expect(annotations).toMatchObject({ note: 'ours' })
  })

  it.concurrent('that is missing is said to be, and is found when somebody makes it', async () => {
    await create('absent', { 'a.yaml': configMap('a') }, ({ syncPolicy }) =>
      Object.assign(syncPolicy ?? {}, { syncOptions: [], retry: { limit: 20, backoff: { duration: '200ms', factor: 1 } } }),
    )
    await eventually('it says so', async () =>
      /namespaces "absent" not found/.test((await see('absent')).status.operationState?.message ?? ''),
    )

    await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: absent } }')

    await untilSynced(plimsoll, 'absent')
  })

  it.concurrent('that Git holds is not made twice and comes first', async () => {
    await create(
      'in-git',
      { 'a.yaml': `${configMap('a')}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: in-git, labels: { from: git } }\n` },
      nothing,
    )

    await untilSynced(plimsoll, 'in-git')

    expect((await cluster.get('v1/Namespace', '', 'in-git'))?.metadata.labels).toMatchObject({ from: 'git' })
  })
})

describe('a look again', () => {
  it.concurrent('can be asked for by an annotation, which goes when it is done', async () => {
    await create('annotated', { 'a.yaml': configMap('a') }, nothing)
    await untilSynced(plimsoll, 'annotated')

    for (const kind of ['normal', 'hard']) {
      const before = (await see('annotated')) as Seen & { status: { reconciledAt: string } }
      await cluster.patch('argoproj.io/v1alpha1/Application', 'argocd', 'annotated', {
        metadata: { annotations: { 'argocd.argoproj.io/refresh': kind } },
      })
      await eventually('it was looked at, and the annotation is gone', async () => {
        const after = (await see('annotated')) as Seen & { status: { reconciledAt: string } }
        const isAsked = after.metadata.annotations?.['argocd.argoproj.io/refresh'] !== undefined
        return !isAsked && Date.parse(after.status.reconciledAt) > Date.parse(before.status.reconciledAt)
      })
    }
  })

  it.concurrent('answers also for an application that is not valid', async () => {
    const manifest = applicationManifest(plimsoll, 'invalid')
    ;(manifest.spec as { destination: object }).destination = {}
    await cluster.create(manifest as never)
    await eventually('it is there', async () => (await see('invalid')).status !== undefined)

    const seen = await refreshed('invalid', 'hard')

    expect(seen.status.conditions?.map((item) => item.type)).toEqual(['InvalidSpecError'])
    expect(seen.metadata.annotations?.['argocd.argoproj.io/refresh']).toBeUndefined()
  })
})
