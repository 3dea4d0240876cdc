import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiForTests, failure, json, objectForTests, typeForTests, until } from '../client/api-for-tests.ts'
import { createKubeClient, type HttpKubeClient } from '../client/http-kube-client.ts'
import type { CacheChange, ClusterCache, ClusterCacheOptions } from './cluster-cache.ts'
import { createClusterCache } from './create-cluster-cache.ts'

const crdType = typeForTests('CustomResourceDefinition', { group: 'apiextensions.k8s.io', namespaced: false })

let api: ApiForTests
let client: HttpKubeClient
let cache: ClusterCache
let changes: string[]

beforeEach(async () => {
  api = new ApiForTests()
  api.types = [typeForTests('ConfigMap'), typeForTests('Secret'), crdType]
  await api.start()
  client = await createKubeClient({ kubeconfigPath: api.kubeconfig() })
})

afterEach(async () => {
  await cache.stop()
  await client.close()
  await api.stop()
})

async function started(options: ClusterCacheOptions = {}): Promise<void> {
  cache = createClusterCache(client, options)
  changes = []
  cache.subscribe((change) => changes.push(describeChange(change)))
  await cache.start()
  await until(() => api.watching('configmaps') === 1 || cache.problems().length > 0)
}

function describeChange({ key, previous, current }: CacheChange): string {
  return `${previous ? (current ? '~' : '-') : '+'} ${key.kind} ${key.name}`
}

const named = (name: string) => ({ group: '', kind: 'ConfigMap', namespace: 'default', name })

describe('what a cluster holds', () => {
  it('is there after the start, in pages, and follows each change', async () => {
    for (let at = 0; at < 1203; at++) api.put('configmaps', objectForTests('ConfigMap', `c${at}`))

    await started()
    api.put('configmaps', objectForTests('ConfigMap', 'c7', { data: { a: '1' } }))
    api.delete('configmaps', 'default', 'c8')
    await until(() => changes.includes('- ConfigMap c8'))

    expect(api.requests.filter((request) => request.url.includes('/configmaps?limit=500')).length).toBe(3)
    expect(cache.ofKind({ group: '', kind: 'ConfigMap' }).length).toBe(1202)
    expect(cache.get(named('c7'))).toMatchObject({ data: { a: '1' } })
    expect(changes.slice(1203)).toEqual(['~ ConfigMap c7', '- ConfigMap c8'])
  })

  it('is found by owner, by index key and by namespace', async () => {
    await started({ indexKeysOf: (object) => (object.metadata.labels?.['app'] ? [`app/${object.metadata.labels['app']}`] : []) })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid: 'u-1' }]
    api.put('configmaps', objectForTests('ConfigMap', 'child', {}, { ownerReferences, labels: { app: 'a' } }))
    api.put('configmaps', objectForTests('ConfigMap', 'other', {}, { namespace: 'elsewhere', labels: { app: 'a' } }))
    await until(() => changes.length === 2)

    expect(cache.ownedBy('u-1').map((one) => one.metadata.name)).toEqual(['child'])
    expect(cache.indexed('app/a').map((one) => one.metadata.name)).toEqual(['child', 'other'])
    expect(cache.ofKind({ group: '', kind: 'ConfigMap' }, 'elsewhere').map((one) => one.metadata.name)).toEqual(['other'])

    api.put('configmaps', objectForTests('ConfigMap', 'child', {}, { labels: { app: 'b' } }))
    await until(() => changes.length === 3)

    expect(cache.ownedBy('u-1')).toEqual([])
    expect(cache.indexed('app/a').map((one) => one.metadata.name)).toEqual(['other'])
    expect(cache.indexed('app/b').map((one) => one.metadata.name)).toEqual(['child'])
  })

  it('named like a part of every object is an object like any other', async () => {
    await started({ indexKeysOf: (object) => [object.metadata.name] })
    for (const name of ['constructor', '__proto__', 'tostring']) api.put('configmaps', objectForTests('ConfigMap', name))
    await until(() => changes.length === 3)

    expect(cache.get(named('__proto__'))?.metadata.name).toBe('__proto__')
    expect(cache.indexed('constructor').length).toBe(1)
    expect(cache.indexed('hasOwnProperty')).toEqual([])
  })

  it('cannot be changed by who reads it', async () => {
    api.put('configmaps', objectForTests('ConfigMap', 'a', { data: { x: '1' } }))
    await started()
    const object = cache.get(named('a')) as unknown as { data: { x: string } }

    expect(() => (object.data.x = '2')).toThrow(TypeError)
  })

  it('keeps managed fields only of objects that somebody wants them of', async () => {
    const managedFields = [{ manager: 'm', operation: 'Apply' as const, apiVersion: 'v1', fieldsType: 'FieldsV1' as const, fieldsV1: {} }]
    api.put('configmaps', objectForTests('ConfigMap', 'mine', {}, { managedFields, labels: { mine: 'yes' } }))
    api.put('configmaps', objectForTests('ConfigMap', 'other', {}, { managedFields }))

    await started({ keepsManagedFields: (object) => object.metadata.labels?.['mine'] === 'yes' })

    expect(cache.get(named('mine'))?.metadata.managedFields).toEqual(managedFields)
    expect(cache.get(named('other'))?.metadata.managedFields).toBeUndefined()
  })
})

describe('a watch that ends', () => {
  for (const how of ['close', 'cut', 'mid-line'] as const) {
    it(`goes on where it was (${how}), with nothing lost and nothing told twice`, async () => {
      api.put('configmaps', objectForTests('ConfigMap', 'a'))
      await started()
      const lists = () => api.requests.filter((request) => request.url.includes('configmaps') && !request.url.includes('watch')).length
      const listsBefore = lists()

      api.put('configmaps', objectForTests('ConfigMap', 'b'))
      await until(() => changes.includes('+ ConfigMap b'))
      api.endWatches('configmaps', how)
      api.put('configmaps', objectForTests('ConfigMap', 'c'))
      await until(() => changes.includes('+ ConfigMap c'))

      expect(changes).toEqual(['+ ConfigMap a', '+ ConfigMap b', '+ ConfigMap c'])
      expect(lists()).toBe(listsBefore)
    })
  }

  it('goes on after the last bookmark when nothing else has happened', async () => {
    await started()
    api.put('secrets', objectForTests('Secret', 's'))
    api.bookmark('configmaps')
    api.put('configmaps', objectForTests('ConfigMap', 'a'))
    await until(() => changes.includes('+ ConfigMap a'))
    api.delete('configmaps', 'default', 'a')
    api.bookmark('configmaps')
    api.endWatches('configmaps', 'close')
    await until(() => api.watching('configmaps') === 1)

    const last = api.requests.findLast((request) => request.url.includes('/configmaps?') && request.url.includes('watch=true'))
    expect(last?.url).toContain(`resourceVersion=${api.resourceVersion}`)
  })

  it('as expired is listed again, and only what has really changed is told', async () => {
    for (const name of ['stays', 'changes', 'goes']) api.put('configmaps', objectForTests('ConfigMap', name))
    await started()
    const before = changes.length
    // While nobody looks.
    api.oldestKept = api.resourceVersion + 3
    api.intercept = (_, response) => {
      response.destroy()
      return true
    }
    api.endWatches('configmaps', 'expired')
    await until(() => api.watching('configmaps') === 0)
    api.put('configmaps', objectForTests('ConfigMap', 'changes', { data: { a: '1' } }))
    api.delete('configmaps', 'default', 'goes')
    api.put('configmaps', objectForTests('ConfigMap', 'comes'))
    api.intercept = () => false
    await until(() => changes.length === before + 3)

    expect(changes.slice(before).toSorted()).toEqual(['+ ConfigMap comes', '- ConfigMap goes', '~ ConfigMap changes'])
  })
})

describe('a kind that cannot be read', () => {
  it('is named with the reason, harms no other, and is read once it can be', async () => {
    let forbidden = true
    api.put('configmaps', objectForTests('ConfigMap', 'a'))
    api.put('secrets', objectForTests('Secret', 's'))
    api.intercept = (request, response) => {
      if (!forbidden || !request.url?.includes('/secrets')) return false
      json(response, 403, failure(403, 'Forbidden', 'secrets is forbidden: User "u" cannot list resource "secrets"'))
      return true
    }

    await started()

    expect(cache.isSynced).toBe(true)
    expect(cache.get(named('a'))).toBeDefined()
    expect(cache.problems()).toMatchObject([{ type: { kind: 'Secret' }, message: expect.stringContaining('secrets is forbidden') }])

    forbidden = false
    await until(() => cache.problems().length === 0)
    expect(cache.ofKind({ group: '', kind: 'Secret' }).length).toBe(1)
  })

  it('because its list has expired half way is read in one piece', async () => {
    for (let at = 0; at < 700; at++) api.put('configmaps', objectForTests('ConfigMap', `c${at}`))
    api.intercept = (request, response) => {
      if (!request.url?.includes('continue=')) return false
      json(response, 410, failure(410, 'Expired', 'the continue token is too old'))
      return true
    }

    await started()

    expect(cache.ofKind({ group: '', kind: 'ConfigMap' }).length).toBe(700)
    expect(cache.problems()).toEqual([])
  })

  it('because it has no list or watch is left alone, as are excluded ones', async () => {
    api.types.push(typeForTests('TokenReview', { verbs: ['create'] }), typeForTests('Event'))

    await started({ isExcluded: (type) => type.kind === 'Event' })

    expect(api.requests.some((request) => /tokenreviews|events/.test(request.url))).toBe(false)
    expect(cache.typeOf('v1', 'TokenReview')?.plural).toBe('tokenreviews')
  })
})

describe('a cluster that does not answer', () => {
  it('is found once it does, and says meanwhile what is wrong', async () => {
    const { port } = api
    await api.stop()
    cache = createClusterCache(client)
    const start = cache.start()
    await until(() => cache.connectionProblem() !== undefined)

    expect(cache.isSynced).toBe(false)
    expect(cache.connectionProblem()?.message).toContain('refuses connections')

    await api.start(port)
    await start
    expect(cache.isSynced).toBe(true)
    expect(cache.connectionProblem()).toBeUndefined()
  })
})

describe('custom resource definitions', () => {
  const widgets = typeForTests('Widget', { group: 'example.com' })
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', names: { plural: 'widgets', kind: 'Widget' }, versions: [{ name: 'v1', served: true }] },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  }
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'default' } }

  it('bring their kind when they come, even if discovery is late, and take it along when they go', async () => {
    await started()
    api.put('widgets', widget)
    api.put('customresourcedefinitions', definition)
    await until(() => api.requests.filter((request) => request.url === '/apis').length >= 2)
    api.types.push(widgets)
    await until(() => changes.includes('+ Widget w'))

    expect(cache.typeOf('example.com/v1', 'Widget')?.plural).toBe('widgets')

    api.types = api.types.filter((type) => type !== widgets)
    api.delete('customresourcedefinitions', '', 'widgets.example.com')
    await until(() => changes.includes('- Widget w'))
    expect(cache.typeOf('example.com/v1', 'Widget')).toBeUndefined()
  })

  it('of which several versions are served are watched once, at the preferred one', async () => {
    api.types.push(widgets, typeForTests('Widget', { group: 'example.com', version: 'v1beta1' }))

    await started()
    await until(() => api.watching('widgets') === 1)

    expect(
      api.requests
        .filter((request) => request.url.includes('/widgets?') && request.url.includes('watch'))
        .map((one) => one.url.split('/')[3]),
    ).toEqual(['v1'])
    expect(cache.typeOf('example.com/v1beta1', 'Widget')?.version).toBe('v1beta1')
  })
})

describe("a write's answer that is put in", () => {
  it('is seen at once, and told once', async () => {
    await started()
    const created = { ...objectForTests('ConfigMap', 'a'), metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '500' } }

    cache.observe(created)

    expect(cache.get(named('a'))?.metadata.resourceVersion).toBe('500')
    expect(changes).toEqual(['+ ConfigMap a'])
  })

  it('does not bring back what the watch has already seen go', async () => {
    await started()
    const created = api.put('configmaps', objectForTests('ConfigMap', 'a'))
    api.delete('configmaps', 'default', 'a')
    await until(() => changes.includes('- ConfigMap a'))

    cache.observe(created)

    expect(cache.get(named('a'))).toBeUndefined()
  })

  it('is not overwritten by what the watch tells from before it', async () => {
    await started()
    const first = api.put('configmaps', objectForTests('ConfigMap', 'a', { data: { at: '1' } }))
    cache.observe({ ...first, data: { at: '3' }, metadata: { ...first.metadata, resourceVersion: '200' } })
    api.put('configmaps', objectForTests('ConfigMap', 'a', { data: { at: '2' } }))
    api.put('configmaps', objectForTests('ConfigMap', 'b'))
    await until(() => changes.includes('+ ConfigMap b'))

    expect(cache.get(named('a'))).toMatchObject({ data: { at: '3' } })
  })
})

describe("a delete's answer that is put in", () => {
  const status = (uid: string | undefined) => ({
    kind: 'Status' as const,
    apiVersion: 'v1' as const,
    metadata: {},
    status: 'Success' as const,
    details: { name: 'a', kind: 'configmaps', ...(uid !== undefined && { uid }) },
  })

  it('takes the object away at once, and nothing from before it brings it back', async () => {
    const first = api.put('configmaps', objectForTests('ConfigMap', 'a'))
    await started()
    changes.splice(0)
    cache.observeDeletion(named('a'), status(first.metadata.uid))
    const atOnce = cache.get(named('a'))
    api.put('configmaps', objectForTests('ConfigMap', 'a', { data: { said: 'too late' } }))
    api.delete('configmaps', 'default', 'a')
    api.put('configmaps', objectForTests('ConfigMap', 'a', { data: { another: 'one' } }))
    await until(() => changes.includes('+ ConfigMap a'))

    expect(atOnce).toBeUndefined()
    expect(changes).toEqual(['- ConfigMap a', '+ ConfigMap a'])
    expect(cache.get(named('a'))).toMatchObject({ data: { another: 'one' } })
  })

  it('leaves what something holds, and what has taken its name since', async () => {
    const first = api.put('configmaps', objectForTests('ConfigMap', 'a'))
    await started()

    cache.observeDeletion(named('a'), status('of-another'))
    const held = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/mine'], resourceVersion: '900' }
    cache.observeDeletion(named('a'), { ...first, metadata: { ...first.metadata, ...held } })

    expect(cache.get(named('a'))?.metadata).toMatchObject(held)
  })
})

describe('listeners', () => {
  it('that throw harm nobody', async () => {
    const thrown: unknown[] = []
    cache = createClusterCache(client, { onListenerError: (error) => thrown.push(error) })
    const seen: string[] = []
    cache.subscribe(() => {
      throw new Error('mine')
    })
    cache.subscribe((change) => seen.push(change.key.name))
    api.put('configmaps', objectForTests('ConfigMap', 'a'))

    await cache.start()

    expect(seen).toEqual(['a'])
    expect(thrown).toMatchObject([{ message: 'mine' }])
  })
})
