import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

interface Seen {
  operation?: unknown
  status: {
    sync: { status: string; revision?: string }
    conditions?: { type: string; message: string }[]
    operationState?: { phase: string; message: string }
  }
}

const configMap = (name: string, value = 'x'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`
const application = 'argoproj.io/v1alpha1/Application'

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
const operations = async (name: string): Promise<number> =>
  (await plimsoll.api<{ items: unknown[] }>('GET', `/api/v1/applications/${name}/deployments`)).items.length
const value = async (namespace: string, name = 'a'): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, name))?.data as Record<string, unknown> | undefined)?.value

async function deploy(name: string, files: Record<string, string>): Promise<string> {
  const revision = await plimsoll.push(name, files)
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name))
  await untilSynced(plimsoll, name)
  return revision
}

describe('an application that is kept in sync', { timeout: 60_000 }, () => {
  it.concurrent('comes back whole when somebody deletes its namespace', async () => {
    await deploy('razed', { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') })
    const before = await cluster.get('v1/Namespace', '', 'razed')

    await cluster.remove('v1/Namespace', '', 'razed')

    await eventually(
      'there is another one',
      async () => {
        const now = await cluster.get('v1/Namespace', '', 'razed')
        return now !== undefined && now.metadata.uid !== before?.metadata.uid
      },
      45_000,
    )
    await untilSynced(plimsoll, 'razed', {}, 45_000)
    expect([await value('razed', 'a'), await value('razed', 'b')]).toEqual(['x', 'x'])
  })

  it.concurrent('ends at the last of many pushes', async () => {
    await deploy('hasty', { 'a.yaml': configMap('a', '0') })
    let revision = ''
    for (let round = 1; round <= 10; round++) revision = await plimsoll.push('hasty', { 'a.yaml': configMap('a', String(round)) })

    await untilSynced(plimsoll, 'hasty', { revision })

    expect(await value('hasty')).toBe('10')
  })

  it.concurrent('follows a branch that is forced back to an older commit', async () => {
    await deploy('forced', { 'a.yaml': configMap('a', 'one') })
    const url = new URL(plimsoll.repositoryUrl('forced'))
    url.username = 'admin'
    url.password = plimsoll.token
    const first = (await see('forced')).status.sync.revision ?? ''
    const second = await plimsoll.push('forced', { 'a.yaml': configMap('a', 'two') })
    await untilSynced(plimsoll, 'forced', { revision: second })

    const dir = `${plimsoll.dataDir}/forced-clone`
    await mustRun('git', ['clone', '--quiet', url.href, dir])
    await mustRun('git', ['-C', dir, 'push', '--quiet', '--force', 'origin', `${first}:main`])

    await untilSynced(plimsoll, 'forced', { revision: first })
    expect(await value('forced')).toBe('one')
  })

  it.concurrent('keeps its last good state while its branch is gone', async () => {
    await deploy('orphaned', { 'a.yaml': configMap('a', 'one') })
    await plimsoll.api('PATCH', '/api/v1/applications/orphaned', {
      patchType: 'merge',
      patch: '{"spec":{"source":{"targetRevision":"feature"}}}',
    })

    const said = await eventually('it says so', async () =>
      (await see('orphaned')).status.conditions?.find((item) => item.type === 'ComparisonError'),
    )

    expect(said.message).toMatch(/'feature'.*no such branch/)
    expect(await value('orphaned')).toBe('one')
    expect((await see('orphaned')).status.sync.status).toBe('Unknown')
    await plimsoll.api('PATCH', '/api/v1/applications/orphaned', {
      patchType: 'merge',
      patch: '{"spec":{"source":{"targetRevision":"main"}}}',
    })
    await untilSynced(plimsoll, 'orphaned')
  })

  it.concurrent('gets over nonsense that somebody writes into its status and operation', async () => {
    await deploy('garbled', { 'a.yaml': configMap('a', 'one') })

    await cluster.patch(application, 'argocd', 'garbled', {
      status: { sync: 'nonsense', health: 7, history: 'none', operationState: { phase: 'Dancing' } },
      operation: { sync: 'now' },
    })
    const revision = await plimsoll.push('garbled', { 'a.yaml': configMap('a', 'two') })

    await untilSynced(plimsoll, 'garbled', { revision })
    expect(await value('garbled')).toBe('two')
  })

  it.concurrent('does not try for ever what it cannot see: kinds that nobody manages by Git are left out, and said to be', async () => {
    await plimsoll.push('unseen', {
      'a.yaml': configMap('a'),
      'lease.yaml': 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: { name: lock }\nspec: { holderIdentity: me }\n',
      'event.yaml':
        'apiVersion: v1\nkind: Event\nmetadata: { name: party }\ninvolvedObject: { kind: Pod, name: x, namespace: unseen }\nreason: Party\nmessage: tonight\n',
    })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'unseen'))

    await untilSynced(plimsoll, 'unseen')

    const warnings = (await see('unseen')).status.conditions
      ?.filter((item) => item.type === 'ExcludedResourceWarning')
      .map((item) => item.message)
    expect(warnings).toEqual([expect.stringMatching(/event\.yaml:1.*Event/), expect.stringMatching(/lease\.yaml:1.*Lease/)])
    for (let round = 0; round < 3; round++) await plimsoll.api('GET', '/api/v1/applications/unseen?refresh=hard')
    expect(await operations('unseen')).toBe(1)
    expect(await value('unseen')).toBe('x')
  })

  it.concurrent('without a namespace for its objects is told which one needs it', async () => {
    await plimsoll.push('homeless', {
      'a.yaml': configMap('a'),
      'b.yaml': configMap('b').replace('name: b', 'name: b, namespace: default'),
    })
    const manifest = applicationManifest(plimsoll, 'homeless')
    delete (manifest['spec'] as { destination: { namespace?: string } }).destination.namespace
    await plimsoll.api('POST', '/api/v1/applications', manifest)

    const said = await eventually('it says so', async () => {
      const { conditions, operationState } = (await see('homeless')).status
      const text = [...(conditions ?? []).map((item) => item.message), operationState?.message].join('\n')
      return text.includes('namespace') && text
    })

    expect(said).toMatch(/a\.yaml:1.*ConfigMap.*namespace/)
    await plimsoll.api('PATCH', '/api/v1/applications/homeless', {
      patchType: 'merge',
      patch: '{"spec":{"destination":{"namespace":"homeless"}}}',
    })
    await untilSynced(plimsoll, 'homeless')
  })

  it.concurrent('takes an object that changes its kind’s version, and one that moves to another namespace', async () => {
    const scaler = (version: string, metric: string): string =>
      `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata: { name: scaler }\nspec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: none }, ${metric} }\n`
    await deploy('moved', { 'a.yaml': configMap('a'), 'scaler.yaml': scaler('v1', 'targetCPUUtilizationPercentage: 80') })
    await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: moved-away } }')

    const revision = await plimsoll.push('moved', {
      'a.yaml': configMap('a').replace('name: a', 'name: a, namespace: moved-away'),
      'scaler.yaml': scaler(
        'v2',
        'metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]',
      ),
    })

    await untilSynced(plimsoll, 'moved', { revision })
    expect([await value('moved-away'), await value('moved')]).toEqual(['x', undefined])
    const live = await cluster.get('autoscaling/v1/HorizontalPodAutoscaler', 'moved', 'scaler')
    expect(live?.spec).toMatchObject({ targetCPUUtilizationPercentage: 70 })
    await plimsoll.api('GET', '/api/v1/applications/moved?refresh=hard')
    expect(await operations('moved')).toBe(2)
  })

  it.concurrent('whose kind is taken away says so and goes on with the rest', async () => {
    await cluster.create(
      '{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: fleetings.example.org }, spec: { group: example.org, scope: Namespaced, names: { kind: Fleeting, plural: fleetings }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }] } }',
    )
    await deploy('bereft', { 'a.yaml': configMap('a'), 'f.yaml': 'apiVersion: example.org/v1\nkind: Fleeting\nmetadata: { name: f }\n' })

    await cluster.remove('apiextensions.k8s.io/v1/CustomResourceDefinition', '', 'fleetings.example.org')

    await eventually('it says so', async () => {
      const { conditions, operationState } = (await see('bereft')).status
      return (
        /Fleeting/.test([...(conditions ?? []).map((item) => item.message), operationState?.message].join('\n')) &&
        (await see('bereft')).status.sync.status !== 'Synced'
      )
    })
    expect(await value('bereft')).toBe('x')
  })
})
