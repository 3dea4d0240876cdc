import { beforeEach, describe, expect, it } from 'vitest'
import type { SyncWindow } from '@plimsoll/api'
import { configMap, hook, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const ref = { name: 'shop', namespace: 'argocd' }
const by = { username: 'ana', origin: 'test' }
const isThere = (): boolean => world.cluster.get('ConfigMap', 'a') !== undefined
const warning = (): string | undefined => world.application.status?.conditions?.find(({ type }) => type === 'SyncWindowWarning')?.message
/** The test's clock begins at midnight. */
const night: SyncWindow = { kind: 'deny', schedule: '0 0 * * *', duration: '1h', applications: ['shop'] }

function setWindows(...syncWindows: unknown[]): void {
  world.setProject({ syncWindows })
}

describe('while a sync window is closed', () => {
  it('automation waits, says until when, and begins by itself at that time', async () => {
    setWindows(night)
    world.commit(configMap('a'))
    await world.create({ automated: {} })

    expect(isThere()).toBe(false)
    expect(warning()).toBe("Automated sync waits: a deny window is open: '0 0 * * *' for 1h. Until 2026-01-01T01:00:00.000Z.")

    await world.clock.advance(59 * 60_000)
    expect(isThere()).toBe(false)
    await world.clock.advance(2 * 60_000)
    expect(isThere()).toBe(true)
    expect(warning()).toBeUndefined()
  })

  it('automation begins at once when the window is taken away', async () => {
    setWindows(night)
    world.commit(configMap('a'))
    await world.create({ automated: {} })

    setWindows()
    await world.settle()

    expect(isThere()).toBe(true)
  })

  it('whoever asks is refused with a code, and let through where the window says so', async () => {
    setWindows(night)
    world.commit(configMap('a'))
    await world.create()
    const ask = (): Promise<unknown> => world.applications.sync(ref, {}, by)

    await expect(ask()).rejects.toMatchObject({
      code: 'sync-window-closed',
      message: expect.stringMatching(/^cannot sync: blocked by sync window.*a deny window is open.*from 2026-01-01T01:00:00.000Z on/),
      remedy: expect.stringContaining('plimsoll proj windows list default'),
    })
    await expect(world.applications.rollback(ref, {}, by)).rejects.toMatchObject({ code: 'sync-window-closed' })
    expect(world.applications.syncWindows(ref)).toMatchObject({ canSync: false, activeWindows: [{ kind: 'deny' }] })

    setWindows({ ...night, manualSync: true })
    await world.sync()
    expect(isThere()).toBe(true)
  })

  it('what somebody asks for past us waits too', async () => {
    setWindows(night)
    world.commit(configMap('a'))
    await world.create()
    world.cluster.change('Application', 'shop', (object) => ({ ...object, operation: { sync: {} } }))
    await world.settle()

    expect(world.operation).toMatchObject({
      phase: 'Running',
      message: expect.stringMatching(/^Sync operation blocked by sync window until 2026-01-01T01:00:00.000Z: a deny window is open/),
    })
    await world.clock.advance(61 * 60_000)
    expect(world.operation.phase).toBe('Succeeded')
  })

  it.each([
    [false, 'Running'],
    [true, 'Succeeded'],
  ])('what was begun before waits, and with syncOverrun %s is %s', async (syncOverrun, phase) => {
    setWindows({ ...night, schedule: '30 0 * * *', syncOverrun })
    world.commit(hook('before', 'PreSync') + configMap('a'))
    await world.create({ automated: {} })
    expect(world.operation.phase).toBe('Running')

    await world.clock.advance(31 * 60_000)
    await world.finish('before')

    expect(world.operation.phase).toBe(phase)
    await world.clock.advance(65 * 60_000)
    expect(world.operation.phase).toBe('Succeeded')
  })

  it('a project that cannot be read lets nobody through', async () => {
    world.commit(configMap('a'))
    await world.create({ automated: { enabled: false } })
    setWindows('every night')
    await world.settle()

    expect(isThere()).toBe(false)
    expect(world.application.status?.conditions).toMatchObject([
      { type: 'InvalidSpecError', message: expect.stringContaining('project default: spec.syncWindows.0') },
    ])
    await expect(world.applications.sync(ref, {}, by)).rejects.toMatchObject({ code: 'sync-window-closed' })
  })
})
