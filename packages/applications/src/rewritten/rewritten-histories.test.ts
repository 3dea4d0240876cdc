import { beforeEach, describe, expect, it } from 'vitest'
import { configMap, World } from '../testing/world.ts'

let world: World
const told = (): string[] =>
  (world.application.status?.conditions ?? []).filter(({ type }) => type === 'HistoryRewrittenWarning').map(({ message }) => message)

beforeEach(async () => {
  world = new World()
  await world.start()
})

describe('a history that was rewritten', () => {
  it.each(['main', 'HEAD', undefined])('is told to who follows %s, and over with the next commit', async (targetRevision) => {
    const from = world.commit(configMap('a'))
    const source = { repoURL: 'https://git.example/shop.git', path: '.', ...(targetRevision && { targetRevision }) }
    await world.create({ automated: {} }, {}, { source })

    const to = world.rewrite(configMap('a', {}, 'other'))
    await world.settle()

    expect(told()).toEqual([
      expect.stringContaining(
        `Branch main of https://git.example/shop.git was rewritten: commit ${from}, where it was before, is not in the history of ${to}.`,
      ),
    ])
    expect(world.cluster.get('ConfigMap', 'a')?.['data']).toEqual({ value: 'other' })

    world.commit(configMap('a', {}, 'next'))
    await world.settle()
    expect(told()).toEqual([])
  })

  it('is nothing to who follows another branch', async () => {
    world.commit(configMap('a'))
    await world.create({ automated: {} }, {}, { source: { repoURL: 'https://git.example/shop.git', path: '.', targetRevision: 'other' } })
    world.rewrite(configMap('a', {}, 'other'))
    await world.settle()

    expect(told()).toEqual([])
  })
})
