import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKubeClient, type KubeClient, type KubeObject } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDocuments, titleOf } from '../conformance/documents.ts'
import { findHelm, helmMissing } from '../harness/helm.ts'
import { root, shared } from '../harness/paths.ts'
import { type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

const example = join(root, 'examples/my-app')
const sharedValues = shared === undefined ? undefined : join(shared, 'inputs/helm/values.yaml')
/** The values that were asked for, verbatim, where they are beside the clone; ours have the same shape. */
const valuesFile = sharedValues !== undefined && existsSync(sharedValues) ? sharedValues : join(example, 'values/production.yaml')
const helm = findHelm('4.1')

interface Application {
  spec: { source: Record<string, unknown> }
  status?: {
    sourceType?: string
    conditions?: { type: string; message: string }[]
    resources?: { kind: string; name: string; health?: { status: string } }[]
  }
}

/** An autoscaler needs metrics of pods to be well, which the embedded cluster does not serve. */
function isWell({ kind, health }: { kind: string; health?: { status: string } }): boolean {
  return kind === 'HorizontalPodAutoscaler' || health === undefined || health.status === 'Healthy'
}

/** Path and text of every file of the chart. */
function chartFiles(folder = join(example, 'chart'), path = 'my-app/chart'): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(folder, { withFileTypes: true }).map((entry) =>
      entry.isDirectory()
        ? chartFiles(join(folder, entry.name), `${path}/${entry.name}`)
        : { [`${path}/${entry.name}`]: readFileSync(join(folder, entry.name), 'utf8') },
    ),
  ) as Record<string, string>
}

describe('a Helm chart in a repository', { timeout: 120_000 }, () => {
  let plimsoll: Plimsoll
  let client: KubeClient
  const values = readFileSync(valuesFile, 'utf8')

  beforeAll(async () => {
    plimsoll = await startPlimsoll()
    client = await createKubeClient({ kubeconfigPath: plimsoll.kubeconfig })
  })
  afterAll(() => plimsoll?.stop())

  async function read(apiVersion: string, kind: string, name: string): Promise<KubeObject | undefined> {
    const type = await client.typeOf(apiVersion, kind)
    if (!type) throw new Error(`${kind} is not served`)
    return await client.get(type, { namespace: type.namespaced ? 'my-app' : undefined, name })
  }

  async function create(object: KubeObject): Promise<void> {
    const type = await client.typeOf(object.apiVersion, object.kind)
    if (!type) throw new Error(`${object.kind} is not served`)
    await client.create(type, object)
  }

  function application(): Application {
    const manifest = yaml.load(readFileSync(join(example, 'application.yaml'), 'utf8')) as Application
    Object.assign(manifest.spec.source, { repoURL: plimsoll.repositoryUrl('infra'), targetRevision: 'main' })
    return manifest
  }

  it('is deployed with the values beside it, its sub-charts switched on by them', async () => {
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'my-app' } })
    await create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db-credentials', namespace: 'my-app' },
      stringData: { password: 'for the test' },
    })
    await create(yaml.load(readFileSync(join(example, 'ingress-class.yaml'), 'utf8')) as KubeObject)
    const commit = await plimsoll.push('infra', { ...chartFiles(), 'my-app/values/production.yaml': values })

    await plimsoll.api('POST', '/api/v1/applications', application())
    await untilSynced(plimsoll, 'my-app', { revision: commit }, 90_000)

    const { status } = await eventually('everything is healthy', async () => {
      const seen = await plimsoll.api<Application>('GET', '/api/v1/applications/my-app')
      return (seen.status?.resources ?? []).every(isWell) ? seen : undefined
    })
    expect(status?.sourceType).toBe('Helm')
    expect(status?.resources?.map(({ kind }) => kind)).toContain('StatefulSet')
    expect(await read('autoscaling/v2', 'HorizontalPodAutoscaler', 'my-app')).toMatchObject({ spec: { minReplicas: 3, maxReplicas: 20 } })
    expect(await read('networking.k8s.io/v1', 'Ingress', 'my-app')).toMatchObject({
      metadata: { annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt-prod' } },
      spec: { ingressClassName: 'nginx', tls: [{}], rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix' }] } }] },
    })
    expect(await read('apps/v1', 'Deployment', 'my-app')).toMatchObject({
      spec: { template: { spec: { containers: [{ resources: { requests: { cpu: '500m', memory: '512Mi' } } }] } } },
    })
    expect(await read('apps/v1', 'StatefulSet', 'my-app-postgresql')).toBeDefined()
    expect(await read('apps/v1', 'StatefulSet', 'my-app-redis-replica')).toBeDefined()
  })

  it.skipIf(!helm)(`is in the cluster object by object what helm renders (needs helm: ${helmMissing})`, async () => {
    const output = await mustRun(helm ?? '', [
      'template',
      'my-app',
      join(example, 'chart'),
      '--namespace',
      'my-app',
      '--values',
      valuesFile,
    ])
    const wanted = readDocuments(output)
      .map(({ value }) => value as KubeObject)
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)

    const missing: string[] = []
    for (const object of wanted) {
      const live = await read(object.apiVersion, object.kind, object.metadata.name ?? '')
      if (live === undefined) missing.push(titleOf(object))
      else expect(live.metadata.labels).toMatchObject(object.metadata.labels ?? {})
    }

    expect(wanted.length).toBeGreaterThan(10)
    expect(missing).toEqual([])
  })

  it('loses what the values no longer switch on', async () => {
    const commit = await plimsoll.push('infra', {
      'my-app/values/production.yaml': values.replace(/(redis:\s+enabled:) true/, '$1 false'),
    })

    await untilSynced(plimsoll, 'my-app', { revision: commit })

    await eventually('redis is gone', async () => (await read('apps/v1', 'StatefulSet', 'my-app-redis-master')) === undefined)
    expect(await read('apps/v1', 'StatefulSet', 'my-app-postgresql')).toBeDefined()
  })

  it('keeps running when the values are wrong, and says what is wrong in the words of Helm', async () => {
    await plimsoll.push('infra', { 'my-app/values/production.yaml': values.replace('replicaCount: 3', 'replicaCount: three') })

    const message = await eventually('the error is told', async () => {
      const { status } = await plimsoll.api<Application>('GET', '/api/v1/applications/my-app')
      return status?.conditions?.find(({ type }) => type === 'ComparisonError')?.message
    })

    expect(message).toContain('replicaCount')
    expect(await read('apps/v1', 'Deployment', 'my-app')).toBeDefined()
  })
})
