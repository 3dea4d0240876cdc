import { beforeEach, describe, expect, it } from 'vitest'
import { configMap, deployment, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const ref = { name: 'shop', namespace: 'argocd' }
const put = (kind: string, name: string, more: Record<string, unknown> = {}, metadata: object = {}, apiVersion = 'v1'): void => {
  world.cluster.put({ apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, ...more })
}
const orphaned = async (): Promise<string[]> =>
  ((await world.applications.tree(ref)).orphanedNodes ?? []).map(({ kind, name }) => `${kind} ${name}`).toSorted()
const warning = (): string | undefined =>
  world.application.status?.conditions?.find(({ type }) => type === 'OrphanedResourceWarning')?.message

function monitor(orphanedResources: unknown): void {
  world.setProject({ orphanedResources })
}

async function deployed(): Promise<void> {
  world.commit(configMap('a') + deployment('web'))
  await world.create()
  await world.sync()
}

describe('what belongs to no application', () => {
  it('is not looked for unless the project asks', async () => {
    put('ConfigMap', 'stray')
    await deployed()

    expect((await world.applications.tree(ref)).orphanedNodes).toBeUndefined()
    expect(warning()).toBeUndefined()
  })

  it('is shown with what it owns, and warned of, as it comes and goes', async () => {
    monitor({})
    await deployed()
    expect(warning()).toBeUndefined()

    put('ConfigMap', 'stray')
    put('Deployment', 'left', {}, { uid: 'u-left' }, 'apps/v1')
    put('Pod', 'left-1', {}, { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'left', uid: 'u-left' }] })
    await world.settle()

    expect(await orphaned()).toEqual(['ConfigMap stray', 'Deployment left', 'Pod left-1'])
    expect(warning()).toBe('Application has 2 orphaned resources: ConfigMap stray, Deployment left')

    world.cluster.remove('ConfigMap', 'stray')
    world.cluster.remove('Deployment', 'left')
    world.cluster.remove('Pod', 'left-1')
    await world.settle()
    expect(warning()).toBeUndefined()
    expect(await orphaned()).toEqual([])
  })

  it('is neither what is elsewhere, nor what the cluster makes by itself, nor what another application has', async () => {
    monitor({})
    world.cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stray', namespace: 'elsewhere' } })
    world.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'other', namespace: 'argocd' },
      spec: {},
    })
    put('ServiceAccount', 'default')
    put('ConfigMap', 'kube-root-ca.crt')
    put('Secret', 'token', { type: 'kubernetes.io/service-account-token' })
    put('ConfigMap', 'theirs', {}, { annotations: { 'argocd.argoproj.io/tracking-id': 'other:/ConfigMap:shop/theirs' } })
    put('ConfigMap', 'of-nobody', {}, { annotations: { 'argocd.argoproj.io/tracking-id': 'gone:/ConfigMap:shop/of-nobody' } })
    await deployed()

    expect(await orphaned()).toEqual(['ConfigMap of-nobody'])
  })

  it('is left out where the project says so', async () => {
    monitor({
      ignore: [
        { kind: 'Secret', name: '*.example.com' },
        { group: 'apps', kind: 'Deployment' },
      ],
    })
    put('Secret', 'tls.example.com')
    put('Secret', 'tls.example.org')
    put('Deployment', 'left', {}, {}, 'apps/v1')
    await deployed()

    expect(await orphaned()).toEqual(['Secret tls.example.org'])
  })

  it('is only shown with warn: false', async () => {
    monitor({ warn: false })
    put('ConfigMap', 'stray')
    await deployed()

    expect(await orphaned()).toEqual(['ConfigMap stray'])
    expect(warning()).toBeUndefined()
  })

  it('may be taken away by whoever may do so with what the application has', async () => {
    monitor({})
    put('ConfigMap', 'stray')
    await deployed()

    await world.applications.deleteResource(ref, { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'stray' }, {})

    expect(world.cluster.get('ConfigMap', 'stray')).toBeUndefined()
  })
})
