import { beforeEach, describe, expect, it } from 'vitest'
import type { ApplicationPlan } from '@plimsoll/api'
import { configMap, deployment, hook, job, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const options = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/sync-options': value })
const wave = (value: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(value) })
const lines = ({ changes }: ApplicationPlan): string[] =>
  changes.map(
    ({ action, phase, wave: at, kind, name, why }) => `${phase} ${at} ${action} ${kind}/${name}${why === undefined ? '' : `: ${why}`}`,
  )

describe('the plan', () => {
  it('has phases, waves, hooks and prunes in the order of the sync', async () => {
    world.commit(configMap('a') + configMap('first', wave(1)) + configMap('second', wave(2)))
    await world.create({ automated: { prune: true } })

    world.commit(
      configMap('a', {}, 'y') +
        deployment('web', wave(3)) +
        hook('before', 'PreSync', wave(-1)) +
        hook('x', 'PostSync').replace('name: x', 'generateName: notify-') +
        hook('sorry', 'SyncFail', { 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' }) +
        job('never', { 'argocd.argoproj.io/hook': 'Skip' }),
    )
    world.cluster.calls.length = 0
    const plan = await world.applications.plan(world.application)

    expect(lines(plan)).toEqual([
      'PreSync -1 run Job/before: deleted by BeforeHookCreation',
      'Sync 0 change ConfigMap/a',
      'Sync 1 prune ConfigMap/second',
      'Sync 2 prune ConfigMap/first',
      'Sync 3 create Deployment/web',
      'PostSync 0 run Job/notify-…: deleted by BeforeHookCreation',
      'SyncFail 0 run Job/sorry: only when the sync fails; deleted by HookSucceeded',
      'Sync 0 keep Job/never: it is marked Skip',
    ])
    expect(plan.changes[0]?.target).not.toContain('plimsoll.dev/hook-run')
    expect(plan.unchanged).toBe(0)
    expect(world.cluster.calls.filter((call) => call.endsWith('(dry run)'))).toEqual([])
  })

  it('says by which options something is done otherwise', async () => {
    world.commit(
      configMap('replaced', options('Replace=true')) +
        job('anew', options('Force=true,Replace=true')) +
        configMap('kept', options('Prune=false')) +
        configMap('asked', options('Prune=confirm,PruneLast=true')) +
        configMap('gone'),
    )
    await world.create({ automated: { prune: true } })
    await world.settle()

    world.commit(configMap('replaced', options('Replace=true'), 'y') + job('anew', options('Force=true,Replace=true')))
    const plan = await world.applications.plan(world.application)

    expect(lines(plan)).toEqual([
      'Sync 0 prune ConfigMap/gone',
      'Sync 0 keep ConfigMap/kept: its sync option is Prune=false',
      'Sync 0 change ConfigMap/replaced: replaced as a whole (Replace=true)',
      'Sync 0 change Job/anew: deleted and made anew (Force=true, Replace=true)',
      'Sync 1 prune ConfigMap/asked: waits for `plimsoll app confirm-deletion` (Prune=confirm); after everything else is healthy (PruneLast=true)',
    ])
  })
})
