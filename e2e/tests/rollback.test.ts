import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  metadata: { annotations?: Record<string, string> }
  operation?: unknown
  spec: unknown
  status: {
    sync: { status: string; revision?: string }
    conditions?: { type: string; message: string }[]
    history?: { id: number; revision: string; initiatedBy?: { automated?: boolean; username?: string } }[]
    operationState?: { phase: string; message: string; syncResult?: { revision: string } }
  }
}

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`
const hold = 'plimsoll.dev/automation-hold'

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
const refreshed = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=normal`)
const value = async (namespace: string, name = 'a'): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, name))?.data as Record<string, unknown> | undefined)?.value

/** Three revisions of an application, each deployed. */
async function deployThree(name: string, automated: boolean): Promise<string[]> {
  const revisions: string[] = []
  const pushes: Record<string, string>[] = [
    { 'a.yaml': configMap('a', 'one') },
    { 'a.yaml': configMap('a', 'two'), 'b.yaml': configMap('b', 'new') },
    { 'a.yaml': configMap('a', 'three') },
  ]
  for (const [index, files] of pushes.entries()) {
    revisions.push(await plimsoll.push(name, files))
    if (index === 0) await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { automated }))
    if (!automated) await plimsoll.api('POST', `/api/v1/applications/${name}/sync`, { prune: true })
    await eventually(`revision ${index} is deployed`, async () => {
      const seen = await see(name)
      return seen.operation === undefined && seen.status.history?.length === index + 1 && seen.status.sync.status === 'Synced'
    })
  }
  return revisions
}

async function rollBack(name: string, body: object): Promise<Seen> {
  const revisionBefore = (await see(name)).status.history?.length
  await plimsoll.api('POST', `/api/v1/applications/${name}/rollback`, body)
  return eventually(`${name} has gone back`, async () => {
    const seen = await see(name)
    return (
      seen.operation === undefined &&
      seen.status.history?.length !== revisionBefore &&
      seen.status.operationState?.phase === 'Succeeded' &&
      seen
    )
  })
}

describe('a rollback', () => {
  it.concurrent('to an entry of the history holds automation, says so, and stays OutOfSync until somebody resumes', async () => {
    const [first = '', , third] = await deployThree('held', true)
    const { spec } = await see('held')

    const back = await rollBack('held', { id: 0, prune: true })

    expect(back.status.operationState?.syncResult?.revision).toBe(first)
    expect(await value('held')).toBe('one')
    await eventually('what came later is gone', async () => (await value('held', 'b')) === undefined)
    expect(JSON.parse(back.metadata.annotations?.[hold] ?? '{}')).toMatchObject({ by: 'admin', revision: first })
    expect(back.spec).toEqual(spec)
    const said = await eventually('it says so', async () =>
      (await see('held')).status.conditions?.find((item) => item.type === 'AutomationHeldWarning'),
    )
    expect(said.message).toMatch(/on hold.*by admin.*rolled back to.*Resume/s)
    expect((await refreshed('held')).status.sync).toMatchObject({ status: 'OutOfSync', revision: third })

    // Neither a push, nor an edit, nor a restart moves it.
    const fourth = await plimsoll.push('held', { 'a.yaml': configMap('a', 'four') })
    await cluster.patch('v1/ConfigMap', 'held', 'a', { data: { value: 'edited' } })
    expect((await refreshed('held')).status.sync).toMatchObject({ status: 'OutOfSync', revision: fourth })
    expect(await value('held')).toBe('edited')

    await plimsoll.api('POST', '/api/v1/applications/held/resume', {})
    await untilSynced(plimsoll, 'held', { revision: fourth })
    const after = await see('held')
    expect(await value('held')).toBe('four')
    expect(after.metadata.annotations?.[hold]).toBeUndefined()
    expect(after.status.conditions ?? []).toEqual([])
    await expect(plimsoll.api('POST', '/api/v1/applications/held/resume', {})).rejects.toThrow(/not on hold/)
  })

  it.concurrent('without automation needs no hold, and each deployment is an entry of its own', async () => {
    const [first = ''] = await deployThree('by-hand', false)

    const back = await rollBack('by-hand', { id: 0 })

    expect(await value('by-hand')).toBe('one')
    expect(await value('by-hand', 'b')).toBe('new')
    expect(back.metadata.annotations?.[hold]).toBeUndefined()
    expect(back.status.history?.map((entry) => entry.id)).toEqual([0, 1, 2, 3])
    expect(back.status.history?.at(-1)).toMatchObject({ revision: first, initiatedBy: { username: 'admin' } })
    const { items } = await plimsoll.api<{ items: { revision: string; initiatedBy: string }[] }>(
      'GET',
      '/api/v1/applications/by-hand/deployments',
    )
    expect(items).toHaveLength(4)
    expect(items[0]).toMatchObject({ revision: first, initiatedBy: 'admin', phase: 'Succeeded' })
  })

  it.concurrent('with no entry named goes to the one before, also by the CLI', async () => {
    const [, second] = await deployThree('before', false)

    const { code, stderr } = await plimsoll.cli(['app', 'rollback', 'before'])

    expect(code, stderr).toBe(0)
    const seen = await eventually('it is there', async () => {
      const current = await see('before')
      return current.status.history?.length === 4 && current
    })
    expect(seen.status.history?.at(-1)?.revision).toBe(second)
    expect(await value('before')).toBe('two')
    const { stdout } = await plimsoll.cli(['app', 'history', 'before'])
    expect(stdout.split('\n').filter((line) => /^\d/.test(line))).toHaveLength(4)
  })

  it.concurrent('to what is not in the history is refused and holds nothing', async () => {
    await plimsoll.push('refused', { 'a.yaml': configMap('a', 'one') })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'refused'))
    await untilSynced(plimsoll, 'refused')

    await expect(plimsoll.api('POST', '/api/v1/applications/refused/rollback', { id: 99 })).rejects.toThrow(
      /answered 400.*no deployment with id 99.*ids: 0/,
    )
    await expect(plimsoll.api('POST', '/api/v1/applications/refused/rollback', {})).rejects.toThrow(/no earlier deployment/)
    await expect(plimsoll.api('POST', '/api/v1/applications/refused/rollback', { id: 'x' })).rejects.toThrow(/answered 400/)

    const seen = await see('refused')
    expect(seen.metadata.annotations?.[hold]).toBeUndefined()
    expect(seen.operation).toBeUndefined()
  })

  it.concurrent('as a dry run moves nothing and holds nothing', async () => {
    await deployThree('dry', true)

    await plimsoll.api('POST', '/api/v1/applications/dry/rollback', { id: 0, dryRun: true })

    const seen = await eventually('it is over', async () => {
      const current = await see('dry')
      return current.operation === undefined && /dry run/.test(current.status.operationState?.message ?? '') && current
    })
    expect(seen.metadata.annotations?.[hold]).toBeUndefined()
    expect(seen.status.history).toHaveLength(3)
    expect(await value('dry')).toBe('three')
    expect((await refreshed('dry')).status.sync.status).toBe('Synced')
  })

  it.concurrent('that kubectl holds by hand waits as well', async () => {
    await plimsoll.push('stopped', { 'a.yaml': configMap('a', 'one') })
    const manifest = applicationManifest(plimsoll, 'stopped')
    Object.assign(manifest.metadata as object, { annotations: { [hold]: 'freeze until Monday' } })
    await cluster.create(manifest as never)

    const said = await eventually('it says why', async () =>
      (await see('stopped')).status?.conditions?.find((item) => item.type === 'AutomationHeldWarning'),
    )

    expect(said.message).toContain('freeze until Monday')
    expect(await value('stopped')).toBeUndefined()
    await cluster.patch('argoproj.io/v1alpha1/Application', 'argocd', 'stopped', { metadata: { annotations: { [hold]: null } } })
    await untilSynced(plimsoll, 'stopped')
  })
})

describe('what happened', () => {
  it.concurrent('is told as events with the names that Argo CD gives them', async () => {
    const revision = await plimsoll.push('told', { 'a.yaml': configMap('a', 'one') })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'told'))
    await untilSynced(plimsoll, 'told')

    const events = await eventually('they are written', async () => {
      const found = (await cluster.list('v1/Event', 'argocd')).filter(
        (event) => (event['involvedObject'] as { name: string }).name === 'told',
      )
      return found.some((event) => event['reason'] === 'ResourceUpdated' && String(event['message']).includes('-> Synced')) && found
    })

    const told = events.map((event) => `${String(event['type'])} ${String(event['reason'])} ${String(event['message'])}`)
    expect(told).toContain(`Normal OperationStarted Initiated automated sync to ${revision}`)
    expect(told).toContain(`Normal OperationCompleted Sync operation to ${revision} succeeded`)
    expect(told).toContainEqual(expect.stringMatching(/^Normal ResourceUpdated Updated sync status: (OutOfSync)? -> Synced$/))
    const answer = await plimsoll.api<{ items: { reason: string }[] }>('GET', '/api/v1/applications/told/events')
    expect(answer.items.map((event) => event.reason)).toEqual(expect.arrayContaining(['OperationStarted', 'OperationCompleted']))
    expect(events[0]).toMatchObject({
      involvedObject: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd' },
      source: { component: 'argocd-application-controller' },
    })
  })

  it.concurrent('stays in the history for as many deployments as the spec says, and in the records for ever', async () => {
    const manifest = applicationManifest(plimsoll, 'short')
    Object.assign(manifest.spec as object, { revisionHistoryLimit: 2 })
    for (const round of [0, 1, 2, 3]) {
      const revision = await plimsoll.push('short', { 'a.yaml': configMap('a', String(round)) })
      if (round === 0) await plimsoll.api('POST', '/api/v1/applications', manifest)
      await untilSynced(plimsoll, 'short', { revision })
    }

    expect((await see('short')).status.history?.map((entry) => entry.id)).toEqual([2, 3])
    expect((await plimsoll.api<{ items: unknown[] }>('GET', '/api/v1/applications/short/deployments')).items).toHaveLength(4)
  })
})
