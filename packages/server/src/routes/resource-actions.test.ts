import type { AccountRole } from '@plimsoll/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

let server: ServerForTests

beforeEach(async () => {
  server = await startServerForTests()
  server.applications.put('shop')
})
afterEach(() => server.close())

const query = 'group=apps&version=v1&kind=Deployment&namespace=shop&resourceName=web'
const object = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', resourceName: 'web' }

function ask(method: string, path: string, body?: unknown, role: AccountRole = 'maintainer'): Promise<Response> {
  return fetch(`${server.url}/api/v1/applications/shop/resource/actions${path}`, {
    method,
    headers: { ...server.bearer(role), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}
const runs = (): unknown[] => server.applications.calls.filter(([name]) => name === 'runResourceAction')

describe('the actions of an object', () => {
  it("are told in Argo CD's words, to everybody who may see it", async () => {
    const response = await ask('GET', `?${query}`, undefined, 'readonly')

    expect([response.status, await response.json()]).toEqual([
      200,
      {
        actions: [
          { name: 'restart' },
          { name: 'scale', disabled: true, displayName: 'Scale', params: [{ name: 'replicas', default: '1' }] },
        ],
      },
    ])
  })

  it('are run by both routes, with parameters by the second', async () => {
    const first = await ask('POST', `?${query}`, 'restart')
    const second = await ask('POST', '/v2', { ...object, action: 'scale', resourceActionParameters: [{ name: 'replicas', value: '3' }] })

    expect([first.status, second.status, await second.json()]).toEqual([200, 200, {}])
    const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
    expect(runs()).toEqual([
      ['runResourceAction', expect.objectContaining(key), { name: 'restart', params: {} }],
      ['runResourceAction', expect.objectContaining(key), { name: 'scale', params: { replicas: '3' } }],
    ])
  })

  it('are refused to whom they are not for, and the audit tells both', async () => {
    const refused = await ask('POST', '/v2', { ...object, action: 'restart' }, 'contributor')
    await ask('POST', `?${query}`, 'delete-all', 'readonly')
    await ask('POST', `?${query}`, 'restart')

    expect(refused.status).toBe(403)
    expect(runs()).toHaveLength(1)
    const audit = await fetch(`${server.url}/api/v1/audit`, { headers: server.bearer('admin') })
    const { items } = (await audit.json()) as { items: Record<string, unknown>[] }
    const resource = 'apps/Deployment/shop/web'
    expect(items.map(({ actor, action, object: what, outcome, detail }) => [actor, action, what, outcome, detail])).toEqual([
      ['maintainer', 'resource.action', 'applications/argocd/shop', 'allowed', expect.objectContaining({ resource, action: 'restart' })],
      ['readonly', 'resource.action', 'applications/argocd/shop', 'denied', expect.objectContaining({ resource })],
      ['contributor', 'resource.action', 'applications/argocd/shop', 'denied', expect.not.objectContaining({ resource })],
    ])
  })

  it.each([
    ['no action', '/v2', object],
    ['an empty one', `?${query}`, ''],
    ['one that is no text', `?${query}`, 7],
    ['parameters that are none', '/v2', { ...object, action: 'scale', resourceActionParameters: [{ value: '3' }] }],
    ['a text of any length', `?${query}`, 'x'.repeat(300)],
  ])('are refused with %s', async (_what, path, body) => {
    const response = await ask('POST', path, body)

    expect(response.status).toBe(400)
    expect(runs()).toEqual([])
  })
})
