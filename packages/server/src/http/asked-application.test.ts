import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DeclaredRoute } from './route-policy.ts'
import { type ServerForTests, startServerForTests } from './server-for-tests.ts'

let server: ServerForTests
let routes: DeclaredRoute[]

beforeAll(async () => {
  server = await startServerForTests()
  server.applications.put('shop')
  routes = server.http.declaredRoutes.filter(({ url }) => /\/applications\/:name/.test(url) && !url.startsWith('/api/v1/stream'))
})

afterAll(() => server.close())

async function namespacesLookedUp({ method, url }: DeclaredRoute, query: string, body: Record<string, unknown>): Promise<unknown[]> {
  server.applications.asked.length = 0
  const path = url.replace(':name', 'shop').replaceAll(/:(podName|revision|resource|action|id)/g, 'x')
  const hasBody = !['GET', 'HEAD'].includes(method)
  const spec = { destination: {}, source: { repoURL: 'https://x', path: '.' } }
  const whole = { ...spec, metadata: { name: 'shop' }, spec, resourceName: 'x', kind: 'Application', patch: '{}', patchType: 'merge' }
  const sent = url.endsWith('/actions') ? 'restart' : { ...whole, action: 'restart', ...body }
  const response = await fetch(`${server.url}${path}?resourceName=x&kind=ConfigMap&namespace=n&patchType=merge${query}`, {
    method,
    headers: { ...server.bearer(), ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(sent) }),
  })
  await response.body?.cancel()
  return [...new Set(server.applications.asked)]
}

it.each<[where: string, query: string, body: Record<string, unknown>]>([
  ['the query', '&appNamespace=team-a', {}],
  ['the body', '', { appNamespace: 'team-b' }],
  ['both, and not the same', '&appNamespace=team-a', { appNamespace: 'team-b' }],
  ['the query, twice', '&appNamespace=team-a&appNamespace=team-b', { appNamespace: 'team-c' }],
  ['the application that is sent', '&appNamespace=team-a', { metadata: { name: 'shop', namespace: 'team-b' } }],
])('who is asked and who does it mean the same application, where %s names its namespace', async (_where, query, body) => {
  const divided: string[] = []
  for (const route of routes) {
    const namespaces = await namespacesLookedUp(route, query, body)
    if (namespaces.length > 1) divided.push(`${route.method} ${route.url}: ${namespaces.join(', ')}`)
  }

  expect(routes.length).toBeGreaterThan(20)
  expect(divided).toEqual([])
})

it('names it in the query of every route, and in the body where protobuf maps it there', async () => {
  const inBody: string[] = []
  for (const route of routes) {
    expect(await namespacesLookedUp(route, '&appNamespace=team-a', {}), `${route.method} ${route.url}`).toEqual(['team-a'])
    if ((await namespacesLookedUp(route, '', { appNamespace: 'team-b' })).includes('team-b')) inBody.push(`${route.method} ${route.url}`)
  }

  expect(inBody.toSorted()).toEqual([
    'PATCH /api/v1/applications/:name',
    'POST /api/v1/applications/:name/resource/actions/v2',
    'POST /api/v1/applications/:name/rollback',
    'POST /api/v1/applications/:name/sync',
  ])
})

it('writes down of which namespace the application was', async () => {
  const [sync] = routes.filter(({ method, url }) => method === 'POST' && url.endsWith('/sync'))
  if (sync) await namespacesLookedUp(sync, '', { appNamespace: 'team-b' })

  const [last] = await server.records.listAudit({ limit: 1 })
  expect(last).toMatchObject({ action: 'application.sync', object: 'applications/team-b/shop' })
})
