import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TestApi } from './api-for-tests.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const accounts = '/api/v1/namespaces/default/serviceaccounts'
let api: TestApi

beforeEach(async () => {
  api = await TestApi.start()
})

afterEach(() => api.stop())

function tokenSecret(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': 'robot' } },
  }
}

function tokenIn(name: string): Promise<string> {
  return vi.waitFor(async () => {
    const { token } = (await api.call('GET', `${secrets}/${name}`)).body['data'] as { token: string }
    expect(token).toBeTruthy()
    return Buffer.from(token, 'base64').toString()
  })
}

const asRobot = async (token: string): Promise<number> =>
  (await api.call('GET', secrets, undefined, { Authorization: `Bearer ${token}` })).status

test('a Secret that asks for a token of a service account gets one, whichever of the two comes first', async () => {
  await api.call('POST', secrets, tokenSecret('early'))
  await api.call('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
  await api.call('POST', secrets, tokenSecret('late'))

  const tokens = [await tokenIn('early'), await tokenIn('late')]

  expect(await Promise.all(tokens.map(asRobot))).toEqual([200, 200])
})

test('its token ends with it', async () => {
  await api.call('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
  await api.call('POST', secrets, tokenSecret('one'))
  const token = await tokenIn('one')

  await api.call('DELETE', `${secrets}/one`)

  expect(await asRobot(token)).toBe(401)
})
