import { connect, createServer, type Server } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import {
  ApiException,
  AppsV1Api,
  Attach,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  Metrics,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1ConfigMap,
  type V1ObjectMeta,
  type V1Pod,
  type V1Status,
  Watch,
} from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { eventually } from '../harness/run.ts'

const namespace = 'javascript'

/** Keeps what is written to it. */
class Collected extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}

function merge(): ReturnType<typeof setHeaderOptions> {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
}

async function failureOf(promise: Promise<unknown>): Promise<{ code: number; reason: string }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ApiException) {
      const body: unknown = typeof error.body === 'string' ? JSON.parse(error.body) : error.body
      return { code: error.code, reason: (body as { reason: string }).reason }
    }
    throw error
  }
  throw new Error('It succeeded.')
}

describe('the JavaScript client', () => {
  let cluster: TestCluster
  let config: KubeConfig
  let core: CoreV1Api
  let apps: AppsV1Api
  beforeAll(async () => {
    cluster = await startCluster()
    config = new KubeConfig()
    config.loadFromFile(cluster.kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    apps = config.makeApiClient(AppsV1Api)
    await core.createNamespace({ body: { metadata: { name: namespace } } })
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: 'pod' },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'node',
              command: ['sh', '-c', 'echo started; i=0; while true; do i=$((i+1)); echo line-$i; sleep 0.1; done'],
            },
          ],
        },
      },
    })
    await eventually('the pod runs', async () => (await core.readNamespacedPod({ name: 'pod', namespace })).status?.phase === 'Running')
  }, 60_000)
  afterAll(() => cluster?.stop())

  it('creates, reads, changes and deletes, and is told why it may not', async () => {
    const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { generateName: 'cm-' }, data: { a: '1' } } })
    const name = made.metadata?.name ?? ''
    const merged = await core.patchNamespacedConfigMap({ name, namespace, body: { data: { a: null, b: '2' } } }, merge())
    const replaced = await core.replaceNamespacedConfigMap({ name, namespace, body: { metadata: merged.metadata ?? {}, data: { c: '3' } } })

    expect(merged.data).toEqual({ b: '2' })
    expect(replaced.data).toEqual({ c: '3' })
    expect(await failureOf(core.replaceNamespacedConfigMap({ name, namespace, body: merged }))).toEqual({ code: 409, reason: 'Conflict' })
    expect(await failureOf(core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } }))).toEqual({
      code: 409,
      reason: 'AlreadyExists',
    })
    expect(await failureOf(core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'A_B' } } }))).toEqual({
      code: 422,
      reason: 'Invalid',
    })
    await core.deleteNamespacedConfigMap({ name, namespace })
    expect(await failureOf(core.readNamespacedConfigMap({ name, namespace }))).toEqual({ code: 404, reason: 'NotFound' })
  })

  it('applies objects that are only known by their kind', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config)
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace }, data: { a: '1' } }

    const applied = await objects.patch(object, undefined, undefined, 'tester', true, PatchStrategy.ServerSideApply)
    const listed = await objects.list<V1ConfigMap>('v1', 'ConfigMap', namespace)

    expect((applied.metadata as V1ObjectMeta).managedFields).toMatchObject([{ manager: 'tester', operation: 'Apply' }])
    expect(listed.items.map((item) => item.metadata?.name)).toContain('applied')
    await objects.delete(object)
  })

  it('has an informer that hears of everything', async () => {
    const heard: string[] = []
    const informer = makeInformer<V1ConfigMap>(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informed' }),
      'informed',
    )
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, (object) => heard.push(`${event} ${object.metadata?.name}`))
    await informer.start()

    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'one', labels: { informed: '' } } } })
    await core.patchNamespacedConfigMap({ name: 'one', namespace, body: { data: { a: 'b' } } }, merge())
    await core.deleteNamespacedConfigMap({ name: 'one', namespace })

    await eventually('all is heard', async () => heard.length >= 3)
    expect(heard).toEqual(['add one', 'update one', 'delete one'])
    await informer.stop()
  })

  it('watches from a resource version, and is told when that is forgotten', async () => {
    const watch = new Watch(config)
    const follow = (resourceVersion: string): Promise<{ type: string; code?: number }[]> =>
      new Promise((resolve, reject) => {
        const events: { type: string; code?: number }[] = []
        watch
          .watch(
            `/api/v1/namespaces/${namespace}/configmaps`,
            { resourceVersion, timeoutSeconds: 1, labelSelector: 'watched' },
            (type: string, object: { code?: number }) => events.push({ type, ...(object.code !== undefined && { code: object.code }) }),
            (error: unknown) =>
              error === null || error === undefined || (error instanceof Error && error.name === 'AbortError')
                ? resolve(events)
                : reject(error),
          )
          .catch(reject)
      })
    const { metadata } = await core.listNamespacedConfigMap({ namespace })
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'seen', labels: { watched: '' } } } })

    const events = await follow(metadata?.resourceVersion ?? '')
    const future = await follow('999999999')

    expect(events).toEqual([{ type: 'ADDED' }])
    expect(future).toEqual([{ type: 'ERROR', code: 410 }])
  })

  it('runs a command: input, outputs, exit code', async () => {
    const exec = new Exec(config)
    const stdout = new Collected()
    const stderr = new Collected()
    const stdin = new PassThrough()

    const status = new Promise<V1Status>((resolve, reject) => {
      exec
        .exec(namespace, 'pod', 'main', ['sh', '-c', 'read x; echo got-$x; echo bad >&2; exit 4'], stdout, stderr, stdin, false, resolve)
        .catch(reject)
    })
    stdin.write('word\n')

    expect(await status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ message: '4' }] } })
    expect(stdout.text).toBe('got-word\n')
    expect(stderr.text).toBe('bad\n')
  })

  it('attaches, and follows logs until it aborts', async () => {
    const attached = new Collected()
    const socket = await new Attach(config).attach(namespace, 'pod', 'main', attached, null, null, false)
    await eventually('it hears lines', async () => /line-\d+\n/.test(attached.text))
    socket.close()

    const logged = new Collected()
    const follow = await new Log(config).log(namespace, 'pod', 'main', logged, { follow: true, tailLines: 2, timestamps: true })
    await eventually('it hears new lines', async () => logged.text.split('\n').length > 5)
    follow.abort()

    expect(logged.text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line-\d+\n/)
    expect(await core.readNamespacedPodLog({ name: 'pod', namespace, limitBytes: 7 })).toBe('started')
  })

  it('forwards a port', async () => {
    const script = `require("http").createServer((q, s) => s.end("hello " + q.url)).listen(process.env.PORT || 8080)`
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: 'web' },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'node',
              command: ['node', '-e', script],
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    })
    const isReady = (pod: V1Pod): boolean =>
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
    await eventually('it listens', async () => isReady(await core.readNamespacedPod({ name: 'web', namespace })))
    const forward = new PortForward(config)
    const server: Server = createServer((socket) => {
      forward.portForward(namespace, 'web', [8080], socket, null, socket).catch(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()

    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('utf8')
        if (text.includes('hello /there')) resolve(text)
      })
      socket.on('error', reject)
      socket.write('GET /there HTTP/1.1\r\nHost: web\r\n\r\n')
    })

    expect(answer).toMatch(/^HTTP\/1.1 200/)
    server.close()
  })

  it('scales, asks what it may do, and finds no metrics where none are measured', async () => {
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'deployed' },
        spec: {
          selector: { matchLabels: { app: 'deployed' } },
          template: { metadata: { labels: { app: 'deployed' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
        },
      },
    })
    const scaled = await apps.patchNamespacedDeploymentScale({ name: 'deployed', namespace, body: { spec: { replicas: 3 } } }, merge())
    const review = await config
      .makeApiClient(AuthorizationV1Api)
      .createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: { verb: 'create', resource: 'pods' } } } })
    const metrics = await new Metrics(config).getNodeMetrics().catch((error: unknown) => error)

    expect(scaled.spec?.replicas).toBe(3)
    expect(review.status?.allowed).toBe(true)
    expect(metrics).toBeInstanceOf(Error)
    const custom = config.makeApiClient(CustomObjectsApi)
    expect((await failureOf(custom.listClusterCustomObject({ group: 'nowhere.example.com', version: 'v1', plural: 'things' }))).code).toBe(
      404,
    )
  })
})
