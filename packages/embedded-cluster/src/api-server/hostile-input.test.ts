import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMaps, mergeType, TestApi } from './api-for-tests.ts'

let api: TestApi

beforeAll(async () => {
  api = await TestApi.start()
})

afterAll(() => api.stop())

test('nobody gets in without the token, and is not told more than that', async () => {
  for (const authorization of ['', 'Bearer wrong', 'Bearer a.b.c', 'Basic YTpi']) {
    const answer = await api.call('GET', configMaps, undefined, { Authorization: authorization })

    expect(answer).toMatchObject({ status: 401, body: { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' } })
  }
})

test('health and version are told to everybody, nothing else is', async () => {
  const without = { Authorization: '' }
  for (const path of ['/healthz', '/livez', '/readyz', '/version'])
    expect((await api.call('GET', path, undefined, without)).status).toBe(200)
  for (const path of ['/', '/api', '/apis', '/openapi/v3', '/openapi/v2', '/nope'])
    expect((await api.call('GET', path, undefined, without)).status).toBe(401)
})

test('names of built-in members of objects are ordinary names', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const text = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"names","labels":{"constructor":"x"}},"data":{${names.map((name) => `"${name}":"kept"`).join(',')}}}`

  await api.call('POST', configMaps, text)
  await api.call('PATCH', `${configMaps}/names`, '{"data":{"__proto__":"changed","valueOf":"new"}}', mergeType)
  const found = await api.call('GET', `${configMaps}/names`)

  const data = found.body['data'] as object
  expect(Object.keys(data).sort()).toEqual([...names, 'valueOf'].sort())
  expect(Object.getOwnPropertyDescriptor(data, '__proto__')?.value).toBe('changed')
  expect(({} as Record<string, unknown>)['kept']).toBeUndefined()
})

test('bodies that are too large, too deep or no object are refused, and the server goes on', async () => {
  const large = await api.call('POST', configMaps, configMap('large', { text: 'x'.repeat(4_000_000) }))
  const heavy = await api.call('POST', '/apis/coordination.k8s.io/v1/namespaces/default/leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'heavy' },
    spec: { holderIdentity: 'x'.repeat(1_700_000) },
  })
  const deep = await api.call('POST', configMaps, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  const statuses: number[] = []
  for (const body of [
    'null',
    '[]',
    '"text"',
    '{',
    '{"kind":1}',
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":[]}',
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":{}}}',
  ]) {
    statuses.push((await api.call('POST', configMaps, body)).status)
  }

  expect([large.status, heavy.status, deep.status]).toEqual([413, 413, 400])
  expect(new Set(statuses)).toEqual(new Set([400]))
  expect((await api.call('GET', configMaps)).status).toBe(200)
})

test('a YAML bomb in an apply is refused', async () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level < 9; level++)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(',')}]`)
  const bomb = `apiVersion: v1\nkind: ConfigMap\n${lines.join('\n')}\n`

  const answer = await api.call('PATCH', `${configMaps}/bomb?fieldManager=m`, bomb, { 'Content-Type': 'application/apply-patch+yaml' })

  expect(answer.status).toBe(400)
})

test('paths that are none are answered, not obeyed', async () => {
  for (const path of [
    '/api/v1/namespaces/%zz/pods',
    '/api/v1/namespaces/default/configmaps/..%2f..',
    '/apis/x/y/z',
    '/api/v1/namespaces/default/configmaps/a/b/c',
    '/api/v2',
  ]) {
    expect((await api.call('GET', path)).status).toBeGreaterThanOrEqual(400)
  }
})

test('a name with 5,000 characters is refused by name', async () => {
  const answer = await api.call('POST', configMaps, configMap('n'.repeat(5_000)))

  expect(answer.status).toBe(422)
  expect((answer.body.details['causes'] as { field: string }[]).map(({ field }) => field)).toContain('metadata.name')
})

test('a token of a service account ends with its account', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await api.call('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot' } })
  const issued = await api.call('POST', `${accounts}/bot/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [] },
  })
  const headers = { Authorization: `Bearer ${(issued.body['status'] as { token: string }).token}` }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const alive = await api.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review, headers)

  await api.call('DELETE', `${accounts}/bot`)

  expect(alive.body).toMatchObject({ status: { userInfo: { username: 'system:serviceaccount:default:bot' } } })
  expect((await api.call('GET', configMaps, undefined, headers)).status).toBe(401)
})
