import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StorageError } from './storage-error.ts'
import { Store } from './store.ts'
import type { StoreEvent } from './history.ts'

let directory: string
let file: string
let store: Store

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-store-'))
  file = join(directory, 'cluster.db')
  store = await Store.open({ file })
})

afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true })
})

function object(name: string, value: string, namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } }
}

const resource = '/configmaps'

function put(name: string, value = '', namespace = 'default'): Promise<unknown> {
  return store.write(resource, namespace, name, () => ({ put: object(name, value, namespace) }))
}

function remove(name: string): Promise<unknown> {
  return store.write(resource, 'default', name, (current) =>
    current === undefined ? { keep: undefined } : { remove: structuredClone(current.object) },
  )
}

test('nothing is visible before it is on disk', async () => {
  const writing = put('a')
  const before = store.get(resource, 'default', 'a')

  await writing

  expect(before).toBeUndefined()
  expect(store.get(resource, 'default', 'a')?.object).toMatchObject({ data: { value: '' }, metadata: { resourceVersion: '2' } })
})

test('writes of one object see each other, in order', async () => {
  const append = (text: string): Promise<unknown> =>
    store.write(resource, 'default', 'a', (current) => ({
      put: object('a', `${(current?.object['data'] as { value: string } | undefined)?.value ?? ''}${text}`),
    }))

  await Promise.all(['a', 'b', 'c', 'd'].map(append))

  expect(store.get(resource, 'default', 'a')?.object['data']).toEqual({ value: 'abcd' })
})

test('watchers hear every change once, in the order of revisions', async () => {
  const heard: StoreEvent[] = []
  store.subscribe(resource, (event) => heard.push(event))

  await Promise.all(Array.from({ length: 200 }, (_, index) => put(`o-${index % 50}`, String(index))))
  await remove('o-0')

  const revisions = heard.map((event) => event.revision)
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
  expect(heard).toHaveLength(201)
  expect(heard.filter((event) => event.type === 'ADDED')).toHaveLength(50)
  expect(heard.at(-1)).toMatchObject({ type: 'DELETED', current: { name: 'o-0' } })
})

test('a listener that throws harms neither the writer nor the others', async () => {
  const problems: unknown[] = []
  await store.close()
  store = await Store.open({ file, onProblem: (error) => problems.push(error) })
  const heard: string[] = []
  store.subscribe(resource, () => {
    throw new Error('broken listener')
  })
  store.subscribe(resource, (event) => heard.push(event.current.name))

  await put('a')

  expect(heard).toEqual(['a'])
  expect(problems).toEqual([new Error('broken listener')])
})

test('any earlier state that is still known can be listed again, in order', async () => {
  const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd-e', 'd'), removes: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const states: { revision: number; items: string[] }[] = []
      for (const { name, removes } of steps) {
        await (removes ? remove(name) : put(name, String(Math.random())))
        states.push({ revision: store.revision, items: store.list(resource).map((stored) => stored.text) })
      }

      for (const { revision, items } of states) {
        const again = store.listAt(resource, revision)
        expect(again?.map((stored) => stored.text)).toEqual(items)
      }
      for (const { name } of store.list(resource)) await remove(name)
    }),
    { numRuns: 25 },
  )
})

test('a busy kind does not push the history of a quiet one out', async () => {
  await store.close()
  store = await Store.open({ file, history: { events: 20, bytes: 1_000_000 } })
  const start = store.revision
  for (let index = 0; index < 50; index++) await put('busy', String(index))

  expect(store.eventsSince('/secrets', start)).toEqual([])
  expect(store.eventsSince(resource, start)).toBeUndefined()
  expect(store.eventsSince(resource, store.oldestRevision(resource))).toHaveLength(20)
})

test('a second process on the same database is refused, and told what to do', async () => {
  const second = Store.open({ file })

  await expect(second).rejects.toThrow(/is in use by another process\. Stop that process, or choose another data directory/)
  await expect(second).rejects.toBeInstanceOf(StorageError)
})

test('a damaged database is refused, and left as it is', async () => {
  const damaged = join(directory, 'damaged.db')
  await writeFile(damaged, 'this is not a database, and was never one. '.repeat(100))
  const { size } = await stat(damaged)

  await expect(Store.open({ file: damaged })).rejects.toThrow(/is damaged .* Restore it from a backup/)

  expect((await stat(damaged)).size).toBe(size)
})

test('the database is readable for its owner only', async () => {
  await put('a')

  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600)
})
