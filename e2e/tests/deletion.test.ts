import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const finalizer = 'resources-finalizer.argocd.argoproj.io'
const configMap = (name: string, annotations: Record<string, string> = {}, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: ${JSON.stringify(annotations)}${more} }\ndata: { value: x }\n`
const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: a, image: none, command: [sleep, "1000"] }] }\n'

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

async function deploy(name: string, files: Record<string, string>, finalizers: string[] = []): Promise<void> {
  await plimsoll.push(name, files)
  const manifest = applicationManifest(plimsoll, name)
  if (finalizers.length > 0) Object.assign(manifest.metadata as object, { finalizers })
  await plimsoll.api('POST', '/api/v1/applications', manifest)
  await untilSynced(plimsoll, name, { health: 'Healthy' })
}

const application = (name: string): ReturnType<Cluster['get']> => cluster.get('argoproj.io/v1alpha1/Application', 'argocd', name)
const untilGone = (what: string, ask: () => Promise<unknown>): Promise<unknown> =>
  eventually(`${what} is gone`, async () => (await ask()) === undefined)

describe('deleting an application', () => {
  for (const [title, query] of [
    ['by default', ''],
    ['in the foreground', '?cascade=true&propagationPolicy=foreground'],
    ['in the background', '?propagationPolicy=background'],
  ] as const) {
    it.concurrent(`${title} takes along what it manages and what came of that, and then it is gone itself`, async () => {
      const name = `gone-${title.replaceAll(' ', '-')}`
      await deploy(name, { 'a.yaml': configMap('a'), 'web.yaml': deployment })

      await plimsoll.api('DELETE', `/api/v1/applications/${name}${query}`)

      await untilGone('the application', () => application(name))
      expect(await cluster.get('v1/ConfigMap', name, 'a')).toBeUndefined()
      expect(await cluster.get('apps/v1/Deployment', name, 'web')).toBeUndefined()
      await eventually('its pods are gone', async () => (await cluster.list('v1/Pod', name)).length === 0)
      // The namespace may hold what is somebody else's.
      expect(await cluster.get('v1/Namespace', '', name)).toBeDefined()
      await expect(plimsoll.api('GET', `/api/v1/applications/${name}`)).rejects.toThrow(/answered 404/)
    })
  }

  it.concurrent('without cascade leaves everything where it is, also when it had the finalizer', async () => {
    await deploy('left', { 'a.yaml': configMap('a') }, [finalizer])

    await plimsoll.api('DELETE', '/api/v1/applications/left?cascade=false')

    await untilGone('the application', () => application('left'))
    expect(await cluster.get('v1/ConfigMap', 'left', 'a')).toBeDefined()
    await expect(plimsoll.api('DELETE', '/api/v1/applications/left')).rejects.toThrow(/answered 404/)
  })

  it.concurrent('by kubectl cascades when it has the finalizer, and does not when it has none', async () => {
    await deploy('with', { 'a.yaml': configMap('a') }, [finalizer])
    await deploy('without', { 'a.yaml': configMap('a') })

    await cluster.remove('argoproj.io/v1alpha1/Application', 'argocd', 'with')
    await cluster.remove('argoproj.io/v1alpha1/Application', 'argocd', 'without')

    await untilGone('the application', () => application('with'))
    expect(await cluster.get('v1/ConfigMap', 'with', 'a')).toBeUndefined()
    await untilGone('the application', () => application('without'))
    expect(await cluster.get('v1/ConfigMap', 'without', 'a')).toBeDefined()
  })

  it.concurrent('leaves what says Delete=false or is to be kept, definitions of kinds, and what another application has taken', async () => {
    const definition =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: keepers.e2e.example.com }\nspec:\n  group: e2e.example.com\n  scope: Namespaced\n  names: { kind: Keeper, plural: keepers }\n  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]\n'
    await deploy('keeper', {
      'a.yaml': configMap('a'),
      'b.yaml': configMap('b', { 'argocd.argoproj.io/sync-options': 'Delete=false' }),
      'c.yaml': configMap('c', { 'helm.sh/resource-policy': 'keep' }),
      'd.yaml': configMap('d'),
      'crd.yaml': definition,
    })
    await cluster.create('{ apiVersion: e2e.example.com/v1, kind: Keeper, metadata: { name: somebodys, namespace: default } }')
    await plimsoll.api(
      'POST',
      '/api/v1/applications',
      applicationManifest(plimsoll, 'taker', { repository: 'keeper', namespace: 'keeper', automated: false }),
    )
    await plimsoll.api('POST', '/api/v1/applications/taker/sync', { resources: [{ kind: 'ConfigMap', name: 'd' }] })
    await eventually('it is taken', async () =>
      (await cluster.get('v1/ConfigMap', 'keeper', 'd'))?.metadata.annotations?.['argocd.argoproj.io/tracking-id']?.startsWith('taker:'),
    )

    await plimsoll.api('DELETE', '/api/v1/applications/keeper')

    await untilGone('the application', () => application('keeper'))
    const left = (await cluster.list('v1/ConfigMap', 'keeper')).map((object) => object.metadata.name)
    expect(left).toEqual(expect.arrayContaining(['b', 'c', 'd']))
    expect(left).not.toContain('a')
    expect(await cluster.get('e2e.example.com/v1/Keeper', 'default', 'somebodys')).toBeDefined()
  })

  it.concurrent('does not touch an object that somebody made anew under the name', async () => {
    await deploy('named', { 'a.yaml': configMap('a') })
    await plimsoll.api('PATCH', '/api/v1/applications/named', {
      patchType: 'merge',
      patch: JSON.stringify({ spec: { syncPolicy: { automated: null } } }),
    })
    await cluster.remove('v1/ConfigMap', 'named', 'a')
    await cluster.create('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: named }, data: { value: theirs } }')

    await plimsoll.api('DELETE', '/api/v1/applications/named')

    await untilGone('the application', () => application('named'))
    expect((await cluster.get('v1/ConfigMap', 'named', 'a'))?.data).toEqual({ value: 'theirs' })
  })

  it.concurrent('waits for what a finalizer holds', async () => {
    await deploy('waits', { 'a.yaml': configMap('a', {}, ', finalizers: [example.com/hold]'), 'b.yaml': configMap('b') })

    await plimsoll.api('DELETE', '/api/v1/applications/waits')
    await untilGone('what nobody holds', () => cluster.get('v1/ConfigMap', 'waits', 'b'))
    await eventually('the other is marked', async () => (await cluster.get('v1/ConfigMap', 'waits', 'a'))?.metadata.deletionTimestamp)
    expect(await application('waits')).toBeDefined()

    await cluster.patch('v1/ConfigMap', 'waits', 'a', { metadata: { finalizers: null } })
    await untilGone('the application', () => application('waits'))
  })

  it.concurrent('whose cluster nobody knows any more ends all the same', async () => {
    const manifest = applicationManifest(plimsoll, 'nowhere')
    Object.assign((manifest.spec as { destination: object }).destination, { server: 'https://gone.example' })
    Object.assign(manifest.metadata as object, { finalizers: [finalizer] })
    await cluster.create(manifest as never)

    await plimsoll.api('DELETE', '/api/v1/applications/nowhere')

    await untilGone('the application', () => application('nowhere'))
  })

  it.concurrent('refuses propagation policies that are none, and one without cascade', async () => {
    await deploy('refused', { 'a.yaml': configMap('a') })

    await expect(plimsoll.api('DELETE', '/api/v1/applications/refused?propagationPolicy=sideways')).rejects.toThrow(
      /answered 400.*sideways/,
    )
    await expect(plimsoll.api('DELETE', '/api/v1/applications/refused?cascade=false&propagationPolicy=foreground')).rejects.toThrow(
      /answered 400/,
    )

    expect((await application('refused'))?.metadata.deletionTimestamp).toBeUndefined()
  })

  it.concurrent('leaves no trace that a new one of the same name would stumble over', async () => {
    await deploy('again', { 'a.yaml': configMap('a') })
    await plimsoll.api('DELETE', '/api/v1/applications/again')
    await untilGone('the application', () => application('again'))

    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'again'))

    await untilSynced(plimsoll, 'again')
    expect(await cluster.get('v1/ConfigMap', 'again', 'a')).toBeDefined()
  })
})
