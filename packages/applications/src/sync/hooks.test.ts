import { beforeEach, describe, expect, it } from 'vitest'
import { PlimsollError } from '@plimsoll/api'
import { configMap, deployment, healthy, hook, job, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const policy = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/hook-delete-policy': value })
const uidOf = (name: string): string | undefined => world.cluster.get('Job', name)?.metadata.uid

describe('hooks', () => {
  it('run phase by phase, each waited for without anybody waiting in between', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a') + hook('during', 'Sync') + hook('after', 'PostSync'))
    await world.create()

    expect((await world.sync()).message).toBe('waiting for completion of hook batch/Job/before')
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()

    await world.finish('before')
    expect(world.operation.message).toBe('waiting for completion of hook batch/Job/during')
    expect(world.cluster.get('ConfigMap', 'a')).toBeDefined()
    expect(world.cluster.get('Job', 'after')).toBeUndefined()

    await world.finish('during')
    expect(world.operation.message).toBe('waiting for completion of hook batch/Job/after')

    await world.finish('after')
    expect(world.operation).toMatchObject({ phase: 'Succeeded', message: 'successfully synced (no more tasks)' })
    expect(world.results).toEqual([
      'Job/before PreSync Succeeded',
      'ConfigMap/a Synced',
      'Job/during Sync Succeeded',
      'Job/after PostSync Succeeded',
    ])
    expect(world.operation.syncResult?.resources?.[0]).toMatchObject({ hookType: 'PreSync', syncPhase: 'PreSync', version: 'v1' })
  })

  it('after the sync wait until everything of it is healthy', async () => {
    world.commit(deployment('web') + hook('after', 'PostSync'))
    await world.create()

    expect((await world.sync()).message).toBe('waiting for healthy state of apps/Deployment/web')

    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.settle()
    expect(world.operation.message).toBe('waiting for completion of hook batch/Job/after')
  })

  it('go by waves within their phase, also by the weights of Helm', async () => {
    world.commit(
      job('second', { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': '5' }) +
        job('first', { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': '-5' }) +
        job('never', { 'helm.sh/hook': 'test' }) +
        configMap('a'),
    )
    await world.create()

    await world.sync()
    expect(world.cluster.all('Job').map(({ metadata }) => metadata.name)).toEqual(['first'])

    await world.finish('first')
    await world.finish('second')
    expect(world.results).toEqual(['Job/first PreSync Succeeded', 'Job/second PreSync Succeeded', 'ConfigMap/a Synced'])
  })

  it('that have no health are done when they are there', async () => {
    world.commit(configMap('settings', { 'argocd.argoproj.io/hook': 'PreSync' }) + configMap('a'))
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })

    expect(world.results).toEqual(['ConfigMap/settings PreSync Succeeded', 'ConfigMap/a Synced'])
    expect(world.operation.syncResult?.resources?.[0]?.message).toBe('settings created')
  })

  it('are no part of what the application is: neither its status, nor its health, nor what it prunes', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create()
    await world.sync({ prune: true })
    await world.finish('before')
    world.cluster.setStatus('Job', 'before', { conditions: [{ type: 'Failed', status: 'True' }] })

    world.commit(configMap('a', {}, 'y'))
    expect(await world.sync({ prune: true })).toMatchObject({ phase: 'Succeeded' })

    expect(world.application.status).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } })
    const shown = world.application.status?.resources?.find(({ kind }) => kind === 'Job')
    expect(shown).toMatchObject({ name: 'before', hook: true })
    expect(shown).not.toHaveProperty('status')
    expect(uidOf('before')).toBeDefined()
  })

  it('do not run when only some resources are synced, nor with strategy apply', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a') + configMap('b'))
    await world.create()

    expect(await world.sync({ resources: [{ kind: 'ConfigMap', name: 'a' }] })).toMatchObject({ phase: 'Succeeded' })
    expect(world.results).toEqual(['ConfigMap/a Synced'])

    expect(await world.sync({ syncStrategy: { apply: {} } })).toMatchObject({ phase: 'Succeeded' })
    expect(world.cluster.all('Job')).toEqual([])
  })

  it('marked Skip are not applied, and are no difference', async () => {
    world.commit(job('never', { 'argocd.argoproj.io/hook': 'Skip' }) + configMap('a'))
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })

    expect(world.results).toEqual(['ConfigMap/a Synced'])
    expect(world.application.status?.sync?.status).toBe('Synced')
  })
})

describe('a hook that fails', () => {
  it('ends the sync before anything else is touched, and says why', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create()
    await world.sync()

    await world.finish('before', 'Failed')

    expect(world.operation).toMatchObject({
      phase: 'Failed',
      message: 'one or more synchronization tasks completed unsuccessfully, reason: Job before failed: it broke',
    })
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
  })

  it('lets the others of its wave come to their end first', async () => {
    world.commit(hook('one', 'PreSync') + hook('two', 'PreSync'))
    await world.create()
    expect((await world.sync()).message).toBe('waiting for completion of hook batch/Job/one and 1 more hooks')

    await world.finish('one', 'Failed')
    expect(world.operation).toMatchObject({ phase: 'Running', message: 'waiting for completion of hook batch/Job/two' })

    await world.finish('two')
    expect(world.operation.phase).toBe('Failed')
  })

  it('and whose object somebody has taken away is told apart', async () => {
    world.commit(hook('before', 'PreSync'))
    await world.create()
    await world.sync()

    world.cluster.remove('Job', 'before')
    await world.settle()

    expect(world.operation).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('Resource batch/Job/before is missing, it might have been deleted'),
    })
  })
})

describe('SyncFail hooks', () => {
  const failing = hook('before', 'PreSync') + hook('sorry', 'SyncFail') + hook('alas', 'SyncFail')

  it('run when the sync has failed, and it ends when they are through', async () => {
    world.commit(failing)
    await world.create()
    await world.sync()
    expect(uidOf('sorry')).toBeUndefined()

    await world.finish('before', 'Failed')
    expect(world.operation).toMatchObject({ phase: 'Running', message: 'waiting for completion of hook batch/Job/alas and 1 more hooks' })

    await world.finish('sorry')
    await world.finish('alas', 'Failed')
    expect(world.operation).toMatchObject({
      phase: 'Failed',
      message:
        'one or more synchronization tasks completed unsuccessfully, reason: Job before failed: it broke\n' +
        'one or more SyncFail hooks failed, reason: Job alas failed: it broke',
    })
  })

  it('run when something could not be applied', async () => {
    world.commit(configMap('a') + hook('sorry', 'SyncFail', policy('HookSucceeded')))
    await world.create()
    world.cluster.refuse = (verb, object, { dryRun }) =>
      !dryRun && verb === 'apply' && 'kind' in object && object.kind === 'ConfigMap' ? new Error('no room') : undefined
    await world.sync()

    await world.finish('sorry')

    expect(world.operation).toMatchObject({ phase: 'Failed', message: expect.stringMatching(/reason: .*shop\.yaml:1: no room$/) })
    expect(world.results).toEqual(['ConfigMap/a SyncFailed', 'Job/sorry SyncFail Succeeded'])
    expect(uidOf('sorry')).toBeUndefined()
  })

  it('do not run when all is well', async () => {
    world.commit(configMap('a') + hook('sorry', 'SyncFail'))
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })

    expect(world.cluster.all('Job')).toEqual([])
  })
})

describe("a hook's object", () => {
  it('goes before the next run when nothing else is said, and only then is the new one made', async () => {
    world.commit(hook('before', 'PreSync'))
    await world.create()
    await world.sync()
    await world.finish('before')
    const first = uidOf('before')
    expect(first).toBeDefined()
    world.cluster.change('Job', 'before', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: ['foregroundDeletion'] } }))

    expect((await world.sync()).message).toBe('waiting for deletion of hook batch/Job/before')
    expect(uidOf('before')).toBe(first)

    world.cluster.remove('Job', 'before')
    await world.settle()
    expect(world.operation.message).toBe('waiting for completion of hook batch/Job/before')
    expect(uidOf('before')).not.toBe(first)
  })

  it.each([
    ['HookSucceeded', 'Complete', true],
    ['HookSucceeded', 'Failed', false],
    ['HookFailed', 'Complete', false],
    ['HookFailed', 'Failed', true],
    ['BeforeHookCreation', 'Complete', false],
    ['BeforeHookCreation', 'Failed', false],
    ['HookSucceeded,HookFailed', 'Failed', true],
  ] as const)('with policy %s and end %s', async (value, end, isDeleted) => {
    world.commit(hook('before', 'PreSync', policy(value)) + configMap('a'))
    await world.create()
    await world.sync()

    await world.finish('before', end)

    expect(world.operation.phase).toBe(end === 'Complete' ? 'Succeeded' : 'Failed')
    expect(uidOf('before') === undefined).toBe(isDeleted)
    expect(world.cluster.get('Job', 'before')?.metadata.finalizers ?? []).toEqual([])
  })

  it('stays until the whole sync has succeeded', async () => {
    world.commit(hook('before', 'PreSync', policy('HookSucceeded')) + hook('after', 'PostSync'))
    await world.create()
    await world.sync()

    await world.finish('before')
    expect(uidOf('before')).toBeDefined()

    await world.finish('after')
    expect(uidOf('before')).toBeUndefined()
  })

  it('that goes by its time to live has ended all the same: it is held until that is on record', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create()
    await world.sync()
    expect(world.cluster.get('Job', 'before')?.metadata.finalizers).toEqual(['argocd.argoproj.io/hook-finalizer'])

    world.cluster.change('Job', 'before', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    }))
    await world.settle()

    expect(world.operation.phase).toBe('Succeeded')
    expect(world.results).toEqual(['Job/before PreSync Succeeded', 'ConfigMap/a Synced'])
    expect(uidOf('before')).toBeUndefined()
  })

  it('of an earlier run that no policy takes away is kept, and said to be', async () => {
    world.commit(hook('before', 'PreSync', policy('HookFailed')))
    await world.create()
    await world.sync()
    await world.finish('before')
    const first = uidOf('before')

    await world.sync()

    expect(world.operation.phase).toBe('Succeeded')
    expect(world.operation.syncResult?.resources?.[0]?.message).toContain('left from an earlier sync')
    expect(uidOf('before')).toBe(first)
  })

  it('of another application is not taken', async () => {
    world.commit(hook('before', 'PreSync'))
    await world.create()
    world.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'other', namespace: 'argocd' },
      spec: {},
    })
    const theirs = world.cluster.put({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'before', namespace: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': 'other:batch/Job:shop/before' } },
    })

    expect(await world.sync()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('is part of application other') })

    expect(uidOf('before')).toBe(theirs.metadata.uid)
  })
})

describe('a hook of several phases', () => {
  it('runs anew in each', async () => {
    world.commit(hook('both', 'PreSync,PostSync') + configMap('a'))
    await world.create()
    await world.sync()
    const first = uidOf('both')

    await world.finish('both')
    expect(world.operation.message).toBe('waiting for completion of hook batch/Job/both')
    expect(uidOf('both')).not.toBe(first)

    await world.finish('both')
    expect(world.operation.phase).toBe('Succeeded')
    expect(world.results).toEqual(['Job/both PreSync Succeeded', 'ConfigMap/a Synced', 'Job/both PostSync Succeeded'])
  })
})

describe('a hook without a name', () => {
  const nameless = (phases: string): string => hook('x', phases).replace('name: x', 'generateName: notify-')

  it('is called after revision, phase and time of the operation, and each is one of its own', async () => {
    world.commit(nameless('PreSync') + nameless('PreSync') + nameless('PostSync'))
    await world.create()
    await world.sync()

    const seconds = Math.floor(Date.parse(world.operation.startedAt) / 1000)
    const names = [`notify-0000000-presync-${seconds}`, `notify-0000000-presync-${seconds}-2`]
    expect(world.cluster.all('Job').map(({ metadata }) => metadata.name)).toEqual(names)
    for (const name of names) await world.finish(name)
    await world.finish(`notify-0000000-postsync-${seconds}`)
    expect(world.operation.phase).toBe('Succeeded')
  })

  it('has another one in the next attempt', async () => {
    world.commit(nameless('PreSync') + configMap('a'))
    await world.create()
    await world.sync({ retry: { limit: 1, backoff: { duration: '10s' } } })
    const [first] = world.cluster.all('Job')
    await world.finish(first?.metadata.name ?? '', 'Failed')
    expect(world.operation).toMatchObject({ phase: 'Running', retryCount: 1 })

    await world.clock.advance(11_000)

    const seconds = Math.floor(Date.parse(world.operation.startedAt) / 1000)
    await world.finish(`notify-0000000-presync-${seconds}-1`)
    expect(world.operation).toMatchObject({ phase: 'Succeeded', retryCount: 1 })
  })
})

describe('while a hook is at work', () => {
  it('a newer commit waits for its end, and only then takes over', async () => {
    const first = world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create({ automated: {} })
    const running = uidOf('before')
    expect(running).toBeDefined()

    const second = world.commit(hook('before', 'PreSync') + configMap('b'))
    await world.settle(2000)
    expect(uidOf('before')).toBe(running)
    expect(world.operation).toMatchObject({ phase: 'Running', syncResult: { revision: first } })

    await world.finish('before')
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
    expect(world.deployments).toMatchObject([{ revision: first, phase: 'Failed', message: expect.stringContaining('superseded') }])
    expect(world.operation).toMatchObject({ phase: 'Running', syncResult: { revision: second } })

    await world.finish('before')
    expect(world.operation).toMatchObject({ phase: 'Succeeded', syncResult: { revision: second } })
    expect(world.cluster.get('ConfigMap', 'b')).toBeDefined()
  })

  it('Git may be away: the hook is not given up', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create()
    await world.sync()

    world.failure = new PlimsollError('repository-unreachable', 'no route')
    await world.clock.advance(30_000)
    expect(world.operation.phase).toBe('Running')

    world.failure = undefined
    await world.finish('before')
    await world.clock.advance(30_000)
    expect(world.operation.phase).toBe('Succeeded')
  })

  it('it is terminated by deleting it, and nothing else is begun', async () => {
    world.commit(hook('one', 'PreSync') + hook('two', 'PreSync') + configMap('a') + hook('sorry', 'SyncFail'))
    await world.create()
    await world.sync({ retry: { limit: 3 } })
    world.cluster.setStatus('Job', 'two', { conditions: [{ type: 'Complete', status: 'True' }] })

    expect(await world.terminate()).toMatchObject({ phase: 'Failed', message: 'Operation terminated' })

    expect([uidOf('one'), uidOf('sorry')]).toEqual([undefined, undefined])
    expect(world.cluster.get('Job', 'two')?.metadata.finalizers).toEqual([])
    expect(world.results).toEqual(['Job/one PreSync Failed', 'Job/two PreSync Succeeded'])
    expect(world.operation.syncResult?.resources?.[0]?.message).toBe('Terminated')
    await world.clock.advance(60_000)
    expect(world.operation.phase).toBe('Failed')
  })
})
