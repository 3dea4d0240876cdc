import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKubeClient, type KubeClient, type KubeObject } from '@plimsoll/kube'
import { type LaunchedCluster, launchCluster } from '../../packages/embedded-cluster/dist/index.js'
import { type Ready, startIn, type Started, untilReady } from '../harness/clone.ts'
import { cliProgram } from '../harness/plimsoll.ts'
import { root } from '../harness/paths.ts'
import { eventually, mustRun } from '../harness/run.ts'

/** A cluster that stands for a real one: Plimsoll knows nothing of it but its kubeconfig. */
interface Kubeconfig {
  clusters: { cluster: { server: string } }[]
  contexts: { name: string; context: { cluster: string; user: string } }[]
  users: { name: string; user: Record<string, unknown> }[]
}

const home = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-real-')))
const clusterDir = join(home, 'cluster')
let cluster: LaunchedCluster
let client: Awaited<ReturnType<typeof createKubeClient>>
let started: Started | undefined
let counter = 0

beforeAll(async () => {
  cluster = await launchCluster({ dataDir: clusterDir })
  client = await createKubeClient({ kubeconfigPath: cluster.kubeconfig })
})

afterAll(async () => {
  await client?.close()
  await cluster?.stop()
  rmSync(home, { recursive: true, force: true })
})

afterEach(async () => {
  started?.child.kill('SIGINT')
  await started?.exited
  started = undefined
})

function kubeconfig(change: (config: Kubeconfig) => void): string {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as Kubeconfig
  change(config)
  const file = join(home, `kubeconfig-${++counter}`)
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

function start(dataDir: string, file: string, ...args: string[]): Started {
  started = startIn(root, process.execPath, [
    cliProgram,
    'server',
    'start',
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--kubeconfig',
    file,
    ...args,
  ])
  return started
}

async function api(ready: Ready, method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, never> }> {
  const answer = await fetch(`${ready.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${readFileSync(ready.tokenFile, 'utf8').trim()}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, never> }
}

async function push(ready: Ready, name: string, files: Record<string, string>): Promise<void> {
  const dir = mkdtempSync(join(home, 'work-'))
  const git = (...args: string[]): Promise<string> =>
    mustRun('git', ['-C', dir, '-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args])
  await mustRun('git', ['init', '--quiet', '--initial-branch=main', dir])
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text)
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'Change')
  const url = new URL(`${ready.url}/git/${name}.git`)
  url.username = 'admin'
  url.password = readFileSync(ready.tokenFile, 'utf8').trim()
  await git('push', '--quiet', '--force', url.href, 'HEAD:main')
}

const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: "${value}" }\n`
const application = (ready: Ready, name: string): unknown => ({
  metadata: { name },
  spec: {
    project: 'default',
    source: { repoURL: `${ready.url}/git/${name}.git`, path: '.', targetRevision: 'main' },
    destination: { server: 'https://kubernetes.default.svc', namespace: name },
    syncPolicy: { automated: {}, syncOptions: ['CreateNamespace=true'] },
  },
})

async function liveValue(namespace: string): Promise<string | undefined> {
  const type = await client.typeOf('v1', 'ConfigMap')
  const found = type && (await client.get(type, { namespace, name: 'settings' }))
  return (found?.['data'] as Record<string, string> | undefined)?.['value']
}

/** Everything that is in the cluster, but for what it writes about itself all the time. */
async function inventory(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const type of await client.types({ refresh: true })) {
    if (!type.verbs.includes('list') || ['Event', 'Lease', 'Node', 'APIService'].includes(type.kind)) continue
    const { items } = await client.list(type, {})
    for (const { metadata } of items) found.set(`${type.kind} ${metadata.namespace ?? ''}/${metadata.name}`, metadata.resourceVersion ?? '')
  }
  return found
}

describe('a cluster that is there already', () => {
  const dataDir = join(home, 'data')

  // Once only: a second try would find what the first has installed.
  it('gets the definitions of our kinds and a namespace, no demo, and nothing else is touched', { retry: 0 }, async () => {
    const before = await inventory()

    const ready = await untilReady(start(dataDir, cluster.kubeconfig), dataDir)

    const after = await inventory()
    const added = [...after.keys()].filter((name) => !before.has(name))
    expect(added.filter((name) => !/^(ServiceAccount|ConfigMap) argocd\//.test(name)).toSorted()).toEqual([
      'AppProject argocd/default',
      'CustomResourceDefinition /applications.argoproj.io',
      'CustomResourceDefinition /applicationsets.argoproj.io',
      'CustomResourceDefinition /appprojects.argoproj.io',
      'CustomResourceDefinition /deliveries.plimsoll.dev',
      'CustomResourceDefinition /releases.plimsoll.dev',
      'Namespace /argocd',
    ])
    expect([...before].filter(([name, version]) => after.get(name) !== version)).toEqual([])
    expect(ready).toMatchObject({ kubeconfig: cluster.kubeconfig })
    expect(ready).not.toHaveProperty('gateway')
  })

  it('runs what Git says, goes on through an API that goes away, and says so', { timeout: 90_000 }, async () => {
    const running = start(dataDir, cluster.kubeconfig)
    const ready = await untilReady(running, dataDir)
    await push(ready, 'away', { 'settings.yaml': configMap('one') })
    expect((await api(ready, 'POST', '/api/v1/applications', application(ready, 'away'))).status).toBe(200)
    await eventually('the first state is there', async () => (await liveValue('away')) === 'one')

    await cluster.stop()
    await eventually('the terminal says so', async () => /The cluster cannot be reached since \d\d:/.test(running.output()), 40_000)
    const { body } = await api(ready, 'GET', '/api/v1/clusters')
    expect(JSON.stringify(body)).toMatch(/"status":"Failed","message":"[^"]*refuses connections/)
    expect((await fetch(`${ready.url}/healthz`)).status).toBe(200)
    await push(ready, 'away', { 'settings.yaml': configMap('two') })
    cluster = await launchCluster({ dataDir: clusterDir })

    await eventually('the push of meanwhile is there', async () => (await liveValue('away')) === 'two', 40_000)
    await eventually('the terminal says so', async () => running.output().includes('The cluster answers again'))
  })

  it('is left with its own definition of Applications', async () => {
    const type = (await client.typeOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition')) as NonNullable<
      Awaited<ReturnType<KubeClient['typeOf']>>
    >
    const name = { name: 'applications.argoproj.io' }
    const definition = (await client.get(type, name)) as KubeObject
    const marked = await client.update(type, {
      ...definition,
      metadata: { ...definition.metadata, labels: { 'app.kubernetes.io/part-of': 'somebody-else' } },
    })

    await untilReady(start(join(home, 'other-data'), cluster.kubeconfig), join(home, 'other-data'))

    const after = await client.get(type, name)
    expect(after?.metadata.resourceVersion).toBe(marked.metadata.resourceVersion)
  })

  it('is reached with what a credential plugin answers', async () => {
    const file = kubeconfig(({ users }) => {
      const user = users[0]?.user ?? {}
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: user['token'] } }
      const plugin = join(home, 'plugin.mjs')
      writeFileSync(plugin, `console.log(${JSON.stringify(JSON.stringify(credential))})`)
      if (users[0])
        users[0].user = { exec: { apiVersion: credential.apiVersion, command: process.execPath, args: [plugin], interactiveMode: 'Never' } }
    })

    const ready = await untilReady(start(dataDir, file), dataDir)

    expect(JSON.stringify((await api(ready, 'GET', '/api/v1/clusters')).body)).toContain('"status":"Successful"')
  })
})

describe('a kubeconfig that does not work', () => {
  it('names the contexts that there are', async () => {
    const running = start(join(home, 'wrong'), cluster.kubeconfig, '--context', 'production')

    expect(await running.exited).not.toBe(0)
    expect(running.output()).toMatch(/has no context 'production'\. It has plimsoll\./)
  })

  it('is said to be missing', async () => {
    const running = start(join(home, 'wrong'), join(home, 'no-such-file'))

    expect(await running.exited).not.toBe(0)
    expect(running.output()).toMatch(/no-such-file cannot be read: ENOENT/)
  })

  it('holds an expired token: that is said, and a new one in the file is taken up', { timeout: 60_000 }, async () => {
    const dataDir = join(home, 'expired')
    const file = kubeconfig(({ users }) => Object.assign(users[0]?.user ?? {}, { token: 'expired' }))

    const running = start(dataDir, file)

    await eventually('the terminal says so', async () => running.output().includes('its cluster does not answer yet'))
    expect(running.output()).toMatch(/refused the credentials of context 'plimsoll': renew them/)
    expect(running.output()).not.toContain('Three things to try')
    writeFileSync(file, readFileSync(cluster.kubeconfig))
    await untilReady(running, dataDir)
    await eventually('the terminal says so', async () => running.output().includes('The cluster answers: Plimsoll is ready.'))
  })

  it('names an address where nobody is', { timeout: 60_000 }, async () => {
    const file = kubeconfig(({ clusters }) => Object.assign(clusters[0]?.cluster ?? {}, { server: 'https://127.0.0.1:9' }))

    const running = start(join(home, 'nobody'), file)

    await eventually('the terminal says so', async () =>
      /https:\/\/127\.0\.0\.1:9 .* refuses connections: check that it runs/.test(running.output()),
    )
  })
})
