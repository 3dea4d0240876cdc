import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findKubectl } from '../harness/kubectl.ts'
import { filesForKubectl, type Kubectl, kubectlVersions, openKubectl, tableOf } from '../harness/kubectl-session.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

// Many calls of kubectl, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

let plimsoll: Plimsoll
const children = new Set<ChildProcess>()
beforeAll(async () => {
  plimsoll = await startPlimsoll()
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await plimsoll?.stop()
})

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: server
          image: web:1
          command: [node, -e, "require('http').createServer((q, s) => s.end(q.method + ' ' + q.url + ' ' + (q.headers.authorization || 'nobody'))).listen(process.env.PORT)"]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
`

/** A kubectl that goes on until the test has seen enough. */
function start(kubectl: Kubectl, ...args: string[]): { output: () => string; end: () => void } {
  const child = spawn(kubectl.program, ['--namespace', kubectl.namespace, ...args], {
    env: { ...process.env, ...kubectl.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { output: () => text, end: () => void child.kill('SIGTERM') }
}

const untilSays = (started: { output: () => string }, wanted: RegExp): Promise<RegExpExecArray> =>
  eventually(`it says ${wanted}`, async () => wanted.exec(started.output()) ?? undefined).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; it said: ${started.output()}`)
  })

describe.each(kubectlVersions)('with kubectl %s', (version) => {
  const open = (purpose: string): Promise<Kubectl> => openKubectl(plimsoll, version, `${purpose}-${version.replace('.', '-')}`)

  describe.skipIf(!findKubectl(version)).concurrent('a pod', () => {
    it('runs once, and its exit code and its output come back', async () => {
      const kubectl = await open('run')

      const attached = await kubectl.try('run one --image=a --restart=Never --attach --command --', 'sh', '-c', 'echo attached; exit 7')
      const piped = await kubectl
        .with({ input: 'piped in\n' })
        .try('run two --image=a --restart=Never --rm -i --command --', 'sh', '-c', 'echo before; cat; echo after')

      expect([attached.code, attached.stdout]).toEqual([7, 'attached\n'])
      expect(piped.code).toBe(0)
      expect(piped.stdout).toMatch(/^before\npiped in\nafter\n(pod "two" deleted.*\n)?$/)
      expect(await kubectl.fails('get pod two')).toContain('not found')
      expect(tableOf(await kubectl('get pod one'))[0]).toMatchObject({ READY: '0/1', STATUS: 'Error', RESTARTS: '0' })
      expect(await kubectl.value('pod one', '.status.containerStatuses[0].state.terminated.exitCode')).toBe('7')
    })

    it('whose image cannot run here is simulated, and everything says so', async () => {
      const kubectl = await open('simulated')
      await kubectl('run model --image=ghcr.io/example/model:1 --port=8080')
      await kubectl('wait pod/model --for=condition=Ready --timeout=30s')

      const why = 'container "model" has no command: what image "ghcr.io/example/model:1" would run cannot run on this node'
      expect(await kubectl('describe pod model')).toMatch(new RegExp(`Warning +Simulated .*simulated: ${why}`))
      expect(await kubectl.value('pod model', '.status.conditions[?(@.type=="plimsoll.dev/Simulated")].status')).toBe('True')
      expect(await kubectl('logs model')).toBe(`This container is simulated: ${why}. Nothing runs.\n`)
      expect(await kubectl.fails('exec model -- ls')).toBe(
        'Error from server (BadRequest): container model is simulated: it has no command that could run on this node',
      )
    })

    it('has logs: all, the last lines, of a time, with times, followed, of the run before, of one container and of all', async () => {
      const kubectl = await open('logs')
      await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: two, labels: { app: two } }
spec:
  terminationGracePeriodSeconds: 1
  initContainers: [{ name: first, image: a, command: [echo, first] }]
  containers:
    - { name: left, image: a, command: [sh, -c, "echo 1; echo 2; echo 3 >&2; exec sleep 1000"] }
    - { name: right, image: a, command: [sh, -c, "echo r; exec sleep 1000"] }
---
apiVersion: v1
kind: Pod
metadata: { name: again }
spec:
  containers: [{ name: main, image: a, command: [sh, -c, "echo bye; exit 3"] }]
`)
      await kubectl('wait pod/two --for=condition=Ready --timeout=30s')
      await eventually('the output is there', async () => (await kubectl('logs two -c left')) === '1\n2\n3\n')

      expect((await kubectl.try('logs two')).stderr).toBe('Defaulted container "left" out of: left, right, first (init)\n')
      expect(await kubectl('logs two -c left --tail=1')).toBe('3\n')
      expect(await kubectl('logs two -c first')).toBe('first\n')
      expect(await kubectl('logs two -c left --limit-bytes=3')).toBe('1\n2')
      expect(await kubectl('logs two -c left --since-time=2000-01-01T00:00:00Z')).toBe('1\n2\n3\n')
      expect(await kubectl('logs two -c left --since-time=2100-01-01T00:00:00Z')).toBe('')
      expect(await kubectl('logs two -c right --timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z r\n$/)
      expect((await kubectl('logs two --all-containers --prefix')).trim().split('\n').toSorted()).toEqual([
        '[pod/two/first] first',
        '[pod/two/left] 1',
        '[pod/two/left] 2',
        '[pod/two/left] 3',
        '[pod/two/right] r',
      ])
      expect(await kubectl('logs -l app=two -c right --tail=-1')).toBe('r\n')
      expect(await kubectl.fails('logs two -c nobody')).toBe('error: container nobody is not valid for pod two')
      expect(await kubectl.fails('logs two -c left --previous')).toBe(
        'Error from server (BadRequest): previous terminated container "left" in pod "two" not found',
      )
      expect(await kubectl.fails('logs nobody')).toBe(
        `error: error from server (NotFound): pods "nobody" not found in namespace "${kubectl.namespace}"`,
      )
      const before = await eventually('it has been started again', async () => {
        const result = await kubectl.try('logs again --previous')
        return result.code === 0 && result.stdout
      })
      expect(before).toBe('bye\n')
      await kubectl('run counter --image=a --restart=Never --command --', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.3; done')
      await eventually('it has begun', async () => (await kubectl.try('logs counter')).stdout.includes('1'))
      expect(await kubectl('logs -f counter')).toBe('1\n2\n3\n')
    })

    it('takes commands: with output, exit code, input, a terminal', async () => {
      const kubectl = await open('exec')
      await kubectl.apply(web)
      await kubectl('rollout status deployment/web --timeout=40s')

      const failed = await kubectl.try('exec deploy/web --', 'sh', '-c', 'echo out; echo err >&2; exit 5')
      expect([failed.code, failed.stdout, failed.stderr]).toEqual([5, 'out\n', 'err\ncommand terminated with exit code 5\n'])
      expect(await kubectl.with({ input: 'through\n' })('exec -i deploy/web -- cat')).toBe('through\n')
      const large = 'x'.repeat(1_000_000)
      expect((await kubectl.with({ input: large })('exec -i deploy/web -- wc -c')).trim()).toBe('1000000')
      expect(await kubectl('exec deploy/web -c server --', 'sh', '-c', 'echo $HOSTNAME:$KUBERNETES_SERVICE_HOST')).toMatch(
        /^web-\w+-\w+:127\.0\.0\.1\n$/,
      )
      expect(await kubectl.fails('exec deploy/web -- nonsense')).toContain('exec: "nonsense": executable file not found in $PATH')
      expect(await kubectl.fails('exec deploy/web -c nobody -- ls')).toMatch(/container nobody is not valid for pod web-/)
      expect(await kubectl.fails('exec nobody -- ls')).toBe('Error from server (NotFound): pods "nobody" not found')
      const [, size] = await inTerminal(kubectl, 33, 101, ['exec', '-it', 'deploy/web', '--', 'sh', '-c', 'sleep 1; stty size; exit 4'])
      expect(size).toContain('33 101')
      const [code] = await inTerminal(kubectl, 24, 80, ['exec', '-it', 'deploy/web', '--', 'sh', '-c', 'test -t 0 && exit 4'])
      expect(code).toBe(4)
    })

    it('takes commands over SPDY as well, as older clients send them', async () => {
      const kubectl = (await open('spdy')).with({
        env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
      })
      await kubectl('run old --image=a --command -- sleep 1000')
      await kubectl('wait pod/old --for=condition=Ready --timeout=30s')

      const result = await kubectl.with({ input: 'through\n' }).try('exec -i old --', 'sh', '-c', 'cat; echo err >&2; exit 6')

      expect([result.code, result.stdout, result.stderr]).toEqual([6, 'through\n', 'err\ncommand terminated with exit code 6\n'])
    })

    it('gives and takes files', async () => {
      const kubectl = await open('cp')
      const files = filesForKubectl({ 'notes.txt': 'hello\n', 'more.txt': 'x'.repeat(200_000) })
      await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: box }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: main, image: a, command: [sleep, "1000"], volumeMounts: [{ name: data, mountPath: /data }] }]
  volumes: [{ name: data, emptyDir: {} }]
`)
      await kubectl('wait pod/box --for=condition=Ready --timeout=30s')

      await kubectl('cp', join(files, 'notes.txt'), 'box:/data/notes.txt')
      await kubectl('cp', files, 'box:/data/all')
      await kubectl('cp', 'box:/data/notes.txt', join(files, 'back.txt'))
      await kubectl('cp', 'box:/data/all', join(files, 'tree'))
      await kubectl('cp', 'box:/data', join(files, 'volume'))

      expect(await kubectl('exec box -- cat /data/notes.txt')).toBe('hello\n')
      expect(readFileSync(join(files, 'back.txt'), 'utf8')).toBe('hello\n')
      expect(readFileSync(join(files, 'tree', 'more.txt'), 'utf8')).toHaveLength(200_000)
      expect(readFileSync(join(files, 'volume', 'all', 'notes.txt'), 'utf8')).toBe('hello\n')
    })

    it('can be attached to', async () => {
      const kubectl = await open('attach')
      await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: talk }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: a
      stdin: true
      stdinOnce: true
      command: [sh, -c, 'while read line; do echo "you said $line"; done; echo over; exec sleep 1000']
`)
      await kubectl('wait pod/talk --for=condition=Ready --timeout=30s')

      const talk = spawn(kubectl.program, ['-n', kubectl.namespace, 'attach', '-i', 'talk'], {
        env: { ...process.env, ...kubectl.environment },
      })
      children.add(talk)
      let heard = ''
      talk.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
      talk.stdin.write('hello\n')
      await eventually('it answers', async () => heard.includes('you said hello'))
      talk.stdin.end('goodbye\n')
      await eventually('its input is over', async () => heard.includes('you said goodbye\nover\n'))
      talk.kill('SIGKILL')
    })

    it('is reached through port-forward, by pod, Service and Deployment', async () => {
      const kubectl = await open('forward')
      await kubectl.apply(web)
      await kubectl('rollout status deployment/web --timeout=40s')
      const pod = await kubectl('get pod -o', 'jsonpath={.items[0].metadata.name}')

      for (const target of [`pod/${pod} :8080`, `pod/${pod} :http`, 'service/web :80', 'deployment/web :8080']) {
        const forward = start(kubectl, 'port-forward', ...target.split(' '))
        const [, port] = await untilSays(forward, /Forwarding from 127\.0\.0\.1:(\d+)/)

        const answers = await Promise.all([1, 2, 3].map(async (each) => (await fetch(`http://127.0.0.1:${port}/${each}`)).text()))

        expect(answers).toEqual(['GET /1 nobody', 'GET /2 nobody', 'GET /3 nobody'])
        forward.end()
      }
      expect(await kubectl.fails('port-forward pod/nobody :80')).toContain('pods "nobody" not found')
    })

    it('is reached through the proxy subresource, which keeps the token to itself', async () => {
      const kubectl = await open('proxy')
      await kubectl.apply(web)
      await kubectl('rollout status deployment/web --timeout=40s')
      const pod = await kubectl('get pod -o', 'jsonpath={.items[0].metadata.name}')
      const base = `/api/v1/namespaces/${kubectl.namespace}`

      expect(await kubectl('get --raw', `${base}/services/web:80/proxy/a/b?c=d`)).toBe('GET /a/b?c=d nobody')
      expect(await kubectl('get --raw', `${base}/services/web/proxy/`)).toBe('GET / nobody')
      expect(await kubectl('get --raw', `${base}/pods/${pod}:8080/proxy/x`)).toBe('GET /x nobody')
      expect(await kubectl('get --raw', `${base}/pods/${pod}/proxy/x`)).toBe('GET /x nobody')
      const proxy = start(kubectl, 'proxy', '--port=0')
      const [, port] = await untilSays(proxy, /Starting to serve on 127\.0\.0\.1:(\d+)/)
      expect(await (await fetch(`http://127.0.0.1:${port}${base}/services/web`)).json()).toMatchObject({
        kind: 'Service',
        metadata: { name: 'web' },
      })
      expect(await (await fetch(`http://127.0.0.1:${port}${base}/services/web/proxy/form`, { method: 'POST', body: 'x' })).text()).toBe(
        'POST /form nobody',
      )
      proxy.end()
      await kubectl('scale deployment web --replicas=0 --timeout=20s')
      expect(await kubectl.fails('get --raw', `${base}/services/web/proxy/`)).toContain('Error from server (ServiceUnavailable)')
      expect(await kubectl.fails('get --raw', `${base}/services/nobody/proxy/`)).toBe(
        'Error from server (NotFound): services "nobody" not found',
      )
    })
  })
})

describe.skipIf(!findKubectl('1.34'))('the node', () => {
  it('takes no pods while it is cordoned or tainted, and can be drained as far as budgets allow', async () => {
    const kubectl = await openKubectl(plimsoll, '1.34', 'node')
    await kubectl.apply(web.replace('spec:\n  selector', 'spec:\n  replicas: 2\n  selector'))
    await kubectl('create poddisruptionbudget web --selector=app=web --max-unavailable=0')
    await kubectl('rollout status deployment/web --timeout=40s')

    expect(await kubectl('cordon plimsoll')).toBe('node/plimsoll cordoned\n')
    await kubectl('run late --image=a --command -- sleep 1000')
    await eventually('nothing takes the pod', async () =>
      /FailedScheduling .*0\/1 nodes are available: 1 node\(s\) were unschedulable\./.test(await kubectl('describe pod late')),
    )
    expect(tableOf(await kubectl('get nodes'))[0]).toMatchObject({ STATUS: 'Ready,SchedulingDisabled' })
    const blocked = await kubectl.try(`drain plimsoll --force --ignore-daemonsets --pod-selector=app=web --timeout=1s`)
    expect(blocked.code).toBe(1)
    expect(blocked.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.")
    await kubectl('delete poddisruptionbudget web')
    const drained = await kubectl('drain plimsoll --force --ignore-daemonsets --delete-emptydir-data --pod-selector=app=web --timeout=60s')
    expect(drained).toMatch(/pod\/web-\S+ evicted\n(.*\n)*node\/plimsoll drained\n$/)
    expect(await kubectl('uncordon plimsoll')).toBe('node/plimsoll uncordoned\n')
    await kubectl('rollout status deployment/web --timeout=40s')

    await kubectl('taint node plimsoll dedicated=models:NoSchedule')
    await kubectl('run tainted --image=a --command -- sleep 1000')
    await eventually('nothing takes the pod', async () =>
      /untolerated taint\(?s?\)? \{dedicated: models\}/.test(await kubectl('describe pod tainted')),
    )
    expect(await kubectl('taint node plimsoll dedicated-')).toBe('node/plimsoll untainted\n')
    await kubectl('wait pod/tainted --for=condition=Ready --timeout=40s')
  })
})

/** Runs kubectl as a person does: at a terminal of that size, which `script` makes. Answers with its exit code and what was on the screen. */
async function inTerminal(kubectl: Kubectl, rows: number, columns: number, args: string[]): Promise<[number, string]> {
  const words = [kubectl.program, '-n', kubectl.namespace, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty rows ${rows} columns ${columns}; exec ${words}`, '/dev/null'], {
    env: { ...process.env, ...kubectl.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.add(child)
  let screen = ''
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()))
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? -1)))
  return [code, screen]
}
