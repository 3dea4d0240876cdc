import type { Application, ApplicationWatchEvent } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { createFleetIndex, type FleetIndex } from './fleet-index.ts'

const minute = 60_000
const begin = Date.UTC(2026, 0, 1)

interface World {
  index: FleetIndex
  put: (name: string, more?: { health?: string; project?: string; since?: number }) => void
  remove: (name: string) => void
  pass: (ms: number) => void
  rename: (name: string) => void
}

function createWorld(): World {
  const all = new Map<string, Application>()
  const listeners = new Set<(event: ApplicationWatchEvent) => void>()
  let now = begin
  let clusterName = 'east'
  const tell = (type: ApplicationWatchEvent['type'], application: Application): void => {
    for (const listener of listeners) listener({ type, application })
  }
  const index = createFleetIndex({
    namespace: 'argocd',
    applications: {
      list: () => [...all.values()],
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    normalizeRepo: (url) => url,
    clusterNameOf: () => clusterName,
    now: () => now,
  })
  return {
    index,
    put(name, { health = 'Healthy', project = 'default', since = begin } = {}) {
      const application = {
        metadata: { name, namespace: 'argocd' },
        spec: { project, destination: { server: 'https://east' } },
        status: { health: { status: health, lastTransitionTime: new Date(since).toISOString() }, sync: { status: 'Synced' } },
      } as Application
      const type = all.has(name) ? 'MODIFIED' : 'ADDED'
      all.set(name, application)
      tell(type, application)
    },
    remove(name) {
      const application = all.get(name)
      all.delete(name)
      if (application) tell('DELETED', application)
    },
    pass: (ms) => void (now += ms),
    rename: (name) => void (clusterName = name),
  }
}

const attention = { filter: {}, by: 'attention' } as const
const namesIn = (entries: readonly { summary: { name: string } }[]): string[] => entries.map((entry) => entry.summary.name)

describe('an index of applications', () => {
  it('has what was there before anybody asked, and what has come since', () => {
    const { index, put, remove } = createWorld()
    put('a')
    put('b')
    expect(namesIn(index.view(attention).entries)).toEqual(['a', 'b'])

    remove('a')
    put('c', { health: 'Degraded' })

    expect(namesIn(index.view(attention).entries)).toEqual(['c', 'b'])
  })

  it('takes one that goes and comes again between two readings for one', () => {
    const { index, put, remove } = createWorld()
    put('a')
    expect(index.view(attention).counts.total).toBe(1)

    remove('a')
    put('a', { health: 'Degraded' })

    expect(namesIn(index.view(attention).entries)).toEqual(['a'])
    expect(index.view(attention).counts).toMatchObject({ all: 1, total: 1, health: { Degraded: 1 } })
  })

  it('finds progress urgent that takes too long, without anything having happened', () => {
    const { index, put, pass } = createWorld()
    put('calm')
    put('slow', { health: 'Progressing' })
    put('later', { health: 'Progressing', since: begin + 5 * minute })
    expect(index.view(attention).counts.urgency).toEqual({ attention: 0, moving: 2, steady: 1 })

    pass(11 * minute)
    expect(index.view(attention).counts.urgency).toEqual({ attention: 1, moving: 1, steady: 1 })

    pass(5 * minute)
    expect(index.view(attention).counts.urgency).toEqual({ attention: 2, moving: 0, steady: 1 })
  })

  it('calls a cluster as it is called now', () => {
    const { index, put, rename } = createWorld()
    put('a')
    expect(index.choices(attention).clusters).toEqual([{ value: 'east', count: 1 }])

    rename('prod-east')

    expect(index.choices(attention).clusters).toEqual([{ value: 'prod-east', count: 1 }])
    expect(index.view({ filter: { clusters: ['prod-east'] }, by: 'name' }).counts.total).toBe(1)
    expect(index.view({ filter: { clusters: ['east'] }, by: 'name' }).counts.total).toBe(0)
  })

  it('shows a caller what they may see, and counts nothing else', () => {
    const { index, put } = createWorld()
    put('ours', { project: 'risk' })
    put('theirs', { project: 'shop', health: 'Degraded' })
    const visibility = { key: 'risk', isVisible: (application: Application) => application.spec.project === 'risk' }
    const mine = { ...attention, visibility }
    expect(namesIn(index.view(mine).entries)).toEqual(['ours'])

    put('theirs-too', { project: 'shop' })

    expect(namesIn(index.view(mine).entries)).toEqual(['ours'])
    expect(index.view(mine).counts).toMatchObject({ all: 1, degraded: 0, total: 1 })
    expect(index.choices(mine).projects).toEqual([{ value: 'risk', count: 1 }])
    expect(index.view(attention).counts.all).toBe(3)
  })

  it('answers right however many different questions are asked', () => {
    const { index, put } = createWorld()
    put('app-1')
    for (let number = 0; number < 200; number++)
      expect(index.view({ filter: { name: `app-${number}` }, by: 'name' }).counts.total).toBe(number === 1 ? 1 : 0)

    put('app-150')

    expect(index.view({ filter: { name: 'app-150' }, by: 'name' }).counts.total).toBe(1)
    expect(index.view({ filter: { name: 'app-199' }, by: 'name' }).counts.total).toBe(0)
  })
})
