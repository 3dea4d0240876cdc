import { afterEach, beforeEach, expect, test } from 'vitest'
import { configMap, configMaps, mergeType, TestApi, type TestWatch } from './api-for-tests.ts'

let api: TestApi
let watches: TestWatch[]

beforeEach(async () => {
  api = await TestApi.start()
  watches = []
})

afterEach(async () => {
  for (const watch of watches) watch.stop()
  await api.stop()
})

async function watch(query: string, headers?: Record<string, string>): Promise<TestWatch> {
  const started = await api.watch(`${configMaps}?${query}`, headers)
  watches.push(started)
  return started
}

test('a watch from the revision of a list goes on where the list ended', async () => {
  await api.call('POST', configMaps, configMap('before'))
  const { metadata } = (await api.call('GET', configMaps)).body
  await api.call('POST', configMaps, configMap('after'))

  const watching = await watch(`resourceVersion=${metadata.resourceVersion}`)

  expect(await watching.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'after' } } })
})

test('a watch without a revision begins with what there is', async () => {
  await api.call('POST', configMaps, configMap('a'))

  const watching = await watch('resourceVersion=0')

  expect(await watching.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } })
})

test('a deleted object is told at the revision of its deletion', async () => {
  const created = await api.call('POST', configMaps, configMap('a', { colour: 'red' }))
  const { resourceVersion } = created.body.metadata
  const watching = await watch(`resourceVersion=${resourceVersion}`)

  await api.call('DELETE', `${configMaps}/a`)

  const event = await watching.next()
  expect(event).toMatchObject({ type: 'DELETED', object: { data: { colour: 'red' } } })
  expect(Number(event?.object.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion))
})

test('an object that begins to match a selector is ADDED, one that no longer matches is DELETED', async () => {
  await api.call('POST', configMaps, configMap('a', {}, { tier: 'back' }))
  const { metadata } = (await api.call('GET', configMaps)).body
  const watching = await watch(`labelSelector=tier%3Dfront&resourceVersion=${metadata.resourceVersion}`)

  for (const tier of ['front', 'front', 'back']) {
    await api.call('PATCH', `${configMaps}/a`, { metadata: { labels: { tier } }, data: { at: `${Math.random()}` } }, mergeType)
  }

  expect([(await watching.next())?.type, (await watching.next())?.type, (await watching.next())?.type]).toEqual([
    'ADDED',
    'MODIFIED',
    'DELETED',
  ])
})

test('a watch that lists first ends its list with the bookmark that clients wait for', async () => {
  await api.call('POST', configMaps, configMap('a'))

  const watching = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')

  expect(await watching.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } })
  expect(await watching.next()).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  })
})

test('a watch from a revision that is forgotten gets 200 and an ERROR event of code 410', async () => {
  await api.call('POST', configMaps, configMap('a'))
  const { metadata } = (await api.call('GET', configMaps)).body
  await api.call('POST', configMaps, configMap('b'))
  await api.restart()

  const watching = await watch(`resourceVersion=${metadata.resourceVersion}`)

  expect(await watching.next()).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
  expect(await watching.next()).toBeUndefined()
})

test('a watch from the last revision goes on after a restart of the server', async () => {
  await api.call('POST', configMaps, configMap('a'))
  const { metadata } = (await api.call('GET', configMaps)).body
  await api.restart()

  const watching = await watch(`resourceVersion=${metadata.resourceVersion}`)
  await api.call('POST', configMaps, configMap('b'))

  expect(await watching.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } })
})

test('a watch ends after its timeout, with a bookmark of how far it came', async () => {
  const watching = await watch('timeoutSeconds=1&resourceVersion=0&allowWatchBookmarks=true')

  expect(await watching.next()).toMatchObject({ type: 'BOOKMARK' })
  expect(await watching.next()).toBeUndefined()
})

test('a watched table has its columns in the first event only', async () => {
  const watching = await watch('resourceVersion=0', { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
  await api.call('POST', configMaps, configMap('a'))
  await api.call('POST', configMaps, configMap('b'))

  const [first, second] = [await watching.next(), await watching.next()]

  expect(first?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 0, expect.anything()] }] })
  expect(first?.object['columnDefinitions']).toHaveLength(3)
  expect(second?.object['columnDefinitions']).toEqual([])
})

test('a watch with a revision that is no number is refused at once', async () => {
  const answer = await api.call('GET', `${configMaps}?watch=true&resourceVersion=abc`)

  expect(answer.status).toBe(400)
})
