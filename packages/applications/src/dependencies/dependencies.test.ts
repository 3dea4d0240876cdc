import { beforeEach, describe, expect, it } from 'vitest'
import type { Application } from '@plimsoll/api'
import { configMap, deployment, healthy, World } from '../testing/world.ts'

let world: World
const automated = { automated: { prune: true, selfHeal: true } }
const dependsOn = (...names: string[]): Partial<Application['spec']> => ({ dependsOn: names.map((name) => ({ name })) })

beforeEach(async () => {
  world = new World()
  await world.start()
})

function application(name: string): Application {
  return world.cluster.get('Application', name) as unknown as Application
}
const conditionsOf = (name: string): string[] =>
  (application(name).status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`)
const phaseOf = (name: string): string | undefined => application(name).status?.operationState?.phase

async function create(name: string, spec: Partial<Application['spec']> = {}, labels: Record<string, string> = {}): Promise<void> {
  await world.create(
    automated,
    { name, labels },
    { destination: { name: 'in-cluster', namespace: name === 'database' ? 'argocd' : 'shop' }, ...spec },
  )
}

describe('an application that depends on another', () => {
  it('syncs once that one is there, Synced and Healthy, and says for what it waits until then', async () => {
    world.commit(deployment('web'))
    await create('shop', dependsOn('database'))

    expect(conditionsOf('shop')).toContain(
      'DependencyWarning: Automated sync waits: application database is not there, or is in another project and not ready.',
    )
    expect(phaseOf('shop')).toBeUndefined()

    await create('database')
    expect(phaseOf('database')).toBe('Succeeded')
    expect(conditionsOf('shop')).toEqual([
      expect.stringMatching(/^DependencyWarning: Automated sync waits: application database is Progressing/),
    ])

    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle()
    expect(phaseOf('shop')).toBe('Succeeded')
    expect(conditionsOf('shop').filter((one) => one.startsWith('Dependency'))).toEqual([])
  })

  it('waits at each new commit for that one to have it first', async () => {
    const order: string[] = []
    world.commit(configMap('a'))
    await create('database')
    await create('shop', dependsOn('database'))
    expect(phaseOf('shop')).toBe('Succeeded')
    const { client } = world.cluster
    const apply = client.apply.bind(client)
    client.apply = (type, object, options) => {
      if (options?.dryRun !== true && object.kind === 'ConfigMap') order.push(object.metadata.namespace ?? '')
      return apply(type, object, options)
    }

    for (const value of ['b', 'c', 'd']) {
      order.length = 0
      world.commit(configMap('a', {}, value))
      await world.settle()
      expect(order).toEqual(['argocd', 'shop'])
    }
  })

  it('heals itself, and syncs when somebody asks for it, whatever those are like that it depends on', async () => {
    world.commit(configMap('a'))
    await create('database')
    await create('shop', dependsOn('database'))
    await world.applications.delete({ name: 'database', namespace: 'argocd' }, { cascade: false })
    await world.settle()

    world.commit(configMap('a', {}, 'y'))
    await world.settle()
    expect(conditionsOf('shop')).toContain(
      'DependencyWarning: Automated sync waits: application database is not there, or is in another project and not ready.',
    )

    expect((await world.sync()).phase).toBe('Succeeded')
    expect(conditionsOf('shop').filter((one) => one.startsWith('Dependency'))).toEqual([])
  })

  it('waits for all that a selector matches, and not for itself', async () => {
    world.commit(configMap('a'))
    const selector = { matchLabels: { tier: 'base' } }
    await create('shop', { dependsOn: [{ selector }] }, { tier: 'base' })
    expect(phaseOf('shop')).toBe('Succeeded')

    world.commit(deployment('web'))
    await create('database', {}, { tier: 'base' })
    await world.settle()
    expect(conditionsOf('shop')).toEqual([expect.stringMatching(/application database is Progressing/)])
  })

  it('is told when its dependencies go round in a circle', async () => {
    world.commit(configMap('a'))
    await create('database', dependsOn('shop'))
    await create('shop', dependsOn('database'))
    await world.settle()

    expect(conditionsOf('shop')).toEqual([
      'DependencyError: Automated sync can never begin: its dependencies go round in a circle: shop → database → shop. Correct spec.dependsOn, or sync by hand.',
    ])
  })

  it.each([
    [[{}], /dependsOn/],
    [[{ name: 'a', selector: { matchLabels: {} } }], /dependsOn/],
    [[{ selector: { matchExpressions: [{ key: 'a', operator: 'Perhaps' }] } }], /dependsOn|Perhaps/],
  ])('%j is refused, and told', async (wrong, what) => {
    world.commit(configMap('a'))
    await expect(
      create('shop', { dependsOn: wrong as Application['spec']['dependsOn'] }).then(() =>
        Promise.reject(new Error(conditionsOf('shop').join())),
      ),
    ).rejects.toThrow(what)
  })
})

describe('applications that depend on each other and are deleted together', () => {
  const isThere = (kind: string, name: string): boolean => world.cluster.get(kind, name) !== undefined
  const remove = (name: string) => world.applications.delete({ name, namespace: 'argocd' }, { cascade: true })
  /** Something of the application `shop` that takes its time to go. */
  async function deployed(names: readonly string[], of: (name: string) => Partial<Application['spec']>): Promise<void> {
    world.commit(configMap('a'))
    for (const name of names) await create(name, of(name))
    await world.settle()
    world.cluster.change('ConfigMap', 'a', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: ['example.org/held'] } }))
  }

  it.each([
    ['database', 'shop'],
    ['shop', 'database'],
  ])('go in the reverse of their dependencies, whichever is marked first (%s)', async (first, second) => {
    await deployed(['database', 'shop'], (name) => (name === 'shop' ? dependsOn('database') : {}))

    await remove(first)
    await remove(second)
    await world.settle()

    expect(conditionsOf('database')).toContain(
      'DependencyWarning: Its deletion waits: application shop, which depends on it, is being deleted first.',
    )
    world.cluster.remove('ConfigMap', 'a')
    await world.settle()
    expect([isThere('Application', 'shop'), isThere('Application', 'database')]).toEqual([false, false])
  })

  it('do not wait for those that stay', async () => {
    world.commit(configMap('a'))
    await create('database')
    await create('shop', dependsOn('database'))

    await remove('database')
    await world.settle()
    await world.settle(5000)

    expect([isThere('Application', 'shop'), isThere('Application', 'database')]).toEqual([true, false])
  })

  it('go all the same when they depend on each other in a circle', async () => {
    world.commit(configMap('a'))
    await create('database', dependsOn('shop'))
    await create('shop', dependsOn('database'))

    await remove('database')
    await remove('shop')
    await world.settle()
    await world.settle(5000)

    expect([isThere('Application', 'shop'), isThere('Application', 'database')]).toEqual([false, false])
  })
})
