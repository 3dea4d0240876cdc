import { beforeEach, describe, expect, it } from 'vitest'
import { PlimsollError } from '@plimsoll/api'
import { configMap, hook, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const ref = { name: 'shop', namespace: 'argocd' }
const options = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/sync-options': value })
const wave = (value: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(value) })
const isThere = (kind: string, name: string): boolean => world.cluster.get(kind, name) !== undefined
const finalizers = (): string[] => world.object.metadata.finalizers ?? []
const error = (): string | undefined => world.application.status?.conditions?.find(({ type }) => type === 'DeletionError')?.message

async function deployed(manifests: string, policy: Parameters<World['create']>[0] = {}): Promise<void> {
  world.commit(manifests)
  await world.create(policy)
  await world.sync()
  expect(world.operation.phase).toBe('Succeeded')
  world.cluster.effects.length = 0
}

async function remove(options: { cascade: boolean } = { cascade: true }): Promise<void> {
  await world.applications.delete(ref, options)
  await world.settle()
}

describe('an application that is deleted with what it manages', () => {
  it('takes it along in the reverse of its waves, each when the one before is gone', async () => {
    await deployed(configMap('first', wave(-1)) + configMap('last', wave(1)))
    world.cluster.change('ConfigMap', 'last', (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ['example.org/held'] },
    }))

    await remove()
    expect(world.cluster.effects).toContain('delete ConfigMap/last')
    expect(world.cluster.effects).not.toContain('delete ConfigMap/first')

    world.cluster.remove('ConfigMap', 'last')
    await world.settle()
    expect(isThere('ConfigMap', 'first')).toBe(false)
    expect(isThere('Application', 'shop')).toBe(false)
  })

  it.each([
    ['on the object', options('Delete=false'), []],
    ['for the application', {}, ['Delete=false']],
    ['on the object, whatever is said for the application', options('Delete=false'), ['Delete=true']],
  ])('leaves what says Delete=false %s', async (_where, annotations, syncOptions) => {
    await deployed(configMap('a', annotations), { syncOptions })

    await remove()

    expect([isThere('Application', 'shop'), isThere('ConfigMap', 'a')]).toEqual([false, true])
  })

  it.each([
    ['Delete=confirm on the object', options('Delete=confirm'), []],
    ['Prune=confirm on the object', options('Prune=confirm'), []],
    ['Delete=confirm for the application', {}, ['Delete=confirm']],
  ])('waits for a yes with %s, and says how to give it', async (_where, annotations, syncOptions) => {
    await deployed(configMap('a', annotations) + configMap('b'), { syncOptions })
    expect(world.application.status?.resources?.find(({ name }) => name === 'a')).toMatchObject({ requiresDeletionConfirmation: true })

    await remove()
    expect([isThere('ConfigMap', 'a'), isThere('ConfigMap', 'b')]).toEqual([true, true])
    expect(error()).toContain('plimsoll app confirm-deletion shop')

    await world.clock.advance(1000)
    await world.applications.confirmDeletion(ref)
    await world.clock.advance(10_000)
    expect([isThere('Application', 'shop'), isThere('ConfigMap', 'a')]).toEqual([false, false])
  })

  it('lets go of a hook that a sync was still waiting for', async () => {
    world.commit(hook('before', 'PreSync'))
    await world.create()
    await world.sync()

    await remove()

    expect([isThere('Application', 'shop'), isThere('Job', 'before')]).toEqual([false, false])
  })

  it('without cascade leaves everything, and no finalizer of ours on a hook', async () => {
    world.commit(hook('before', 'PreSync'))
    await world.create()
    await world.sync()

    await remove({ cascade: false })

    expect(isThere('Application', 'shop')).toBe(false)
    expect(world.cluster.get('Job', 'before')?.metadata.finalizers).toEqual([])
  })
})

describe('hooks of a deletion', () => {
  const both =
    configMap('a') +
    hook('farewell', 'PreDelete') +
    hook('sweep', 'PostDelete', { 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' })
  const all = [
    'pre-delete-finalizer.argocd.argoproj.io',
    'pre-delete-finalizer.argocd.argoproj.io/cleanup',
    'post-delete-finalizer.argocd.argoproj.io',
    'post-delete-finalizer.argocd.argoproj.io/cleanup',
  ]

  it('are kept by finalizers as long as Git has them, and no sync runs them', async () => {
    await deployed(both)
    expect(finalizers()).toEqual(all)
    expect(world.cluster.all('Job')).toEqual([])

    world.failure = new PlimsollError('repository-unreachable', 'no route')
    await world.clock.advance(120_000)
    expect(finalizers()).toEqual(all)

    world.failure = undefined
    world.commit(configMap('a'))
    await world.clock.advance(120_000)
    expect(finalizers()).toEqual([])
  })

  it('run before anything is deleted and after all of it is, and leave nothing', async () => {
    await deployed(both)
    await remove()
    expect([isThere('Job', 'farewell'), isThere('ConfigMap', 'a'), isThere('Job', 'sweep')]).toEqual([true, true, false])

    await world.finish('farewell')
    expect([isThere('ConfigMap', 'a'), isThere('Job', 'sweep')]).toEqual([false, true])

    await world.finish('sweep')
    await world.clock.advance(6000)
    expect([isThere('Application', 'shop'), isThere('Job', 'farewell'), isThere('Job', 'sweep')]).toEqual([false, false, false])
  })

  it('that fail keep everything, are told, and are made again as Git has them then', async () => {
    await deployed(both)
    await remove()
    const first = world.cluster.get('Job', 'farewell')?.metadata.uid

    await world.finish('farewell', 'Failed')
    expect(error()).toMatch(/PreDelete hooks failed: Job shop\/farewell: it broke/)
    expect(isThere('ConfigMap', 'a')).toBe(true)

    world.commit(both.replace('image: a', 'image: corrected'))
    await world.clock.advance(150_000)
    const second = world.cluster.get('Job', 'farewell')
    expect(JSON.stringify(second?.['spec'])).toContain('corrected')
    expect(second?.metadata.uid).not.toBe(first)

    await world.finish('farewell')
    expect(isThere('ConfigMap', 'a')).toBe(false)
  })

  it('wait for Git, and say so', async () => {
    await deployed(both)
    world.failure = new PlimsollError('repository-unreachable', 'no route')
    await remove()
    expect(error()).toMatch(/PreDelete hooks cannot be read from Git: no route/)
    expect(isThere('ConfigMap', 'a')).toBe(true)

    world.failure = undefined
    await world.clock.advance(150_000)
    expect(isThere('Job', 'farewell')).toBe(true)
  })
})
