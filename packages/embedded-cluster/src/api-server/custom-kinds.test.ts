import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyType, mergeType, TestApi } from './api-for-tests.ts'

let api: TestApi

beforeEach(async () => {
  api = await TestApi.start()
})

afterEach(() => api.stop())

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'

function definition(plural = 'widgets', kind = 'Widget', shortNames: string[] = []): Record<string, unknown> {
  const spec = { type: 'object', properties: { size: { type: 'integer', minimum: 1, default: 3 }, replicas: { type: 'integer' } } }
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind, shortNames },
      versions: [
        { name: 'v1', served: true, storage: true, schema, subresources: { status: {} } },
        { name: 'v1beta1', served: true, storage: false, schema },
      ],
    },
  }
}

function widget(name: string): Record<string, unknown> {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec: {} }
}

async function condition(name: string, type: string): Promise<string | undefined> {
  const { body } = await api.call('GET', `${definitions}/${name}`)
  const status = body['status'] as { conditions?: { type: string; status: string }[] } | undefined
  return status?.conditions?.find((each) => each.type === type)?.status
}

test('a kind can be used as soon as its definition is created, and after a restart', async () => {
  await api.call('POST', definitions, definition())
  const created = await api.call('POST', widgets, widget('a'))
  await api.restart()

  const again = await api.call('GET', `/apis/example.com/v1beta1/namespaces/default/widgets/a`)

  expect(created).toMatchObject({ status: 201, body: { spec: { size: 3 } } })
  expect(again.body).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 3 } })
  await expect.poll(() => condition('widgets.example.com', 'Established')).toBe('True')
})

test('discovery tells the kind in all its forms', async () => {
  await api.call('POST', definitions, definition())

  const aggregated = await api.call('GET', '/apis', undefined, {
    Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  })
  const legacy = await api.call('GET', '/apis/example.com/v1')
  const openApi = await api.call('GET', '/openapi/v3')

  const group = aggregated.body.items.find((item) => item.metadata.name === 'example.com')
  expect(group).toMatchObject({
    versions: [
      { version: 'v1', resources: [{ resource: 'widgets', scope: 'Namespaced', subresources: [{ subresource: 'status' }] }] },
      { version: 'v1beta1' },
    ],
  })
  expect(legacy.body['resources']).toMatchObject([{ name: 'widgets', kind: 'Widget' }, { name: 'widgets/status' }])
  expect(openApi.body['paths']).toHaveProperty(['apis/example.com/v1'])
})

test('what a client keeps of discovery is good for as long as nothing is different, in another cluster at the same address too', async () => {
  const other = await TestApi.start()
  const ask = (of: TestApi, headers: Record<string, string> = {}) =>
    of.call('GET', '/apis', undefined, { Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', ...headers })
  try {
    await api.call('POST', definitions, definition())
    await other.call('POST', definitions, definition('gadgets', 'Gadget'))
    const kept = { 'If-None-Match': String((await ask(api)).headers.etag) }

    const elsewhere = await ask(other, kept)
    await api.restart()
    const afterRestart = await ask(api, kept)

    expect(elsewhere.status).toBe(200)
    expect(afterRestart.status).toBe(304)
  } finally {
    await other.stop()
  }
})

test('the schema is enforced, and what it does not know is pruned', async () => {
  await api.call('POST', definitions, definition())
  await api.call('POST', widgets, widget('a'))

  const small = await api.call('PATCH', `${widgets}/a`, { spec: { size: 0 } }, mergeType)
  const unknown = await api.call('PATCH', `${widgets}/a`, { spec: { size: 5, sizes: 1 } }, mergeType)
  const applied = await api.call(
    'PATCH',
    `${widgets}/a?fieldManager=m&fieldValidation=Strict`,
    { ...widget('a'), spec: { sizes: 1 } },
    applyType,
  )

  expect(small).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'spec.size' }] } } })
  expect(unknown.body['spec']).toEqual({ size: 5 })
  expect(unknown.headers['warning']).toContain('unknown field')
  expect(applied.status).toBe(400)
})

test('strategic merge patches are not for custom kinds', async () => {
  await api.call('POST', definitions, definition())
  await api.call('POST', widgets, widget('a'))

  const answer = await api.call('PATCH', `${widgets}/a`, {}, { 'Content-Type': 'application/strategic-merge-patch+json' })

  expect(answer).toMatchObject({ status: 415, body: { reason: 'UnsupportedMediaType' } })
})

test('deleting a definition deletes its objects first, and its watchers hear of both', async () => {
  await api.call('POST', definitions, definition())
  await api.call('POST', widgets, widget('free'))
  await api.call('POST', widgets, { ...widget('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } })
  const watching = await api.watch(`${widgets}?resourceVersion=0`)
  await watching.next()
  await watching.next()

  const deleted = await api.call('DELETE', `${definitions}/widgets.example.com`)
  const refused = await api.call('POST', widgets, widget('late'))
  const events = [await watching.next(), await watching.next()].map((event) => `${event?.type} ${event?.object.metadata.name}`)
  await api.call('PATCH', `${widgets}/held`, { metadata: { finalizers: null } }, mergeType)

  expect(deleted.body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
  expect(refused.status).toBe(405)
  expect(events.sort()).toEqual(['DELETED free', 'MODIFIED held'])
  expect((await watching.next())?.type).toBe('DELETED')
  expect(await watching.next()).toBeUndefined()
  await expect.poll(async () => (await api.call('GET', `${definitions}/widgets.example.com`)).status).toBe(404)
  expect((await api.call('GET', widgets)).status).toBe(404)
})

test('a definition whose names are taken is kept, but not served', async () => {
  await api.call('POST', definitions, definition('widgets', 'Widget', ['wd']))

  await api.call('POST', definitions, definition('wads', 'Wad', ['wd']))

  await expect.poll(() => condition('wads.example.com', 'NamesAccepted')).toBe('False')
  expect((await api.call('GET', '/apis/example.com/v1/wads')).status).toBe(404)
  expect((await api.call('GET', '/apis/example.com/v1/widgets')).status).toBe(200)
})
