import { beforeEach, describe, expect, it } from 'vitest'
import { configMap, deployment, healthy, hook, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const wave = (value: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(value) })
const options = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/sync-options': value })
const written = (): string[] => world.cluster.effects.filter((effect) => !effect.includes('Application'))
const deleted = (): string[] => written().filter((effect) => effect.startsWith('delete'))

async function hold(name: string): Promise<void> {
  world.cluster.change('ConfigMap', name, (object) => ({ ...object, metadata: { ...object.metadata, finalizers: ['example.org/held'] } }))
}
async function letGo(name: string): Promise<void> {
  world.cluster.remove('ConfigMap', name)
  await world.settle()
}

describe('waves', () => {
  it('go one after the other, negative ones first; each waits for the health of the one before, and nobody for that of the last', async () => {
    world.commit(deployment('db', wave(-1)) + configMap('a') + deployment('web', wave(5)))
    await world.create()

    expect((await world.sync()).message).toBe('waiting for healthy state of apps/Deployment/db')
    expect(written()).toEqual(['create Deployment/db'])

    world.cluster.setStatus('Deployment', 'db', healthy)
    await world.settle()
    expect(world.operation).toMatchObject({ phase: 'Succeeded', message: 'successfully synced (all tasks run)' })
    expect(written()).toEqual(['create Deployment/db', 'create ConfigMap/a', 'create Deployment/web'])
  })

  it('do not go back to one that was healthy once', async () => {
    world.commit(deployment('db', wave(-1)) + deployment('web', wave(0)) + configMap('a', wave(1)))
    await world.create()
    await world.sync()
    world.cluster.setStatus('Deployment', 'db', healthy)
    await world.settle()

    world.cluster.setStatus('Deployment', 'db', {
      observedGeneration: 1000,
      conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }],
    })
    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle()

    expect(world.operation.phase).toBe('Succeeded')
  })

  it('end where one of them does not become healthy', async () => {
    world.commit(deployment('db', wave(-1)) + configMap('a'))
    await world.create()
    await world.sync()

    world.cluster.setStatus('Deployment', 'db', {
      observedGeneration: 1000,
      conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }],
    })
    await world.settle()

    expect(world.operation).toMatchObject({ phase: 'Failed', message: expect.stringContaining('Deployment db is Degraded') })
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
  })

  it('end where an object is taken away while it is waited for', async () => {
    world.commit(deployment('db', wave(-1)) + configMap('a'))
    await world.create()
    await world.sync()

    world.cluster.remove('Deployment', 'db')
    await world.settle()

    expect(world.operation).toMatchObject({ phase: 'Failed', message: expect.stringContaining('Resource apps/Deployment/db is missing') })
  })

  it('bring a namespace before what is in it, and a definition before its objects, whatever they say', async () => {
    world.commit(
      `---
apiVersion: example.org/v1
kind: Thing
metadata: { name: t, namespace: elsewhere }
---
apiVersion: v1
kind: Namespace
metadata: { name: elsewhere, annotations: { argocd.argoproj.io/sync-wave: "7" } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.org, annotations: { argocd.argoproj.io/sync-wave: "9" } }
spec: { group: example.org, scope: Namespaced, names: { kind: Thing, plural: things }, versions: [{ name: v1, served: true, storage: true }] }
`,
    )
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })
    expect(written()).toEqual(['create Namespace/elsewhere', 'create CustomResourceDefinition/things.example.org', 'create Thing/t'])
  })

  it('of a namespace that a hook needs move to the phase of the hook', async () => {
    world.commit(
      hook('before', 'PreSync').replace('name: before', 'name: before, namespace: elsewhere') +
        '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: elsewhere }\n',
    )
    await world.create()
    await world.sync()

    expect(written()).toEqual(['create Namespace/elsewhere', 'create Job/before'])
    expect(world.operation.syncResult?.resources?.find(({ kind }) => kind === 'Namespace')).toMatchObject({ syncPhase: 'PreSync' })
  })
})

describe('what Git has dropped', () => {
  async function deployed(...names: [string, Record<string, string>?][]): Promise<void> {
    world.commit(configMap('stays') + names.map(([name, annotations]) => configMap(name, annotations)).join(''))
    await world.create()
    await world.sync()
    expect(world.operation.phase).toBe('Succeeded')
    world.commit(configMap('stays'))
    await world.settle()
    world.cluster.effects.length = 0
  }

  it('is deleted only when that is asked for', async () => {
    await deployed(['a'])

    await world.sync()
    expect(world.results).toEqual(['ConfigMap/stays Synced', 'ConfigMap/a PruneSkipped'].toSorted((a, b) => a.localeCompare(b)))
    expect(deleted()).toEqual([])

    await world.sync({ prune: true })
    expect(world.operation).toMatchObject({ phase: 'Succeeded', message: 'successfully synced (all tasks run)' })
    expect(world.results).toContain('ConfigMap/a Pruned')
    expect(deleted()).toEqual(['delete ConfigMap/a'])
  })

  it('goes in the reverse of its waves, each when the one before is gone', async () => {
    await deployed(['first', wave(1)], ['second', wave(2)], ['third', wave(3)])
    await hold('third')
    await hold('second')

    await world.sync({ prune: true })
    expect(world.operation.message).toBe('waiting for deletion of ConfigMap/third')
    expect(deleted()).toEqual(['delete ConfigMap/third'])

    await letGo('third')
    expect(world.operation.message).toBe('waiting for deletion of ConfigMap/second')

    await letGo('second')
    expect(world.operation.phase).toBe('Succeeded')
    expect(deleted()).toEqual(['delete ConfigMap/third', 'delete ConfigMap/second', 'delete ConfigMap/first'])
    expect(world.results.filter((result) => result.endsWith('Pruned'))).toHaveLength(3)
  })

  it('goes before the rest of its wave is written, and with PruneLast after everything else is healthy', async () => {
    await deployed(['a', options('PruneLast=true')], ['b'])
    world.commit(configMap('stays', {}, 'new') + deployment('web'))

    await world.sync({ prune: true })
    expect(world.operation.message).toBe('waiting for healthy state of apps/Deployment/web')
    expect(written()).toEqual(['delete ConfigMap/b', 'apply ConfigMap/stays', 'create Deployment/web'])

    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle()
    expect(world.operation.phase).toBe('Succeeded')
    expect(deleted()).toEqual(['delete ConfigMap/b', 'delete ConfigMap/a'])
  })

  it.each([
    ['on the object', { a: options('Prune=false') }, []],
    ['for the application', { a: {} }, ['Prune=false']],
    ['on the object, whatever is said for the application', { a: options('Prune=false') }, ['Prune=true']],
  ])('stays with Prune=false %s', async (_where, { a }, syncOptions) => {
    await deployed(['a', a])

    await world.sync({ prune: true, syncOptions })

    expect(world.operation.phase).toBe('Succeeded')
    expect(world.operation.syncResult?.resources?.find(({ name }) => name === 'a')).toMatchObject({
      status: 'PruneSkipped',
      message: 'ignored (no prune)',
    })
    expect(deleted()).toEqual([])
  })

  it.each([
    ['on the object', options('Prune=confirm'), []],
    ['on the object, whatever is said for the application', options('Prune=confirm'), ['Prune=false']],
    ['for the application', {}, ['Prune=confirm']],
  ])('waits for a yes with Prune=confirm %s', async (_where, annotations, syncOptions) => {
    await deployed(['a', annotations])
    expect(world.application.status?.resources?.find(({ name }) => name === 'a')?.requiresDeletionConfirmation ?? false).toBe(
      syncOptions[0] !== 'Prune=confirm',
    )

    await world.sync({ prune: true, syncOptions })
    expect(world.operation).toMatchObject({ phase: 'Running', message: 'waiting for pruning confirmation of ConfigMap/a' })
    await world.clock.advance(60_000)
    expect(deleted()).toEqual([])

    await world.applications.patch(
      { name: 'shop', namespace: 'argocd' },
      JSON.stringify({ metadata: { annotations: { 'argocd.argoproj.io/deletion-approved': new Date(world.clock.now()).toISOString() } } }),
      'merge',
    )
    await world.settle()
    expect(world.operation.phase).toBe('Succeeded')
    expect(deleted()).toEqual(['delete ConfigMap/a'])
  })

  it('is not deleted for a yes of before', async () => {
    await deployed(['a', options('Prune=confirm')])
    const before = new Date(world.clock.now() - 60_000).toISOString()
    world.cluster.change('Application', 'shop', (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'argocd.argoproj.io/deletion-approved': before } },
    }))

    await world.sync({ prune: true })

    expect(world.operation.phase).toBe('Running')
    expect(deleted()).toEqual([])
  })

  it.each([
    [[], 'Foreground'],
    [['PrunePropagationPolicy=background'], 'Background'],
    [['PrunePropagationPolicy=orphan'], 'Orphan'],
    [['PrunePropagationPolicy=whatever'], 'Foreground'],
  ])('goes with %j in propagation %s', async (syncOptions, expected) => {
    await deployed(['a'])
    const asked: unknown[] = []
    const { client } = world.cluster
    const original = client.delete.bind(client)
    client.delete = async (type, ref, given) => {
      asked.push(given?.propagationPolicy)
      return original(type, ref, given)
    }

    await world.sync({ prune: true, syncOptions })

    expect(asked).toEqual([expected])
  })

  it('that cannot be deleted fails the sync, and nothing of its wave is written', async () => {
    await deployed(['a'])
    world.commit(configMap('stays', {}, 'new'))
    world.cluster.refuse = (verb) => (verb === 'delete' ? new Error('not today') : undefined)

    expect(await world.sync({ prune: true })).toMatchObject({ phase: 'Failed', message: expect.stringContaining('not today') })

    expect(written()).toEqual([])
  })

  it('stays while Git cannot be read', async () => {
    await deployed(['a'])
    world.failure = new Error('unreadable')

    await world.sync({ prune: true })
    await world.clock.advance(5000)

    expect(deleted()).toEqual([])
  })
})
