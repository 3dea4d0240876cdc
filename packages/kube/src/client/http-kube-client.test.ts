import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiForTests, failure, json, objectForTests, typeForTests, until } from './api-for-tests.ts'
import { createKubeClient, type HttpKubeClient } from './http-kube-client.ts'
import { KubeApiError, KubeConnectionError, type WatchEvent } from './kube-client.ts'

const configMaps = typeForTests('ConfigMap')

let api: ApiForTests
let client: HttpKubeClient

beforeEach(async () => {
  api = new ApiForTests()
  api.types = [configMaps, typeForTests('Pod', { subresources: ['log'] })]
  await api.start()
  client = await createKubeClient({ kubeconfigPath: api.kubeconfig() })
})

afterEach(async () => {
  await client.close()
  await api.stop()
})

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it did not fail')
}

describe('what a cluster serves', () => {
  it('is read by aggregated discovery, in two requests', async () => {
    api.types.push(typeForTests('Deployment', { group: 'apps', subresources: ['status', 'scale'] }))

    const types = await client.types()

    expect(types.map((type) => `${type.group}/${type.version} ${type.kind} ${type.plural}`)).toEqual([
      '/v1 ConfigMap configmaps',
      '/v1 Pod pods',
      'apps/v1 Deployment deployments',
    ])
    expect(types.at(-1)?.subresources).toEqual(['status', 'scale'])
    expect(api.requests.length).toBe(2)
  })

  it('is read by the legacy lists where a server has no other, and comes out the same', async () => {
    api.types.push(typeForTests('Deployment', { group: 'apps', subresources: ['status', 'scale'] }))
    const aggregated = await client.types()
    api.aggregated = false

    const legacy = await client.types({ refresh: true })

    expect(legacy).toEqual(aggregated)
  })

  it('keeps a group that does not answer at the moment', async () => {
    api.types.push(typeForTests('NodeMetrics', { group: 'metrics.k8s.io', version: 'v1beta1' }))
    api.aggregated = false
    await client.types()
    api.intercept = (request, response) => {
      if (!request.url?.startsWith('/apis/metrics.k8s.io')) return false
      json(response, 503, failure(503, 'ServiceUnavailable', 'no endpoints'))
      return true
    }

    const types = await client.types({ refresh: true })

    expect(types.map((type) => type.kind)).toContain('NodeMetrics')
  })

  it('is asked for again when a kind is not known, but not for each question', async () => {
    await client.types()
    await new Promise((resolve) => setTimeout(resolve, 1010))
    api.types.push(typeForTests('Widget', { group: 'example.com' }))

    const found = await client.typeOf('example.com/v1', 'Widget')
    const before = api.requests.length
    const missing = await Promise.all(Array.from({ length: 50 }, (_, at) => client.typeOf('example.com/v1', `Nothing${at}`)))

    expect(found?.plural).toBe('widgets')
    expect(missing.every((one) => one === undefined)).toBe(true)
    expect(api.requests.length).toBe(before)
  })
})

describe('objects', () => {
  it('are undefined when they are not there', async () => {
    expect(await client.get(configMaps, { namespace: 'default', name: 'none' })).toBeUndefined()
  })

  it('named like a path stay below their collection', async () => {
    const error = await failureOf(client.get(configMaps, { namespace: 'default', name: '..' }))
    await client.get(configMaps, { namespace: 'default', name: '../../secrets/x' })

    expect(error.message).toContain("'..' cannot be a name")
    expect(api.requests.at(-1)?.url).toBe('/api/v1/namespaces/default/configmaps/..%2F..%2Fsecrets%2Fx')
  })

  it('in many parallel requests share a limited number of connections', async () => {
    api.put('configmaps', objectForTests('ConfigMap', 'a'))

    const answers = await Promise.all(Array.from({ length: 500 }, () => client.get(configMaps, { namespace: 'default', name: 'a' })))

    expect(answers.every((answer) => answer?.metadata.name === 'a')).toBe(true)
  })

  it('are sent with the content type that names the patch', async () => {
    const object = objectForTests('ConfigMap', 'a')
    await client.apply(configMaps, object, { fieldManager: 'me', force: true, dryRun: true })
    await client.patch(configMaps, { namespace: 'default', name: 'a' }, { type: 'strategic', patch: { ...object } })

    const [apply, patch] = api.requests.slice(-2)
    expect(apply?.headers['content-type']).toBe('application/apply-patch+yaml')
    expect(apply?.url).toBe('/api/v1/namespaces/default/configmaps/a?fieldManager=me&dryRun=All&force=true')
    expect(patch?.headers['content-type']).toBe('application/strategic-merge-patch+json')
  })

  it('are written as whoever is named, and read as the client', async () => {
    const object = objectForTests('ConfigMap', 'a')
    const impersonate = 'system:serviceaccount:shop:deployer'
    await client.apply(configMaps, object, { fieldManager: 'me', impersonate })
    await client.delete(configMaps, { namespace: 'default', name: 'a' }, { impersonate, propagationPolicy: 'Background' })
    await client.get(configMaps, { namespace: 'default', name: 'a' })

    const [apply, gone, get] = api.requests.slice(-3)
    expect([apply, gone, get].map((one) => one?.headers['impersonate-user'])).toEqual([impersonate, impersonate, undefined])
    expect(JSON.parse(gone?.body ?? '')).toEqual({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' })
  })
})

describe('a cluster in trouble', () => {
  it('is asked again when it says that it is overloaded, also for a write', async () => {
    let refused = 0
    api.intercept = (request, response) => {
      if (request.method !== 'POST' || refused++ > 1) return false
      json(response, 429, failure(429, 'TooManyRequests', 'slow down'), { 'retry-after': '0' })
      return true
    }

    const made = await client.create(configMaps, objectForTests('ConfigMap', 'a'))

    expect(made.metadata.name).toBe('a')
    expect(refused).toBe(3)
  })

  it('is not sent a creation twice when the connection breaks under way', async () => {
    let posts = 0
    api.intercept = (request) => {
      if (request.method !== 'POST') return false
      posts++
      request.socket.destroy()
      return true
    }

    const error = await failureOf(client.create(configMaps, objectForTests('ConfigMap', 'a')))

    expect(error).toBeInstanceOf(KubeConnectionError)
    expect(posts).toBe(1)
  })

  it('is asked again for a read whose connection broke', async () => {
    api.put('configmaps', objectForTests('ConfigMap', 'a'))
    let cut = 0
    api.intercept = (request) => {
      if (request.method !== 'GET' || cut++ > 0) return false
      request.socket.destroy()
      return true
    }

    expect((await client.get(configMaps, { namespace: 'default', name: 'a' }))?.metadata.name).toBe('a')
  })

  it('that does not answer in time is named with its address', async () => {
    const hasty = await createKubeClient({ kubeconfigPath: api.kubeconfig(), timeoutMs: 50 })
    api.intercept = () => true

    const error = await failureOf(hasty.get(configMaps, { namespace: 'default', name: 'a' }))

    expect(error).toBeInstanceOf(KubeConnectionError)
    expect(error.message).toContain(`http://127.0.0.1:${api.port}`)
    expect(error.message).toContain('did not answer in time')
    await hasty.close()
  })

  it('that is not there is named with its address and what to check', async () => {
    const { port } = api
    await api.stop()

    const error = await failureOf(client.version())

    expect(error).toBeInstanceOf(KubeConnectionError)
    expect(error.message).toBe(
      `The cluster at http://127.0.0.1:${port} (context 'test') refuses connections: check that it runs and that the address in the kubeconfig is right.`,
    )
    await api.start()
  })

  it('that refuses an object is quoted, with its code and reason', async () => {
    api.intercept = (_, response) => {
      json(response, 422, failure(422, 'Invalid', 'ConfigMap "a" is invalid: data: must be an object'))
      return true
    }

    const error = await failureOf(client.create(configMaps, objectForTests('ConfigMap', 'a')))

    expect(error).toBeInstanceOf(KubeApiError)
    expect(error).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(error.message).toContain('ConfigMap "a" is invalid: data: must be an object')
  })

  it('that answers with a page is not taken for an API', async () => {
    api.intercept = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
      return true
    }

    expect((await failureOf(client.version())).message).toContain('text/html that is no JSON')
  })

  it('ends a request that the caller gave up', async () => {
    api.intercept = () => true
    const abort = new AbortController()
    const pending = failureOf(client.get(configMaps, { namespace: 'default', name: 'a' }, { signal: abort.signal }))
    await until(() => api.requests.length > 0)
    abort.abort(new Error('enough'))

    expect((await pending).message).toBe('enough')
  })
})

describe('a kubeconfig', () => {
  it('without the context that was asked for names those that it has', async () => {
    const error = await failureOf(createKubeClient({ kubeconfigPath: api.kubeconfig('blue'), context: 'green' }))

    expect(error.message).toMatch(/has no context 'green'. It has blue\./)
  })

  it('that is no YAML never shows what is in it', async () => {
    const file = api.kubeconfig()
    writeFileSync(file, 'users: [{token: "Bearer s3cr3t-token-value"\n')

    const error = await failureOf(createKubeClient({ kubeconfigPath: file }))

    expect(error.message).toContain('cannot be read')
    expect(error.message).not.toContain('s3cr3t')
  })
})

describe('a watch', () => {
  async function collect(count: number, options: { resourceVersion?: string } = {}): Promise<WatchEvent[]> {
    const events: WatchEvent[] = []
    const abort = new AbortController()
    for await (const event of client.watch(configMaps, { ...options, signal: abort.signal, allowBookmarks: true })) {
      events.push(event)
      if (events.length === count) abort.abort()
    }
    return events
  }

  it('puts characters together that chunks have torn apart', async () => {
    const line = Buffer.from(
      `${JSON.stringify({ type: 'ADDED', object: objectForTests('ConfigMap', 'a', { data: { text: '플림솔 – ✓ 🚢' } }) })}\n`,
    )
    api.intercept = (_, response) => {
      response.writeHead(200)
      let at = 0
      const send = () => {
        if (at >= line.length) return
        response.write(line.subarray(at, ++at), () => setImmediate(send))
      }
      send()
      return true
    }

    const [event] = await collect(1)

    expect(event).toMatchObject({ type: 'ADDED', object: { data: { text: '플림솔 – ✓ 🚢' } } })
  })

  it('goes through bookmarks and ends by returning when the server closes it', async () => {
    const running = (async () => {
      const events: WatchEvent[] = []
      for await (const event of client.watch(configMaps, { resourceVersion: '100', allowBookmarks: true })) events.push(event)
      return events
    })()
    await until(() => api.watching('configmaps') === 1)
    api.put('configmaps', objectForTests('ConfigMap', 'a'))
    api.bookmark('configmaps')
    api.endWatches('configmaps', 'close')

    expect(await running).toMatchObject([{ type: 'ADDED' }, { type: 'BOOKMARK', resourceVersion: '101' }])
  })

  it('throws 410 for an ERROR event that says so', async () => {
    api.oldestKept = 50

    const error = await failureOf(collect(1, { resourceVersion: '10' }))

    expect(error).toMatchObject({ name: 'KubeApiError', code: 410, reason: 'Expired' })
  })

  it('throws when the connection breaks in the middle of a line', async () => {
    const running = failureOf(collect(1, { resourceVersion: '100' }))
    await until(() => api.watching('configmaps') === 1)
    api.endWatches('configmaps', 'mid-line')

    expect(await running).toBeInstanceOf(KubeConnectionError)
  })
})

describe('a log', () => {
  it('comes as it is written, and ends when the caller aborts', async () => {
    let write: (text: Buffer) => void = () => {}
    api.intercept = (request, response) => {
      if (!request.url?.includes('/log')) return false
      response.writeHead(200).flushHeaders()
      write = (text) => void response.write(text)
      write(Buffer.from('first\n'))
      return true
    }
    const abort = new AbortController()
    const seen: string[] = []
    const ended = (async () => {
      for await (const text of client.logs({ namespace: 'default', name: 'p' }, { container: 'c', follow: true, signal: abort.signal }))
        seen.push(text)
    })()
    await until(() => seen.join('') === 'first\n')
    const ship = Buffer.from('🚢\n')
    write(ship.subarray(0, 2))
    setTimeout(() => write(ship.subarray(2)), 10)
    await until(() => seen.join('') === 'first\n🚢\n')
    abort.abort()

    await ended
    expect(api.requests.at(-1)?.url).toBe('/api/v1/namespaces/default/pods/p/log?container=c&follow=true')
  })

  it('that is not there is an API error with the reason', async () => {
    api.intercept = (_, response) => {
      json(response, 400, failure(400, 'BadRequest', 'container "c" in pod "p" is waiting to start: ContainerCreating'))
      return true
    }
    const read = async () => {
      for await (const _ of client.logs({ namespace: 'default', name: 'p' }, {}));
    }

    expect((await failureOf(read())).message).toContain('is waiting to start')
  })
})
