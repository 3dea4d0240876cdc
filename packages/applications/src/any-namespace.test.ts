import { annotations, type ApplicationWatchEvent } from '@plimsoll/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Applications } from './contract.ts'
import { configMap, World } from './testing/world.ts'

let world: World
let applications: Applications

beforeEach(async () => {
  world = new World()
  world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } })
  world.commit(configMap('settings'))
  applications = await world.start()
})

const automated = { automated: { prune: true, selfHeal: true } }

/** As somebody with kubectl makes it. */
async function put(
  name: string,
  namespace: string,
  { to = 'shop', dependsOn, ...metadata }: Record<string, unknown> & { to?: string; dependsOn?: object[] } = {},
): Promise<void> {
  world.cluster.put({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, ...metadata },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example/shop.git', path: '.' },
      destination: { name: 'in-cluster', namespace: to },
      syncPolicy: automated,
      ...(dependsOn && { dependsOn }),
    },
  })
  await world.settle()
}

async function enable(namespaces: string | undefined, sourceNamespaces: string[] = ['*']): Promise<void> {
  world.setProject({ sourceNamespaces })
  if (namespaces === undefined) world.cluster.remove('ConfigMap', 'argocd-cmd-params-cm')
  else
    world.cluster.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cmd-params-cm', namespace: 'argocd' },
      data: { 'application.namespaces': namespaces },
    })
  await world.settle()
}

const trackedAs = (namespace = 'shop'): string | undefined =>
  world.cluster.get('ConfigMap', 'settings', namespace)?.metadata.annotations?.[annotations.trackingId]
const conditions = (name: string, namespace: string): string[] =>
  (applications.get({ name, namespace }).status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`)

describe('an Application of another namespace', () => {
  it('is as good as not there while its namespace is not enabled', async () => {
    await enable(undefined)
    world.cluster.effects.length = 0

    await put('shop', 'team-a', { finalizers: ['resources-finalizer.argocd.argoproj.io'] })

    expect(world.cluster.effects).toEqual([])
    expect(applications.list()).toEqual([])
    expect(() => applications.get({ name: 'shop', namespace: 'team-a' })).toThrow('does not exist')
    await expect(applications.sync({ name: 'shop', namespace: 'team-a' }, {}, { username: 'ana', origin: 'test' })).rejects.toThrow(
      'does not exist',
    )
    await expect(applications.refresh({ name: 'shop', namespace: 'team-a' }, 'normal')).rejects.toThrow('does not exist')
    await expect(applications.delete({ name: 'shop', namespace: 'team-a' }, { cascade: true })).rejects.toThrow('does not exist')
    await expect(
      applications.create(
        { metadata: { name: 'shop', namespace: 'team-a' }, spec: applications.list()[0]?.spec ?? { destination: {} } },
        {},
      ),
    ).rejects.toThrow("metadata.namespace: namespace 'team-a' is not permitted")
    expect(world.cluster.effects).toEqual([])
  })

  it.each(['team-a', 'other, team-a', 'team-*', '*', '/^team-(a|b)$/', '/^((?!argo).)*$/'])(
    'counts where application.namespaces is %s',
    async (namespaces) => {
      await enable(namespaces)

      await put('shop', 'team-a')

      expect(applications.list().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['team-a/shop'])
      expect(trackedAs()).toBe('team-a_shop:/ConfigMap:shop/settings')
      expect(applications.get({ name: 'shop', namespace: 'team-a' }).status).toMatchObject({ sync: { status: 'Synced' } })
      expect(world.deployments).toMatchObject([{ application: 'shop', namespace: 'team-a', phase: 'Succeeded' }])
    },
  )

  it.each(['team-b', '/^((?!team).)*$/', '/(/', ''])('does not count where application.namespaces is %s', async (namespaces) => {
    await enable(namespaces)

    await put('shop', 'team-a')

    expect(applications.list()).toEqual([])
    expect(trackedAs()).toBeUndefined()
  })

  it.each([undefined, ['team-b'], ['/^((?!argo).)*$/']])(
    'says so where its project takes it from %j only, and deploys nothing',
    async (from) => {
      await enable('*', from ?? [])

      await put('shop', 'team-a')

      expect(conditions('shop', 'team-a')).toEqual([
        "UnknownError: application 'shop' in namespace 'team-a' is not permitted to use project 'default'",
      ])
      expect(applications.get({ name: 'shop', namespace: 'team-a' }).status).toMatchObject({ sync: { status: 'Unknown' } })
      expect(trackedAs()).toBeUndefined()
    },
  )

  it('comes and goes with what the operator says, and what it has deployed stays', async () => {
    await put('shop', 'team-a')
    const told: string[] = []
    applications.subscribe(({ type, application }: ApplicationWatchEvent) => {
      if (type !== 'MODIFIED') told.push(`${type} ${application.metadata.namespace}/${application.metadata.name}`)
    })

    await enable('team-*')
    expect(trackedAs()).toBe('team-a_shop:/ConfigMap:shop/settings')

    await enable(undefined)
    world.commit(configMap('settings', {}, 'new'))
    await world.settle()
    expect(applications.list()).toEqual([])
    expect(world.cluster.get('ConfigMap', 'settings', 'shop')).toMatchObject({ data: { value: 'x' } })

    await enable('team-*')
    expect(world.cluster.get('ConfigMap', 'settings', 'shop')).toMatchObject({ data: { value: 'new' } })
    expect(told).toEqual(['ADDED team-a/shop', 'DELETED team-a/shop', 'ADDED team-a/shop'])
  })
})

describe('two Applications of one name', () => {
  const finalizers = ['resources-finalizer.argocd.argoproj.io']

  beforeEach(async () => {
    world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } })
    await enable('team-*')
    await put('shop', 'argocd', { to: 'shop', finalizers })
    await put('shop', 'team-a', { to: 'other', finalizers })
  })

  it('have each its own objects, history and record', async () => {
    expect([trackedAs('shop'), trackedAs('other')]).toEqual(['shop:/ConfigMap:shop/settings', 'team-a_shop:/ConfigMap:other/settings'])
    for (const namespace of ['argocd', 'team-a']) {
      const { status } = applications.get({ name: 'shop', namespace })
      expect(status?.history).toHaveLength(1)
      expect(status?.conditions ?? []).toEqual([])
    }
    expect(world.deployments.map(({ namespace, application }) => `${namespace}/${application}`)).toEqual(['argocd/shop', 'team-a/shop'])
  })

  it('are deleted one without the other', async () => {
    await applications.delete({ name: 'shop', namespace: 'team-a' }, { cascade: true })
    await world.settle(12_000)

    expect(applications.list().map(({ metadata }) => metadata.namespace)).toEqual(['argocd'])
    expect(trackedAs('other')).toBeUndefined()
    expect(trackedAs('shop')).toBe('shop:/ConfigMap:shop/settings')
  })

  it('hold up no deletion in another namespace by depending on what is there', async () => {
    await put('app', 'team-a', { to: 'other', finalizers: ['example.org/held'], dependsOn: [{ name: 'shop', namespace: 'argocd' }] })
    await applications.delete({ name: 'app', namespace: 'team-a' }, { cascade: false })

    await applications.delete({ name: 'shop', namespace: 'argocd' }, { cascade: true })
    await world.settle(12_000)

    expect(applications.list().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['team-a/app', 'team-a/shop'])
  })

  it('are told of each other where both want one object', async () => {
    await put('shop', 'team-a', { to: 'shop' })

    expect(conditions('shop', 'argocd').concat(conditions('shop', 'team-a')).join('\n')).toMatch(
      /SharedResourceWarning: ConfigMap shop\/settings is part of applications/,
    )
  })

  it('are planned under names that tell them apart', async () => {
    const plans = await Promise.all(
      ['argocd', 'team-a'].map((namespace) => applications.plan(applications.get({ name: 'shop', namespace }))),
    )

    expect(plans.map(({ application }) => application)).toEqual(['shop', 'team-a/shop'])
  })
})
