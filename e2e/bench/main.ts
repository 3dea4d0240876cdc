import { createKubeClient, type KubeClient, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { applicationManifest, askGateway, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'
import { followSync, type Listed } from './follow-sync.ts'
import { measureMany } from './many.ts'
import { measureMerges } from './merges.ts'
import { measureWatched } from './watched.ts'
import { processesOf, report, summarize, usageOf } from './measure.ts'

/**
 * The figures of docs/figures.md. `npm run bench` measures all of them, `npm run bench -- --short` with fewer repetitions and 100 applications.
 * A goal that is missed makes the exit code 1 in the full run only: a short one runs beside other work.
 */
const isShort = process.argv.includes('--short')
/** `--only fleet`: one part, to look at it closely. */
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const repetitions = isShort ? 5 : 20
const fleetSize = isShort ? 100 : 1000

/** Flux's published benchmark of the same shape, on 16 cores: https://fluxcd.io/flux/installation/configuration/vertical-scaling/ and its reports. */
const fluxSeconds = 253

const second = 1000
const met: boolean[] = []
const plimsoll = await startPlimsoll()
const valueOf = (object: KubeObject): unknown => (object.data as Record<string, unknown> | undefined)?.value

async function memory(what: string): Promise<void> {
  const { rssMb } = usageOf(processesOf(plimsoll.dataDir))
  report(`memory of server and cluster, ${what}`, rssMb, 'MB')
}

async function typeOf(client: KubeClient, apiVersion: string, kind: string): Promise<ResourceType> {
  const type = await client.typeOf(apiVersion, kind)
  if (!type) throw new Error(`${kind} is not served`)
  return type
}

/** Resolves with the time at which an object is as it should be. */
async function watchFor(
  client: KubeClient,
  type: ResourceType,
  namespace: string,
  isThere: (object: KubeObject) => boolean,
): Promise<{ seen: Promise<number> }> {
  const abort = new AbortController()
  const list = await client.list(type, { namespace })
  const resourceVersion = list.metadata.resourceVersion
  const seen = (async () => {
    for await (const event of client.watch(type, {
      namespace,
      signal: abort.signal,
      ...(resourceVersion !== undefined && { resourceVersion }),
    })) {
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && isThere(event.object)) {
        const at = performance.now()
        abort.abort()
        return at
      }
    }
    throw new Error('the watch has ended')
  })()
  seen.catch(() => undefined)
  return { seen }
}

function configMap(value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  value: "${value}"\n`
}

async function pushes(client: KubeClient): Promise<void> {
  await plimsoll.push('pushes', { 'settings.yaml': configMap('start') })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'pushes'))
  await untilSynced(plimsoll, 'pushes')
  const type = await typeOf(client, 'v1', 'ConfigMap')
  const times: number[] = []
  const pushed: number[] = []
  for (let count = 0; count < repetitions; count++) {
    const watched = await watchFor(client, type, 'pushes', (object) => valueOf(object) === `push ${count}`)
    let startedAt = 0
    await plimsoll.push('pushes', { 'settings.yaml': configMap(`push ${count}`) }, 'Change', () => {
      startedAt = performance.now()
    })
    pushed.push(performance.now() - startedAt)
    times.push((await watched.seen) - startedAt)
  }
  const { median, p90 } = summarize(times)
  met.push(report('start of git push, to the object in the cluster (median)', median, 'ms', { atMost: 300 }))
  report('… nine of ten', p90, 'ms')
  report('… of which the git push itself (median)', summarize(pushed).median, 'ms')
}

const server = (version: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: node
          command: [node, -e, 'require("http").createServer((_, answer) => answer.end(process.env.VERSION)).listen(process.env.PORT)']
          env: [{ name: VERSION, value: "${version}" }]
          ports: [{ containerPort: 8080 }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

async function rollouts(): Promise<void> {
  await plimsoll.push('rollouts', { 'web.yaml': server('start') })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'rollouts'))
  await untilSynced(plimsoll, 'rollouts', { health: 'Healthy' })
  const times: number[] = []
  for (let count = 0; count < Math.ceil(repetitions / 2); count++) {
    let startedAt = 0
    await plimsoll.push('rollouts', { 'web.yaml': server(`version ${count}`) }, 'Change', () => {
      startedAt = performance.now()
    })
    await eventually(
      'the new version answers',
      async () => (await askGateway(plimsoll, 'web.rollouts.localhost')).body === `version ${count}`,
    )
    times.push(performance.now() - startedAt)
  }
  met.push(report('start of git push, to an answer of the new process (median)', summarize(times).median, 'ms', { atMost: 2000 }))
}

async function drift(client: KubeClient): Promise<void> {
  const type = await typeOf(client, 'v1', 'ConfigMap')
  await plimsoll.push('drift', { 'settings.yaml': configMap('right') })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'drift'))
  await untilSynced(plimsoll, 'drift')
  const edits: number[] = []
  const deletions: number[] = []
  const ref = { namespace: 'drift', name: 'settings' }
  for (let count = 0; count < repetitions; count++) {
    await client.patch(type, ref, { type: 'merge', patch: { data: { value: 'wrong' } } })
    const editedAt = performance.now()
    await until(
      async () => (await client.get(type, ref))?.data,
      (data) => (data as { value?: string })?.value === 'right',
    )
    edits.push(performance.now() - editedAt)
    const uid = (await client.get(type, ref))?.metadata.uid
    await client.delete(type, ref)
    const deletedAt = performance.now()
    await until(
      async () => (await client.get(type, ref))?.metadata.uid,
      (now) => now !== undefined && now !== uid,
    )
    deletions.push(performance.now() - deletedAt)
  }
  met.push(report('an edited object is repaired (median)', summarize(edits).median, 'ms', { atMost: 300 }))
  met.push(report('a deleted object is back (median)', summarize(deletions).median, 'ms', { atMost: 300 }))
}

async function until<T>(read: () => Promise<T>, isGood: (value: T) => boolean): Promise<void> {
  const deadline = Date.now() + 30 * second
  while (!isGood(await read())) {
    if (Date.now() > deadline) throw new Error('Not within 30 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Four objects each, of the shape of Flux's benchmark: a Deployment without replicas, a ServiceAccount, a Service, an Ingress. */
function fleetFiles(name: string, label: string): Record<string, string> {
  const metadata = `metadata: { name: ${name}, labels: { app: ${name}, round: "${label}" } }`
  return {
    [`apps/${name}/app.yaml`]: [
      `apiVersion: apps/v1\nkind: Deployment\n${metadata}\nspec: { replicas: 0, selector: { matchLabels: { app: ${name} } }, template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: app, image: app }] } } }`,
      `apiVersion: v1\nkind: ServiceAccount\n${metadata}`,
      `apiVersion: v1\nkind: Service\n${metadata}\nspec: { selector: { app: ${name} }, ports: [{ port: 80 }] }`,
      `apiVersion: networking.k8s.io/v1\nkind: Ingress\n${metadata}\nspec: { rules: [{ host: ${name}.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { number: 80 } } } }] } }] }`,
    ].join('\n---\n'),
  }
}

async function fleet(client: KubeClient): Promise<void> {
  await smallFleet()
  const names = Array.from({ length: fleetSize }, (_, index) => `app-${String(index).padStart(4, '0')}`)
  await plimsoll.push('fleet', Object.assign({}, ...names.map((name) => fleetFiles(name, '0'))) as Record<string, string>)

  const seen = await followSync(plimsoll)
  const before = { usage: usageOf(processesOf(plimsoll.dataDir)), version: await resourceVersion(client) }
  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        await plimsoll.api(
          'POST',
          '/api/v1/applications',
          applicationManifest(plimsoll, name, { repository: 'fleet', path: `apps/${name}`, namespace: 'fleet' }),
        )
      }
    }),
  )
  const createdAt = performance.now()
  await seen.untilSynced(names)
  const seconds = (performance.now() - startedAt) / second
  report(`create ${fleetSize} applications`, (createdAt - startedAt) / second, 's')
  met.push(
    report(`${fleetSize} applications of four objects, first create to last Synced`, seconds, 's', {
      ...(isShort ? {} : { atMost: 15 }),
      peer: { name: 'Flux on 16 cores', value: (fluxSeconds * fleetSize) / 1000 },
    }),
  )
  report('… processor time of server and cluster', (usageOf(processesOf(plimsoll.dataDir)).cpuMs - before.usage.cpuMs) / second, 's')
  report('… writes to the cluster for each application', ((await resourceVersion(client)) - before.version) / fleetSize, '')
  await memory(`${fleetSize} applications`)

  const rendered = await renders()
  const [touched = ''] = names
  const commit = await plimsoll.push('fleet', fleetFiles(touched, '1'))
  await untilSynced(plimsoll, touched, { revision: commit })
  await new Promise((resolve) => setTimeout(resolve, 2 * second))
  met.push(report(`renders for a commit that touches one of ${fleetSize} applications`, (await renders()) - rendered, '', { atMost: 1 }))

  // What the burst has left behind (events to write, garbage) is not what idling costs: it is over when nothing but heartbeats is written.
  for (let waited = 0; waited < 60; waited += 5) {
    const version = await resourceVersion(client)
    await new Promise((resolve) => setTimeout(resolve, 5 * second))
    if ((await resourceVersion(client)) - version <= 5) break
  }
  const pids = processesOf(plimsoll.dataDir)
  const shares: number[] = []
  // Slices show whether it is steady, or one thing that happens once in a while.
  for (let slice = 0; slice < (isShort ? 2 : 6); slice++) {
    const [cpuBefore, at] = [usageOf(pids).cpuMs, performance.now()]
    await new Promise((resolve) => setTimeout(resolve, 5 * second))
    shares.push(((usageOf(pids).cpuMs - cpuBefore) / (performance.now() - at)) * 100)
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  met.push(report(`idle with ${fleetSize} applications, over the whole time`, mean, '% of a core', { atMost: 3 }))
  report('… the median of slices of 5 s', summarize(shares).median, '% of a core')
  report('… the highest slice', summarize(shares).max, '% of a core')
  await memory(`${fleetSize} applications, idle`)
  seen.stop()
}

/** A hundred of the same shape, for the memory that they take; then they go. */
async function smallFleet(): Promise<void> {
  if (isShort) return
  const names = Array.from({ length: 100 }, (_, index) => `small-${index}`)
  await plimsoll.push('small', Object.assign({}, ...names.map((name) => fleetFiles(name, '0'))) as Record<string, string>)
  for (const name of names) {
    await plimsoll.api(
      'POST',
      '/api/v1/applications',
      applicationManifest(plimsoll, name, { repository: 'small', path: `apps/${name}`, namespace: 'small' }),
    )
  }
  for (const name of names) await untilSynced(plimsoll, name)
  await memory('100 applications')
  for (const name of names) await plimsoll.api('DELETE', `/api/v1/applications/${name}?cascade=true`)
  await eventually(
    'the hundred are gone',
    async () => (await plimsoll.api<Listed>('GET', '/api/v1/applications')).items.every((item) => !names.includes(item.metadata.name)),
    60 * second,
  )
}

/** Every write counts it up by one in the embedded cluster. */
async function resourceVersion(client: KubeClient): Promise<number> {
  return Number((await client.list(await typeOf(client, 'v1', 'Namespace'))).metadata.resourceVersion)
}

async function renders(): Promise<number> {
  const response = await fetch(new URL('/metrics', plimsoll.url), { headers: { authorization: `Bearer ${plimsoll.token}` } })
  return Number(/^plimsoll_renders_total (\d+)/m.exec(await response.text())?.[1] ?? Number.NaN)
}

async function merges(): Promise<void> {
  met.push(await measureMerges(plimsoll, repetitions))
}

async function many(client: KubeClient): Promise<void> {
  met.push(...(await measureMany(plimsoll, client, Number(process.env.MANY ?? (isShort ? 500 : 10_000)))))
}

async function watched(client: KubeClient): Promise<void> {
  await measureWatched(plimsoll, client, Number(process.env.WATCHED ?? (isShort ? 5000 : 100_000)))
}

try {
  const client = await createKubeClient({ kubeconfigPath: plimsoll.kubeconfig })
  await memory('no applications')
  for (const [name, part] of Object.entries({ pushes, rollouts, drift, merges, fleet, many, watched })) {
    if (only === undefined || only === name) await part(client)
  }
} finally {
  await plimsoll.stop()
}
if (!isShort && met.includes(false)) process.exitCode = 1
