import { afterAll, beforeAll, expect, test } from 'vitest'
import { gunzipSync } from 'node:zlib'
import { request } from 'node:https'
import { configMap, configMaps, TestApi } from './api-for-tests.ts'

let api: TestApi

beforeAll(async () => {
  api = await TestApi.start()
  for (let index = 0; index < 10; index++)
    await api.call('POST', configMaps, configMap(`cm-${index}`, {}, { even: String(index % 2 === 0) }))
})

afterAll(() => api.stop())

test('all pages of a list show the state at the revision of the first', async () => {
  const first = (await api.call('GET', `${configMaps}?limit=4`)).body
  await api.call('POST', configMaps, configMap('cm-55'))
  await api.call('DELETE', `${configMaps}/cm-6`)
  const second = (await api.call('GET', `${configMaps}?limit=4&continue=${first.metadata['continue' as 'name']}`)).body
  const third = (await api.call('GET', `${configMaps}?limit=4&continue=${second.metadata['continue' as 'name']}`)).body

  const names = [first, second, third].flatMap((page) => page.items.map((item) => item.metadata.name))
  expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `cm-${index}`))
  expect(first.metadata).toMatchObject({ remainingItemCount: 6 })
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  expect(third.metadata).not.toHaveProperty('continue')
  await api.call('DELETE', `${configMaps}/cm-55`)
  await api.call('POST', configMaps, configMap('cm-6', {}, { even: 'true' }))
})

test('a continue token that nobody gave out is refused', async () => {
  expect((await api.call('GET', `${configMaps}?limit=4&continue=bm9uc2Vuc2U`)).status).toBe(400)
})

test('a continue token from before a restart is answered 410, with one to go on inconsistently', async () => {
  const first = (await api.call('GET', `${configMaps}?limit=4`)).body
  await api.call('POST', configMaps, configMap('later'))
  await api.call('DELETE', `${configMaps}/later`)
  await api.restart()

  const stale = await api.call('GET', `${configMaps}?limit=4&continue=${first.metadata['continue' as 'name']}`)
  const rest = await api.call('GET', `${configMaps}?continue=${stale.body.metadata['continue' as 'name']}`)

  expect(stale).toMatchObject({ status: 410, body: { reason: 'Expired' } })
  expect(rest.body.items.map((item) => item.metadata.name)).toEqual(['cm-4', 'cm-5', 'cm-6', 'cm-7', 'cm-8', 'cm-9'])
})

test('labels and fields select', async () => {
  const even = await api.call('GET', `${configMaps}?labelSelector=even%3Dtrue,!odd`)
  const one = await api.call('GET', `/api/v1/configmaps?fieldSelector=metadata.name%3Dcm-3,metadata.namespace%3Ddefault`)
  const unknown = await api.call('GET', `${configMaps}?fieldSelector=data.x%3D1`)

  expect(even.body.items).toHaveLength(5)
  expect(one.body.items.map((item) => item.metadata.name)).toEqual(['cm-3'])
  expect(unknown).toMatchObject({ status: 400, body: { message: 'field label not supported: data.x' } })
})

test('a list comes as a table, or as metadata only, when it is asked for so', async () => {
  const table = await api.call('GET', `${configMaps}?limit=1`, undefined, {
    Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  })
  const partial = await api.call('GET', `${configMaps}?limit=1`, undefined, {
    Accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  })

  expect(table.body).toMatchObject({
    kind: 'Table',
    rows: [{ cells: ['cm-0', 0, expect.any(String)], object: { kind: 'PartialObjectMetadata', metadata: { name: 'cm-0' } } }],
  })
  expect(partial.body.items[0]).not.toHaveProperty('data')
  expect(partial.body).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ kind: 'PartialObjectMetadata' }] })
})

test('a client that takes nothing but protobuf gets that, one that takes JSON too gets JSON', async () => {
  const only = await api.call('GET', configMaps, undefined, { Accept: 'application/vnd.kubernetes.protobuf' })
  const both = await api.call('GET', configMaps, undefined, { Accept: 'application/vnd.kubernetes.protobuf,application/json' })

  expect(only).toMatchObject({ status: 200, headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } })
  expect(both).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
})

test('a large list is compressed for those who ask', async () => {
  await api.call('POST', configMaps, configMap('large', { text: 'x'.repeat(300_000) }))
  const compressed = await new Promise<Buffer>((resolve, reject) => {
    const headers = { Authorization: `Bearer ${api.listening.token}`, 'Accept-Encoding': 'gzip' }
    request(`${api.listening.url}${configMaps}`, { ca: api.listening.ca, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        response.headers['content-encoding'] === 'gzip' ? resolve(Buffer.concat(chunks)) : reject(new Error('not compressed')),
      )
    }).end()
  })

  const list = JSON.parse(gunzipSync(compressed).toString()) as { items: unknown[] }
  expect(list.items).toHaveLength(11)
})
