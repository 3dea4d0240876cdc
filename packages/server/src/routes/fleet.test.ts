import type { Application, FleetChoices, FleetPage, FleetWindow } from '@plimsoll/api'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

let server: ServerForTests

beforeAll(async () => {
  server = await startServerForTests()
})
beforeEach(() => {
  for (const name of server.applications.all.keys()) server.applications.remove(name)
})
afterAll(() => server.close())

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}${path}`, { headers: server.bearer() })
  const body = (await response.json()) as T & { message?: string }
  if (response.status !== 200) throw new Error(`${response.status} ${body.message}`)
  return body
}

interface List {
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion: string }
  items: Application[]
}

type Look = { health?: string; sync?: string; changed?: number; labels?: Record<string, string>; project?: string; image?: string }

function put(name: string, { health = 'Healthy', sync = 'Synced', changed = 0, labels = {}, project = 'default', image }: Look = {}): void {
  const at = new Date(Date.UTC(2026, 0, 1) + changed * 1000).toISOString()
  server.applications.put(name, {
    metadata: { name, namespace: 'argocd', labels, creationTimestamp: at },
    spec: {
      project,
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      source: { repoURL: 'https://git.example/shop.git', path: `apps/${name}` },
    },
    status: {
      health: { status: health },
      sync: { status: sync, revision: 'abc1234def' },
      summary: { images: image ? [image] : [] },
    },
  } as Partial<Application>)
}

const namesOf = (items: readonly Application[]): string[] => items.map((one) => one.metadata.name)
const rowsOf = (page: FleetPage): string[] => page.items.map((row) => row.summary.name)

/** All pages, with something done between any two. */
async function walk(path: string, between: () => void = () => {}): Promise<string[]> {
  const names: string[] = []
  for (let position = ''; ;) {
    const { metadata, items } = await get<List>(`${path}${position && `&continue=${encodeURIComponent(position)}`}`)
    names.push(...namesOf(items))
    if (metadata.continue === undefined) return names
    position = metadata.continue
    between()
  }
}

describe('a list of applications', () => {
  it("comes whole without a limit, as Argo CD's does", async () => {
    for (const name of ['b', 'a', 'c']) put(name)

    const { items, metadata } = await get<List>('/api/v1/applications')

    expect(namesOf(items)).toEqual(['a', 'b', 'c'])
    expect(Object.keys(metadata)).toEqual(['resourceVersion'])
  })

  it('comes in pages that say what is left', async () => {
    for (const name of ['b', 'a', 'c']) put(name)

    const first = await get<List>('/api/v1/applications?limit=2')
    const second = await get<List>(`/api/v1/applications?limit=2&continue=${first.metadata.continue}`)

    expect([namesOf(first.items), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 1])
    expect([namesOf(second.items), second.metadata.remainingItemCount, second.metadata.continue]).toEqual([['c'], 0, undefined])
  })

  it('shows each application that was there all the while exactly once, whatever comes and goes between the pages', async () => {
    const name = fc.integer({ min: 0, max: 60 }).map((number) => `app-${String(number).padStart(2, '0')}`)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { maxLength: 30 }),
        fc.array(fc.array(fc.tuple(fc.constantFrom('put', 'remove'), name), { maxLength: 6 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('name', 'changed', 'attention'),
        async (begin, changes, limit, sort) => {
          for (const known of server.applications.all.keys()) server.applications.remove(known)
          for (const one of begin) put(one)
          const throughout = new Set(begin)
          const waiting = [...changes]

          const seen = await walk(`/api/v1/applications?limit=${limit}&sort=${sort}`, () => {
            for (const [what, one] of waiting.shift() ?? []) {
              if (what === 'put' && !server.applications.all.has(one)) put(one)
              if (what === 'remove' && server.applications.all.has(one)) {
                server.applications.remove(one)
                throughout.delete(one)
              }
            }
          })

          for (const one of throughout) expect(seen.filter((other) => other === one)).toEqual([one])
        },
      ),
      { numRuns: 25 },
    )
  })

  it.each(['limit=0', 'limit=1001', 'limit=-1', 'limit=x', 'continue=nonsense', 'sort=size', 'health=Fine', 'selector=a%20b%20c'])(
    'refuses %s, and says so',
    async (query) => {
      await expect(get(`/api/v1/applications?${query}`)).rejects.toThrow(/^400 \S/)
    },
  )

  it('takes a position for any limit and filter, and after a restart', async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(name, { labels: name < 'c' ? {} : { team: 'risk' } })
    const { metadata } = await get<List>('/api/v1/applications?limit=1')
    await server.close()
    server = await startServerForTests()
    for (const name of ['a', 'b', 'c', 'd']) put(name, { labels: name < 'c' ? {} : { team: 'risk' } })

    const { items } = await get<List>(`/api/v1/applications?limit=1&label=team&continue=${metadata.continue}`)

    expect(namesOf(items)).toEqual(['c'])
  })

  it('leaves fields out in pages, too', async () => {
    put('a')

    const body = await get('/api/v1/applications?limit=5&fields=items.metadata.name')

    expect(body).toEqual({ items: [{ metadata: { name: 'a' } }] })
  })
})

describe('filters', () => {
  beforeEach(() => {
    put('fraud-api', { labels: { prod: 'yes' }, image: 'registry/scorer:2.1', health: 'Degraded' })
    put('fraud-web', { sync: 'OutOfSync', project: 'risk' })
    put('shop')
  })

  it.each([
    ['search=fraud', ['fraud-api', 'fraud-web']],
    ['search=FRAUD%20prod=yes', ['fraud-api']],
    ['search=abc1234', ['fraud-api', 'fraud-web', 'shop']],
    ['search=bc1234', []],
    ['search=scorer:2.1', ['fraud-api']],
    ['search=fraud%20nothing', []],
    ['named=FRAUD%20ap', ['fraud-api']],
    ['named=scorer', []],
    ['prefix=Fraud', ['fraud-api', 'fraud-web']],
    ['prefix=api', []],
    ['health=Degraded', ['fraud-api']],
    ['health=Degraded&health=Healthy&sync=OutOfSync', ['fraud-web']],
    ['sync=OutOfSync', ['fraud-web']],
    ['projects=risk', ['fraud-web']],
    ['cluster=in-cluster&project=default', ['fraud-api', 'shop']],
    ['cluster=https://kubernetes.default.svc', ['fraud-api', 'fraud-web', 'shop']],
    ['cluster=elsewhere', []],
    ['namespace=shop&path=apps/shop', ['shop']],
    ['label=prod=yes', ['fraud-api']],
    ['label=prod', ['fraud-api']],
    ['label=constructor', []],
    ['selector=prod%20in%20(yes)', ['fraud-api']],
    ['repo=https://git.example/shop', ['fraud-api', 'fraud-web', 'shop']],
    ['repo=https://git.example/other.git', []],
    ['autosync=true', []],
    ['canSync=true', ['fraud-web']],
    ['name=shop', ['shop']],
    ['appNamespace=elsewhere', []],
  ])('%s leaves %j', async (query, names) => {
    expect(namesOf((await get<List>(`/api/v1/applications?${query}`)).items)).toEqual(names)
    expect(rowsOf(await get<FleetPage>(`/api/v1/fleet?${query}`))).toEqual(names)
  })

  it('leave labels as they are that bear the names of built-in things', async () => {
    put('odd', { labels: { constructor: 'x' } })

    expect(rowsOf(await get('/api/v1/fleet?label=constructor%3Dx'))).toEqual(['odd'])
  })
})

describe('rows', () => {
  it('stand by urgency, then by weight, then by name', async () => {
    put('b')
    put('a')
    put('z', { health: 'Progressing' })
    put('y', { health: 'Missing' })
    put('x', { health: 'Degraded' })

    const page = await get<FleetPage>('/api/v1/fleet?sort=attention')

    expect(rowsOf(page)).toEqual(['x', 'y', 'z', 'a', 'b'])
    expect(page.counts.urgency).toEqual({ attention: 2, moving: 1, steady: 2 })
    expect(page.items[0]).toMatchObject({ cluster: 'in-cluster', summary: { name: 'x', health: 'Degraded' } })
  })

  it('stand by what changed last', async () => {
    put('old', { changed: 1 })
    put('new', { changed: 3 })
    put('middle', { changed: 2 })

    expect(rowsOf(await get('/api/v1/fleet?sort=changed'))).toEqual(['new', 'middle', 'old'])
  })

  it('are counted: what the filter leaves, and what it would leave of other states', async () => {
    put('a', { health: 'Degraded' })
    put('b', { sync: 'OutOfSync' })
    put('c', { project: 'risk' })

    const { counts } = await get<FleetPage>('/api/v1/fleet?projects=default&health=Healthy')

    expect(counts).toEqual({
      all: 3,
      degraded: 1,
      outOfSync: 1,
      total: 1,
      urgency: { attention: 1, moving: 0, steady: 0 },
      health: { Healthy: 1, Degraded: 1 },
      sync: { Synced: 1, OutOfSync: 1 },
    })
  })

  it('are there also for an application that nobody can read', async () => {
    server.applications.put('odd', { spec: { source: 7, destination: null } as never })

    expect(rowsOf(await get('/api/v1/fleet'))).toEqual(['odd'])
  })

  it('tell what there is to filter by, the most frequent first', async () => {
    put('a', { labels: { team: 'risk' } })
    put('b', { project: 'risk', labels: { team: 'risk' } })
    put('c', { project: 'risk' })

    expect(await get<FleetChoices>('/api/v1/fleet/choices')).toEqual({
      projects: [
        { value: 'risk', count: 2 },
        { value: 'default', count: 1 },
      ],
      clusters: [{ value: 'in-cluster', count: 3 }],
      namespaces: [{ value: 'shop', count: 3 }],
      labels: [{ value: 'team=risk', count: 2 }],
      repositories: [{ value: 'https://git.example/shop.git', count: 3 }],
    })
  })
})

/** A reader of a window, who does with the messages what a console does. */
async function watch(query: string): Promise<{ rows(): string[]; counts(): FleetWindow['counts']; messages: unknown[]; close(): void }> {
  const ending = new AbortController()
  const response = await fetch(`${server.url}/api/v1/stream/fleet?${query}`, { headers: server.bearer(), signal: ending.signal })
  const known = new Map<string, string>()
  const messages: unknown[] = []
  let keys: string[] = []
  let counts: FleetWindow['counts']
  const reading = (async () => {
    let rest = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.filter(Boolean)) {
        const { result } = JSON.parse(line) as { result: { window?: FleetWindow } }
        messages.push(result)
        if (!result.window) continue
        keys = result.window.keys ?? keys
        counts = result.window.counts ?? counts
        for (const row of result.window.rows ?? []) known.set(row.summary.key, JSON.stringify(row))
      }
    }
  })()
  reading.catch(() => {})
  return {
    rows: () => keys.map((key) => known.get(key) ?? `${key} was never told`),
    counts: () => counts,
    messages,
    close: () => ending.abort(),
  }
}

describe('a live window', () => {
  it('holds what a list says, however much has come and gone', async () => {
    const queries = [
      'sort=attention',
      'sort=name&offset=3&limit=4',
      'sort=changed&limit=5',
      'sort=name&search=app-1&health=Degraded',
      'limit=0',
    ]
    for (let number = 0; number < 20; number++) put(`app-${number}`)
    const windows = await Promise.all(queries.map(watch))
    const random = seeded(7)

    for (let round = 0; round < 60; round++) {
      const name = `app-${Math.floor(random() * 30)}`
      if (random() < 0.25 && server.applications.all.has(name)) server.applications.remove(name)
      else
        put(name, { health: ['Healthy', 'Degraded', 'Progressing'][round % 3]!, changed: round, sync: round % 4 ? 'Synced' : 'OutOfSync' })
      if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 40))
    }

    for (const [index, query] of queries.entries()) {
      const limit = Number(/limit=(\d+)/.exec(query)?.[1] ?? 50)
      const offset = Number(/offset=(\d+)/.exec(query)?.[1] ?? 0)
      const filter = query.replace(/&?(?:limit|offset)=\d+/g, '')
      const page = await get<FleetPage>(`/api/v1/fleet?${filter}`)
      await expect.poll(() => windows[index]?.rows()).toEqual(page.items.slice(offset, offset + limit).map((row) => JSON.stringify(row)))
      await expect.poll(() => windows[index]?.counts()).toEqual(page.counts)
    }
    for (const window of windows) window.close()
  })

  it('tells nothing of what is not in it, and a change in it alone', async () => {
    for (const name of ['a', 'b', 'c']) put(name)
    const window = await watch('limit=2&sort=name')
    await expect.poll(() => window.rows().length).toBe(2)

    put('c', { changed: 9 })
    put('b', { changed: 9 })
    await expect.poll(() => window.messages.length).toBe(2)

    expect(window.messages[1]).toEqual({ window: { rows: [expect.objectContaining({ summary: expect.objectContaining({ name: 'b' }) })] } })
    window.close()
  })

  it('tells whole applications of those that are followed', async () => {
    put('a')
    put('b')
    const window = await watch('limit=0&follow=argocd/b')
    await expect.poll(() => window.messages.length).toBe(2)

    server.applications.remove('b')
    await expect
      .poll(() => window.messages)
      .toContainEqual({ type: 'DELETED', application: expect.objectContaining({ metadata: expect.objectContaining({ name: 'b' }) }) })
    window.close()
  })

  it.each(['limit=501', 'offset=-1', `${Array.from({ length: 51 }, (_, index) => `follow=a/${index}`).join('&')}`, 'selector=a%20b%20c'])(
    'is refused for %s before it begins',
    async (query) => {
      await expect(get(`/api/v1/stream/fleet?${query}`)).rejects.toThrow(/^400 \S/)
    },
  )
})

/** The same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
