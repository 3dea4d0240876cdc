import { beforeEach, describe, expect, it } from 'vitest'
import { PlimsollError } from '@plimsoll/api'
import { configMap, deployment, healthy, hook, World } from '../testing/world.ts'
import { whyOf } from './why.ts'

let world: World
const why = (): string => {
  const { state, sentence } = whyOf(world.application)
  return `${state}: ${sentence}`
}
const evidence = (): string[] => whyOf(world.application).evidence.map(({ about, says }) => `${about}: ${says}`)

beforeEach(async () => {
  world = new World()
  await world.start()
})

describe('why an application is as it is', () => {
  it('well: what it is made of, and since when', async () => {
    const commit = world.commit(configMap('a'))
    await world.create({ automated: {} })

    expect(why()).toBe(`Healthy: All is well: 1 object is as ${commit.slice(0, 7)} of https://git.example/shop.git wants.`)
    expect(evidence()).toEqual([`history: ${commit.slice(0, 7)} was deployed by automated sync (history id 0)`])
  })

  it('different from Git: what, and why nobody syncs it', async () => {
    world.commit(configMap('a') + configMap('b'))
    await world.create()
    await world.sync()
    world.commit(configMap('a', {}, 'y'))
    await world.settle()

    expect(why()).toBe('OutOfSync: ConfigMap shop/a differs from Git, and 1 other object is OutOfSync, too: automated sync is off.')
    expect(evidence()).toEqual(expect.arrayContaining(['ConfigMap shop/a: differs from Git', 'ConfigMap shop/b: not in Git']))
    expect(whyOf(world.application).next).toEqual(['plimsoll app diff shop', 'plimsoll app sync shop --prune'])
  })

  it('what somebody has tried in vain, until Git says something else', async () => {
    world.setProject({ namespaceResourceBlacklist: [{ group: '', kind: 'ConfigMap' }] })
    world.commit(deployment('web') + configMap('a'))
    await world.create()
    await world.sync()

    expect(why()).toMatch(/^SyncFailed: The last sync, begun by \w+, has failed: .*ConfigMap is not permitted in project/)
    expect(whyOf(world.application).next).toEqual(['plimsoll app diff shop', 'plimsoll app sync shop'])

    world.commit(deployment('web'))
    await world.settle()

    expect(why()).not.toContain('SyncFailed')
  })

  it('that the cluster has not got: missing, which is another thing than different', async () => {
    world.commit(configMap('a'))
    await world.create()
    await world.sync()
    world.commit(configMap('a') + configMap('b') + configMap('c'))
    await world.settle()

    expect(why()).toBe(
      'OutOfSync: ConfigMap shop/b is missing in the cluster, and 1 other object is OutOfSync, too: automated sync is off.',
    )
    expect(evidence()).toEqual(
      expect.arrayContaining(['ConfigMap shop/b: missing in the cluster', 'ConfigMap shop/c: missing in the cluster']),
    )
  })

  it.each([
    [{ automated: {} }, 'automated sync does not prune here (spec.syncPolicy.automated.prune)'],
    [{ automated: { prune: true, enabled: false } }, 'automated sync is off'],
  ])('with %j: %s', async (policy, reason) => {
    world.commit(configMap('a') + configMap('b'))
    await world.create(policy)
    await world.sync()
    world.commit(configMap('a'))
    await world.settle()

    expect(why()).toBe(`OutOfSync: ConfigMap shop/b is not in Git any more: ${reason}.`)
  })

  it('changed by hand without self-heal', async () => {
    world.commit(configMap('a'))
    await world.create({ automated: {} })
    world.cluster.put({ ...world.cluster.get('ConfigMap', 'a')!, data: { value: 'edited' } })
    await world.settle()

    expect(why()).toMatch(/^OutOfSync: ConfigMap shop\/a differs from Git: the revision was synced already, .*selfHeal\.$/)
  })

  it('sick: the object to blame, with its own words', async () => {
    world.commit(deployment('web'))
    await world.create({ automated: {} })
    expect(why()).toMatch(/^Progressing: Deployment shop\/web is Progressing/)

    world.cluster.setStatus('Deployment', 'web', {
      ...healthy,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'it is late' }],
    })
    await world.settle()
    expect(why()).toMatch(/^Degraded: Deployment shop\/web is Degraded: .*progress deadline/)
    expect(whyOf(world.application).next[0]).toBe('plimsoll app logs shop')
  })

  it('waiting for a hook', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create({ automated: {} })

    expect(why()).toMatch(
      /^Syncing: A sync to 0000000, begun by automated sync, is under way: waiting for completion of hook batch\/Job\/before/,
    )
  })

  it('broken: what cannot be read', async () => {
    world.commit(configMap('a'))
    await world.create({ automated: {} })
    world.failure = new PlimsollError('repository-unreachable', 'Repository https://git.example/shop.git does not answer.')
    world.commit(configMap('a'))
    await world.settle()

    expect(why()).toMatch(/^ComparisonError: Repository .* does not answer/)
  })

  it('held by a rollback', async () => {
    world.commit(configMap('a'))
    await world.create({ automated: {} })
    world.commit(configMap('a', {}, 'y'))
    await world.settle()
    await world.applications.rollback({ name: 'shop', namespace: 'argocd' }, { id: 0 }, { username: 'ana', origin: 'test' })
    await world.settle()

    expect(why()).toMatch(
      /^Held: Automated sync is on hold by ana: rolled back to 00000001aaaa \(history id 0\)\. What Git says now is not applied\.$/,
    )
    expect(whyOf(world.application).next[0]).toBe('plimsoll app resume shop')
  })

  it('on its way out', async () => {
    world.commit(configMap('a', { 'argocd.argoproj.io/sync-options': 'Delete=confirm' }))
    await world.create({ automated: {} })
    await world.applications.delete({ name: 'shop', namespace: 'argocd' }, { cascade: true })
    await world.settle()

    expect(why()).toMatch(/^Deleting: It is being deleted/)
    expect(whyOf(world.application).next).toEqual(['plimsoll app confirm-deletion shop'])
  })
})
