import { beforeEach, describe, expect, it } from 'vitest'
import { PlimsollError } from '@plimsoll/api'
import { configMap, deployment, healthy, World } from '../testing/world.ts'

let world: World
const ref = { name: 'shop', namespace: 'argocd' }
const by = { username: 'ana', origin: 'test' }
const live = (): unknown => world.cluster.get('ConfigMap', 'a')?.['data']

beforeEach(async () => {
  world = new World()
  await world.start()
})

describe('a rollback', () => {
  it('works while Git is down, with what was kept of the deployment', async () => {
    world.commit(configMap('a', {}, 'one'))
    await world.create()
    await world.sync()
    world.commit(configMap('a', {}, 'two'))
    await world.sync()
    world.failure = new PlimsollError('repository-unreachable', 'Repository https://git.example/shop.git does not answer.')

    await world.applications.rollback(ref, { id: 0 }, by)
    await world.settle()

    expect(live()).toEqual({ value: 'one' })
    expect(world.operation).toMatchObject({
      phase: 'Succeeded',
      message: expect.stringMatching(/with the manifests that were kept of it: Repository .* does not answer/),
    })
  })

  it('keeps large manifests as well', async () => {
    const large = Array.from({ length: 3000 }, (_, index) => `${index} ${Math.sin(index)}`).join(' ')
    world.commit(configMap('a', {}, large))
    await world.create()
    await world.sync()
    world.commit(configMap('a', {}, 'two'))
    await world.sync()
    world.failure = new PlimsollError('repository-unreachable', 'It does not answer.')

    await world.applications.rollback(ref, { id: 0 }, by)
    await world.settle()

    expect(live()).toEqual({ value: large })
    expect(world.deployments[0]?.manifests).toMatch(/^sha256:/)
  })

  it('to what was never deployed says that Git does not answer', async () => {
    world.commit(configMap('a', {}, 'one'))
    await world.create()
    await world.sync()
    world.failure = new PlimsollError('repository-unreachable', 'It does not answer.')

    expect(await world.sync({ revision: 'f'.repeat(40) })).toMatchObject({
      phase: 'Error',
      message: expect.stringMatching(/It does not answer/),
    })
  })
})

describe('an application that asks to be rolled back by itself', () => {
  const asks = { annotations: { 'plimsoll.dev/rollback-when-degraded': 'true' } }
  const broken = {
    observedGeneration: 9,
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'it is late' }],
  }
  const imageOf = (): unknown => JSON.stringify(world.cluster.get('Deployment', 'web')?.['spec']).match(/"image":"([^"]*)"/)?.[1]
  const first = deployment('web')
  const second = deployment('web').replace(/image: (\w+)/, 'image: $1-new')

  async function deployTwo(metadata: Parameters<World['create']>[1]): Promise<void> {
    world.commit(first)
    await world.create({ automated: {} }, metadata)
    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle(15_000)
    world.commit(second)
    await world.settle()
    expect(imageOf()).toMatch(/-new$/)
  }

  it('goes back to the last good deployment when a sync ends Degraded, and holds automated sync', async () => {
    await deployTwo(asks)
    world.cluster.setStatus('Deployment', 'web', broken)
    await world.settle(2000)

    expect(imageOf()).not.toMatch(/-new$/)
    expect(world.operation).toMatchObject({ phase: 'Succeeded', operation: { initiatedBy: { username: 'automatic rollback' } } })
    expect(JSON.stringify(world.application.status?.conditions)).toMatch(/AutomationHeldWarning.*automatic rollback/)
  })

  it('goes back once, and not again and again when that is Degraded, too', async () => {
    await deployTwo(asks)
    world.cluster.setStatus('Deployment', 'web', broken)
    await world.settle(2000)
    const operations = world.deployments.length
    world.cluster.setStatus('Deployment', 'web', broken)
    await world.settle(5000)

    expect(world.deployments.length).toBe(operations)
  })

  it('does not go back when what was good breaks later', async () => {
    await deployTwo(asks)
    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle(15_000)
    world.cluster.setStatus('Deployment', 'web', broken)
    await world.settle(2000)

    expect(imageOf()).toMatch(/-new$/)
  })

  it('and no other application does', async () => {
    await deployTwo({})
    world.cluster.setStatus('Deployment', 'web', broken)
    await world.settle(2000)

    expect(imageOf()).toMatch(/-new$/)
  })
})
