import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const trackingId = 'argocd.argoproj.io/tracking-id'

/** What Git holds at first, and what it holds after it has dropped two things. */
const deployment = (extras: boolean): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web${extras ? ', drop: me' : ''} }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: a
        image: example/app:1
        env:
        - { name: KEEP, value: "1" }
${extras ? '        - { name: DROP, value: "1" }\n' : ''}        ports: [{ containerPort: 80 }]
`

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

const withNamespace = (yaml: string, namespace: string, annotations = ''): string =>
  yaml.replace('  name: web\n', `  name: web\n  namespace: ${namespace}\n${annotations}`)

interface Way {
  /** How the object came to be before anybody knew of us. */
  before: (namespace: string) => Promise<unknown>
  /** Everything is already as it should be, the tracking annotation too: not a byte needs to change. */
  isTracked?: boolean
}

const ways: Record<string, Way> = {
  'kubectl apply': { before: (namespace) => cluster.applyClientSide(withNamespace(deployment(true), namespace)) },
  'kubectl apply with the annotation of Argo CD': {
    isTracked: true,
    before: (namespace) =>
      cluster.applyClientSide(
        withNamespace(deployment(true), namespace, `  annotations: { ${trackingId}: "${namespace}:apps/Deployment:${namespace}/web" }\n`),
      ),
  },
  'Argo CD, which applied on the client': {
    isTracked: true,
    before: (namespace) =>
      cluster.applyClientSide(
        withNamespace(deployment(true), namespace, `  annotations: { ${trackingId}: "${namespace}:apps/Deployment:${namespace}/web" }\n`),
        'argocd-controller',
      ),
  },
  'Argo CD, which applied on the server': {
    isTracked: true,
    before: async (namespace) => {
      const object = withNamespace(
        deployment(true),
        namespace,
        `  annotations: { ${trackingId}: "${namespace}:apps/Deployment:${namespace}/web" }\n`,
      )
      const type = await cluster.client.typeOf('apps/v1', 'Deployment')
      const { load } = await import('js-yaml')
      if (type) await cluster.client.apply(type, load(object) as never, { fieldManager: 'argocd-controller', force: true })
    },
  },
}

const env = (object: unknown): string[] =>
  (object as { spec: { template: { spec: { containers: { env: { name: string }[] }[] } } } }).spec.template.spec.containers[0]?.env.map(
    ({ name }) => name,
  ) ?? []

describe('what is there already', () => {
  for (const [title, { before, isTracked }] of Object.entries(ways)) {
    it.concurrent(`by ${title} is taken over as it is, keeps what others set, and loses what Git drops later`, async () => {
      const name = title
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, '-')
        .slice(0, 40)
        .replace(/-$/, '')
      await cluster.create(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${name} } }`)
      await before(name)
      await cluster.patch('apps/v1/Deployment', name, 'web', { spec: { revisionHistoryLimit: 3 } }, { manager: 'kubectl-edit' })
      const there = await cluster.get('apps/v1/Deployment', name, 'web')
      await plimsoll.push(name, { 'web.yaml': deployment(true) })
      await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name))

      await untilSynced(plimsoll, name)
      const taken = await cluster.get('apps/v1/Deployment', name, 'web')
      expect(taken?.metadata.uid).toBe(there?.metadata.uid)
      expect(taken?.metadata['generation']).toBe(there?.metadata['generation'])
      expect(taken?.metadata.annotations?.[trackingId]).toBe(`${name}:apps/Deployment:${name}/web`)
      // The Deployment's controller writes its status in its own time: what others than it have written is as it was.
      if (isTracked) expect(taken?.metadata.annotations).toMatchObject(there?.metadata.annotations ?? {})

      const revision = await plimsoll.push(name, { 'web.yaml': deployment(false) })
      await untilSynced(plimsoll, name, { revision })

      await eventually('what Git has dropped is gone', async () => {
        const after = await cluster.get('apps/v1/Deployment', name, 'web')
        return env(after).join() === 'KEEP' && after?.metadata.labels?.drop === undefined
      })
      const after = await cluster.get('apps/v1/Deployment', name, 'web')
      expect(after?.spec).toMatchObject({ revisionHistoryLimit: 3 })
      expect(after?.metadata.uid).toBe(there?.metadata.uid)
      const managers = after?.metadata.managedFields?.map((entry) => `${entry.manager} ${entry.operation}`)
      expect(managers).toContain('argocd-controller Apply')
      expect(managers).not.toContain('kubectl-client-side-apply Update')
      const { items } = await plimsoll.api<{ items: unknown[] }>('GET', `/api/v1/applications/${name}/deployments`)
      expect(items).toHaveLength(isTracked ? 1 : 2)
    })
  }

  it.concurrent('and is edited by hand with kubectl apply later comes back to what Git says', async () => {
    await plimsoll.push('later', { 'web.yaml': deployment(false) })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'later'))
    await untilSynced(plimsoll, 'later')

    await cluster.patch(
      'apps/v1/Deployment',
      'later',
      'web',
      { metadata: { labels: { drop: 'me' } }, spec: { template: { spec: { containers: [{ name: 'a', image: 'example/app:2' }] } } } },
      { manager: 'kubectl-client-side-apply' },
    )

    await eventually('the image is Git’s', async () =>
      JSON.stringify((await cluster.get('apps/v1/Deployment', 'later', 'web'))?.spec).includes('example/app:1'),
    )
    await untilSynced(plimsoll, 'later')
  })

  it.concurrent('and belongs to nobody is never pruned', async () => {
    await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: beside } }')
    await cluster.applyClientSide('{ apiVersion: v1, kind: ConfigMap, metadata: { name: theirs, namespace: beside }, data: { a: b } }')
    // A copy of somebody else's annotation means another object, not this one.
    await cluster.applyClientSide(
      `{ apiVersion: v1, kind: ConfigMap, metadata: { name: copied, namespace: beside, annotations: { ${trackingId}: "beside:apps/Deployment:beside/web" } }, data: { a: b } }`,
    )
    await plimsoll.push('beside', { 'web.yaml': deployment(false) })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'beside'))
    await untilSynced(plimsoll, 'beside')
    await plimsoll.api('GET', '/api/v1/applications/beside?refresh=hard')

    await plimsoll.api('DELETE', '/api/v1/applications/beside')
    await eventually(
      'the application is gone',
      async () => (await cluster.get('argoproj.io/v1alpha1/Application', 'argocd', 'beside')) === undefined,
    )

    expect(await cluster.get('v1/ConfigMap', 'beside', 'theirs')).toBeDefined()
    expect(await cluster.get('v1/ConfigMap', 'beside', 'copied')).toBeDefined()
  })
})
