import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClusterCache, type ClusterCache, type KubeObject, type LogOptions } from '@plimsoll/kube'
import { identify } from '@plimsoll/processes'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApiServer, type ApiServer } from '../api-server/index.ts'
import { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
import type { Pod, PodSpec } from './pod.ts'

let dataDir: string
let api: ApiServer
let cache: ClusterCache
let kubelet: Kubelet
let isStopped: boolean

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-kubelet-'))
  await startCluster()
})

afterEach(async () => {
  if (!isStopped) await kubelet.stop()
  await cache.stop()
  await api.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function startCluster(options: Partial<KubeletOptions> = {}): Promise<void> {
  await startApi()
  await startKubelet(options)
}

async function startApi(): Promise<void> {
  api = await createApiServer({ dataDir })
  cache = createClusterCache(api.client, { isExcluded: ({ kind }) => kind === 'Event' || kind === 'Lease' })
  await cache.start()
}

async function startKubelet(options: Partial<KubeletOptions> = {}): Promise<void> {
  kubelet = newKubelet(options)
  isStopped = false
  await kubelet.start()
}

/** A cluster in a process of its own over the same data, until these pods run; then that process is killed. */
async function runAndKillCluster(podNames: string[]): Promise<void> {
  const built = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)
  const code = `
    import { createClusterCache } from ${built('../../kube/dist/index.js')}
    import { createApiServer } from ${built('api-server/index.js')}
    import { createKubelet } from ${built('kubelet/index.js')}
    const dataDir = ${JSON.stringify(dataDir)}
    const api = await createApiServer({ dataDir })
    const cache = createClusterCache(api.client)
    await cache.start()
    const kubelet = createKubelet({ client: api.client, cache, log: { error() {}, warn() {} }, dataDir, nodeName: 'here' })
    await kubelet.start()
    const names = new Set(${JSON.stringify(podNames)})
    const isUp = (pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
    setInterval(() => {
      const up = cache.ofKind({ group: '', kind: 'Pod' }).filter((pod) => names.has(pod.metadata.name) && isUp(pod))
      if (up.length === names.size) console.log('up')
    }, 20)
  `
  const script = join(dataDir, 'cluster.mjs')
  writeFileSync(script, code)
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    gone,
    new Promise((resolve) => setTimeout(resolve, 10_000).unref()),
  ])
  child.kill('SIGKILL')
  await gone
}

function newKubelet(options: Partial<KubeletOptions> = {}): Kubelet {
  return createKubelet({
    client: api.client,
    cache,
    log: pino({ level: 'silent' }),
    dataDir,
    nodeName: 'here',
    backoff: { baseMs: 200, maxMs: 800 },
    shutdownGraceMs: 2000,
    ...options,
  })
}

async function create(object: { kind: string; metadata: { name: string }; [field: string]: unknown }): Promise<KubeObject> {
  const full = { apiVersion: 'v1', ...object, metadata: { namespace: 'default', ...object.metadata } }
  const type = await api.client.typeOf(full.apiVersion, full.kind)
  if (!type) throw new Error(`no ${full.kind}`)
  return api.client.create(type, full)
}

const createPod = (name: string, spec: Partial<PodSpec>) => create({ kind: 'Pod', metadata: { name }, spec: { nodeName: 'here', ...spec } })

async function getPod(name: string): Promise<Pod | undefined> {
  const type = await api.client.typeOf('v1', 'Pod')
  return type && ((await api.client.get(type, { namespace: 'default', name })) as Pod | undefined)
}

async function pod(name: string): Promise<Pod> {
  const found = await getPod(name)
  if (!found) throw new Error(`pod ${name} is gone`)
  return found
}

async function until<T>(look: () => T | Promise<T>, what = ''): Promise<NonNullable<T>> {
  const end = Date.now() + 12_000
  for (;;) {
    const value = await look()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited in vain ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

const isReady = async (name: string) =>
  (await pod(name)).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? pod(name) : undefined
const stateOf = (of: Pod, index = 0) => of.status?.containerStatuses?.[index]
const isDone = async (name: string) => {
  const found = await pod(name)
  return found.status?.phase === 'Succeeded' || found.status?.phase === 'Failed' ? found : undefined
}

async function remove(name: string, gracePeriodSeconds?: number): Promise<void> {
  const type = await api.client.typeOf('v1', 'Pod')
  if (type) await api.client.delete(type, { namespace: 'default', name }, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })
}

async function logs(name: string, options: LogOptions = {}): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await kubelet.logs(await pod(name), options)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function eventsOf(name: string): Promise<string[]> {
  const type = await api.client.typeOf('v1', 'Event')
  const { items } = type ? await api.client.list(type, { namespace: 'default' }) : { items: [] }
  return items
    .filter((event) => (event['involvedObject'] as { name: string }).name === name)
    .map((event) => `${String(event['reason'])}: ${String(event['message'])}`)
}

const server = `
const http = require('node:http')
let ready = true
http.createServer((request, response) => {
  if (request.url === '/break') ready = false
  response.statusCode = ready || request.url === '/break' ? 200 : 500
  response.end(process.env.ANSWER ?? 'ok')
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const sh = (text: string, name = 'main') => ({ name, image: 'any', command: ['sh', '-c', text] })
const web = (more: object = {}) => ({
  name: 'web',
  image: 'any',
  command: ['node', '-e', server],
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/', port: 'http' } },
  ...more,
})

describe('a pod with a command', () => {
  it('runs, is ready once its probe passes, and its port is found', async () => {
    await createPod('web', { containers: [web()] })

    const ready = await until(() => isReady('web'))

    expect(ready.status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1', qosClass: 'BestEffort' })
    expect(ready.status?.podIP).toMatch(/^10\.244\.\d+\.\d+$/)
    expect(stateOf(ready)).toMatchObject({ ready: true, started: true, restartCount: 0, state: { running: {} } })
    const address = kubelet.addressOf({ namespace: 'default', name: 'web' }, 8080)
    expect(await (await fetch(`http://127.0.0.1:${address?.port}/`)).text()).toBe('ok')
    expect((await eventsOf('web')).map((event) => event.split(':')[0])).toEqual(expect.arrayContaining(['Pulled', 'Created', 'Started']))
  })

  it('that does not know of PORT is found where it really listens', async () => {
    const port = 18_000 + Math.floor(Math.random() * 1000)
    const container = {
      ...web({ env: [{ name: 'ANSWER', value: 'fixed' }] }),
      command: ['node', '-e', server.replace('process.env.PORT', String(port))],
      ports: [{ name: 'http', containerPort: port }],
    }
    container.readinessProbe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 } as typeof container.readinessProbe
    await createPod('fixed', { containers: [container] })

    await until(() => isReady('fixed'))

    expect(kubelet.addressOf({ namespace: 'default', name: 'fixed' }, port)?.port).toBe(port)
  })

  it('that ends is Succeeded or Failed when nobody restarts it', async () => {
    await createPod('good', { restartPolicy: 'Never', containers: [sh('echo hello; exit 0')] })
    await createPod('bad', { restartPolicy: 'Never', containers: [sh('echo sorry > /dev/termination-log; exit 3')] })

    const [good, bad] = [await until(() => isDone('good')), await until(() => isDone('bad'))]

    expect(good.status?.phase).toBe('Succeeded')
    expect(stateOf(good)?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect(bad.status?.phase).toBe('Failed')
    expect(stateOf(bad)?.state.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'sorry\n' })
    expect(await logs('good')).toBe('hello\n')
  })

  it('whose container fails is restarted, backs off, and keeps the log of before', async () => {
    await createPod('crash', { containers: [sh('echo run; exit 1')] })

    const waiting = await until(async () => {
      const found = await pod('crash')
      return stateOf(found)?.state.waiting?.reason === 'CrashLoopBackOff' && (stateOf(found)?.restartCount ?? 0) >= 2 ? found : undefined
    })

    expect(stateOf(waiting)?.state.waiting?.message).toMatch(/^back-off (400|800)ms restarting failed container=main pod=crash_default\(/)
    expect(stateOf(waiting)?.lastState.terminated).toMatchObject({ exitCode: 1, reason: 'Error' })
    expect(waiting.status?.phase).toBe('Running')
    expect(await logs('crash', { previous: true })).toBe('run\n')
    expect(await eventsOf('crash')).toContainEqual(
      expect.stringMatching(/^BackOff: Back-off restarting failed container main in pod crash_default/),
    )
  })

  it('whose program is not there says so as a kubelet does', async () => {
    await createPod('lost', { restartPolicy: 'Never', containers: [{ name: 'main', image: 'any', command: ['no-such-program'] }] })

    const failed = await until(() => isDone('lost'))

    expect(stateOf(failed)?.state.terminated).toMatchObject({
      exitCode: 127,
      reason: 'StartError',
      message: 'failed to start container "main": exec: "no-such-program": executable file not found in $PATH',
    })
  })
})

describe('configuration', () => {
  it('that is missing is waited for with the reason a real cluster gives, and found when it comes', async () => {
    const env = [
      { name: 'MODEL_NAME', valueFrom: { configMapKeyRef: { name: 'ml-config', key: 'model_name' } } },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db-secret', key: 'password' } } },
      { name: 'BOTH', value: '$(MODEL_NAME)-$(DB_PASSWORD)-$$(X)' },
    ]
    await createPod('needy', { containers: [{ ...sh('echo "$BOTH"; exec sleep 600'), env }] })
    const waiting = async () => stateOf(await pod('needy'))?.state.waiting
    expect(await until(waiting)).toEqual({ reason: 'CreateContainerConfigError', message: 'configmap "ml-config" not found' })
    expect(await eventsOf('needy')).toContain('Failed: Error: configmap "ml-config" not found')

    await create({ kind: 'ConfigMap', metadata: { name: 'ml-config' }, data: { model_name: 'bert' } })
    await until(async () => (await waiting())?.message === 'secret "db-secret" not found')
    await create({ kind: 'Secret', metadata: { name: 'db-secret' }, data: { pass: 'eA==' } })
    await until(async () => (await waiting())?.message === "couldn't find key password in Secret default/db-secret")
    const secrets = await api.client.typeOf('v1', 'Secret')
    if (secrets)
      await api.client.patch(
        secrets,
        { namespace: 'default', name: 'db-secret' },
        { type: 'merge', patch: { data: { password: Buffer.from('s3cret').toString('base64') } } },
      )

    await until(() => isReady('needy'))
    await until(async () => (await logs('needy')) === 'bert-s3cret-$(X)\n')
  })

  it('comes as files, at its mount path, and follows the object', async () => {
    await create({ kind: 'ConfigMap', metadata: { name: 'model' }, data: { 'a.txt': 'one' } })
    await createPod('files', {
      containers: [
        {
          ...sh(
            'cat /etc/model/a.txt; cat etc/model/a.txt; echo $FILE; while [ "$(cat /etc/model/a.txt)" = one ]; do sleep 0.02; done; cat /etc/model/a.txt',
          ),
          env: [{ name: 'FILE', value: '/etc/model/a.txt' }],
          volumeMounts: [{ name: 'model', mountPath: '/etc/model' }],
        },
      ],
      restartPolicy: 'Never',
      volumes: [{ name: 'model', configMap: { name: 'model' } }],
    })
    await until(async () => (await logs('files').catch(() => '')).includes('a.txt'))

    const type = await api.client.typeOf('v1', 'ConfigMap')
    if (type) await api.client.patch(type, { namespace: 'default', name: 'model' }, { type: 'merge', patch: { data: { 'a.txt': 'two' } } })
    await until(() => isDone('files'))

    const [first, file, ...rest] = (await logs('files')).split(/(?<=one)(?=\/)|\n/)
    expect(first).toBe('oneone')
    expect(file).toMatch(/rootfs\/etc\/model\/a\.txt$/)
    expect(rest.join('')).toBe('two')
  })

  it('of a volume that is not there keeps the pod waiting and says so', async () => {
    await createPod('mount', {
      containers: [{ ...sh('sleep 600'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', configMap: { name: 'none' } }],
    })

    const message = 'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "none" not found'
    await until(async () => (await eventsOf('mount')).includes(message))
    expect(stateOf(await pod('mount'))?.state.waiting?.reason).toBe('ContainerCreating')
  })

  it('never opens the files of the machine by hostPath', async () => {
    await createPod('host', { containers: [sh('sleep 600')], volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] })

    const events = await until(async () => (await eventsOf('host')).find((event) => event.startsWith('FailedMount')))

    expect(events).toContain('hostPath "/etc" is not allowed on this node')
  })
})

describe('containers in order', () => {
  it('init containers run one after the other, a sidecar beside, then the rest', async () => {
    const mount = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }
    await createPod('order', {
      restartPolicy: 'Never',
      initContainers: [
        { ...sh('sleep 0.1; echo first >> /shared/order', 'first'), ...mount },
        {
          ...sh('echo side >> /shared/order; exec sleep 600', 'side'),
          ...mount,
          restartPolicy: 'Always',
          startupProbe: { exec: { command: ['grep', '-q', 'side', '/shared/order'] } },
        },
        { ...sh('echo second >> /shared/order', 'second'), ...mount },
      ],
      containers: [{ ...sh('cat /shared/order'), ...mount }],
      volumes: [{ name: 'shared', emptyDir: {} }],
    })

    const done = await until(() => isDone('order'))

    expect(done.status?.phase).toBe('Succeeded')
    expect(await logs('order', { container: 'main' })).toBe('first\nside\nsecond\n')
    await until(async () => (await pod('order')).status?.initContainerStatuses?.[1]?.state.terminated)
  })

  it('a failing init container holds the rest back', async () => {
    await createPod('held', { restartPolicy: 'Never', initContainers: [sh('exit 2', 'setup')], containers: [sh('echo never')] })

    const failed = await until(() => isDone('held'))

    expect(failed.status?.phase).toBe('Failed')
    expect(stateOf(failed)?.state.waiting?.reason).toBe('PodInitializing')
    expect(failed.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized' }),
    )
  })
})

describe('ending', () => {
  it('asks first, then deletes the pod when its processes are gone', async () => {
    await createPod('polite', {
      terminationGracePeriodSeconds: 30,
      containers: [sh('trap "exit 0" TERM; echo up; while :; do sleep 0.05; done')],
    })
    await until(async () => (await logs('polite').catch(() => '')) === 'up\n')
    const uid = (await pod('polite')).metadata.uid ?? ''

    await remove('polite')

    await until(async () => (await getPod('polite')) === undefined)
    await until(() => !readdirSync(join(dataDir, 'kubelet', 'pods')).includes(uid))
    expect(await eventsOf('polite')).toContain('Killing: Stopping container main')
  })

  it('kills what does not end in its grace', async () => {
    await createPod('deaf', { containers: [sh('trap "" TERM; echo up; while :; do sleep 0.05; done')] })
    await until(async () => (await logs('deaf').catch(() => '')) === 'up\n')

    await remove('deaf', 1)

    await until(async () => (await getPod('deaf')) === undefined)
  })

  it('keeps the name of a pod that comes back under it until a client has looked twice', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'of-the-set', controller: true }
    await create({
      kind: 'Pod',
      metadata: { name: 'db-0', ownerReferences: [owner] } as { name: string },
      spec: { nodeName: 'here', containers: [sh('exec sleep 600')] },
    })
    await createPod('bare', { containers: [sh('exec sleep 600')] })
    await until(async () => (await isReady('db-0')) && isReady('bare'))

    await remove('db-0')
    await remove('bare')

    await until(async () => (await getPod('bare')) === undefined)
    expect((await pod('db-0')).metadata.deletionTimestamp).toBeDefined()
    await until(async () => (await getPod('db-0')) === undefined)
  })

  it('runs the preStop hook before', async () => {
    const hook = {
      preStop: { exec: { command: ['sh', '-c', 'echo bye > /shared/bye; while [ ! -e /shared/seen ]; do sleep 0.02; done'] } },
    }
    const main = {
      ...sh('echo up; while [ ! -e /shared/bye ]; do sleep 0.02; done; echo saw the hook; touch /shared/seen; exec sleep 600'),
      lifecycle: hook,
      volumeMounts: [{ name: 's', mountPath: '/shared' }],
    }
    await createPod('hook', { containers: [main], volumes: [{ name: 's', emptyDir: {} }] })
    await until(async () => (await logs('hook').catch(() => '')) === 'up\n')
    const following = logs('hook', { follow: true })

    await remove('hook')

    expect(await following).toBe('up\nsaw the hook\n')
  })

  it('comes to a pod that is active for too long', async () => {
    await createPod('slow', { activeDeadlineSeconds: 1, containers: [sh('sleep 600')] })

    const failed = await until(() => isDone('slow'))

    expect(failed.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  })
})

describe('probes', () => {
  it('take a container out while it is not ready, and restart one that is not alive', async () => {
    await createPod('sick', {
      terminationGracePeriodSeconds: 1,
      containers: [web({ livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 1 } })],
    })
    await until(() => isReady('sick'))
    const address = kubelet.addressOf({ namespace: 'default', name: 'sick' }, 8080)
    await fetch(`http://127.0.0.1:${address?.port}/break`)

    await until(async () => stateOf(await pod('sick'))?.restartCount === 1 && isReady('sick'))

    const events = await eventsOf('sick')
    expect(events).toContain('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500')
    expect(events).toContain('Killing: Container web failed liveness probe, will be restarted')
  })
})

describe('what cannot run here', () => {
  it('is simulated and says so everywhere', async () => {
    await createPod('image', { containers: [{ name: 'api', image: 'ghcr.io/myorg/api:1' }] })

    const ready = await until(() => isReady('image'))
    const marked = await until(async () =>
      (await pod('image')).metadata.annotations?.['plimsoll.dev/simulated'] ? pod('image') : undefined,
    )

    expect(marked.metadata.annotations?.['plimsoll.dev/simulated']).toContain('container "api" has no command')
    expect(ready.status?.conditions).toContainEqual(expect.objectContaining({ type: 'plimsoll.dev/Simulated', status: 'True' }))
    expect(stateOf(ready)?.containerID).toMatch(/^simulated:/)
    expect(await logs('image')).toContain('This container is simulated')
    expect(kubelet.addressOf({ namespace: 'default', name: 'image' }, 8080)).toBeUndefined()
    await expect(kubelet.exec(ready, { command: ['true'], stdin: false, stdout: true, stderr: true, tty: false })).rejects.toThrow(
      'simulated',
    )
  })

  it('still needs its configuration', async () => {
    await createPod('image', { containers: [{ name: 'api', image: 'x', envFrom: [{ configMapRef: { name: 'none' } }] }] })

    expect(await until(async () => stateOf(await pod('image'))?.state.waiting)).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "none" not found',
    })
  })
})

describe('exec', () => {
  it('has the environment and directory of its container, and an exit code', async () => {
    await createPod('box', { containers: [{ ...sh('exec sleep 600'), env: [{ name: 'COLOUR', value: 'red' }], workingDir: '/work' }] })
    await until(() => isReady('box'))

    const session = await kubelet.exec(await pod('box'), {
      command: ['sh', '-c', 'pwd; echo $COLOUR; cat; exit 4'],
      stdin: true,
      stdout: true,
      stderr: true,
      tty: false,
    })
    session.stdin.end('typed\n')
    let output = ''
    session.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))

    expect(await session.exited).toBe(4)
    expect(output).toMatch(/\/rootfs\/work\nred\ntyped\n$/)
  })
})

describe('attaching', () => {
  const streams = { command: [], stdin: true, stdout: true, stderr: true, tty: false }

  it('gives what was just said, and takes what is typed, once', async () => {
    const talk = sh('echo hello; while read line; do echo "you said $line"; done; echo over; exec sleep 600')
    await createPod('talk', { containers: [{ ...talk, stdin: true, stdinOnce: true }] })
    await until(() => isReady('talk'))

    const session = await kubelet.attach?.(await pod('talk'), streams)
    let heard = ''
    session?.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    session?.stdin.end('yes\n')

    await until(() => heard === 'hello\nyou said yes\nover\n')
    session?.kill()
    const again = await kubelet.attach?.(await pod('talk'), streams)
    again?.stdin.end('nobody hears this\n')
    again?.kill()
    expect(await logs('talk')).toBe('hello\nyou said yes\nover\n')
  })

  it('to a container with a terminal is attaching to that terminal', async () => {
    await createPod('terminal', {
      containers: [{ ...sh('test -t 0 && echo yes; read line; exit 5'), stdin: true, tty: true }],
      restartPolicy: 'Never',
    })
    await until(async () => (await logs('terminal').catch(() => '')).includes('yes'))

    const session = await kubelet.attach?.(await pod('terminal'), { ...streams, tty: true })
    session?.stdin.write('done\n')

    expect(stateOf(await until(() => isDone('terminal')))?.state.terminated?.exitCode).toBe(5)
  })
})

describe('a new kubelet', () => {
  it('finds what a killed one has started: the same process, no restart, and what ended meanwhile', async () => {
    // Nothing of it is started by this kubelet: by one in another process, which is then killed.
    await kubelet.stop()
    isStopped = true
    await createPod('stays', { containers: [web()] })
    await createPod('ends', {
      restartPolicy: 'Never',
      containers: [
        { ...sh('while [ ! -e /shared/go ]; do sleep 0.02; done; exit 5'), volumeMounts: [{ name: 's', mountPath: '/shared' }] },
      ],
      volumes: [{ name: 's', emptyDir: {} }],
    })
    await createPod('deleted', { containers: [sh('exec sleep 600')] })
    await cache.stop()
    await api.close()
    await runAndKillCluster(['stays', 'ends', 'deleted'])
    await startApi()
    const [stays, ends, deleted] = [await pod('stays'), await pod('ends'), await pod('deleted')]
    const pids = (of: Pod, name: string) =>
      Number(
        readFileSync(
          join(dataDir, 'kubelet', 'pods', of.metadata.uid ?? '', 'containers', name, String(stateOf(of)?.restartCount), 'process'),
          'utf8',
        ).split('\n')[0],
      )
    const [stayingPid, deletedPid] = [pids(stays, 'web'), pids(deleted, 'main')]
    expect([identify(stayingPid), identify(deletedPid)]).not.toContain(undefined)
    writeFileSync(join(dataDir, 'kubelet', 'pods', ends.metadata.uid ?? '', 'volumes', 's', 'go'), '')
    await remove('deleted', 0)

    await startKubelet()

    expect(stateOf(await until(() => isDone('ends')))?.state.terminated?.exitCode).toBe(5)
    await until(() => identify(deletedPid) === undefined)
    await until(() => kubelet.addressOf({ namespace: 'default', name: 'stays' }, 8080))
    const address = kubelet.addressOf({ namespace: 'default', name: 'stays' }, 8080)
    expect(await (await fetch(`http://127.0.0.1:${address?.port}/`)).text()).toBe('ok')
    const after = await until(() => isReady('stays'))
    expect(stateOf(after)).toMatchObject({ restartCount: stateOf(stays)?.restartCount, ready: true, state: stateOf(stays)?.state })
    expect(pids(after, 'web')).toBe(stayingPid)
  })

  it('leaves nothing that only its owner may read to others, and nothing running when it is stopped', async () => {
    await createPod('orphan', { containers: [sh('echo $$; exec sleep 600')] })
    await until(() => isReady('orphan'))
    const pid = Number(await until(async () => (await logs('orphan')).trim()))
    const folder = join(dataDir, 'kubelet', 'pods', (await pod('orphan')).metadata.uid ?? '')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'pod.json')).mode & 0o777).toBe(0o600)
    await kubelet.stop()
    isStopped = true
    expect(identify(pid)).toBeUndefined()
  })

  it('starts again what was ended with the cluster, and counts it as a restart', async () => {
    await createPod('again', { containers: [web()] })
    await until(() => isReady('again'))
    await kubelet.stop()

    kubelet = newKubelet()
    await kubelet.start()

    const again = await until(async () => (stateOf(await pod('again'))?.restartCount === 1 ? isReady('again') : undefined))
    expect(stateOf(again)?.lastState.terminated).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(dataDir, 'kubelet', 'pods', again.metadata.uid ?? '', 'pod.json'), 'utf8')).not.toContain('ANSWER')
  })
})
