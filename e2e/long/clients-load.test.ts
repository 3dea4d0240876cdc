import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyType, type ClusterWatch, type LooseObject, mergeType, startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { eventually } from '../harness/run.ts'

const path = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`

async function inBatches<T>(items: readonly T[], size: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(work))
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('under load, the embedded cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.stop())

  async function namespace(name: string): Promise<string> {
    const made = await cluster.call('POST', '/api/v1/namespaces', { metadata: { name } })
    expect(made.status).toBe(201)
    return path(name)
  }

  async function listAll(from: string, limit: number): Promise<{ items: LooseObject[]; versions: Set<string> }> {
    const items: LooseObject[] = []
    const versions = new Set<string>()
    let next = ''
    do {
      const page = await cluster.call('GET', `${from}?limit=${limit}&continue=${encodeURIComponent(next)}`)
      expect(page.status).toBe(200)
      items.push(...page.body.items)
      versions.add(page.body.metadata.resourceVersion)
      next = page.body.metadata.continue ?? ''
    } while (next !== '')
    return { items, versions }
  }

  it('lists 5,000 objects in pages of one state while they are written, added and deleted', async () => {
    const maps = await namespace('pages')
    await inBatches(range(5000), 100, async (index) => {
      const made = await cluster.call('POST', maps, { metadata: { name: `m-${String(index).padStart(4, '0')}` }, data: { round: '0' } })
      expect(made.status).toBe(201)
    })
    let isWriting = true
    let writes = 0
    const writer = (async () => {
      for (let round = 1; isWriting; round++) {
        const name = `m-${String((round * 37) % 5000).padStart(4, '0')}`
        await cluster.call('PATCH', `${maps}/${name}`, { data: { round: String(round) } }, mergeType)
        await cluster.call('POST', maps, { metadata: { name: `m-0000-added-${round}` } })
        if (round % 5 === 0) await cluster.call('DELETE', `${maps}/m-${String(4999 - round).padStart(4, '0')}`)
        writes++
      }
    })()

    const lists = await Promise.all([listAll(maps, 500), listAll(maps, 333), listAll(maps, 1000)])
    isWriting = false
    await writer

    expect(writes).toBeGreaterThan(0)
    for (const { items, versions } of lists) {
      expect(versions.size).toBe(1)
      const version = Number([...versions][0])
      const names = items.map((item) => item.metadata.name)
      expect(names).toEqual([...new Set(names)].sort())
      for (const item of items) expect(Number(item.metadata.resourceVersion)).toBeLessThanOrEqual(version)
      const exact = await cluster.call('GET', `${maps}?resourceVersion=${version}&resourceVersionMatch=Exact`)
      expect(exact.body.items.map((item) => `${item.metadata.name}@${item.metadata.resourceVersion}`)).toEqual(
        items.map((item) => `${item.metadata.name}@${item.metadata.resourceVersion}`),
      )
    }
  }, 120_000)

  it('tells 200 watchers the same events in the same order', async () => {
    const maps = await namespace('watchers')
    const watches = await Promise.all(
      range(200).map(() => cluster.watch(`${maps}?watch=true&fieldSelector=metadata.name!=kube-root-ca.crt`)),
    )

    await inBatches(range(50), 10, async (index) => {
      await cluster.call('POST', maps, { metadata: { name: `w-${index}` } })
      await cluster.call('PATCH', `${maps}/w-${index}`, { data: { a: 'b' } }, mergeType)
      await cluster.call('DELETE', `${maps}/w-${index}`)
    })
    const told = (watch: ClusterWatch): string[] =>
      watch.events.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`)
    await eventually('all have all', async () => watches.every((watch) => watch.events.length >= 150))

    const [first, ...others] = watches.map(told)
    expect(first).toHaveLength(150)
    for (const other of others) expect(other).toEqual(first)
    const versions = (watches[0]?.events ?? []).map(({ object }) => Number(object.metadata.resourceVersion))
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    for (const watch of watches) watch.stop()
  }, 60_000)

  it('goes on for everybody else while a watcher reads nothing', async () => {
    const maps = await namespace('slow')
    const slow = await cluster.watch(`${maps}?watch=true`, { paused: true })
    const quick = await cluster.watch(`${maps}?watch=true&labelSelector=big`)
    const payload = 'x'.repeat(200_000)

    await inBatches(range(100), 4, async (index) => {
      const made = await cluster.call('POST', maps, { metadata: { name: `big-${index}`, labels: { big: '' } }, data: { payload } })
      expect(made.status).toBe(201)
    })

    await eventually('the quick one has all', async () => quick.events.length === 100)
    slow.stop()
    quick.stop()
  }, 60_000)

  it('lets go of a watcher that is further behind than it remembers', async () => {
    const maps = await namespace('behind')
    await cluster.call('POST', maps, { metadata: { name: 'busy' }, data: { payload: 'x'.repeat(500_000) } })
    const slow = await cluster.watch(`${maps}?watch=true`, { paused: true })

    // The history holds 64 MiB of events; the sockets take some, too.
    await inBatches(range(200), 5, (round) => cluster.call('PATCH', `${maps}/busy`, { data: { round: String(round) } }, mergeType))
    slow.read()
    await slow.ended

    expect(slow.events.length).toBeLessThan(200)
    expect((await cluster.call('GET', '/readyz')).status).toBe(200)
  })

  it('lets 50 managers apply to one object at once, and each keeps its fields', async () => {
    const maps = await namespace('appliers')

    const answers = await Promise.all(
      range(50).map((index) =>
        cluster.call(
          'PATCH',
          `${maps}/shared?fieldManager=manager-${index}`,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { [`key-${index}`]: String(index) } },
          applyType,
        ),
      ),
    )

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49)
    const { body } = await cluster.call('GET', `${maps}/shared`)
    expect(Object.keys(body.data ?? {})).toHaveLength(50)
    expect(new Set(body.metadata.managedFields?.map(({ manager }) => manager)).size).toBe(50)
  })

  it('lets exactly one of many updates of one version win, and loses none of those that try again', async () => {
    const maps = await namespace('storm')
    await cluster.call('POST', maps, { metadata: { name: 'counter' }, data: { count: '0' } })
    const { body: start } = await cluster.call('GET', `${maps}/counter`)

    const race = await Promise.all(
      range(40).map((index) => cluster.call('PUT', `${maps}/counter`, { ...start, data: { count: `r${index}` } })),
    )
    await cluster.call('PATCH', `${maps}/counter`, { data: { count: '0' } }, mergeType)
    await Promise.all(
      range(30).map(async () => {
        for (;;) {
          const { body } = await cluster.call('GET', `${maps}/counter`)
          const count = String(Number(body.data?.['count']) + 1)
          const { status } = await cluster.call('PUT', `${maps}/counter`, { ...body, data: { count } })
          if (status === 200) return
          expect(status).toBe(409)
        }
      }),
    )

    expect(race.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(race.filter(({ status }) => status === 409)).toHaveLength(39)
    expect((await cluster.call('GET', `${maps}/counter`)).body.data).toEqual({ count: '30' })
  })

  it('keeps objects of a megabyte, and refuses what is too large or too deep while it goes on', async () => {
    const maps = await namespace('large')
    const megabyte = 'é'.repeat(500_000)

    const kept = await cluster.call('POST', maps, { metadata: { name: 'large' }, data: { megabyte } })
    const tooLarge = await cluster.call('POST', maps, { metadata: { name: 'larger' }, data: { megabyte: megabyte + megabyte } })
    const huge = await cluster
      .call('POST', maps, { metadata: { name: 'huge' }, data: { x: 'x'.repeat(10_000_000) } })
      .catch((error: unknown) => error)
    const deep = await cluster.call('POST', maps, `{"metadata":{"name":"deep"},"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
    const deepPatch = await cluster.call('PATCH', `${maps}/large`, `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, mergeType)
    const deepApply = await cluster.call('PATCH', `${maps}/large?fieldManager=m`, `${'- '.repeat(50_000)}x`, applyType)

    expect(kept.status).toBe(201)
    expect((await cluster.call('GET', `${maps}/large`)).body.data).toEqual({ megabyte })
    expect([413, 422]).toContain(tooLarge.status)
    // The answer may be lost when the server does not read on: then the connection has ended.
    if (!(huge instanceof Error)) expect(huge).toMatchObject({ status: 413 })
    expect(deep.status).toBe(400)
    expect(deepPatch.status).toBe(400)
    expect(deepApply.status).toBe(400)
    expect((await cluster.call('GET', '/readyz')).status).toBe(200)
  })
})

describe('killed in the middle of 500 writes, the embedded cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster?.stop())

  it('has everything that it said it had, and its watchers miss nothing', async () => {
    const maps = path('default')
    const begin = (await cluster.call('GET', maps)).body.metadata.resourceVersion
    for (const round of [1, 2, 3]) {
      const { body: before } = await cluster.call('GET', maps)
      const watch = await cluster.watch(`${maps}?watch=true&resourceVersion=${before.metadata.resourceVersion}`)
      const acknowledged = new Map<string, string>()
      const deleted = new Set<string>()
      const writes = range(500).map(async (index) => {
        const name = `k-${round}-${index}`
        const made = await cluster.call('POST', maps, { metadata: { name } })
        if (made.status !== 201) return
        acknowledged.set(name, made.body.metadata.resourceVersion)
        const changed = await cluster.call('PATCH', `${maps}/${name}`, { data: { a: 'b' } }, mergeType)
        if (changed.status === 200) acknowledged.set(name, changed.body.metadata.resourceVersion)
        if (index % 10 !== 0) return
        // Whether a deletion that was not answered took place, nobody knows.
        acknowledged.delete(name)
        if ((await cluster.call('DELETE', `${maps}/${name}`)).status === 200) deleted.add(name)
      })
      const settled = Promise.allSettled(writes)
      await eventually('some are written', async () => acknowledged.size > round * 60)
      await cluster.kill()
      await settled
      await watch.ended
      await cluster.restart()

      const { body: after } = await cluster.call('GET', maps)
      const found = new Map(after.items.map((item) => [item.metadata.name, item.metadata.resourceVersion]))
      for (const [name, version] of acknowledged) expect(Number(found.get(name) ?? -1), name).toBeGreaterThanOrEqual(Number(version))
      for (const name of deleted) expect(found.has(name), name).toBe(false)

      // What the watcher saw is true: nothing was told that is not there afterwards.
      const seen = new Map(before.items.map((item) => [item.metadata.name, item.metadata.resourceVersion]))
      const follow = (watched: ClusterWatch): void => {
        for (const { type, object } of watched.events) {
          if (type === 'DELETED') seen.delete(object.metadata.name)
          else seen.set(object.metadata.name, object.metadata.resourceVersion)
        }
      }
      follow(watch)
      const last = watch.events.at(-1)?.object.metadata.resourceVersion ?? before.metadata.resourceVersion
      expect(Number(last)).toBeLessThanOrEqual(Number(after.metadata.resourceVersion))
      const again = await cluster.watch(`${maps}?watch=true&resourceVersion=${last}&timeoutSeconds=1`)
      await again.ended
      if (again.events[0]?.type === 'ERROR') expect(again.events[0].object).toMatchObject({ code: 410 })
      else {
        follow(again)
        expect(seen).toEqual(found)
      }
    }
    const old = await cluster.watch(`${maps}?watch=true&resourceVersion=${begin}&timeoutSeconds=1`)
    await old.ended
    expect(old.events[0]?.type === 'ERROR' ? old.events[0].object['code'] : 200).toBe(old.events[0]?.type === 'ERROR' ? 410 : 200)
  }, 120_000)
})
