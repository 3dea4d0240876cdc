import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyType, configMap, configMaps, mergeType, TestApi } from './api-for-tests.ts'

let api: TestApi

beforeAll(async () => {
  api = await TestApi.start()
})

afterAll(() => api.stop())

const deployments = '/apis/apps/v1/namespaces/default/deployments'

function deployment(name: string, replicas = 0): Record<string, unknown> {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  }
}

test('a name that is taken is answered 409 AlreadyExists', async () => {
  await api.call('POST', configMaps, configMap('taken'))

  const again = await api.call('POST', configMaps, configMap('taken'))

  expect(again).toMatchObject({
    status: 409,
    body: { reason: 'AlreadyExists', message: 'configmaps "taken" already exists', details: { name: 'taken', kind: 'configmaps' } },
  })
})

test('a built-in kind need not say what the path says already; what is applied must', async () => {
  const created = await api.call('POST', configMaps, { metadata: { name: 'untold' }, data: { a: 'b' } })
  const updated = await api.call('PUT', `${configMaps}/untold`, { kind: 'ConfigMap', metadata: { name: 'untold' }, data: { a: 'c' } })
  const applied = await api.call('PATCH', `${configMaps}/untold?fieldManager=m`, { metadata: { name: 'untold' } }, applyType)
  const other = await api.call('POST', configMaps, { kind: 'Secret', metadata: { name: 'untold-2' } })

  expect(created).toMatchObject({ status: 201, body: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } } })
  expect(updated).toMatchObject({ status: 200, body: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'c' } } })
  expect(applied.status).toBe(400)
  expect(other.status).toBe(400)
})

test('generateName makes names of its own', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } }

  const made = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', configMaps, object)))

  const names = new Set(made.map(({ body }) => body.metadata.name))
  expect(names.size).toBe(20)
  for (const name of names) expect(name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2-9]{5}$/)
})

test('a dry run changes nothing and answers what would be', async () => {
  const answer = await api.call('POST', `${configMaps}?dryRun=All`, configMap('dry', { a: 'b' }))

  expect(answer).toMatchObject({ status: 201, body: { data: { a: 'b' }, metadata: { uid: expect.any(String) } } })
  expect((await api.call('GET', `${configMaps}/dry`)).status).toBe(404)
})

test('an object in a namespace that does not exist is refused, and the namespace named', async () => {
  const answer = await api.call('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('a'))

  expect(answer).toMatchObject({
    status: 404,
    body: { message: 'namespaces "nowhere" not found', details: { name: 'nowhere', kind: 'namespaces' } },
  })
})

test('nothing new is made in a namespace that is being deleted', async () => {
  await api.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } })
  await api.call('DELETE', '/api/v1/namespaces/ending')

  const answer = await api.call('POST', '/api/v1/namespaces/ending/configmaps', configMap('a'))

  expect(answer).toMatchObject({
    status: 403,
    body: {
      message: 'configmaps "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    },
  })
})

test('spec moves the generation, status and labels do not', async () => {
  await api.call('POST', deployments, deployment('gen'))
  await api.call('PATCH', `${deployments}/gen`, { metadata: { labels: { a: 'b' } } }, mergeType)
  await api.call('PATCH', `${deployments}/gen/status`, { status: { replicas: 3 } }, mergeType)
  const before = await api.call('GET', `${deployments}/gen`)

  const after = await api.call('PATCH', `${deployments}/gen`, { spec: { replicas: 2 } }, mergeType)

  expect(before.body.metadata.generation).toBe(1)
  expect(after.body.metadata.generation).toBe(2)
})

test('status is not changed through the object, nor the object through status', async () => {
  await api.call('POST', deployments, { ...deployment('parts'), status: { replicas: 9 } })
  await api.call('PATCH', `${deployments}/parts`, { status: { replicas: 8 } }, mergeType)
  const untouched = await api.call('GET', `${deployments}/parts`)

  const status = await api.call('PATCH', `${deployments}/parts/status`, { spec: { replicas: 7 }, status: { replicas: 7 } }, mergeType)

  expect(untouched.body['status']).not.toHaveProperty('replicas')
  expect(status.body).toMatchObject({ spec: { replicas: 0 }, status: { replicas: 7 } })
})

test('the scale subresource reads and writes the replicas', async () => {
  await api.call('POST', deployments, deployment('scaled', 1))

  const scaled = await api.call('PATCH', `${deployments}/scaled/scale`, { spec: { replicas: 4 } }, mergeType)

  expect(scaled.body).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 4 },
    status: { selector: 'app=scaled' },
  })
  expect((await api.call('GET', `${deployments}/scaled`)).body).toMatchObject({ spec: { replicas: 4 }, metadata: { generation: 2 } })
})

test('a patch of each type arrives', async () => {
  await api.call('POST', deployments, deployment('patched'))
  const path = `${deployments}/patched`
  const json = [{ op: 'add', path: '/metadata/labels', value: { json: 'yes' } }]
  const strategic = { spec: { template: { spec: { containers: [{ name: 'second', image: 'j' }] } } } }

  await api.call('PATCH', path, json, { 'Content-Type': 'application/json-patch+json' })
  await api.call('PATCH', path, { metadata: { labels: { merge: 'yes' } } }, mergeType)
  const last = await api.call('PATCH', path, strategic, { 'Content-Type': 'application/strategic-merge-patch+json' })

  expect(last.body.metadata.labels).toEqual({ json: 'yes', merge: 'yes' })
  expect(last.body).toMatchObject({ spec: { template: { spec: { containers: [{ name: 'second' }, { name: 'c' }] } } } })
})

test('a JSON patch whose test fails is answered 422 and changes nothing', async () => {
  await api.call('POST', configMaps, configMap('tested', { a: '1' }))
  const patch = [
    { op: 'replace', path: '/data/a', value: '2' },
    { op: 'test', path: '/data/a', value: '1' },
  ]

  const answer = await api.call('PATCH', `${configMaps}/tested`, patch, { 'Content-Type': 'application/json-patch+json' })

  expect(answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } })
  expect((await api.call('GET', `${configMaps}/tested`)).body['data']).toEqual({ a: '1' })
})

test('a server-side apply creates, owns its fields and conflicts with other owners until it is forced', async () => {
  const path = `${configMaps}/applied`
  const object = configMap('applied', { a: '1', b: '1' })
  const created = await api.call('PATCH', `${path}?fieldManager=one`, object, applyType)
  const other = configMap('applied', { a: '2' })
  const conflict = await api.call('PATCH', `${path}?fieldManager=two`, other, applyType)
  const forced = await api.call('PATCH', `${path}?fieldManager=two&force=true`, other, applyType)
  const dropped = await api.call('PATCH', `${path}?fieldManager=one`, configMap('applied'), applyType)

  expect(created).toMatchObject({
    status: 201,
    body: { metadata: { managedFields: [{ manager: 'one', operation: 'Apply', apiVersion: 'v1' }] } },
  })
  expect(conflict).toMatchObject({
    status: 409,
    body: {
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a', message: 'conflict with "one"' }] },
    },
  })
  expect(forced.body['data']).toEqual({ a: '2', b: '1' })
  expect(dropped.body['data']).toEqual({ a: '2' })
})

test('a server-side apply needs a manager', async () => {
  const answer = await api.call('PATCH', `${configMaps}/x`, configMap('x'), applyType)

  expect(answer).toMatchObject({
    status: 422,
    body: { message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch' },
  })
})

test('an apply in real YAML arrives like one in JSON', async () => {
  const answer = await api.call(
    'PATCH',
    `${configMaps}/yaml?fieldManager=m`,
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  key: value\n',
    applyType,
  )

  expect(answer).toMatchObject({ status: 201, body: { metadata: { name: 'yaml' }, data: { key: 'value' } } })
})

test('an apply that changes nothing keeps the resource version', async () => {
  const path = `${deployments}/same?fieldManager=m`
  const first = await api.call('PATCH', path, deployment('same'), applyType)

  const second = await api.call('PATCH', path, deployment('same'), applyType)

  expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion)
})

test('every write is filed under its manager, or under the name of the program', async () => {
  const created = await api.call('POST', configMaps, configMap('filed', { a: '1' }))
  const patched = await api.call('PATCH', `${configMaps}/filed?fieldManager=patcher`, { data: { b: '2' } }, mergeType)

  expect(created.body.metadata.managedFields).toMatchObject([
    { manager: 'test-client', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } },
  ])
  expect(patched.body.metadata.managedFields?.map((entry) => entry.manager).sort()).toEqual(['patcher', 'test-client'])
})

test('an unknown or repeated field is refused, warned of or let through, as asked', async () => {
  const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"strict"},"data":{"a":"1","a":"2"},"dta":{}}'
  const strict = await api.call('POST', `${configMaps}?fieldValidation=Strict`, text)
  const warned = await api.call('POST', `${configMaps}?fieldValidation=Warn&dryRun=All`, text)
  const ignored = await api.call('POST', `${configMaps}?fieldValidation=Ignore&dryRun=All`, text)

  expect(strict).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/strict decoding error: .*duplicate field "data.a".*unknown field "dta"/) },
  })
  expect(warned.status).toBe(201)
  expect(warned.headers['warning']).toContain('299 - "unknown field \\"dta\\""')
  expect(ignored.headers['warning']).toBeUndefined()
})

test('finalizers hold a deleted object until the last is taken off', async () => {
  await api.call('POST', configMaps, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } })
  const deleted = await api.call('DELETE', `${configMaps}/held`)
  const added = await api.call(
    'PATCH',
    `${configMaps}/held`,
    { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    mergeType,
  )

  await api.call('PATCH', `${configMaps}/held`, { metadata: { finalizers: null } }, mergeType)

  expect(deleted.body.metadata.deletionTimestamp).toEqual(expect.any(String))
  expect(added.status).toBe(422)
  expect((await api.call('GET', `${configMaps}/held`)).status).toBe(404)
})

test('a propagation policy becomes the finalizer that the garbage collector reads', async () => {
  for (const name of ['foreground', 'orphan']) await api.call('POST', configMaps, configMap(name))

  const foreground = await api.call('DELETE', `${configMaps}/foreground`, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Foreground',
  })
  const orphan = await api.call('DELETE', `${configMaps}/orphan?propagationPolicy=Orphan`)

  expect(foreground.body.metadata.finalizers).toEqual(['foregroundDeletion'])
  expect(orphan.body.metadata.finalizers).toEqual(['orphan'])
})

test('a deletion with preconditions that do not hold is refused', async () => {
  const { metadata } = (await api.call('POST', configMaps, configMap('guarded'))).body

  const wrong = await api.call('DELETE', `${configMaps}/guarded`, { preconditions: { uid: 'other' } })
  const right = await api.call('DELETE', `${configMaps}/guarded`, {
    preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
  })

  expect(wrong).toMatchObject({ status: 409, body: { message: expect.stringContaining(`UID in object meta: ${metadata.uid}`) } })
  expect(right).toMatchObject({
    status: 200,
    body: { status: 'Success', details: { name: 'guarded', kind: 'configmaps', uid: metadata.uid } },
  })
})

test('a collection is deleted by selector', async () => {
  for (const name of ['sel-a', 'sel-b']) await api.call('POST', configMaps, configMap(name, {}, { sel: name }))

  const answer = await api.call('DELETE', `${configMaps}?labelSelector=sel%3Dsel-a`)

  expect(answer.body.items.map((item) => item.metadata.name)).toEqual(['sel-a'])
  expect((await api.call('GET', `${configMaps}/sel-b`)).status).toBe(200)
})

test('32 clients that patch one object at once all succeed, and nothing is lost', async () => {
  await api.call('POST', configMaps, configMap('busy'))

  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, index) => api.call('PATCH', `${configMaps}/busy`, { data: { [`k${index}`]: 'x' } }, mergeType)),
  )

  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(Object.keys((await api.call('GET', `${configMaps}/busy`)).body['data'] as object)).toHaveLength(32)
})
