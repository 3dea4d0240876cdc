import { afterEach, describe, expect, it } from 'vitest'
import {
  actorForTests,
  type EmulatedForge,
  type RemoteProvider,
  remoteProviders,
  startEmulatedForge,
} from '../testing/conformance-benches.ts'
import type { RemoteForgeContext } from './remote-context.ts'

let bench: EmulatedForge

afterEach(() => bench.close())

async function start(provider: RemoteProvider, count: number, change: Partial<RemoteForgeContext> = {}): Promise<EmulatedForge> {
  bench = await startEmulatedForge(provider, change)
  const { repository } = bench.server
  for (let index = 1; index <= count; index++) {
    repository.commit(`branch-${index}`, `Change ${index}`)
    repository.open({ title: `Change ${index}`, body: '', head: `branch-${index}`, base: 'main', author: 'zoe' })
  }
  return bench
}

describe.each(remoteProviders)('a repository on %s that is watched', (provider) => {
  it('is asked little while nothing happens, and tells nothing', async () => {
    const { forge, server, events } = await start(provider, 4)
    await forge.look({ repository: server.address })
    expect(events).toHaveLength(4)
    const before = server.seen.length

    await forge.look({ repository: server.address })

    const asked = server.seen.slice(before)
    // The list, the target, and of each what is said of its head, as statuses and as check runs.
    expect(asked.length).toBeLessThanOrEqual(2 + 4 * 2)
    expect(asked.every(({ headers }) => headers['if-none-match'] !== undefined)).toBe(true)
    expect(events).toHaveLength(4)
  })

  it('is listed by who has reviewed, as far as has been seen', async () => {
    const { forge, server } = await start(provider, 3)
    const [first] = await forge.list(server.address)
    const head = first?.head.commit ?? ''
    await forge.review(server.address, first?.number ?? 0, { state: 'approved', body: '', head }, actorForTests('grace', true))
    await forge.look({ repository: server.address })
    const [review] = await forge.reviews(server.address, first?.number ?? 0)

    const listed = await forge.list(server.address, { reviewer: (review?.author ?? '').toUpperCase() })

    expect(review).toBeDefined()
    expect(listed.map(({ number }) => number)).toEqual([first?.number])
    expect(await forge.list(server.address, { reviewer: 'constructor' })).toEqual([])
  })

  it('is looked at once or twice for a thousand hints that come together', async () => {
    const { forge, server, events } = await start(provider, 1)

    await Promise.all(Array.from({ length: 1000 }, () => forge.look({ repository: server.address, number: 1 })))

    expect(server.seen.length).toBeLessThan(30)
    expect(events.map(({ kind }) => kind)).toEqual(['opened'])
  })

  it('tells later what could not be looked at, and one that fails holds up no other', async () => {
    const { forge, server, events, logged } = await start(provider, 2)
    server.fail({ status: 500 })

    await forge.look({ repository: server.address })
    const first = events.length
    server.fail({ status: 503 })
    await forge.look({ repository: server.address, number: 1 })
    await forge.look({ repository: server.address, number: 99 })
    await forge.look({ repository: server.address })

    expect(first).toBe(0)
    expect(events.map(({ number }) => number)).toEqual([1, 2])
    expect(logged).toHaveLength(3)
  })

  it('tells what became of it while nobody looked: pushed, merged, closed, another target', async () => {
    const { forge, server, events } = await start(provider, 4)
    const { repository } = server
    await forge.look({ repository: server.address })
    events.length = 0

    repository.commit('branch-1', 'More')
    const [, merged, closed, retargeted] = repository.pulls
    if (merged) repository.merge(merged, 'zoe', 'Merge')
    if (closed) {
      closed.state = 'closed'
      closed.closedAt = closed.updatedAt = repository.now()
    }
    repository.commit('release', 'Release')
    if (retargeted) {
      retargeted.base = 'release'
      retargeted.updatedAt = repository.now()
    }
    await forge.look({ repository: server.address })

    const kinds = (number: number) => events.filter((event) => event.number === number).map(({ kind }) => kind)
    // The merge has moved the target of the first as well.
    expect(kinds(1)).toEqual(['headMoved', 'baseMoved'])
    expect(kinds(2)).toContain('merged')
    expect(kinds(3)).toContain('closed')
    expect(kinds(4)).toEqual(['retargeted'])
  })

  it('has one report however many write it at the same time', async () => {
    const { forge, server } = await start(provider, 1)

    await Promise.all([1, 2, 3, 4, 5].map((index) => forge.report(server.address, 1, 'gate/quality', `Verdict ${index}`)))

    expect(server.repository.comments).toHaveLength(1)
    expect(server.repository.comments[0]?.body).toContain('Verdict 5')
  })

  it('is remembered over a restart, also when what was kept cannot be read', async () => {
    const kept = new Map<string, string>()
    const memory = { read: async (name: string) => kept.get(name), write: async (name: string, seen: string) => void kept.set(name, seen) }
    const { forge, server, events } = await start(provider, 2, { memory })
    await forge.look({ repository: server.address })
    await forge.close()
    server.repository.commit('branch-2', 'Meanwhile')

    const restart = async (): Promise<string[]> => {
      const again = await startEmulatedForge(provider, { memory, baseUrl: server.url, token: server.token, repositories: [server.address] })
      await again.forge.look({ repository: server.address })
      await again.close()
      return again.events.map(({ kind, number }) => `${kind} ${number}`)
    }
    const told = await restart()
    kept.set(server.address, '{')
    const unread = await restart()

    expect(events.map(({ kind }) => kind)).toEqual(['opened', 'opened'])
    expect(told).toEqual(['headMoved 2'])
    expect(unread).toEqual(['opened 1', 'opened 2'])
  })
})

it('what our own account has proposed for somebody is not approved by them', async () => {
  const { forge, server } = await start('github', 0)
  server.repository.commit('salt', 'Add salt')
  const made = await forge.open(server.address, { title: 'Salt', body: '', head: 'salt', base: 'main' }, actorForTests('ada', true))

  const own = forge.review(server.address, made.number, { state: 'approved', body: '', head: made.head.commit }, actorForTests('Ada', true))

  await expect(own).rejects.toMatchObject({ code: 'permission-denied' })
  expect(server.repository.reviews).toEqual([])
})
