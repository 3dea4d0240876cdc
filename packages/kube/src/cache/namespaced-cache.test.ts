import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiForTests, objectForTests, typeForTests, until } from '../client/api-for-tests.ts'
import { createKubeClient, type HttpKubeClient } from '../client/http-kube-client.ts'
import type { ClusterCache, ClusterCacheOptions } from './cluster-cache.ts'
import { createClusterCache } from './create-cluster-cache.ts'

let api: ApiForTests
let client: HttpKubeClient
let cache: ClusterCache

beforeEach(async () => {
  api = new ApiForTests()
  api.types = [typeForTests('ConfigMap'), typeForTests('Node', { namespaced: false })]
  await api.start()
  client = await createKubeClient({ kubeconfigPath: api.kubeconfig() })
  api.put('nodes', objectForTests('Node', 'n', {}, { namespace: '' }))
  for (const namespace of ['a', 'b', 'c']) api.put('configmaps', objectForTests('ConfigMap', 'x', {}, { namespace }))
})
afterEach(async () => {
  await cache.stop()
  await client.close()
  await api.stop()
})

async function started(options: ClusterCacheOptions): Promise<void> {
  cache = createClusterCache(client, options)
  await cache.start()
}

const config = { group: '', kind: 'ConfigMap' }
const asked = (): string[] => [
  ...new Set(api.requests.map(({ url }) => url.split('?')[0] ?? '').filter((path) => /configmaps|nodes/.test(path))),
]

describe('a cluster of which some namespaces are ours', () => {
  it('is read in these alone, and nothing that is in none', async () => {
    await started({ namespaces: ['a', 'b'] })

    expect(cache.ofKind(config).map(({ metadata }) => metadata.namespace)).toEqual(['a', 'b'])
    expect(cache.follows({ group: '', kind: 'Node' })).toBe(false)
    expect(asked().toSorted()).toEqual(['/api/v1/namespaces/a/configmaps', '/api/v1/namespaces/b/configmaps'])
    expect(cache.size).toBe(2)
  })

  it('is read outside of namespaces too where that is said', async () => {
    await started({ namespaces: ['a'], clusterResources: true })

    expect(cache.ofKind({ group: '', kind: 'Node' })).toHaveLength(1)
  })

  it('follows changes in each, and one that is listed anew does not take the others along', async () => {
    await started({ namespaces: ['a', 'b'] })
    await until(() => api.watching('configmaps') === 2)

    api.put('configmaps', objectForTests('ConfigMap', 'y', {}, { namespace: 'b' }))
    await until(() => cache.ofKind(config, 'b').length === 2)
    api.oldestKept = api.resourceVersion + 1
    api.endWatches('configmaps', 'expired')
    api.delete('configmaps', 'a', 'x')
    await until(() => cache.ofKind(config, 'a').length === 0)

    expect(cache.ofKind(config, 'b')).toHaveLength(2)
  })
})

describe('a kind whose list never ends', () => {
  it('is named, and the others are read all the same', async () => {
    api.intercept = (request) => request.url?.includes('/nodes') ?? false

    await started({})

    expect(cache.isSynced).toBe(true)
    expect(cache.ofKind(config)).toHaveLength(3)
    expect(cache.problems()).toMatchObject([{ type: { kind: 'Node' }, message: 'its list has not come to an end within 10 s' }])
  }, 20_000)
})
