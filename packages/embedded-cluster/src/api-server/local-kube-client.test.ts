import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isConflict, type KubeObject, type ResourceType, type WatchEvent } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApiServer, type ApiServer } from './create-api-server.ts'

let dataDir: string
let api: ApiServer
let configMaps: ResourceType

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-api-'))
  api = await createApiServer({ dataDir })
  configMaps = (await api.client.typeOf('v1', 'ConfigMap')) as ResourceType
})

afterEach(async () => {
  await api.close()
  await rm(dataDir, { recursive: true })
})

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data }
}

test('an object that was created is there after a restart, at the same resource version', async () => {
  const created = await api.client.create(configMaps, configMap('a', { colour: 'red' }))
  await api.close()

  api = await createApiServer({ dataDir })

  expect(await api.client.get(configMaps, { namespace: 'default', name: 'a' })).toEqual(created)
})

test('resource versions go on after a restart, also after a deletion', async () => {
  const created = await api.client.create(configMaps, configMap('a', {}))
  await api.client.delete(configMaps, { namespace: 'default', name: 'a' })
  await api.close()
  api = await createApiServer({ dataDir })

  const again = await api.client.create(configMaps, configMap('a', {}))

  expect(Number(again.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion) + 1)
})

test('an update with an old resource version is refused', async () => {
  const created = await api.client.create(configMaps, configMap('a', { colour: 'red' }))
  await api.client.update(configMaps, { ...created, data: { colour: 'green' } })

  const late = api.client.update(configMaps, { ...created, data: { colour: 'blue' } })

  await expect(late).rejects.toSatisfy(isConflict)
  await expect(late).rejects.toThrow(
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  )
})

test('an update that changes nothing keeps the resource version', async () => {
  const created = await api.client.create(configMaps, configMap('a', { colour: 'red' }))

  const updated = await api.client.update(configMaps, created)

  expect(updated.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
})

test('a watch from a list misses nothing and repeats nothing', async () => {
  await api.client.create(configMaps, configMap('before', {}))
  const { metadata } = await api.client.list(configMaps)
  await api.client.create(configMaps, configMap('a', {}))
  const abort = new AbortController()
  const events: WatchEvent[] = []
  const watching = (async () => {
    for await (const event of api.client.watch(configMaps, { resourceVersion: metadata.resourceVersion ?? '', signal: abort.signal })) {
      events.push(event)
      if (events.length === 3) abort.abort()
    }
  })()

  await api.client.patch(configMaps, { namespace: 'default', name: 'a' }, { type: 'merge', patch: { data: { x: '1' } } })
  await api.client.delete(configMaps, { namespace: 'default', name: 'a' })
  await watching

  expect(events.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
})
