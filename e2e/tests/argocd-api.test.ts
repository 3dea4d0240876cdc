import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

/**
 * What clients of Argo CD's REST API send and expect: paths and parameters are those of its `server/application/application.proto`, requests those that
 * its console (`ui/src/app/shared/services/applications-service.ts`) and its CLI (`cmd/argocd/commands/app.go`) make, 3.x.
 */
interface Answer<T = Record<string, unknown>> {
  status: number
  type: string
  body: T
}
interface ErrorBody {
  error: string
  message: string
  code: number
}
interface Resource {
  group?: string
  kind: string
  name: string
  namespace?: string
  uid?: string
}

let plimsoll: Plimsoll
let cluster: Cluster
let revision: string

const files = {
  'app/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: one }\n',
  'app/secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: secret }\nstringData: { password: hunter2 }\n',
  'app/web.yaml':
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      terminationGracePeriodSeconds: 1\n      containers:\n      - name: main\n        image: example/web:1\n        command: [sh, -c, 'for i in 1 2 3 4 5; do echo line $i; done; while true; do sleep 0.2; echo tick; done']\n",
}

async function ask<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(new URL(path, plimsoll.url), {
    method,
    headers: { authorization: `Bearer ${plimsoll.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, body: (type.includes('json') && text !== '' ? JSON.parse(text) : text) as T }
}

/** Messages of a stream, as they come. Ends with `stop`. */
async function follow(
  path: string,
  accept: string,
): Promise<{ type: string; messages: Record<string, unknown>[]; ended: Promise<void>; stop(): void }> {
  const abort = new AbortController()
  const response = await fetch(new URL(path, plimsoll.url), {
    headers: { authorization: `Bearer ${plimsoll.token}`, accept },
    signal: abort.signal,
  })
  const messages: Record<string, unknown>[] = []
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const json = accept === 'text/event-stream' ? (line.startsWith('data: ') ? line.slice(6) : '') : line
        if (json !== '') messages.push(JSON.parse(json) as Record<string, unknown>)
      }
    }
  }
  return { type: response.headers.get('content-type') ?? '', messages, ended: read().catch(() => undefined), stop: () => abort.abort() }
}

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  revision = await plimsoll.push('shop', files, 'Open the shop')
  const { status } = await ask('POST', '/api/v1/applications', applicationManifest(plimsoll, 'shop', { path: 'app' }))
  expect(status).toBe(200)
  await untilSynced(plimsoll, 'shop', { health: 'Healthy' })
}, 60_000)
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
})

describe('signing in', () => {
  it('says which version answers, and who one is', async () => {
    expect((await ask('GET', '/api/version')).body).toMatchObject({ Version: expect.any(String) as string })
    expect((await ask('GET', '/api/v1/session/userinfo')).body).toMatchObject({ loggedIn: true, username: 'admin' })
    expect((await ask('GET', '/api/v1/session/userinfo', undefined, { authorization: '' })).body).toEqual({ loggedIn: false })
  })

  it('takes the password, and gives a token that ends with the session', async () => {
    const password = /password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
    const { status, body } = await ask<{ token: string }>('POST', '/api/v1/session', { username: 'admin', password }, { authorization: '' })
    expect(status).toBe(200)
    const own = { authorization: `Bearer ${body.token}` }
    expect((await ask('GET', '/api/v1/applications', undefined, own)).status).toBe(200)

    await ask('DELETE', '/api/v1/session', undefined, own)

    expect((await ask<ErrorBody>('GET', '/api/v1/applications', undefined, own)).body).toMatchObject({ code: 16 })
  })
})

describe('an application', () => {
  it('is answered as it is stored', async () => {
    const { status, body } = await ask('GET', '/api/v1/applications/shop')

    expect(status).toBe(200)
    expect(body).toMatchObject({
      metadata: { name: 'shop', namespace: 'argocd', uid: expect.any(String) as string, resourceVersion: expect.any(String) as string },
      spec: { project: 'default', source: { path: 'app', targetRevision: 'main' }, destination: { namespace: 'shop' } },
      status: {
        sync: { status: 'Synced', revision, comparedTo: { source: { path: 'app' }, destination: { namespace: 'shop' } } },
        health: { status: 'Healthy' },
        history: [
          {
            id: 0,
            revision,
            deployedAt: expect.any(String) as string,
            deployStartedAt: expect.any(String) as string,
            initiatedBy: { automated: true },
          },
        ],
        operationState: {
          phase: 'Succeeded',
          startedAt: expect.any(String) as string,
          finishedAt: expect.any(String) as string,
          syncResult: { revision },
        },
        sourceType: 'Directory',
        summary: { images: ['example/web:1'] },
        reconciledAt: expect.any(String) as string,
      },
    })
  })

  it('that is not there is told so with the codes that clients read', async () => {
    for (const path of [
      'shopp',
      'shop?project=other',
      'shop?projects=other',
      'shop?appNamespace=default',
      '__proto__',
      'constructor',
      '%2e%2e%2f',
      'x'.repeat(500),
    ]) {
      const { status, body } = await ask<ErrorBody>('GET', `/api/v1/applications/${path}`)
      expect([path, status, body.code], path).toEqual([path, 404, 5])
      expect(body.error).toBe(body.message)
    }
    expect((await ask('GET', '/api/v1/applications/shop?project=default&appNamespace=argocd')).status).toBe(200)
  })

  it('is looked at again with refresh, normal or hard', async () => {
    for (const kind of ['normal', 'hard', 'true']) {
      const { body } = await ask<{ metadata: { annotations?: Record<string, string> } }>('GET', `/api/v1/applications/shop?refresh=${kind}`)
      expect(body.metadata.annotations?.['argocd.argoproj.io/refresh']).toBeUndefined()
    }
    const pushed = await plimsoll.push('shop', { 'app/config.yaml': files['app/config.yaml'].replace('one', 'two') })
    await untilSynced(plimsoll, 'shop', { revision: pushed, health: 'Healthy' })
    revision = pushed
  })

  it('is created once; the same again is fine, another one only with upsert', async () => {
    const manifest = applicationManifest(plimsoll, 'made', { repository: 'shop', path: 'app', automated: false })
    expect((await ask('POST', '/api/v1/applications', manifest)).status).toBe(200)
    expect((await ask('POST', '/api/v1/applications', manifest)).status).toBe(200)
    const other = { ...manifest, spec: { ...(manifest['spec'] as object), destination: { name: 'in-cluster', namespace: 'elsewhere' } } }
    const refused = await ask<ErrorBody>('POST', '/api/v1/applications', other)
    expect([refused.status, refused.body.code]).toEqual([409, 6])
    expect(refused.body.message).toMatch(/made.*different/)

    const changed = await ask<{ spec: { destination: object } }>('POST', '/api/v1/applications?upsert=true', other)

    expect(changed.status).toBe(200)
    expect(changed.body.spec.destination).toEqual({ name: 'in-cluster', namespace: 'elsewhere' })
    await ask('DELETE', '/api/v1/applications/made?cascade=false')
  })

  it('that cannot work is refused with the field, and taken without a word when validate is off', async () => {
    const wrong: [string, Record<string, unknown>][] = [
      ['spec.destination', { destination: {} }],
      ['spec.destination', { destination: { server: 'https://kubernetes.default.svc', name: 'in-cluster' } }],
      ['spec.destination', { destination: { server: 'https://nowhere.example' } }],
      ['spec.source', { source: undefined }],
      ['spec.source.repoURL', { source: { repoURL: '', path: '.' } }],
      ['spec.source.path', { source: { repoURL: plimsoll.repositoryUrl('shop') } }],
      ['spec.source.path', { source: { repoURL: plimsoll.repositoryUrl('shop'), path: 7 } }],
    ]
    const manifest = applicationManifest(plimsoll, 'wrong', { repository: 'shop' })
    for (const [field, change] of wrong) {
      const { status, body } = await ask<ErrorBody>('POST', '/api/v1/applications', {
        ...manifest,
        spec: { ...(manifest['spec'] as object), ...change },
      })
      expect([status, body.code], JSON.stringify(change)).toEqual([400, 3])
      expect(body.message, JSON.stringify(change)).toContain(field)
    }
    for (const name of ['Upper', '../x', '__proto__', 'a'.repeat(254), '', 'a_b', '-a']) {
      expect((await ask('POST', '/api/v1/applications', { ...manifest, metadata: { name } })).status, name.slice(0, 20)).toBe(400)
    }
    const unvalidated = await ask('POST', '/api/v1/applications?validate=false', {
      ...manifest,
      spec: { ...(manifest['spec'] as object), destination: {} },
    })
    expect(unvalidated.status).toBe(200)
    await ask('DELETE', '/api/v1/applications/wrong')
  })

  it('cannot smuggle in a status or an operation by being created or updated', async () => {
    const manifest = applicationManifest(plimsoll, 'smuggled', { repository: 'shop', path: 'app', automated: false })
    const loaded = { ...manifest, status: { sync: { status: 'Synced' }, health: { status: 'Healthy' } }, operation: { sync: {} } }

    await ask('POST', '/api/v1/applications', loaded)
    await ask('PUT', '/api/v1/applications/smuggled', loaded)

    const { body } = await ask('GET', '/api/v1/applications/smuggled?refresh=normal')
    expect(body).toMatchObject({ status: { sync: { status: 'OutOfSync' }, health: { status: 'Missing' } } })
    expect(body['operation']).toBeUndefined()
    expect(body).not.toHaveProperty('status.operationState')
    await ask('DELETE', '/api/v1/applications/smuggled')
  })

  it('is replaced with PUT, its spec alone with PUT spec', async () => {
    const manifest = applicationManifest(plimsoll, 'put', { repository: 'shop', path: 'app', automated: false })
    const { body } = await ask<{ metadata: object; spec: Record<string, unknown> }>('POST', '/api/v1/applications', manifest)

    const put = await ask<{ metadata: { labels: object }; spec: object }>('PUT', '/api/v1/applications/put', {
      ...body,
      metadata: { ...body.metadata, labels: { team: 'risk' } },
    })
    expect([put.status, put.body.metadata.labels]).toEqual([200, { team: 'risk' }])
    const spec = await ask('PUT', '/api/v1/applications/put/spec', { ...body.spec, revisionHistoryLimit: 3 })
    expect([spec.status, spec.body]).toEqual([200, { ...body.spec, revisionHistoryLimit: 3 }])

    expect((await ask('PUT', '/api/v1/applications/put/spec', { ...body.spec, destination: {} })).status).toBe(400)
    expect((await ask('PUT', '/api/v1/applications/put/spec?validate=false', { ...body.spec, destination: {} })).status).toBe(200)
    expect((await ask('PUT', '/api/v1/applications/put', { ...body, metadata: { name: 'other' } })).status).toBe(400)
    expect((await ask('PUT', '/api/v1/applications/nobody/spec', body.spec)).status).toBe(404)
    await ask('DELETE', '/api/v1/applications/put?cascade=false')
  })

  it('is patched by JSON patch and by merge patch, each checked before it is written', async () => {
    await ask(
      'POST',
      '/api/v1/applications',
      applicationManifest(plimsoll, 'patched', { repository: 'shop', path: 'app', automated: false }),
    )
    const patch = (
      patchType: string | undefined,
      value: unknown,
    ): Promise<Answer<{ spec: { source: { path: string } }; message?: string }>> =>
      ask('PATCH', '/api/v1/applications/patched', {
        name: 'patched',
        ...(patchType && { patchType }),
        patch: typeof value === 'string' ? value : JSON.stringify(value),
      })

    expect((await patch('merge', { spec: { source: { path: 'a' } } })).body.spec.source.path).toBe('a')
    expect((await patch('json', [{ op: 'replace', path: '/spec/source/path', value: 'b' }])).body.spec.source.path).toBe('b')
    expect((await patch(undefined, [{ op: 'test', path: '/spec/source/path', value: 'b' }])).status).toBe(200)
    for (const [type, value] of [
      ['merge', { spec: { destination: null } }],
      ['merge', '{'],
      ['json', [{ op: 'test', path: '/spec/source/path', value: 'x' }]],
      ['json', [{ op: 'remove', path: '/spec/nothing' }]],
      ['json', { spec: {} }],
      ['strategic', {}],
      ['merge', { metadata: { name: 'other' } }],
    ] as const) {
      const { status } = await patch(type, value)
      expect([type, JSON.stringify(value), status]).toEqual([type, JSON.stringify(value), 400])
    }
    expect((await ask<{ spec: { source: { path: string } } }>('GET', '/api/v1/applications/patched')).body.spec.source.path).toBe('b')
    await ask('DELETE', '/api/v1/applications/patched?cascade=false')
  })

  it('is deleted as the console asks for it, with an empty body and an empty policy', async () => {
    await ask(
      'POST',
      '/api/v1/applications',
      applicationManifest(plimsoll, 'deleted', { repository: 'shop', path: 'app', automated: false }),
    )

    expect(await ask('DELETE', '/api/v1/applications/deleted?cascade=false&propagationPolicy=&appNamespace=argocd', {})).toMatchObject({
      status: 200,
      body: {},
    })

    await eventually('it is gone', async () => (await ask('GET', '/api/v1/applications/deleted')).status === 404)
    expect((await ask<ErrorBody>('DELETE', '/api/v1/applications/deleted')).body.code).toBe(5)
  })

  it('is synced as the console asks for it, with every field there is', async () => {
    const { status, body } = await ask<{ operation: { sync: object; retry: object } }>('POST', '/api/v1/applications/shop/sync', {
      appNamespace: 'argocd',
      revision: 'main',
      prune: false,
      dryRun: true,
      strategy: { hook: { force: false } },
      resources: null,
      syncOptions: { items: ['CreateNamespace=true'] },
      retryStrategy: { limit: 2, backoff: { duration: '5s', maxDuration: '3m0s', factor: 2 } },
    })

    expect(status).toBe(200)
    expect(body.operation).toMatchObject({
      sync: { dryRun: true, revision: 'main', syncOptions: ['CreateNamespace=true'] },
      retry: { limit: 2 },
      initiatedBy: { username: 'admin' },
    })
    await eventually('it is over', async () => (await ask('GET', '/api/v1/applications/shop')).body['operation'] === undefined)
    expect((await ask<ErrorBody>('DELETE', '/api/v1/applications/shop/operation')).body).toMatchObject({
      message: expect.stringMatching(/No operation is in progress/) as string,
    })
    expect((await ask<ErrorBody>('POST', '/api/v1/applications/nobody/sync', {})).body.code).toBe(5)
    expect((await ask('POST', '/api/v1/applications/shop/sync', { resources: 'all' })).status).toBe(400)
  })
})

describe('the list', () => {
  beforeAll(async () => {
    await cluster.create({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'other', namespace: 'argocd' },
      spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
    })
    for (const [name, labels, project] of [
      ['one', { team: 'a', tier: 'web' }, 'default'],
      ['two', { team: 'b' }, 'other'],
    ] as const) {
      const manifest = applicationManifest(plimsoll, name, { repository: 'shop', path: 'app', automated: false })
      await ask('POST', '/api/v1/applications', {
        ...manifest,
        metadata: { name, labels },
        spec: { ...(manifest['spec'] as object), project },
      })
    }
  })

  const names = async (query: string): Promise<string[]> =>
    (await ask<{ items: { metadata: { name: string } }[] }>('GET', `/api/v1/applications?${query}`)).body.items.map(
      (item) => item.metadata.name,
    )

  it('is filtered by name, project, selector, repository and namespace', async () => {
    expect(await names('')).toEqual(['one', 'shop', 'two'])
    expect(await names('name=two')).toEqual(['two'])
    expect(await names('projects=other')).toEqual(['two'])
    expect(await names('project=other&projects=default')).toEqual(['one', 'shop', 'two'])
    expect(await names('selector=team%3Da')).toEqual(['one'])
    expect(await names('selector=team+in+(a,b),tier')).toEqual(['one'])
    expect(await names('selector=!team')).toEqual(['shop'])
    expect(await names(`repo=${encodeURIComponent(plimsoll.repositoryUrl('shop'))}`)).toHaveLength(3)
    expect(await names('repo=https%3A%2F%2Fexample.com%2Fx')).toEqual([])
    expect(await names('appNamespace=default')).toEqual([])
    expect(await names('selector=&appNamespace=&name=')).toHaveLength(3)
    expect((await ask<ErrorBody>('GET', '/api/v1/applications?selector=a+in+(')).body.code).toBe(3)
  })

  it('carries the fields that are asked for, or all but those', async () => {
    const { body } = await ask(
      'GET',
      '/api/v1/applications?name=shop&fields=metadata.resourceVersion,items.metadata.name,items.status.sync.status',
    )
    expect(body).toEqual({
      metadata: { resourceVersion: expect.any(String) as string },
      items: [{ metadata: { name: 'shop' }, status: { sync: { status: 'Synced' } } }],
    })
    const { body: without } = await ask<{ items: Record<string, unknown>[] }>(
      'GET',
      '/api/v1/applications?name=shop&fields=-items.status.resources,items.spec',
    )
    expect(without.items[0]).not.toHaveProperty('status.resources')
    expect(without.items[0]).not.toHaveProperty('spec')
    expect(without.items[0]).toHaveProperty('status.sync.revision')
  })
})

describe('streams', () => {
  for (const accept of ['text/event-stream', 'application/json']) {
    it(`tell every change as ${accept}`, async () => {
      const stream = await follow('/api/v1/stream/applications?name=one', accept)
      await eventually('it begins', async () => stream.messages.length > 0)
      expect(stream.type).toContain(accept === 'text/event-stream' ? 'text/event-stream' : 'application/json')
      expect(stream.messages[0]).toMatchObject({ result: { type: 'ADDED', application: { metadata: { name: 'one' } } } })

      await ask('PATCH', '/api/v1/applications/one', {
        patchType: 'merge',
        patch: JSON.stringify({ metadata: { labels: { seen: accept.length.toString() } } }),
      })

      await eventually('the change is told', async () =>
        stream.messages.some((message) => {
          const { type, application } = message['result'] as {
            type: string
            application: { metadata: { name: string; labels: Record<string, string> } }
          }
          return type === 'MODIFIED' && application.metadata.labels['seen'] === accept.length.toString()
        }),
      )
      expect(
        stream.messages.every(
          (message) => (message['result'] as { application: { metadata: { name: string } } }).application.metadata.name === 'one',
        ),
      ).toBe(true)
      stream.stop()
      await stream.ended
    })
  }

  it('go on from the position of a list, with the fields that the console asks for', async () => {
    const { body } = await ask<{ metadata: { resourceVersion: string } }>('GET', '/api/v1/applications')
    const stream = await follow(
      `/api/v1/stream/applications?resourceVersion=${body.metadata.resourceVersion}&fields=${encodeURIComponent('result.type,result.application.metadata.name')}`,
      'text/event-stream',
    )

    await ask('PATCH', '/api/v1/applications/two', { patchType: 'merge', patch: '{"metadata":{"labels":{"again":"yes"}}}' })

    await eventually('the change is told', async () => stream.messages.length > 0)
    expect(stream.messages[0]).toEqual({ result: { type: 'MODIFIED', application: { metadata: { name: 'two' } } } })
    stream.stop()
    await stream.ended
  })

  it('tell a tree anew when it changes', async () => {
    const stream = await follow('/api/v1/stream/applications/shop/resource-tree?appNamespace=argocd', 'text/event-stream')
    await eventually('it begins', async () => stream.messages.length > 0)
    const pods = (await cluster.list('v1/Pod', 'shop')).map((pod) => pod.metadata.name)

    await cluster.remove('v1/Pod', 'shop', pods[0] ?? '')

    await eventually('another pod is told', async () =>
      stream.messages.some((message) =>
        (message['result'] as { nodes: Resource[] }).nodes.some((node) => node.kind === 'Pod' && !pods.includes(node.name)),
      ),
    )
    stream.stop()
    await stream.ended
    await untilSynced(plimsoll, 'shop', { health: 'Healthy' })
    expect((await ask('GET', '/api/v1/stream/applications/nobody/resource-tree')).status).toBe(404)
  })
})

describe('resources', () => {
  const resource = (query: string): string => `/api/v1/applications/shop/resource?${query}`
  const configMap = 'namespace=shop&resourceName=settings&version=v1&kind=ConfigMap&group='

  it('are a tree of nodes with parents, health and what is worth knowing', async () => {
    type Node = Resource & { parentRefs?: Resource[]; health?: { status: string }; version: string; images?: string[]; info?: unknown[] }
    const body = await eventually('the Deployment is healthy', async () => {
      const tree = (await ask<{ nodes: Node[] }>('GET', '/api/v1/applications/shop/resource-tree')).body
      return tree.nodes.every((one) => (one.health?.status ?? 'Healthy') === 'Healthy') && tree
    })
    const node = (kind: string): (typeof body.nodes)[number] | undefined => body.nodes.find((one) => one.kind === kind)

    expect(node('Deployment')).toMatchObject({
      group: 'apps',
      version: 'v1',
      namespace: 'shop',
      name: 'web',
      health: { status: 'Healthy' },
      images: ['example/web:1'],
    })
    expect(node('ReplicaSet')?.parentRefs).toMatchObject([{ kind: 'Deployment', name: 'web', uid: node('Deployment')?.uid }])
    expect(node('Pod')?.parentRefs).toMatchObject([{ kind: 'ReplicaSet', uid: node('ReplicaSet')?.uid }])
    expect(node('Pod')?.info).toContainEqual({ name: 'Containers', value: '1/1' })
  })

  it('that are managed come with both sides as texts, filtered as asked', async () => {
    const items = async (query: string): Promise<Record<string, string>[]> =>
      (await ask<{ items: Record<string, string>[] }>('GET', `/api/v1/applications/shop/managed-resources?${query}`)).body.items
    expect((await items('')).map((item) => String(item['kind'])).toSorted()).toEqual(['ConfigMap', 'Deployment', 'Secret'])
    expect(await items('kind=Deployment')).toHaveLength(1)
    expect(await items('group=apps&kind=Deployment&name=web&namespace=shop&version=v1')).toHaveLength(1)
    expect(await items('group=apps&kind=ConfigMap')).toEqual([])
    expect(await items('namespace=elsewhere')).toEqual([])

    const [settings] = await items('name=settings')

    for (const side of ['targetState', 'liveState', 'normalizedLiveState', 'predictedLiveState']) {
      expect(JSON.parse(settings?.[side] ?? '{}'), side).toMatchObject({ kind: 'ConfigMap', data: { value: 'two' } })
    }
  })

  it('are got, patched and deleted one by one, and only those that belong to the application', async () => {
    const got = await ask<{ manifest: string }>('GET', resource(configMap))
    expect(JSON.parse(got.body.manifest)).toMatchObject({ kind: 'ConfigMap', data: { value: 'two' } })

    const patched = await ask<{ manifest: string }>(
      'POST',
      resource(`${configMap}&patchType=application/merge-patch%2Bjson`),
      JSON.stringify({ metadata: { labels: { by: 'hand' } } }),
    )
    expect(patched.status).toBe(200)
    expect(JSON.parse(patched.body.manifest)).toMatchObject({ metadata: { labels: { by: 'hand' } } })

    const { metadata } = (await cluster.get('v1/ConfigMap', 'shop', 'settings')) ?? {}
    expect((await ask('DELETE', resource(configMap))).body).toEqual({})
    await eventually('it is made anew', async () => {
      const again = await cluster.get('v1/ConfigMap', 'shop', 'settings')
      return again !== undefined && again.metadata.uid !== metadata?.uid
    })
    await untilSynced(plimsoll, 'shop')

    await cluster.create('{ apiVersion: v1, kind: ConfigMap, metadata: { name: theirs, namespace: shop }, data: { a: b } }')
    const theirs = 'namespace=shop&resourceName=theirs&version=v1&kind=ConfigMap&group='
    expect((await ask('GET', resource(theirs))).status).toBe(404)
    expect((await ask('POST', resource(`${theirs}&patchType=application/merge-patch%2Bjson`), '{}')).status).toBe(404)
    expect((await ask('DELETE', resource(theirs))).status).toBe(404)
    expect((await ask('GET', resource('resourceName=settings'))).status).toBe(400)
    expect((await ask('POST', resource(`${configMap}&patchType=text/plain`), '{}')).status).toBe(400)
  })

  it('of a Secret are shown without a value', async () => {
    const { body } = await ask<{ manifest: string }>('GET', resource('namespace=shop&resourceName=secret&version=v1&kind=Secret'))

    expect((JSON.parse(body.manifest) as { data: object }).data).toEqual({ password: expect.stringMatching(/^\+{8,}$/) as string })
  })

  it('and the application have events', async () => {
    const about = await ask<{ items: { reason: string }[] }>('GET', '/api/v1/applications/shop/events')
    expect(about.body.items.map((event) => event.reason)).toContain('OperationCompleted')

    const [pod] = await cluster.list('v1/Pod', 'shop')
    const ofPod = await ask<{ items: { involvedObject: { uid: string } }[] }>(
      'GET',
      `/api/v1/applications/shop/events?resourceUID=${pod?.metadata.uid}&resourceNamespace=shop&resourceName=${pod?.metadata.name}`,
    )

    expect(ofPod.status).toBe(200)
    expect(ofPod.body.items.every((event) => event.involvedObject.uid === pod?.metadata.uid)).toBe(true)
    expect(
      (await ask('GET', '/api/v1/applications/shop/events?resourceUID=00000000&resourceNamespace=kube-system&resourceName=x')).status,
    ).toBe(404)
  })

  it('have the author and the message of their revision', async () => {
    expect((await ask('GET', `/api/v1/applications/shop/revisions/${revision}/metadata`)).body).toMatchObject({
      author: 'Test <test@example.com>',
      message: expect.stringMatching(/Change/) as string,
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    })
    expect((await ask('GET', '/api/v1/applications/shop/revisions/--help/metadata')).status).toBe(400)
    expect((await ask<{ canSync: boolean }>('GET', '/api/v1/applications/shop/syncwindows')).body.canSync).toBe(true)
  })

  it('are rendered on demand, for any revision', async () => {
    const { body } = await ask<{ manifests: string[]; revision: string; namespace: string; sourceType: string }>(
      'GET',
      '/api/v1/applications/shop/manifests?revision=main',
    )
    expect(body).toMatchObject({ revision, namespace: 'shop', sourceType: 'Directory' })
    expect(body.manifests.map((text) => (JSON.parse(text) as { kind: string }).kind).toSorted()).toEqual([
      'ConfigMap',
      'Deployment',
      'Secret',
    ])
    expect(body.manifests.join()).not.toContain('hunter2')
    const missing = await ask<ErrorBody>('GET', '/api/v1/applications/shop/manifests?revision=v99')
    expect([missing.status, missing.body.code]).toEqual([400, 3])
  })
})

describe('logs', () => {
  interface Line {
    result: { content: string; podName: string; timeStampStr: string; last: boolean }
  }
  const contents = (messages: Record<string, unknown>[]): string[] =>
    (messages as unknown as Line[]).filter(({ result }) => !result.last).map(({ result }) => result.content)

  it('of a pod end with the last of the lines that are asked for', async () => {
    const [pod] = await cluster.list('v1/Pod', 'shop')
    const name = pod?.metadata.name ?? ''
    for (const path of [
      `pods/${name}/logs?container=main&namespace=shop`,
      `logs?podName=${name}&container=main&namespace=shop`,
      'logs?group=apps&kind=Deployment&resourceName=web&namespace=shop',
    ]) {
      const stream = await follow(`/api/v1/applications/shop/${path}&tailLines=3&follow=false`, 'application/json')
      await stream.ended

      expect(contents(stream.messages), path).toHaveLength(3)
      expect(stream.messages.at(-1), path).toMatchObject({ result: { last: true } })
      expect(stream.messages[0], path).toMatchObject({
        result: { podName: name, timeStampStr: expect.stringMatching(/^\d{4}-/) as string },
      })
    }
  })

  it('follow what comes, filtered, until one goes', async () => {
    const stream = await follow(
      '/api/v1/applications/shop/logs?kind=Deployment&group=apps&resourceName=web&namespace=shop&follow=true&tailLines=0&sinceSeconds=0&filter=TICK',
      'text/event-stream',
    )

    await eventually('three lines come', async () => contents(stream.messages).length >= 3)

    expect(new Set(contents(stream.messages))).toEqual(new Set(['tick']))
    stream.stop()
    await stream.ended
  })

  it('of a pod that is somebody else’s are not to be had', async () => {
    await cluster.create(
      '{ apiVersion: v1, kind: Pod, metadata: { name: theirs, namespace: shop }, spec: { containers: [{ name: a, image: none, command: [sh, -c, "echo private; sleep 1000"] }] } }',
    )

    for (const path of [
      'pods/theirs/logs?namespace=shop',
      'logs?podName=theirs&namespace=shop',
      'logs?kind=Pod&resourceName=theirs&namespace=shop',
      'pods/..%2f..%2ftheirs/logs',
    ]) {
      expect((await ask('GET', `/api/v1/applications/shop/${path}`)).status, path).toBe(404)
    }
  })
})
